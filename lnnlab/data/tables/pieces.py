"""From tables to recordings: where one ends, at which rate it was taken, what its label is."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lnnlab.data.tables.apart import by_rate
from lnnlab.data.tables.clock import SAME, at_rate, evenly
from lnnlab.data.tables.folders import Source
from lnnlab.data.tables.labels import texts_of
from lnnlab.data.tables.rates import Cut, Rate, rate_of
from lnnlab.data.tables.roles import Roles
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.times import times_of
from lnnlab.data.windows import Recording
from lnnlab.errors import UserError

UNSORTED = 0.05  # of the steps that fall: no slip of the clock any more
WITHOUT = "name the channels (--channels) and no time to read it without times"
FEW = 0.02  # of the rows whose time stands twice: then by mistake, and not by a coarse clock


class BrokenClock(UserError):
    """Times slip in a row, but the rows are in their order: they may be read without times.

    Attributes:
        words: what is wrong, for the account.
    """

    words = ""


def _broken(table: Table, what: str, todo: str) -> BrokenClock:
    error = BrokenClock(f"{table.path}, {what}; {todo}, or {WITHOUT}")
    error.words = f"{table.path.name}, {what}"
    return error


def timed_or_not(
    sources: Sequence[tuple[Table, Source]], roles: Roles, given_hz: float | None, window: int,
    notes: list[str],
) -> tuple[list[Recording], Rate]:
    """The recordings of all files and their rate.

    Where the user named the channels, but no time, times that slip are left out of the roles.

    Raises:
        UserError: a label is missing, a cell is no number, or times go back.
    """
    count = len(notes)
    try:
        cuts = [each for table, source in sources for each in cut(table, source, roles, notes)]
        rate = rate_of(cuts, roles, given_hz)
        return recordings_of(cuts, roles, rate, window, notes), rate
    except BrokenClock as error:
        if not roles.chosen or roles.given:
            raise
        notes[count:] = [f"Column '{roles.time}' is no clock: {error.words}: left out, and gaps "
                         "are not seen."]
        roles.time = roles.date = None
        return timed_or_not(sources, roles, given_hz, window, notes)


def cut(table: Table, source: Source, roles: Roles, notes: list[str]) -> list[Cut]:
    """Where labels, groups and recordings of a table change, and where its clock is broken.

    Returns:
        One cut; several, in the order of the rows, where recordings differ in their rates.

    Raises:
        UserError: a label is missing, or time goes back.
    """
    if roles.time is not None:
        table = _without_copies(table, roles.time, notes)
    keys = {}
    for role, name in (("label", roles.label), ("recording", roles.recording)):
        if name is not None:
            keys[role] = texts_of(table, name, role, notes)
    for name in roles.groups:
        keys[f"group {name}"] = texts_of(table, name, "group", notes)
    changes = np.zeros(max(0, len(table.cells) - 1), bool)
    for key in keys.values():
        changes |= key[1:] != key[:-1]
    made = Cut(table, source, keys, np.concatenate([[0], np.flatnonzero(changes) + 1]))
    if roles.time is None:
        return [made]
    made.times = times_of(table, roles.time, roles.date, roles.short)
    _restart(made, roles, notes)
    cuts = by_rate(made)
    for each in cuts:
        if each.clock.breaks:
            count = len(each.clock.breaks)
            notes.append(f"{table.path.name}: samples are missing at {count:,} "
                         f"place{'s' if count > 1 else ''}, the first before row "
                         f"{each.table.row(each.clock.breaks[0])}: recordings end there.")
            _break(each, np.array(each.clock.breaks))
    return cuts


def recordings_of(
    cuts: Sequence[Cut], roles: Roles, rate: Rate, window: int, notes: list[str]
) -> list[Recording]:
    """Every recording, resampled where its rate differs.

    Raises:
        UserError: a cell is no number.
    """
    found, short = [], 0
    for number, each in enumerate(cuts):
        values = each.table.numbers(list(roles.channels))  # (time, channel)
        bounds = [*each.starts.tolist(), len(values)]
        own_hz = rate.own_hz[number] if rate.own_hz else None
        for low, high in zip(bounds, bounds[1:], strict=False):
            made = _recording(each, (low, high), values[low:high], rate, own_hz)
            broken = low in each.broken or high in each.broken
            if broken and len(made.x) < window:
                short += 1
                continue
            found.append(made)
    if short:
        notes.append(f"{short:,} piece{'s' if short > 1 else ''} between gaps or restarts shorter "
                     f"than a window of {window} left out.")
    return found


def _recording(
    each: Cut, rows: tuple[int, int], x: np.ndarray, rate: Rate, own_hz: float | None
) -> Recording:
    low, high = rows
    table, source = each.table, each.source
    spans = None
    if rate.irregular:
        spans = _timespans_s(each, low, high)
    elif own_hz is not None and own_hz < 0:  # irregular, on an even grid now
        x = evenly(x, each.times.s[low:high], rate.hz)
    elif own_hz is not None and abs(own_hz / rate.hz - 1) > SAME:
        x = at_rate(x, own_hz, rate.hz)
    alone = source.label is None or len(each.starts) > 1 or each.part
    name = f"{source.name}, rows {table.row(low)} to {table.row(high - 1)}" if alone else (
        source.name)
    groups = source.groups | {key.removeprefix("group "): str(labels[low])
                              for key, labels in each.keys.items() if key.startswith("group ")}
    label = str(each.keys["label"][low]) if "label" in each.keys else source.label
    return Recording(name, label, x, groups, spans)


def _timespans_s(each: Cut, low: int, high: int) -> np.ndarray:
    """Seconds since the sample before; the first sample gets the median step."""
    if high - low < 2:
        raise UserError(f"{each.table.path}: a recording of one row; times need two or more")
    steps = np.diff(each.times.s[low:high])
    if np.any(steps <= 0):
        row = each.table.row(low + int(np.flatnonzero(steps <= 0)[0]) + 1)
        raise _broken(each.table, f"row {row}: time does not increase, and steps are uneven",
                      "give rate_hz (--rate-hz) to resample")
    return np.concatenate([[np.median(steps)], steps])


def _without_copies(table: Table, name: str, notes: list[str]) -> Table:
    """Without rows that repeat the row before, time and all, where hardly any time stands twice."""
    times = table.cells[name].to_numpy()
    again = np.flatnonzero(times[1:] == times[:-1]) + 1
    if not len(again) or len(again) > FEW * len(times):
        return table
    now, before = table.cells.iloc[again], table.cells.iloc[again - 1]
    twice = again[[one.equals(other.set_axis(one.index)) for (_, one), (_, other) in zip(
        now.T.items(), before.T.items(), strict=True)]]
    if not len(twice):
        return table
    count = "1 row repeats" if len(twice) == 1 else f"{len(twice):,} rows repeat"
    notes.append(f"{table.path.name}: {count} the row before, the first row "
                 f"{table.row(twice[0])}: left out.")
    return replace(table, cells=table.cells.drop(index=table.cells.index[twice]))


def copies(recordings: Sequence[Recording]) -> list[str]:
    """A sentence where recordings hold the same samples: on two sides they are learned by heart."""
    first: dict[bytes, Recording] = {}
    twice = []
    for each in recordings:
        other = first.setdefault(hashlib.sha1(each.x.tobytes()).digest(), each)
        if other is not each and len(each.x):
            twice.append(f"{each.name} is {other.name}")
    count = "1 recording holds" if len(twice) == 1 else f"{len(twice):,} recordings hold"
    return [f"{count} what another holds ({twice[0]}): on two sides of a split figures are "
            "optimistic."] if twice else []


def _restart(made: Cut, roles: Roles, notes: list[str]) -> None:
    """A clock that starts anew ends a recording; one that goes back is refused."""
    s, starts = made.times.s, made.starts
    falls = np.flatnonzero(np.diff(s) < 0) + 1
    falls = falls[~np.isin(falls, starts)]
    if not len(falls):
        return
    _refuse_unpadded(made, int(falls[0]), roles.time)
    edges = np.sort(np.concatenate([starts, falls]))
    first = s[edges[np.searchsorted(edges, falls) - 1]]
    steps = np.diff(s)
    usual = np.median(steps[steps > 0]) if (steps > 0).any() else 0.0
    back = np.minimum(np.abs(s[falls] - first), np.abs(s[falls] - s[0]))  # of recording or file
    anew = (back <= usual) & (s[falls - 1] - s[falls] >= 4 * usual)
    if not anew.all() or len(falls) > len(s) / 4:
        made_of = falls[~anew] if not anew.all() else falls
        raise _back(made, int(made_of[0]), roles)
    notes.append(f"{made.table.path.name}: time starts anew {len(falls):,} "
                 f"time{'s' if len(falls) > 1 else ''}: recordings end there.")
    _break(made, falls)


def _refuse_unpadded(made: Cut, row: int, name: str) -> None:
    """Milliseconds without leading zeros go back where they gain a digit: .90, .100."""
    before, now = (str(made.table.cells[name].iloc[k]).strip() for k in (row - 1, row))
    parts = [re.fullmatch(r"(.*:\d\d)[.,:](\d{1,6})", each) for each in (before, now)]
    if all(parts) and parts[0][1] == parts[1][1] and int(parts[1][2]) > int(parts[0][2]):
        raise UserError(
            f"{made.table.path}, row {made.table.row(row)}, column '{name}': '{now}' behind "
            f"'{before}': fractions of seconds lack leading zeros; write 5 ms as .005")


def _back(made: Cut, row: int, roles: Roles) -> UserError:
    name = f", column '{roles.time}'"
    steps = np.diff(made.times.s)
    if (steps < 0).sum() > max(2, UNSORTED * len(steps)):
        return UserError(f"{made.table.path}{name}: its rows are not in the order of their times; "
                         "sort them, the oldest first, and, if devices take turns, by device")
    return _broken(made.table, f"row {made.table.row(row)}{name}: time does not increase",
                   "correct the row")


def _break(made: Cut, rows: np.ndarray) -> None:
    made.broken |= set(rows.tolist())
    made.starts = np.unique(np.concatenate([made.starts, rows]))
