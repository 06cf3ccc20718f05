"""Known against unknown: the area under the curve, what is let in, intervals over groups."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from lnnlab.errors import UserError
from lnnlab.scoring.refusal import FIGURES, Scored, refusal, refusals

NAMES = st.integers(0, 10_000)


def drawn(seed, items=120, groups=12, levels=40, apart=4):
    """Scores with ties, known items higher by ``apart``."""
    random = np.random.default_rng(seed)
    known = random.random(items) < 0.7
    known[:2] = True, False
    values = random.integers(0, levels, (2, items)) + apart * known
    return Scored(known, random.integers(0, groups, items).astype(str), values)


def figure(row, name):
    return refusals([row], name, draws=1)[0][0]


@settings(max_examples=30, deadline=None)
@given(NAMES)
def test_the_area_is_scikit_learns(seed):
    row = drawn(seed)
    wanted = [roc_auc_score(row.known, values) for values in row.values]
    np.testing.assert_allclose(figure(row, "unknown_auc"), wanted, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(NAMES)
def test_what_is_let_in_lies_on_scikit_learns_curve(seed):
    row = drawn(seed)
    for values, found in zip(row.values, 1 - figure(row, "unknown_refused"), strict=True):
        let_in, kept, _ = roc_curve(row.known, values, drop_intermediate=False)
        np.testing.assert_allclose(found, let_in[kept >= 0.95 - 1e-9].min(), rtol=1e-12)


def test_a_perfect_score_lets_nothing_in_and_a_constant_one_everything():
    known = np.array([True] * 40 + [False] * 40)
    groups = np.arange(80).astype(str)
    perfect, constant = Scored(known, groups, known[None] * 9), Scored(
        known, groups, np.ones((1, 80), int))
    assert figure(perfect, "unknown_auc") == 1 and figure(perfect, "unknown_refused") == 1
    assert figure(constant, "unknown_auc") == 0.5 and figure(constant, "unknown_refused") == 0


@pytest.mark.parametrize("name", FIGURES)
def test_a_drawn_figure_is_that_of_the_repeated_groups(name):
    """Weights stand for copies: a group that is drawn twice counts as two."""
    row = drawn(3)
    _, found = refusals([row], name, draws=3, seed=5)
    names = np.unique(row.groups)
    weights = np.random.default_rng(5).multinomial(
        len(names), np.full(len(names), 1 / len(names)), 3)
    for drawn_, value in zip(weights, found[0], strict=True):
        copies = np.repeat(np.arange(len(row.known)),
                           drawn_[np.searchsorted(names, row.groups)])
        again = Scored(row.known[copies], row.groups[copies], row.values[:, copies])
        np.testing.assert_allclose(value, figure(again, name).mean(), rtol=1e-12)


def test_rows_are_resampled_alike_and_the_interval_holds_the_figure():
    row = drawn(1)
    _, found = refusals([row, row], "unknown_auc", draws=50)
    np.testing.assert_array_equal(found[0], found[1])
    kept = refusal(row, "unknown_auc")
    assert kept.low < kept.value < kept.high and kept.groups == 12 and kept.reliable
    few = Scored(row.known, np.where(row.known, row.groups, "one"), row.values)
    assert not refusal(few, "unknown_auc").reliable


def test_one_side_alone_and_another_figure_are_refused():
    with pytest.raises(UserError, match="items of both"):
        Scored(np.ones(3, bool), np.array(list("abc")), np.ones((1, 3)))
    with pytest.raises(UserError, match="unknown_auc"):
        refusals([drawn(0)], "unknown_au")
