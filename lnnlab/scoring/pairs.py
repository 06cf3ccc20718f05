"""Whether one row is ahead of another: differences on the same resampled groups, in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.stats import t

from lnnlab.errors import UserError
from lnnlab.scoring.intervals import Interval, Items, Resampling, bounds, enough, resampled

AHEAD, BEHIND, EQUAL = "ahead", "behind", "not distinguishable"
ALPHA = 0.05  # adjusted p-values below it are told apart
LEAST = 1e-5  # a thousandth of a point: what lies nearer to 0 is printed as 0, and counts as 0
WHAT = {  # figure → how sentences call it
    "accuracy": "test accuracy", "balanced_accuracy": "balanced test accuracy",
    "commands_accuracy": "test accuracy on commands",
    "commands_of_all_classes": "test accuracy on commands that may also be refused",
}


@dataclass(frozen=True)
class Comparison:
    """How far one row is ahead of another on the same test items.

    Attributes:
        difference: of the figures, first less second, -1 to 1.
        low, high: ends of the difference's interval; nan with one group.
        groups: how many it rests on.
        verdict: ``"ahead"``, ``"behind"`` or ``"not distinguishable"``, of the first row.
        p_value: of no difference; after :func:`holm` adjusted for the comparisons made.
        level: of the interval.
        reliable: whether the groups are enough for a verdict, see :func:`enough`.
    """

    difference: float
    low: float
    high: float
    groups: int
    verdict: str
    p_value: float = 1.0
    level: float = 0.95
    reliable: bool = True

    @property
    def holds_zero(self) -> bool:
        """Whether the interval leaves it open which of the two is ahead."""
        return not (self.low >= LEAST or self.high <= -LEAST)


def compare(
    a: Items, b: Items, metric: str = "accuracy", level: float = 0.95, draws: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Whether row a is ahead of row b: the interval of their difference, paired over groups.

    Both are computed on the same resampled groups, so that what is hard for both cancels. Choose
    it to say which of two is better. It is often confused with looking whether the intervals of
    the two overlap: these can overlap widely although one is ahead in nearly every group. With
    too few groups (see :func:`enough`) nothing is distinguishable. For more than two rows see
    :func:`standings`.

    Args:
        a, b: of the same test items, in the same order.
        metric, level, draws, seed: see :class:`Resampling`.

    Raises:
        UserError: the items differ in truth or groups, or see :class:`Resampling`.
    """
    how = Resampling(metric, level, draws, seed)
    return every_pair({"the first row": a, "the second row": b}, how)[0, 1]


def every_pair(rows: Mapping[str, Items], how: Resampling) -> dict[tuple[int, int], Comparison]:
    """Every pair of rows, by their places (first, second), on the same resampled groups.

    Args:
        rows: by name, of the same test items.
        how: they are compared.

    Raises:
        UserError: the items differ in truth or groups.
    """
    (_, first), *others = rows.items()
    for name, row in others:
        _refuse_other_items(next(iter(rows)), first, name, row)
    figures, drawn = resampled(list(rows.values()), how)  # (row,), (row, draw)
    return drawn_pairs(figures, drawn, len(np.unique(first.groups)), enough(first), how)


def drawn_pairs(
    figures: np.ndarray, drawn: np.ndarray, groups: int, reliable: bool, how: Resampling
) -> dict[tuple[int, int], Comparison]:
    """Every pair of rows, by their places, of any figure that was computed on the same resampled
    groups.

    Args:
        figures: of the rows, 0 to 1, (row,); drawn: on resampled groups, (row, draw).
        groups: how many there are to resample; reliable: whether that is enough.
        how: they were drawn; its level counts.
    """
    return {
        (k, j): _judged(_difference(figures[k] - figures[j], drawn[k] - drawn[j], groups, how),
                        reliable)
        for k, j in combinations(range(len(figures)), 2)
    }


def _refuse_other_items(name_a: str, a: Items, name_b: str, b: Items) -> None:
    for what in ("truth", "groups"):
        if not np.array_equal(getattr(a, what), getattr(b, what)):
            raise UserError(f"{name_b} has other {what} than {name_a}: compare rows on the same "
                            "test items, in the same order")


