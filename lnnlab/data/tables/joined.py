"""Times in several columns, such as ``secs`` and ``nsecs`` of ROS: added up to one clock."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from lnnlab.data.tables.columns import date_beside, is_clock_text, shows_time
from lnnlab.data.tables.dates import DAY_S, odd_steps
from lnnlab.data.tables.names import TIME_NAMES, words_of
from lnnlab.data.tables.roles import Wanted
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.times import times_of
from lnnlab.data.tables.units import SECONDS, time_unit_s
from lnnlab.errors import UserError

CALENDAR_S = {"year": 31_556_952.0, "month": 2_629_746.0}  # means, which only sort them
SHORT = {"s", "ms", "us", "µs", "μs", "ns", "h", "d"}  # of clocks of their own, such as t_ms
FORWARD = 0.9  # of the steps of a clock, restarts aside
DAY_NS = int(DAY_S) * 10**9


def with_one_clock(
    tables: list[Table], wanted: Wanted, label: str | None, notes: list[str]
) -> list[Table]:
    """The tables with hours, minutes, seconds and parts of seconds as one column of nanoseconds.

    The hours, minutes and seconds may be one column of dates or times of day. Only where names and
    ranges tell it surely: each part stays below one of the next larger, and the sum goes forward.
    Columns that the user named are left as they are.
    """
    named = {label, wanted.recording, *wanted.groups, *(wanted.channels or ())}
    if any(str(each).lstrip("-").isdigit() for each in named):
        return tables  # positions, which would move
    for parts in (*_families(tables), *_fractions(tables)):
        name = f"{' + '.join(parts)} [ns]"
        if wanted.time not in (None, name) or named & set(parts):
            continue
        added = _added if all(parts.values()) else _with_fraction
        clocks = [added(each, parts) for each in tables]
        if any(each is None for each in clocks):
            continue
        listed = f"{', '.join(map(repr, list(parts)[:-1]))} and '{list(parts)[-1]}'"
        notes.append(f"Columns {listed} added up to one clock.")
        return [_replaced(each, parts, name, clock)
                for each, clock in zip(tables, clocks, strict=True)]
    return tables


def _families(tables: Sequence[Table]) -> list[dict[str, float]]:
    """Columns of parts of one time → seconds of each, the largest first.

    Years and months are of them where the month changes; else the days go on without them.
    """
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for name in tables[0].names:
        words = words_of(name) or [""]
        if words[-1] in SECONDS | CALENDAR_S:
            found.setdefault(tuple(words[:-1]), {})[name] = (SECONDS | CALENDAR_S)[words[-1]]
    families = []
    for parts in found.values():
        months = [name for name, unit_s in parts.items() if unit_s == CALENDAR_S["month"]]
        dated = set(parts.values()) >= {*CALENDAR_S.values(), DAY_S} and any(
            each.cells[months[0]].nunique() > 1 for each in tables)
        parts = dict(sorted(((name, unit_s) for name, unit_s in parts.items()
                             if dated or unit_s <= DAY_S), key=lambda part: -part[1]))
        short = sum(words_of(name)[-1] in SHORT for name in parts)
        whole = max(parts.values(), default=0.0) >= 60 and short <= 1
        if len(set(parts.values())) == len(parts) > 1 and (not short or whole):
            families.append(parts)
    return families


def _fractions(tables: Sequence[Table]) -> list[dict[str, float]]:
    """A column of dates or times, its date if it has one, and the parts of a second beside it.

    They count no seconds of their own: 0 stands for these.
    """
    first = tables[0]
    texts = [name for name in first.names
             if first.cells[name].dtype.kind == "M" or is_clock_text(tables, name)]
    times = [name for name in texts if shows_time(first, name)]
    dates = [name for name in texts if name not in times]
    parts = {name: time_unit_s(name, first.units.get(name, "")) for name in first.names
             if set(words_of(name)) <= SECONDS.keys() | TIME_NAMES}
    parts = {name: unit_s for name, unit_s in parts.items() if unit_s and unit_s < 1}
    return [dict.fromkeys(filter(None, (date_beside(first, time, dates), time)), 0.0) | {
        name: unit_s} for time in times for name, unit_s in parts.items()]


def _with_fraction(table: Table, parts: dict[str, float]) -> np.ndarray | None:
    """The sum of whole seconds and parts of them, as :func:`_added` has it."""
    (*dates, time, name), unit_s = parts, list(parts.values())[-1]
    part = table.cells[name].to_numpy()
    if name in table.bad or part.dtype.kind not in "iuf" or not (
            0 <= part.min() <= part.max() < 1 / unit_s):
        return None
    try:
        s = times_of(table, time, *dates).s
    except UserError:  # of its own, where it is taken as the clock
        return None
    if (s != np.round(s)).any():
        return None
    total = np.round(s * 1e9).astype(np.int64) + np.round(part * (unit_s * 1e9)).astype(np.int64)
    if odd_steps(np.diff(total)) > odd_steps(np.diff(part.astype(np.float64))):
        return None  # it goes on by itself where the seconds change
    return total if len(total) > 1 and (np.diff(total) >= 0).mean() > FORWARD else None


def _added(table: Table, parts: dict[str, float]) -> np.ndarray | None:
    """The sum, ns, (row,); None where the columns are no parts of one time."""
    total, larger = np.zeros(len(table.cells), np.int64), None
    if max(parts.values()) > DAY_S:
        days = _days(table, list(parts)[:3])
        if days is None:
            return None
        total, larger = days * DAY_NS, DAY_S
        parts = dict(list(parts.items())[3:])
    for name, unit_s in parts.items():
        column = table.cells[name]
        if name in table.bad or column.dtype.kind not in "iuf" or column.isna().any():
            return None
        values, finest = column.to_numpy(), name == list(parts)[-1]
        most = {60.0: 60, 3600.0: 24}.get(unit_s) if larger is None else larger / unit_s
        if values.min() < 0 or (most and values.max() >= most * (1 - 1e-12)) or (
                not finest and (values != np.round(values)).any()):
            return None
        scale = round(unit_s * 1e9)
        total += values.astype(np.int64) * scale if values.dtype.kind in "iu" else np.round(
            values * scale).astype(np.int64)
        larger = unit_s
    if max(parts.values(), default=0.0) == 3600.0:  # past midnight
        total += DAY_NS * np.concatenate([[0], np.cumsum(np.diff(total) < -DAY_NS // 2)])
    return total if len(total) > 1 and (np.diff(total) > 0).mean() > FORWARD else None


def _days(table: Table, names: Sequence[str]) -> np.ndarray | None:
    """Days since 1970, (row,), of a year, a month and a day; None where they are none."""
    columns = [table.cells[name] for name in names]
    if any(each.dtype.kind not in "iu" for each in columns) or set(names) & table.bad.keys():
        return None
    year, month, day = columns
    dates = pd.to_datetime(pd.DataFrame({
        "year": year + 2000 * (year < 100), "month": month, "day": day}), errors="coerce")
    return None if dates.isna().any() else dates.to_numpy().astype("datetime64[D]").astype(
        np.int64)


def _replaced(table: Table, parts: Sequence[str], name: str, clock: np.ndarray) -> Table:
    cells = table.cells.drop(columns=list(parts))
    cells.insert(0, name, pd.Series(clock, index=cells.index))
    units = {each: unit for each, unit in table.units.items() if each not in parts}
    return replace(table, cells=cells, units=units)
