"""Log-bands under a rectangular window, and of frames in parts: scipy, the definition, the C."""

from dataclasses import replace

import numpy as np
import pytest
import random_models
from acf_signals import SIGNALS, signal
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipys
from test_integer_features import by_the_definition
from test_lnn_file import changed, place
from test_runtime_acf import BAD_FEATURES, UNSUPPORTED, assert_equal, status_of
from torch_models import saved

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, band_edges, extract
from lnnlab.integer import IntegerFeatures
from lnnlab.integer.arithmetic import checked, wide_log2_q10
from lnnlab.integer.twin import unit_of
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.target.cores import CORES


@pytest.mark.parametrize("window, name", [("hann", "hann"), ("rect", "boxcar")])
@pytest.mark.parametrize("average", [1, 3, 8])
def test_powers_are_scipys_welch(window, name, average):
    spec = FeatureSpec(block=64 * average, bands=16, window=window, average=average)
    x = np.random.default_rng(0).normal(0, 0.2, (3, 64 * average, 2))
    _, density = scipys.welch(x, window=scipys.get_window(name, 64), nperseg=64, noverlap=0,
                              detrend=False, axis=1)  # (window, bin, channel)
    power = density[:, 1:].reshape(3, 16, 2, 2).sum(axis=2) / 64  # two bins a band
    wanted = np.log2(power + spec.floor).swapaxes(1, 2).reshape(3, 1, 32)
    np.testing.assert_allclose(extract(x, spec), wanted, atol=1e-5)


def test_white_noise_has_the_same_power_under_both_windows():
    x = np.random.default_rng(1).normal(0, 0.1, (400, 1024, 1))
    for window in ("hann", "rect"):
        total = (2.0 ** extract(x, FeatureSpec(window=window))).sum(axis=-1).mean()
        assert total == pytest.approx(0.01 * 31.5 / 32, rel=0.02)


def test_an_average_varies_less():
    x = np.random.default_rng(2).normal(0, 0.1, (300, 512, 1))
    one = extract(x[:, :64], FeatureSpec(block=64)).std(axis=0).mean()
    eight = extract(x, FeatureSpec(block=512, average=8)).std(axis=0).mean()
    assert eight < one / 2.2  # 1/√8 of the powers' spread, and logs stretch what is low


def integer(spec, channels=1):
    size = spec.size(channels)
    return IntegerFeatures(spec, channels, spec.frame, 1000.0, np.zeros(size, int),
                           np.ones(size, int), 1)


def parts_by_the_definition(x, spec):
    """One frame in plain integers, from FORMAT.md, kind 1 with n > 1: of each part the powers that
    the definition of whole frames has, before their logarithm."""
    features = integer(spec)
    table = [round(1024 * np.log2(1 + i / 32)) for i in range(33)]
    sums = [spec.average * features.floor << 10] * spec.bands
    for part in range(spec.average):
        own = x[part * spec.transform :][: spec.transform]
        _, powers, e = by_the_definition(own, features, spec.transform)
        for band, power in enumerate(powers):
            sums[band] += power << (10 - 2 * e) if e <= 5 else power >> (2 * e - 10)
    logs = []
    for total in sums:
        cut = max(0, total.bit_length() - 32)
        top = (total >> cut).bit_length() - 1
        mantissa = (total >> cut) << (31 - top)
        i, r = mantissa >> 26 & 31, mantissa >> 16 & 1023
        between = ((table[i + 1] - table[i]) * r + 512) >> 10
        logs.append(1024 * top + table[i] + between + 1024 * (cut - 10))
    if spec.relative:
        mean = (sum(logs) * features.reciprocal + 32768) >> 16
        logs = [each - mean for each in logs]
    return logs


