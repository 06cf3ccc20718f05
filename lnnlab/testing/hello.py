"""What a board says of itself, and what that means for a run."""

import struct
import zlib
from dataclasses import dataclass

from lnnlab.errors import UserError
from lnnlab.target.boards import Board
from lnnlab.target.wire import wired_board

VERSION = 2  # of the protocol in target/firmware/serial
_HELLO = struct.Struct("<BBBxHHHHIIIIIII12s")
_EMULATED = 1
CHIPS = {0x413: "STM32F405/F407", 0x421: "STM32F446"}  # ST RM0090, RM0390: DBGMCU_IDCODE


@dataclass(frozen=True)
class Hello:
    """A board's own words.

    Attributes:
        emulated: no silicon: the chip gives no number, and nothing counts cycles.
        model_status: 0, or why the runtime refused the model (``lnn_status_t``).
        channels, classes, window, hop: sizes of its model.
        most_bytes: of samples in one frame.
        device: number of the chip's kind; 0 for none.
        model_bytes, model_crc: of the ``.lnn`` file in its flash.
        clock_hz: of its core, nominal; baud: of the line.
        build: digest of what the firmware was built of,
            :func:`lnnlab.target.wire.firmware_build`.
        unique: the chip's own number, 12 bytes; zeros under QEMU.
        name: board that the firmware was built for.
    """

    emulated: bool
    model_status: int
    channels: int
    classes: int
    most_bytes: int
    device: int
    window: int
    hop: int
    model_bytes: int
    model_crc: int
    clock_hz: int
    baud: int
    build: int
    unique: bytes
    name: str

    @property
    def basis(self) -> str:
        """What figures of this board rest on."""
        return "emulated" if self.emulated else "measured"

    @property
    def title(self) -> str:
        """Board and chip, in words."""
        chip = "under QEMU" if self.emulated else CHIPS.get(self.device, f"chip {self.device:#x}")
        return f"{self.name} ({chip}, {self.clock_hz / 1e6:g} MHz)"

    @property
    def identity(self) -> str:
        """That and whatever else its decisions may depend on: another one is another board."""
        return (f"{self.title} with model {self.model_crc:08x}, firmware {self.build:08x} and "
                f"chip {self.unique.hex()}")


def read_hello(payload: bytes, url: str) -> Hello:
    """A hello's payload in its fields.

    Raises:
        UserError: another version, or no such payload.
    """
    if payload[:1] and payload[0] != VERSION:
        raise UserError(f"{url}: the board speaks version {payload[0]} of the protocol, this "
                        f"lnnlab version {VERSION}: flash it anew with 'lnnlab flash'")
    if not _HELLO.size <= len(payload) <= _HELLO.size + 24:
        raise UserError(f"{url}: a hello of {len(payload)} bytes, where {_HELLO.size} to "
                        f"{_HELLO.size + 24} belong: flash the board anew with 'lnnlab flash'")
    _, flags, *numbers = _HELLO.unpack_from(payload)
    name = payload[_HELLO.size :].decode("ascii", "replace")
    return Hello(bool(flags & _EMULATED), *numbers, name)


def check_hello(found: Hello, url: str, board: Board, blob: bytes) -> None:
    """Refuse a board that is not the one meant, or that holds another model.

    Raises:
        UserError: what is there, and what to do.
    """
    if found.name != board.name:
        raise UserError(f"{url}: the firmware there is for {found.name}, not for {board.name}: "
                        "name that board, or flash this one")
    device = wired_board(board.name).device
    if not found.emulated and found.device != device:
        raise UserError(f"{url}: the chip there gives its number as {found.device:#x}, and "
                        f"{board.title} would give {device:#x}: name the board that it is")
    if (found.model_bytes, found.model_crc) != (len(blob), zlib.crc32(blob)):
        raise UserError(
            f"{url}: the board holds another model ({found.model_bytes:,} bytes, CRC-32 "
            f"{found.model_crc:08x}) than the file ({len(blob):,} bytes, {zlib.crc32(blob):08x}): "
            f"flash it with 'lnnlab flash --device {board.name} --model FILE'")
    if found.model_status:
        raise UserError(f"{url}: the board's runtime refuses its model with status "
                        f"{found.model_status} of lnn_status_t: flash it anew with 'lnnlab flash'")
