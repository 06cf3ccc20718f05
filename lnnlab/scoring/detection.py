"""How well anomalies are told from normal running: areas under the curve, alarms, intervals.

An anomaly detector gives a score; a threshold makes alarms of it. The areas ask about the order of
scores at every threshold, F1, false alarms and misses about one that was chosen beforehand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from lnnlab.errors import UserError, unknown
from lnnlab.scoring.intervals import FEWEST_GROUPS, Interval, Items, bounds, enough
from lnnlab.scoring.pairs import AHEAD, ALPHA, BEHIND, EQUAL, Comparison, holm, p_value

P = 0.1  # largest share of false alarms that the partial area looks at
AUC, PAUC, F1, FALSE_ALARMS, MISSES = "auc", "pauc", "f1", "false_alarms", "misses"
DRAWS = 2000  # of groups; a tail of 2.5 % is then known from fifty of them


@dataclass(frozen=True, eq=False)
class Scored:
    """What a detector said of some test items.

    Attributes:
        anomalous: whether each item is an anomaly, (item,) bool.
        groups: what the items come in, such as bearings or flights, (item,) str.
        folds: what was held out where an item was tested, (item,) str; scores of two detectors are
            not ranked against one another.
        scores: by the detector of each seed, (seed, item); more is more anomalous.
        alarms: whether the score reached the detector's threshold, (seed, item) bool.
    """

    anomalous: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    scores: np.ndarray
    alarms: np.ndarray

    @property
    def items(self) -> Items:
        """The alarms as answers to the question whether an item is an anomaly."""
        return Items(self.anomalous.astype(int), self.groups, self.alarms.astype(int))


def partial_auc(
    anomalous: np.ndarray, score: np.ndarray, p: float = P, weights: np.ndarray | None = None
) -> np.ndarray:
    """The area under the ROC curve up to a false-alarm rate p, over p; with p = 1 the AUC.

    Choose it where false alarms must be few. It is the mean, over the share p of normal items
    with the highest scores, of how many anomalies are scored above them, ties counting half:
    pAUC of the DCASE challenge's task 2 (Koizumi et al. 2020, equation 4), with the curve drawn
    straight inside the last normal item where p does not end at one. A detector that knows nothing
    has p/2. It is often confused with scikit-learn's ``roc_auc_score(max_fpr=p)``, which moves and
    stretches the same area so that nothing known is 1/2 (McClish 1989).

    Args:
        anomalous: (item,) bool; score: (item,).
        p: above 0, at most 1.
        weights: how often each item counts, (draw, item); None: once.

    Returns:
        (draw,); nan where a draw has no anomaly, or nothing normal.
    """
    if not 0 < p <= 1:
        raise UserError(f"p = {p:g}: choose above 0, at most 1")
    weights = np.ones((1, len(score))) if weights is None else weights
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])  # of each value's items
    drawn = weights[:, order].astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        hits, false = (
            np.pad(np.cumsum(drawn * kind[order], axis=1)[:, ends], ((0, 0), (1, 0)))
            / (drawn * kind[order]).sum(axis=1, keepdims=True)
            for kind in (anomalous, ~anomalous))
    left, right = np.minimum(false[:, :-1], p), np.minimum(false[:, 1:], p)  # (draw, value)
    width = np.diff(false, axis=1)
    slope = np.divide(np.diff(hits, axis=1), width, out=np.zeros_like(width), where=width > 0)
    middle = hits[:, :-1] + slope * ((left + right) / 2 - false[:, :-1])
    area = ((right - left) * middle).sum(axis=1) / p
    return np.where(np.isfinite(false[:, -1]) & np.isfinite(hits[:, -1]), area, np.nan)


def _area(given: Scored, seed: int, weights: np.ndarray, p: float) -> np.ndarray:
    parts = []
    for fold in np.unique(given.folds):
        rows = given.folds == fold
        parts.append(partial_auc(
            given.anomalous[rows], given.scores[seed, rows], p, weights[:, rows]))
    return _mean(np.stack(parts))


def _rates(given: Scored, seed: int, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights of true alarms, false alarms and misses, and of what is normal, (draw,) each."""
    alarm, bad = given.alarms[seed], given.anomalous
    return tuple(weights @ (chosen).astype(float) for chosen in (
        alarm & bad, alarm & ~bad, ~alarm & bad, ~bad))


def _f1(given: Scored, seed: int, weights: np.ndarray) -> np.ndarray:
    right, false, missed, _ = _rates(given, seed, weights)
    return _over(2 * right, 2 * right + false + missed)


def _false_alarms(given: Scored, seed: int, weights: np.ndarray) -> np.ndarray:
    _, false, _, normal = _rates(given, seed, weights)
    return _over(false, normal)


