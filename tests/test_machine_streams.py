"""Machines that start, run, fail and stop: the plan's shares, the corpus's samples, a network."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lnnlab.compress import quantise
from lnnlab.compress.quantise import background_count
from lnnlab.data import load, make_splits
from lnnlab.data.streams.machine import MachinePlan, build_machine_stream
from lnnlab.data.streams.view import for_stream
from lnnlab.data.streams.windows import cut_stream_windows
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError
from lnnlab.experiments.run import Budget
from lnnlab.experiments.stream_recipes import machine_task, report_config, trained_detector
from lnnlab.integer import run_stream
from lnnlab.models import parameter_count
from lnnlab.models.saved import load as load_model
from lnnlab.models.saved import save
from lnnlab.scoring import events

RATE_HZ = 100.0


def fan(rate_hz=RATE_HZ):
    """Two speeds, sound and faulty, and off: each recording counts up from a number of its own."""
    recordings = []
    for number, label in enumerate(("slow_0", "slow_1", "fast_0", "fast_1", "all_off")):
        for take in range(3):
            ramp = 1000.0 * (3 * number + take) + np.arange(600)
            recordings.append(Recording(f"{label} {take}", label, np.stack([ramp, -ramp], axis=1)))
    corpus = Corpus("fan", ("a", "b"), rate_hz, background_classes=("slow_0", "fast_0", "all_off"))
    return cut_windows(recordings, 100, 0.0, corpus)


@pytest.fixture(scope="module")
def view():
    return for_stream(fan())


@given(st.floats(0, 0.7), st.floats(0, 0.6), st.integers(0, 2**31))
@settings(max_examples=60)
def test_a_machine_keeps_to_its_plan(view, off, fault, seed):
    assume(off + fault < 0.95 and (fault == 0 or 120 * fault > 4))
    plan = MachinePlan(120.0, off, fault, (2.0, 4.0), 20.0, seed=seed)
    stream = build_machine_stream(view, np.arange(len(view)), plan)
    assert stream.x.shape == (12_000, 2) and stream.x.dtype == np.float32
    assert stream.activity == pytest.approx(fault, abs=0.005)
    lengths = [each.end_s - each.start_s for each in stream.events]
    assert all(1.98 <= each <= 4.02 for each in lengths)
    still = sum(each.end_s - each.start_s for each in stream.states if each.label == "all_off")
    assert still == pytest.approx(120 * off, abs=0.6)
    places = [t for each in stream.states for t in (each.start_s, each.end_s)]
    assert places[0] == 0 and places[-1] == 120 and places[1:-1:2] == places[2::2]
    for before, event in zip(stream.states, stream.states[1:], strict=False):
        if event in stream.events:  # a fault appears while the machine runs, at the same speed
            assert before.label == event.label.replace("_1", "_0")
    again = build_machine_stream(view, np.arange(len(view)), plan)
    np.testing.assert_array_equal(again.x, stream.x)
    assert again.states == stream.states


def test_samples_are_the_corpus_in_its_order(view):
    plan = MachinePlan(60.0, 0.3, 0.2, (2.0, 4.0), 20.0, fade_s=0.0, seed=1)
    stream = build_machine_stream(view, np.arange(len(view)), plan)
    for state in stream.states:
        low, high = (round(t * RATE_HZ) for t in (state.start_s, state.end_s))
        x = stream.x[low:high, 0]
        recording = (x // 1000).astype(int)
        own = {k for k, name in enumerate(dict.fromkeys(fan().groups["recording"]))
               if name.startswith(state.label)}
        assert set(recording) <= own
        steps = np.diff(x)[np.diff(recording) == 0]
        assert np.isin(steps, (1.0, -599.0)).all()  # goes on, or starts anew
    np.testing.assert_array_equal(stream.x[:, 1], -stream.x[:, 0])


@given(st.floats(0.0, 0.4), st.integers(0, 1000))
@settings(max_examples=20)
def test_fading_keeps_the_level(fade_s, seed):
    """Neither the sensor's offset nor the noise's power swells or dips where pieces meet."""
    random = np.random.default_rng(5)
    recordings = [Recording(f"{label} {k}", label, 5 + random.normal(size=(400, 1)))
                  for label in ("sound", "worn", "off") for k in range(4)]
    corpus = Corpus("level", ("a",), RATE_HZ, background_classes=("sound", "off"))
    dataset = for_stream(cut_windows(recordings, 100, 0.0, corpus))
    plan = MachinePlan(120.0, 0.3, 0.2, (2.0, 4.0), 15.0, fade_s, seed)
    x = build_machine_stream(dataset, np.arange(len(dataset)), plan).x[:, 0]
    blocks = x.reshape(-1, 40)
    assert np.abs(blocks.mean(axis=1) - 5).max() < 1.0
    assert x.std() == pytest.approx(1, abs=0.05) and blocks.std(axis=1).min() > 0.5


def test_only_the_rows_given_are_heard(view):
    last = np.flatnonzero(view.start >= 400)
    stream = build_machine_stream(view, last, MachinePlan(60.0, fade_s=0.0, seed=2))
    assert (stream.x[:, 0] % 1000 >= 400).all()


def test_a_view_puts_background_last_and_off_at_the_end(view):
    plain = fan()
    assert view.classes == ("fast_1", "slow_1", "fast_0", "slow_0", "all_off")
    assert view.background_classes == ("fast_0", "slow_0", "all_off")
    assert [view.classes[k] for k in view.y] == [plain.classes[k] for k in plain.y]
    np.testing.assert_array_equal(view.x, plain.x)
    assert for_stream(view) is view and view.hash != plain.hash
    assert background_count(view.classes, view.background_classes) == 3
    assert background_count(plain.classes, plain.background_classes) == 0


def test_a_corpus_without_off_gets_a_quiet_one():
    plain = load("bearing_sim", windows_per_recording=6)
    view = for_stream(plain)
    assert view.classes == ("inner", "outer", "ball", "normal", "off")
    assert "Class off is modelled" in view.note and len(view) > len(plain)
    off, normal = (view.x[view.y == view.classes.index(each)] for each in ("off", "normal"))
    assert 0.1 < off.std() / normal.std(axis=1).min() < 1
    for rule in ("load", "time", "fault_size"):
        for split in make_splits(view, rule):
            for rows in (split.train, split.validation, split.test):
                assert len(view.classes) - 1 in view.y[rows]
    assert for_stream(plain).hash == view.hash != for_stream(plain, seed=1).hash


def test_a_note_of_the_background_leaves_hashes_as_they_were():
    dataset = load("bearing_sim", windows_per_recording=2)
    assert dataset.background_classes == ("normal",)
    assert replace(dataset, background_classes=()).hash == dataset.hash


def test_windows_have_the_class_of_their_end(view):
    streams = {part: build_machine_stream(view, np.arange(len(view)), MachinePlan(60.0, seed=k))
               for k, part in enumerate(("train", "validation", "test"))}
    made = cut_stream_windows(view, streams, 80, 20)
    assert made.classes == view.classes and made.background_classes == view.background_classes
    split = make_splits(made, "official")[0]
    assert len(split.train) and len(split.test)
    for row in range(0, len(made), 7):
        stream = streams[made.part[row]]
        start = made.start[row]
        np.testing.assert_array_equal(made.x[row], stream.x[start : start + 80])
        middle, end = (start + 40) / RATE_HZ, (start + 79) / RATE_HZ
        state = next(each for each in stream.states if each.start_s <= end < each.end_s)
        assert made.classes[made.y[row]] == state.label and state.start_s <= middle


def test_a_liquid_network_finds_faults_of_the_simulator(tmp_path):
    corpus = load("bearing_sim", windows_per_recording=12)
    task = machine_task(corpus, "load", seconds={"train": 120, "validation": 60, "test": 40})
    saved = trained_detector(task, tmp_path, budget=Budget(8))
    assert parameter_count(saved.network) <= 3000
    save(saved, tmp_path / "again.pt")
    model = quantise(load_model(tmp_path / "again.pt"))
    assert events.background_of(model) == ("normal", "off")
    scores = {}
    for part in ("validation", "test"):
        stream = task.stream(MachinePlan(90.0, 0.4, 0.3, (3, 6), 30, seed=4), part)
        found = events.probabilities(model, stream)
        scores[part] = events.sweep(
            lambda each, found=found: events.find(model, found, report_config(model, each)),
            stream, forgive_repeats=True)
    best = events.choose_threshold(scores["validation"])
    assert scores["test"][best].f1 >= 0.7 and scores["test"][best].delay_s < 1.5
    said = run_stream(model, model.quantise(stream.samples), report_config(model, best))
    ends = events.frame_ends_s(model, len(said.label))
    assert events.reported(said, ends, model.classes) == events.find(
        model, found, report_config(model, best))
    with pytest.raises(UserError, match="a stream of 2 channels, but the network takes 1"):
        events.probabilities(model, replace(stream, x=np.tile(stream.x, (1, 2))))


@pytest.mark.parametrize("plan, words", [
    ({"off": 1.0}, "off = 1: choose a share from 0 to below 1"),
    ({"fault": -0.1}, "fault = -0.1: choose a share"),
    ({"off": 0.6, "fault": 0.4}, "leave no time to run soundly"),
    ({"fault_s": (5, 3)}, "choose a rising range above 0 s"),
    ({"duration_s": 1.0}, "choose more than 2 s"),
    ({"duration_s": float("inf")}, "choose more than 2 s, and an end"),
    ({"cycle_s": 0.0}, "choose more than 0 s"),
    ({"fade_s": -1.0}, "choose 0 s or more"),
    ({"duration_s": 20.0}, "no number of faults of 4 to 12 s takes that long"),
])
def test_mistakes_in_a_plan_are_named(view, plan, words):
    with pytest.raises(UserError, match=words) as caught:
        build_machine_stream(view, np.arange(len(view)), MachinePlan(**plan))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("call, words", [
    (lambda: for_stream(replace(fan(), background_classes=())), "which classes are never repor"),
    (lambda: for_stream(fan(), ("slow_2",)), "slow_2"),
    (lambda: for_stream(fan(), fan().classes), "every class is background"),
    (lambda: for_stream(load("spoken_words", voices=4)), "class 'off' is to be reported"),
    (lambda: build_machine_stream(replace(fan(), background_classes=()), np.arange(9),
                                  MachinePlan()), "no machine to stream yet"),
    (lambda: build_machine_stream(for_stream(fan()), np.arange(9), MachinePlan()),
     "no window of a machine off"),
    (lambda: cut_stream_windows(fan(), {"train": None}, 10, 10), "give train, validation, test"),
])
def test_mistakes_with_data_are_named(call, words):
    with pytest.raises(UserError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
