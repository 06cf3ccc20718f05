"""What the values of a column say that it is: a signal, a clock, an index, a group, nothing."""

import re
from collections.abc import Sequence

import numpy as np

from lnnlab.data.tables import cells
from lnnlab.data.tables.conditions import ALIKE, FEW_ROWS, are_steps, counts_again, holds
from lnnlab.data.tables.dates import RUNNING
from lnnlab.data.tables.names import INDEX_NAMES, TIME_NAMES, words_of
from lnnlab.data.tables.stamps import dotted, usual
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.times import EPOCHS
from lnnlab.data.tables.units import SECONDS, bare, plain, time_unit_s, unit_of

RISES = 0.2  # of the steps of a column that never falls: more is a clock or a counter


def kind_of(tables: Sequence[Table], name: str, keys: tuple[str, ...]) -> str:
    """What a column is, in a word.

    Args:
        tables: all files of a corpus.
        name: of the column.
        keys: columns whose changes end a recording.

    Returns:
        ``channel``, ``time``, ``date``, ``index``, ``rising`` (a clock or counter without a
        name), ``condition`` (a load or user without one), ``constant``, ``empty``, ``sparse``
        (mostly empty) or ``text``.
    """
    if all(each.cells[name].isna().all() for each in tables):
        return "empty"
    if tables[0].cells[name].dtype.kind == "M":
        return "time"
    empty = sum(each.cells[name].isna().sum() for each in tables)
    texts = any("'" in each.bad[name][1] for each in tables if name in each.bad)
    if empty > 0.5 * sum(len(each.cells) for each in tables) and not texts:
        return "sparse"
    if not all(each.is_numeric(name) for each in tables):
        if is_clock_text(tables, name):
            return "time" if shows_time(tables[0], name) else "date"
        many = any(each.is_numeric(name) for each in tables)
        return "channel" if many else "text"
    if len(extremes(tables, name)) == 1:
        return "constant"
    return _of_numbers(tables, name, keys)


def _of_numbers(tables: Sequence[Table], name: str, keys: tuple[str, ...]) -> str:
    words = words_of(name)
    if all(are_steps(each, name) for each in tables):
        return "time"
    timely = _is_timely(name)
    count, steps, resets = _steps(tables, name, keys, timely or bool(INDEX_NAMES & set(words)))
    first = tables[0].cells[name].to_numpy(dtype=np.float64)
    if steps is None:  # it falls: no clock, or a broken one, refused in words when it is read
        clock = bare(name).lower() in ("time", "timestamp") or (
            _mostly_rises(tables, name) and (timely or _is_epoch(first)))
        return "time" if clock else _of_falling(tables, name)
    rises = float((steps > 0).mean())
    strict, ones = bool((steps >= 0).all()) and rises >= RISES, bool(
        len(steps) and abs(steps[0]) >= 1 and (steps == steps[0]).all() and float(
            steps[0]).is_integer())
    if timely and (strict or count >= FEW_ROWS or not resets):
        return "time"
    if count < FEW_ROWS and not INDEX_NAMES & set(words):
        return "channel"
    if ones and (abs(steps[0]) == 1 or INDEX_NAMES & set(words)):
        return "index"
    whole = bool((steps == np.round(steps)).all())
    if INDEX_NAMES & set(words) and whole and (steps >= 0).all():
        return "index"
    if not strict:
        return _of_falling(tables, name)
    return "time" if _is_epoch(first) else "rising"


def _of_falling(tables: Sequence[Table], name: str) -> str:
    if not name.isdigit():
        return "channel"  # of which roles.py says so, where it is one of these
    if holds(tables, name):
        return "condition"
    return "rising" if counts_again(tables, name) else "channel"


def _is_epoch(values: np.ndarray) -> bool:
    return any(low < values.min() and values.max() < high for low, high in EPOCHS.values())


def _mostly_rises(tables: Sequence[Table], name: str) -> bool:
    """Whether a column rises but for a few rows: a clock that wraps or was set."""
    if name in tables[0].bad or tables[0].cells[name].dtype.kind == "b":
        return False
    steps = np.diff(tables[0].cells[name].to_numpy(dtype=np.float64))
    return len(steps) >= FEW_ROWS and (steps >= 0).mean() > 0.95 and (steps > 0).mean() > RISES


