"""Timestep policies in C: what they compute, what they say, what they refuse."""

import ctypes
from fractions import Fraction

import numpy as np
import policy_records as policies
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig
from lnnlab.runtime.export import export
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.target.cores import CORES
from lnnlab.target.stream import CHECKED, AdaptiveConfig, StreamRunner
from lnnlab.target.toolchain import build_host

SEEDS = st.integers(0, 2**31)
CONFIG = StreamConfig(2, 4, 0.4)
FIELDS = ("hop", "timestep", "label", "confidence_q15", "detected", "smoothed_q15", "decisions",
          "features", "steps", "hops")


def assert_same(a, b):
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def plain(seed):
    model = policies.able(seed)
    return model, lnn_file.to_bytes(model)


def test_powers_are_those_of_plain_integers(tmp_path):
    source = tmp_path / "power.c"
    source.write_text('#include "lnn_internal.h"\nint power(int k, int n);\n'
                      "int power(int k, int n) { return lnn_power(k, (uint32_t)n); }\n")
    library = ctypes.CDLL(str(build_host([source], include=[runtime.FOLDER], sanitize=False,
                                         shared=True)))
    random = np.random.default_rng(0)
    for k in [0, 1, 16384, 32767, 32768, *random.integers(0, 32769, 60).tolist()]:
        for times in range(1, 256):
            r = k
            for bit in bin(times)[3:]:
                r = (r * r + (1 << 14)) >> 15
                if bit == "1":
                    r = (r * k + (1 << 14)) >> 15
            assert library.power(k, times) == r


@given(SEEDS)
@settings(max_examples=15)
def test_always_is_no_policy(seed):
    model, blob = plain(seed)
    samples = policies.sound(seed, model, 60)
    always = policies.with_policy(blob, policies.record())
    assert_same(StreamRunner(always).run(samples, CONFIG), StreamRunner(blob).run(samples, CONFIG))


@given(SEEDS, st.integers(1, 40))
@settings(max_examples=15)
def test_a_uniform_policy_computes_every_so_many_hops(seed, step):
    model, blob = plain(seed)
    samples = policies.sound(seed, model, 100)
    said = StreamRunner(policies.with_policy(blob, policies.record(steps=(step,) * 5))).run(samples)
    assert said.hop.tolist() == list(range(0, 100, step))
    assert said.timestep.tolist() == [1] + [step] * (len(said.hop) - 1)
    assert said.features == said.steps == len(said.hop)


@given(SEEDS, st.integers(1, 255))
@settings(max_examples=60)
def test_no_two_frames_are_further_apart_than_the_longest_step(seed, most):
    blob = policies.blob_of(seed, most=most)
    model = lnn_file.from_bytes(blob)
    said = StreamRunner(blob).run(policies.sound(seed, model, 600), CONFIG)
    kind, look_back, *steps = policies.RECORD.unpack(policies.random_record(seed, most=most))[:7]
    assert said.hop[0] == 0 and 600 - said.hop[-1] <= steps[4]
    gaps = np.diff(said.hop)
    assert not len(gaps) or steps[0] <= gaps.min() and gaps.max() <= steps[4]
    np.testing.assert_array_equal(said.timestep, [1, *gaps])
    assert len(said.hop) <= said.steps <= len(said.hop) * (1 + look_back)
    assert said.features == (600 if kind in (policies.FLUX, policies.DELTA) else said.steps)


@given(SEEDS, st.lists(st.floats(0, 1), min_size=1, max_size=8))
@settings(max_examples=40)
def test_short_pieces_change_nothing(seed, sizes):
    blob = policies.blob_of(seed)
    model = lnn_file.from_bytes(blob)
    samples, hop = policies.sound(seed, model, 80), model.features.spec.hop
    runner = StreamRunner(blob)
    pieces = [1 + int(size * (hop - 1)) for size in sizes]
    whole = runner.run(samples, CONFIG)
    assert_same(runner.run(samples, CONFIG, pieces=pieces), whole)
    assert_same(runner.run(samples, CONFIG, pieces=[0]), whole)


