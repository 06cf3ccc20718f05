"""The form of a text table, from its first lines: separator, decimal mark, where data start."""

import re
from collections import Counter
from dataclasses import dataclass, replace

from lnnlab.data.tables import header
from lnnlab.data.tables.cells import FAILED, POINT, decimal_mark, is_missing, is_time, like_number
from lnnlab.data.tables.separators import BLANKS, SEPARATORS, split
from lnnlab.data.tables.text import COMMENT

WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", BLANKS: "blanks"}
SEP_LINE = re.compile(r'\s*"?sep=(.+?)"?\s*', re.IGNORECASE)
JOINED = re.compile(r"[-+.\d]*\d[;|\t ]+\S")  # two cells, if the comma is a decimal one
MOST_LINES = 48  # are tried with every separator
STEADY = 5  # rows in a row that look alike are the table
PASSES = 0.6  # of its numeric columns hold numbers in a row of the table


@dataclass(frozen=True)
class Dialect:
    """How a text table is written.

    Attributes:
        separator: between cells; a blank stands for any number of blanks.
        decimal: ``"."`` or ``","``.
        names: of the columns; None where the file has no header.
        units: of the columns, ``""`` where unknown.
        start: number of the first line of data, from 0.
        width: cells of a row.
        above: the lines above the header.
        step_s: seconds from sample to sample, where an oscilloscope's header tells; else None.
        notes: what was taken as what, a sentence each.
    """

    separator: str
    decimal: str
    names: tuple[str, ...] | None
    units: tuple[str, ...]
    start: int
    width: int
    above: tuple[str, ...]
    step_s: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """For people: ``"semicolons, decimal comma"``."""
        return WORDS.get(self.separator, repr(self.separator)) + (
            "" if self.decimal == POINT else ", decimal comma")


def sniff(lines: list[str], decimal: str | None = None) -> Dialect:
    """The dialect of a file that starts with these lines.

    Args:
        lines: the first of the file, the last one whole.
        decimal: the mark that other files of the same folder show; None: found from the lines.
    """
    first, forced = 0, None
    if lines and (told := SEP_LINE.fullmatch(lines[0])):
        first, forced = 1, {"\\t": "\t"}.get(told[1], told[1])
    marked = [bool(COMMENT.match(line)) for line in lines]
    marked = marked if sum(marked) <= len(lines) / 2 else [False] * len(lines)
    blank = ["" if k < first or marked[k] else line for k, line in enumerate(lines)]
    body = _body(blank)
    choices = (forced,) if forced else [
        each for each in SEPARATORS if each == "," or sum(each in line for line in body) > 0]
    best = max((_shape(body, each, decimal) for each in choices),
               key=lambda shape: shape.score)  # the first of equals
    best = replace(best, rows=[split(line, best.separator) if line.strip() else []
                               for line in blank])
    start, numeric = _table_start(best), best.numeric
    found = header.find(lines, best.rows, start, numeric, best)
    above = tuple(line for line in lines[first : found.line] if line.strip())
    cut = _cut_row(best, found)
    notes = (*found.notes, *([f"Line {cut}, '{lines[cut - 1][:40]}', is no whole row: left out."]
                             if cut else []))
    return Dialect(best.separator, best.decimal, found.names, found.units, found.start, best.width,
                   above, found.step_s, notes)


@dataclass(frozen=True)
class Shape:
    """The first lines cut by one separator."""

    separator: str
    decimal: str
    rows: list[list[str]]  # one a line, empty for blank and comment lines
    width: int
    numeric: list[int]  # columns that hold numbers or times
    score: float

    def fits(self, row: list[str], strictly: bool = False) -> bool:
        """Whether a row holds numbers where the table does, in all or most columns."""
        held = [row[k] for k in self.numeric if k < len(row)]
        good = sum(like_number(cell, self.decimal) or is_time(cell) for cell in held)
        passed = good + sum(is_missing(cell) for cell in held)
        needed = len(self.numeric) * (1.0 if strictly else PASSES)
        return good > 0 and passed >= needed and abs(len(row) - self.width) <= 1


