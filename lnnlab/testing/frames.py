"""Frames on a wire, as ``target/firmware/serial/frames.c`` has them: COBS, CRC-32, a number.

COBS: S. Cheshire and M. Baker, "Consistent overhead byte stuffing", IEEE/ACM Transactions on
Networking 7(2), 1999.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEAD, _CHECK = struct.Struct("<BH"), struct.Struct("<I")


@dataclass(frozen=True)
class Frame:
    """What one frame says; ``kind`` as in the firmware's README, ``number`` modulo 2^16."""

    kind: int
    number: int
    payload: bytes

    def on_the_line(self) -> bytes:
        """With its checksum and the zeros around it."""
        content = _HEAD.pack(self.kind, self.number) + self.payload
        return b"\0" + stuffed(content + _CHECK.pack(zlib.crc32(content))) + b"\0\0"


def stuffed(content: bytes) -> bytes:
    """The same without zeros, by COBS."""
    out = bytearray()
    for part in content.split(b"\0"):
        while len(part) >= 254:
            out += b"\xff" + part[:254]
            part = part[254:]
        out += bytes([len(part) + 1]) + part
    return bytes(out)


def unstuffed(line: bytes) -> bytes | None:
    """What :func:`stuffed` was given; None where it could not have said that."""
    out, place = bytearray(), 0
    while place < len(line):
        length = line[place]
        if length == 0 or place + length > len(line):
            return None
        out += line[place + 1 : place + length]
        place += length
        if length < 255 and place < len(line):
            out.append(0)
    return bytes(out)


@dataclass
class Reader:
    """Finds frames among the bytes of a line.

    Attributes:
        waiting: bytes of a frame whose end has not come.
    """

    waiting: bytearray = field(default_factory=bytearray)

    def take(self, received: bytes) -> Iterator[Frame | None]:
        """Frames that end with these bytes; None for one that is damaged."""
        self.waiting += received
        while (end := self.waiting.find(0)) >= 0:
            line = bytes(self.waiting[:end])
            del self.waiting[: end + 1]
            if line:
                yield _frame(line)


def _frame(line: bytes) -> Frame | None:
    content = unstuffed(line)
    if content is None or len(content) < _HEAD.size + _CHECK.size:
        return None
    body, check = content[: -_CHECK.size], content[-_CHECK.size :]
    if _CHECK.pack(zlib.crc32(body)) != check:
        return None
    return Frame(*_HEAD.unpack_from(body), body[_HEAD.size :])
