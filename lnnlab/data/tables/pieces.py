"""From tables to recordings: where one ends, at which rate it was taken, what its label is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lnnlab.data.tables.clock import SAME, Clock, at_rate, clock_of, evenly, roundest
from lnnlab.data.tables.folders import Source
from lnnlab.data.tables.labels import texts_of
from lnnlab.data.tables.roles import Roles
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.times import Times, times_of
from lnnlab.data.windows import Recording
from lnnlab.errors import UserError

UNTOLD = "nothing tells it; give rate_hz (--rate-hz), without it there is energy but no power"


@dataclass
class Cut:
    """One table, cut into recordings.

    Attributes:
        keys: role or grouping → label of each row, (row,).
        starts: rows at which recordings start.
        broken: those of them that gaps or restarts of the clock made.
        times, clock: of the rows; None without a time column.
    """

    table: Table
    source: Source
    keys: dict[str, np.ndarray]
    starts: np.ndarray
    broken: set[int] = field(default_factory=set)
    times: Times | None = None
    clock: Clock | None = None


@dataclass
class Rate:
    """The sampling rate of a corpus.

    Attributes:
        hz: samples per second; None where unknown or irregular.
        words: where it comes from, or what to do.
        irregular: whether recordings carry timespans.
        own_hz: table by table, what it was taken at where that differs from ``hz``.
    """

    hz: float | None
    words: str
    irregular: bool = False
    own_hz: list[float | None] = field(default_factory=list)


def cut(table: Table, source: Source, roles: Roles, notes: list[str]) -> Cut:
    """Where labels, groups and recordings of a table change, and where its clock is broken.

    Raises:
        UserError: a label is missing, or time goes back.
    """
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
    if roles.time is not None:
        made.times = times_of(table, roles.time, roles.date)
        _restart(made, roles, notes)
        made.clock = clock_of(made.times.s, made.times.tick_s, made.starts)
        if made.clock.breaks:
            count = len(made.clock.breaks)
            notes.append(f"{table.path.name}: samples are missing at {count:,} "
                         f"place{'s' if count > 1 else ''}, the first before row "
                         f"{table.row(made.clock.breaks[0])}: recordings end there.")
            _break(made, np.array(made.clock.breaks))
    return made


def rate_of(cuts: Sequence[Cut], roles: Roles, given_hz: float | None) -> Rate:
    """The rate of all files, from their times, their headers or the user."""
    if cuts[0].times is not None:
        if not all(each.clock.regular for each in cuts):
            return _of_irregular(cuts, given_hz)
        unsure = not cuts[0].times.sure
        counting = unsure and not roles.given and all(each.times.counts for each in cuts)
        if not unsure or (given_hz is None and not counting):
            return _of_clocks(cuts, given_hz, unsure)
    told = [each.table.rate_hz for each in cuts]
    if given_hz is not None and (None in told or len(set(told)) == 1):
        return Rate(given_hz, "as given")
    if None not in told:
        return _common(told, [None] * len(cuts), given_hz, cuts[0].table.rate_from)
    if cuts[0].times is not None:
        return Rate(None, f"column '{roles.time}' counts without a unit; name it {roles.time}_ms "
                          "or the like, or give rate_hz (--rate-hz)")
    return Rate(None, UNTOLD)


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
    alone = source.label is None or len(each.starts) > 1
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
        raise _back(each, low + int(np.flatnonzero(steps <= 0)[0]) + 1)
    return np.concatenate([[np.median(steps)], steps])


def _restart(made: Cut, roles: Roles, notes: list[str]) -> None:
    """A clock that starts anew ends a recording; one that goes back is refused."""
    s, starts = made.times.s, made.starts
    falls = np.flatnonzero(np.diff(s) < 0) + 1
    falls = falls[~np.isin(falls, starts)]
    if not len(falls):
        return
    edges = np.sort(np.concatenate([starts, falls]))
    first = s[edges[np.searchsorted(edges, falls) - 1]]
    steps = np.diff(s)
    usual = np.median(steps[steps > 0]) if (steps > 0).any() else 0.0
    anew = (np.abs(s[falls] - first) <= usual) & (s[falls - 1] - s[falls] >= 4 * usual)
    if not anew.all() or len(falls) > len(s) / 4:
        made_of = falls[~anew] if not anew.all() else falls
        raise _back(made, int(made_of[0]), roles)
    notes.append(f"{made.table.path.name}: time starts anew {len(falls):,} "
                 f"time{'s' if len(falls) > 1 else ''}: recordings end there.")
    _break(made, falls)


def _back(made: Cut, row: int, roles: Roles | None = None) -> UserError:
    name = f", column '{roles.time}'" if roles else ""
    return UserError(f"{made.table.path}, row {made.table.row(row)}{name}: time does not increase; "
                     "correct the row, or name the channels to use without it")


def _break(made: Cut, rows: np.ndarray) -> None:
    made.broken |= set(rows.tolist())
    made.starts = np.unique(np.concatenate([made.starts, rows]))


def _of_clocks(cuts: Sequence[Cut], given_hz: float | None, unsure: bool) -> Rate:
    rates = [each.clock.rate_hz for each in cuts]
    words = cuts[0].times.words
    jitter = max(each.clock.jitter for each in cuts)
    if unsure:
        words += "; if not, name it ..._ms or the like"
    elif jitter > 0.05 and any(
            each.clock.jitter > 1.01 * each.times.tick_s * each.clock.rate_hz for each in cuts):
        words += f" (steady but for {100 * jitter:.0f} % of a step)"
    return _common(rates, [each.clock for each in cuts], given_hz, words)


def _common(
    rates: list[float], clocks: list[Clock | None], given_hz: float | None, words: str
) -> Rate:
    """One rate for files that agree; the lowest, or the given one, for files that do not."""
    low, high = min(rates), max(rates)
    if high / low - 1 <= SAME:
        doubt = max((each.doubt for each in clocks if each is not None), default=1e-6)
        mean = roundest(float(np.mean(rates)), max(doubt / len(rates) ** 0.5, 1e-6))
        if given_hz is None or abs(given_hz / mean - 1) <= SAME:
            return Rate(mean, words)
        return Rate(given_hz, f"as given; resampled from {mean:g} Hz ({words})", own_hz=rates)
    target = low if given_hz is None else given_hz
    listed = ", ".join(f"{each:g}" for each in sorted(set(rates))[:4])
    return Rate(target, f"{words}; files differ ({listed} Hz) and were resampled", own_hz=rates)


def _of_irregular(cuts: Sequence[Cut], given_hz: float | None) -> Rate:
    words = cuts[0].times.words
    if given_hz is None:
        return Rate(None, f"{words}, irregular: give rate_hz (--rate-hz) to resample for a board",
                    irregular=True)
    own = [each.clock.rate_hz if each.clock.regular else -1.0 for each in cuts]
    return Rate(given_hz, f"as given; resampled from irregular times ({words})", own_hz=own)
