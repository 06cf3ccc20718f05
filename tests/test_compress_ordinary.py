"""int8 on ordinary recordings: one transient, sound that was resampled, features of other units."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.signal import resample_poly
from torch_models import RAW, logits, saved, signals, trained

from lnnlab import cli
from lnnlab.compress import calibrate, quantise
from lnnlab.compress.calibrate import clipped_steps
from lnnlab.compress.quantise import _rounded, input_step
from lnnlab.compress.scales import LargeWeights
from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments.keyword_recipes import sound_recipe
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.training import train
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer.twin import rounding_noise, twin_features
from lnnlab.models import build
from lnnlab.models.folded import fold
from lnnlab.models.saved import save
from lnnlab.training.config import TrainingConfig
from lnnlab.training.variation import varied

TRANSIENT = 33  # standard deviations, as one knock against a machine's sensor


def with_transient(name, **options):
    """A network whose calibration windows hold one knock, and fresh windows with their classes."""
    model = trained(name, RAW, **options)
    windows = model.calibration.copy()
    windows[3, 40:44] += TRANSIENT * windows.std()
    spec = model.features.scaled_to(windows)
    ratio = spec.full_scale / model.features.full_scale  # raw frames are shares of full scale
    model.network.offset.div_(ratio)
    model.network.scale.mul_(ratio)
    return replace(model, calibration=windows, features=spec), *signals(200, 400)


@pytest.mark.parametrize("name", ["linear_ltc", "cfc", "lstm", "gru"])
def test_one_transient_costs_at_most_half_a_point(name):
    model, x, y = with_transient(name, units=12)
    integer = quantise(model)
    float_accuracy = np.mean(logits(model, x).argmax(axis=1) == y)
    int8_accuracy = np.mean(integer.run(integer.quantise(x)).decision == y)
    assert float_accuracy > 0.9
    assert int8_accuracy >= float_accuracy - 0.005


def test_a_range_that_no_weights_fit_is_passed_over():
    model, x, _ = with_transient("linear_ltc", units=12)
    with torch.no_grad():
        for weight in model.network.cells[0].parameters():
            weight.mul_(6)  # steep gates
    ranges, folded = calibrate(model), fold(model.network)
    full = clipped_steps(ranges.inputs)[0]
    with pytest.raises(LargeWeights):
        _rounded(model, folded, ranges, full)
    assert input_step(model, ranges) < full
    assert np.isfinite(quantise(model).run(quantise(model).quantise(x)).logits).all()


def test_the_widest_range_is_taken_that_costs_nothing():
    model, _, _ = with_transient("linear_ltc", units=12)
    with torch.no_grad():
        model.network.readout.weight.zero_()  # an answer that no input changes
    ranges = calibrate(model)
    assert input_step(model, ranges) == clipped_steps(ranges.inputs)[0]


def test_without_validation_windows_those_of_calibration_choose():
    model, _, _ = with_transient("linear_ltc", units=12)
    blind = replace(model, check_x=model.check_x[:0], check_y=model.check_y[:0])
    assert input_step(blind, calibrate(blind)) <= clipped_steps(calibrate(blind).inputs)[1]


@pytest.fixture(scope="module")
def slow_words():
    """The embedded words as a recorder of 8 kHz would have taken them, at 16 kHz."""
    dataset = load("spoken_words", voices=22)

    def slowed(x):
        return resample_poly(resample_poly(x, 1, 2, axis=1), 2, 1, axis=1).astype(np.float32)

    background = {part: tuple(slowed(each[None])[0] for each in noises)
                  for part, noises in dataset.background.items()}
    return replace(dataset, x=slowed(dataset.x), background=background)


@pytest.mark.parametrize("kind", ["pcen", "log_mel"])
def test_bands_above_the_source_are_not_blown_up(slow_words, kind):
    spec = replace(sound_recipe("majority", slow_words).features, kind=kind)
    x = slow_words.x[::10]
    features, fixed = extract(x, spec), twin_features(x, spec, slow_words.rate_hz)
    noise = rounding_noise(x, spec, slow_words.rate_hz)
    network = build("linear_ltc", features.shape[2], 2, units=4)

    def apart():
        gain = network.scale.numpy()
        return np.sqrt(np.mean(((fixed - features) * gain) ** 2, axis=(0, 1)))

    network.fit_standardiser(features)
    usual = network.scale.numpy().copy()
    assert apart().max() > 3
    network.fit_standardiser(features, noise)
    assert apart().max() <= 1
    held = noise * usual < 1
    np.testing.assert_allclose(network.scale.numpy()[held], usual[held], rtol=1e-6)


def test_sound_that_was_resampled_loses_nothing_in_int8(slow_words):
    split = make_splits(slow_words, "official")[0]
    recipe = sound_recipe("keyword_linear_ltc", slow_words, versions=0)
    run = Run(slow_words, split, recipe, 0, Budget(12, 12))
    model = train(run).saved
    x, y = slow_words.x[split.test], slow_words.y[split.test]
    integer = quantise(model)
    float_accuracy = np.mean(logits(model, x).argmax(axis=1) == y)
    assert float_accuracy > 0.5
    assert np.mean(integer.run(integer.quantise(x)).decision == y) >= float_accuracy - 0.005


def test_input_noise_counts_in_spreads():
    spread = torch.tensor([1e-3, 1.0, 50.0])
    x, y = torch.zeros(4000, 5, 3), torch.zeros(4000).long()
    torch.manual_seed(0)
    config = TrainingConfig(3, 2, input_noise=0.3)
    noisy, _, _ = varied((x, y, None), config, [0, 0], spread)
    np.testing.assert_allclose(noisy.std(dim=(0, 1)), 0.3 * spread, rtol=0.05)
    own = TrainingConfig(3, 2, input_noise=0.3, noise_unit="own")
    noisy, _, _ = varied((x, y, None), own, [0, 0], spread)
    np.testing.assert_allclose(noisy.std(dim=(0, 1)), 0.3, rtol=0.05)
    with pytest.raises(UserError, match="noise_unit 'owm': did you mean 'own'"):
        TrainingConfig(3, 2, noise_unit="owm")


def test_compress_tells_what_features_and_weights_cost(tmp_path, capsys):
    save(saved("linear_ltc", FeatureSpec(frame=32, hop=16, bands=8), units=6), tmp_path / "m.pt")
    assert cli.liquid_compress(["--input", str(tmp_path / "m.pt"),
                                "--output", str(tmp_path / "m.lnn")]) == 0
    told = capsys.readouterr().out
    assert "integer features +0.00 points" in told and "int8 weights and activations" in told


def test_compress_warns_of_bands_that_hold_nothing(tmp_path, capsys):
    model = trained("linear_ltc", FeatureSpec(frame=32, hop=16, bands=8, floor=2.0**-40), units=6)
    quiet = replace(model, calibration=model.calibration, check_x=model.check_x * 1e-4)
    save(quiet, tmp_path / "m.pt")
    cli.liquid_compress(["--input", str(tmp_path / "m.pt"), "--output", str(tmp_path / "m.lnn")])
    assert "integer features cost" in capsys.readouterr().err
