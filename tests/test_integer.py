"""Integer layers and whole networks: oracles in exact arithmetic, streams, extremes."""

import numpy as np
import pytest
import random_models
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from lnnlab.integer import Stepper
from lnnlab.integer import layers as kinds
from lnnlab.integer.arithmetic import checked
from lnnlab.integer.layers import Product
from lnnlab.integer.model import digest

KINDS = random_models.KINDS
Q12, Q15 = 4096, 32768


def real(product, x):
    """What a product's rows stand for, before rounding and clamping."""
    acc = x @ product.weight.T + product.bias
    return acc * product.factor * 2.0 ** (product.up - 16 - product.down)


def inputs(seed, width, windows=5, steps=7):
    return np.random.default_rng(seed).integers(-128, 128, (windows, steps, width))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=random_models.SEEDS)
@settings(max_examples=15)
def test_piece_by_piece_and_whole_windows_agree_in_every_output(kind, seed):
    model = random_models.model(seed, kind)
    random = np.random.default_rng(seed)
    samples = random_models.samples(seed, model, 3)
    with checked():
        whole = model.run(samples)
    stepper, said, taken = Stepper(model), [], 0
    stream = samples.reshape(1, -1, model.features.channels)
    while taken < stream.shape[1]:
        some = int(random.integers(1, 2 * model.features.window))
        said += stepper.push(stream[:, taken : taken + some])
        taken += some
    assert len(said) == 3
    for number, each in enumerate(said):
        for name in ("logits", "decision", "confidence_q15", "digests"):
            assert (getattr(each, name)[0] == getattr(whole, name)[number]).all(), name


@given(seed=random_models.SEEDS)
@settings(max_examples=40)
def test_extreme_samples_overflow_no_register_and_stay_in_range(seed):
    model = random_models.model(seed)
    features = model.features
    shape = (4, features.window, features.channels)
    samples = np.random.default_rng(seed).choice([-32768, 32767], shape).astype(np.int16)
    samples[0], samples[1] = -32768, 32767
    with checked():
        observed = model.observe(samples)
    expected = 1 + len(model.layers) + sum(isinstance(e, kinds.LSTM) for e in model.layers)
    assert len(observed) == expected
    for each in observed:
        assert np.abs(each + 0.5).max() <= 32767.5
    assert np.abs(observed[0] + 0.5).max() <= 127.5


def test_windows_do_not_depend_on_each_other_and_chunks_do_not_show():
    model = random_models.model(5, "gru")
    samples = random_models.samples(6, model, 300)  # more than one chunk
    together = model.run(samples)
    for number in (0, 1, 255, 256, 299):
        alone = model.run(samples[number : number + 1])
        assert (alone.logits[0] == together.logits[number]).all()
        assert (alone.digests[0] == together.digests[number]).all()


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("timestep", [1, 2, 3, 12, 32])
def test_linear_ltc_follows_its_closed_form(absolute, timestep):
    random = np.random.default_rng(1)
    layer = kinds.LinearLTC(random_models.product(random, 16, 6), absolute)
    x = inputs(2, 6)
    with checked():
        h = layer.run(x, timestep).observed[0]
    pre = real(layer.matrix, x).clip(-32768, 32767)
    keep = (1 - expit(pre[..., 0::2] / Q12)) ** timestep
    goal = np.abs(pre[..., 1::2]) if absolute else Q15 * np.tanh(pre[..., 1::2] / 8192)
    exact = np.zeros_like(goal[:, 0])
    for t in range(x.shape[1]):
        exact = exact + (1 - keep[:, t]) * (goal[:, t] - exact)
        # a pre-activation rounds by 1, a squaring doubles the gate's error of 4 and adds 1
        assert np.abs(h[:, t] - exact).max() < 16 * (1 + np.log2(timestep))
    by_step, state = [], layer.start(len(x))
    for t in range(x.shape[1]):
        state = layer.step(x[:, t], state, timestep)
        by_step.append(state[0])
    np.testing.assert_array_equal(np.stack(by_step, axis=1), h)


def test_a_layer_without_input_stays_at_its_goal():
    still = Product(np.zeros((4, 3), int), np.array([0, 8192, -(2**20), 8192]),
                    np.full(4, 32767), 1)
    h = kinds.LinearLTC(still).run(inputs(0, 3, steps=60)).observed[0]
    goal = np.tanh(1.0)  # the bias of 8192 is tanh(1)
    assert abs(h[0, -1, 0] / Q15 - goal) < 2e-4  # unit 0: gate 1/2, arrived after 60 steps
    assert abs(h[0, -1, 1]) < 0.05 * Q15  # unit 1: gate at its least, 11/32768 a step


