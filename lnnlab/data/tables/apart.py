"""Recordings of one file that were taken at different rates: each rate is a cut of its own."""

from dataclasses import replace

import numpy as np

from lnnlab.data.tables.clock import SAME, Clock, clock_of
from lnnlab.data.tables.rates import Cut

FEW_ROWS = 8  # fewer tell no rate of their own
ROOM = 1.5  # doubts that two rates may be apart: few rows show less than a clock's full jitter


def by_rate(cut: Cut) -> list[Cut]:
    """A cut with its clock; or one for each run of recordings whose rates are alike.

    Rates differ where they are apart by more than their clocks leave in doubt and :data:`SAME`.
    Where a recording is irregular, or too short for its rate to be told, the cut stays whole.
    """
    s, tick_s = cut.times.s, cut.times.tick_s
    whole = replace(cut, clock=clock_of(s, tick_s, cut.starts))
    pieces = _stretches(cut)
    told = [(low, high, clock) for low, high, clock in pieces if clock.rate_hz is not None]
    if len(told) < 2 or not all(each.regular for _, _, each in told):
        return [whole]
    kinds = _kinds([clock.rate_hz for _, _, clock in told], [
        max(clock.doubt, 2 * tick_s / (s[high - 1] - s[low])) for low, high, clock in told])
    edges = [low for (low, _, _), kind, before in zip(
        told[1:], kinds[1:], kinds, strict=False) if kind != before]
    if not edges:
        return [whole]
    bounds = [0, *edges, len(s)]
    found = [_part(cut, low, high) for low, high in zip(bounds, bounds[1:], strict=False)]
    return found if all(each.clock.rate_hz is not None for each in found) else [whole]


def _stretches(cut: Cut) -> list[tuple[int, int, Clock]]:
    """First row, row behind the last and clock of what no gap and no start interrupts."""
    found, first = [], np.array([0])
    ends = [*cut.starts.tolist(), len(cut.times.s)]
    for low, high in zip(ends, ends[1:], strict=False):
        if high - low < FEW_ROWS:
            continue
        own = clock_of(cut.times.s[low:high], cut.times.tick_s, first)
        if not own.breaks:
            found.append((low, high, own))
            continue
        inner = [low, *(low + at for at in own.breaks), high]
        found += [(a, b, clock_of(cut.times.s[a:b], cut.times.tick_s, first))
                  for a, b in zip(inner, inner[1:], strict=False) if b - a >= FEW_ROWS]
    return found


def _kinds(rates: list[float], doubts: list[float]) -> list[int]:
    """Rates that are alike have one number."""
    order = np.argsort(rates)
    kinds, kind = [0] * len(rates), 0
    for slow, fast in zip(order, order[1:], strict=False):
        room = SAME + ROOM * (doubts[slow] + doubts[fast])
        kind += rates[fast] / rates[slow] - 1 > room
        kinds[fast] = kind
    return kinds


def _part(cut: Cut, low: int, high: int) -> Cut:
    starts = cut.starts[(cut.starts > low) & (cut.starts < high)] - low
    starts = np.concatenate([[0], starts])
    s = cut.times.s[low:high]
    broken = {row - low for row in cut.broken if low <= row <= high}
    return replace(
        cut, table=replace(cut.table, cells=cut.table.cells.iloc[low:high]), starts=starts,
        keys={name: labels[low:high] for name, labels in cut.keys.items()}, broken=broken,
        times=replace(cut.times, s=s), clock=clock_of(s, cut.times.tick_s, starts), part=True)
