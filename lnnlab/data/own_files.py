"""The files of a person's folder: in the order in which people count, without what systems leave.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

LITTER = {  # names, in small letters, that no person gave
    "thumbs.db": "made by Windows", "ehthumbs.db": "made by Windows",
    "desktop.ini": "made by Windows", "icon\r": "made by macOS", "$recycle.bin": "made by Windows",
    "system volume information": "made by Windows", "__macosx": "made by macOS",
    "@eadir": "made by a Synology", "lost+found": "made by the file system",
    "__pycache__": "made by Python",
}


def natural(name: str | Path) -> tuple:
    """A key to sort by as people count: ``rec2`` before ``rec10``, letters of either case alike."""
    pieces = re.split(r"(\d+)", str(name).casefold())
    return tuple((0, int(each), "") if each.isdecimal() else (1, 0, each)
                 for each in pieces if each), str(name)


def litter(name: str) -> str:
    """Why a file or folder of this name is none of the person's; ``""`` where it may be."""
    if name.startswith("._"):
        return "a Mac's note about another file"
    if name.startswith("."):
        return "hidden"
    if name.endswith("~") or name.startswith("~$"):
        return "a copy of an editor"
    return LITTER.get(name.casefold(), "")


def walk(folder: Path) -> tuple[list[Path], dict[str, str]]:
    """Every file below a folder, in natural order.

    Returns:
        Paths relative to the folder; and what was left out, file or folder → why.
    """
    found: list[Path] = []
    left_out: dict[str, str] = {}
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(real)
        here = Path(place).relative_to(folder)
        for name in (*folders, *files):
            if why := litter(name):
                left_out[str(here / name)] = why
        folders[:] = sorted((each for each in folders if not litter(each)), key=natural)
        found += [here / name for name in files if not litter(name)]
    found.sort(key=lambda path: [natural(part) for part in path.parts])
    return found, dict(sorted(left_out.items(), key=lambda each: natural(each[0])))


def of_kinds(files: Iterable[Path], suffixes: Iterable[str]) -> list[Path]:
    """Those whose names end in one of the suffixes, in letters of either case."""
    wanted = set(suffixes)
    return [each for each in files if each.suffix.lower() in wanted]
