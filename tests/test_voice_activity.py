"""Voice activity on the synthetic words: material, detectors in int8 and C, rivals, records, table.
"""

import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.data.endpoints import rms
from lnnlab.errors import UserError
from lnnlab.experiments.trained import FOLDER
from lnnlab.experiments.voice import rivals
from lnnlab.experiments.voice.detector import (
    DetectorRun,
    detector_recipe,
    frame_samples,
    trained,
    trained_now,
)
from lnnlab.experiments.voice.device import costs_of, parity_of, settled
from lnnlab.experiments.voice.listeners import heard, integer_listener, validation
from lnnlab.experiments.voice.material import NOISY_DB, made_recordings, voice_material
from lnnlab.experiments.voice.rivals import above_floor_db, levels_db, rival
from lnnlab.experiments.voice.study import VoiceStudy, voice_activity
from lnnlab.integer import Uniform
from lnnlab.integer.decisions import stream_logits
from lnnlab.reports import voice, voice_figures
from lnnlab.scoring.activity import activity, chosen, intervals
from lnnlab.target.stream import StreamRunner


@pytest.fixture(scope="module")
def material():
    return made_recordings(voice_material(), 6.0)


@pytest.fixture(scope="module")
def run(material):
    return DetectorRun(material, detector_recipe("liquid"), 0, 10, 200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def detector(run, folder):
    return trained(run, folder / FOLDER)


@pytest.fixture(scope="module")
def model(run, detector):
    return settled(run, detector.saved)[0]


# ---- material ----


def test_no_speaker_and_no_surroundings_are_in_two_parts(material):
    people = [{each.who for each in voices} for voices in material.voices.values()]
    assert len(people) == 3 and not set.intersection(*people[:2]) | set.intersection(*people[1:])
    noises = [{each.tobytes() for each in some} for some in material.noises.values()]
    assert sum(map(len, noises)) == len(set.union(*noises)) > 3


def test_a_recording_in_noise_is_the_recording_and_noise_at_the_ratio(material):
    name = next(iter(material.recordings))
    for plain, noisy in zip(material.recordings[name], material.tests[f"{name} in noise"],
                            strict=True):
        gain = rms(noisy.x) and np.dot(noisy.x, plain.x) / np.dot(plain.x, plain.x)
        noise = noisy.x - gain * plain.x
        ratio = 20 * np.log10(gain * rms(plain.x[plain.active]) / rms(noise))
        assert noisy.who == plain.who and ratio == pytest.approx(NOISY_DB, abs=0.5)
        np.testing.assert_array_equal(noisy.active, plain.active)


def test_every_test_speaker_is_heard_in_noise_once(material):
    found = material.tests["spoken_words in noise"]
    assert sorted(each.who for each in found) == sorted({e.who for e in material.voices["test"]})
    assert len({each.snr_db for each in found}) == len(found) == 6


def test_words_without_surroundings_are_refused():
    with pytest.raises(UserError, match="bearing_sim: voice activity needs words with speakers"):
        voice_material("bearing_sim")


# ---- a detector ----


def test_a_detector_has_at_most_3000_parameters_and_learns(run, detector, material):
    history = detector.fit.history
    assert history[-1]["validation_loss"] < 0.7 * history[0]["validation_loss"]
    assert sum(each.numel() for each in detector.saved.network.parameters()) <= 3000
    found = heard(integer_listener(quantise(detector.saved), ""),
                  material.tests["spoken_words in noise"])
    truth = np.concatenate([each.speech for each in found])
    assert 0.1 < truth.mean() < 0.9
    assert activity(found, chosen(found, 0.05)).figures()["auc"][0] > 0.9


def test_the_threshold_of_validation_becomes_the_label(run, detector, model):
    first = integer_listener(quantise(detector.saved), "")
    holding = chosen(validation(run, first), run.hop_s, (0,))
    second = integer_listener(model, "")
    assert settled(run, detector.saved)[1] == replace(holding, threshold=0.0)
    apart, frames = 0, 0
    for each in run.material.tests["spoken_words in noise"]:
        wanted = first.scores(each.x) >= holding.threshold
        apart += np.count_nonzero(wanted != (second.scores(each.x) >= 0))
        frames += len(wanted)
    assert apart <= 0.01 * frames


@pytest.mark.parametrize("core", ["host", "cortex-m4", "cortex-m0plus"])
def test_the_c_says_what_the_twin_says_and_its_label_is_the_decision(core, model, material):
    runner, spec = StreamRunner(lnn_file.to_bytes(model), core), model.features.spec
    for each in material.tests["spoken_words in noise"][:3]:
        samples = model.quantise(each.x[None, :, None])[0][: spec.frame + 60 * spec.hop]
        said, wanted = runner.run(samples), stream_logits(model, samples)
        np.testing.assert_array_equal(said.logits_q8, wanted)
        np.testing.assert_array_equal(said.label == 0, wanted[:, 0] >= wanted[:, 1])
        speaking = said.label == 0
        np.testing.assert_array_equal(said.confidence_q15[speaking] >= 16384, True)


def test_a_detector_that_leaves_hops_out_is_the_twins_on_the_policy_of_its_file(material):
    run = DetectorRun(material, detector_recipe("liquid_any_timestep"), 0, 2, 40)
    made = trained_now(run)
    model, _ = settled(run, made.saved)
    again = lnn_file.from_bytes(lnn_file.to_bytes(model))
    assert again.policy == Uniform(3) and run.hop_s == pytest.approx(0.048)
    tests = {"some": material.tests["spoken_words in noise"][:3]}
    for core in ("host", "cortex-m4"):
        compared, differ = parity_of(again, core, tests)
        assert compared >= 100 and differ == 0
    [found, *_] = heard(integer_listener(again, ""), tests["some"])
    given = tests["some"][0]
    assert len(found.scores) == len(found.speech) == 1 + (len(given.x) - 256) // 768
    said = StreamRunner(lnn_file.to_bytes(model)).run(model.quantise(given.x[None, :, None])[0])
    np.testing.assert_array_equal(said.hop, 3 * np.arange(len(said.hop)))
    costs = costs_of(model, "nrf52840", given)
    assert costs["power_mw"] < 0.1 and costs["cycles_per_s"] == pytest.approx(
        costs["frame_cycles"] / run.hop_s, rel=0.05)


def test_truth_of_a_frame_is_that_of_its_newest_hop(run):
    [given] = run.mixtures("validation", 1)
    y = frame_samples([given], run.recipe.features).y[0]
    spec = run.recipe.features
    assert (y[:5] == -1).all()
    for k, label in enumerate(y[5:], 5):
        end = spec.frame + k * spec.hop
        assert (label == 0) == (given.active[end - spec.hop : end].mean() >= 0.5)


def test_a_network_on_file_is_taken_up(run, detector, folder):
    again = trained(run, folder / FOLDER)
    assert again.fit is None
    for one, other in zip(again.saved.network.parameters(), detector.saved.network.parameters(),
                          strict=True):
        assert (one == other).all()
    np.testing.assert_array_equal(again.saved.calibration, detector.saved.calibration)


def test_an_unknown_row_is_named():
    with pytest.raises(UserError, match="unknown row of voice activity 'liqid'"):
        detector_recipe("liqid")


# ---- rivals ----


def test_levels_and_the_floor_below_them():
    x = np.full(320 * 6, 0.1, np.float32)
    x[320 * 3 :] = 1.0
    np.testing.assert_allclose(levels_db(x), [-20] * 3 + [0] * 3, atol=1e-4)
    floor, wanted = -20.0, []
    for level in levels_db(x):
        floor = floor + 0.25 * (level - floor) if level < floor else (
            floor if not wanted else floor + 3.01 / 512)
        wanted.append(level - floor)
    np.testing.assert_allclose(above_floor_db(x), wanted, atol=1e-5)


def test_webrtcs_score_is_how_many_modes_hear_speech(run, monkeypatch):
    """With a stand-in: mode m hears speech in frames louder than m thousand."""
    fake = ModuleType("webrtcvad")
    fake.__spec__ = ModuleSpec("webrtcvad", None)

    class Vad:
        def __init__(self, mode):
            self.mode = mode

        def is_speech(self, content, rate_hz):
            samples = np.frombuffer(content, "<i2")
            assert rate_hz == 16_000 and len(samples) == 320
            return samples[0] > 1000 * self.mode

    fake.Vad = Vad
    monkeypatch.setitem(sys.modules, "webrtcvad", fake)
    x = np.repeat([0.0, 0.02, 0.05, 0.2], 320).astype(np.float32)
    assert rival("webrtc", run).scores(x).tolist() == [0, 1, 2, 4]


def test_a_rival_whose_package_is_not_here_is_passed_over(run, folder, monkeypatch, capsys):
    monkeypatch.setattr(rivals, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="silero: the package silero_vad is not here; pip install"):
        rival("silero", run)
    with pytest.raises(UserError, match="unknown rival of voice activity 'silera'"):
        rival("silera", run)
    found = voice_activity(VoiceStudy([], ["silero", "energy"], on=run), folder)
    assert [each.label for each in found] == ["energy, level"]
    assert "rival silero: passed over" in capsys.readouterr().out


# ---- records and the table ----


@pytest.fixture(scope="module")
def results(run, folder, detector):
    study = VoiceStudy([run], ["energy", "logistic_regression"], cores=("host",))
    return voice_activity(study, folder)


def test_a_record_is_read_as_it_was_made(results, run, folder):
    study = VoiceStudy([run], ["energy", "logistic_regression"], cores=("host",))
    again = voice_activity(study, folder)
    assert [each.label for each in again] == [
        "liquid (LinearLTC) in blocks", "energy, level", "logistic regression by frame"]
    for one, other in zip(results, again, strict=True):
        assert (one.holding, one.by_snr, one.costs) == (other.holding, other.by_snr, other.costs)
        for name, test in one.tests.items():
            assert intervals([test]) == intervals([other.tests[name]])
    compared, differ = again[0].parity["host"]
    assert compared > 1000 and differ == 0
    assert again[0].costs["power_mw"] < 0.1


def test_the_table_holds_the_figures_of_the_tests(results):
    table = voice.voice_rows(results, "nrf52840")
    for each in results:
        for name, test in each.tests.items():
            own = table[(table["corpus"] == name) & (table["model"] == each.label)]
            own = own.drop_duplicates("metric").set_index("metric")
            for metric, scale in (("auc", 1), ("missed", 100), ("passed", 100), ("f1", 100)):
                assert own["value"][metric] == pytest.approx(
                    scale * test.figures()[metric][0], abs=1e-9)
            assert own["low"]["auc"] <= own["value"]["auc"] <= own["high"]["auc"]
    assert (table["split"] == "speakers unheard, trained on spoken_words (synthetic)").all()
    assert set(table[table["board"] == "nrf52840"]["metric"]) == {
        "model_bytes", "arena", "step_cycles", "cycles_per_s", "power_nrf52840",
        "flash_power_nrf52840"}
    power = table[table["metric"] == "power_nrf52840"]
    assert len(power) == 1 and power["basis"].iloc[0].startswith("modelled")


def test_sentences_say_who_is_ahead_where_a_pair_says_so(results):
    table, pairs = voice.voice_rows(results, "nrf52840"), voice.voice_pairs(results)
    lines = voice.voice_lines(table, pairs)
    for row in pairs.itertuples():
        after = lines[[line.startswith(f"{row.corpus}: ") for line in lines].index(True) + 1]
        words = after.split("; ")
        [said] = [each for each in words if row.second in each]
        assert said.strip().startswith(
            {"ahead": "ahead of", "behind": "behind"}.get(row.verdict, row.verdict))
        assert row.low <= row.difference <= row.high
    assert "mW on average on nRF52840 (modelled" in lines[-1]


def test_figures_show_every_row_and_every_frame(results, model, material):
    figure = voice_figures.curves(results)
    assert [axis.get_title() for axis in figure.axes] == list(material.tests)
    assert all(len(axis.lines) == 2 * len(results) for axis in figure.axes)
    lines = voice_figures.against_noise(results).axes[0].lines
    assert [len(each.get_xdata()) for each in lines[:3]] == [6] * 3
    given = material.tests["spoken_words in noise"][0]
    drawn = voice_figures.timeline(given, integer_listener(model, ""), results[0].holding, (1, 4))
    scores = drawn.axes[1].lines[0].get_ydata()
    assert len(scores) == 60 and drawn.axes[0].patches
