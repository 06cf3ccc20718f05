"""Autocorrelations in integers: the definition in plain numbers, its bounds, the float ones."""

import numpy as np
import pytest
import random_models
from acf_signals import SIGNALS, signal
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer import IntegerFeatures
from lnnlab.integer.arithmetic import checked
from lnnlab.integer.twin import unit_of

LOG = [round(1024 * np.log2(1 + i / 32)) for i in range(33)]


def integer(spec, channels=1, window=None):
    size = spec.size(channels)
    return IntegerFeatures(spec, channels, window or spec.frame, 1000.0, np.zeros(size, int),
                           np.ones(size, int), 1)


def log2_q10(v):
    top = v.bit_length() - 1
    mantissa = v << (31 - top)
    i, part = mantissa >> 26 & 31, mantissa >> 16 & 1023
    return 1024 * top + LOG[i] + (((LOG[i + 1] - LOG[i]) * part + 512) >> 10)


def by_the_definition(x, spec):
    """One frame in plain integers, written from FORMAT.md, section 2, kind 5."""
    count, lags = spec.frame, spec.lags
    mean = (sum(x) + count // 2) // count
    if spec.mean:
        x = [min(max(each - mean, -32768), 32767) for each in x]

    def products():
        found = []
        for k in range(lags + 1):
            total, o = 0, k % 2
            for p in range(0, count - lags, 2 * spec.stride):
                total += x[p + o] * x[p + o + k] + x[p + o + 1] * x[p + o + 1 + k]
            found.append(total)
        return found

    r, loud = products(), 0
    if r[0] >= 2**31:
        x, loud = [each >> 4 for each in x], 1
        r = products()
        assert r[0] < 2**31
    one = max(r[0], 1)
    e = 31 - one.bit_length()
    i = (2**29 - 1) // ((one << e) >> 16)
    assert 16384 <= i <= 32767
    ratios = [(min(max(each, -r[0]), r[0]) * 2**e * i) >> 31 for each in r[1:]]
    level = [log2_q10(one) - 16384 + 8192 * loud] * (not spec.relative)
    return [*level, *ratios, *[mean] * (spec.mean is True)]


@given(st.integers(0, 2**31), st.sampled_from(SIGNALS))
@settings(max_examples=150)
def test_values_are_to_the_bit_what_the_definition_says(seed, kind):
    random = np.random.default_rng(seed)
    spec = random_models.features(random, "acf").spec
    x = signal(kind, spec.frame, random)
    with checked():
        got = integer(spec).values(x[None, :, None])[0, 0]
    assert got.tolist() == by_the_definition([int(each) for each in x], spec)
    first = 0 if spec.relative else 1
    assert np.abs(got[first : first + spec.lags]).max() <= 16385  # clamped, and a rounding


@given(st.integers(0, 2**31), st.integers(1, 3), st.booleans())
@settings(max_examples=40)
def test_values_are_the_float_definitions(seed, channels, mean):
    random = np.random.default_rng(seed)
    spec = FeatureSpec("acf", block=256, stride=int(random.integers(1, 5)), mean=mean)
    loud = 2.0 ** random.uniform(7, 15)
    x = np.clip(random.normal(loud / 4, loud, (4, 256, channels)), -32768, 32767).astype(np.int16)
    unit, zero = unit_of(spec, channels)
    got = integer(spec, channels).values(x)[:, 0] / unit + zero
    exact = extract(x / 32768, spec)[:, 0]
    error = np.abs(got - exact).reshape(4, channels, -1)
    assert error[..., 0].max() < 0.01  # a log by pieces: 0.4/1024; samples >> 4: half a step lower
    rounded = 4 / 2**14 + 40 / loud  # a division's 15 bits; samples >> 4, or a mean, rounded
    assert error[..., 1:].max() < rounded


def test_the_loud_path_is_where_it_has_to_be():
    """Below 2^31 and above: samples >> 4, 184 in size, lose half a step, 8/1024 octave."""
    spec = FeatureSpec("acf", block=512, stride=2)
    levels = []
    for amplitude in (2942, 2943):  # 248 squares
        x = np.where(np.arange(512) % 2, amplitude, -amplitude)
        assert (248 * amplitude**2 >= 2**31) == (amplitude == 2943)
        levels.append(integer(spec).values(x[None, :, None])[0, 0, 0])
    assert -8 <= levels[1] - levels[0] < 0


def test_one_frame_gives_what_whole_windows_give():
    for seed in range(20):
        random = np.random.default_rng(seed)
        features = random_models.features(random, "acf")
        shape = (2, features.window, features.channels)
        samples = random.integers(-32768, 32768, shape).astype(np.int16)
        whole = features.run(samples)
        for step in range(features.steps):
            first = step * features.spec.hop
            frame = samples[:, first : first + features.spec.frame]
            np.testing.assert_array_equal(features.frame(frame)[0], whole[:, step])
        streamed = features.stream(samples[0])
        np.testing.assert_array_equal(streamed[: features.steps], whole[0])


def test_what_the_runtime_has_no_room_for_is_refused():
    with pytest.raises(UserError, match="frame 2048: the runtime takes 8 to 1024 samples"):
        integer(FeatureSpec("acf", block=2048, stride=8))
    with pytest.raises(UserError, match="block 1024: products at 504 places, .* choose stride 2"):
        integer(FeatureSpec("acf", block=1024, stride=1))
    integer(FeatureSpec("acf", block=1024, stride=2))


def test_every_channel_has_its_own_unit():
    spec = FeatureSpec("acf", block=64, lags=8, mean=True)
    unit, zero = unit_of(spec, 3)
    assert unit.tolist() == [1024, *[16384] * 8, 32768] * 3
    assert zero[0] == zero[10] == 16 - 30 - np.log2(2 * 14) and not zero[1:10].any()
    unit, zero = unit_of(FeatureSpec("acf", block=64, lags=8, mean=True, relative=True), 2)
    assert unit.tolist() == [*[16384] * 8, 32768] * 2 and not zero.any()
    unit, _ = unit_of(FeatureSpec("acf", block=64, lags=8, mean="removed"), 1)
    assert unit.tolist() == [1024, *[16384] * 8]
