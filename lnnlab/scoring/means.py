"""Intervals of means of plain numbers over groups, such as decibels by speaker."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lnnlab.scoring.intervals import FEWEST_GROUPS, bounds
from lnnlab.scoring.pairs import AHEAD, BEHIND, EQUAL, Comparison, p_value
from lnnlab.scoring.standings import counted_together

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
    drawn, count = _resampled(by_item, groups, seed)
    return Mean(float(by_item.mean()), *bounds(drawn, count, LEVEL), count)


def pairs_of_means(
    rows: Mapping[str, np.ndarray], groups: np.ndarray, seed: int = 0
) -> dict[tuple[str, str], Comparison]:
    """Every pair of rows by name: whether one mean is above the other, paired over groups.

    Verdicts hold for all pairs together (Holm's correction), intervals for each pair alone.
    Choose it where :func:`lnnlab.scoring.pairs.every_pair` has no classes to count.

    Args:
        rows: of the same items, (seed, item) each.
        groups: what the items come in, (item,).
        seed: of the resampling.
    """
    means = {name: np.atleast_2d(values).mean(axis=0) for name, values in rows.items()}
    found = {}
    for one, other in combinations(means, 2):
        by_item = means[one] - means[other]
        drawn, count = _resampled(by_item, groups, seed)
        low, high = bounds(drawn, count, LEVEL)
        told = count >= FEWEST_GROUPS
        verdict = EQUAL if not told else AHEAD if low > 0 else BEHIND if high < 0 else EQUAL
        difference = float(by_item.mean())
        found[one, other] = Comparison(difference, low, high, count, verdict,
                                       p_value(difference, drawn, count), LEVEL, told)
    return counted_together(found)


def _resampled(by_item: np.ndarray, groups: np.ndarray, seed: int) -> tuple[np.ndarray, int]:
    """The mean of each draw of groups, and how many groups there are."""
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    sums, sizes = np.bincount(place, by_item), np.bincount(place).astype(float)
    count = len(names)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), DRAWS)
    return drawn @ sums / (drawn @ sizes), count