def _misses(given: Scored, seed: int, weights: np.ndarray) -> np.ndarray:
    right, _, missed, _ = _rates(given, seed, weights)
    return _over(missed, right + missed)


METRICS: dict[str, Callable[[Scored, int, np.ndarray], np.ndarray]] = {
    AUC: lambda *given: _area(*given, 1.0), PAUC: lambda *given: _area(*given, P),
    F1: _f1, FALSE_ALARMS: _false_alarms, MISSES: _misses,
}


def by_seed(given: Scored, metric: str) -> list[float]:
    """The figure of each seed: areas are means over folds, alarms are pooled."""
    return _resampled([given], metric, 1)[0][0].tolist()


def detection_interval(given: Scored, metric: str, draws: int = DRAWS) -> Interval:
    """A figure, mean over seeds, and its percentile bootstrap interval over groups.

    Groups of normal items alone, of anomalies alone and of both are resampled each among
    themselves, so that no draw lacks one or the other; a kind of one group stays as it is.

    Args:
        given: what was said of the items.
        metric: of ``METRICS``.
        draws: of groups.

    Raises:
        UserError: the metric is unknown.
    """
    figures, drawn = _resampled([given], metric, draws)
    groups = len(np.unique(given.groups))
    return Interval(float(figures[0].mean()), *bounds(drawn[0], groups, 0.95), groups,
                    len(given.anomalous), len(given.scores), 0.95, told_by_groups(given))


def told_by_groups(given: Scored) -> bool:
    """Whether an interval over groups can be trusted: there are enough, of either kind.

    Where normal items are one group, every draw holds it as it is, so an interval has no width
    from the side that false alarms come from, however many groups of anomalies there are.
    """
    kinds = (np.unique(given.groups[given.anomalous]), np.unique(given.groups[~given.anomalous]))
    return enough(given.items) and min(map(len, kinds)) >= FEWEST_GROUPS


def detection_pairs(
    rows: Mapping[str, Scored], metric: str, draws: int = DRAWS
) -> dict[tuple[str, str], Comparison]:
    """Every pair of rows by name, on the same resampled groups; see ``detection_interval``.

    Verdicts hold for all pairs together (Holm's correction), intervals for each pair alone.

    Raises:
        UserError: the rows are of other items, or the metric is unknown.
    """
    first = next(iter(rows.values()))
    for name, row in rows.items():
        if not (np.array_equal(row.anomalous, first.anomalous)
                and np.array_equal(row.groups, first.groups)):
            raise UserError(f"{name}: other test items; compare detectors on the same ones")
    figures, drawn = _resampled(list(rows.values()), metric, draws)
    groups, names, found = len(np.unique(first.groups)), list(rows), {}
    for k, j in combinations(range(len(rows)), 2):
        difference = float(figures[k].mean() - figures[j].mean())
        apart = np.round(drawn[k] - drawn[j], 12)
        each = Comparison(difference, *bounds(apart, groups, 0.95), groups, EQUAL,
                          p_value(difference, apart, groups), 0.95, told_by_groups(first))
        found[names[k], names[j]] = each
    adjusted = holm([each.p_value for each in found.values()])
    return {pair: replace(each, verdict=AHEAD if each.low > 0 else BEHIND)
            if each.reliable and not each.holds_zero and p < ALPHA else each
            for (pair, each), p in zip(found.items(), adjusted, strict=True)}


def _resampled(
    rows: Sequence[Scored], metric: str, draws: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Figures of each row, (seed,), and resampled ones with the seeds' mean, (row, draw)."""
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    weights = np.concatenate([np.ones((1, len(rows[0].groups))), _weights(rows[0], draws)])
    found = [np.stack([METRICS[metric](row, seed, weights) for seed in range(len(row.scores))])
             for row in rows]
    return [each[:, 0] for each in found], np.stack([_mean(each[:, 1:]) for each in found])


def _weights(given: Scored, draws: int) -> np.ndarray:
    """How often each item counts in each draw of groups, (draw, item)."""
    names, group = np.unique(given.groups, return_inverse=True)
    kinds = [(given.anomalous[group == k].any(), (~given.anomalous[group == k]).any())
             for k in range(len(names))]
    random, drawn = np.random.default_rng(0), np.ones((draws, len(names)))
    for kind in sorted(set(kinds)):
        own = [k for k, each in enumerate(kinds) if each == kind]
        drawn[:, own] = random.multinomial(len(own), np.full(len(own), 1 / len(own)), draws)
    return drawn[:, group]


def _over(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros(len(below)), where=below > 0)


def _mean(values: np.ndarray) -> np.ndarray:
    """Over the first axis, without what is not a number; nan where all is."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, known.sum(axis=0), out=np.full(total.shape, np.nan),
                     where=known.any(axis=0))
