"""Mel features in integers: the float definition, the written one, and every register."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, extract
from lnnlab.features.mel import filterbank, mel_points_hz
from lnnlab.features.spec import MEL_KINDS
from lnnlab.integer import IntegerFeatures, quantise_samples
from lnnlab.integer.arithmetic import checked
from lnnlab.integer.spectrum import bin_powers
from lnnlab.integer.twin import unit_of


def integer(spec: FeatureSpec, window: int = 16000, channels: int = 1) -> IntegerFeatures:
    size = spec.size(channels)
    return IntegerFeatures(spec, channels, window, spec.mel.rate_hz, np.zeros(size, int),
                           np.ones(size, int), 1)


def random_spec(seed: int) -> FeatureSpec:
    random = np.random.default_rng(seed)
    frame = int(2 ** random.integers(7, 10))
    bands = int(random.integers(2, frame // 16))
    return FeatureSpec(
        str(random.choice(MEL_KINDS)), frame, int(random.integers(frame // 2, frame + 1)), bands,
        floor=2.0 ** -float(random.uniform(12, 30)),
        mel={"low_hz": float(random.uniform(0, 300)), "high_hz": float(random.uniform(5000, 8000)),
             "coefficients": int(random.integers(1, bands + 1)),
             "exponent": float(random.uniform(0, 1)), "bias": float(random.uniform(0, 4)),
             "root": float(random.uniform(0.1, 1)),
             "smoothing": 2.0 ** -int(random.integers(1, 13))},
    )


def log2_by_table(v: int) -> int:
    table = [round(1024 * np.log2(1 + i / 32)) for i in range(33)]
    top = v.bit_length() - 1
    mantissa = v << (31 - top)
    i, r = mantissa >> 26 & 31, mantissa >> 16 & 1023
    return 1024 * top + table[i] + (((table[i + 1] - table[i]) * r + 512) >> 10)


def by_the_definition(samples: np.ndarray, features: IntegerFeatures) -> list[list[int]]:
    """Values of a window's frames in plain integers, FORMAT.md, section 2, kinds 2 to 4."""
    spec, mel = features.spec, features.spec.mel
    points = mel_points_hz(spec)
    hz = [k * mel.rate_hz / spec.frame for k in range(spec.frame // 2 + 1)]
    starts = [next((k for k, f in enumerate(hz) if f >= point), len(hz)) for point in points]
    floor, rows, levels = features.floor, [], [None] * spec.bands
    for first in range(0, len(samples) - spec.frame + 1, spec.hop):
        frame = samples[None, None, None, first : first + spec.frame].astype(np.int64)
        power, e = bin_powers(frame, features.tables, features.most_shift)
        power, e = [0, *(int(p) for p in power[0, 0, 0])], int(e[0, 0, 0])
        total, risen = [], []
        for j in range(spec.bands + 1):
            part = range(starts[j], starts[j + 1])
            span = points[j + 1] - points[j]
            share = [min(32767, int(np.round(32768 * (hz[k] - points[j]) / span))) for k in part]
            total.append(sum(power[k] for k in part))
            risen.append(sum(power[k] * w for k, w in zip(part, share, strict=True)) >> 15)
        energy = [risen[j] + total[j + 1] - risen[j + 1] for j in range(spec.bands)]
        logs = [log2_by_table(each + (floor << 2 * e)) - 2048 * e for each in energy]
        if spec.kind == "pcen":
            rows.append([])
            for j, each in enumerate(energy):
                h = each >> (2 * e - 4) if e >= 2 else (
                    min(each, 2 ** (27 + 2 * e) - 1) << (4 - 2 * e))
                k = mel.smoothing_shift
                before = levels[j]
                levels[j] = h << k if before is None else before + h - (before >> k)
                lam = log2_by_table((levels[j] >> k) + 16 * floor) - 4096
                alpha = round(32768 * mel.exponent)
                t = min(max(logs[j] - ((alpha * lam + 2**14) >> 15) + 10240, 0), 24575)
                i, r = t >> 7, t & 127
                low, high = curve_at(i, alpha, mel), curve_at(i + 1, alpha, mel)
                rows[-1].append(low + (((high - low) * r + 64) >> 7))
        elif spec.kind == "mfcc":
            rows.append([])
            for c in range(mel.coefficients):
                scale = np.sqrt((1 if c == 0 else 2) / spec.bands)
                weights = [int(np.round(4096 * scale * np.cos(np.pi * c * (b + 0.5) / spec.bands)))
                           for b in range(spec.bands)]
                dot = sum(w * x for w, x in zip(weights, logs, strict=True))
                rows[-1].append((dot + 2**14) >> 15)
        else:
            rows.append(logs)
    return rows


def curve_at(i: int, alpha: int, mel) -> int:
    u = i / 8 - 10 + (1 - alpha / 32768) * np.log2(16 / 3)
    return min(32767, int(np.round(128 * ((2**u + mel.bias) ** mel.root - mel.bias**mel.root))))


@given(st.integers(0, 2**31))
@settings(max_examples=40)
def test_values_are_to_the_bit_what_the_definition_says(seed):
    spec = random_spec(seed)
    random = np.random.default_rng(seed)
    count = spec.frame + 3 * spec.hop
    loud = np.repeat(random.choice([0, 2, 60, 3000, 60000], 4), -(-count // 4))[:count]
    samples = np.clip(random.normal(0, 1, count) * loud, -32768, 32767).astype(np.int16)
    features = integer(spec, count)
    np.testing.assert_array_equal(
        features.values(samples[None, :, None])[0], by_the_definition(samples, features))


@given(st.integers(0, 2**31))
@settings(max_examples=60)
def test_no_register_overflows_for_any_samples(seed):
    spec = random_spec(seed)
    random = np.random.default_rng(seed)
    count = spec.frame + 2 * spec.hop
    extremes = random.choice([-32768, 32767, 0, -1, 1], (3, count, 1))
    waves = 32767 * np.sign(np.sin(np.arange(count) * random.uniform(0, np.pi, (4, 1))))
    samples = np.concatenate([extremes, waves[..., None]]).astype(np.int16)
    with checked():
        values = integer(spec, count).values(samples)
    assert np.abs(values).max() <= 65536


@pytest.mark.parametrize("kind, bound", [("log_mel", 0.03), ("mfcc", 0.2), ("pcen", 0.06)])
@pytest.mark.parametrize("level", [0.3, 0.01])
def test_noise_has_the_features_of_the_float_definition(kind, bound, level):
    """White noise fills all bands alike, so the transform's rounding stays far below it."""
    spec = FeatureSpec(kind, 512, 320, 40, floor=5e-9)
    x = np.random.default_rng(1).normal(0, level / 3, (4, 16000, 1))
    samples = quantise_samples(x, 1.0)
    unit, zero = unit_of(spec, 1)
    got = integer(spec).values(samples) / unit + zero
    error = got - extract(samples / 32768, spec)
    assert np.sqrt(np.mean(error**2)) < bound and abs(error.mean()) < bound / 2


def test_filters_are_triangles_that_share_every_bin_between_them():
    spec = FeatureSpec("log_mel", 512, 320, 40)
    bank, hz = filterbank(spec), np.arange(257) * 31.25
    points = mel_points_hz(spec)
    inner = (hz > points[1]) & (hz < points[-2])
    np.testing.assert_allclose(bank.sum(axis=0)[inner], 1)
    for band in range(40):
        wanted = np.interp(hz, points[band : band + 3], [0, 1, 0], left=0, right=0)
        np.testing.assert_allclose(bank[band], wanted, atol=1e-12)


def test_what_the_runtime_has_no_room_for_is_refused():
    with pytest.raises(UserError, match="mel filters for 16000 Hz on 8000 Hz"):
        spec = FeatureSpec("pcen", 512, 320, 40)
        IntegerFeatures(spec, 1, 16000, 8000.0, np.zeros(40, int), np.ones(40, int), 1)
    with pytest.raises(UserError, match="floor .* too large"):
        integer(FeatureSpec("pcen", 512, 320, 40, floor=0.1))
    with pytest.raises(UserError, match="takes up to 128"):
        integer(FeatureSpec("mfcc", 1024, 512, 130, mel={"low_hz": 0, "high_hz": 8000}))
