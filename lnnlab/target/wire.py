"""Firmware that answers over a serial line: facts of its boards, and the build.

Choose this for a board on the desk. :mod:`lnnlab.target.qemu` runs firmware whose samples come from
files; its ``netduinoplus2`` runs this firmware too, unchanged.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from lnnlab import paths, runtime, store
from lnnlab.errors import UserError, unknown
from lnnlab.runtime.export import export
from lnnlab.target import qemu
from lnnlab.target.boards import Board, board, refuse_if_too_big
from lnnlab.target.cores import core
from lnnlab.target.elf import Program
from lnnlab.target.toolchain import Compiler, build

FILE = Path(__file__).with_name("wire.toml")
FIRMWARE = Path(__file__).with_name("firmware") / "serial"
BAUD = 921600
MOST_OFF = 0.02  # of a baud rate: ten bits are sampled, and the other side is off a little, too
UNCONFIRMED = ("No silicon has confirmed this firmware: it ran whole under QEMU alone "
               "(netduinoplus2, an STM32F405).")


@dataclass(frozen=True)
class WiredBoard:
    """A board that the firmware knows.

    Attributes:
        board: as in ``boards.toml``.
        firmware: C file with its registers.
        flash_at, ram_at: addresses; ram_bytes: variables and stack, in one piece.
        device: number that the chip gives of itself.
        apb1_hz: clock that its baud rates are divided from.
        pyocd, openocd: the chip's name, and a configuration, as these programs have them.
        wire, pin: where the line goes, and the pin for a meter, in words.
    """

    board: Board
    firmware: str
    flash_at: int
    ram_at: int
    ram_bytes: int
    device: int
    apb1_hz: int
    pyocd: str
    openocd: str
    wire: str
    pin: str


def wired_board(name: str) -> WiredBoard:
    """A board by name or alias.

    Raises:
        UserError: there is none, or no firmware for it.
    """
    chosen, known = board(name), tomllib.loads(FILE.read_text())
    if chosen.name not in known:
        raise unknown("board with firmware for a serial line", name, known)
    return WiredBoard(chosen, **known[chosen.name])


def check_baud(wired: WiredBoard, baud: int) -> None:
    """Refuse a rate that the board's clock cannot be divided down to.

    Raises:
        UserError: it is more than 2 % off, or the divider has no such value.
    """
    divider = round(wired.apb1_hz / baud) if baud > 0 else 0
    if not 16 <= divider <= 0xFFFF or abs(wired.apb1_hz / divider / baud - 1) > MOST_OFF:
        near = min(max(divider, 16), 0xFFFF)
        raise UserError(
            f"baud rate {baud}: {wired.board.title} divides {wired.apb1_hz / 1e6:g} MHz by a whole "
            f"number from 16 to 65535; the nearest is {wired.apb1_hz / near:.0f}, and {BAUD} fits")


def wire_firmware(
    blob: bytes, wired: WiredBoard, baud: int = BAUD, compiler: Compiler = qemu.COMPILER,
) -> Program:
    """Export a model and link it as firmware that answers over a serial line.

    Args:
        blob: a ``.lnn`` file.
        wired: from :func:`wired_board`.
        baud: of the line, bits a second.
        compiler: zig, or the core's gcc.

    Raises:
        UserError: the compiler is missing, the baud rate does not fit, or the model does not.
    """
    check_baud(wired, baud)
    folder = _folder(blob)
    source, script = export(blob, folder, "model")[1], folder / f"{wired.board.name}.ld"
    symbols = "".join(f"{name} = {getattr(wired, name):#x};\n"
                      for name in ("flash_at", "ram_at", "ram_bytes"))
    store.write_text(script, symbols + (qemu.FIRMWARE / "link.ld").read_text())
    parts = [FIRMWARE / each for each in ("frames.c", "serve.c", wired.firmware)]
    program = build(
        [source, *parts, script], core(wired.board.core), include=[FIRMWARE, folder],
        compiler=compiler, defines={
            "LNN_NO_STATIC": 1, "LNN_NO_FLOAT": 1, "BAUD": f"{baud}u",
            "BOARD_NAME": f'"{wired.board.name}"',
            "FIRMWARE_BUILD": f"{firmware_build(compiler)}u"})
    refuse_if_too_big(wired.board, {"code": program.code_bytes, "constants": program.rodata_bytes},
                      {"variables": program.ram_bytes})
    return program


def firmware_build(compiler: Compiler = qemu.COMPILER) -> int:
    """What a board says that its firmware was built of: 32 bits of a digest of the sources.

    Those of the runtime and of the firmware, and the compiler's name; not the model, for which a
    board gives a checksum of its own.
    """
    files = [each for folder in (runtime.FOLDER, FIRMWARE) for each in folder.glob("*.[ch]")]
    script = qemu.FIRMWARE / "link.ld"
    return int(_digest(repr(compiler).encode(), [*files, script])[:8], 16)


def _folder(blob: bytes) -> Path:
    """Where its C lies: one place for a model and a runtime, so that what was built is found."""
    return paths.cache() / "wire" / store.key(_digest(blob, runtime.sources()))


def _digest(first: bytes, files: list[Path]) -> str:
    digest = hashlib.sha256(first)
    for path in sorted(files, key=lambda each: each.name):  # the same in any folder
        digest.update(path.read_bytes())
    return digest.hexdigest()
