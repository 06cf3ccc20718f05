"""Intervals of means of plain numbers over groups, such as decibels by speaker."""

from dataclasses import dataclass

import numpy as np

from lnnlab.scoring.intervals import FEWEST_GROUPS, bounds

DRAWS, LEVEL = 10_000, 0.95


@dataclass(frozen=True)
class Mean:
    """A mean over seeds and items, and its interval over groups.

    Attributes:
        value: of all values.
        low, high: ends of the interval; nan with one group.
        groups: what was resampled.
    """

    value: float
    low: float
    high: float
    groups: int

    @property
    def told(self) -> bool:
        """Whether the interval leaves 0 out and rests on groups enough."""
        return self.groups >= FEWEST_GROUPS and (self.low > 0 or self.high < 0)


def mean_over_groups(values: np.ndarray, groups: np.ndarray, seed: int = 0) -> Mean:
    """The mean and its percentile bootstrap interval over groups; of differences a paired one.

    Choose it where :func:`lnnlab.scoring.intervals.interval` has no classes to count. Whole groups
    are resampled with all their items and seeds.

    Args:
        values: (seed, item), or (item,) of one.
        groups: what the items come in, (item,).
        seed: of the resampling.
    """
    by_item = np.atleast_2d(values).mean(axis=0)  # (item,)
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    sums, sizes = np.bincount(place, by_item), np.bincount(place).astype(float)
    count = len(names)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), DRAWS)
    low, high = bounds(drawn @ sums / (drawn @ sizes), count, LEVEL)
    return Mean(float(by_item.mean()), low, high, count)
