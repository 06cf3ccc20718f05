"""Events with an onset and an offset on a stream, scored second by second.

Mesaros, Heittola & Virtanen 2016, "Metrics for polyphonic sound event detection" (Applied Sciences
6, 162), as ``sed_eval`` computes it: time is cut into segments, and a class is active in a segment
that any of its events touches. It is often confused with event-based scores, which ask whether
onsets agree within a collar, and with :mod:`lnnlab.scoring.events`, where a report is a moment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lnnlab.data.streams import Event
from lnnlab.errors import UserError
from lnnlab.scoring.intervals import Resampling, bounds, draw_groups

SEGMENT_S = 1.0
ON, OFF = 0.5, 0.3  # probability that starts an event, and below which it ends
SHORTEST_S, GAP_S = 0.2, 0.5  # of an event, and between two of a class that are one


@dataclass(frozen=True)
class Detecting:
    """How smoothed probabilities become events.

    Attributes:
        on: smoothed probability from which an event of a class begins, 0 to 1.
        off: below it ends; None: six tenths of ``on``.
        shortest_s: shorter events are dropped.
        gap_s: events of a class with a shorter pause between are one.

    Raises:
        UserError: a probability or a time that cannot be.
    """

    on: float = ON
    off: float | None = None
    shortest_s: float = SHORTEST_S
    gap_s: float = GAP_S

    def __post_init__(self) -> None:
        if not 0 < self.end <= self.on <= 1:
            raise UserError(f"on = {self.on:g}, off = {self.end:g}: choose 0 < off ≤ on ≤ 1")
        if self.shortest_s < 0 or self.gap_s < 0:
            raise UserError("shortest_s and gap_s: choose 0 s or more")

    @property
    def end(self) -> float:
        """Below it an event ends."""
        return OFF / ON * self.on if self.off is None else self.off


@dataclass(frozen=True)
class SegmentCounts:
    """What was right and wrong, class by class.

    Attributes:
        hits, false, missed: segments, (class,) or (stretch, class) of int.
    """

    hits: np.ndarray
    false: np.ndarray
    missed: np.ndarray

    @property
    def f1(self) -> float:
        """2·hits / (2·hits + false + missed), all classes together (micro average); 1 where
        nothing was to find and nothing was found."""
        return float(_f1(*(each.sum() for each in (self.hits, self.false, self.missed))))

    @property
    def class_f1(self) -> np.ndarray:
        """The same of each class, (class,); nan of one that neither is there nor is reported."""
        hits, false, missed = (each.reshape(-1, each.shape[-1]).sum(axis=0)
                               for each in (self.hits, self.false, self.missed))
        held = 2 * hits + false + missed
        return np.divide(2 * hits, held, out=np.full(len(held), np.nan), where=held > 0)


def events_of(
    probabilities: np.ndarray, ends_s: np.ndarray, classes: Sequence[str],
    how: Detecting | None = None,
) -> list[Event]:
    """Onsets and offsets from smoothed probabilities, each class by itself, in order of time.

    A frame stands for the time from the end of the frame before until its own; the first, for as
    long as the second.

    Args:
        probabilities: smoothed, (frame, class), 0 to 1.
        ends_s: when each frame is complete, (frame,), s.
        classes: names of the columns that are reported; further columns are background.
        how: thresholds and times.
    """
    how = how or Detecting()
    if not len(ends_s):
        return []
    before = np.r_[ends_s[0] - (ends_s[1] - ends_s[0] if len(ends_s) > 1 else ends_s[0]),
                   ends_s[:-1]]
    found = []
    for k, name in enumerate(classes):
        runs = _runs(_held(probabilities[:, k], how))
        spans = _joined([(before[a], ends_s[b - 1]) for a, b in runs], how.gap_s)
        found += [Event(name, float(a), float(b)) for a, b in spans if b - a >= how.shortest_s]
    return sorted(found, key=lambda each: (each.start_s, each.label))


def _held(level: np.ndarray, how: Detecting) -> np.ndarray:
    """Whether an event goes on in each frame: from ``on`` until below ``off``, (frame,) bool."""
    state = np.where(level >= how.on, 1, np.where(level < how.end, 0, -1))
    told = np.maximum.accumulate(np.where(state >= 0, np.arange(len(state)), -1))
    return (told >= 0) & (state[told] == 1)


def _runs(active: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.r_[False, active, False].astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _joined(spans: Sequence[tuple[float, float]], gap_s: float) -> list[tuple[float, float]]:
    kept: list[tuple[float, float]] = []
    for start, end in spans:
        if kept and start - kept[-1][1] < gap_s:
            kept[-1] = (kept[-1][0], end)
        else:
            kept.append((start, end))
    return kept


def activity(
    events: Iterable[Event], classes: Sequence[str], duration_s: float,
    segment_s: float = SEGMENT_S,
) -> np.ndarray:
    """Which class is active in which segment, (segment, class) of bool; events may overlap.

    Args:
        events: labels that are no class are passed over, and what lies after the end.
        classes: names.
        duration_s: of the stream; a last part of a segment is one.
        segment_s: length.

    Raises:
        UserError: there is no time, or an event ends before it starts.
    """
    if not (duration_s > 0 and segment_s > 0):
        raise UserError(f"a stream of {duration_s:g} s in segments of {segment_s:g} s: nothing to "
                        "score")
    count, names = int(np.ceil(duration_s / segment_s)), list(classes)
    found = np.zeros((count, len(names)), bool)
    for each in events:
        if each.end_s < each.start_s:
            raise UserError(f"event '{each.label}' from {each.start_s:g} to {each.end_s:g} s: it "
                            "ends before it starts")
        if each.label in names:
            first, last = (int(np.floor(each.start_s / segment_s)),
                           int(np.ceil(each.end_s / segment_s)))
            found[max(first, 0) : last, names.index(each.label)] = True
    return found


def segment_counts(
    truth: np.ndarray, found: np.ndarray, stretch: int = 0
) -> SegmentCounts:
    """What was right and wrong.

    Args:
        truth, found: of :func:`activity`, (segment, class).
        stretch: segments that are counted together, for an interval over stretches; 0: all.
    """
    size = stretch or len(truth)
    pieces = np.arange(0, len(truth), size)

    def counted(each: np.ndarray) -> np.ndarray:
        added = np.add.reduceat(each.astype(int), pieces, axis=0)
        return added if stretch else added[0]

    return SegmentCounts(counted(truth & found), counted(~truth & found), counted(truth & ~found))


def f1_interval(counts: SegmentCounts, draws: int = 10_000) -> tuple[float, float]:
    """The 95 % interval of F1, by bootstrap over stretches; nan with one.

    Args:
        counts: by stretch, (stretch, class).
        draws: of stretches.
    """
    sums = [each.sum(axis=1) for each in (counts.hits, counts.false, counts.missed)]
    count = len(sums[0])
    weights = np.concatenate(list(draw_groups(count, Resampling(draws=draws))))
    return bounds(_f1(*(weights @ each for each in sums)), count, 0.95)


def _f1(hits: np.ndarray, false: np.ndarray, missed: np.ndarray) -> np.ndarray:
    held = np.asarray(2 * hits + false + missed, float)
    return np.divide(2 * hits, held, out=np.ones_like(held), where=held > 0)
