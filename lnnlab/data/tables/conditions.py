"""Columns that are no signal by how they change: conditions, counters, groups, keys."""

from collections.abc import Sequence

import numpy as np

from lnnlab.data.tables.names import GROUP_NAMES, INDEX_NAMES, KEY_NAMES, STEPS, words_of
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.units import OTHERS, SECONDS, UNITS, plain, unit_of

FEW_ROWS = 8  # fewer rise by chance
LONG = 50  # rows that a condition keeps its value for, on average
KEPT_ROWS = 8  # that a class or group keeps its value for, on average
MARKS = (-999.0, -9999.0, -99999.0, -99.0, 999.0, 9999.0, 99999.0, -1e9, 1e9, 9.9e37)
MOST_CYCLE = 16  # sensors whose rows take turns
ALIKE = 0.9  # of a counter's steps
QUANTITIES = {  # words of what is measured, of a machine or a unit or whatever else
    "temp", "temperature", "speed", "voltage", "current", "power", "pressure", "torque", "force",
    "humidity", "flow", "rpm", "frequency", "acceleration", "velocity", "vibration", "angle",
    "temperatur", "drehzahl", "spannung", "strom", "leistung", "druck", "drehmoment",
}
COUNTED = {"count", "counts", "n", "k", "m"}  # trial (n), which measures nothing


def are_steps(table: Table, name: str) -> bool:
    """Whether a column holds the time since the row before: by its name, and as it does not rise.
    """
    words, column = set(words_of(name)), table.cells[name]
    if not any(each <= words for each in STEPS) or column.dtype.kind not in "iuf" or (
            name in table.bad):
        return False
    values = column.to_numpy()
    return bool((values >= 0).all() and (np.diff(values) > 0).mean() < ALIKE)


def counts_again(tables: Sequence[Table], name: str) -> bool:
    """Whether a column counts by one step, but for places where it wraps or starts anew.

    Without a name a step may differ by half, as that of a clock with jitter does.
    """
    room, found = 0.5 if name.isdigit() else 1e-9, set()
    for table in tables:
        column = table.cells[name]
        steps = np.diff(column.to_numpy(dtype=np.float64)) if name not in table.bad and (
            column.dtype.kind in "iuf") else np.array([])
        usual = float(np.median(steps)) if len(steps) >= FEW_ROWS else 0.0
        if usual == 0 or (np.abs(steps - usual) <= room * abs(usual)).mean() < ALIKE:
            return False
        found.add(usual > 0)
    return len(found) == 1


def mark_of_missing(tables: Sequence[Table], name: str) -> str:
    """A number such as -999 far from all else, which may stand for no value; ``""``: none."""
    numbers = [table.cells[name].to_numpy(dtype=np.float64) for table in tables
               if name not in table.bad and table.cells[name].dtype.kind in "iuf"]
    for mark in MARKS:
        found = sum(int((each == mark).sum()) for each in numbers)
        if not found:
            continue
        others = [each[(each != mark) & np.isfinite(each)] for each in numbers]
        low = min((each.min() for each in others if len(each)), default=mark)
        high = max((each.max() for each in others if len(each)), default=mark)
        if min(abs(mark - low), abs(mark - high)) > 3 * (high - low) > 0 and not low < mark < high:
            return f"{mark:g} {found:,} time{'s' if found > 1 else ''}"
    return ""


def holds(tables: Sequence[Table], name: str) -> int:
    """How many values a column of whole numbers has that keeps each over long stretches; 0: none.

    Such a column is a condition, such as a load or a user, rather than a signal.
    """
    changes, count, values = 0, 0, set()
    for table in tables:
        column = table.cells[name].to_numpy()
        if name in table.bad or column.dtype.kind not in "iuf" or (
                column[:1000] != np.round(column[:1000])).any() or (
                column != np.round(column)).any():
            return 0
        changes += int((column[1:] != column[:-1]).sum())
        count += len(column)
        values |= set(np.unique(column).tolist())
        if changes * LONG > count + LONG * len(tables):
            return 0
    return len(values) if count >= 2 * LONG and changes * LONG <= count else 0


def is_measured(table: Table, name: str) -> bool:
    """Whether numbers are measured, by the last word of their name or by their unit.

    ``bearing_temp`` and ``source_voltage_mV`` are; ``current_run`` and ``temp_sensor_id`` are not.
    """
    words = [each for each in words_of(name) if each not in OTHERS | SECONDS.keys()] or [""]
    units = {plain(table.units.get(name, "")), plain(unit_of(name))}
    return bool(words[-1] in QUANTITIES or units & (UNITS - COUNTED)) and table.is_numeric(name)


def is_group(tables: Sequence[Table], name: str) -> bool:
    """A column whose name says a grouping and which keeps its value over long stretches."""
    if not GROUP_NAMES & set(words_of(name)):
        return False
    values = set()
    for table in tables:
        column = table.cells[name]
        if is_measured(table, name) or column.isna().any() or column.dtype.kind in "fM" and (
                column.dtype.kind == "M" or (column != column.round()).any()):
            return False
        values |= set(column.unique())
    return len(values) > 1 and keeps_value(tables, name)


def keeps_value(tables: Sequence[Table], name: str) -> bool:
    """Whether a column keeps its value over stretches, as classes and groups do."""
    cells = [table.cells[name].to_numpy() for table in tables]
    changes = sum(int((cell[1:] != cell[:-1]).sum()) for cell in cells)
    return KEPT_ROWS * changes <= sum(map(len, cells))


def is_key(tables: Sequence[Table], name: str) -> bool:
    """A column that says of each row what it holds: the table is long where it should be wide."""
    changes, count, values = 0, 0, set()
    for table in tables:
        column = table.cells[name]
        named = (KEY_NAMES | GROUP_NAMES) & set(words_of(name)) and not is_measured(table, name)
        whole = column.dtype.kind in "iu" and not set(words_of(name)) <= INDEX_NAMES
        if not is_text(table, name) and not (named and whole):
            return False
        cell = column.dropna().to_numpy()
        changes += int((cell[1:] != cell[:-1]).sum())
        count += len(column)
        values |= set(column.dropna().unique())
    return count >= FEW_ROWS and changes > count / 2 and 1 < len(values) < count / 4


def cycle_of(tables: Sequence[Table], name: str) -> int:
    """After how many rows a column of whole numbers repeats, each once; 0: it does not."""
    length = 0
    for table in tables:
        column = table.cells[name]
        if column.dtype.kind not in "iu" or name in table.bad:
            return 0
        values = column.to_numpy()
        length = length or len(np.unique(values[: 2 * MOST_CYCLE]))
        if not 1 < length <= min(MOST_CYCLE, len(values) / 4) or len(
                set(values[:length].tolist())) < length or (
                values[length:] != values[:-length]).any():
            return 0
    return length


def is_text(table: Table, name: str) -> bool:
    """Whether a column is of text, dates of their own kind aside."""
    column = table.cells[name]
    return column.dtype.kind not in "iufM" and not isinstance(column.dtype, np.dtypes.BoolDType)
