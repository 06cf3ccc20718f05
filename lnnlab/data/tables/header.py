"""The header of a text table: names, units, and what instruments write above them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from lnnlab.data.tables.cells import FAILED, is_missing, is_number, is_time
from lnnlab.data.tables.names import TIME_NAMES, words_of
from lnnlab.data.tables.preamble import start_and_rate
from lnnlab.data.tables.scope import without_scale
from lnnlab.data.tables.separators import BLANKS, SEPARATORS, split
from lnnlab.data.tables.text import COMMENT
from lnnlab.data.tables.units import looks_like_unit, plain, time_unit_s
from lnnlab.errors import UserError

MOST_WORDS = 4  # of a name; more are a sentence
NAMES = {"value", "values", "amplitude", "voltage", "signal", "data", "label", "class"}  # no units


class Shape(Protocol):
    """What is known of the table's body; see :mod:`lnnlab.data.tables.dialect`."""

    separator: str
    decimal: str
    width: int

    def fits(self, row: list[str]) -> bool:
        """Whether a row holds numbers where the table does."""


@dataclass(frozen=True)
class Header:
    """Names and units of a table, and where its data start.

    Attributes:
        names: None where the file has no header.
        line: of the header, or of the first row of data where there is none.
        start: line of the first row of data.
        step_s: what the header tells of the time from sample to sample, s.
    """

    names: tuple[str, ...] | None
    units: tuple[str, ...]
    line: int
    start: int
    step_s: float | None = None
    notes: tuple[str, ...] = ()


def find(
    lines: Sequence[str], rows: list[list[str]], start: int, numeric: list[int], shape: Shape
) -> Header:
    """The header of a table whose data start at ``start``.

    Args:
        lines, rows: the first of the file, whole and cut into cells.
        numeric: columns that hold numbers or times.
    """
    none = ("",) * shape.width
    rows, step_s = without_scale(rows, start, shape.width)
    candidates = _text_rows(rows, start, numeric, shape)
    whole = any(len(rows[line]) == shape.width and not rows[line][0].endswith((",", ";"))
                for line in candidates)
    names = None if whole else _otherwise_separated(lines, rows, start, shape)
    if names:
        note = f"Line {start}, '{lines[start - 1][:40]}', is separated otherwise than the rows: "
        return Header(names, none, start - 1, start, step_s, (f"{note}taken as the header.",))
    if candidates:
        return replace(_of_rows(rows, candidates, start, shape), step_s=step_s)
    commented = _commented(lines, start, shape)
    if commented is not None:
        return Header(_fitted(commented[1], rows, start, shape), none, commented[0], start)
    first = rows[start] if start < len(rows) else []
    _refuse_short_header(lines, rows, start, shape)
    told = start_and_rate(rows, start)
    if told:
        note = f"Rows {start + 1} and {start + 2} taken as start time and rate, as Empatica does."
        return Header(None, none, start, start + 2, 1 / told, (note,))
    if _is_partly_text(first, rows, start, numeric, shape):
        note = f"Line {start + 1}, {', '.join(first)[:60]}, taken as the header."
        return Header(_fitted(first, rows, start + 1, shape), none, start, start + 1, notes=(note,))
    known = {cell.lower() for cell in first} & {"label", "class", "state", "target", "timestamp"}
    if known or _counts(first, rows, start, numeric, shape):
        note = f"First row {', '.join(first)} taken as a header of numbers."
        return Header(tuple(first), none, start, start + 1, notes=(note,))
    return Header(None, none, start, start)


def _text_rows(
    rows: list[list[str]], start: int, numeric: list[int], shape: Shape
) -> list[int]:
    """Lines directly above the data, nearest first, that could be names or units."""
    found, apart = [], False
    for line in range(start - 1, -1, -1):
        row = rows[line]
        if not row:
            if found:
                break
            apart = True
            continue
        if apart and shape.width == 1 and ":" in row[0]:
            break  # the last of the lines above a single column, which has no name
        trimmed = len(row) - (row[-1] == "" and len(row) > shape.width)
        if abs(trimmed - shape.width) > 1 or any(
                is_number(row[k], shape.decimal) for k in numeric if k < len(row)):
            break
        found.append(line)
    return found[:3]


def _otherwise_separated(
    lines: Sequence[str], rows: list[list[str]], start: int, shape: Shape
) -> tuple[str, ...] | None:
    """Names directly above the data that another mark separates; a time's is the first."""
    row = rows[start - 1] if start else []
    if shape.width < 2 or not row or (len(row) > 1 and shape.separator != BLANKS):
        return None
    for mark in SEPARATORS:
        names = split(lines[start - 1], mark)
        if mark == shape.separator or len(names) != shape.width or len(set(names)) < len(names):
            continue
        timely = time_unit_s(names[0]) or set(words_of(names[0])) & TIME_NAMES
        if timely and not all(map(looks_like_unit, names)) and all(
                name and not is_number(name, shape.decimal) and not re.search("[:=]", name)
                and len(name.split()) <= MOST_WORDS for name in names):
            return tuple(names)
    return None


