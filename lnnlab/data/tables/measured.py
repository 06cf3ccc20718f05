"""Cells that hold a number with its unit (``3.2 mV``): the unit belongs to the column."""

import csv
import io
import re

from lnnlab.data.tables.names import LABEL_NAMES, words_of
from lnnlab.data.tables.separators import split
from lnnlab.data.tables.text import LINE_END, Text, look
from lnnlab.data.tables.units import UNITS, plain

CELL = re.compile(r"([-+\u2212]?[\d.,]*\d(?:[eE][-+]?\d+)?)\s?([^\d\s.,;|\"'][^\s;|\"']*)")
MAYBE = re.compile(r"\d\s?[^\d\s.,;|\"'+\-:/eE]")  # in a line with a unit
FEWEST = 8  # different cells; fewer may be conditions, such as a load of 0 %, 50 % and 100 %
MOST = 0.7  # of a column's cells with the same unit; fewer, and they are left as they are


def without_units(text: Text, filled: list[str]) -> None:
    """Take the unit out of every cell of a column that has one and the same; note it.

    Columns named as those of classes, or of few different cells, are left alone: ``1500 rpm`` may
    be a class. A cell with another unit than its column's keeps it, and is refused as no number.
    """
    if sum(bool(MAYBE.search(line)) for line in filled) <= MOST * len(filled) - 1:
        return
    best: tuple[float, str, dict[int, str]] = (0.0, "", {})
    for separator in ("\t", ";", "|", ","):
        found = _units(filled, separator)
        best = max(best, (len(found), separator, found), key=lambda each: each[0])
    _, separator, found = best
    if not found:
        return
    lines = []
    for line in LINE_END.split(text.data.decode()):
        row = split(line, separator) if line.strip() else []
        for k, unit in found.items():
            cell = CELL.fullmatch(row[k]) if k < len(row) else None
            if cell and cell[2] == unit:
                row[k] = cell[1]
        lines.append(_joined(row, separator))
    text.data = "\n".join(lines).encode()
    text.units = {k: plain(unit) for k, unit in found.items()}
    listed = ", ".join(f"{unit} (column {k})" for k, unit in found.items())
    text.notes.append(f"Units in cells taken as those of their columns: {listed}.")
    look(text)


def _units(filled: list[str], separator: str) -> dict[int, str]:
    """Column → unit that most of its cells have."""
    rows = [split(line, separator) for line in filled]
    header, found = rows[0], {}
    for k in range(max(map(len, rows))):
        cells = [row[k] for row in rows if k < len(row) and row[k]]
        units = [cell[2] for cell in map(CELL.fullmatch, cells) if cell and plain(
            cell[2]) in UNITS]
        known = k < len(header) and set(LABEL_NAMES) & set(words_of(header[k]))
        if units and not known:
            usual = max(set(units), key=units.count)
            if units.count(usual) > MOST * len(rows) and len(set(cells)) >= min(
                    FEWEST, len(rows) - 1):
                found[k] = usual
    return found


def _joined(row: list[str], separator: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator="").writerow(row)
    return stream.getvalue()
