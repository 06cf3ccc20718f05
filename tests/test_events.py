"""Event-level scoring against a matcher that tries everything."""

import math
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.data.streams import Event, Stream
from lnnlab.errors import UserError
from lnnlab.experiments import wake_word
from lnnlab.scoring.events import Report, Score, choose_threshold, pooled, score, sweep

LABELS = ("yes", "no", "unknown")


@st.composite
def spoken(draw):
    """Events in order, none over another, on a grid on which windows often meet."""
    events, at = [], 0.0
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.sampled_from((0.0, 0.5, 1.0)))
        end = at + draw(st.sampled_from((0.5, 1.0)))
        events.append(Event(draw(st.sampled_from(LABELS)), at, end))
        at = end
    return events


SAID = st.lists(
    st.tuples(st.integers(0, 24).map(lambda k: k / 4), st.sampled_from(LABELS[:2])), max_size=7
)


def most_hits(reports, events, tolerance_s):
    """The most events that can be hit, over every way of giving each a report or none."""
    @cache
    def best(first, left):
        if first == len(events):
            return 0
        event, found = events[first], best(first + 1, left)
        for k in left:
            time, label = reports[k]
            if label == event.label and event.start_s <= time <= event.end_s + tolerance_s:
                found = max(found, 1 + best(first + 1, left - {k}))
        return found
    return best(0, frozenset(range(len(reports))))


@given(SAID, spoken(), st.sampled_from((0.0, 0.25, 0.75, 2.0)))
@settings(max_examples=300)
def test_as_many_events_are_hit_as_can_be(reports, events, tolerance_s):
    found = score(reports, events, 0.1, ("unknown",), tolerance_s)
    wanted = [each for each in events if each.label != "unknown"]
    assert found.hits == most_hits(reports, wanted, tolerance_s)
    assert found.hits + found.misses == len(wanted) == found.events
    assert found.hits + found.false_accepts == len(reports)
    kinder = score(reports, events, 0.1, ("unknown",), tolerance_s, forgive_repeats=True)
    assert kinder.hits == found.hits
    assert kinder.false_accepts + kinder.repeats == found.false_accepts
    assert found.f1 <= kinder.f1 <= 1


@given(SAID, spoken())
@settings(max_examples=50)
def test_f1_is_the_harmonic_mean_and_order_does_not_matter(reports, events):
    found = score(reports, events, 1.0)
    assert score(reports[::-1], events, 1.0) == found or math.isnan(found.delay_s)
    if found.hits:
        assert found.f1 == pytest.approx(2 / (1 / found.precision + 1 / found.recall))
        assert 0 <= found.delay_s <= found.worst_delay_s


def test_a_wrong_word_is_a_false_accept_and_a_miss():
    events = [Event("yes", 1, 2), Event("no", 3, 4)]
    found = score([Report(1.5, "no"), Report(3.5, "no")], events, 0.5)
    assert (found.hits, found.misses, found.false_accepts) == (1, 1, 1)
    assert found.f1 == found.recall == found.precision == 0.5
    assert found.false_accepts_per_h == 2 and found.delay_s == found.worst_delay_s == 0.5


def test_a_report_of_an_unknown_word_as_a_command_is_a_false_accept():
    found = score([(1.5, "yes")], [Event("unknown", 1, 2)], 1.0, ("unknown",))
    assert (found.events, found.false_accepts, found.f1) == (0, 1, 0.0)


def test_scores_without_events_or_reports():
    nothing = score([], [], 1.0)
    assert nothing.f1 == 1 and math.isnan(nothing.recall) and math.isnan(nothing.precision)
    assert math.isnan(nothing.delay_s) and math.isnan(nothing.worst_delay_s)
    assert nothing.miss_percent == 0 and nothing.rate_band_per_h[0] == 0
    silent = score([], [Event("yes", 1, 2)], 1.0)
    assert silent.f1 == 0 and silent.recall == 0 and math.isnan(silent.precision)
    noisy = score([(1, "yes")], [], 1.0)
    assert noisy.f1 == 0 and noisy.precision == 0 and math.isnan(noisy.recall)


def test_the_best_f1_chooses_and_of_equals_the_middle():
    scores = {0.3: Score(5, 1, 9, 1.0), 0.5: Score(4, 2, 1, 1.0), 0.7: Score(4, 2, 1, 1.0),
              0.8: Score(4, 2, 1, 1.0), 0.9: Score(1, 5, 0, 1.0)}
    assert choose_threshold(scores) == 0.7
    heard = Stream([0.0] * 100, 10.0, (Event("yes", 1, 2), Event("yes", 5, 6)))
    said = {0.2: [(1.5, "yes"), (3.5, "yes"), (5.5, "yes")], 0.8: [(1.5, "yes"), (5.5, "yes")]}
    found = sweep(said.get, heard, thresholds=(0.2, 0.8))
    assert [each.false_accepts for each in found.values()] == [1, 0]
    assert choose_threshold(found) == 0.8 and heard.activity == pytest.approx(0.2)


def test_pooled_scores_add_up_and_have_no_delays():
    one, other = Score(5, 1, 9, 1.0, 0.4, 0.9, 2), Score(3, 2, 0, 0.5)
    both = pooled([one, other])
    assert both == Score(8, 3, 9, 1.5, pytest.approx(float("nan"), nan_ok=True),
                         pytest.approx(float("nan"), nan_ok=True), 2)
    assert both.f1 == 16 / (16 + 9 + 3) and both.false_accepts_per_h == 6


@pytest.mark.parametrize("call, words", [
    (lambda: score([], [], 0.0), "nothing to score"),
    (lambda: score([], [], 1.0, (), -1.0), "choose 0 s or more"),
    (lambda: choose_threshold({}), "give at least one"),
    (lambda: choose_threshold({0.5: Score(0, 0, 3, 1.0)}), "holds no event"),
])
def test_mistakes_are_named(call, words):
    with pytest.raises(UserError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_the_wake_word_is_scored_by_the_same_rules():
    assert wake_word.Score is Score
