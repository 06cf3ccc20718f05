"""Average precision and ROC AUC against scikit-learn; intervals and pairs over groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from lnnlab.errors import UserError
from lnnlab.scoring.pairs import AHEAD, EQUAL
from lnnlab.scoring.ranking import (
    Ranked,
    area_under_curve,
    average_precision,
    by_seed,
    class_precisions,
    event_score,
    every_ranking_pair,
    ranking_interval,
)


@given(st.integers(0, 10_000), st.integers(2, 12))
def test_scores_equal_scikit_learns_with_ties_and_weights(seed, levels):
    random = np.random.default_rng(seed)
    positive = random.random(30) < 0.4
    positive[:2] = True, False
    score = random.integers(0, levels, 30).astype(float)
    weights = random.integers(0, 4, (3, 30)).astype(float)
    weights[:, :2] = 1
    for own, theirs in ((average_precision, average_precision_score),
                        (area_under_curve, roc_auc_score)):
        assert own(positive, score)[0] == pytest.approx(theirs(positive, score))
        assert own(positive, score, weights) == pytest.approx(
            [theirs(positive, score, sample_weight=each) for each in weights])


def test_without_positives_or_negatives_there_is_no_figure():
    nothing = np.zeros(4, bool)
    assert np.isnan(average_precision(nothing, np.arange(4.0))[0])
    assert np.isnan(area_under_curve(~nothing, np.arange(4.0))[0])


def ranked(noise, seeds=2, items=240, classes=4, wanted=None):
    random = np.random.default_rng(3)
    truth = np.arange(items) % classes
    scores = np.stack([np.eye(classes)[truth] + noise * np.random.default_rng(k).normal(
        size=(items, classes)) for k in range(seeds)])
    return Ranked(truth, np.arange(items) // 2, random.integers(0, 3, items), scores, wanted)


def test_the_mean_over_folds_classes_and_seeds_is_scikit_learns():
    found = ranked(0.8)
    expected = [np.mean([average_precision_score(np.eye(4)[found.truth[rows]], each[rows],
                                                 average="macro")
                         for fold in range(3) for rows in [found.folds == fold]])
                for each in found.scores]
    assert by_seed(found) == pytest.approx(expected)
    interval = ranking_interval(found, draws=400)
    assert interval.value == pytest.approx(np.mean(expected))
    assert interval.low < interval.value < interval.high and interval.reliable
    assert interval.groups == 120 and class_precisions(found).mean() == pytest.approx(
        interval.value)


def test_interval_covers_the_spread_of_new_groups():
    """Of many draws of as many items, about 95 % lie where one interval says they do."""
    whole = ranked(0.9, seeds=1, items=4000)
    values, random = [], np.random.default_rng(0)
    for _ in range(60):
        groups = random.choice(2000, 120, replace=False)
        rows = np.flatnonzero(np.isin(whole.groups, groups))
        values.append(by_seed(Ranked(whole.truth[rows], whole.groups[rows], whole.folds[rows],
                                     whole.scores[:, rows]))[0])
    one = ranked(0.9, seeds=1)
    found = ranking_interval(one, draws=600)
    assert found.high - found.low == pytest.approx(4 * np.std(values), rel=0.5)


def test_pairs_tell_what_is_ahead():
    rows = {"sure": ranked(0.3), "the same": ranked(0.3), "unsure": ranked(1.5, seeds=1)}
    pairs = every_ranking_pair(rows, draws=400)
    assert pairs[0, 1].verdict == EQUAL and pairs[0, 2].verdict == AHEAD
    with pytest.raises(UserError, match="metric"):
        every_ranking_pair(rows, "f1")


def test_wanted_classes_against_the_others():
    wanted = np.array([True, True, False, False])
    found = ranked(0.5, wanted=wanted)
    logits = found.scores[0]
    share = np.exp(logits)[:, wanted].sum(axis=1) / np.exp(logits).sum(axis=1)
    assert event_score(logits, wanted) == pytest.approx(np.log(share / (1 - share)))
    expected = np.mean([roc_auc_score(found.truth[rows] < 2, event_score(each[rows], wanted))
                        for fold in range(3) for rows in [found.folds == fold]
                        for each in found.scores[:1]])
    assert by_seed(found, "auc")[0] == pytest.approx(expected)
