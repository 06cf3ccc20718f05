"""Features in integers against their float definition and numpy's transform."""

from dataclasses import replace

import numpy as np
import pytest
import random_models
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.features import FeatureSpec, band_edges, extract
from lnnlab.integer import IntegerFeatures, quantise_samples
from lnnlab.integer.arithmetic import checked
from lnnlab.integer.spectrum import transform, transform_tables

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
    fours, twos = divmod(length.bit_length() - 3, 2)  # behind the two stages without products
    # a >> 1 loses below 1/2, a product's >> 16 below 1; a stage of four halves the sum of one such
    # and three products, and loses 1/2 more
    truncated = np.sqrt(2) * (0.5 * 2 + (3.5 / 2 + 0.5) * fours + 1.5 * twos)
    product = 16384 * np.sqrt(2) * (np.sqrt(2) * 0.5 + 1) / 65536  # of a twiddle's own error
    # an error passes a stage undiminished, at worst
    assert largest <= truncated + product * (1.5 * fours + twos) + 1e-9


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
@settings(max_examples=60)
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
@settings(max_examples=30)
def test_one_frame_gives_what_whole_windows_give(seed):
    random = np.random.default_rng(seed)
    features = random_models.features(random, str(random.choice(["raw", "log_bands"])))
    shape = (2, features.window, features.channels)
    samples = random.integers(-9000, 9000, shape).astype(np.int16)
    whole = features.run(samples)
    for step in range(features.steps):
        first = step * features.spec.hop
        frame = samples[:, first : first + features.spec.frame]
        np.testing.assert_array_equal(features.frame(frame)[0], whole[:, step])


def turned(x, w):
    """x w / 2 of pairs of integers."""
    return (x[0] * w[0] - x[1] * w[1]) >> 16, (x[0] * w[1] + x[1] * w[0]) >> 16


def transformed(z, twiddle):
    """Step 4: the transform of pairs of integers in bit-reversed order."""
    m, half = len(z), 4
    circle = [*twiddle, *((-re, -im) for re, im in twiddle)]
    for g in range(0, m, 4):
        (ar, ai), (br, bi), (cr, ci), (dr, di) = (
            ((pr + sign * qr) >> 1, (pi + sign * qi) >> 1)
            for (pr, pi), (qr, qi) in (z[g : g + 2], z[g + 2 : g + 4]) for sign in (1, -1))
        z[g], z[g + 2] = ((ar + cr) >> 1, (ai + ci) >> 1), ((ar - cr) >> 1, (ai - ci) >> 1)
        z[g + 1], z[g + 3] = ((br + di) >> 1, (bi - dr) >> 1), ((br - di) >> 1, (bi + dr) >> 1)
    while 4 * half <= m:
        for g in range(0, m, 4 * half):
            for k in range(half):
                p = [g + k + part * half for part in range(4)]
                turn = k * m // (4 * half)
                (br, bi), (cr, ci), (dr, di) = (
                    turned(z[p[part]], circle[turns * turn])
                    for part, turns in ((1, 2), (2, 1), (3, 3)))
                ar, ai = z[p[0]][0] >> 1, z[p[0]][1] >> 1
                er, ei, our, oui = ar + br, ai + bi, ar - br, ai - bi
                fr, fi, vr, vi = cr + dr, ci + di, cr - dr, ci - di
                z[p[0]] = (er + fr) >> 1, (ei + fi) >> 1
                z[p[2]] = (er - fr) >> 1, (ei - fi) >> 1
                z[p[1]] = (our + vi) >> 1, (oui - vr) >> 1
                z[p[3]] = (our - vi) >> 1, (oui + vr) >> 1
        half *= 4
    if half < m:
        for k in range(half):
            (ar, ai), (tr, ti) = z[k], turned(z[k + half], circle[k])
            z[k], z[k + half] = ((ar >> 1) + tr, (ai >> 1) + ti), ((ar >> 1) - tr, (ai >> 1) - ti)
    return z


def by_the_definition(x, features, n):
    """Log-bands of n samples in plain integers, written from FORMAT.md, section 2, steps 1 to 8.

    With the powers of step 6 and their shift.
    """
    spec, tables = features.spec, features.tables
    m = n // 2
    bits = 0
    for value in x:
        bits |= value ^ (value >> 15)
    e = min(features.most_shift, 15 - bits.bit_length())
    y = [(value * 2**e * int(w) + 2**15) >> 16 for value, w in zip(x, tables.window, strict=True)]
    z = [None] * m
    for k in range(m):
        z[int(tables.reversed[k])] = (y[2 * k], y[2 * k + 1])
    z = transformed(z, [tuple(int(each) for each in pair) for pair in tables.twiddle])
    power = {m // 2: z[m // 2][0] ** 2 + z[m // 2][1] ** 2, m: (z[0][0] - z[0][1]) ** 2 >> 1}
    for k in range(1, m // 2):
        (zr, zi), (vr, vi) = z[k], z[m - k]
        sr, si, dr, di = (zr + vr) >> 1, (zi + vi) >> 1, (zr - vr) >> 1, (zi - vi) >> 1
        (er, ei), (odd, oi) = (sr, di), (dr, si)
        ur, ui = (int(each) for each in tables.split[k])
        tr, ti = (odd * ur - oi * ui) >> 15, (odd * ui + oi * ur) >> 15
        power[k] = (er + tr) ** 2 + (ei + ti) ** 2
        power[m - k] = (er - tr) ** 2 + (ei - ti) ** 2
    table = [round(1024 * np.log2(1 + i / 32)) for i in range(33)]
    logs, powers = [], []
    edges = [int(each) for each in band_edges(spec)]
    for low, high in zip(edges, edges[1:], strict=False):
        powers.append(sum(power[k] for k in range(low, high)))
        v = powers[-1] + features.floor * 4**e
        top = v.bit_length() - 1
        mantissa = v << (31 - top)
        i, r = mantissa >> 26 & 31, mantissa >> 16 & 1023
        between = ((table[i + 1] - table[i]) * r + 512) >> 10
        logs.append(1024 * top + table[i] + between - 2048 * e)
    if spec.relative:
        mean = (sum(logs) * features.reciprocal + 32768) >> 16
        logs = [each - mean for each in logs]
    assert len(power) == n // 2
    return logs, powers, e


@given(st.integers(0, 2**31), st.sampled_from(FRAMES[:4]), st.booleans())
@settings(max_examples=40)
def test_log_bands_are_to_the_bit_what_the_definition_says(seed, frame, relative):
    random = np.random.default_rng(seed)
    spec = FeatureSpec(frame=frame, hop=frame, bands=int(random.integers(1, frame // 2 + 1)),
                       spacing=str(random.choice(["linear", "log"])), relative=relative,
                       floor=2.0 ** -float(random.uniform(4, 30)))
    loud = random.choice([1, 9, 700, 20000])
    samples = np.clip(random.normal(0, loud, (1, frame, 1)), -32768, 32767).astype(np.int16)
    features = integer(spec, 1, frame)
    exact, _, _ = by_the_definition([int(each) for each in samples[0, :, 0]], features, frame)
    np.testing.assert_array_equal(features.values(samples)[0, 0], exact)
