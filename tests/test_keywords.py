"""Keyword networks end to end on the synthetic words: train, quantise, stream, board, wake word."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab import lnn_file
from lnnlab.compress import FineTuning, finetune, prune, quantise
from lnnlab.data import load, make_splits
from lnnlab.data.streams import Event, Stream, StreamPlan, build_stream
from lnnlab.errors import UserError
from lnnlab.experiments import wake_word
from lnnlab.experiments.always_on import always_on
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.deployment import Deployment
from lnnlab.experiments.keyword_recipes import ROWS, families, family
from lnnlab.experiments.recipes import Recipe, altered, from_dict
from lnnlab.experiments.results import RunRecord
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.teacher import teacher_of, teachers_of
from lnnlab.experiments.trained import teacher_network, trained
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer import StreamConfig, run_stream
from lnnlab.integer.decisions import decide
from lnnlab.models import build, parameter_count
from lnnlab.models.saved import load as load_model
from lnnlab.profiling.stream import stream_costs
from lnnlab.scoring import events
from lnnlab.target.batch import BatchRunner
from lnnlab.target.boards import board
from lnnlab.testing import HILTester


@pytest.fixture(scope="module")
def dataset():
    return load("spoken_words", voices=22)


@pytest.fixture(scope="module")
def split(dataset):
    return make_splits(dataset, "official")[0]


@pytest.fixture(scope="module")
def saved(dataset, split, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LNNLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        recipe = family("liquid_small", dataset, 1, versions=4)[0]
        return trained(Run(dataset, split, recipe, 0), folder)


@pytest.fixture(scope="module")
def model(saved):
    return quantise(saved)


def test_a_small_network_learns_the_synthetic_words(saved, model, dataset, split):
    x = torch.from_numpy(extract(dataset.x[split.test], saved.features))
    with torch.no_grad():
        guess = saved.network(x).argmax(dim=1).numpy()
    right = np.mean(guess == dataset.y[split.test])
    assert right > 0.7  # chance is 1 in 12
    said = model.run(model.quantise(dataset.x[split.test]))
    assert abs(np.mean(said.decision == dataset.y[split.test]) - right) < 0.06


def test_window_and_stream_agree_in_the_float_network(saved, dataset):
    x = torch.from_numpy(extract(dataset.x[:8], saved.features))
    with torch.no_grad():
        torch.testing.assert_close(saved.network.stream(x)[:, -1], saved.network(x))


def test_the_c_is_the_twin_on_every_test_clip(model, dataset, split):
    samples = model.quantise(dataset.x[split.test][:20])
    twin = model.run(samples)
    said = BatchRunner(lnn_file.to_bytes(model), "cortex-m4").run(samples)
    np.testing.assert_array_equal(said.logits, twin.logits)
    np.testing.assert_array_equal(said.digests, twin.digests)


def test_a_real_stream_in_c_is_the_twins(model, dataset, split):
    stream = build_stream(dataset, split.test, StreamPlan(8.0, seed=1))
    samples = model.quantise(stream.x[:, None])
    config = StreamConfig(2, 10, 0.5)
    twin = run_stream(model, samples, config)
    said = BatchRunner(lnn_file.to_bytes(model), "cortex-m33").stream(samples, config)
    np.testing.assert_array_equal(said, np.stack(
        [twin.label, twin.confidence_q15, twin.detected], axis=1))
    assert len(said) == 1 + (len(samples) - 512) // 320


def test_a_board_is_tested_by_the_call_of_the_listing(model, dataset, split, tmp_path):
    lnn_file.write(model, tmp_path / "keyword.lnn")
    tester = HILTester(device="stm32f407", model=tmp_path / "keyword.lnn")
    found = tester.run_tests(test_dataset=dataset, measure_power=True, measure_latency=True,
                             limit=24, progress=False)
    assert found.mismatches == 0 and found.items == 24 and found.confusion.sum() == 24
    assert found.accuracy == np.trace(found.confusion) / 24
    assert 0 < found.mean_latency_ms <= found.worst_latency_ms < 1000
    assert found.avg_power_mw > 0
    with pytest.raises(UserError, match="the model takes"):
        tester.run_tests(test_dataset=replace(dataset, x=dataset.x[:, :8000]))
    with pytest.raises(UserError, match="bearing_sim: class 'normal' is none of"):
        tester.run_tests("bearing_sim")


def test_a_tester_takes_another_transport_and_counts_what_differs(model, dataset):
    class Wrong:
        basis, identity, clock_hz = "measured", "", 64e6

        def take(self, board, blob):
            assert board.name == "nrf52840" and lnn_file.from_bytes(blob).classes == model.classes

        def decide(self, samples):
            logits = model.run(samples).logits
            logits[0, 0] += 1
            yield logits

        def cycles(self, samples):
            return None

    found = HILTester("nrf52840", model, Wrong()).run_tests(dataset, limit=10, progress=False)
    assert found.mismatches == 1 and found.mean_latency_ms is None and found.avg_power_mw is None


def test_costs_of_a_stream(model, dataset):
    samples = model.quantise(dataset.x[0])
    found = stream_costs(lnn_file.to_bytes(model), board("nrf52840"), samples, frames=6)
    assert 0 < found.flash_share < 1
    assert found.flash_cycles_per_s == pytest.approx((1 + found.flash_share) * found.cycles_per_s)
    assert found.flash_average_mw > found.average_mw
    assert found.frames_per_s == 50
    total = sum(sum(band) for band in found.by_stage.values()) / 2
    assert total == pytest.approx(found.cycles_per_s / 50)
    assert found.average_mw == pytest.approx(
        stream_costs(lnn_file.to_bytes(model), board("nrf52840"), samples, 6).average_mw)
    with pytest.raises(UserError, match="needed to keep up"):
        slow = replace(board("stm32f030"), clock_mhz=1.0)
        stream_costs(lnn_file.to_bytes(model), slow, samples, 4)


def test_finetuning_takes_keyword_networks_and_pruning_says_why_not(saved, dataset, split):
    rows = split.train[:64]
    tuned = finetune(saved, dataset.x[rows], dataset.y[rows], FineTuning(1))
    assert parameter_count(tuned.network) == parameter_count(saved.network)
    assert finetune(saved, dataset.x[rows], dataset.y[rows], FineTuning(0)) is saved
    with pytest.raises(UserError, match="made smaller by its channels"):
        prune(saved, 0.1)
    with pytest.raises(UserError, match="float32 files hold"):
        lnn_file.float_to_bytes(saved)


def test_rivals_in_the_frame_say_that_they_have_no_form_on_the_target(saved, dataset):
    rival = build("keyword_lstm", 40, 12, channels=8)
    with pytest.raises(UserError, match="LSTM in blocks has no form on the target: .*keyword_l"):
        quantise(replace(saved, network=rival.eval()))


def test_rows_keep_to_their_budgets(dataset):
    sizes = {}
    for row, (model, _) in ROWS.items():
        recipe = family(row, dataset)[0]
        if model not in ("majority", "logistic_regression"):
            sizes[row] = parameter_count(build(model, 40, 12, steps=49, **recipe.options))
    assert sizes["liquid"] <= 10_000 and sizes["liquid_small"] <= 5_000
    for row in sizes:
        if row not in ("cnn", "lstm_large", "liquid_large") and "small" not in row:
            assert 8_000 < sizes[row] <= 10_000, row
    assert sizes["liquid_large"] < sizes["cnn"]
    with pytest.raises(UserError, match="did you mean 'liquid'"):
        family("liqid", dataset)
    with pytest.raises(UserError, match="rows: give at least one"):
        families([], dataset)


def test_versions_of_clips_are_kept_and_begin_alike(dataset, split, tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path))
    few = replace(split, train=split.train[:6])
    recipes = [family("liquid_small", dataset, 1, count)[0] for count in (2, 2, 3)]
    two, again, three = (augmented(Run(dataset, few, each, 0)) for each in recipes)
    np.testing.assert_array_equal(two, again)
    np.testing.assert_array_equal(three[:2], two)
    assert two.shape == (2, 6, 49, 40) and len(list(tmp_path.rglob("*.npy"))) == 2


def test_a_row_learns_from_the_mean_of_its_teachers(dataset, split, tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path / "cache"))
    few = replace(split, train=split.train[::8])
    alone = family("liquid_small", dataset, 1, 2)[0]
    taught = replace(family("liquid_small", dataset, 1, 2, teachers=["liquid_small"])[0],
                     teacher_seeds=(0, 1))
    assert taught.teachers == (alone,) and alone.teachers == ()
    assert not {"teachers", "teacher_seeds"} & set(alone.as_dict())
    assert from_dict(json.loads(json.dumps(taught.as_dict()))) == taught
    run = Run(dataset, few, taught, 0, Budget(2))
    plain = replace(run, recipe=alone)
    said = teacher_of(run, teacher_network)
    networks = [load_model(path).network for path in (tmp_path / "cache").rglob("*.pt")]
    x = augmented(run)
    with torch.no_grad():
        wanted = [network(torch.from_numpy(np.float32(x[1]))).numpy() for network in networks]
    np.testing.assert_allclose(said[1], np.mean(wanted, axis=0), rtol=2e-3, atol=2e-3)
    assert len(networks) == 2 and teacher_of(plain, teacher_network) is None
    made = [trained(each, tmp_path / place).network.state_dict()
            for each, place in ((run, "a"), (run, "b"), (plain, "c"))]
    weights = [each["readout.weight"] for each in made]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_changes_are_of_every_row_and_of_its_teachers(dataset, split, tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path))
    usual = family("liquid_small", dataset, 1, 2, teachers=["liquid_small"])[0]
    null = family("majority", dataset)
    hidden = {"masked_bands": 12, "masked_frames": 12}
    (taught,), (same,) = altered([[usual], null], {"augmentation": hidden, "teacher_seeds": [4]})
    assert same == null[0] and from_dict(json.loads(json.dumps(taught.as_dict()))) == taught
    run = Run(dataset, replace(split, train=split.train[::16]), taught, 0, Budget(3))
    (master,) = teachers_of(run)
    assert (master.recipe.augmentation, master.seed, master.recipe.teacher_seeds) == (hidden, 4, ())
    np.testing.assert_array_equal(augmented(run), augmented(master))
    assert 0.2 < np.mean(augmented(run) == augmented(replace(run, recipe=usual))) < 0.95


def test_teachers_may_answer_to_what_is_hidden_from_their_students(
    dataset, split, tmp_path, monkeypatch
):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path))
    usual = family("liquid_small", dataset, 1, 2, teachers=["liquid_small"])[0]
    hidden = {"masked_bands": 12, "masked_frames": 12}
    ((taught,),) = altered([[usual]], {"augmentation": hidden, "whole_labels": True,
                                       "teacher_seeds": [0]})
    assert from_dict(json.loads(json.dumps(taught.as_dict()))) == taught
    run = Run(dataset, replace(split, train=split.train[::16]), taught, 0, Budget(2))
    (master,) = teachers_of(run)  # itself trained with stretches hidden
    assert (master.recipe.augmentation, master.recipe.whole_labels) == (hidden, False)
    network, heard = teacher_network(master), augmented(replace(run, recipe=usual))
    with torch.no_grad():
        wanted = [network(torch.from_numpy(np.float32(each))).numpy() for each in heard]
    answers = teacher_of(run, teacher_network)
    np.testing.assert_allclose(answers, wanted, rtol=2e-3, atol=2e-3)
    alike = teacher_of(replace(run, recipe=replace(taught, whole_labels=False)), teacher_network)
    assert np.abs(np.float32(alike) - answers).max() > 0.02  # those hear what the student does


@pytest.mark.parametrize("changes, words", [
    ({"versons": 2}, "change of recipes 'versons': did you mean 'versions'"),
    ("versions", "changes = 'versions': give a dictionary"),
    ({"versions": 0}, "versions = 0: give a whole number of 1 or more"),
    ({"versions": "4"}, "versions = '4': give a whole number"),
    ({"teacher_seeds": []}, r"teacher_seeds = \[\]: give a list of different whole numbers"),
    ({"teacher_seeds": [0, 0]}, "give a list of different whole numbers"),
    ({"teacher_seeds": 3}, "teacher_seeds = 3: give a list"),
    ({"whole_labels": "yes"}, "whole_labels = 'yes': give true or false"),
    ({"whole_labels": True}, "whole_labels: nothing is hidden from any row; give augmentation"),
    ({"augmentation": 6}, "augmentation = 6: give a dictionary"),
    ({"augmentation": {"masked_band": 6}}, "'masked_band': did you mean 'masked_bands'"),
    ({"augmentation": {"masked_bands": -6}}, "masked_bands = -6: give a whole number of 0 or"),
    ({"augmentation": {"masked_bands": 2.5}}, "masked_bands = 2.5: give a whole number"),
    ({"augmentation": {"noisy": 7}}, "noisy = 7: give a number from 0 to 1"),
    ({"augmentation": {"speed": "a"}}, "speed = 'a': give a number from 0 to 1"),
    ({"augmentation": {"shift_ms": -1}}, "shift_ms = -1: give a number of 0 or more"),
    ({"augmentation": {"gain_db": 5}}, "gain_db = 5: give two numbers, the lower one first"),
    ({"augmentation": {"snr_db": [9, 3]}}, "snr_db = .9, 3.: give two numbers"),
    ({"augmentation": {"wrap": "no"}}, "wrap = 'no': give true or false"),
])
def test_a_wrong_change_is_one_line(changes, words, dataset):
    taught = family("liquid_small", dataset, 1, 2, teachers=["liquid_small"])
    with pytest.raises(UserError, match=words):
        altered([taught], changes)


@pytest.mark.parametrize("changes", [{"teacher_seeds": [1]}, {"whole_labels": True}])
def test_what_is_of_teachers_needs_teachers(changes, dataset):
    with pytest.raises(UserError, match="no row has teachers; name some, or leave it out"):
        altered([family("liquid_small", dataset)], changes)


def test_a_stream_holds_what_it_says(dataset, split):
    plan = StreamPlan(20.0, (0.5, 1.5), (10, 10), 0.01, seed=4)
    stream = build_stream(dataset, split.test, plan)
    assert len(stream.x) == 20 * 16000 and len(stream.events) > 5
    assert all(event.label != "silence" for event in stream.events)
    gaps = [b.start_s - a.end_s for a, b in zip(stream.events, stream.events[1:], strict=False)]
    assert min(gaps) >= 0.5 - 1e-4 and max(gaps) <= 1.5 + 1e-4
    quiet = stream.x[: int(stream.events[0].start_s * 16000)]
    assert np.sqrt(np.mean(quiet**2)) == pytest.approx(0.01, rel=0.35)
    event = stream.events[0]
    heard = stream.x[int(event.start_s * 16000) : int(event.end_s * 16000)]
    assert 10 * np.log10(np.mean(heard**2) / 1e-4) == pytest.approx(10.4, abs=1.5)
    np.testing.assert_array_equal(build_stream(dataset, split.test, plan).x, stream.x)
    with pytest.raises(UserError, match="no clips or no 'test' background"):
        build_stream(replace(dataset, background={}), split.test, plan)


def test_reports_are_matched_with_what_was_said():
    stream = Stream(np.zeros(16000 * 36), 16000.0, (
        Event("yes", 1.0, 2.0), Event("no", 4.0, 5.0), Event("yes", 8.0, 9.0)))
    ends = np.arange(0, 36, 0.5)
    label, detected = np.zeros(len(ends), int), np.zeros(len(ends), bool)
    for time in (1.5, 2.5, 4.5, 20.0):  # a hit, the same again, another's word, nothing said
        detected[int(time * 2)] = True
    said = decide(np.zeros((len(ends), 3), np.int64), 1, StreamConfig())
    said = replace(said, label=label, detected=detected)
    found = wake_word.score("yes", ("yes", "no", "silence"), said, ends, stream)
    assert (found.hits, found.misses, found.false_accepts) == (1, 1, 3)
    assert found.miss_percent == 50 and found.false_accepts_per_h == pytest.approx(300)
    low, high = found.rate_band_per_h
    assert low == pytest.approx(61.87, abs=0.05) and high == pytest.approx(876.7, abs=0.5)
    assert found.delay_s == pytest.approx(0.5)
    with pytest.raises(UserError, match="wake word"):
        wake_word.score("yess", ("yes", "no"), said, ends, stream)


def test_all_words_together_are_scored_as_one_by_one(model, dataset, split):
    stream = build_stream(dataset, split.test, StreamPlan(60.0, seed=2, activity=0.3))
    assert stream.activity == pytest.approx(0.3, abs=0.01)
    background = events.background_of(model)
    assert background == ("unknown", "silence") == dataset.background_classes
    found = events.probabilities(model, stream)
    scores = events.sweep(
        lambda each: events.find(model, found, StreamConfig(3, 25, each)), stream, background)
    alone = [wake_word.sweep(word, model, stream) for word in model.classes[:-2]]
    for threshold, score in scores.items():
        own = [each[threshold] for each in alone]
        assert score.hits == sum(each.hits for each in own)
        assert score.misses == sum(each.misses for each in own)
        assert score.false_accepts == sum(each.false_accepts for each in own)
    assert scores[events.choose_threshold(scores)].f1 == max(s.f1 for s in scores.values()) > 0


@given(st.integers(0, 10**6))
@settings(max_examples=5)
def test_a_higher_threshold_reports_no_more_frames(seed):
    random = np.random.default_rng(seed)
    probabilities = random.integers(0, 32768, (50, 3))
    counts = []
    for threshold in (0.3, 0.6, 0.9):
        said = decide(probabilities, 1, StreamConfig(1, 0, threshold))
        counts.append(np.sum((said.label < 2) & (said.confidence_q15 >= threshold * 32768)))
    assert counts == sorted(counts, reverse=True)


def test_the_lowest_threshold_that_keeps_to_the_rate_is_chosen():
    scores = {t: wake_word.Score(5, 1, n, 1.0, 0.3) for t, n in ((0.3, 9), (0.5, 2), (0.9, 0))}
    assert wake_word.choose(scores, 2.0) == 0.5
    assert wake_word.choose(scores, 0.5) == 0.9


SOUND = FeatureSpec("pcen", frame=512, hop=320, bands=40,
                    mel={"rate_hz": 16000.0, "low_hz": 60.0, "high_hz": 7600.0})


def test_always_on_adds_up_what_runs_how_often():
    stages = {"features": (490.0, 490.0), "layers": (980.0, 980.0), "readout": (10.0, 10.0),
              "other": (0.0, 0.0)}
    results = {"stages": stages, "steps": 49}

    def deployed(name, features=SOUND, **more):
        run = Run(None, None, Recipe(name, features), 0)
        return Deployment(RunRecord(run, {}), "nrf52840", results | more)

    step = always_on(deployed("lstm"), "nrf52840")
    assert step.cycles_per_s == pytest.approx(50 * 10 + 50 * 20 + 4 * 10)
    whole = always_on(deployed("ds_cnn_42k"), "nrf52840")
    assert whole.cycles_per_s == pytest.approx(50 * 10 + 4 * 980 + 4 * 10)
    assert whole.frame_latency_ms == pytest.approx((10 + 980 + 10) / 64e3)
    liquid = always_on(deployed("keyword_linear_ltc", stream={"frame_cycles": (90.0, 110.0)}),
                       "nrf52840")
    assert liquid.cycles_per_s == pytest.approx(5000)
    seldom = replace(SOUND, hop=400)  # frames further apart: fewer of them a second
    streamed = deployed("keyword_linear_ltc", seldom, stream={"frame_cycles": (90.0, 110.0)})
    assert always_on(streamed, "nrf52840").cycles_per_s == pytest.approx(4000)
    assert always_on(deployed("lstm", seldom), "nrf52840").cycles_per_s == pytest.approx(
        40 * 10 + 40 * 20 + 4 * 10)
    assert step.power_mw < whole.power_mw and step.coin.hours > whole.coin.hours
    assert step.flash_power_mw is None and liquid.flash_power_mw is None  # records from before


def test_waits_for_the_flash_come_on_top_board_by_board():
    stages = {"features": (490.0, 490.0), "layers": (980.0, 980.0), "readout": (10.0, 10.0),
              "other": (0.0, 0.0)}
    waits = {"features": 98.0, "layers": 49.0, "other": 4.9}
    results = {"stages": stages, "steps": 49, "cycles": (1480.0, 1500.0),
               "flash": {"nrf52840": {"waits": waits, "frame_waits": 25.0}}}

    def deployed(name, **more):
        run = Run(None, None, Recipe(name, SOUND), 0)
        return Deployment(RunRecord(run, {}), "stm32l476", results | more)

    step = always_on(deployed("lstm"), "nrf52840")
    added = 50 * (98 + 4.9) / 49 + 50 * 49 / 49
    assert step.flash_cycles_per_s == pytest.approx(step.cycles_per_s + added)
    assert step.flash_power_mw > step.power_mw
    liquid = always_on(deployed("keyword_linear_ltc", stream={"frame_cycles": (90.0, 110.0)}),
                       "nrf52840")
    assert liquid.flash_cycles_per_s == pytest.approx(50 * 125)
    assert liquid.flash_frame_latency_ms == pytest.approx(125 / 64e3)
    other = always_on(deployed("lstm"), "stm32f407")
    assert other.flash_power_mw is None and other.power_mw > 0
    assert deployed("lstm").flash_cycles is None  # nothing is known of its own board
