"""Known words against unknown ones: how well a score tells them apart, and what is let in.

A detector refuses what scores low. Two figures say how well it can, whatever threshold is set: the
area under the curve of known accepted over unknown accepted (0.5: by chance; Fawcett 2006, "An
introduction to ROC analysis", Pattern Recognition Letters 27, 861-874), and the share of unknown
words that are accepted where a given share of the known ones is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lnnlab.errors import UserError, unknown
from lnnlab.scoring.intervals import BLOCK, FEWEST_GROUPS, Interval, Resampling, bounds, draw_groups

REFUSED = 0.05  # of the known words, where nothing else is asked for
DRAWS = 2000  # of groups; a curve takes longer to make than a mean


@dataclass(frozen=True, eq=False)
class Scored:
    """Items with the score that each seed's network gave them.

    Attributes:
        known: whether an item should be accepted, (item,) of bool.
        groups: such as speakers, (item,) of str.
        values: high where a network takes an item for known, (seed, item).

    Raises:
        UserError: there is nothing known or nothing unknown.
    """

    known: np.ndarray
    groups: np.ndarray
    values: np.ndarray

    def __post_init__(self) -> None:
        if not self.known.any() or self.known.all():
            raise UserError("to tell known from unknown, give items of both")

    @property
    def reliable(self) -> bool:
        """Whether enough groups stand on either side for an interval."""
        sides = (self.groups[self.known], self.groups[~self.known])
        return min(len(np.unique(each)) for each in sides) >= FEWEST_GROUPS


def area(known: np.ndarray, unknown_: np.ndarray) -> np.ndarray:
    """Area under the curve: how often a known item scores above an unknown one, ties half.

    Args:
        known, unknown_: weight of known and of unknown items at each distinct score, scores
            rising, (draw, score).

    Returns:
        (draw,)
    """
    below = np.cumsum(unknown_, axis=1) - unknown_ / 2
    return _over((known * below).sum(axis=1), known.sum(axis=1) * unknown_.sum(axis=1))


def accepted(known: np.ndarray, unknown_: np.ndarray, refused: float = REFUSED) -> np.ndarray:
    """Share of unknown items accepted at the highest threshold that refuses at most ``refused`` of
    the known ones, (draw,).

    Args:
        known, unknown_: see :func:`area`.
    """
    lost = np.cumsum(known, axis=1) - known  # below each score
    fitting = lost <= refused * known.sum(axis=1, keepdims=True) * (1 + 1e-12)
    first = fitting.shape[1] - 1 - fitting[:, ::-1].argmax(axis=1)  # the last that fits
    below = np.cumsum(unknown_, axis=1) - unknown_
    let_in = below[:, -1] + unknown_[:, -1] - below[np.arange(len(first)), first]
    return _over(let_in, unknown_.sum(axis=1))


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """A quotient, nan where groups were drawn without any item of one side."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


FIGURES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "unknown_auc": area, "unknown_refused": lambda known, unknown_: 1 - accepted(known, unknown_),
}  # more is better in each


def refusals(
    rows: Sequence[Scored], figure: str, draws: int = DRAWS, seed: int = 0
) -> tuple[list[np.ndarray], np.ndarray]:
    """A figure of several rows and seeds, and its mean over seeds on resampled groups.

    Args:
        rows: of the same items, in the same order.
        figure: key of ``FIGURES``.
        draws, seed: of groups, the same for every row.

    Returns:
        of each row (seed,); (row, draw).

    Raises:
        UserError: the figure is unknown.
    """
    if figure not in FIGURES:
        raise unknown("figure", figure, FIGURES)
    made = FIGURES[figure]
    names, group = np.unique(rows[0].groups, return_inverse=True)
    once = np.ones((1, len(group)))
    whole = [np.array([made(*_weights(row, values, once))[0] for values in row.values])
             for row in rows]
    blocks = [
        [np.mean([made(*_weights(row, values, weights[:, group])) for values in row.values], axis=0)
         for row in rows]
        for weights in _draws(len(names), len(group), draws, seed)
    ]
    return whole, np.concatenate(blocks, axis=1)


def refusal(row: Scored, figure: str, level: float = 0.95) -> Interval:
    """A figure of one row with its interval by bootstrap over groups.

    Choose it for every such figure that is printed. It is often confused with the interval of
    DeLong (1988), which takes items for independent.

    Args:
        row: the items and their scores; figure: key of ``FIGURES``; level: of the interval.
    """
    whole, drawn = refusals([row], figure)
    drawn = drawn[:, np.isfinite(drawn[0])]
    groups = len(np.unique(row.groups))
    return Interval(float(whole[0].mean()), *bounds(drawn[0], groups, level), groups,
                    len(row.known), len(row.values), level, row.reliable)


def _draws(groups: int, items: int, draws: int, seed: int) -> Iterator[np.ndarray]:
    """How often each group was drawn, in blocks of (draw, group) that the memory holds."""
    how = Resampling(draws=draws, seed=seed)
    step = max(1, BLOCK // items)
    for block in draw_groups(groups, how):
        for first in range(0, len(block), step):
            yield block[first : first + step]


def _weights(
    row: Scored, values: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weight of known and of unknown items at each distinct score, (draw, score) each.

    Args:
        values: scores of one seed, (item,); weights: of the items, (draw, item).
    """
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=np.nan) != 0)
    sorted_ = weights[:, order]
    known = row.known[order]
    return tuple(np.add.reduceat(sorted_ * mask, starts, axis=1) for mask in (known, ~known))
