"""The table of noise suppression and its sentences, from figures that were made up."""

from dataclasses import replace

import numpy as np
import pytest

from lnnlab.experiments.denoising.choice import Setting, best
from lnnlab.experiments.denoising.deployed import Deployed
from lnnlab.experiments.denoising.material import LEVELS_DB
from lnnlab.experiments.denoising.scores import Scores
from lnnlab.experiments.denoising.study import Line
from lnnlab.integer import Gains
from lnnlab.reports import denoise_lines, denoising

WHO = tuple(f"speaker {k}" for k in range(12))


def line(name, form, gain_db, stoi=0.01, seed=0, parameters=100):
    """One that gains the same everywhere, but for a little by speaker."""
    wobble = 0.1 * np.cos(np.arange(12) + seed)
    levels = {level: {"si_sdr_before": np.full(12, float(level)),
                      "si_sdr_after": level + gain_db + wobble,
                      "stoi_before": np.full(12, 0.8), "stoi_after": 0.8 + stoi + wobble / 100}
              for level in LEVELS_DB}
    history = [{"train_loss": 0.2, "validation_loss": 0.3}] * 2 if parameters else []
    return Line(name, form, parameters, seed, Setting(0, Gains(29491)), Scores(levels, WHO),
                history, "fresh", "made, fresh")


@pytest.fixture
def lines():
    return [line("liquid", "float32", 5.0), line("liquid", "int8", 5.0),
            line("liquid", "int8", 6.0, seed=1), line("GRU", "float32", 5.0, seed=3),
            line("Wiener, minimum statistics", "float64", 2.0, -0.02, -1, 0)]


def test_figures_are_means_over_seeds_with_intervals_over_speakers(lines):
    found = denoising.rows(lines)
    own = found[found["model"] == "liquid, int8"].set_index("metric")
    row = own.loc["si_sdr_gained_5db"]
    assert row["value"] == pytest.approx(5.5, abs=0.05) and row["seeds"] == "0 1"
    assert row["low"] < row["value"] < row["high"] and row["groups"] == 12 and row["items"] == 12
    null = found[found["model"] == "nothing (null)"]
    assert set(null["metric"]) == {f"{name}_{level}db" for name in ("si_sdr", "stoi")
                                   for level in LEVELS_DB}


def test_sentences_say_what_a_paired_test_tells(lines):
    said = "\n".join(denoise_lines.sentences(lines))
    assert "liquid, int8: +5.5 dB SI-SDR at 5 dB" in said
    assert "STOI is higher at every level" in said
    assert "Wiener, minimum statistics: +2.0 dB" in said
    assert "liquid, int8 is ahead of Wiener, minimum statistics by 3.5 dB" in said
    assert "STOI is lower at every level" in said
    near = "\n".join(denoise_lines.sentences([lines[0], lines[1], lines[3]]))
    assert "liquid, int8 and GRU, float32 are not distinguishable" in near


def test_a_rise_of_stoi_that_speakers_do_not_tell_is_said_to_be_none_that_is_told():
    faint = line("liquid", "int8", 5.0, 0.0)
    for level, each in faint.scores.by_level.items():
        each["stoi_after"] = 0.8 + np.where(np.arange(12) % 2, 0.03, -0.025)
        if level == 20:
            each["stoi_after"] = 0.75 + 0.0 * each["stoi_after"]
    said = denoise_lines._of_stoi([faint])
    assert said == ("STOI is higher at -5, 0, 5, 10, 15 dB, nowhere told apart from 0; "
                    "STOI is lower at 20 dB")


def test_the_deepest_that_harms_nothing_is_chosen_else_the_least_harm():
    harmless, deep, harmful = (line("x", "int8", gain, stoi).scores
                               for gain, stoi in ((3, 0.01), (4, 0.003), (9, -0.01)))
    assert best({0.5: harmless, 0.8: deep, 1.0: harmful}) == 0.8
    assert best({0.9: harmful, 1.0: line("x", "int8", 1, -0.02).scores}) == 0.9


def test_scores_come_back_from_a_record():
    given = line("x", "int8", 3.0).scores
    again = Scores.of(given.as_dict())
    assert again.who == given.who
    np.testing.assert_allclose(again.gain(5, "si_sdr"), given.gain(5, "si_sdr"), atol=1e-4)


def test_boards_and_parity_have_rows(lines):
    costs = {"hop_cycles": [100.0, 110.0], "duty_percent": 12.0, "compute_ms": 1.5,
             "by_stage": {each: [1.0, 2.0] for each in (*denoising.STAGES, "other")},
             "average_mw": 1.7, "flash_average_mw": 1.9, "ram_bytes": {"arena": 2048},
             "flash_bytes": {"code": 1024, "tables": 0, "model": 1024}}
    found = Deployed(2000, {"host": [1000, 0]}, {"nrf52840": costs})
    rows = denoising.rows(lines, found)
    own = rows[rows["board"] == "nrf52840"].set_index("metric")["value"]
    assert own["cycles"] == 105 and own["power"] == 1.7 and own["flash"] == 2048
    assert rows[rows["metric"] == "samples_that_differ"]["value"].tolist() == [0.0]
    said = denoise_lines.board_lines(found)
    assert said[0].startswith("nRF52840: 105 cycles a hop, 12 % of its time, 1.70 mW (modelled)")
    assert said[1] == "samples in C that differ from the twin's: host 0 of 1,000"


def test_figures_are_drawn(lines):
    assert len(denoising.gains_by_level(lines).axes) == 2
    curves = denoising.learning_curves(lines)
    assert len(curves.axes) == 2


def test_learning_curves_show_losses_below_zero(lines):
    told = [replace(each, history=[{"train_loss": -0.2 - k, "validation_loss": -0.1 - k}
                                   for k in range(3)]) for each in lines]
    for axis in denoising.learning_curves(told).axes:
        low, high = axis.get_ylim()
        seen = [y for line in axis.get_lines() for y in line.get_ydata()]
        assert low < high and all(low <= y <= high for y in seen)
