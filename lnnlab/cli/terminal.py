"""A line of shell in a notebook: run as a terminal would, and told alike on every machine."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lnnlab import paths
from lnnlab.errors import UserError

OURS = {"lnnlab": "main", "liquid-compress": "liquid_compress", "liquid-profile": "liquid_profile"}
_CALL = "import sys; from lnnlab import cli; sys.exit(cli.{}(sys.argv[1:]))"
_SPACES = re.compile(r"[ \t]+$", re.MULTILINE)


def terminal(line: str, folder: Path, needs: str = "", refused: bool = False) -> None:
    """Run a line of shell in a folder, and print it with what it says.

    Choose it over ``!`` in a notebook that is committed: the three commands of this package are
    those of this checkout and this Python, whatever PATH says; folders of the machine and progress
    bars are left out; and what fails stops the notebook.

    Args:
        line: as a person types it.
        folder: where it runs; made where it is not there.
        needs: a program that other machines may lack; without it nothing runs, and a line says so.
        refused: the command must fail, and what it says of that is printed.

    Raises:
        UserError: it failed, or did not fail where it must; with the last line that it said.
    """
    print(f"$ {_told(line, folder)}")
    if needs and not shutil.which(needs):
        print(f"({needs} is not on this machine: not run)")
        return
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        _command(line), cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (
            str(paths.ROOT), os.environ.get("PYTHONPATH"))))})
    if bool(done.returncode) != refused:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing said"]
        raise UserError(f"'{line}' ended with status {done.returncode}: {said[-1]}")
    print(_told(done.stderr if refused else done.stdout, folder).rstrip())


def _command(line: str) -> list[str]:
    first, *rest = shlex.split(line)
    if first in OURS:
        return [sys.executable, "-c", _CALL.format(OURS[first]), *rest]
    return ["sh", "-c", line]


def _told(text: str, folder: Path) -> str:
    """Without the machine's own folders."""
    for place, name in ((folder.resolve(), "."), (folder, "."), (paths.cache(), "CACHE"),
                        (paths.ROOT, "LNNLAB"), (Path(tempfile.gettempdir()), "TMP")):
        text = text.replace(str(place), name)
    return _SPACES.sub("", text)