@given(SEEDS, st.integers(1, 20), st.floats(0, 1))
@settings(max_examples=40)
def test_long_pieces_hide_no_report(seed, hops, more):
    blob = policies.blob_of(seed)
    model = lnn_file.from_bytes(blob)
    samples, hop = policies.sound(seed, model, 100), model.features.spec.hop
    config, runner = StreamConfig(0, 1, 0.3), StreamRunner(blob)
    single = runner.run(samples, config)
    said = runner.run(samples, config, pieces=[hops * hop + int(more * hop)])
    assert (said.features, said.steps) == (single.features, single.steps)
    ends = np.cumsum(said.decisions)
    assert ends[-1] == len(single.hop)
    for row, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        found = np.flatnonzero(single.detected[start:end])
        told = start + found[-1] if len(found) else end - 1
        for name in ("timestep", "label", "confidence_q15", "detected"):
            assert getattr(said, name)[row] == getattr(single, name)[told]


@pytest.mark.parametrize("core", [CHECKED, *CORES])
def test_every_core_says_the_same(core):
    for seed in range(10):
        kind = seed % 5
        blob = policies.blob_of(seed, kind)
        samples = policies.sound(seed, lnn_file.from_bytes(blob), 80)
        host = StreamRunner(blob).run(samples, CONFIG)
        assert_same(StreamRunner(blob, core).run(samples, CONFIG), host)


def test_a_build_for_one_model_says_the_same():
    for seed in range(5):
        blob = policies.blob_of(seed, seed)
        samples = policies.sound(seed, lnn_file.from_bytes(blob), 80)
        assert_same(StreamRunner(blob, "cortex-m4", whole=False).run(samples),
                    StreamRunner(blob).run(samples))


def hops_of(ms, front):
    return int(Fraction(ms) * Fraction(front.rate_hz) / (1000 * front.spec.hop))


@given(SEEDS, st.integers(1, 600), st.integers(0, 600), st.integers(0, 300))
@settings(max_examples=40)
def test_an_adaptive_config_is_an_energy_gate(seed, least_ms, more_ms, hangover_ms):
    model, blob = plain(seed)
    samples, front = policies.sound(seed, model, 200), model.features
    random = np.random.default_rng(seed)
    opens = int(random.integers(0, 3000))
    closes = opens - int(random.integers(0, 900))
    config = AdaptiveConfig(least_ms, least_ms + more_ms, opens, closes, hangover_ms)

    least = max(1, hops_of(least_ms, front))
    most = max(least, hops_of(least_ms + more_ms, front))
    for own in (None, policies.random_record(seed, policies.ENERGY)):
        given_blob = blob if own is None else policies.with_policy(blob, own)
        if most > 255:
            with pytest.raises(UserError, match="the runtime refuses it"):
                StreamRunner(given_blob).run(samples, CONFIG, config)
            continue
        words = policies.RECORD.unpack(own) if own else (1, 0, *[0] * 6, 32, 2, *[0] * 10)
        longest = words[6]  # of the own gate; what comes before it is kept within least..most
        inner = [min(max(step, least), most) if step < longest else most for step in words[3:6]]
        same = policies.record(policies.ENERGY, words[1], (least, *inner, most),
                               hops_of(hangover_ms, front), words[8], words[9], opens, closes,
                               enough=words[19])
        assert_same(StreamRunner(given_blob).run(samples, CONFIG, config),
                    StreamRunner(policies.with_policy(blob, same)).run(samples, CONFIG))


@pytest.mark.parametrize("kind", ["energy", "flux", "delta", "learned"])
def test_an_adaptive_config_takes_inner_steps_of_an_energy_gate_only(kind):
    """The others' steps mean something else: once closed, the longest step at once."""
    differ = 0
    for seed in range(8):
        model, blob = plain(seed)
        samples, front = policies.sound(seed, model, 200), model.features
        most_ms = int(25 * 1000 * front.spec.hop / front.rate_hz)
        own = BASES[kind] | {"steps": (1, 3, 5, 7, 40)}
        if kind in ("flux", "delta"):
            own["enough"] = 1  # of an energy gate only, too
        most = hops_of(most_ms, front)
        assert 20 <= most <= 25
        said = StreamRunner(policies.with_policy(blob, policies.record(**own))).run(
            samples, CONFIG, AdaptiveConfig(1, most_ms, 1000, 700, 0))
        floors = {"rise": 32} | {k: own[k] for k in ("look_back", "rise", "fall") if k in own}
        whole, grown = (
            StreamRunner(policies.with_policy(blob, policies.record(
                kind=policies.ENERGY, steps=(1, *inner, most), opens=1000, closes=700,
                **{"fall": 2} | floors))).run(samples, CONFIG)
            for inner in ((most,) * 3, (3, 5, 7)))
        assert_same(said, grown if kind == "energy" else whole)
        differ += whole.hop.tolist() != grown.hop.tolist()
    assert differ > 4  # the streams tell the two apart


