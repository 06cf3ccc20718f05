"""How well classes are ranked: average precision and the area under the curve, with intervals.

An accuracy asks which class is first; these ask of each class whether its clips are scored above
all others, at every threshold. Choose them where a detector's threshold is not fixed yet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lnnlab.errors import unknown
from lnnlab.scoring.intervals import (
    Interval,
    Items,
    Resampling,
    bounds,
    draw_groups,
    enough,
)
from lnnlab.scoring.pairs import Comparison, drawn_pairs

MAP, AUC = "map", "auc"
DRAWS = 2000  # of groups; a tail of 2.5 % is then known from a tenth of them


@dataclass(frozen=True, eq=False)
class Ranked:
    """What networks said of every class of the test items.

    Attributes:
        truth: class of each item, (item,) int.
        groups: what the items come in, such as source recordings, (item,).
        folds: the fold that an item was tested in, (item,); networks of two folds are not ranked
            against one another.
        scores: of each class by the network of each seed, (seed, item, class); more is likelier.
        wanted: classes of the events that a detector reports, (class,) bool, for ``"auc"``; the
            others are background. None: every class is wanted.
    """

    truth: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    scores: np.ndarray
    wanted: np.ndarray | None = None

    @property
    def items(self) -> Items:
        """The same with the first class alone."""
        return Items(self.truth, self.groups, self.scores.argmax(axis=2))


def average_precision(
    positive: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Mean precision over the positives, from the highest score down (scikit-learn's definition).

    AP = Σ (R_n − R_(n−1)) P_n over the distinct scores; items of one score count together. It is
    often confused with the area under the precision-recall curve by trapezoids, which is larger.

    Args:
        positive: (item,) bool; score: (item,).
        weights: how often each item counts, (draw, item); None: once.

    Returns:
        (draw,), nan where a draw has no positive.
    """
    weights = np.ones((1, len(score))) if weights is None else weights
    order, last = _ranks(score)
    drawn = weights[:, order]  # (draw, item), highest score first
    hits = drawn * positive[order]
    found, seen = (np.cumsum(each, axis=1)[:, last] for each in (hits, drawn))
    precision = np.divide(found, seen, out=np.zeros_like(found), where=seen > 0)
    return _over((hits * precision).sum(axis=1), hits.sum(axis=1))


def area_under_curve(
    positive: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """The chance that a positive is scored above a negative, ties count half (ROC AUC).

    Args, returns: see :func:`average_precision`; nan too where a draw has no negative.
    """
    weights = np.ones((1, len(score))) if weights is None else weights
    order, last = _ranks(score)
    drawn = weights[:, order]
    hits, others = drawn * positive[order], drawn * ~positive[order]
    until = np.cumsum(others, axis=1)
    first = np.searchsorted(last, last)  # of each item's equals
    above = until[:, last]  # negatives scored as high or higher
    level = above - np.where(first > 0, until[:, first - 1], 0)
    total = others.sum(axis=1)
    won = (hits * (total[:, None] - above + level / 2)).sum(axis=1)
    return _over(won, hits.sum(axis=1) * total)


def _ranks(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Items from the highest score down, and the place of the last equal of each."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    ends = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    return order, ends[np.searchsorted(ends, np.arange(len(order)))]


def _over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)


def class_precisions(given: Ranked) -> np.ndarray:
    """Average precision of each class, mean over seeds and folds, (class,)."""
    found = [[average_precision(given.truth[rows] == k, each[rows, k])[0]
              for k in range(each.shape[1])]
             for rows in _folds(given) for each in given.scores]
    return np.nanmean(found, axis=0)


def _map(given: Ranked, rows: np.ndarray, seed: int, weights: np.ndarray) -> np.ndarray:
    truth, scores = given.truth[rows], given.scores[seed, rows]
    each = [average_precision(truth == k, scores[:, k], weights)
            for k in range(scores.shape[1]) if (truth == k).any()]
    return np.nanmean(each, axis=0)


def _auc(given: Ranked, rows: np.ndarray, seed: int, weights: np.ndarray) -> np.ndarray:
    wanted = given.wanted
    scores = given.scores[seed, rows]
    return area_under_curve(wanted[given.truth[rows]], event_score(scores, wanted), weights)


def event_score(scores: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How much likelier any wanted class is than all others, from logits (item, class), (item,)."""
    return np.logaddexp.reduce(scores[:, wanted], axis=1) - np.logaddexp.reduce(
        scores[:, ~wanted], axis=1)


METRICS: dict[str, Callable] = {MAP: _map, AUC: _auc}


def ranking_interval(given: Ranked, metric: str = MAP, draws: int = DRAWS) -> Interval:
    """A figure, mean over folds and seeds, and its percentile bootstrap interval over groups.

    Args:
        given: what was said of the items.
        metric: ``"map"``, the mean of average precisions over classes, or ``"auc"`` of wanted
            classes against the others.
        draws: of groups.

    Raises:
        UserError: the metric is unknown.
    """
    figures, drawn = _resampled([given], metric, draws)
    groups = len(np.unique(given.groups))
    return Interval(float(figures[0].mean()), *bounds(drawn[0], groups, 0.95), groups,
                    len(given.truth), len(given.scores), 0.95, enough(given.items))


def by_seed(given: Ranked, metric: str = MAP) -> list[float]:
    """The figure of each seed, mean over folds."""
    return _resampled([given], metric, 1)[0][0].tolist()


def every_ranking_pair(
    rows: Mapping[str, Ranked], metric: str = MAP, draws: int = DRAWS
) -> dict[tuple[int, int], Comparison]:
    """Every pair of rows, by their places, on the same resampled groups.

    Args:
        rows: by name, of the same items.
        metric, draws: see :func:`ranking_interval`.
    """
    first = next(iter(rows.values()))
    figures, drawn = _resampled(list(rows.values()), metric, draws)
    values = np.array([each.mean() for each in figures])
    return drawn_pairs(values, drawn, len(np.unique(first.groups)), enough(first.items),
                       Resampling(draws=draws))


def _resampled(
    rows: Sequence[Ranked], metric: str, draws: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Figures of each row on the items, (seed,), and resampled (row, draw) with the seeds' mean.

    Copies of a clip rank side by side, so that the average precision of resampled clips is a little
    too high: draws are moved to where their mean is the figure.
    """
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    groups = np.unique(rows[0].groups, return_inverse=True)[1]
    drawn = np.concatenate(list(draw_groups(groups.max() + 1, Resampling(draws=draws))))
    weights = np.concatenate([np.ones((1, groups.max() + 1)), drawn])[:, groups]
    figures, moved = [], []
    for each in rows:
        found = np.stack([np.nanmean([METRICS[metric](each, fold, seed, weights[:, fold])
                                      for fold in _folds(each)], axis=0)
                          for seed in range(len(each.scores))])  # (seed, 1 + draw)
        again = found[:, 1:].mean(axis=0)
        figures.append(found[:, 0])
        moved.append(np.clip(again + found[:, 0].mean() - again.mean(), 0, 1))
    return figures, np.stack(moved)


def _folds(given: Ranked) -> list[np.ndarray]:
    return [np.flatnonzero(given.folds == each) for each in np.unique(given.folds)]
