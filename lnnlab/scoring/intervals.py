"""How uncertain an accuracy is: intervals by resampling whole groups of test items.

Recordings of one speaker or one bearing resemble one another, so that a hundred of them say less
than a hundred of strangers. What is resampled is therefore the group with all its items, and
nothing within it (the cluster bootstrap: Davison & Hinkley 1997, "Bootstrap Methods and their
Application", section 3.8; it is consistent as groups grow in number: Field & Welsh 2007,
"Bootstrapping clustered data", J. R. Statist. Soc. B 69, 369-390).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from lnnlab.errors import UserError, unknown

METRICS = ("accuracy", "balanced_accuracy")
FEWEST_GROUPS = 5  # with fewer, all of them agree by chance more often than 1 time in 16
BLOCK = 2**21  # weights held in memory at a time
NAN = float("nan")


@dataclass(frozen=True, eq=False)
class Items:
    """The test items behind one figure: what they are, whose they are, what was predicted.

    Items of all folds are concatenated. Not to be confused with a confusion matrix, which no
    longer knows which item belongs to which speaker.

    Attributes:
        truth: class of each item, (item,) int.
        groups: what the items come in, such as speakers or bearings, (item,) str or int.
        guesses: predicted class of each item by the model of each seed, (seed, item) int.

    Raises:
        ValueError: arrays of other shapes or types, or no items or seeds.
    """

    truth: np.ndarray
    groups: np.ndarray
    guesses: np.ndarray

    def __post_init__(self) -> None:
        for name in ("truth", "groups", "guesses"):
            object.__setattr__(self, name, np.asarray(getattr(self, name)))
        if self.groups.dtype == object and all(isinstance(name, str) for name in self.groups.flat):
            object.__setattr__(self, "groups", self.groups.astype(str))
        count = self.truth.size
        if self.truth.shape != (count,) or self.groups.shape != (count,):
            raise ValueError(f"truth {self.truth.shape} and groups {self.groups.shape}: "
                             "give one value an item")
        if self.guesses.ndim != 2 or self.guesses.shape[1] != count:
            raise ValueError(f"guesses {self.guesses.shape}: give (seed, {count})")
        if not self.guesses.size:
            raise ValueError(f"guesses {self.guesses.shape}: no items or no seeds")
        for name, kinds in (("truth", "iu"), ("groups", "iuU"), ("guesses", "iu")):
            if getattr(self, name).dtype.kind not in kinds:
                raise ValueError(f"{name} of type {getattr(self, name).dtype}: give int"
                                 + " or str" * ("U" in kinds))

    @property
    def effective_groups(self) -> float:
        """How many groups of equal size say as much: (sum n)^2 / sum n^2 (Kish 1965).

        It holds where items of a group are much alike; one large group among small ones makes it
        far smaller than their number.
        """
        sizes = np.unique(self.groups, return_counts=True)[1].astype(float)  # (group,)
        return float(sizes.sum() ** 2 / (sizes**2).sum())


@dataclass(frozen=True)
class Resampling:
    """How groups are resampled, and which figure is computed from them.

    Attributes:
        metric: ``"accuracy"`` or ``"balanced_accuracy"``, the mean recall of the classes that
            occur.
        level: share of such intervals that hold the true figure.
        draws: how often; a tail of 2.5 % is then known from a fortieth of them.
        seed: equal seeds draw equal groups.

    Raises:
        UserError: an unknown metric, or a level or number of draws that cannot be.
    """

    metric: str = "accuracy"
    level: float = 0.95
    draws: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise unknown("metric", self.metric, METRICS)
        if not 0 < self.level < 1:
            raise UserError(f"level = {self.level:g}: choose between 0 and 1, such as 0.95")
        if self.draws < 1:
            raise UserError(f"draws = {self.draws}: choose at least 1, better 10000")


@dataclass(frozen=True)
class Interval:
    """A figure, and the interval in which the figure on all such groups is expected.

    It tells how the figure of these very networks would vary over other test groups. The spread
    over seeds tells how training varies on the same groups: neither replaces the other.

    Attributes:
        value: the figure on the test items, mean over seeds, 0 to 1.
        low, high: ends of the interval, 0 to 1; nan with one group.
        groups, items, seeds: what it rests on.
        level: share of such intervals that hold the true figure.
        reliable: whether the groups are enough, see :func:`enough`.
    """

    value: float
    low: float
    high: float
    groups: int
    items: int
    seeds: int
    level: float = 0.95
    reliable: bool = True


def enough(items: Items) -> bool:
    """Whether groups are many and even enough for an interval over them to be trusted.

    Below 5 they are not: where nothing differs, all of 4 groups lean to the same side in one case
    of 8, and no resampling of them shows the other side. Groups of which one dwarfs the others,
    so that they are worth fewer than 5 (rounded), are too few as well.

    Args:
        items: in their groups.
    """
    return round(items.effective_groups) >= FEWEST_GROUPS


def interval(
    items: Items, metric: str = "accuracy", level: float = 0.95, draws: int = 10_000,
    seed: int = 0,
) -> Interval:
    """The figure of one row on one test set, and its percentile bootstrap interval over groups.

    Choose it for every accuracy that is printed; read ``reliable`` before the ends. It is often
    confused with the spread over seeds, and with the binomial interval of independent items,
    which is too narrow where items of a group resemble one another.

    Args:
        items: truth, groups and guesses.
        metric, level, draws, seed: see :class:`Resampling`.

    Raises:
        UserError: see :class:`Resampling`.
    """
    how = Resampling(metric, level, draws, seed)
    value, drawn = resampled([items], how)
    groups = len(np.unique(items.groups))
    return Interval(
        float(value[0]), *bounds(drawn[0], groups, level), groups, items.truth.size,
        len(items.guesses), level, enough(items),
    )


def bounds(drawn: np.ndarray, groups: int, level: float) -> tuple[float, float]:
    """The percentiles of resampled figures between which the true figure is expected.

    Plain percentiles are too close together with few groups, as the spread of resampled means is
    sqrt((n - 1) / n) of what it should be and the normal tail is lighter than Student's. They are
    therefore taken farther out, where a t interval of a mean would lie (the expanded percentile
    interval: Hesterberg 2015, "What teachers should know about the bootstrap", The American
    Statistician 69, 371-386); with 164 groups 2.5 % become 2.4 %, with 8 groups 0.6 %.

    Args:
        drawn: resampled figures, (draw,).
        groups: how many there are to resample.
        level: share of such intervals that hold the true figure.

    Returns:
        low and high; nan with one group.
    """
    if groups < 2:
        return NAN, NAN
    tail = tail_share(groups, level)
    low, high = np.quantile(drawn, (tail, 1 - tail))
    return float(low), float(high)


def tail_share(groups: int, level: float) -> float:
    """Share of the resampled figures beyond each end of an interval: see :func:`bounds`."""
    far = t.isf((1 - level) / 2, groups - 1) * np.sqrt(groups / (groups - 1))
    return float(norm.sf(far))


def resampled(rows: Sequence[Items], how: Resampling) -> tuple[np.ndarray, np.ndarray]:
    """Figures of rows on the test items and on resampled groups, the same groups for every row.

    Args:
        rows: with equal truth and groups.
        how: the figure, the number of draws and their seed.

    Returns:
        figures, (row,), and resampled figures, (row, draw).
    """
    tables = [_counts(row, how.metric) for row in rows]
    groups = len(tables[0][1])
    blocks = [_figures(tables, weights) for weights in draw_groups(groups, how)]
    return _figures(tables, np.ones((1, groups)))[:, 0], np.concatenate(blocks, axis=1)


def _counts(items: Items, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Right guesses of all seeds and guesses at all, of every group and class: (group, class)."""
    names, group = np.unique(items.groups, return_inverse=True)
    truth = items.truth if metric == "balanced_accuracy" else np.zeros_like(items.truth)
    classes, label = np.unique(truth, return_inverse=True)
    cell = group * len(classes) + label  # (item,)
    shape = (len(names), len(classes))
    right = (items.guesses == items.truth).sum(axis=0)  # (item,)
    hits = np.bincount(cell, right, shape[0] * shape[1]).reshape(shape)
    sizes = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    return hits, sizes * float(len(items.guesses))


def draw_groups(groups: int, how: Resampling) -> Iterator[np.ndarray]:
    """How often each group was drawn, in blocks of (draw, group)."""
    random, block = np.random.default_rng(how.seed), max(1, BLOCK // groups)
    for first in range(0, how.draws, block):
        count = min(block, how.draws - first)
        yield random.multinomial(groups, np.full(groups, 1 / groups), count).astype(float)


def _figures(tables: Sequence[tuple[np.ndarray, np.ndarray]], weights: np.ndarray) -> np.ndarray:
    """Mean recall over the classes that were drawn, (row, draw); one class: the accuracy."""
    figures = []
    for hits, sizes in tables:
        held = weights @ sizes  # (draw, class)
        recall = np.divide(weights @ hits, held, out=np.zeros_like(held), where=held > 0)
        figures.append(recall.sum(axis=1) / (held > 0).sum(axis=1))
    return np.stack(figures)
