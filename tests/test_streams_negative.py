"""Sound without commands: parts that share no file, absent sources, wake words on all of it."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from lnnlab.data.streams import StreamPlan
from lnnlab.data.streams.negative import FADE, negative_streams
from lnnlab.experiments.run import Budget
from lnnlab.experiments.trained import FOLDER, trained
from lnnlab.experiments.wake_listening import Ear
from lnnlab.experiments.wake_study import WakeStudy, wake_words
from lnnlab.integer import run_stream
from lnnlab.integer.gate_settings import energy_gate
from lnnlab.reports import keywords
from lnnlab.scoring.reporting import WORD_REPORTING

RATE_HZ = 16_000


def sound(path, seconds, level, rate_hz=RATE_HZ):
    path.parent.mkdir(parents=True, exist_ok=True)
    x = level * np.random.default_rng(0).uniform(-1, 1, int(seconds * rate_hz))
    soundfile.write(path, x, rate_hz)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three folds of ESC at levels of their own, six speakers, a word that is not trained."""
    for fold in (1, 2, 3):
        sound(tmp_path / "esc10" / "001 - Dog bark" / f"{fold}-100-A.ogg", 1, 0.1 * fold, 44100)
        sound(tmp_path / "esc50_wildlife" / "crow" / f"{fold}-100-A-9.ogg", 1, 0.1 * fold)
    for speaker in range(6):
        sound(tmp_path / "lt_commands" / "raw" / f"{speaker:02}.wav", 2, 0.1)
    sound(tmp_path / "speech_commands" / "on" / "a_nohash_0.wav", 1, 0.2)
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    return tmp_path


def test_parts_share_no_file_and_every_second_is_there_once(folder):
    validation, test = (negative_streams(part) for part in ("validation", "test"))
    seconds = {name: round(each.duration_s, 2) for name, each in validation.items()}
    assert seconds == {"esc10": 1, "esc50_wildlife": 1, "lt_commands": 4}
    seconds = {name: round(each.duration_s, 2) for name, each in test.items()}
    assert seconds == {"esc10": 2, "esc50_wildlife": 2, "lt_commands": 8, "on and off": 1}
    loud = [np.abs(each["esc10"].x[:RATE_HZ]).max() for each in (validation, test)]
    assert loud[1] == pytest.approx(2 * loud[0], rel=0.3)  # folds of their own
    assert all(not each.events and each.rate_hz == RATE_HZ for each in test.values())


def test_clips_rise_from_silence_and_end_in_it(folder):
    x = negative_streams("test")["lt_commands"].x
    joint = 2 * RATE_HZ  # where one speaker ends and the next begins
    assert abs(x[joint - 1]) < 1e-3 and abs(x[joint]) < 1e-3
    assert np.abs(x[joint + FADE : joint + 2 * FADE]).max() > 0.05


def test_a_source_that_is_absent_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    assert negative_streams("test") == {}


def test_wake_words_are_scored_on_all_of_it_with_a_gate_too(folder, word_run, tmp_path):
    run = replace(word_run, recipe=replace(word_run.recipe, versions=1), budget=Budget(2))
    plan = StreamPlan(20.0, gap_s=(0.0, 0.2))
    studies = [WakeStudy(run, ("yes",), plan, sounds=True, policy=policy)
               for policy in (None, energy_gate(0.02, 0.1, 1.0, hop_s=0.02))]
    always, gated = (wake_words(each, tmp_path / "reports") for each in studies)
    assert always.streams["test"].events <= always.streams["test"].distinct_clips
    assert set(always.hours["test"]) == {"words", *negative_streams("test")}
    assert gated.label.endswith("energy gate") and gated.cycles_per_s != always.cycles_per_s
    for each in (always, gated):
        score = each.scores["yes"]["test"][0.2]
        assert score.hours == pytest.approx(sum(each.hours["test"].values()))
        assert score.false_accepts == sum(own[0.2] for own in each.sources["yes"].values())
    rows = keywords.wake_rows(gated, [0.5, 10.0])
    assert rows["split"].nunique() == 2 and "false accepts, esc10" in set(rows["metric"])
    assert len(keywords.tradeoff([always, gated], "yes").axes[0].get_lines()) == 2


def test_an_ear_without_a_gate_hears_what_the_twin_says(word_run, tmp_path):
    """Frame by frame in C, the same smoothed probabilities as the integer twin."""
    run = replace(word_run, recipe=replace(word_run.recipe, versions=1), budget=Budget(1))
    ear = Ear(trained(run, tmp_path / FOLDER))
    stream = WakeStudy(run, ("yes",), StreamPlan(8.0)).stream("test")
    said = ear.listen(stream)
    twin = run_stream(ear.model, ear.model.quantise(stream.samples),
                      WORD_REPORTING.config(ear.model, 0.5))
    np.testing.assert_array_equal(said.shares, twin.smoothed_q15)
    reports = said.reports(0.5, ear.model.classes)
    assert [each.time_s for each in reports] == pytest.approx(
        said.ends_s[twin.detected].tolist())
