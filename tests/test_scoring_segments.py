"""Segment-based F1 against sed_eval's answers; onsets and offsets from probabilities."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from lnnlab.data.streams import Event
from lnnlab.errors import UserError
from lnnlab.scoring.segments import (
    Detecting,
    activity,
    events_of,
    f1_interval,
    segment_counts,
)

GIVEN = json.loads((Path(__file__).parent / "sed_eval_cases.json").read_text())


@pytest.mark.parametrize("case", GIVEN["cases"], ids=lambda each: f"{each['segment_s']} s")
def test_segments_are_scored_as_sed_eval_does(case):
    """Overlapping events among them; the file is made by ``sed_eval_cases.py``."""
    truth, found = (activity([Event(*each) for each in case[name]], GIVEN["classes"],
                             case["duration_s"], case["segment_s"])
                    for name in ("truth", "found"))
    counts = segment_counts(truth, found)
    assert counts.f1 == pytest.approx(case["f1"])
    told = counts.hits > 0  # without a hit sed_eval gives nan, and this 0 where one was to be had
    assert [each is not None for each in case["class_f1"]] == told.tolist()
    assert counts.class_f1[told] == pytest.approx([each for each in case["class_f1"] if each])
    assert np.nan_to_num(counts.class_f1[~told]) == pytest.approx(0.0)


@given(st.integers(0, 1000), st.integers(0, 7))
def test_stretches_add_up_to_the_whole(seed, stretch):
    random = np.random.default_rng(seed)
    truth, found = random.random((2, 23, 3)) < 0.3
    counts = segment_counts(truth, found, stretch)
    assert counts.f1 == pytest.approx(f1_score(truth, found, average="micro", zero_division=1.0))
    whole = segment_counts(truth, found)
    assert counts.class_f1 == pytest.approx(whole.class_f1, nan_ok=True)


def test_a_class_begins_above_one_level_and_ends_below_another():
    ends_s = 0.1 * np.arange(1, 31)
    level = np.zeros((30, 2))
    level[5:10, 0], level[10:15, 0] = 0.8, 0.4  # held: above 0.3
    level[20:22, 0] = 0.45  # never above 0.5
    level[25, 1] = 0.9
    how = Detecting(0.5, 0.3, shortest_s=0.2)
    assert events_of(level, ends_s, ("a", "b"), how) == [Event("a", 0.5, 1.5)]
    short = events_of(level, ends_s, ("a", "b"), Detecting(0.5, 0.3, shortest_s=0))
    assert [(each.label, round(each.start_s, 3), round(each.end_s, 3)) for each in short] == [
        ("a", 0.5, 1.5), ("b", 2.5, 2.6)]
    level[17:19, 0] = 0.9  # 0.2 s after the first
    assert [round(each.end_s, 3) for each in events_of(level, ends_s, ("a",), how)] == [1.9]
    assert events_of(level[:0], ends_s[:0], ("a",)) == []


def test_silence_throughout_is_right_where_nothing_was():
    nothing = activity([], ("a", "b"), 10.0)
    counts = segment_counts(nothing, nothing, 2)
    assert counts.f1 == 1.0 and np.isnan(counts.class_f1).all()
    assert f1_interval(counts, 50) == (1.0, 1.0)


def test_events_over_one_another_count_for_each_class():
    both = activity([Event("a", 0.5, 2.5), Event("b", 1.2, 1.4), Event("a", 2.2, 3.0)],
                    ("a", "b"), 3.5)
    assert both.tolist() == [[True, False], [True, True], [True, False], [False, False]]


@pytest.mark.parametrize("wrong, words", [
    (lambda: activity([Event("a", 2.0, 1.0)], ("a",), 5.0), "ends before it starts"),
    (lambda: activity([], ("a",), 0.0), "nothing to score"),
    (lambda: Detecting(0.2, 0.5), "choose 0 < off ≤ on"),
    (lambda: Detecting(gap_s=-1.0), "0 s or more"),
])
def test_what_cannot_be_is_said_in_a_line(wrong, words):
    with pytest.raises(UserError, match=words):
        wrong()