def _is_timely(name: str) -> bool:
    words = words_of(name)
    if name == "T":
        return False  # a temperature
    if not words or unit_of(name) and plain(unit_of(name)) in SECONDS:
        return bool(words)
    alone = re.sub(r"\.\d+$", "", bare(name).lower())  # the second column of one name is x_value.1
    if alone in TIME_NAMES | {"x value"} or len(words) == 1 and words[0] in SECONDS:
        return words[0] not in ("d", "h")
    unit_s = time_unit_s(name)
    return bool(set(words) & (TIME_NAMES - {"t", "ts", "date", "clock"})) or (
        unit_s is not None and (words[0] in ("t", "ts") or unit_s <= 1e-3 or words[-1] == "s"))


def _steps(
    tables: Sequence[Table], name: str, keys: tuple[str, ...], may_restart: bool
) -> tuple[int, np.ndarray | None, bool]:
    """Rows, the steps within recordings if none falls, and whether it starts anew within them."""
    count, found, restarts, down = 0, [], False, False
    for table in tables:
        if name in table.bad:
            return 0, None, False
        values = table.cells[name].to_numpy()
        if values.dtype.kind == "b":
            return 0, None, False
        count += len(values)
        steps = np.diff(values.astype(np.float64) if values.dtype.kind == "u" else values)
        if not found and len(steps):
            down = np.median(steps) < 0 if not may_restart else (steps < 0).mean() > ALIKE
        steps = -steps if down else steps  # what counts down is no channel either
        within = np.ones(len(steps), bool)
        for key in keys:
            column = table.cells[key].to_numpy()
            within &= column[1:] == column[:-1]
        falls = within & (steps < 0)
        if falls.any():
            anew = may_restart and np.abs(values[1:][falls] - values[0]).max() <= (
                2 * np.median(steps[steps > 0]) if (steps > 0).any() else 0)
            if not anew or falls.sum() > len(values) / 4:
                return count, None, False
            restarts = True
        found.append(steps[within & ~falls])
    steps = np.concatenate(found) if found else np.array([])
    return (count, steps, restarts) if len(steps) >= count / 2 else (count, None, restarts)


def is_clock_text(tables: Sequence[Table], name: str) -> bool:
    """Whether a column of text holds dates or times of day.

    In a form that names, versions and ratios may have too (``20240305_115958``, ``1.00.00``,
    ``1:10``) it is one where its name or place says so and it changes.
    """
    if tables[0].is_numeric(name):
        return False
    shown = cells.sample(tables[0].cells[name])
    plain_times = np.mean([cells.is_plain_time(cell) for cell in shown] or [0.0]) > 0.8
    if plain_times and not dotted(shown):
        return True
    changes = any(each.cells[name].nunique() > 1 for each in tables)
    timely = changes and _stands_for_time(tables[0], name)
    return timely and np.mean([cells.is_time(cell) for cell in shown] or [0.0]) > 0.8


def _stands_for_time(table: Table, name: str) -> bool:
    """Whether a column is called a time, or stands first."""
    return name == table.names[0] or bool(set(words_of(name)) & (TIME_NAMES | RUNNING))


def shows_time(table: Table, name: str) -> bool:
    """Whether a column of dates or times holds more than days."""
    shown = cells.sample(table.cells[name])
    return any(":" in cell for cell in shown) or _stands_for_time(table, name) and (
        dotted(shown) or any(":" in usual(cell) for cell in shown))


def date_beside(table: Table, time: str, dates: Sequence[str]) -> str | None:
    """The column of dates to which a column of times of day belongs."""
    alone = not table.is_numeric(time) and (dotted(cells.sample(table.cells[time])) or re.match(
        r"\d{1,2}:\d\d", str(table.cells[time].iloc[0]).strip()))
    return dates[0] if alone and dates else None


def values_of(tables: Sequence[Table], name: str) -> set[str]:
    """The different texts of a column in all tables."""
    return {str(each).strip() for table in tables for each in table.cells[name].dropna().unique()}


def extremes(tables: Sequence[Table], name: str) -> set[float]:
    """The least and largest numbers of a column in each table; one, where it is constant."""
    return {float(value) for table in tables if len(table.cells)
            for value in (table.cells[name].min(), table.cells[name].max())}
