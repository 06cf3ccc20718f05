"""Which tables of a folder are lists of its other files."""

import re
from collections.abc import Sequence
from pathlib import Path

from lnnlab.data.lists import Files, once, read_keyed, without_zeros
from lnnlab.data.tables.reading import SUFFIXES, TEXT_SUFFIXES

HEAD_BYTES = 4096  # of a file show whether it names others
ROW_BYTES = 200  # of a list for each file
TOKEN = re.compile(r"[^,;|\t\r\n\"]+")
ENDING = re.compile("|".join(re.escape(each) for each in SUFFIXES).join(("(", ")$")),
                    re.IGNORECASE)  # what a list may leave out


def lists(folder: Path, names: Sequence[str]) -> list[str]:
    """The tables of a folder that name others of it, whatever else they say.

    Args:
        folder: of the corpus.
        names: its tables, below it.
    """
    own = {_last(name) for name in names}
    ended = {each for each in own if ENDING.search(each)}
    bare = {without_zeros(ENDING.sub("", each)) for each in ended}
    found = []
    for name in names:
        if Path(name).suffix.lower() not in TEXT_SUFFIXES:
            continue
        head = _head(folder / name)
        cells = {_last(each) for each in TOKEN.findall(head)}
        words = {_last(each) for each in head.replace('"', " ").split()}
        if len(cells & own) > 1 or (
                len({without_zeros(each) for each in cells | words} & (ended | bare)) > 1
                and _names_each(folder, name, names)):
            found.append(name)
    return found


def _names_each(folder: Path, name: str, names: Sequence[str]) -> bool:
    """Whether a small table names files once each, perhaps without their endings.

    One that is named by a number as they are is one of them, and its numbers are samples.
    """
    path = folder / name
    if Path(name).stem.isdecimal() or path.stat().st_size > ROW_BYTES * (len(names) + 1):
        return False
    files = Files([each for each in names if each != name], ENDING)
    found = read_keyed(path, files)
    if found is None:
        return False
    cells, key = found
    return cells.shape[1] > 1 and once(cells[key], files)


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES).replace(b"\0", b"").decode("latin-1")


def _last(cell: str) -> str:
    return str(cell).strip().lstrip("*").replace("\\", "/").rsplit("/", 1)[-1].casefold()
