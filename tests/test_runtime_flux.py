"""A spectral flux gate set at run time: C on every core against the twin, what is refused."""

import ctypes
from dataclasses import replace

import numpy as np
import policy_records as policies
import pytest
import random_models
import random_policies
from hypothesis import given, settings
from hypothesis import strategies as st
from test_runtime_policy import CONFIG, hops_of

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.features.spec import FeatureSpec
from lnnlab.integer import FluxGate, run_policy
from lnnlab.integer.features import IntegerFeatures
from lnnlab.runtime.arena import arena_bytes
from lnnlab.target.cores import CORES
from lnnlab.target.stream import CHECKED, HOST, FluxConfig, StreamRunner
from lnnlab.target.toolchain import build_host

OPENS = {"raw": 3000, "log_bands": 2500, "log_mel": 2500, "mfcc": 2500, "pcen": 2500}  # Q8


def drawn(seed):
    """A network, what it hears, and a config, drawn so that the gate opens and closes."""
    random = np.random.default_rng(seed)
    front = str(random.choice(random_policies.FRONTS))
    model = random_policies.model(seed % 200, front)
    own = random_policies.policy(random) if random.integers(2) else None
    model = replace(model, policy=own)
    hop_ms = 1000 * model.features.spec.hop / model.features.rate_hz
    least_ms = int(1 + random.integers(0, 1 + int(3 * hop_ms)))
    opens = int(random.integers(0, OPENS[front]))
    config = FluxConfig(least_ms, least_ms + int(random.integers(0, 1 + int(12 * hop_ms))), opens,
                        opens - int(random.integers(0, 1 + opens)), int(random.integers(0, 1 + int(
                            4 * hop_ms))))
    return model, random_policies.stream(random, model, 150), config


def gate_of(config, model):
    """The gate of a config, by the words of the header."""
    own, front = model.policy, model.features
    least = max(1, hops_of(config.min_timestep_ms, front))
    most = max(least, hops_of(config.max_timestep_ms, front))
    between, enough = (), 0
    if isinstance(own, FluxGate):
        between = tuple(min(max(step, least), most) for step in own.between)
        enough = own.enough
    opens, closes = ((each * front.size + 128) >> 8
                     for each in (config.flux_threshold_q8, config.close_threshold_q8))
    return FluxGate(least, most, opens, closes, hops_of(config.hangover_ms, front),
                    between=between, enough=enough)


def assert_the_twins(said, twin):
    for name in ("hop", "timestep", "label", "confidence_q15", "detected", "smoothed_q15"):
        np.testing.assert_array_equal(getattr(said, name), getattr(twin, name), err_msg=name)
    assert (said.features, said.steps) == (twin.features_computed, twin.layer_steps)


@given(st.integers(0, 2**31))
@settings(max_examples=60)
def test_c_decides_as_the_twin(seed):
    model, samples, config = drawn(seed)
    twin = run_policy(model, samples, gate_of(config, model), CONFIG)
    assert_the_twins(StreamRunner(lnn_file.to_bytes(model)).run(samples, CONFIG, config), twin)


def test_the_gates_drawn_open_and_close():
    mixed = 0
    for seed in range(60):
        model, samples, config = drawn(seed)
        wanted = run_policy(model, samples, gate_of(config, model), CONFIG).wanted
        mixed += wanted.min() < wanted.max()
    assert mixed > 20


@pytest.mark.parametrize("core", [CHECKED, *CORES])
def test_every_core_decides_as_the_twin(core):
    for seed in range(8):
        model, samples, config = drawn(seed)
        twin = run_policy(model, samples, gate_of(config, model), CONFIG)
        runner = StreamRunner(lnn_file.to_bytes(model), core)
        assert_the_twins(runner.run(samples, CONFIG, config), twin)


@pytest.mark.parametrize("core", [HOST, "cortex-m4"])
def test_a_build_for_one_model_has_it_too(core):
    for seed in range(40):
        model, samples, config = drawn(seed)
        if model.policy is None:
            continue
        said = StreamRunner(lnn_file.to_bytes(model), core, whole=False).run(
            samples, CONFIG, config)
        assert_the_twins(said, run_policy(model, samples, gate_of(config, model), CONFIG))
        if core != HOST and seed > 8:
            break


