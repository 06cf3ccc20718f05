"""Pruning of whole units: what is lost, what is saved, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch_models
from torch_models import BANDS, RAW, WAVEFORM, logits, saved, signals

from lnnlab import lnn_file
from lnnlab.compress import prune, quantise
from lnnlab.errors import UserError
from lnnlab.models import CNN, parameter_count
from lnnlab.models.saved import load, save

X, _ = signals(50, 40)
CASES = {
    **{name: (name, BANDS, {"units": 9}) for name in torch_models.RECURRENT},
    "mixed": ("linear_ltc", RAW, {"units": 8, "layers": 2, "mixing": 3}),
    "stacked": ("gru", BANDS, {"units": [8, 6]}),
    "abs": ("linear_ltc", RAW, {"units": 8, "activation": "abs", "pool": "last"}),
    "cnn_2k": ("cnn_2k", WAVEFORM, {}),
}


def readers(network, number):
    """The matrix that reads the units of cell or channels of convolution ``number``."""
    if isinstance(network, CNN):
        blocks = network.convolutions
        return network.readout.weight if number + 1 == len(blocks) else blocks[number + 2][0].weight
    if number + 1 == len(network.cells):
        return network.readout.weight
    cell = network.cells[number + 1]
    if hasattr(cell, "backbone"):
        return cell.backbone.weight[:, : cell.input_size]
    return cell.project.weight if hasattr(cell, "project") else cell.rnn.weight_ih_l0


def silence(model, number, units):
    """Nobody reads these units any more, not even the layer itself."""
    network = model.network
    with torch.no_grad():
        readers(network, number)[:, units] = 0
        if not isinstance(network, CNN):
            cell = network.cells[number]
            if hasattr(cell, "rnn"):
                cell.rnn.weight_hh_l0[:, units] = 0
            if hasattr(cell, "backbone"):
                cell.backbone.weight[:, cell.input_size + np.array(units)] = 0


@pytest.mark.parametrize("case", CASES)
def test_units_that_nobody_reads_go_at_no_loss(case):
    name, spec, options = CASES[case]
    model = saved(name, spec, spread=1.5, **options)
    silence(model, 0, [1, 4])
    if case == "stacked":
        silence(model, 1, [0, 5])
    smaller = prune(model, 1e-9)
    gone = 4 if case == "stacked" else 2
    widths = smaller.options.get("units", smaller.options.get("channels"))
    before = model.options.get("units", None)
    if before is not None:
        total = np.sum(before) * (1 if isinstance(before, list) else options.get("layers", 1))
        left = sum(widths) if isinstance(widths, list) else widths
        # behind a mixer some units say nothing by themselves: its ReLU is shut
        assert left == total - gone or case == "mixed" and left < total - gone
    np.testing.assert_allclose(logits(smaller, X), logits(model, X), atol=2e-6)
    assert parameter_count(smaller.network) < parameter_count(model.network)
    sizes = [len(lnn_file.to_bytes(quantise(each))) for each in (smaller, model)]
    assert sizes[0] < sizes[1]


def test_a_unit_that_never_changes_moves_into_the_biases():
    model = saved("linear_ltc", BANDS, units=[6, 5])
    cell = model.network.cells[0]
    with torch.no_grad():  # the gate stands open, the goal is tanh(0.4)
        cell.project.weight[[2, 8]] = 0
        cell.project.bias[2], cell.project.bias[8] = 30.0, 0.4
    smaller = prune(model, 1e-6)
    assert smaller.options["units"] == [5, 5]
    np.testing.assert_allclose(logits(smaller, X), logits(model, X), atol=1e-5)
    moved = smaller.network.cells[1].project.bias - model.network.cells[1].project.bias
    given = model.network.cells[1].project.weight[:, 2] * np.tanh(0.4)
    np.testing.assert_allclose(moved.detach(), given.detach(), atol=1e-6)


@pytest.mark.parametrize("name", ["cfc", "lstm", "gru"])
def test_a_recurrent_unit_that_hardly_changes_moves_into_both_biases(name):
    model = saved(name, BANDS, units=6, pool="last")
    cell = model.network.cells[0]
    with torch.no_grad():
        if name == "cfc":  # both targets at tanh(0.4)
            for head in (cell.ff1, cell.ff2):
                head.weight[2], head.bias[2] = 0, 0.4
            cell.backbone.weight[:, cell.input_size + 2] *= 3
        else:  # gates that follow nothing: i f g o, or r z n
            for rows in (cell.rnn.weight_ih_l0, cell.rnn.weight_hh_l0):
                rows[2::6] = 0
            fixed = [30.0, -30.0, 0.4, 30.0] if name == "lstm" else [0.0, -30.0, 0.4]
            cell.rnn.bias_ih_l0[2::6] = torch.tensor(fixed)
            cell.rnn.bias_hh_l0[2::6] = 0
            cell.rnn.weight_hh_l0[:, 2] *= 3
    smaller = prune(model, 0.2)
    assert smaller.network.cells[0].units == 5
    # only the first step differs, before the unit has arrived where it stays, and that fades
    np.testing.assert_allclose(logits(smaller, X), logits(model, X), atol=0.01)


def test_more_goes_the_higher_the_threshold():
    model = torch_models.trained("linear_ltc", BANDS, units=24)
    x, y = signals(60, 200)
    counts, sizes = [], []
    for threshold in (0.0, 0.05, 0.2, 0.5, 0.99):
        smaller = prune(model, threshold)
        counts.append(parameter_count(smaller.network))
        sizes.append(len(lnn_file.to_bytes(quantise(smaller))))
    assert counts == sorted(counts, reverse=True) and sizes == sorted(sizes, reverse=True)
    assert counts[0] == parameter_count(model.network) > counts[2] > counts[-1]
    assert prune(model, 0.99).network.cells[0].units == 2  # never fewer
    for threshold in (0.05, 0.2):
        kept = prune(model, threshold)
        assert np.mean(logits(kept, x).argmax(axis=1) == y) > 0.9


def test_folding_the_mean_loses_less_than_leaving_it_out():
    options = {"activation": "abs"}  # states above zero
    model = torch_models.trained("linear_ltc", RAW, units=24, **options)
    x, _ = signals(61, 200)
    smaller = prune(model, 0.3)
    assert smaller.options["units"] < 24
    plain = replace(smaller, network=saved(
        "linear_ltc", RAW, units=smaller.options["units"], **options).network)
    plain.network.load_state_dict(smaller.network.state_dict())
    with torch.no_grad():
        plain.network.readout.bias.copy_(model.network.readout.bias)
    exact = logits(model, x)
    folded = np.abs(logits(smaller, x) - exact).mean()
    assert folded < 0.7 * np.abs(logits(plain, x) - exact).mean()


@pytest.mark.parametrize("case", ["mixed", "stacked", "cnn_2k", "cfc"])
def test_a_pruned_network_is_saved_and_pruned_again(case, tmp_path):
    name, spec, options = CASES[case]
    once = prune(saved(name, spec, spread=1.5, **options), 0.3)
    save(once, tmp_path / "model.pt")
    again = load(tmp_path / "model.pt")
    np.testing.assert_array_equal(logits(again, X), logits(once, X))
    twice = prune(again, 0.6)
    assert parameter_count(twice.network) < parameter_count(once.network)
    assert np.isfinite(logits(twice, X)).all()


def test_what_cannot_be_pruned_is_said():
    model = saved("linear_ltc", BANDS, units=4)
    for threshold in (-0.1, 1.0, float("nan")):
        with pytest.raises(UserError, match="prune threshold .*from 0 up to below 1"):
            prune(model, threshold)
    with pytest.raises(UserError, match="calibration set is empty"):
        prune(replace(model, calibration=model.calibration[:0]), 0.1)
    with pytest.raises(UserError, match="LTC. has no form on the target"):
        prune(saved("ltc", BANDS, units=4), 0.1)
    assert prune(model, 0.0) is model
