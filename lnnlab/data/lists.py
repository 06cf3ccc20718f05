"""Tables of words that name files and say what each is, such as ``labels.csv`` or ``esc50.csv``."""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd

from lnnlab.data.tables.cells import is_time
from lnnlab.data.tables.text import read_text
from lnnlab.errors import UserError

STRETCHES = (  # headings of where a label begins and ends within its file
    re.compile(r"(onset|start|begin|beginning|from|t_?start|start_?time|begin_?time)"
               r"([ _(\[]*(m?s|sec|seconds?|msec|millis\w*|samples?)[)\]]?)?"),
    re.compile(r"(offset|end|stop|to|t_?end|end_?time|stop_?time)"
               r"([ _(\[]*(m?s|sec|seconds?|msec|millis\w*|samples?)[)\]]?)?"),
)
COVERED = 0.5  # share of the rows of a list without endings that must name files
WORDS = re.compile(r"[^\W\d_]+([ _\-][^\W\d_]+)?")


def read_list(path: Path, names_file: Callable[[str], bool]) -> pd.DataFrame | None:
    """A table of words, its headings in small letters; None where it is none.

    Choose it for lists beside recordings; :func:`lnnlab.data.tables.read_table` reads measurements.

    Args:
        path: the list, separated by tabs, semicolons, commas, bars or blanks.
        names_file: whether a cell names a file of the corpus; a first line that has such a cell
            is no heading, and columns are then called ``0``, ``1`` ….
    """
    try:
        text = _without_remarks(read_text(path).data.decode())
        first = next((line for line in text.splitlines() if line.strip()), "")
        mark = max("\t;,|", key=first.count)
        table = pd.read_csv(io.StringIO(text), sep=mark if mark in first else r"\s+", dtype=str,
                            keep_default_na=False, skipinitialspace=True, index_col=False)
    except (ValueError, OSError, UserError, pd.errors.ParserError, UnicodeError):
        return None
    if any(names_file(name) for name in table.columns):
        above = pd.DataFrame([list(map(str, table.columns))], columns=table.columns)
        table = pd.concat([above, table], ignore_index=True)
        table.columns = [str(k) for k in range(table.shape[1])]
    table.columns = [str(each).strip().casefold() for each in table.columns]
    return table.fillna("") if table.columns.is_unique else None


def _without_remarks(text: str) -> str:
    """A list without lines above it that begin with ``#`` and hold no columns."""
    lines = text.splitlines(keepends=True)
    while len(lines) > 1 and lines[0].startswith("#") and not re.search(r"[\t;,|]", lines[0]):
        lines = lines[1:]
    return "".join(lines)


def read_keyed(path: Path, files: "Files") -> tuple[pd.DataFrame, str] | None:
    """A list and its column that names most files; None where it names none."""
    table = read_list(path, lambda cell: bool(files.named(cell)))
    if table is None:
        return None
    shares = {heading: (sum(bool(files.named(cell)) for cell in table[heading]),
                        table[heading].nunique()) for heading in table}
    key = max(shares, key=shares.get, default=None)
    return (table, key) if key is not None and shares[key][0] else None


def once(cells: Sequence[str], files: "Files") -> bool:
    """Whether a column names files once each and little else, as numbers of samples do not."""
    named = sum(bool(files.named(cell)) for cell in cells)
    return len(set(cells)) == len(cells) and named > 1 and named >= COVERED * len(cells)


def like_classes(cells: Iterable[str]) -> bool:
    """Whether a column of a list may tell classes by what it holds.

    Classes repeat, or are a word or two; times, measurements, checksums and remarks are none.
    """
    held = [each.strip() for each in cells if each.strip()]
    distinct = set(held)
    if len(distinct) < 2 or all(map(is_time, distinct)):
        return False
    return len(distinct) < len(held) or all(map(WORDS.fullmatch, distinct))


def without_zeros(name: str) -> str:
    """A number without zeros before it, which spreadsheets drop; other names as they are."""
    return name.lstrip("0") or "0" if name.isdecimal() else name


class Files:
    """Files of a folder by the ends of their paths, as lists name them.

    Args:
        names: of the files below the folder, with ``/``.
        ending: what a list may leave out at the end of a name, and zeros before a number with it;
            nothing, if not given.
    """

    def __init__(self, names: Iterable[str], ending: re.Pattern | None = None) -> None:
        self._ending = ending
        self._by_end: dict[str, list[str]] = {}
        for name in names:
            for end in self._ends(name):
                self._by_end.setdefault(end, []).append(name)
        self._by_number: dict[str, list[str]] = {}
        for end, named in self._by_end.items() if ending is not None else ():
            if end.isdecimal():
                self._by_number.setdefault(without_zeros(end), []).extend(named)

    def named(self, cell: str, near: str = "") -> list[str]:
        """The files that a cell may mean: by the longest end of its path, nearest to the list.

        Args:
            cell: of a list, a name or a path, perhaps of another machine.
            near: the list's folder.
        """
        ends = self._ends(cell)
        found = next((self._by_end[end] for end in ends if end in self._by_end), None)
        if found is None:
            found = self._by_number.get(without_zeros(ends[-1]), []) if ends else []
        own = [each for each in found if each.startswith(f"{near}/")] if near else []
        return own or found

    def _ends(self, path: str) -> list[str]:
        whole = str(path).strip().lstrip("*").replace("\\", "/").casefold()  # * of sha256sum
        parts = [each for each in whole.split("/") if each not in ("", ".")]
        ends = ["/".join(parts[k:]) for k in range(len(parts))]
        if self._ending is None:
            return ends
        return list(dict.fromkeys(
            form for each in ends for form in (each, self._ending.sub("", each)) if form))


def files_of(
    cells: Sequence[str], files: Files, place: str
) -> tuple[list[str], dict[str, list[str]]]:
    """The file that each cell of a list names, ``""`` for none, and the names of several files.

    A list speaks of its own folder: where it names files there, it names none elsewhere.

    Args:
        cells: one a row.
        files: of the corpus.
        place: the list's name, below the corpus.
    """
    near = place.rpartition("/")[0]
    found = [files.named(each, near) for each in cells]
    if near and any(each[0].startswith(f"{near}/") for each in found if each):
        found = [[one for one in each if one.startswith(f"{near}/")] for each in found]
    several = {cell: each for cell, each in zip(cells, found, strict=True) if len(each) > 1}
    return [each[0] if len(each) == 1 else "" for each in found], several


def stretches(headings: Iterable[str]) -> list[str]:
    """The columns that say from when to when a label holds; none where they do not."""
    found = [next((each for each in headings if form.fullmatch(each)), "") for form in STRETCHES]
    return found if all(found) else []


def absent(place: str, told: Iterable[tuple[str, str, str]]) -> list[str]:
    """A sentence where a list names files that are not there.

    Args:
        place: the list's name.
        told: of each row its cell, its class, and its file, ``""`` where there is none.
    """
    rows = list(told)
    lost = {cell: label for cell, label, name in rows if not name and cell}
    if not lost:
        return []
    gone = sorted(set(lost.values()) - {label for _, label, name in rows if name} - {""})
    of = f", among them every file of {', '.join(gone)}" if gone else ""
    many = len(lost) > 1
    return [f"{place} names {len(lost)} file{'s' * many} that {'are' if many else 'is'} absent "
            f"(such as {next(iter(lost))}){of}."]
