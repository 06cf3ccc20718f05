"""Features in integers against their float definition and numpy's transform."""

from dataclasses import replace

import numpy as np
import pytest
import random_models
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.features import FeatureSpec, extract
from lnnlab.integer import IntegerFeatures, quantise_samples
from lnnlab.integer.arithmetic import checked
from lnnlab.integer.features import transform, transform_tables

FRAMES = (8, 16, 64, 256, 1024)


def integer(spec, channels=1, windows=1024):
    """An affine map that leaves values alone but for a shift by 1: only ``values`` is of use."""
    size = spec.size(channels)
    return IntegerFeatures(spec, channels, windows, 1000.0, np.zeros(size, int),
                           np.ones(size, int), 1)


def octaves(features, samples):
    """The integer log-bands in the float definition's unit."""
    shift = 0 if features.spec.relative else np.log2(16 / 3) - 30
    with checked():
        return features.values(samples) / 1024 + shift


@pytest.mark.parametrize("frame", FRAMES)
def test_the_transform_is_numpys_to_within_its_stated_bound(frame):
    random = np.random.default_rng(frame)
    length = frame // 2
    tables = transform_tables(frame)
    largest = 0.0
    for amplitude in (16384, 500, 3):
        z = random.uniform(-amplitude, amplitude, (50, length, 2)).round().astype(np.int64)
        exact = np.fft.fft(z[..., 0] + 1j * z[..., 1], axis=-1) / length
        re, im = np.empty((50, length), np.int64), np.empty((50, length), np.int64)
        re[:, tables.reversed], im[:, tables.reversed] = z[..., 0], z[..., 1]
        with checked():
            transform(re, im, tables.twiddle)
        largest = max(largest, np.abs(re + 1j * im - exact).max())
    stages = length.bit_length() - 1
    truncated = np.sqrt(2) * (0.5 * 2 + 1.5 * (stages - 2))  # a >> 1 below 1/2, t >> 16 below 1
    twiddles = 16384 * np.sqrt(2) * (np.sqrt(2) * 0.5 + 1) / 65536 * (stages - 2)
    assert largest <= truncated + twiddles + 1e-9  # an error passes a stage undiminished, at worst


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("level", [0.5, 1e-2, 1e-4])
def test_bands_of_noise_are_those_of_the_float_definition(frame, level):
    spec = FeatureSpec(frame=frame, hop=frame, bands=min(16, frame // 4), floor=2.0**-24)
    x = np.random.default_rng(1).normal(0, level / 3, (20, 1024, 1))
    samples = quantise_samples(x, 1.0)
    exact = extract(samples / 32768, spec)
    error = octaves(integer(spec), samples) - exact
    # the transform's error is like noise whose power is 2^-25 at most of full scale after
    # normalising, so below 1/20 of an octave for these signals, which fill the normalised range
    assert np.abs(error).max() < 0.12 and abs(error.mean()) < 0.02


def test_a_sine_stands_in_its_band_at_its_power():
    spec = FeatureSpec(frame=64, hop=64, bands=16, floor=2.0**-20)
    t = np.arange(1024)
    for cycles in (6, 14, 30):
        for amplitude in (0.9, 0.05, 0.002):
            x = amplitude * np.sin(2 * np.pi * cycles * t / 64)[None, :, None]
            samples = quantise_samples(x, 1.0)
            logs = octaves(integer(spec), samples)[0].mean(axis=0)
            exact = extract(samples / 32768, spec)[0].mean(axis=0)
            top = exact.argmax()
            assert logs.argmax() == top
            assert abs(logs[top] - exact[top]) < 0.01
            # bands far below the loudest rise to the transform's own noise, 2^-24 of it
            heard = exact > exact[top] - 18
            assert np.abs(logs - exact)[heard].max() < 0.25


@given(st.integers(0, 2**31), st.booleans(), st.sampled_from(["linear", "log"]),
       st.sampled_from(FRAMES[:4]), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_no_register_overflows_for_any_samples(seed, relative, spacing, frame, channels):
    random = np.random.default_rng(seed)
    bands = int(random.integers(1, frame // 2 + 1))
    spec = FeatureSpec(frame=frame, hop=int(random.integers(1, 2 * frame)), bands=bands,
                       spacing=spacing, relative=relative,
                       floor=2.0 ** -float(random.uniform(1, 30)))
    extremes = random.choice([-32768, 32767, 0, -1, 1], (4, 2 * frame, channels))
    waves = 32767 * np.sign(np.sin(np.arange(2 * frame) * random.uniform(0, np.pi, (4, 1))))
    samples = np.concatenate([extremes, np.repeat(waves[..., None], channels, axis=2)])
    features = integer(spec, channels, 2 * frame)
    with checked():
        values = features.values(samples.astype(np.int16))
    assert values.min() >= -32768 * 2 and values.max() <= 32768 * 2
    assert features.floor << (2 * features.most_shift) <= 2**30


def test_quiet_signals_are_normalised_and_not_lost():
    spec = FeatureSpec(frame=64, hop=64, bands=8, floor=2.0**-26)  # 3 of the integer power
    random = np.random.default_rng(2)
    samples = random.integers(-6, 7, (30, 1024, 1)).astype(np.int16)
    exact = extract(samples / 32768, spec)
    assert np.abs(octaves(integer(spec), samples) - exact).max() < 0.01
    unshifted = extract(samples // 4 * 4 / 32768, spec)  # what two bits less would give
    assert np.abs(unshifted - exact).max() > 0.1
    silent = octaves(integer(spec), np.zeros((1, 1024, 1), np.int16))
    assert np.ptp(silent) == 0 and abs(silent.max() - (-26)) < 0.001


def test_relative_bands_have_no_mean():
    spec = FeatureSpec(frame=64, hop=64, bands=12, relative=True)
    samples = np.random.default_rng(3).integers(-9000, 9000, (5, 1024, 2)).astype(np.int16)
    values = integer(spec, 2).values(samples).reshape(5, 16, 2, 12)
    absolute = integer(replace(spec, relative=False), 2).values(samples).reshape(5, 16, 2, 12)
    mean = absolute.mean(axis=-1)
    off = abs(integer(spec, 2).reciprocal * 12 / 65536 - 1)
    assert (np.abs(values.mean(axis=-1)) <= 0.5 + off * np.abs(mean) + 1e-9).all()
    exact = extract(samples / 32768, spec).reshape(5, 16, 2, 12)
    assert np.abs(values / 1024 - exact).max() < 0.12


def test_raw_frames_are_the_samples_with_the_channels_apart():
    spec = FeatureSpec("raw", frame=3, hop=2, full_scale=4.0)
    samples = np.random.default_rng(4).integers(-32768, 32767, (4, 50, 2)).astype(np.int16)
    values = integer(spec, 2, 50).values(samples)
    np.testing.assert_allclose(values / 32768, extract(samples / 8192.0, spec), atol=1e-6)


def test_the_affine_map_rounds_and_saturates():
    features = IntegerFeatures(FeatureSpec("raw", 1, 1), 1, 1, 1.0, np.array([100]),
                               np.array([3]), 4)
    values = np.array([[[-(2**15)]], [[100]], [[108]], [[109]], [[2**15 - 1]]])
    exact = np.clip(np.floor((values - 100) * 3 / 16 + 0.5), -128, 127)
    np.testing.assert_array_equal(features.affine(values), exact)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_samples_round_to_nearest_and_saturate(value, full_scale):
    got = int(quantise_samples(np.array([value]), full_scale)[0])
    exact = value / full_scale * 32768
    assert abs(got - min(max(exact, -32768), 32767)) <= 0.5 + 1e-9 * abs(exact)


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_one_frame_gives_what_whole_windows_give(seed):
    random = np.random.default_rng(seed)
    features = random_models.features(random, str(random.choice(["raw", "log_bands"])))
    shape = (2, features.window, features.channels)
    samples = random.integers(-9000, 9000, shape).astype(np.int16)
    whole = features.run(samples)
    for step in range(features.steps):
        first = step * features.spec.hop
        frame = samples[:, first : first + features.spec.frame]
        np.testing.assert_array_equal(features.frame(frame), whole[:, step])
