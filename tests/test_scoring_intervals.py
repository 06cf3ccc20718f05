"""Intervals over groups beside scipy's bootstrap, scikit-learn and simulated test sets."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, norm, t
from sklearn.metrics import balanced_accuracy_score

from lnnlab.errors import UserError
from lnnlab.scoring.intervals import METRICS, Items, interval, tail_share


def random_items(seed, groups=12, each=5, classes=3, seeds=2):
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, groups * each)
    right = random.random((seeds, len(truth))) < np.repeat(random.random(groups), each)
    guesses = np.where(right, truth, random.integers(0, classes, right.shape))
    return Items(truth, np.repeat(np.arange(groups), each), guesses)


def scipys(values, groups):
    """Its percentile interval of a mean, at the percentiles that so many groups call for."""
    level = 1 - 2 * tail_share(groups, 0.95)
    found = bootstrap((values,), np.mean, n_resamples=20_000, confidence_level=level,
                      method="percentile", rng=np.random.default_rng(1)).confidence_interval
    return found.low, found.high


@pytest.mark.parametrize(("groups", "each"), [(60, 1), (25, 8)])
def test_equal_groups_give_scipys_percentile_interval(groups, each):
    items = random_items(3, groups, each)
    means = (items.guesses == items.truth).mean(axis=0).reshape(groups, each).mean(axis=1)
    found = interval(items, draws=20_000)
    assert found.value == pytest.approx(means.mean())
    assert (found.low, found.high) == pytest.approx(scipys(means, groups), abs=0.012)
    assert (found.groups, found.items, found.seeds) == (groups, groups * each, 2)


@pytest.mark.parametrize("groups", [2, 5, 8, 164])
def test_percentiles_go_out_as_far_as_students_interval_of_a_mean(groups):
    """On means that are normal, with the spread sqrt((n - 1) / n) that resampling gives them."""
    resampled_spread = np.sqrt((groups - 1) / groups)  # in standard errors
    low = norm.ppf(tail_share(groups, 0.95), scale=resampled_spread)
    assert low == pytest.approx(t.ppf(0.025, groups - 1))
    assert tail_share(10**6, 0.95) == pytest.approx(0.025, rel=1e-4)


@pytest.mark.parametrize("metric", METRICS)
def test_resamples_equal_those_written_out(metric):
    """Every draw by hand: its groups' items one after another, and scikit-learn's figure."""
    items = random_items(5, groups=6, each=4)
    drawn = []
    for weights in np.random.default_rng(7).multinomial(6, np.full(6, 1 / 6), 150):
        taken = np.concatenate([np.flatnonzero(items.groups == k) for k in range(6)
                                for _ in range(weights[k])])
        drawn.append(np.mean([figure(metric, items.truth[taken], guess[taken])
                              for guess in items.guesses]))
    found = interval(items, metric, draws=150, seed=7)
    tail = tail_share(6, 0.95)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, (tail, 1 - tail))))
    assert found.value == pytest.approx(
        np.mean([figure(metric, items.truth, guess) for guess in items.guesses]))


def figure(metric, truth, guess):
    if metric == "accuracy":
        return np.mean(truth == guess)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "y_pred contains classes")
        return balanced_accuracy_score(truth, guess)


def test_intervals_hold_the_true_mean_where_groups_differ():
    """300 simulated test sets; items resampled as if they were strangers hold it too rarely."""
    random, held, naive = np.random.default_rng(11), 0, 0
    for _ in range(300):
        groups, each = 20, 8
        ability = np.repeat(random.beta(6, 2, groups), each)  # (item,), mean 0.75
        truth = np.zeros(groups * each, int)
        guesses = (random.random((2, len(truth))) > ability).astype(int)
        found = interval(Items(truth, np.repeat(np.arange(groups), each), guesses), draws=500)
        held += found.low <= 0.75 <= found.high
        alone = interval(Items(truth, np.arange(len(truth)), guesses), draws=500)
        naive += alone.low <= 0.75 <= alone.high
    assert 0.90 <= held / 300 <= 0.99
    assert naive / 300 < held / 300 - 0.1


@given(st.integers(0, 2**32 - 1), st.sampled_from(METRICS))
@settings(max_examples=25)
def test_the_order_and_the_names_of_items_do_not_matter(seed, metric):
    items = random_items(seed)
    order = np.random.default_rng(seed).permutation(len(items.truth))
    named = np.array([f"speaker {each:02}" for each in items.groups])
    again = Items(items.truth[order], named[order], items.guesses[:, order])
    assert interval(again, metric, draws=200) == interval(items, metric, draws=200)
    assert again.effective_groups == items.effective_groups


@given(st.integers(0, 2**32 - 1), st.sampled_from(METRICS))
@settings(max_examples=25)
def test_ends_lie_in_order_and_widen_with_the_level(seed, metric):
    items = random_items(seed)
    half, most = (interval(items, metric, level, draws=200) for level in (0.5, 0.99))
    assert 0 <= most.low <= half.low <= half.high <= most.high <= 1


def test_many_groups_are_drawn_in_blocks(monkeypatch):
    items = random_items(1)
    whole = interval(items, draws=100)
    monkeypatch.setattr("lnnlab.scoring.intervals.BLOCK", 7 * 12)
    assert interval(items, draws=100) == whole


def test_few_groups_are_not_reliable():
    assert interval(random_items(0, groups=5)).reliable
    assert not interval(random_items(0, groups=4)).reliable
    one = interval(random_items(0, groups=1))
    assert np.isnan([one.low, one.high]).all() and 0 <= one.value <= 1 and not one.reliable


def test_one_group_that_dwarfs_the_others_counts_as_few():
    groups = np.repeat(np.arange(10), [91] + [1] * 9)
    items = Items(np.zeros(100, int), groups, np.zeros((1, 100), int))
    assert items.effective_groups == pytest.approx(100**2 / (91**2 + 9))
    assert not interval(items).reliable
    assert random_items(0).effective_groups == pytest.approx(12)


def test_groups_may_be_a_column_of_strings():
    assert Items([0, 1], np.array(["a", "b"], object), [[0, 1]]).groups.dtype.kind == "U"


@pytest.mark.parametrize("arrays", [
    ([0, 1], [0], [[0, 1]]), ([0, 1], [0, 1], [0, 1]), ([0, 1], [0, 1], [[0]]), ([], [], [[]]),
    ([0, 1], [0, 1], np.zeros((0, 2), int)), ([0.0, 1], [0, 1], [[0, 1]]),
    ([0, 1], [0, 1.5], [[0, 1]]), ([0, 1], [0, 1], [[0, 0.5]]), ([[0], [1]], [0, 1], [[0, 1]]),
])
def test_arrays_that_do_not_fit_are_refused(arrays):
    with pytest.raises(ValueError, match="^[^\n]+$"):
        Items(*arrays)


@pytest.mark.parametrize("settings", [
    {"metric": "balanced"}, {"level": 95}, {"level": 0}, {"draws": 0},
])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(UserError, match="^[^\n]+$"):
        interval(random_items(0), **settings)
