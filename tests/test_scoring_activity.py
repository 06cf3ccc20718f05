"""Frames of speech: area under the curve and F1 as sklearn has them, hangover, intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score, roc_curve

from lnnlab.scoring.activity import Activity, Heard, Holding, activity, chosen, intervals


def some(seed=0, people=6, frames=80, apart=1.0):
    random = np.random.default_rng(seed)
    found = []
    for k in range(people):
        speech = np.repeat(random.random(frames // 8) < 0.5, 8)
        scores = np.round(apart * speech + random.normal(size=frames), 1)  # with ties
        found.append(Heard(f"{k:02d}", scores, speech))
    return found


PLAIN = Holding()


def joined(heard, holding=PLAIN):
    return (np.concatenate([each.speech for each in heard]),
            np.concatenate([holding.held(each.scores) for each in heard]))


@given(st.integers(0, 2**31), st.integers(0, 2), st.integers(0, 4), st.sampled_from([1, 2, 4]))
@settings(max_examples=25, deadline=None)
def test_figures_are_sklearns(seed, shift, hangover, together):
    heard, holding = some(seed), Holding(shift, hangover, 0.7)
    found = activity(heard, holding, together)
    truth, scores = joined(heard, holding)
    decided = scores >= 0.7
    wanted = {"auc": roc_auc_score(truth, scores), "f1": f1_score(truth, decided),
              "missed": 1 - decided[truth].mean(), "passed": decided[~truth].mean()}
    assert {name: float(each[0]) for name, each in found.figures().items()} == pytest.approx(wanted)
    assert len(found.who) == -(-6 // together)


def test_figures_of_speakers_drawn_twice_are_those_of_a_set_that_holds_them_twice():
    heard = some()
    weights = np.array([[2.0, 0, 1, 3, 0, 0]])
    again = [Heard(f"{k}", each.scores, each.speech)
             for k, each in enumerate(e for e, n in zip(heard, (2, 0, 1, 3, 0, 0), strict=True)
                                      for _ in range(n))]
    one = activity(heard, Holding(0, 1, 0.5)).figures(weights)
    other = activity(again, Holding(0, 1, 0.5)).figures()
    assert {k: float(v[0]) for k, v in one.items()} == pytest.approx(
        {k: float(v[0]) for k, v in other.items()})


def test_a_hangover_holds_speech_and_no_longer():
    scores = np.array([0, 0, 9, 0, 0, 0, 0, 9, 0])
    assert Holding(0, 2, 5.0).decided(scores).tolist() == [0, 0, 1, 1, 1, 0, 0, 1, 1]
    assert Holding(0, 0, 5.0).decided(scores).tolist() == [0, 0, 1, 0, 0, 0, 0, 1, 0]


def test_smoothing_is_a_running_mean():
    np.testing.assert_allclose(Holding(1).held(np.array([4.0, 0, 0, 8])), [4, 2, 1, 4.5])
    assert Holding(2, 3).held(np.array([])).size == 0


def test_the_chosen_point_has_the_best_balanced_accuracy_of_all_that_are_tried():
    heard = some(3, apart=1.5)
    found = chosen(heard, 0.04, (0, 1))
    best = 0.0
    for shift in (0, 1):
        for hangover in (0, 1, 2, 3, 5, 8):
            truth, scores = joined(heard, Holding(shift, hangover))
            best = max(best, *(balanced_accuracy_score(truth, scores >= each)
                               for each in np.unique(scores)))
    truth, scores = joined(heard, found)
    balanced = balanced_accuracy_score(truth, scores >= found.threshold)
    assert balanced == pytest.approx(best, abs=1e-3)


def test_a_held_decision_is_worth_waiting_only_where_it_helps():
    """Scores that are the truth need neither smoothing nor hangover."""
    heard = [Heard("a", each.speech.astype(float), each.speech) for each in some()]
    assert chosen(heard, 0.02) == Holding(0, 0, 1.0)


def test_the_curve_passes_where_sklearns_does():
    heard = some(1)
    found = activity(heard, Holding()).roc
    truth, scores = joined(heard)
    passed, hits, _ = roc_curve(truth, scores, drop_intermediate=False)
    points = {(round(float(a), 6), round(float(b), 6)) for a, b in zip(passed, hits, strict=True)}
    assert {tuple(np.round(each, 6).tolist()) for each in found} <= points
    assert (np.diff(found, axis=0) >= 0).all() and found[-1].tolist() == [1, 1]


def test_a_record_gives_the_same_figures():
    found = activity(some(), Holding(0, 1, 0.4))
    again = Activity.from_dict(found.as_dict())
    assert intervals([found]) == intervals([again])


def test_intervals_hold_the_figure_and_narrow_with_more_speakers():
    few, many = (intervals([activity(some(5, people), Holding(0, 0, 0.5))])["auc"]
                 for people in (6, 60))
    for value, low, high in (few, many):
        assert low < value < high
    assert many[2] - many[1] < few[2] - few[1]


def test_differences_are_of_the_same_speakers():
    """A detector against itself differs in nothing; a better one is ahead on every draw."""
    heard = some(2, 12)
    one = activity(heard, Holding(0, 0, 0.5))
    assert set(intervals([one], [one]).values()) == {(0.0, 0.0, 0.0)}
    better = activity([Heard(each.who, each.scores + 2.0 * each.speech, each.speech)
                       for each in heard], Holding(0, 0, 1.5))
    value, low, _ = intervals([better], [one])["auc"]
    assert 0 < low < value
    assert intervals([one, better], [one])["auc"][0] == pytest.approx(value / 2)
