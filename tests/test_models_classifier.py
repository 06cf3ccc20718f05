"""Classifiers, convolutional networks and null baselines."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from lnnlab.errors import UserError
from lnnlab.models import (
    KINDS,
    BandStatistics,
    Majority,
    build,
    parameter_count,
    within_budget,
)
from lnnlab.models.depthwise import causal_depthwise
from lnnlab.models.keyword import held

TRAINED = [name for name, kind in KINDS.items() if kind.family != "null"]


@pytest.mark.parametrize("name", TRAINED)
def test_forward_is_trace_and_gradients_reach_every_parameter(name):
    width = {"cell": {"units": 6}, "blocks": {"channels": 6}}.get(KINDS[name].family, {})
    model = build(name, 3, 4, steps=20, **width)
    model.eval()
    x = torch.randn(5, 20, 3)
    logits, layers = model.trace(x)
    torch.testing.assert_close(model(x), logits)
    assert logits.shape == (5, 4)
    assert layers[-1].inputs.shape == (5, layers[-1].weight.shape[1])
    logits.square().sum().backward()
    assert all(each.grad is not None for each in model.parameters())


def test_sizes_of_the_convolutional_networks():
    assert parameter_count(build("cnn_42k", 1, 4)) == pytest.approx(42_000, rel=0.03)
    assert parameter_count(build("cnn_2k", 1, 4)) == pytest.approx(2_304, rel=0.03)


@pytest.mark.parametrize("steps", [2, 5, 16, 200])
def test_convolutional_networks_take_short_sequences_and_single_windows(steps):
    for name in ("cnn_42k", "cnn_2k"):
        model = build(name, 3, 4, steps=steps)
        model.train()
        assert torch.isfinite(model(torch.randn(1, steps, 3))).all()


@pytest.mark.parametrize("name", TRAINED)
def test_the_budget_is_used_and_kept(name):
    width = within_budget(name, 16, 4, 2304)
    if KINDS[name].family == "convolution":
        assert not width
        return
    step = 1 if KINDS[name].family == "cell" else 2
    wider = {option: number + step for option, number in width.items()}
    assert parameter_count(build(name, 16, 4, **width)) <= 2304
    assert parameter_count(build(name, 16, 4, **wider)) > 2304


def test_a_budget_too_small_is_refused():
    with pytest.raises(UserError, match="do not fit in 10 parameters"):
        within_budget("lstm", 16, 4, 10)


def test_work_by_hand():
    steps, inputs, units, classes = 16, 5, 6, 4
    readout = units * classes
    by_hand = {
        "linear_ltc": steps * 2 * units * inputs + readout,
        "lstm": steps * 4 * units * (inputs + units) + readout,
        "gru": steps * 3 * units * (inputs + units) + readout,
        "cfc": steps * ((inputs + units) * units + 4 * units * units) + readout,
        "ltc": steps * (inputs * units + 6 * units * units) + readout,
    }
    for name, expected in by_hand.items():
        assert build(name, inputs, classes, units=units).macs(steps) == expected
    mixed = build("linear_ltc", inputs, classes, units=units, layers=2, mixing=4)
    expected = steps * (2 * units * inputs + 4 * units + 2 * units * units) + readout
    assert mixed.macs(steps) == expected


def test_work_of_a_convolutional_network_by_hand():
    """cnn_2k on 1,024 samples: stride 4 and 9 taps in the stem, 2 and 5 in the blocks."""
    lengths = [256, 128, 64, 32]
    stem = lengths[0] * 8 * 9
    blocks = sum(
        length * (5 * narrow + narrow * wide)
        for length, narrow, wide in zip(lengths[1:], (8, 16, 24), (16, 24, 42), strict=True)
    )
    assert build("cnn_2k", 1, 4).macs(1024) == stem + blocks + 42 * 4


def test_mixing_is_causal():
    model = build("linear_ltc", 3, 4, units=6, layers=2, mixing=4, pool="last")
    x = torch.randn(2, 12, 3)
    _, whole = model.trace(x)
    _, begun = model.trace(x[:, :7])
    second = [each.inputs for each in (whole[2], begun[2])]  # what the second cell was given
    torch.testing.assert_close(second[0][:, :7], second[1])


def test_the_standardiser_is_that_of_scikit_learn():
    x = np.random.default_rng(0).normal(3.0, 2.0, (10, 7, 4)).astype(np.float32)
    model = build("linear_ltc", 4, 2, units=3)
    model.fit_standardiser(x)
    ours = model.standardised(torch.from_numpy(x)).reshape(-1, 4)
    theirs = StandardScaler().fit_transform(x.reshape(-1, 4))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_timespans_reach_the_liquid_cells():
    model = build("linear_ltc", 3, 4, units=6, pool="last")
    x = torch.randn(2, 9, 3)
    slow, fast = (model(x, torch.full((2, 9), span)) for span in (0.1, 5.0))
    assert not torch.allclose(slow, fast)


def test_null_baselines():
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 8, 3))
    y = np.array([0] * 40 + [1] * 20)
    x[y == 1] += 2.0
    assert (Majority().fit(x, y).predict(x) == 0).all()
    null = BandStatistics().fit(x, y)
    statistics = np.concatenate([x.mean(1), x.std(1)], axis=1)
    scaled = StandardScaler().fit_transform(statistics)
    oracle = LogisticRegression(max_iter=5000).fit(scaled, y).predict(scaled)
    np.testing.assert_array_equal(null.predict(x), oracle)
    assert null.parameters == 6 + 1


def test_an_unknown_model_or_pool_is_named():
    with pytest.raises(UserError, match="did you mean 'linear_ltc'"):
        build("linear_lct", 3, 2)
    with pytest.raises(UserError, match="known: mean, last"):
        build("gru", 3, 2, pool="max")


def drawn_spans(batch, time, seed=0):
    random = torch.Generator().manual_seed(seed)
    return torch.randint(1, 7, (batch, time, 1), generator=random).float()


def test_the_convolution_sees_the_held_signal():
    """Against the signal written out step by step."""
    x, spans, taps = torch.randn(3, 10, 4), drawn_spans(3, 10), 5
    seen = held(x, spans, taps)
    for row in range(3):
        lengths = spans[row, :, 0].long()
        written = torch.cat([torch.zeros(taps - 1, 4), x[row].repeat_interleave(lengths, dim=0)])
        for t, end in enumerate(lengths.cumsum(0)):
            torch.testing.assert_close(seen[row, t], written[end - 1 : end - 1 + taps])


def test_spans_of_one_change_nothing():
    model = build("keyword_linear_ltc", 6, 4, channels=8).eval()
    x = torch.randn(3, 20, 6)
    torch.testing.assert_close(model(x, timespans=1.0), model(x))


def test_the_pool_of_held_values_is_the_pool_of_every_step():
    model = build("keyword_linear_ltc", 6, 4, channels=8).eval()
    y, spans = torch.randn(2, 9, 8), drawn_spans(2, 9, 1)
    for row in range(2):
        lengths = spans[row, :, 0].long()
        written = y[row : row + 1].repeat_interleave(lengths, dim=1)
        ends = lengths.cumsum(0) - 1
        torch.testing.assert_close(
            model.pooled(y[row : row + 1], spans[row : row + 1]), model.pooled(written)[:, ends])


@pytest.mark.parametrize(("time", "taps"), [(9, 5), (3, 5), (4, 1)])
def test_the_causal_depthwise_convolution_is_torchs(time, taps):
    torch.manual_seed(0)
    x = torch.randn(time, 2, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(taps, 3, dtype=torch.float64, requires_grad=True)
    padded = torch.nn.functional.pad(x.permute(1, 2, 0), (taps - 1, 0))
    wanted = torch.nn.functional.conv1d(padded, weight.t()[:, None], groups=3)
    torch.testing.assert_close(causal_depthwise(x, weight), wanted.permute(2, 0, 1))
    assert torch.autograd.gradcheck(causal_depthwise, (x, weight))


def test_a_band_that_hardly_varies_is_not_blown_up():
    random = np.random.default_rng(0)
    x = random.normal(size=(50, 20, 8)) * np.array([1, 2, 1, 2, 1, 2, 1, 1e-4])
    network = build("linear_ltc", 8, 2, units=4)
    network.fit_standardiser(x)
    scale = network.scale.numpy()
    np.testing.assert_allclose(scale[:7], 1 / x.std(axis=(0, 1))[:7], rtol=1e-5)
    assert scale[7] == pytest.approx(64 / np.median(x.std(axis=(0, 1))), rel=1e-5)
    network.fit_standardiser(np.ones((4, 4, 8)))
    assert np.isfinite(network.scale.numpy()).all()
