"""Full scale at 1 and one channel: what floats are divided by, and which channels are taken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COUNTED = 1024.0  # floats above are counts of an integer, if fractions too, as resampling leaves
OVERSHOOT = 8.0  # fractions up to here beside counts are none: they were brought to full scale
FULL = 1.1  # what resampling leaves of full scale; a peak above may be in a sensor's own unit,
SURELY_COUNTED = 8192.0  # and beside such ones only floats above are counts
CANCELLED = 1e-3  # of the loudest channel's power: a mean below it is no mix
DEAD = 1e-6  # of the loudest channel's power about its mean: a channel below it is not connected
ABOVE = "samples above full scale, divided by "


@dataclass(frozen=True)
class Level:
    """What tells the scale of a file's samples.

    Attributes:
        peak: the largest, as it is stored.
        whole: whether all are whole numbers.
        floats: whether they were stored as floats, which have no full scale of their own.
    """

    peak: float
    whole: bool
    floats: bool


def level_of(x: np.ndarray, floats: bool) -> Level:
    """The level of samples of any shape."""
    return Level(float(np.abs(x).max()), bool((x == np.round(x)).all()), floats)


def divisors(levels: Sequence[Level]) -> list[float]:
    """What the files of one corpus are divided by, so that all end within full scale.

    Floats have one divisor: that of an integer's full scale where some are counts of one, whole
    numbers or large, else the loudest sample of all, as of a sensor in units of its own. Fractions
    between full scale and counts show that all are in such a unit, unless there is a wide gap.
    A single file tells neither. What a lossy decoder made too loud is divided by its own peak.
    """
    floats = [each for each in levels if each.floats]
    fractions = [each.peak for each in floats if not each.whole]
    least = SURELY_COUNTED if any(FULL < peak <= OVERSHOOT for peak in fractions) else COUNTED
    if least > COUNTED and any(OVERSHOOT < peak <= COUNTED for peak in fractions):
        least = np.inf
    counted = any(each.peak > (1 if each.whole else least) for each in floats)
    counts = {each for each in floats if counted and (each.whole or each.peak > OVERSHOOT)}
    most = max((each.peak for each in counts), default=1.0)
    bits = next((scale for scale in (2.0**15, 2.0**23, 2.0**31) if most <= scale), most)
    loudest = max((each.peak for each in floats if each not in counts), default=1.0)
    return [bits if each in counts else max(loudest if each.floats else each.peak, 1.0)
            for each in levels]


def mono(x: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The mean of the channels that are connected; where they cancel, the loudest.

    Args:
        x: (time, channel).

    Returns:
        (time,), and what was done, in words.
    """
    if x.shape[1] == 1:
        return x[:, 0], []
    moved = x.var(axis=0)
    live, said = moved > DEAD * moved.max(), []
    if live.any() and not live.all():
        said = [f"{(~live).sum()} of {len(live)} channels silent throughout and left out"]
        x = x[:, live]
    if x.shape[1] == 1:
        return x[:, 0], said
    mean, powers = x.mean(axis=1), np.mean(x**2, axis=0)
    if np.mean(mean**2) < CANCELLED * powers.max():
        return x[:, powers.argmax()], [*said, f"{x.shape[1]} channels cancel, the loudest taken"]
    return mean, [*said, f"{x.shape[1]} channels mixed down"]
