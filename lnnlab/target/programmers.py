"""Programs that write firmware into a board: pyOCD, OpenOCD, st-flash, whichever is there."""

import shlex
import shutil
import subprocess
from pathlib import Path

from elftools.elf.elffile import ELFFile

from lnnlab import store
from lnnlab.errors import UserError, unknown
from lnnlab.target.elf import Program
from lnnlab.target.wire import WiredBoard

PROGRAMMERS = ("pyocd", "openocd", "st-flash")
INSTALL = "pip install pyocd, or the packages openocd or stlink-tools"
WITHIN_S = 180


def programmer(name: str = "") -> str:
    """The first of :data:`PROGRAMMERS` that is there, or the one that is named.

    Raises:
        UserError: none is there, or not that one, or it is none of them.
    """
    found = _there(name)
    if not found:
        raise UserError(f"no {name or 'program'} here that writes a board's flash: install one "
                        f"({INSTALL})")
    return found[0]


def known(name: str = "") -> list[str]:
    """What a dry run tells of: the one that :func:`programmer` takes, or all that it could.

    Raises:
        UserError: the name is none of them.
    """
    return _there(name)[:1] or ([name] if name else [*PROGRAMMERS])


def _there(name: str) -> list[str]:
    """Those that are installed, of all or of the one that is named."""
    if name and name not in PROGRAMMERS:
        raise unknown("programmer", name, PROGRAMMERS)
    return [each for each in ([name] if name else PROGRAMMERS) if shutil.which(each)]


def flash_command(tool: str, program: Program, wired: WiredBoard) -> list[str]:
    """What to call; the image that st-flash takes is written beside the ELF file.

    Args:
        tool: from :func:`programmer`.
        program: from :func:`lnnlab.target.wire.wire_firmware`, for the same board.
    """
    elf = program.elf
    if tool == "pyocd":
        return [tool, "flash", "--target", wired.pyocd, str(elf)]
    if tool == "openocd":
        return [tool, "-f", wired.openocd, "-c", f"program {{{elf}}} verify reset exit"]
    image = elf.with_suffix(".bin")
    store.write_bytes(image, image_of(elf, wired.flash_at))
    return [tool, "--reset", "write", str(image), f"{wired.flash_at:#x}"]


def image_of(elf: Path, flash_at: int) -> bytes:
    """The bytes of flash, from its start on: code, constants, initial values of variables."""
    image = bytearray()
    with elf.open("rb") as stream:
        for part in ELFFile(stream).iter_segments("PT_LOAD"):
            content, first = part.data(), part["p_paddr"] - flash_at
            if content and first >= 0:
                image += b"\xff" * (first + len(content) - len(image))
                image[first : first + len(content)] = content
    return bytes(image)


def run_programmer(command: list[str]) -> None:
    """Call it.

    Raises:
        UserError: it failed; with the last line that it said, and what may help.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=WITHIN_S)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{command[0]}: no end within {WITHIN_S} s; plug the board in anew"
                        ) from error
    if done.returncode == 0:
        return
    lines = [each.strip() for each in (done.stdout + done.stderr).splitlines() if each.strip()]
    said = lines[-1] if lines else "nothing said"
    text = done.stdout + done.stderr
    if command[0] == "pyocd" and "not recognized" in text:
        raise UserError(f"pyocd: it does not know the chip yet: pyocd pack install {command[3]}")
    raise UserError(f"{command[0]}: ended with {done.returncode} ({said}); is the board plugged "
                    f"in? The command was: {shlex.join(command)}")
