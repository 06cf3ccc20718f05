"""Autocorrelations in C: the twin's, on every core, whatever the samples; their cycles and code."""

from dataclasses import replace

import numpy as np
import pytest
import random_models
from acf_signals import SIGNALS, signal
from hypothesis import given, settings
from hypothesis import strategies as st
from test_lnn_file import changed, place

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec
from lnnlab.integer import IntegerFeatures
from lnnlab.profiling.measure import measure
from lnnlab.runtime.export import export
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.target.cores import CORES
from lnnlab.target.emulator import Machine
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import build


def network(lags=16, stride=2, block=64, channels=1, **left_out):
    """A random network on two blocks of so many samples."""
    spec = FeatureSpec("acf", block=block, lags=lags, stride=stride, **left_out)
    size = spec.size(channels)
    random = np.random.default_rng(size)
    front = IntegerFeatures(spec, channels, 2 * block, 1000.0, random.integers(-9000, 9000, size),
                            random.integers(0, 16384, size), 19)
    given = random_models.model(5, "linear_ltc")
    first = replace(given.layers[0], matrix=random_models.product(
        random, len(given.layers[0].matrix.bias), size))
    return replace(given, features=front, layers=[first, *given.layers[1:]])


def extreme(model, seed=0):
    """A window of each kind of signal, (window, time, channel)."""
    random, front = np.random.default_rng(seed), model.features
    return np.stack([
        np.stack([signal(kind, front.window, random) for _ in range(front.channels)], axis=-1)
        for kind in SIGNALS])


def assert_equal(model, samples, runner, piece=1 << 30):
    twin, said = model.run(samples), runner.run(samples, piece)
    np.testing.assert_array_equal(said.digests, twin.digests)
    np.testing.assert_array_equal(said.logits, twin.logits)


SHAPES = {
    "8 lags": {"lags": 8, "stride": 1}, "16 lags": {"block": 512, "stride": 4},
    "24 lags": {"lags": 24, "stride": 3}, "32 lags": {"lags": 32, "block": 200},
    "three channels": {"channels": 3, "stride": 3}, "means": {"mean": True, "block": 130},
    "means of two channels": {"mean": True, "channels": 2, "lags": 8},
    "no level": {"relative": True}, "no mean": {"mean": "removed", "block": 100},
    "neither": {"mean": "removed", "relative": True, "channels": 3, "lags": 8},
    "means and no level": {"mean": True, "relative": True, "lags": 24},
    "one place": {"lags": 32, "block": 34, "stride": 9},
    "most places": {"block": 1024, "lags": 8, "stride": 2},
}


@pytest.mark.parametrize("core", [HOST, *CORES])
def test_every_edge_is_the_twins(core):
    for shape in SHAPES.values():
        model = network(**shape)
        assert_equal(model, extreme(model), BatchRunner(lnn_file.to_bytes(model), core))


@given(st.integers(0, 2**31), st.integers(1, 70), st.sampled_from([HOST, "cortex-m4"]))
@settings(max_examples=40, deadline=None)
def test_so_is_any_front_end_in_any_pieces(seed, piece, core):
    model = random_models.model(seed, "acf")
    samples = np.concatenate([extreme(model, seed), random_models.samples(seed, model)])
    assert_equal(model, samples, BatchRunner(lnn_file.to_bytes(model), core, whole=True), piece)


def test_a_packed_build_is_the_twins_at_any_address():
    model = network(block=66)  # odd addresses of words: 2 modulo 4
    blob, samples = lnn_file.to_bytes(model), extreme(model)
    for portable in ({}, {"LNN_PORTABLE": 1}):
        runner = BatchRunner(blob, "cortex-m4", defines=portable)
        for piece in (66, 67, 131, 132):
            assert_equal(model, samples, runner, piece)


def functions_of(model, samples, core):
    """Function → cycles of a window, of the exported build."""
    blob = lnn_file.to_bytes(model)
    runner = BatchRunner(blob, core)
    machine = runner.machine
    given = machine.put(np.ascontiguousarray(samples, "<i2").tobytes())
    found = profile(machine, "lnn_batch", machine.put(blob), len(blob), machine.allocate(8192),
                    8192, given, 1, machine.allocate(64), machine.allocate(256), runner.observed,
                    1 << 20)
    return found.by_function


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m3"])
def test_what_leaves_32_bits_is_summed_in_64(core):
    """Words that no place visits are loud: r_0 is not, and cross sums would wrap."""
    model = network(block=256, lags=16, stride=2)
    samples = signal("few such", 512, np.random.default_rng(0))
    assert "wide_sums" in functions_of(model, samples, core)
    for kind in ("full scale in turn", "silence"):
        quiet = signal(kind, 512, np.random.default_rng(0))
        assert "wide_sums" not in functions_of(model, quiet, core)
    assert_equal(model, samples[None, :, None], BatchRunner(lnn_file.to_bytes(model), core))


