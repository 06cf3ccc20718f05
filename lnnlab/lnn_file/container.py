"""The container of a ``.lnn`` file: header, section table, checksum (FORMAT.md, section 1)."""

import zlib
from ctypes import sizeof

from lnnlab.errors import UserError
from lnnlab.lnn_file.structures import Header, SectionEntry

MAGIC, VERSION = b"LNN1", 1
INT8, FLOAT32 = 0, 1
ALIGNMENT, MOST_SECTIONS = 8, 8


def join(sections: list[tuple[str, bytes, int]], arithmetic: int) -> bytes:
    """A file from its sections: (tag, content, items) in order."""
    offset = _aligned(entry_place(len(sections)))
    table, body = b"", b""
    for tag, content, items in sections:
        place = offset + len(body)
        table += bytes(SectionEntry(tuple(tag.encode()), place, len(content), items))
        body += content + bytes(_aligned(len(content)) - len(content))
    rest = table + bytes(offset - sizeof(Header) - len(table)) + body
    header = Header(tuple(MAGIC), VERSION, arithmetic, sizeof(Header) + len(rest))
    header.sections = len(sections)
    header.checksum = zlib.crc32(_counted(bytes(header) + rest))
    return bytes(header) + rest


def split(data: bytes, name: str) -> tuple[int, dict[str, tuple[int, bytes, int]]]:
    """The arithmetic and the sections of a file: tag → (offset, content, items).

    Args:
        data: the whole file.
        name: what messages call it.

    Raises:
        UserError: a check failed; the message names it and its offset.
    """
    if len(data) < sizeof(Header):
        raise damaged(name, len(data), f"{len(data)} bytes are less than a header")
    header = Header.from_buffer_copy(data)
    magic, version, arithmetic = bytes(header.magic), header.version, header.arithmetic
    if magic != MAGIC:
        raise UserError(f"{name}: not a .lnn file (offset {Header.magic.offset} holds {magic!r}, "
                        f"not {MAGIC!r})")
    if version > VERSION:
        raise UserError(
            f"{name}: version {version} at offset {Header.version.offset} was written by a newer "
            f"lnnlab; this one reads up to {VERSION}"
        )
    if version != VERSION or arithmetic not in (INT8, FLOAT32):
        raise damaged(name, Header.version.offset, f"version {version}, arithmetic {arithmetic}")
    if header.size != len(data):
        raise damaged(name, Header.size.offset,
                      f"the header says {header.size} bytes, the file has {len(data)}")
    if zlib.crc32(_counted(data)) != header.checksum:
        raise damaged(name, Header.checksum.offset, "the checksum differs")
    return arithmetic, _sections(data, header, name)


def entry_place(number: int) -> int:
    """Where a row of the section table starts."""
    return sizeof(Header) + number * sizeof(SectionEntry)


def damaged(name: str, offset: int, what: str) -> UserError:
    """The error for a file that breaks a rule of the format."""
    return UserError(f"{name}: damaged at offset {offset}: {what}; copy or export it again")


def _counted(data: bytes) -> bytes:
    """The part of a file that its checksum is of."""
    return data[Header.sections.offset :]


def _sections(data: bytes, header: Header, name: str) -> dict[str, tuple[int, bytes, int]]:
    count = header.sections
    if not 1 <= count <= MOST_SECTIONS or any(header.reserved):
        raise damaged(name, Header.sections.offset, f"{count} sections")
    end = _aligned(entry_place(count))
    found: dict[str, tuple[int, bytes, int]] = {}
    for number in range(count):
        at = entry_place(number)
        if at + sizeof(SectionEntry) > len(data):
            raise damaged(name, at, "the section table leaves the file")
        entry = SectionEntry.from_buffer_copy(data, at)
        tag, start, stop = bytes(entry.tag), entry.offset, entry.offset + entry.size
        if start != end or stop > len(data):
            raise damaged(name, at, f"section {tag!r} does not lie where it must")
        end = _aligned(stop)
        if end > len(data) or any(data[stop:end]) or tag.decode("latin1") in found:
            raise damaged(name, at, f"section {tag!r} is not filled with zeros, or stands twice")
        found[tag.decode("latin1")] = (start, data[start:stop], entry.items)
    if end != len(data):
        raise damaged(name, Header.size.offset, "bytes follow the last section")
    return found


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