def test_mix_is_a_causal_convolution():
    random = np.random.default_rng(3)
    layer = kinds.Mix(*random_models.filters(random, 3, 4))
    x = inputs(4, 4)
    got = layer.run(x).output
    for unit in range(4):
        for window in range(len(x)):
            full = np.convolve(x[window, :, unit], layer.weight[::-1, unit])[: x.shape[1]]
            scaled = (full + layer.bias[unit]) * layer.factor[unit]
            exact = np.clip(scaled * 2.0 ** (layer.up - 16 - layer.down), 0, 127)
            assert np.abs(got[window, :, unit] - exact).max() <= 1.25
    later = x.copy()
    later[:, 4:] = 0  # the present does not see what comes
    np.testing.assert_array_equal(layer.run(later).output[:, :4], got[:, :4])


@pytest.mark.parametrize("taps, stride", [(1, 1), (3, 1), (3, 2), (5, 2), (5, 3)])
def test_convolutions_are_torchs(taps, stride):
    random = np.random.default_rng(5)
    x = inputs(6, 4, steps=9)
    given_x = torch.from_numpy(x.swapaxes(1, 2)).double()
    for relu in (False, True):
        matrix = random_models.product(random, 3, 4 * taps, 60)
        layer = kinds.Convolution(matrix, taps, stride, relu)
        weight = layer.matrix.weight.reshape(3, taps, 4).swapaxes(1, 2)
        exact = torch.nn.functional.conv1d(
            given_x, torch.from_numpy(np.ascontiguousarray(weight)).double(),
            torch.from_numpy(layer.matrix.bias).double(), stride, taps // 2,
        ).numpy().swapaxes(1, 2)
        exact = exact * layer.matrix.factor * 2.0 ** (-16 - layer.matrix.down)
        exact = np.clip(exact, 0 if relu else -128, 127)
        got = layer.run(x).output
        assert got.shape == exact.shape and np.abs(got - exact).max() <= 1.5

        own = kinds.Depthwise(*random_models.filters(random, taps, 4), stride, relu)
        exact = torch.nn.functional.conv1d(
            given_x, torch.from_numpy(own.weight.T[:, None].copy()).double(),
            torch.from_numpy(own.bias).double(), stride, taps // 2, groups=4,
        ).numpy().swapaxes(1, 2)
        exact = exact * own.factor * 2.0 ** (own.up - 16 - own.down)
        exact = np.clip(exact, 0 if relu else -128, 127)
        assert np.abs(own.run(x).output - exact).max() <= 1.5


def test_the_pool_is_a_mean_or_the_last_step():
    states = np.random.default_rng(7).integers(-32768, 32768, (4, 50, 6))
    factor = round(65536 / 50 / 256)
    mean = kinds.Pool(factor).run(states).output[:, 0]
    assert np.abs(mean - states.sum(axis=1) * factor / 65536).max() < 1
    last = kinds.Pool(256, last=True).run(states).output[:, 0]
    np.testing.assert_array_equal(last, states[:, -1] // 256)


def test_digests_are_fnv_over_whole_values():
    values = np.array([[[1, -1], [300, -32768]], [[0, 0], [0, 0]]])
    for row, got in zip(values, digest(values), strict=True):
        hashed = 2166136261
        for value in row.ravel():
            hashed = ((hashed ^ (int(value) & 0xFFFFFFFF)) * 16777619) % 2**32
        assert int(got) == hashed


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_a_changed_weight_changes_the_digest_from_its_layer_on(seed):
    model = random_models.model(seed, "linear_ltc")
    samples = random_models.samples(seed, model, 8)
    before = model.observe(samples)
    matrix = model.layers[0].matrix
    changed = kinds.LinearLTC(
        Product(matrix.weight, matrix.bias + 3000, matrix.factor, matrix.up, matrix.down),
        model.layers[0].absolute, model.layers[0].out_shift,
    )
    after = type(model)(model.features, [changed, *model.layers[1:]], model.classes)
    ran = after.observe(samples)
    np.testing.assert_array_equal(ran[0], before[0])
    same = (ran[1] == before[1]).all(axis=(1, 2))
    np.testing.assert_array_equal(digest(ran[1]) == digest(before[1]), same)
