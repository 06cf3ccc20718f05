"""Whether times are those of a steady clock, where it has gaps, and signals at another rate."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from lnnlab.errors import UserError

JITTER = 0.25  # of a step: times this near to a straight line are those of a steady clock
GAP = 1.5  # steps, and a tick: from here on samples are missing
MOST_GAPS = 0.05  # of the steps; more, and the clock is not steady
STRETCH = 4096  # samples over which a clock's drift is judged
FEW_TIMES = 4  # different ones: a clock too coarse to tell a rate
SAME = 0.01  # rates that differ by less are one rate


@dataclass(frozen=True)
class Clock:
    """What a file's times say.

    Attributes:
        regular: whether they are those of a steady clock.
        rate_hz: samples per second; None where irregular, or where the clock is too coarse to tell.
        breaks: rows at which a new uninterrupted stretch starts because samples are missing.
        jitter: largest distance from the straight line, in steps.
        doubt: how far the rate may be off, relative.
    """

    regular: bool
    rate_hz: float | None
    breaks: tuple[int, ...] = ()
    jitter: float = 0.0
    doubt: float = 0.0


def clock_of(s: np.ndarray, tick_s: float, starts: np.ndarray) -> Clock:
    """Judge times by their drift from a straight line.

    A clock that shows whole milliseconds is steady where no time is further from the line than
    that, equal times of neighbours included.

    Args:
        s: times (row,), not falling but at ``starts``.
        tick_s: resolution of the clock.
        starts: rows at which recordings start; between them time may jump.
    """
    steps = np.diff(s)
    within = np.ones(len(steps), bool)
    within[starts[starts > 0] - 1] = False
    if not within.any():
        return Clock(False, None)
    if len(s) > 4 * FEW_TIMES and len(np.unique(s)) < FEW_TIMES:
        return Clock(True, None)
    step = _typical(steps[within], tick_s)
    if step <= 0:
        return Clock(False, None)
    room = tick_s if tick_s < 0.9 * step or (steps <= 0).any() or _evenly_long(
        steps, step, tick_s) else 0.0
    far = (steps > GAP * step + room) | (steps < 0)
    gaps = np.flatnonzero(far & within) + 1
    if len(gaps) > MOST_GAPS * len(steps):
        return Clock(False, None)
    ends = np.concatenate([[0], np.flatnonzero(far) + 1, [len(s)]])
    slopes, weights, worst, span = [], [], 0.0, 0.0
    for low, high in zip(ends, ends[1:], strict=False):
        if high - low > 2 or (high - low == 2 and len(ends) == 2):
            slope, off = _line(s[low:high])
            slopes.append(slope)
            weights.append(float(high - low) ** 2)
            worst, span = max(worst, off), max(span, s[high - 1] - s[low])
    if not slopes or span <= 0:
        return Clock(False, None)
    slope = float(np.average(slopes, weights=weights))
    if worst > 1.01 * tick_s + 1e-9 * span and worst > JITTER * slope:
        return Clock(False, None)
    doubt = max(2 * worst / span, 1e-6)
    return Clock(True, roundest(1 / slope, doubt), tuple(gaps), worst / slope, doubt)


def roundest(rate: float, doubt: float) -> float:
    """The number with the fewest digits within a relative doubt of ``rate``."""
    for digits in range(1, 7):
        short = float(f"{rate:.{digits}g}")
        if abs(short - rate) <= doubt * rate:
            return short
    return float(f"{rate:.6g}")


def at_rate(x: np.ndarray, rate_hz: float, wanted_hz: float) -> np.ndarray:
    """A steadily sampled signal (time, channel) at another rate, band-limited.

    Raises:
        UserError: the other rate is below a thousandth of its own.
    """
    ratio = Fraction(wanted_hz / rate_hz).limit_denominator(1000)
    if not ratio:
        raise UserError(f"rate_hz = {wanted_hz:g}: too slow for recordings of {rate_hz:g} Hz; "
                        f"choose {rate_hz / 1000:g} or more")
    return resample_poly(x, ratio.numerator, ratio.denominator, axis=0, padtype="line")


def evenly(x: np.ndarray, s: np.ndarray, wanted_hz: float) -> np.ndarray:
    """An irregularly sampled signal (time, channel) on an even grid, straight between samples."""
    grid = s[0] + np.arange(int((s[-1] - s[0]) * wanted_hz * (1 + 1e-9)) + 1) / wanted_hz
    return np.column_stack([np.interp(grid, s, x[:, k]) for k in range(x.shape[1])])


def _evenly_long(steps: np.ndarray, step: float, tick_s: float) -> bool:
    """Whether steps of one tick more come as evenly as a clock's rounding makes them.

    Whole milliseconds of 952 Hz step by two every 20th or 21st sample; missing samples of 1 kHz
    do so at random.
    """
    long = np.flatnonzero((steps > GAP * step) & (steps <= GAP * step + tick_s))
    between = np.diff(long)
    return len(long) > 2 and between.max() - between.min() <= max(2, 0.1 * between.min())


def _typical(steps: np.ndarray, tick_s: float) -> float:
    most = 4 * max(float(np.median(steps)), tick_s)
    usual = steps[(steps >= 0) & (steps <= most)]
    return float(usual.mean()) if len(usual) else 0.0


def _line(s: np.ndarray) -> tuple[float, float]:
    """Mean step of a stretch, and the largest distance from straight lines along it."""
    worst = 0.0
    for low in range(0, len(s), STRETCH):
        part = s[low : low + STRETCH]
        if len(part) > 2:
            k = np.arange(len(part)) - (len(part) - 1) / 2
            slope = k @ (part - part.mean()) / (k @ k)
            worst = max(worst, float(np.abs(part - part.mean() - slope * k).max()))
    k = np.arange(len(s)) - (len(s) - 1) / 2
    return float(k @ (s - s.mean()) / (k @ k)), worst