def test_eight_lags_take_the_cycles_that_are_told():
    """Of a place, in two passes, on a Cortex-M4 without wait states."""
    taken = []
    for stride in (2, 4):
        model = network(block=512, stride=stride)
        samples = np.random.default_rng(0).integers(-900, 900, (1, 1024, 1)).astype(np.int16)
        measured = measure(lnn_file.to_bytes(model), "cortex-m4", samples)
        taken.append(measured.by_stage["features"][1])
    assert (taken[0] - taken[1]) / (2 * 62 * 2) <= 22


def test_a_build_holds_the_kernels_that_it_needs(tmp_path):
    sizes = {}
    for lags in (8, 16, 32):
        model = network(lags=lags)
        _, source, _ = export(lnn_file.to_bytes(model), tmp_path, "net")
        program = build([source], "cortex-m4", include=[tmp_path], keep=["lnn_init", "lnn_push"])
        kernels = {name for name in program.symbols if name.startswith("lags_to_")}
        assert kernels == {f"lags_to_{most}" for most in range(8, lags + 1, 8)}
        sizes[lags] = program.code_bytes
    assert sizes[8] < sizes[16] < sizes[32]
    _, source, _ = export(lnn_file.to_bytes(random_models.model(3, "linear_ltc")), tmp_path, "net")
    assert "/* ---- lnn_acf.c" not in source.read_text()
    program = build([source], "cortex-m4", include=[tmp_path], keep=["lnn_init", "lnn_push"])
    assert not [name for name in program.symbols if "acf" in name or "lags" in name]


def status_of(blob, defines):
    """What a host build with these macros says of a file."""
    machine = Machine(build(runtime.sources(), "cortex-m0", defines=defines, keep=["lnn_check"]))
    return machine.call("lnn_check", machine.put(blob), len(blob), 0)


BAD_FEATURES, UNSUPPORTED = 7, 11


def test_a_build_refuses_what_it_leaves_out():
    long, short = (lnn_file.to_bytes(network(lags=lags)) for lags in (32, 16))
    bands = lnn_file.to_bytes(random_models.model(3, "linear_ltc"))
    made = runtime.defines(short) | {"LNN_NO_STATIC": 1}
    assert status_of(short, made) == 0 and status_of(long, made) == UNSUPPORTED
    assert status_of(bands, made) == UNSUPPORTED
    assert status_of(short, runtime.defines(bands) | {"LNN_NO_STATIC": 1}) == UNSUPPORTED


FIELDS = {  # what is changed in the record: offset, type, value
    "frame 63": (4, "<H", 63), "frame 16": (4, "<H", 16), "frame 1026": (4, "<H", 1026),
    "frame 6": (4, "<H", 6), "lags 12": (8, "<H", 12), "lags 40": (8, "<H", 40),
    "lags 0": (8, "<H", 0), "no level, yet its feature": (10, "<H", 2), "flags 8": (10, "<H", 8),
    "a mean without its feature": (10, "<H", 1), "no mean of none": (10, "<H", 4),
    "stride 0": (92, "<H", 0), "stride 33": (92, "<H", 33), "16 features": (12, "<H", 16),
    "hop 0": (6, "<H", 0), "17 channels": (2, "<H", 17),
}


@pytest.mark.parametrize("wrong", FIELDS)
def test_readers_refuse_a_record_out_of_range(wrong):
    blob = lnn_file.to_bytes(network())
    offset, kind, value = FIELDS[wrong]
    damaged = changed(blob, place(blob, "FEAT") + offset, kind, value)
    with pytest.raises(UserError, match="at byte|offset"):
        lnn_file.from_bytes(damaged)
    assert status_of(damaged, {"LNN_NO_STATIC": 1}) == BAD_FEATURES


def test_readers_refuse_too_many_places():
    blob = lnn_file.to_bytes(network(block=1024, stride=2))
    damaged = changed(blob, place(blob, "FEAT") + 92, "<H", 1)
    with pytest.raises(UserError, match="504 places"):
        lnn_file.from_bytes(damaged)
    assert status_of(damaged, {"LNN_NO_STATIC": 1}) == BAD_FEATURES