@pytest.mark.parametrize("config", [
    AdaptiveConfig(0, 100), AdaptiveConfig(0, 0), AdaptiveConfig(100, 99),
    AdaptiveConfig(10, 100, 500, 501), AdaptiveConfig(10, 65535),
])
def test_an_adaptive_config_out_of_range_is_refused(config):
    model, blob = plain(1)
    with pytest.raises(UserError, match="the runtime refuses it; choose 0 < min"):
        StreamRunner(blob).run(policies.sound(1, model, 5), adaptive=config)
    with pytest.raises(UserError, match="a field is out of its range"):
        StreamRunner(blob).run(policies.sound(1, model, 5), adaptive=AdaptiveConfig(-1, 3))


BASES = {
    "uniform": {"steps": (3,) * 5},
    "energy": {"kind": 1, "look_back": 2, "steps": (2, 9, 9, 9, 9), "hangover": 3, "rise": 9,
               "fall": 2, "opens": 700, "closes": 300},
    "flux": {"kind": 2, "steps": (2, 9, 9, 9, 9), "hangover": 3, "opens": 70, "closes": 30},
    "delta": {"kind": 3, "steps": (2, 3, 4, 5, 9), "hangover": 3, "opens": 70, "closes": 30},
    "learned": {"kind": 4, "look_back": 2, "steps": (1, 2, 3, 4, 5), "rise": 9, "fall": 2,
                "levels": (9, 8, 7, 6), "decay": 5, "hidden": 7, "bias": 4,
                "w": (2047,) * 35 + (0,) * 5, "b": (9,) * 7 + (0,), "v": (-2047,) * 7 + (0,)},
}
HOSTILE = [  # base, field, value, offset of what is wrong
    ("uniform", "kind", 5, 0), ("uniform", "look_back", 1, 2), ("flux", "look_back", 1, 2),
    ("energy", "look_back", 17, 2), ("uniform", "steps", (0,) * 5, 4),
    ("uniform", "steps", (256,) * 5, 4), ("uniform", "steps", (1, 2, 2, 2, 2), 4),
    ("energy", "steps", (2, 3, 9, 8, 9), 10), ("flux", "steps", (2, 3, 2, 4, 4), 8),
    ("delta", "steps", (1, 2, 3, 5, 4), 12), ("delta", "steps", (2, 2, 2, 256, 256), 10),
    ("energy", "steps", (1, 0, 3, 4, 5), 6), ("learned", "steps", (1, 2, 3, 4, 3), 12),
    ("learned", "steps", (1, 2, 3, 4, 256), 12), ("energy", "steps", (9, 2, 2, 2, 2), 6),
    ("uniform", "hangover", 1, 14), ("learned", "hangover", 1, 14), ("flux", "rise", 1, 16),
    ("energy", "fall", 9, 18), ("flux", "fall", 1, 18), ("learned", "opens", 1, 20),
    ("energy", "closes", 701, 22), ("uniform", "closes", -1, 22),
    ("learned", "levels", (9, 8, 7, 8), 30), ("energy", "levels", (0, 0, -1, -1), 28),
    ("learned", "decay", 32768, 32), ("flux", "decay", 1, 32), ("learned", "hidden", 9, 34),
    ("energy", "hidden", 1, 34), ("energy", "bias", 1, 36), ("learned", "enough", 1, 38),
    ("uniform", "enough", 1, 38), ("flux", "enough", 32768, 38),
    ("learned", "w", (2048,) + (0,) * 39, 40), ("learned", "w", (0,) * 39 + (1,), 118),
    ("learned", "w", (0, -2048) + (0,) * 38, 42), ("energy", "w", (1,) + (0,) * 39, 40),
    ("learned", "b", (0,) * 7 + (1,), 134), ("flux", "b", (1,) + (0,) * 7, 120),
    ("learned", "v", (0, 2048) + (0,) * 6, 138), ("learned", "v", (0,) * 7 + (-1,), 150),
]


