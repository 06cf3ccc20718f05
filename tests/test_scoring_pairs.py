"""Paired comparisons beside resamples written out, and the sentences made of them."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel
from test_scoring_intervals import figure, random_items

from lnnlab.errors import UserError
from lnnlab.scoring.intervals import METRICS, Interval, Items, tail_share
from lnnlab.scoring.pairs import Comparison, compare, holm, percent, sentence
from lnnlab.scoring.standings import standings

SEEDS = st.integers(0, 2**32 - 1)


def beside(items, seed, worse=0.0):
    """Another row on the same items: some right guesses of the first made wrong."""
    random = np.random.default_rng(seed)
    wrong = random.random(items.guesses.shape) < worse
    return Items(items.truth, items.groups, np.where(wrong, items.truth + 1, items.guesses))


@pytest.mark.parametrize("metric", METRICS)
def test_differences_equal_those_of_resamples_written_out(metric):
    a = random_items(5, groups=6, each=4)
    b, drawn = beside(a, 1, 0.3), []
    for weights in np.random.default_rng(3).multinomial(6, np.full(6, 1 / 6), 150):
        taken = np.repeat(np.arange(24), np.repeat(weights, 4))
        drawn.append(np.subtract(*(
            np.mean([figure(metric, each.truth[taken], guess[taken]) for guess in each.guesses])
            for each in (a, b))))
    found, tail = compare(a, b, metric, draws=150, seed=3), tail_share(6, 0.95)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, (tail, 1 - tail))))
    assert found.low <= found.difference <= found.high


def test_p_values_of_equal_groups_are_near_the_paired_t_tests():
    a = random_items(2, groups=40, each=10)
    b = beside(a, 2, 0.05)
    shares = [(each.guesses == each.truth).mean(axis=0).reshape(40, 10).mean(axis=1)
              for each in (a, b)]
    found = compare(a, b, draws=20_000)
    assert found.p_value == pytest.approx(ttest_rel(*shares).pvalue, rel=0.3)
    assert found.difference == pytest.approx(shares[0].mean() - shares[1].mean())


@given(SEEDS, SEEDS, st.sampled_from(METRICS), st.sampled_from((0.0, 0.02, 0.2)))
@settings(max_examples=40)
def test_swapped_rows_swap_the_verdict(seed, other, metric, worse):
    a = random_items(seed, groups=8)
    b = beside(a, other, worse)
    there, back = compare(a, b, metric, draws=200), compare(b, a, metric, draws=200)
    assert there.difference == -back.difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    swapped = {"ahead": "behind", "behind": "ahead"}
    assert back.verdict == swapped.get(there.verdict, there.verdict)


@given(SEEDS, st.sampled_from(METRICS))
@settings(max_examples=25)
def test_the_order_of_items_does_not_matter(seed, metric):
    a = random_items(seed)
    b, order = beside(a, seed, 0.1), np.random.default_rng(seed).permutation(len(a.truth))
    moved = [Items(x.truth[order], x.groups[order], x.guesses[:, order]) for x in (a, b)]
    assert compare(*moved, metric, draws=200) == compare(a, b, metric, draws=200)


@given(SEEDS, st.sampled_from(METRICS), st.integers(1, 8))
@settings(max_examples=25)
def test_identical_rows_are_never_ahead(seed, metric, groups):
    a = random_items(seed, groups=groups)
    doubled = Items(a.truth, a.groups, np.concatenate([a.guesses, a.guesses]))
    for other in (a, doubled):
        found = compare(a, other, metric, draws=200)
        assert (found.difference, found.verdict, found.p_value) == (0, "not distinguishable", 1)


def test_too_few_groups_are_never_ahead():
    a = random_items(0, groups=4, each=50)
    b = Items(a.truth, a.groups, a.guesses + 10)
    found = compare(a, b)
    assert found.low > 0 and found.verdict == "not distinguishable"
    assert "too few" in sentence("a", "b", found)
    assert compare(random_items(0), beside(random_items(0), 0, 1)).verdict == "ahead"


def test_other_items_are_refused():
    a = random_items(0)
    for other in (Items(a.truth, a.groups[::-1], a.guesses), random_items(1)):
        with pytest.raises(UserError, match="^[^\n]+ has other (groups|truth) than [^\n]+$"):
            compare(a, other)
    with pytest.raises(UserError, match="cnn has other groups than liquid"):
        standings({"liquid": a, "cnn": Items(a.truth, a.groups + 1, a.guesses)})


def test_sentences_are_made_for_people():
    ahead = Comparison(0.0213, 0.0041, 0.0387, 164, "ahead")
    assert sentence("liquid (LinearLTC)", "CNN 42k", ahead, noun="speakers") == (
        "liquid (LinearLTC) is ahead of CNN 42k by 2.1 points of test accuracy "
        "(95 % interval 0.4 to 3.9, paired over 164 speakers)")
    behind = Comparison(-0.0213, -0.0387, -0.0002, 8, "behind", level=0.99)
    assert sentence("A", "B", behind, "F1", "bearings") == (
        "A is behind B by 2.13 points of F1 (99 % interval 0.02 to 3.87, paired over 8 bearings)")
    equal = Comparison(0.003, -0.019, 0.026, 32, "not distinguishable")
    assert sentence("liquid", "CNN", equal, noun="speakers") == (
        "liquid and CNN are not distinguishable in test accuracy on 32 speakers "
        "(difference 0.3 points, 95 % interval -1.9 to 2.6)")
    one = Comparison(-0.0, np.nan, np.nan, 1, "not distinguishable", reliable=False)
    assert sentence("A", "B", one, noun="files") == (
        "A and B are not distinguishable in test accuracy on 1 file, too few or too uneven for "
        "an interval (difference 0.0 points)")
    assert percent(Interval(0.932, 0.91, 0.951, 32, 900, 5), "speakers") == (
        "93.2 % (95 % interval 91.0 to 95.1, 32 speakers)")


@given(SEEDS, SEEDS, st.floats(0, 0.4), st.integers(1, 30), st.integers(1, 40))
@settings(max_examples=150)
def test_a_sentence_never_says_ahead_where_its_interval_holds_0(seed, other, worse, groups, each):
    a = random_items(seed, groups=groups, each=each)
    found = compare(a, beside(a, other, worse), draws=100)
    for line in (sentence("A", "B", found), *standings({"A": a, "B": beside(a, other, worse)})):
        printed = re.search(r"interval (\S+) to (\S+?)[,)]", line)
        if "ahead" in line or "behind" in line:
            assert float(printed[1]) > 0 and float(printed[2]) > 0 and groups >= 5


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holms_correction_is_the_procedure_of_the_paper(p_values):
    adjusted = holm(p_values)
    for level in (0.01, 0.05, 0.3):
        rejected, left = set(), sorted(range(len(p_values)), key=lambda k: p_values[k])
        while left and p_values[left[0]] * len(left) <= level:
            rejected.add(left.pop(0))
        assert set(np.flatnonzero(adjusted <= level)) == rejected


def test_standings_name_the_leader_and_judge_the_others():
    best = random_items(4, groups=40, each=20)
    rows = {"far": beside(best, 1, 0.4), "best": best, "same": best, "near": beside(best, 2, 0.003)}
    lines = standings(rows, "speakers")
    assert lines[0].startswith("best has the highest test accuracy: ")
    assert lines[1].startswith("best and same are not distinguishable in test accuracy")
    assert "near" in lines[2]
    assert re.match(r"best is ahead of far by [\d.]+ points of test accuracy \(95 % ", lines[3])
    assert lines[4].startswith("verdicts hold for all 6 pairs of the 4 rows together at 95 %")
    assert len(standings({"best": best})) == 1 and len(standings({"a": best, "b": best})) == 2
    with pytest.raises(UserError, match="no rows"):
        standings({})


def test_what_one_pair_shows_many_pairs_may_not():
    """Rows of equal ability: alone the luckiest is ahead of the unluckiest, among many it isn't."""
    random = np.random.default_rng(0)
    truth, groups = np.zeros(400, int), np.repeat(np.arange(40), 10)
    rows = {f"row {k}": Items(truth, groups, (random.random((1, 400)) < 0.2).astype(int))
            for k in range(8)}
    by_mean = sorted(rows, key=lambda name: rows[name].guesses.mean())
    assert compare(rows[by_mean[0]], rows[by_mean[-1]]).verdict == "ahead"
    lines = standings(rows, "speakers")
    assert not any(" is ahead of " in line for line in lines)
    assert "once every comparison made is counted" in lines[-2]
