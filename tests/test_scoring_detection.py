"""Areas, alarms and intervals of anomaly detectors, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from lnnlab.errors import UserError
from lnnlab.scoring.detection import (
    METRICS,
    P,
    Scored,
    by_seed,
    detection_interval,
    detection_pairs,
    partial_auc,
)
from lnnlab.scoring.pairs import EQUAL


def drawn(seed: int, items: int = 200, ties: bool = False):
    random = np.random.default_rng(seed)
    anomalous = random.random(items) < 0.4
    score = random.normal(size=items) + anomalous
    return anomalous, np.round(score) if ties else score


def by_definition(anomalous, score, p):
    """Of the floor(p N) normal items with the highest scores: how many anomalies lie above each."""
    normal = np.sort(score[~anomalous])[::-1][: int(p * (~anomalous).sum())]
    above = score[anomalous][:, None] - normal[None]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


@pytest.mark.parametrize("seed", range(4))
def test_the_whole_area_is_sklearns(seed):
    for ties in (False, True):
        anomalous, score = drawn(seed, ties=ties)
        assert partial_auc(anomalous, score, 1.0)[0] == pytest.approx(
            roc_auc_score(anomalous, score))


@pytest.mark.parametrize("seed", range(4))
def test_the_partial_area_is_the_challenges(seed):
    """Where p ends at a normal item, as the challenge defines it; else within one item."""
    anomalous, score = drawn(seed)
    normal = int((~anomalous).sum())
    whole = int(P * normal) / normal
    assert partial_auc(anomalous, score, whole)[0] == pytest.approx(
        by_definition(anomalous, score, whole + 1e-9))
    assert abs(partial_auc(anomalous, score)[0] - by_definition(anomalous, score, P)) < 0.05


@pytest.mark.parametrize("seed", range(4))
def test_sklearn_moves_and_stretches_the_same_area(seed):
    for ties in (False, True):
        anomalous, score = drawn(seed, ties=ties)
        area = P * partial_auc(anomalous, score)[0]
        least, most = P**2 / 2, P
        assert roc_auc_score(anomalous, score, max_fpr=P) == pytest.approx(
            (1 + (area - least) / (most - least)) / 2)


def test_a_detector_that_knows_nothing_has_half_of_p():
    anomalous = np.arange(1000) % 2 == 0
    assert partial_auc(anomalous, np.zeros(1000))[0] == pytest.approx(P / 2)
    assert partial_auc(anomalous, anomalous.astype(float))[0] == 1


def test_an_item_that_counts_twice_is_two_items():
    anomalous, score = drawn(3, 60, ties=True)
    weights = np.random.default_rng(0).integers(0, 3, (5, 60))
    for p in (0.1, 0.37, 1.0):
        for row, found in zip(weights, partial_auc(anomalous, score, p, weights), strict=True):
            again = partial_auc(np.repeat(anomalous, row), np.repeat(score, row), p)[0]
            assert found == pytest.approx(again)


def test_draws_without_an_anomaly_are_no_number():
    anomalous, score = np.array([True, False]), np.array([1.0, 0.0])
    found = partial_auc(anomalous, score, 1.0, np.array([[1, 1], [0, 1], [1, 0]]))
    assert found[0] == 1 and np.isnan(found[1:]).all()


def scored(shift: float = 0.0, seeds: int = 2) -> Scored:
    random = np.random.default_rng(1)
    anomalous = np.tile([True] * 8 + [False] * 12, 8)
    groups = np.repeat([f"bearing {k}" for k in range(8)], 20)
    folds = np.repeat(["a", "b"], 80)
    scores = random.normal(size=(seeds, 160)) + (1 + shift) * anomalous
    return Scored(anomalous, groups, folds, scores, scores > 0.5)


def test_figures_are_those_of_folds_and_seeds():
    given = scored()
    wanted = [[roc_auc_score(given.anomalous[given.folds == fold], each[given.folds == fold])
               for fold in "ab"] for each in given.scores]
    assert by_seed(given, "auc") == pytest.approx(np.mean(wanted, axis=1).tolist())
    assert by_seed(given, "f1") == pytest.approx(
        [f1_score(given.anomalous, each) for each in given.alarms])
    assert by_seed(given, "misses")[0] == pytest.approx(
        1 - given.alarms[0][given.anomalous].mean())
    assert by_seed(given, "false_alarms")[0] == pytest.approx(
        given.alarms[0][~given.anomalous].mean())


@pytest.mark.parametrize("metric", METRICS)
def test_intervals_hold_their_figure(metric):
    found = detection_interval(scored(), metric, 400)
    assert found.low < found.value < found.high and found.groups == 8 and found.seeds == 2


def test_a_kind_of_one_group_stays_in_every_draw():
    """One normal recording beside many faulty ones: no draw is without it."""
    anomalous = np.r_[np.zeros(20, bool), np.ones(60, bool)]
    groups = np.r_[["normal"] * 20, np.repeat([f"fault {k}" for k in range(6)], 10)]
    scores = np.random.default_rng(0).normal(size=(1, 80)) + anomalous
    given = Scored(anomalous, groups, np.full(80, "all"), scores, scores > 0)
    found = detection_interval(given, "false_alarms", 200)
    assert found.low == found.value == found.high
    assert np.isfinite(detection_interval(given, "auc", 200).low)


def test_one_group_of_normal_running_decides_no_pair():
    random, bearings = np.random.default_rng(0), 16
    anomalous = np.repeat([False] + [True] * bearings, 12)
    groups = np.repeat([f"bearing {k}" for k in range(bearings + 1)], 12)
    folds = np.full(len(groups), "all")

    def alarmed(false: int) -> Scored:
        scores = np.where(anomalous, 2.0, 0.0) + random.uniform(0, 0.1, len(groups))
        alarms = anomalous | (np.arange(len(groups)) < false)
        return Scored(anomalous, groups, folds, scores[None], alarms[None])

    few, many = alarmed(2), alarmed(9)
    assert not detection_interval(few, "f1").reliable
    pair = detection_pairs({"few": few, "many": many}, "f1")["few", "many"]
    assert pair.difference > 0 and pair.verdict == EQUAL

def test_what_is_better_in_every_group_is_ahead():
    pairs = detection_pairs({"good": scored(3.0), "poor": scored()}, "auc", 400)
    assert pairs["good", "poor"].verdict == "ahead" and pairs["good", "poor"].low > 0
    same = detection_pairs({"one": scored(), "other": scored()}, "auc", 400)["one", "other"]
    assert same.verdict == "not distinguishable" and same.difference == 0


def test_mistakes_are_said():
    with pytest.raises(UserError, match="p = 0: choose above 0"):
        partial_auc(*drawn(0), p=0)
    with pytest.raises(UserError, match="metric"):
        detection_interval(scored(), "acu")
    other = scored()
    other = Scored(~other.anomalous, *(getattr(other, each) for each in (
        "groups", "folds", "scores", "alarms")))
    with pytest.raises(UserError, match="other test items"):
        detection_pairs({"a": scored(), "b": other}, "auc")
