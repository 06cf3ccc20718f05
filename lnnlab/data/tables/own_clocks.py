"""Channels of one table with clocks of their own, whose rows belong together only at one rate."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lnnlab.data.tables.names import words_of
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.times import Times, times_of
from lnnlab.errors import UserError

FEW_ROWS = 8  # fewer tell no rate
JUMP = 4  # times a clock's usual step, or the rows between two: then it was set or stood still
DRIFT = 0.01  # of two clocks of the same rows; sensors of 50 and 51.2 Hz have ones of their own


def clock_of_channels(
    tables: Sequence[Table], time: str, channels: Sequence[str], kinds: dict[str, str]
) -> str:
    """The clock of the channels: ``time``, or the one that all stand behind at another rate.

    LabVIEW and some loggers write pairs of a clock and its channels next to each other.

    Args:
        tables: all files of a corpus.
        time: the column that is taken as the time.
        channels: to be used, one or more.
        kinds: of the other columns, see :func:`lnnlab.data.tables.columns.kind_of`.

    Raises:
        UserError: channels stand behind clocks of different rates.
    """
    names = tables[0].names
    signals = [k for k, name in enumerate(names)
               if name in channels or kinds.get(name) == "channel"]
    others = {name: apart for k, name in enumerate(names)
              if kinds.get(name) == "time" and name != time
              and min(signals) < k < max(signals) and (apart := _apart(tables, time, name))}
    if not others:
        return time
    order = sorted([time, *others], key=names.index)
    owners = dict.fromkeys(next(
        (clock for clock in reversed(order) if names.index(clock) < names.index(channel)), time)
        for channel in channels)
    if len(owners) == 1:
        return next(iter(owners))
    other = next(clock for clock in owners if clock != time)
    table, words = others[other]
    raise UserError(
        f"{table.path}: columns '{time}' and '{other}' are clocks, {words}, with channels behind "
        "each: their rows do not belong together; bring them to one clock, or name the channels of "
        "one (--channels); if one clock counts for all, name it (--time)")


def _apart(tables: Sequence[Table], one: str, other: str) -> tuple[Table, str] | None:
    """A table in which two clocks run at different rates, and how; None where none shows it."""
    for table in tables:
        times = [_times(table, name) for name in (one, other)]
        if None in times or not _have_one_unit(times, (one, other)):
            continue
        shown = [_rates(each.s) for each in times]
        if None in shown:
            continue
        all_rows, rates, spans = zip(*shown, strict=True)
        room = DRIFT + 2 * sum(each.tick_s / span for each, span in zip(times, spans, strict=True))
        if min(max(each) / min(each) for each in (all_rows, rates)) - 1 > room:
            return table, f"{rates[0]:.4g} and {rates[1]:.4g} Hz" if times[0].sure else (
                f"one {max(rates) / min(rates):.3g} times as fast as the other")
    return None


def _rates(s: np.ndarray) -> tuple[float, float, float] | None:
    """Rows a second of all, and while a clock goes on evenly, and how long it does, s.

    That of a receiver shows 0 until it has the time, and stands still without it. None: it hardly
    goes on.
    """
    steps = np.diff(s)
    goes = np.flatnonzero(steps > 0)
    goes = goes[steps[goes] <= JUMP * np.median(steps[goes])] if len(goes) else goes
    if len(goes) < 2:
        return None
    rows, span = np.diff(goes), steps[goes[1:]]
    steady = rows <= JUMP * np.median(rows)
    even = float(span[steady].sum())
    return len(steps) / float(np.maximum(steps, 0).sum()), float(rows[steady].sum()) / even, even


def _times(table: Table, name: str) -> Times | None:
    held = table.cells[name].notna()
    if held.sum() < FEW_ROWS:
        return None
    try:
        return times_of(replace(table, cells=table.cells[held]), name)
    except UserError:  # is told where it is used
        return None


def _have_one_unit(times: Sequence[Times], names: Sequence[str]) -> bool:
    """Whether the units of two clocks are known, or untold and, by their names, the same."""
    first = [re.sub(r"[\d.]+$", "", (words_of(re.sub(r"\.\d+$", "", name)) or [""])[0])
             for name in names]
    return all(each.sure for each in times) or (
        not any(each.sure for each in times) and first[0] == first[1])
