"""The sampling rate of a corpus: from its clocks, its headers or the user."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lnnlab.data.tables.clock import FEW_TIMES, SAME, Clock, roundest
from lnnlab.data.tables.folders import Source
from lnnlab.data.tables.roles import Roles
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.times import Times
from lnnlab.data.tables.units import unit_of
from lnnlab.errors import UserError

VAGUE = 0.05  # relative doubt of a rate that is told
UNTOLD = "nothing tells it; give rate_hz (--rate-hz), without it there is energy but no power"


@dataclass
class Cut:
    """One table, cut into recordings.

    Attributes:
        keys: role or grouping → label of each row, (row,).
        starts: rows at which recordings start.
        broken: those of them that gaps or restarts of the clock made.
        times, clock: of the rows; None without a time column.
        part: whether other rows of its file have another rate.
    """

    table: Table
    source: Source
    keys: dict[str, np.ndarray]
    starts: np.ndarray
    broken: set[int] = field(default_factory=set)
    times: Times | None = None
    clock: Clock | None = None
    part: bool = False


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


def rate_of(cuts: Sequence[Cut], roles: Roles, given_hz: float | None) -> Rate:
    """The rate of all files, from their times, their headers or the user."""
    told = [each.table.rate_hz for each in cuts]
    coarse = cuts[0].times is not None and any(each.clock.rate_hz is None for each in cuts)
    if cuts[0].times is not None and not all(each.clock.regular for each in cuts):
        return _of_irregular(cuts, given_hz)
    if coarse and given_hz is None and None in told:
        return Rate(None, f"column '{roles.time}' shows fewer than {FEW_TIMES} different times: "
                    "too coarse; give rate_hz (--rate-hz)")
    if cuts[0].times is not None and not coarse:
        unsure = not cuts[0].times.sure
        counting = unsure and not roles.given and all(each.times.counts for each in cuts)
        if not unsure or (given_hz is None and not counting):
            return _of_clocks(cuts, given_hz, unsure, roles.time)
    if given_hz is not None and (None in told or len(set(told)) == 1):
        return Rate(given_hz, "as given")
    if None not in told:
        return _common(told, [None] * len(cuts), given_hz, cuts[0].table.rate_from)
    if cuts[0].times is not None:
        named = unit_of(roles.time)
        what = f"counts in '{named}', which is no unit that is known; write its times in ms" if (
            named) else f"counts without a unit; name it {roles.time}_ms or the like"
        return Rate(None, f"column '{roles.time}' {what}, or give rate_hz (--rate-hz)")
    if len(set(told)) > 1:
        return Rate(None, _untold(cuts))
    return Rate(None, UNTOLD)


def _untold(cuts: Sequence[Cut]) -> str:
    """What to do where only some files tell a rate, and which do not."""
    without = list(dict.fromkeys(
        each.source.name for each in cuts if each.table.rate_hz is None))
    told = ", ".join(f"{each:g}" for each in sorted(
        {each.table.rate_hz for each in cuts if each.table.rate_hz is not None})[:4])
    more = f" and {len(without) - 2:,} more" if len(without) > 2 else ""
    return (f"only some files tell it ({told} Hz), {', '.join(without[:2])}{more} "
            f"{'does' if len(without) == 1 else 'do'} not; write it into these too, or give "
            "rate_hz (--rate-hz)")


def _of_clocks(cuts: Sequence[Cut], given_hz: float | None, unsure: bool, name: str) -> Rate:
    rates = [each.clock.rate_hz for each in cuts]
    words = cuts[0].times.words
    doubt = max(each.clock.doubt for each in cuts)
    if doubt > VAGUE:
        words += (f", to within {100 * doubt:.0f} %, as its ticks are coarse: give rate_hz "
                  "(--rate-hz) if you know it")
    jitter = max(each.clock.jitter for each in cuts)
    if unsure:
        words += "; if not, " + (cuts[0].times.instead or (
            "write its times in ms and name it ..._ms" if unit_of(name)
            else "name it ..._ms or the like"))
    elif jitter > 0.05 and any(
            each.clock.jitter > 1.01 * each.times.tick_s * each.clock.rate_hz for each in cuts):
        words += f" (steady but for {100 * jitter:.0f} % of a step)"
    if unsure or given_hz is None:
        _refuse_thousandfold(cuts, rates, name)
    who = "recordings" if any(each.part for each in cuts) else "files"
    return _common(rates, [each.clock for each in cuts], given_hz, words, who)


def _refuse_thousandfold(cuts: Sequence[Cut], rates: list[float], name: str) -> None:
    """Seconds in some files and milliseconds in others look like rates a thousandfold apart."""
    low, high = int(np.argmin(rates)), int(np.argmax(rates))
    apart = rates[high] / rates[low]
    alone = cuts[low].table.path == cuts[high].table.path  # one column has one unit
    for fold in (1e3, 1e6):
        if not alone and abs(apart / fold - 1) <= 2 * SAME:
            raise UserError(
                f"{cuts[low].table.path}: column '{name}' tells {rates[low]:g} Hz, but in "
                f"{cuts[high].table.path} {rates[high]:g} Hz, {fold:,.0f} times as much: seconds "
                "in one and milliseconds or microseconds in the other? write both in one unit")


def _common(
    rates: list[float], clocks: list[Clock | None], given_hz: float | None, words: str,
    who: str = "files",
) -> Rate:
    """One rate for files that agree; the lowest, or the given one, for files that do not."""
    low, high = min(rates), max(rates)
    if high / low - 1 <= SAME:
        doubt = max((each.doubt for each in clocks if each is not None), default=1e-6)
        mean = roundest(float(np.mean(rates)), max(doubt / len(rates) ** 0.5, 1e-6))
        if given_hz is None or abs(given_hz / mean - 1) <= SAME:
            return Rate(mean, words)
        if abs(given_hz / mean - 1) <= doubt:
            return Rate(given_hz, f"as given, which {words} allows")
        return Rate(given_hz, f"as given; resampled from {mean:g} Hz ({words})", own_hz=rates)
    target = low if given_hz is None else given_hz
    listed = ", ".join(f"{each:g}" for each in sorted(set(rates))[:4])
    return Rate(target, f"{words}; {who} differ ({listed} Hz) and were resampled", own_hz=rates)


def _of_irregular(cuts: Sequence[Cut], given_hz: float | None) -> Rate:
    words = cuts[0].times.words
    if given_hz is None:
        return Rate(None, f"{words}, irregular: give rate_hz (--rate-hz) to resample for a board",
                    irregular=True)
    own = [each.clock.rate_hz if each.clock.regular else -1.0 for each in cuts]
    return Rate(given_hz, f"as given; resampled from irregular times ({words})", own_hz=own)
