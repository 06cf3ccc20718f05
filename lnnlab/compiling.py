"""Compiling C: one command, run once; its result lies in the cache under what decides it."""

import hashlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from lnnlab import paths, store
from lnnlab.errors import UserError

STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror")
HARDEST = ("-O2", "-Xclang", "-O3")  # zig turns -O3 into -O2
_WRONG = re.compile(r"error|undefined reference|cannot find|do not fit|will not fit")


def zig() -> list[str]:
    """The command of zig's C compiler, which pip installs.

    Raises:
        UserError: it is not installed.
    """
    if find_spec("ziglang") is None:
        raise UserError("no compiler found: run 'make install' (it installs ziglang from pip)")
    return [sys.executable, "-m", "ziglang", "cc"]


def compiled(
    command: list[str], suffix: str, sources: Sequence[Path], include: Sequence[Path] = ()
) -> Path:
    """What a command gives, without its ``-o``; taken from the cache where it was built before.

    Args:
        command: compiler, flags and sources.
        suffix: of the result, such as ``".so"``.
        sources: files that the command reads; include: folders whose headers it reads.

    Raises:
        UserError: the compiler refuses the sources.
    """
    target = _cached(command, sources, include).with_suffix(suffix)
    if not target.exists():
        _run([*command, "-o"], target)
    return target


def _cached(command: list[str], sources: Sequence[Path], include: Sequence[Path]) -> Path:
    """Where the result belongs: a name that stands for the command and what it reads."""
    digest = hashlib.sha256(shlex.join(command).encode())
    headers = [each for folder in include for each in sorted(folder.glob("*.h"))]
    for path in (*sources, *headers):
        digest.update(path.read_bytes())
    folder = paths.cache() / "builds"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / digest.hexdigest()[:20]


def _run(command: list[str], target: Path) -> None:
    environment = os.environ | {"ZIG_GLOBAL_CACHE_DIR": str(paths.cache() / "zig"),
                                "ZIG_LOCAL_CACHE_DIR": str(paths.cache() / "zig")}
    with store.replacing(target) as place:
        done = subprocess.run([*command, str(place)], env=environment, capture_output=True,
                              text=True, check=False)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if _WRONG.search(line)]
            raise UserError(f"the compiler refused: {(lines or ['no message'])[0].strip()}")
