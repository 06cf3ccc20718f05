"""Wav files as recorders write them: their chunks found, their header as the standard has it.

A recorder that streams, or that lost its power, leaves lengths of zero or placeholders; others
forget padding bytes, write more than they announce or put tags before and after the samples. What
comes out of :func:`standard_wav` is a plain header with the samples' own bytes behind it.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lnnlab.errors import UserError

KINDS = (b"RIFF", b"RIFX", b"RF64", b"BW64")
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
PLACEHOLDER = 0x7FFF0000  # lengths from here on stand for "not known yet" in a shorter file
SLACK = 64  # bytes by which a header may announce too much: some count the header in
SEARCHED = 1 << 20  # bytes in which the samples are looked for where a chunk's length is wrong
AGAIN = "copy or record it again, or remove it"


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    start: int  # of its content
    length: int  # as announced


def standard_wav(path: Path) -> tuple[bytes, str]:
    """A wav file with a header that every decoder reads.

    Args:
        path: RIFF, RIFX, RF64 or BW64, of any coding.

    Returns:
        The header and the samples; and what was wrong with the header, in words, or ``""``.

    Raises:
        UserError: it is truncated, or no wav file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[8:12] != b"WAVE":
            raise _unreadable(path, f"a file of kind {head[8:12].decode('latin-1')!r}")
        order = ">" if head[:4] == b"RIFX" else "<"
        chunks, long = {}, 0
        for chunk in _chunks(file, 12, size, order):
            chunks.setdefault(chunk.name, chunk)
            if chunk.name == b"ds64":
                long = struct.unpack("<Q", _content(file, chunk)[8:16])[0]
            if chunk.name == b"data":
                break
        if b"fmt " not in chunks or b"data" not in chunks:
            absent = "format" if b"fmt " not in chunks else "samples"
            raise _unreadable(path, f"it ends before its {absent}")
        data = chunks[b"data"]
        announced = long if long and data.length == 0xFFFFFFFF else data.length
        length, said = _length(file, path, _Chunk(data.name, data.start, announced), order)
        form, align = _form(_content(file, chunks[b"fmt "]), order, path)
        fact = _content(file, chunks[b"fact"]) if b"fact" in chunks else b""
        file.seek(data.start)
        return _written(order, form, fact, file.read(length - length % align)), said


def _chunks(file: BinaryIO, at: int, size: int, order: str) -> Iterator[_Chunk]:
    """Chunk after chunk, whether or not odd ones are padded."""
    while at + 8 <= size:
        file.seek(at)
        head = file.read(8)
        name, length = head[:4], struct.unpack(f"{order}I", head[4:])[0]
        if name != b"data" and at + 8 + length > size:  # a wrong length: look for the samples
            file.seek(at + 8)
            found = file.read(SEARCHED).find(b"data")
            if found < 0:
                return
            at += 8 + found
            continue
        yield _Chunk(name, at + 8, length)
        at += 8 + length
        if length % 2:
            file.seek(at)
            after = file.read(5)
            at += not (_is_name(after[:4]) and not _is_name(after[1:5]))


def _length(file: BinaryIO, path: Path, data: _Chunk, order: str) -> tuple[int, str]:
    """How many bytes of samples there are, and what the header had wrong."""
    size = path.stat().st_size
    there = size - data.start
    missing = "its header lacks the length: read to the end"
    if data.length == 0 and there:
        return (0, "") if _only_chunks(file, data.start, size, order) else (there, missing)
    if data.length > there:
        if data.length >= PLACEHOLDER:
            return there, missing
        if data.length - there > SLACK:
            raise UserError(f"{path}: is truncated; {AGAIN}")
        return there, f"its header announces {data.length - there} bytes too many"
    rest = there - data.length
    end = data.start + data.length
    if rest >= 8 and _samples_again(file, end, size, order):
        return data.length, "a second chunk of samples stands behind the first and is left out"
    if rest < 8 or _only_chunks(file, end, size, order):
        return data.length, ""
    file.seek(end)
    if file.read(4) in KINDS:
        return data.length, "a second recording stands behind the first and is left out"
    if rest <= data.length:
        return data.length, f"{rest} bytes behind the samples are left out"
    return there, "its header announces a part of what is there: read to the end"


def _samples_again(file: BinaryIO, end: int, size: int, order: str) -> bool:
    """Whether chunks and nothing else follow the samples, and one of them is samples anew."""
    at = end + end % 2
    return _only_chunks(file, at, size, order) and any(
        chunk.name == b"data" and chunk.length for chunk in _chunks(file, at, size, order))


def _only_chunks(file: BinaryIO, at: int, size: int, order: str) -> bool:
    """Whether the rest of a file is chunks, or zeros that fill it up, and no samples."""
    file.seek(at)
    start = file.read(1 << 16)
    if at % 2 and not _is_name(start[:4]):
        at, start = at + 1, start[1:]
    if not any(start):  # little beside what is before: a sector filled up; much: silence
        return len(start) < (1 << 16) and bool(start) and at > 44 + 2 * len(start)
    if not _is_name(start[:4]) or start[:4] in KINDS or len(start) < 8:
        return False
    length = struct.unpack(f"{order}I", start[4:8])[0]
    after = at + 8 + length + length % 2
    return after >= size - 8 and after <= size + 1 or (
        after < size - 8 and _only_chunks(file, after, size, order))


def _form(form: bytes, order: str, path: Path) -> tuple[bytes, int]:
    """The format as the standard has it, and bytes of a frame."""
    if len(form) < 16:
        raise _unreadable(path, "its format is cut short")
    tag, channels, rate, second, align, bits = struct.unpack(f"{order}HHIIHH", form[:16])
    if tag == EXTENSIBLE:
        tag = struct.unpack(f"{order}H", form[24:26])[0] if len(form) >= 26 else PCM
        form = b""
    if not channels or not rate:
        raise _unreadable(path, f"it announces {channels} channels at {rate} Hz")
    if tag not in (PCM, FLOAT):
        extra = form[16:] or struct.pack(f"{order}H", 0)
        return struct.pack(f"{order}HHIIHH", tag, channels, rate, rate * max(align, 1), align,
                           bits) + extra, 1
    width = (bits + 7) // 8 or align // channels
    if second == rate * align and align % channels == 0 and align > width * channels:
        width = align // channels  # 24 bits kept in 32 and the like
    if not width:
        raise _unreadable(path, "it announces samples of 0 bits")
    align = channels * width
    return struct.pack(f"{order}HHIIHH", tag, channels, rate, rate * align, align, 8 * width), align


def _written(order: str, form: bytes, fact: bytes, samples: bytes) -> bytes:
    chunks = [(b"fmt ", form), *([(b"fact", fact)] if fact else []), (b"data", samples)]
    body = b"WAVE" + b"".join(
        name + struct.pack(f"{order}I", len(content)) + content + b"\0" * (len(content) % 2)
        for name, content in chunks)
    return (b"RIFX" if order == ">" else b"RIFF") + struct.pack(f"{order}I", len(body)) + body


def _content(file: BinaryIO, chunk: _Chunk) -> bytes:
    file.seek(chunk.start)
    return file.read(chunk.length)


def _is_name(text: bytes) -> bool:
    return len(text) == 4 and all(0x20 <= each < 0x7F for each in text)


def _unreadable(path: Path, why: str) -> UserError:
    return UserError(f"{path}: is no readable wav file ({why}); {AGAIN}")
