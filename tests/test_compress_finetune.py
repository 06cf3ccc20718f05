"""Fine-tuning in int8: what it rounds, what it leaves alone, when it is kept."""

import copy
import importlib
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch_models
from torch_models import BANDS, RAW, WAVEFORM, logits, saved, signals

from lnnlab.compress import FineTuning, calibrate, finetune, prune, quantise
from lnnlab.compress.calibrate import best_scale
from lnnlab.compress.finetune import (
    _integer_loss,
    _rounded,
    _rounded_features,
    _rounded_outputs,
    _rounded_weights,
)
from lnnlab.compress.quantise import input_step
from lnnlab.errors import UserError
from lnnlab.features import extract
from lnnlab.models import KeywordClassifier

CASES = {
    **{name: (name, BANDS, {"units": 7}) for name in torch_models.RECURRENT},
    "mixed": ("linear_ltc", RAW, {"units": [6, 5], "mixing": 3, "activation": "abs"}),
    "stacked": ("gru", BANDS, {"units": [6, 5]}),
    "cnn_2k": ("cnn_2k", WAVEFORM, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_the_rounded_forward_pass_is_nearer_to_the_integer_network(case):
    name, spec, options = CASES[case]
    model = saved(name, spec, spread=1.5, **options)
    x, _ = signals(3, 60)
    integer = quantise(model)
    got = integer.run(integer.quantise(x)).logits / 256
    ranges, network = calibrate(model), copy.deepcopy(model.network)
    step = input_step(model, ranges)
    features = _rounded_features(network, torch.from_numpy(extract(x, model.features).copy()), step)
    with torch.no_grad(), _rounded_outputs(network, ranges), _rounded_weights(network):
        rounded = network(features).numpy()
    exact = logits(model, x)
    # what is left: rounding of 16-bit states, of what is fed back, of logits to 1/256
    slack = 1.0 if name in ("cfc", "lstm", "gru") else 0.8
    assert np.abs(rounded - got).mean() < slack * np.abs(exact - got).mean() + 1 / 512
    with torch.no_grad():  # and everything is put back
        plain = network(torch.from_numpy(extract(x, model.features).copy())).numpy()
    np.testing.assert_array_equal(plain, exact)


def test_weights_are_rounded_by_rows_and_gradients_reach_the_float_ones():
    model = saved("lstm", BANDS, units=5)
    network = model.network
    before = {name: each.detach().clone() for name, each in network.named_parameters()}
    features = torch.from_numpy(extract(model.calibration, model.features).copy())
    with _rounded_weights(network):
        for name, each in network.named_parameters():
            if each.dim() > 1:
                step = before[name].abs().amax(dim=1, keepdim=True) / 127
                levels = each / step
                assert torch.allclose(levels, levels.round(), atol=1e-3)
                assert (each - before[name]).abs().max() <= 0.501 * step.max()
                assert not torch.equal(each, before[name])
        network(features).sum().backward()
    for name, each in network.named_parameters():
        assert torch.equal(each, before[name]), name
        assert each.grad.abs().sum() > 0


@pytest.mark.parametrize("case", ["mixed", "stacked", "cnn_2k"])
def test_what_passes_between_layers_stands_on_int8_steps(case):
    name, spec, options = CASES[case]
    model = saved(name, spec, spread=1.5, **options)
    network, seen = model.network, []

    def look(module, inputs):
        seen.append(inputs[0])

    behind = network.convolutions[1:] if name == "cnn_2k" else [*network.mixers, *network.cells[1:]]
    x = torch.from_numpy(extract(signals(70, 400)[0], model.features).copy())
    with torch.no_grad(), _rounded_outputs(network, calibrate(model)):
        for module in [*behind, network.readout]:
            if module is not None:
                module.register_forward_pre_hook(look)
        network(x)
    assert len(seen) >= 2
    for values in seen:
        levels = torch.unique((values / values.abs().max() * 1e4).round())
        assert len(levels) <= 256
    assert all(values.numel() >= 2000 for values in seen)


@pytest.mark.parametrize("by_frame", [False, True])
def test_what_a_keyword_networks_blocks_give_stands_on_their_int8_steps(by_frame, monkeypatch):
    """Where the cells and sums are fed: behind the stem and the convolutions, which no module's
    own call is."""
    model = saved("keyword_linear_ltc", BANDS, spread=1.5, channels=8, blocks=2)
    network, ranges = model.network, calibrate(model)
    assert isinstance(network, KeywordClassifier) and len(ranges.outputs) == 5
    seen = [[] for _ in range(5)]

    def kept(place, call):
        def told(*given):
            seen[place(*given)].append(call(*given))
            return seen[place(*given)][-1]
        return told

    monkeypatch.setattr(network, "stemmed", kept(lambda _: 0, network.stemmed))
    monkeypatch.setattr(network, "mixed", kept(
        lambda number, *_: 1 + 2 * number, network.mixed))
    x = torch.from_numpy(extract(signals(30, 400)[0], model.features).copy())
    run = network.stream if by_frame else network
    with torch.no_grad(), _rounded_outputs(network, ranges):
        for number, end in enumerate(network.sums):  # behind the hooks that round
            end.register_forward_hook(
                lambda _, __, y, number=number: seen[2 + 2 * number].append(y))
        run(x)
        for place, [y] in enumerate(seen):
            levels = y / best_scale(ranges.outputs[place])
            assert (levels - levels.round()).abs().max() < 1e-3, place
            assert len(torch.unique(levels.round())) > 3 and levels.abs().max() < 127.001
    plain = network.stemmed(network.standardised(x)) / best_scale(ranges.outputs[0])
    assert (plain - plain.round()).abs().max() > 0.1  # and outside it is not rounded


def test_a_keyword_network_in_int8_steps_is_nearer_to_its_integer_form():
    model = saved("keyword_linear_ltc", BANDS, spread=1.5, channels=8, blocks=2)
    x, _ = signals(3, 60)
    integer = quantise(model)
    got = integer.run(integer.quantise(x)).logits / 256
    ranges, network = calibrate(model), copy.deepcopy(model.network)
    features = _rounded_features(network, torch.from_numpy(extract(x, model.features).copy()),
                                 input_step(model, ranges))
    with torch.no_grad(), _rounded_outputs(network, ranges), _rounded_weights(network):
        rounded = network(features).numpy()
    assert np.abs(rounded - got).mean() < 0.8 * np.abs(logits(model, x) - got).mean() + 1 / 512


def test_a_rounded_value_passes_gradients_where_it_did_not_saturate():
    x = torch.tensor([-300.0, -126.6, 0.2, 0.7, 126.4, 500.0], requires_grad=True)
    y = _rounded(x, 1.0)
    assert torch.equal(y.detach(), torch.tensor([-127.0, -127, 0, 1, 126, 127]))
    y.sum().backward()
    assert torch.equal(x.grad, torch.tensor([0.0, 1, 1, 1, 1, 0]))


def test_tuning_helps_a_pruned_network_and_is_refused_where_it_does_not():
    model = torch_models.trained("linear_ltc", BANDS, units=12)
    hurt = prune(model, 0.4)
    x, y = signals(100, 200)
    tuned = finetune(hurt, x, y, FineTuning(12, learning_rate=5e-3))
    assert tuned is not hurt and _integer_loss(tuned) < 0.7 * _integer_loss(hurt)
    assert tuned.network.cells[0].units == hurt.network.cells[0].units
    test_x, test_y = signals(200, 300)

    def accuracy(model):
        integer = quantise(model)
        return np.mean(integer.run(integer.quantise(test_x)).decision == test_y)

    assert accuracy(tuned) >= accuracy(hurt)
    assert finetune(model, x, (y + 1) % 3, FineTuning(2)) is model  # wrong labels can only harm
    again = finetune(hurt, x, y, FineTuning(12, learning_rate=5e-3))
    for one, other in zip(again.network.parameters(), tuned.network.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("unit", ["spread", "own"])
def test_tuning_may_add_the_noise_of_training(unit, monkeypatch):
    module = importlib.import_module("lnnlab.compress.finetune")
    seen = []

    def looked_at(network, features, step):
        seen.append(features)
        return _rounded_features(network, features, step)

    monkeypatch.setattr(module, "_rounded_features", looked_at)
    model = torch_models.trained("linear_ltc", BANDS, units=12)
    for noise in (0.0, 0.5):
        finetune(model, *signals(100, 64), FineTuning(1, input_noise=noise, noise_unit=unit))
    plain, noisy = seen
    wanted = 0.5 * (model.network.spread if unit == "spread" else torch.ones(plain.shape[-1]))
    torch.testing.assert_close((noisy - plain).std(dim=(0, 1)), wanted, rtol=0.15, atol=0)


def test_smoothed_labels_keep_a_tuned_network_unsure(monkeypatch):
    epochs = itertools.count()
    module = importlib.import_module("lnnlab.compress.finetune")
    monkeypatch.setattr(module, "_integer_loss", lambda _: -next(epochs))  # the last is the best
    model = torch_models.trained("linear_ltc", BANDS, units=12)
    x, y = signals(100, 200)
    sure = []
    for smoothing in (0.0, 0.3):
        how = FineTuning(20, learning_rate=1e-2, label_smoothing=smoothing)
        said = torch.from_numpy(logits(finetune(model, x, y, how), x)).softmax(dim=1)
        sure.append(float(said.amax(dim=1).mean()))
    assert sure[1] < 0.9 < 0.98 < sure[0]  # of three classes: 1 less two thirds of 0.3


def test_inputs_end_on_int8_steps():
    model = saved("linear_ltc", BANDS, units=4)
    step = input_step(model, calibrate(model))
    given = torch.from_numpy(extract(model.check_x, model.features).copy())
    features = _rounded_features(model.network, given, step)
    levels = model.network.standardised(features) / step
    assert (levels - levels.round()).abs().max() < 1e-3 and levels.abs().max() < 127.001


def test_what_has_no_integer_form_is_not_tuned():
    model = saved("ltc", BANDS, units=4)
    with pytest.raises(UserError, match="no form on the target"):
        finetune(model, model.calibration, np.zeros(40, int), FineTuning(1))
    empty = replace(saved("gru", BANDS, units=4), calibration=model.calibration[:0])
    with pytest.raises(UserError, match="calibration set is empty"):
        finetune(empty, model.calibration, np.zeros(40, int), FineTuning(1))