def checked(blob):
    """Status and offset that lnn_check gives."""
    library = StreamRunner(policies.with_policy(plain(1)[1], policies.record()))._library
    words = np.zeros(-(-len(blob) // 8), np.uint64)
    words.view(np.uint8)[: len(blob)] = np.frombuffer(blob, np.uint8)
    where = ctypes.c_uint32()
    status = library.lnn_check(words.ctypes.data_as(ctypes.c_void_p), ctypes.c_uint32(len(blob)),
                               ctypes.byref(where))
    return status, where.value


@pytest.mark.parametrize("base, field, value, offset", HOSTILE)
def test_the_loader_says_which_field_of_a_policy_is_wrong(base, field, value, offset):
    blob = plain(1)[1]
    good = policies.with_policy(blob, policies.record(**BASES[base]))
    assert checked(good)[0] == 0
    bad = policies.with_policy(blob, policies.record(**BASES[base] | {field: value}))
    at = len(bad) - policies.RECORD.size
    assert checked(bad) == (13, at + offset)
    if field == "steps" and base != "uniform":
        with pytest.raises(UserError, match=f"damaged at offset {at + offset}: .*timestep"):
            lnn_file.from_bytes(bad)


def test_a_policy_of_wrong_size_or_on_a_wrong_network_is_refused():
    blob, good = plain(1)[1], policies.record()
    for content, items, times in ((good[:-4], 1, 1), (good + bytes(8), 1, 1), (b"", 1, 1),
                                  (good, 0, 1), (good, 2, 1), (good, 1, 2)):
        bad = policies.with_policy(blob, content, items, times)
        status, where = checked(bad)
        assert status == 13 and bad[where : where + 4] == b"PLCY"
    for kind in ("lstm", "convolutional", "linear_ltc"):
        other = lnn_file.to_bytes(policies.random_models.model(3, kind))
        assert checked(other)[0] == 0
        assert checked(policies.with_policy(other, good))[0] == 13


def test_only_a_model_with_a_policy_exports_its_code(tmp_path):
    for name, blob in (("without", plain(1)[1]), ("with", policies.blob_of(1, 4))):
        text = export(blob, tmp_path, f"net_{name}")[1].read_text()
        assert ("static int policy_wrong(" in text) == runtime.has_policy(blob)
        assert runtime.has_policy(blob) == (name == "with")
        build_host([tmp_path / f"net_{name}.c", tmp_path / f"net_{name}_main.c"],
                   include=[tmp_path])


def test_a_static_arena_has_room_for_the_longest_look_back(tmp_path):
    """For a network that would need more than without a policy's buffer is given."""
    gate = policies.record(**BASES["energy"] | {"look_back": 16})
    blobs = (policies.with_policy(plain(seed)[1], gate) for seed in range(400))
    export(next(each for each in blobs if StreamRunner(each).arena_bytes > 16384), tmp_path)
    library = ctypes.CDLL(str(build_host([tmp_path / "model.c"], include=[tmp_path],
                                         sanitize=False, shared=True)))
    library.lnn_load_from_flash.restype = ctypes.c_void_p
    assert library.lnn_load_from_flash(ctypes.byref(ctypes.c_uint8.in_dll(library, "model_data")))


def test_windows_know_of_no_policy():
    for seed in range(4):
        model, blob = plain(seed)
        windows = policies.random_models.samples(seed, model)
        given_blob = policies.with_policy(blob, policies.random_record(seed))
        said = BatchRunner(given_blob, HOST, whole=True)
        np.testing.assert_array_equal(said.run(windows, 7).logits, model.run(windows).logits)