@pytest.mark.parametrize("config", [
    FluxConfig(0, 100), FluxConfig(100, 99), FluxConfig(10, 65535), FluxConfig(10, 100, 500, 501),
])
def test_a_config_out_of_range_is_refused(config):
    model = policies.able(1)
    with pytest.raises(UserError, match="the runtime refuses it; choose 0 < min"):
        StreamRunner(lnn_file.to_bytes(model)).run(policies.sound(1, model, 5), adaptive=config)


@pytest.mark.parametrize("size", [200, 300])
@pytest.mark.parametrize("opens, closes", [(32767, 0), (500, -32768)])
def test_thresholds_that_no_sum_reaches_are_refused(size, opens, closes, monkeypatch):
    """Times the number of features they leave int16."""
    front = IntegerFeatures(FeatureSpec("raw", size, 100, full_scale=2.0), 1, 1000, 1000.0,
                            np.zeros(size, int), np.full(size, 5000), 20)
    monkeypatch.setattr(random_models, "features", lambda random, kind: front)
    model, config = random_policies.model(0, "raw"), FluxConfig(1000, 2000, opens, closes)
    samples = random_policies.stream(np.random.default_rng(0), model, 20)
    runner = StreamRunner(lnn_file.to_bytes(model))
    if size == 200:
        assert runner.run(samples, CONFIG, config).hops == 20
    else:
        with pytest.raises(UserError, match="the runtime refuses it"):
            runner.run(samples, CONFIG, config)


@pytest.fixture(scope="module")
def library():
    return ctypes.CDLL(str(build_host(runtime.sources(), include=[runtime.FOLDER], sanitize=False,
                                      shared=True)))


class Config(ctypes.Structure):
    """``lnn_flux_config_t``."""

    _fields_ = [(name, ctypes.c_int16) for name in ("least", "most", "open", "close", "hangover")]


def opened(library, blob, room):
    """The model of a file in an arena of so many bytes, and what keeps both alive."""
    words = np.zeros(len(blob) // 8 + 1, np.uint64)
    words.view(np.uint8)[: len(blob)] = np.frombuffer(blob, np.uint8)
    arena, model = np.zeros(room // 4, np.uint32), np.zeros(64, np.uint64)
    places = [each.ctypes.data_as(ctypes.c_void_p) for each in (model, words, arena)]
    status = library.lnn_init(places[0], places[1], len(blob), places[2], room)
    assert status == 0
    return places, (words, arena, model)


@pytest.mark.parametrize("kind", [None, "uniform", "energy", "flux", "delta", "learned"])
def test_it_asks_for_memory_that_others_do_not(kind, library):
    random = np.random.default_rng(3)
    own = kind and random_policies.policy(random, kind)
    model = replace(random_policies.model(4, "log_mel"), policy=own)
    blob = lnn_file.to_bytes(model)
    _, (words, *_) = opened(library, blob, 1 << 18)
    file = words.ctypes.data_as(ctypes.c_void_p)
    need, flux = library.lnn_arena_bytes(file), library.lnn_flux_arena_bytes(file)
    features = -(-model.features.size // 4) * 4
    assert flux - need == (0 if kind in ("flux", "delta") else features)
    assert (arena_bytes(blob, True), arena_bytes(blob, True, flux=True)) == (need, flux)
    (at, *_), kept = opened(library, blob, flux)
    config = Config(50, 500, 100, 100, 0)
    assert library.lnn_set_flux_config(at, ctypes.byref(config), flux - 4) == 0
    assert library.lnn_policy_kind(at) == -1  # no stream yet
    assert library.lnn_set_flux_config(at, ctypes.byref(config), flux) == 1
    assert library.lnn_set_streaming(at, 3, 25) == 1 and library.lnn_policy_kind(at) == 2
    assert kept


def test_windows_cannot_have_one(library):
    blob = lnn_file.to_bytes(random_models.model(1, "gru"))
    (at, *_), kept = opened(library, blob, 1 << 18)
    config = Config(50, 500, 100, 100, 0)
    assert library.lnn_set_flux_config(at, ctypes.byref(config), 1 << 18) == 0
    assert library.lnn_can_adapt(at) == library.lnn_is_streaming(at) == 0 and kept
