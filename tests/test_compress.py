"""Quantisation against the float networks: errors, scales, folding, refusals."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch_models
from torch_models import BANDS, RAW, WAVEFORM, logits, saved, signals

from lnnlab import lnn_file
from lnnlab.compress import calibrate, describe, quantise, weight_bytes
from lnnlab.compress.calibrate import best_scale
from lnnlab.compress.scales import LargeWeights, fixed, matrix
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer.arithmetic import checked
from lnnlab.lnn_file.container import split

CASES = {
    **{name: (name, BANDS, {"units": 8}) for name in torch_models.RECURRENT},
    "mixing, abs, last": ("linear_ltc", RAW, {
        "units": 6, "layers": 2, "mixing": 3, "pool": "last", "activation": "abs"}),
    "stacked lstm": ("lstm", RAW, {"units": [7, 4], "mixing": 2}),
    "relative bands": ("gru", FeatureSpec(frame=32, hop=24, bands=7, spacing="log",
                                          relative=True), {"units": 6}),
    "cnn_2k": ("cnn_2k", WAVEFORM, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_an_integer_network_says_nearly_what_the_float_one_says(case):
    name, spec, options = CASES[case]
    model = saved(name, spec, axes=2, spread=3.0 if case == "stacked lstm" else 1.5, **options)
    integer = quantise(model)
    x, _ = signals(9, 60, channels=2)
    exact = logits(model, x)
    with checked():
        got = integer.run(integer.quantise(x)).logits / 256
    size = np.abs(exact - exact.mean(axis=0)).mean()  # how much the windows differ
    assert size > 0.01
    assert np.abs(got - exact).mean() < 0.15 * size + 2 / 256
    correlation = np.corrcoef((got - got.mean(0)).ravel(), (exact - exact.mean(0)).ravel())
    assert correlation[0, 1] > 0.98


@pytest.mark.parametrize("name", torch_models.RECURRENT)
def test_states_follow_torchs_cell_step_by_step(name):
    model = saved(name, BANDS, units=10)
    integer = quantise(model)
    x, _ = signals(11, 30)
    network = model.network
    with torch.no_grad():
        features = torch.from_numpy(extract(x, model.features).copy())
        exact, _ = network.cells[0](network.standardised(features))
    observed = integer.observe(integer.quantise(x))
    error = observed[1] / 32768 - exact.numpy()
    # int8 inputs round by 1/2 of about 4/127 of their spread, weights by 1/254 of their row
    assert np.abs(error).mean() < 0.01 and np.abs(error).max() < 0.08
    assert np.abs(exact.numpy()).max() > 0.3


def test_the_largest_state_uses_its_int8():
    for spread, shift in ((0.02, 4), (0.1, 6), (3.0, 8)):
        model = saved("linear_ltc", BANDS, units=8, spread=spread)
        layer = quantise(model).layers[0]
        top = np.abs(calibrate(model).outputs[0]).max() * 32768
        assert 63 < top / 2**layer.out_shift <= 128 and layer.out_shift >= shift - 2
        assert layer.out_shift < 8 or spread == 3.0


def test_features_are_the_standardised_ones_in_steps_of_their_scale():
    for spec in (BANDS, RAW, FeatureSpec(frame=32, hop=32, bands=4, relative=True)):
        model = saved("linear_ltc", spec, axes=2, units=4)
        integer = quantise(model)
        scale = best_scale(calibrate(model).inputs)
        bands, network = spec.kind == "log_bands", model.network
        samples = integer.quantise(model.calibration)
        values = integer.features.values(samples) / (1024 if bands else 32768)
        if bands and not spec.relative:
            values = values + np.log2(16 / 3) - 30
        exact = (values - network.offset.numpy()) * network.scale.numpy() / scale
        got = integer.features.run(samples)
        inside = np.abs(exact) < 126
        assert np.abs(got - exact)[inside].max() < 0.6 and inside.mean() > 0.99
        assert np.abs(got).max() > 100


def test_best_scale_clips_outliers_only_where_that_pays():
    random = np.random.default_rng(0)
    assert best_scale(random.choice([-3.0, 3.0], 20000)) == pytest.approx(3 / 127)
    tailed = np.concatenate([random.normal(0, 1, 200000), [60.0]])
    step = best_scale(tailed)
    assert step < 60 / 127 * 0.5

    def error(step):
        return np.mean((np.clip(np.round(tailed / step), -127, 127) * step - tailed) ** 2)

    assert error(step) < error(60 / 127)
    assert best_scale(np.zeros(5)) > 0


def test_rows_have_their_own_steps_and_ratios_one_pair_of_shifts():
    random = np.random.default_rng(1)
    weight = random.normal(0, 0.02, (6, 20)) * 3.0 ** -np.arange(6)[:, None]
    bias, gain = random.normal(0, 1e-3, 6), np.full(6, 4096.0)
    product = matrix(weight, bias, gain)
    assert (np.abs(product.weight).max(axis=1) == 127).all()
    step = np.abs(weight).max(axis=1) / 127
    ratio = product.factor * 2.0 ** (product.up - 16 - product.down) / gain
    assert np.abs(product.weight * step[:, None] - weight).max(axis=1) == pytest.approx(
        step / 2, rel=0.3
    )
    assert np.abs(ratio / step - 1).max() < 0.004
    x = random.integers(-128, 128, (50, 20))
    exact = gain * (x @ weight.T + bias)
    assert np.abs(product(x) - exact).max() < 0.01 * np.abs(exact).max()
    # a bias beyond 2^23 steps asks for larger steps
    heavy = matrix(weight, np.array([1e4, 0, 0, 0, 0, 0.0]), gain / 1e4)
    assert np.abs(heavy.bias).max() == 2**23


def test_a_row_of_tiny_weights_keeps_its_bias():
    weight = np.array([[0.02, -0.01], [1e-7, -2e-7], [0.0, 0.0]])
    bias = np.array([0.0, 0.3, -0.7])
    got = matrix(weight, bias, np.full(3, 4096.0))(np.array([[100, -100]]))[0]
    exact = 4096 * (weight @ [100, -100] + bias)
    assert np.abs(got - exact).max() < 0.004 * np.abs(exact).max()


def test_fixed_keeps_ratios_to_one_part_in_thousands():
    for top in (30.0, 1.0, 0.3, 1e-3):
        ratio = top * np.array([1.0, 0.5, 0.01])
        factor, up, down = fixed(ratio)
        assert 0 <= up <= 6 and 0 <= down <= 15 and factor.max() <= 32767
        back = factor * 2.0 ** (up - 16 - down)
        assert np.abs(back - ratio).max() <= top / 16384 * 0.51
    with pytest.raises(LargeWeights, match="weights so large"):
        fixed(np.array([33.0]))


def test_an_lstms_cell_keeps_its_range():
    model = saved("lstm", BANDS, units=6, seed=3)
    with torch.no_grad():  # a cell that counts up: forget and input gates open, candidate 1
        for bias, value in (("bias_ih_l0", 6.0), ("bias_hh_l0", 0.0)):
            getattr(model.network.cells[0].rnn, bias).fill_(value)
    integer = quantise(model)
    layer = integer.layers[0]
    x = model.calibration
    observed = integer.observe(integer.quantise(x))
    steps = model.steps
    assert layer.cell_shift == int(np.ceil(np.log2(1.1 * steps * 0.99)))
    cell = observed[2] * 2.0 ** (layer.cell_shift - 15)
    assert cell[:, -1].mean() == pytest.approx(steps, rel=0.1)


@pytest.mark.parametrize("name, options, words", [
    ("ltc", {"units": 4}, "LTC. has no form on the target: .*ODE solver.*choose one of linear_ltc"),
    ("cfc", {"units": 4, "mode": "pure"}, "cfc: mode 'pure' has no form"),
    ("cfc", {"units": 4, "mode": "no_gate"}, "mode 'no_gate'"),
    ("lstm", {"units": 4, "timed": True}, "LSTM: timed gates"),
    ("gru", {"units": 4, "timed": True}, "GRU: timed gates"),
    ("lstm", {"units": 510}, "518 inputs, the kernels sum at most 514"),
    ("linear_ltc", {"units": 513}, "513 units; the runtime takes up to 512"),
])
def test_networks_without_an_integer_form_are_refused(name, options, words):
    with pytest.raises(UserError, match=words):
        quantise(saved(name, BANDS, **options))


def test_calibration_sets_are_judged():
    model = saved("linear_ltc", units=4)
    with pytest.raises(UserError, match="calibration set is empty"):
        quantise(replace(model, calibration=model.calibration[:0]))
    broken = model.calibration.copy()
    broken[3, 5] = np.nan
    with pytest.raises(UserError, match="not finite"):
        quantise(replace(model, calibration=broken))
    assert calibrate(model).warnings == ()
    loud = replace(model, calibration=model.calibration * 3)
    (warning,) = calibrate(loud).warnings
    assert "saturates" in warning and "a larger full_scale" in warning
    quantise(loud)  # a warning and no error
    silent = quantise(replace(model, calibration=0 * model.calibration))
    assert np.isfinite(silent.run(silent.quantise(model.check_x)).logits).all()


def test_what_is_too_large_for_the_runtime_is_refused():
    with pytest.raises(UserError, match="frame 2048: the runtime takes 8 to 1024"):
        quantise(saved("linear_ltc", FeatureSpec(frame=2048, hop=2048), samples=2048, units=4))
    with pytest.raises(UserError, match="600 features; the runtime takes up to 512"):
        quantise(saved("linear_ltc", FeatureSpec("raw", 600, 600), samples=600, units=4))


@pytest.mark.parametrize("name", [*torch_models.RECURRENT, "cnn_2k"])
def test_a_trained_network_keeps_its_accuracy(name):
    spec = WAVEFORM if name == "cnn_2k" else BANDS
    options = {} if name == "cnn_2k" else {"units": 8}
    model = torch_models.trained(name, spec, **options)
    x, y = signals(200, 300)
    exact = logits(model, x).argmax(axis=1)
    integer = quantise(model)
    got = lnn_file.from_bytes(lnn_file.to_bytes(integer)).run(integer.quantise(x)).decision
    assert np.mean(exact == y) > 0.9
    assert np.mean(got == exact) > 0.98


@pytest.mark.parametrize("case", CASES)
def test_bytes_layer_by_layer_add_up_to_the_file(case):
    name, spec, options = CASES[case]
    integer = quantise(saved(name, spec, axes=2, **options))
    rows, data = describe(integer), lnn_file.to_bytes(integer)
    records = lnn_file.records_of(data)
    assert [(row.inputs, row.units, row.steps) for row in rows[1:]] == [
        (each.inputs, each.units, each.steps_out) for each in records]
    stored = len(lnn_file.container.split(data, "")[1]["DATA"][1])
    stored = len(split(data, "")[1]["DATA"][1])
    total = sum(-(-row.array_bytes // 4) * 4 for row in rows)  # arrays start at words
    assert stored <= total <= stored + 40 * len(rows)  # equal arrays are stored once
    assert weight_bytes(integer) == sum(row.weight_bytes for row in rows)
    assert all(row.weight_bytes <= row.array_bytes for row in rows)


def test_weight_bytes_are_one_a_weight_but_for_padding():
    integer = quantise(saved("linear_ltc", BANDS, units=5))
    # 10 rows of 8 inputs, 3 classes of 5 units: 3 rows fill two pairs, 5 inputs fill six
    assert weight_bytes(integer) == 10 * 8 + 4 * 6
    assert weight_bytes(quantise(saved("lstm", BANDS, units=4))) == 16 * 12 + 4 * 4