def _difference(
    difference: float, drawn: np.ndarray, groups: int, how: Resampling
) -> Comparison:
    """The comparison behind a difference and its resampled twins, (draw,), without a verdict."""
    drawn = np.round(drawn, 12)  # equal means of unequal recalls differ in the last bit
    return Comparison(
        round(float(difference), 12), *bounds(drawn, groups, how.level), groups, EQUAL,
        p_value(difference, drawn, groups), how.level,
    )


def _judged(comparison: Comparison, reliable: bool) -> Comparison:
    """The same comparison with its verdict."""
    if comparison.holds_zero or not reliable:
        return replace(comparison, reliable=reliable)
    return replace(comparison, verdict=AHEAD if comparison.low > 0 else BEHIND)


def p_value(difference: float, drawn: np.ndarray, groups: int) -> float:
    """Two-sided, of the difference over its bootstrap standard error, with Student's tails.

    Counting resampled differences beyond 0 would stop at 1 / draws. The error is widened by
    sqrt(n / (n - 1)), and n groups leave n - 1 degrees of freedom (Cameron, Gelbach & Miller
    2008, "Bootstrap-based improvements for inference with clustered errors", Review of Economics
    and Statistics 90, 414-427).
    """
    if groups < 2 or abs(difference) < LEAST:
        return 1.0
    error = np.std(drawn) * np.sqrt(groups / (groups - 1))
    return float(2 * t.sf(abs(difference) / error, groups - 1)) if error > 0 else 0.0


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Adjusted p-values: those below 0.05 are all right together in 95 % of such tables.

    Choose it where several comparisons are looked at: of 20 without a difference one falls below
    0.05. It never finds less than Bonferroni's correction, and needs no independence (Holm 1979,
    "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 65-70).

    Args:
        p_values: of single comparisons, (comparison,).
    """
    single = np.asarray(p_values, float)
    order = np.argsort(single, kind="stable")
    steps = single[order] * np.arange(len(single), 0, -1)
    adjusted = np.empty_like(single)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def sentence(
    name_a: str, name_b: str, comparison: Comparison, what: str = "test accuracy",
    noun: str = "groups",
) -> str:
    """What a comparison says, for people.

    Args:
        name_a, name_b: of the first and second row.
        comparison: of the two.
        what: the figure.
        noun: what the groups are, in the plural: speakers, bearings, files, recordings.
    """
    ends = [comparison.difference, comparison.low, comparison.high]
    if comparison.verdict == BEHIND:
        ends = [-ends[0], -ends[2], -ends[1]]
    size, low, high = points(ends)
    over = counted(comparison.groups, noun)
    band = f"{100 * comparison.level:g} % interval {low} to {high}"
    if comparison.verdict != EQUAL:
        beside = "ahead of" if comparison.verdict == AHEAD else "behind"
        return (f"{name_a} is {beside} {name_b} by {size} points of {what} "
                f"({band}, paired over {over})")
    start = f"{name_a} and {name_b} are not distinguishable in {what} on {over}"
    if not comparison.reliable:
        return f"{start}, too few or too uneven for an interval (difference {size} points)"
    several = "" if comparison.holds_zero else " once every comparison made is counted"
    return f"{start}{several} (difference {size} points, {band})"


def points(shares: Sequence[float]) -> list[str]:
    """Shares as percentage points: one decimal, or up to three where a figure would become 0."""
    values = [100 * share if abs(share) >= LEAST else 0.0 * share for share in shares]
    digits = next((k for k in (1, 2) if all(not value or round(value, k) for value in values)), 3)
    return [f"{value:z.{digits}f}" for value in values]


def counted(count: int, noun: str) -> str:
    """A number of groups in words: 32 speakers, 1 speaker."""
    return f"{count} {noun.removesuffix('s') if count == 1 else noun}"


def percent(figure: Interval, noun: str = "groups") -> str:
    """A figure and its interval for people: 93.2 % (95 % interval 91.0 to 95.1, 32 speakers).

    Args:
        figure: the figure.
        noun: what the groups are, in the plural.
    """
    over = counted(figure.groups, noun)
    if not figure.reliable:
        return f"{100 * figure.value:.1f} % ({over}, too few or too uneven for an interval)"
    return (f"{100 * figure.value:.1f} % ({100 * figure.level:g} % interval "
            f"{100 * figure.low:.1f} to {100 * figure.high:.1f}, {over})")