def random_spec(random, average=None):
    length = int(random.choice([8, 16, 64]))
    average = average or int(random.choice([2, 3, 7, 16]))
    return FeatureSpec(
        block=length * average, bands=int(random.integers(1, length // 2 + 1)), average=average,
        window=str(random.choice(["hann", "rect"])), relative=bool(random.integers(2)),
        floor=2.0 ** -float(random.uniform(4, 30)))


@given(st.integers(0, 2**31), st.sampled_from(SIGNALS))
@settings(max_examples=40)
def test_logs_are_to_the_bit_what_the_definition_says(seed, kind):
    random = np.random.default_rng(seed)
    spec = random_spec(random)
    x = signal(kind, spec.frame, random)
    with checked():
        got = integer(spec).values(x[None, :, None])[0, 0]
    assert got.tolist() == parts_by_the_definition([int(each) for each in x], spec)


@given(st.integers(1, 2**63 - 1))
def test_the_log_of_a_wide_number(value):
    """Off by the rounding of the table and of its interpolation, half a step each, by the chord of
    a 32nd of an octave, and by what is cut off below 15 bits of the mantissa."""
    got = int(wide_log2_q10(np.array([value]))[0])
    most = 2 * 0.5 / 1024 + (1 / 32**2 / 8 + 2.0**-15) / np.log(2)
    assert abs(got / 1024 - np.log2(float(value))) <= most


@pytest.mark.parametrize("window", ["hann", "rect"])
@pytest.mark.parametrize("level", [0.3, 0.003])
def test_the_twin_is_near_the_float_definition(window, level):
    spec = FeatureSpec(block=512, average=8, window=window, floor=2.0**-24)
    x = np.random.default_rng(3).normal(0, level, (20, 512, 2)).clip(-1, 0.99)
    samples = (32768 * x).astype(np.int16)
    unit, zero = unit_of(spec, 2)
    error = integer(spec, 2).values(samples) / unit + zero - extract(samples / 32768, spec)
    assert np.abs(error).max() < 0.03 and abs(error.mean()) < 0.005


def network(spec, channels):
    """A random network on two frames of a spec."""
    random, size = np.random.default_rng(spec.frame), spec.size(channels)
    front = IntegerFeatures(spec, channels, 2 * spec.frame, 1000.0,
                            random.integers(-9000, 0, size), random.integers(0, 16384, size), 17)
    given = random_models.model(5, "linear_ltc")
    first = replace(given.layers[0], matrix=random_models.product(
        random, len(given.layers[0].matrix.bias), size))
    return replace(given, features=front, layers=[first, *given.layers[1:]])


@pytest.mark.parametrize("core", [HOST, *CORES])
def test_the_c_is_the_twin(core):
    for seed, average in enumerate((1, 2, 3, 16)):
        random = np.random.default_rng(seed)
        model = network(random_spec(random, average), 1 + seed % 3)
        samples = np.stack([signal(kind, model.features.window * model.features.channels, random)
                            for kind in SIGNALS])
        samples = samples.reshape(len(SIGNALS), -1, model.features.channels)
        assert_equal(model, samples, BatchRunner(lnn_file.to_bytes(model), core), 37)


@pytest.mark.parametrize("window, average", [("rect", 1), ("rect", 4), ("hann", 4)])
def test_a_file_keeps_window_and_parts(window, average):
    spec = FeatureSpec(block=64 * average, window=window, average=average)
    again = lnn_file.from_bytes(lnn_file.to_bytes(network(spec, 1))).features.spec
    assert (again.window, again.average, again.transform) == (window, average, 64)


def test_a_float32_file_has_the_window_and_refuses_parts():
    for window in ("hann", "rect", "sine"):
        model = saved("linear_ltc", FeatureSpec(frame=32, hop=16, bands=8, window=window))
        read = lnn_file.float_from_bytes(lnn_file.float_to_bytes(model))
        assert read.spec.window == window
    with pytest.raises(UserError, match="log-bands of one transform"):
        lnn_file.float_to_bytes(saved("linear_ltc", FeatureSpec(block=64, bands=8, average=2)))


def test_readers_refuse_parts_out_of_range():
    blob = lnn_file.to_bytes(network(FeatureSpec(block=256, average=4), 1))
    for average in (3, 5, 64, 300):
        damaged = changed(blob, place(blob, "FEAT") + 94, "<H", average)
        with pytest.raises(UserError, match="frame 256"):
            lnn_file.from_bytes(damaged)
        assert status_of(damaged, {"LNN_NO_STATIC": 1}) == BAD_FEATURES
    table = lnn_file.to_bytes(network(FeatureSpec(block=64, window="rect"), 1))
    at = place(table, "DATA") + 6
    assert table[at : at + 2] == np.int16(round(32767 * np.sqrt(3 / 8))).tobytes()
    with pytest.raises(UserError, match="a table is not the defined one"):
        lnn_file.from_bytes(changed(table, at, "<h", 20065))


def test_a_build_without_parts_refuses_them():
    spec = FeatureSpec(block=256, average=4)
    blob = lnn_file.to_bytes(network(spec, 1))
    one = lnn_file.to_bytes(network(FeatureSpec(block=64), 1))
    made = runtime.defines(one) | {"LNN_NO_STATIC": 1}
    assert "LNN_USE_AVERAGE" not in made and runtime.defines(blob)["LNN_USE_AVERAGE"] == 1
    assert status_of(one, made) == 0 and status_of(blob, made) in (BAD_FEATURES, UNSUPPORTED)


def test_records_without_them_keep_their_keys():
    assert not {"window", "average"} & set(FeatureSpec().as_dict())
    spec = FeatureSpec(block=256, average=4, window="rect")
    assert FeatureSpec(**spec.as_dict()) == spec
    assert spec.as_dict()["window"] == "rect" and spec.as_dict()["average"] == 4
    assert len(band_edges(spec)) == 17 and band_edges(spec)[-1] == 33


@pytest.mark.parametrize("wrong, message", [
    ({"window": "hamming"}, "unknown window"), ({"average": 0}, "average 0: choose 1 or more"),
    ({"average": 3}, "frame 64 of 3 parts: .* a power of two, 4 or more in each part"),
    ({"average": 4, "bands": 9}, "bands 9: choose 1 to 8"),
    ({"kind": "raw", "window": "rect"}, "'raw' takes no window"),
    ({"kind": "log_mel", "average": 2}, "'log_mel' takes no average"),
])
def test_a_wrong_spec_is_refused(wrong, message):
    with pytest.raises(UserError, match=message):
        FeatureSpec(**wrong)


def test_parts_too_short_for_the_runtime_are_refused():
    with pytest.raises(UserError, match="part of a frame 4: the runtime takes 8 to 1024"):
        integer(FeatureSpec(block=64, bands=2, average=16))
