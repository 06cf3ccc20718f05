"""Continuous recordings: seeded, as busy as asked, what happened in order and inside."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.data.dataset import Dataset
from lnnlab.data.streams import Stream, StreamPlan, build_stream
from lnnlab.errors import UserError

RATE_HZ, CLIP = 200.0, 100  # clips of half a second


def clips(count=12):
    random = np.random.default_rng(0)
    noise = random.normal(0, 0.1, 3000).astype(np.float32)
    names = np.array([f"r{k}" for k in range(count)])
    return Dataset(
        "clips", random.normal(0, 0.1, (count, CLIP, 1)).astype(np.float32),
        np.arange(count) % 3, ("yes", "no", "silence"), ("sound",), RATE_HZ,
        {"recording": names}, np.zeros(count, int), background={"test": (noise, noise[::-1])},
    )


def in_order_and_inside(events, duration_s):
    places = [0.0] + [t for each in events for t in (each.start_s, each.end_s)] + [duration_s]
    assert (np.diff(places) >= -1e-9).all()


@given(st.floats(0.02, 0.97), st.floats(30, 90), st.integers(0, 2**31))
@settings(max_examples=40)
def test_the_share_of_activity_comes_out(activity, duration_s, seed):
    dataset, plan = clips(), StreamPlan(duration_s, seed=seed, activity=activity)
    stream = build_stream(dataset, np.arange(len(dataset)), plan)
    clip_s = CLIP / RATE_HZ
    assert abs(stream.activity - activity) <= 0.51 * clip_s / duration_s + 1 / RATE_HZ
    in_order_and_inside(stream.events, duration_s)
    assert {each.label for each in stream.events} <= {"yes", "no"}
    again = build_stream(dataset, np.arange(len(dataset)), plan)
    np.testing.assert_array_equal(again.x, stream.x)
    assert again.events == stream.events


@given(st.floats(0, 3), st.floats(0, 3), st.integers(0, 2**31))
@settings(max_examples=25)
def test_pauses_keep_to_their_range(low, more, seed):
    plan = StreamPlan(40.0, (low, low + more), seed=seed)
    stream = build_stream(clips(), np.arange(12), plan)
    in_order_and_inside(stream.events, 40.0)
    pairs = zip(stream.events, stream.events[1:], strict=False)
    gaps = [b.start_s - a.end_s for a, b in pairs]
    assert all(low - 0.01 <= gap <= low + more + 0.01 for gap in gaps)


def test_pauses_by_range_are_as_they_were_before_shares():
    """Tables were made from such streams: the same plan still says the same at the same time."""
    stream = build_stream(clips(), np.arange(12), StreamPlan(12.0, (0.5, 1.5), seed=3))
    assert [(each.label, each.start_s) for each in stream.events] == [
        ("yes", 0.735), ("yes", 2.465), ("no", 3.855), ("yes", 5.285), ("no", 7.02),
        ("yes", 8.3), ("no", 9.995), ("no", 10.995)]


def test_a_stream_of_one_channel_or_more_is_fed_alike():
    x = np.zeros((20, 3), np.float32)
    assert Stream(x, 10.0, ()).samples.shape == (20, 3)
    assert Stream(x[:, 0], 10.0, ()).samples.shape == (20, 1)
    assert Stream(x, 10.0, ()).duration_s == 2 and Stream(x, 10.0, ()).activity == 0


@pytest.mark.parametrize("plan, words", [
    ({"activity": 0.1, "gap_s": (1, 4)}, "give one of them"),
    ({"activity": 0.0}, "choose a share above 0 and below 1"),
    ({"activity": 1.0}, "choose a share above 0 and below 1"),
    ({"activity": float("nan")}, "choose a share above 0 and below 1"),
    ({"gap_s": (2, 1)}, "choose a rising range"),
    ({"duration_s": 1.0}, "choose more than 2 s"),
    ({"duration_s": float("inf")}, "choose more than 2 s, and an end"),
    ({"duration_s": 3.0, "activity": 0.05}, "has no room for a clip"),
])
def test_mistakes_are_named(plan, words):
    with pytest.raises(UserError, match=words) as caught:
        build_stream(clips(), np.arange(12), StreamPlan(**plan))
    assert "\n" not in str(caught.value)
