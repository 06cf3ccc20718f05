"""Names under which the entries of a zip are stored: ours, and never two under one."""

import re
import unicodedata
from itertools import count

LONGEST_NAME = 80
_FOREIGN = re.compile(r"[^\w .,()=+@-]+")


class StoredNames:
    """Plain paths for the paths of one zip.

    Names keep letters, digits and a few marks, for classes and speakers may stand in them. Two
    folders or files that would become one get numbers: merged, two classes would be one.
    """

    def __init__(self) -> None:
        self._folders: dict[tuple[str, ...], str] = {(): ""}  # parts → stored, "/" at its end
        self._files: set[tuple[str, ...]] = set()
        self._taken: set[str] = set()  # stored paths, in one case of letters
        self._numbered: dict[str, count] = {}  # stored path → the number to try next

    def of(self, parts: tuple[str, ...]) -> str:
        """The stored path of a file; another one each time.

        Args:
            parts: of its path as it came, one or more.
        """
        self._files.add(parts)
        for depth in range(1, len(parts)):
            folder = parts[:depth]
            if folder not in self._folders:
                name = plain(folder[-1])
                self._folders[folder] = self._unused(self._folders[folder[:-1]], name, "") + "/"
        stem, dot, suffix = plain(parts[-1]).rpartition(".")
        return self._unused(self._folders[parts[:-1]], stem if dot else suffix,
                            f".{suffix}" if dot else "")

    def clash(self) -> str:
        """A path that was a file and a folder in one; ``""`` where there is none."""
        both = sorted(self._files & self._folders.keys())
        return "/".join(map(plain, both[0])) if both else ""

    def _unused(self, folder: str, stem: str, suffix: str) -> str:
        """A path that nothing has, in any case of letters: with a number where one is needed."""
        path = f"{folder}{stem}{suffix}"
        if path.casefold() in self._taken:
            numbers = self._numbered.setdefault(path.casefold(), count(2))
            path = next(tried for k in numbers if (
                tried := f"{folder}{stem}_{k}{suffix}").casefold() not in self._taken)
        self._taken.add(path.casefold())
        return path


def plain(part: str) -> str:
    """A part of a path in letters that mean nothing to a system."""
    text = _FOREIGN.sub("_", unicodedata.normalize("NFC", part)).strip(" .")
    stem, dot, suffix = text.rpartition(".")
    stem, suffix = (stem, suffix[:10]) if dot else (suffix, "")
    if not part.startswith("_"):  # `_silence_` and its like mean something
        stem = stem.lstrip("_ .")
    return f"{stem[:LONGEST_NAME] or 'x'}{dot}{suffix}"