def _body(lines: list[str]) -> list[str]:
    """Lines spread over those that are surely of the table."""
    filled = [line for line in lines if line.strip()]
    body = filled[len(filled) // 3 :] if len(filled) > 6 else filled[-3:]
    return body if len(body) <= MOST_LINES else [
        body[k * (len(body) - 1) // (MOST_LINES - 1)] for k in range(MOST_LINES)]


def _shape(lines: list[str], separator: str, decimal: str | None) -> Shape:
    body = [split(line, separator) for line in lines]
    width, count = Counter(map(len, body)).most_common(1)[0] if body else (1, 0)
    even = [row for row in body if len(row) == width]
    if decimal is None or separator == ",":
        decimal = decimal_mark((cell for row in even for cell in row), separator)
    numeric, score = [], 0.0
    for k in range(width):
        cells = [row[k] for row in even if not is_missing(row[k])]
        good = sum(like_number(cell, decimal) or is_time(cell) for cell in cells)
        if good and good >= 0.5 * len(cells) and len(cells) >= 0.5 * len(even):
            numeric.append(k)
            score += good / max(1, len(even))
    score *= score / width * (count / max(1, len(body)))
    if separator == BLANKS and sum("\t" in line for line in lines) > len(body) / 2:
        score *= 0.5  # a tab is a blank too, but empty cells between tabs are cells
    if separator == "," and (_halves_of_numbers(even) or sum(
            bool(JOINED.match(cell)) and not is_time(cell)
            for row in even for cell in row) > len(even) / 2):
        score *= 0.2
    return Shape(separator, decimal, body, width, numeric, score)


def _cut_row(shape: Shape, found: header.Header) -> int:
    """Number of the line above a table without header that is the rest of a row; 0: there is none.
    """
    row = shape.rows[found.start - 1] if found.names is None and found.start else []
    numbers = bool(row) and all(like_number(cell, shape.decimal) or is_time(cell) for cell in row)
    return found.start if numbers and not found.step_s else 0


def _halves_of_numbers(rows: list[list[str]]) -> bool:
    """Whether cells look like the two sides of a decimal comma: ``-0`` and ``056``."""
    whole = sum(cell in ("-0", "+0") for row in rows for cell in row[:-1])
    led = sum(bool(re.fullmatch(r"0\d+", cell)) for row in rows for cell in row[1:])
    return bool(whole and led) or led > 0.1 * len(rows) * max(1, len(rows[0]) - 1)


def _continues(shape: Shape, line: int) -> bool:
    """Whether a row above the first whole one is of the table, with a bad cell."""
    row = shape.rows[line]
    if len(row) != shape.width:
        return False
    held = [row[k] for k in shape.numeric if row[k]]
    failed = [cell for cell in held if cell.lower() in FAILED]
    good = sum(like_number(cell, shape.decimal) or is_time(cell) for cell in held)
    if failed and good + len(failed) == len(held):
        return True
    fractions = any(re.fullmatch(r"[-+]?\d*[.,]\d+", cell) for cell in held)  # no names
    return (line > 0 or fractions) and (shape.fits(row) or good >= 0.5 * len(shape.numeric) > 0)


def _table_start(shape: Shape) -> int:
    """The first line from which lines look like the table."""
    filled = [k for k, row in enumerate(shape.rows) if row]
    for strictly in (True, False):
        for at, line in enumerate(filled if shape.numeric else ()):
            run = [shape.fits(shape.rows[k]) for k in filled[at : at + STEADY]]
            if shape.fits(shape.rows[line], strictly) and (
                    len(run) == 1 or run[1] or sum(run[1:]) >= 2) and sum(run) >= len(run) - 1:
                while at and _continues(shape, filled[at - 1]):
                    at -= 1
                return filled[at]
    return filled[1] if len(filled) > 1 else len(shape.rows)  # a header, and no numbers below