def _of_rows(
    rows: list[list[str]], candidates: list[int], start: int, shape: Shape
) -> Header:
    units, line = ("",) * shape.width, candidates[0]
    if len(candidates) > 1 and _is_units(rows[candidates[0]], shape):
        line = candidates[1]
        given = rows[candidates[0]]
        units = tuple((plain(given[k]) if k < len(given) else "").strip("-")
                      for k in range(shape.width))
    names = _fitted(rows[line], rows, start, shape)
    return Header(names, units, line, start)


def _is_units(row: list[str], shape: Shape) -> bool:
    texts = [cell for cell in row if cell and not is_number(cell, shape.decimal)]
    if {cell.lower() for cell in texts} & NAMES:
        return False
    like = sum(looks_like_unit(cell) for cell in texts)
    return bool(texts) and like >= 0.5 * len(texts) and any(
        looks_like_unit(cell) and not is_missing(cell) for cell in texts)


def _commented(
    lines: Sequence[str], start: int, shape: Shape
) -> tuple[int, list[str]] | None:
    """A header behind a comment mark, as numpy's ``savetxt`` writes it."""
    for line in range(start - 1, -1, -1):
        mark = COMMENT.match(lines[line])
        if mark:
            row = split(lines[line][mark.end():].strip(), shape.separator)
            named = shape.width > 1 or (len(row) == 1 and re.fullmatch(r"\w+", row[0]))
            if len(row) == shape.width and named and not any(
                    is_number(cell, shape.decimal) for cell in row):
                return line, row
        if lines[line].strip():
            return None
    return None


def _refuse_short_header(
    lines: Sequence[str], rows: list[list[str]], start: int, shape: Shape
) -> None:
    """Names directly above rows of another width: decimal commas beside commas, or a slip."""
    row = rows[start - 1] if start else []
    if len(row) > 1 and not any(is_number(cell, shape.decimal) or is_time(cell) for cell in row):
        raise UserError(
            f"line {start}, '{lines[start - 1][:40]}', has {len(row)} cells and the rows below "
            f"have {shape.width}; give every column a name, or write decimal points where commas "
            "separate columns")


def _is_partly_text(
    first: list[str], rows: list[list[str]], start: int, numeric: list[int], shape: Shape
) -> bool:
    """Names some of which are numbers: text stands where the rows below hold numbers."""
    below = [row for row in rows[start + 1 :] if row][:5]
    texts = [k for k in numeric if k < len(first) and not is_number(first[k], shape.decimal)
             and not is_missing(first[k]) and not is_time(first[k])
             and first[k].lower() not in FAILED]
    return bool(below) and any(
        all(k < len(row) and is_number(row[k], shape.decimal) for row in below) for k in texts)


def _counts(
    first: list[str], rows: list[list[str]], start: int, numeric: list[int], shape: Shape
) -> bool:
    """A header 0, 1, 2 … over columns that hold other numbers."""
    below = [row for row in rows[start + 1 :] if len(row) == shape.width]
    digits = [cell for cell in first if cell.isdigit()]
    if any(is_number(cell, shape.decimal) and not cell.isdigit() for cell in first):
        return False
    expected = [[str(k + low) for k in range(len(digits))] for low in (0, 1)]
    if len(digits) < 1 or digits not in expected or len(below) < 2 or len(first) != shape.width:
        return False
    texts = [k for k in range(shape.width) if not first[k].isdigit()]
    new = [k for k in texts if first[k] not in {row[k] for row in below}]
    whole = [k for k in range(shape.width) if first[k].isdigit() and all(
        row[k].lstrip("-+").isdigit() for row in below)]
    if texts:
        return len(new) == len(texts)
    return len(digits) > 1 and len(whole) <= (1 if rows and _rises(below, whole) else 0)


def _rises(rows: list[list[str]], columns: list[int]) -> bool:
    values = [[int(row[k]) for row in rows] for k in columns]
    return all(each == sorted(set(each)) for each in values)


def _fitted(
    names: list[str], rows: list[list[str]], start: int, shape: Shape
) -> tuple[str, ...]:
    """As many names as columns: R leaves out that of the row names, some tools add a separator."""
    names = ["time" if is_time(name) else name for name in names]
    if len(names) == shape.width + 1 and not names[-1]:
        names = names[:-1]
    if len(names) == shape.width - 1:
        body = [row for row in rows[start:] if len(row) == shape.width]
        trailing = all(row[-1] == "" for row in body)
        dated = _date_in_two(body, names)
        if trailing:
            names = [*names, ""]
        elif len({row[0] for row in body}) == len(body):
            names = ["", *names]
        elif dated is not None:
            clock = names[dated] if names[dated].lower() != "date" else "time"
            names = [*names[:dated], "date", clock, *names[dated + 1 :]]
    return tuple(names)


def _date_in_two(body: list[list[str]], names: list[str]) -> int | None:
    """The first of two columns of a date and a time of day under one name; None: there are none."""
    found = next((k for k in range(len(body[0]) - 1) if all(
        is_time(row[k]) and ":" not in row[k] and is_time(row[k + 1]) and re.match(
            r"\d{1,2}:", row[k + 1]) for row in body)), None) if body else None
    two = found is not None and any(
        TIME_NAMES & set(words_of(name)) for name in names[found + 1 : found + 2])
    return None if two else found
