"""What oscilloscopes write of their time behind the names of the columns."""

import re

from lnnlab.data.tables.cells import is_number
from lnnlab.data.tables.units import SECONDS

SCALE = re.compile(r"start|increment|t(0|inc)\s*=.*", re.IGNORECASE)
INCREMENT = re.compile(r"tinc\s*=\s*(\d[\d.]*(?:e[-+]?\d+)?)\s*(\w*)")  # in lower case


def without_scale(
    rows: list[list[str]], start: int, width: int
) -> tuple[list[list[str]], float | None]:
    """The rows without what an oscilloscope writes of its time behind the names, and its step, s.

    Rigol's ``X,CH1,Start,Increment`` has the numbers below in the row of units, ``CH1,t0 = 0,
    tInc = 0.01`` beside them, and rows of data end before them.
    """
    for line in range(start if start < len(rows) else 0):
        names = [cell.lower() for cell in rows[line]]
        ends = len(names)
        while ends and (not names[ends - 1] or SCALE.fullmatch(names[ends - 1])):
            ends -= 1
        if not ends or sum(map(bool, names[ends:])) != 2 or any(
                any(row[ends:]) for row in rows[start:]):
            continue  # nothing, or columns of such names
        below = dict(zip(names, rows[line + 1], strict=False)) if line + 1 < start else {}
        step = below.get("increment", "")
        told = is_number(step, ".") and float(step) > 0
        beside = next(filter(None, map(INCREMENT.fullmatch, names[ends:])), None)
        step_s = float(step) if told else _step_s(beside)
        cut = [[*row[:ends], *[""] * width][: max(ends, width)]
               for row in rows[line : line + 1 + told]]
        return [*rows[:line], *cut, *rows[line + len(cut) :]], step_s
    return rows, None


def _step_s(told: re.Match[str] | None) -> float | None:
    unit_s = SECONDS.get(told[2] or "s") if told else None
    return float(told[1]) * unit_s or None if unit_s else None
