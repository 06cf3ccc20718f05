"""The container of a ``.lnn`` file: header, section table, checksum (FORMAT.md, section 1)."""

import struct
import zlib

from lnnlab.errors import UserError

MAGIC, VERSION = b"LNN1", 1
INT8, FLOAT32 = 0, 1
HEADER, ENTRY = struct.Struct("<4sHHIII12x"), struct.Struct("<4sIII")
ALIGNMENT, MOST_SECTIONS = 8, 8


def join(sections: list[tuple[str, bytes, int]], arithmetic: int) -> bytes:
    """A file from its sections: (tag, content, items) in order."""
    offset = _aligned(HEADER.size + ENTRY.size * len(sections))
    table, body = b"", b""
    for tag, content, items in sections:
        table += ENTRY.pack(tag.encode(), offset + len(body), len(content), items)
        body += content + bytes(_aligned(len(content)) - len(content))
    rest = table + bytes(offset - HEADER.size - len(table)) + body
    size = HEADER.size + len(rest)
    counted = struct.pack("<I12x", len(sections)) + rest
    return HEADER.pack(
        MAGIC, VERSION, arithmetic, size, zlib.crc32(counted), len(sections)
    ) + rest


def split(data: bytes, name: str) -> tuple[int, dict[str, tuple[int, bytes, int]]]:
    """The arithmetic and the sections of a file: tag → (offset, content, items).

    Args:
        data: the whole file.
        name: what messages call it.

    Raises:
        UserError: a check failed; the message names it and its offset.
    """
    if len(data) < HEADER.size:
        raise damaged(name, len(data), f"{len(data)} bytes are less than a header")
    magic, version, arithmetic, size, checksum, count = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise UserError(f"{name}: not a .lnn file (offset 0 holds {magic!r}, not {MAGIC!r})")
    if version > VERSION:
        raise UserError(
            f"{name}: version {version} at offset 4 was written by a newer lnnlab; "
            f"this one reads up to {VERSION}"
        )
    if version != VERSION or arithmetic not in (INT8, FLOAT32):
        raise damaged(name, 4, f"version {version}, arithmetic {arithmetic}")
    if size != len(data):
        raise damaged(name, 8, f"the header says {size} bytes, the file has {len(data)}")
    if zlib.crc32(data[16:]) != checksum:
        raise damaged(name, 12, "the checksum differs")
    return arithmetic, _sections(data, count, name)


def damaged(name: str, offset: int, what: str) -> UserError:
    """The error for a file that breaks a rule of the format."""
    return UserError(f"{name}: damaged at offset {offset}: {what}; copy or export it again")


def _sections(data: bytes, count: int, name: str) -> dict[str, tuple[int, bytes, int]]:
    if not 1 <= count <= MOST_SECTIONS or any(data[20:32]):
        raise damaged(name, 16, f"{count} sections")
    end = _aligned(HEADER.size + ENTRY.size * count)
    found: dict[str, tuple[int, bytes, int]] = {}
    for number in range(count):
        at = HEADER.size + ENTRY.size * number
        if at + ENTRY.size > len(data):
            raise damaged(name, at, "the section table leaves the file")
        tag, offset, size, items = ENTRY.unpack_from(data, at)
        if offset != end or offset + size > len(data):
            raise damaged(name, at, f"section {tag!r} does not lie where it must")
        end = _aligned(offset + size)
        if end > len(data) or any(data[offset + size : end]) or tag.decode("latin1") in found:
            raise damaged(name, at, f"section {tag!r} is not filled with zeros, or stands twice")
        found[tag.decode("latin1")] = (offset, data[offset : offset + size], items)
    if end != len(data):
        raise damaged(name, 8, "bytes follow the last section")
    return found


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
