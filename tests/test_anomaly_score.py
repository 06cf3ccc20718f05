"""Anomaly scores: what they are, the file's section, and the C frame by frame."""

import ctypes
import struct
from dataclasses import replace

import numpy as np
import pytest
import random_models
import random_policies
from hypothesis import given
from hypothesis import strategies as st
from test_lnn_file import repaired
from test_lnn_file_costs import checked_in_c, library  # noqa: F401

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.integer.judging import (
    calmed,
    errors,
    frame_scores,
    own_offset,
    score_stream,
    score_windows,
    smoothed,
    squares,
)
from lnnlab.integer.layers import Pool, Readout
from lnnlab.lnn_file.container import INT8, join, split
from lnnlab.runtime.arena import room_bytes
from lnnlab.target.anomaly import AnomalyRunner, differing
from lnnlab.target.toolchain import build_host

BAD_ANOMALY, BAD_ARGUMENT, SMALL_ARENA = 18, 14, 12
CORES = ["host", "cortex-m0plus", "cortex-m4", "rv32imc"]


def detector(seed: int, front: str | None = None):
    """A random network that ends in a leaky pool, with an output for each of its features."""
    random, model = np.random.default_rng(seed), random_policies.model(seed, front)
    count, pooled = model.features.size, len(model.layers[-1].matrix.weight[0])
    readout = Readout(random_models.product(random, count, pooled), 0)
    score = AnomalyScore(
        int(random.integers(500, 9000)), int(random.integers(17, 21)),
        int(random.integers(300, 1024)),
        int(random.integers(0, 9)), int(random.integers(1, 2**20)),
        tuple(random.integers(0, 32768, count)), tuple(random.integers(-2000, 2000, count)))
    return replace(model, layers=[*model.layers[:-1], readout],
                   classes=tuple(f"f{k}" for k in range(count)), meta=score.into({}))


def sound(seed: int, model, frames: int = 40) -> np.ndarray:
    random = np.random.default_rng(seed)
    count = model.features.spec.frame + frames * model.features.spec.hop
    loud = np.repeat(random.choice([0, 20, 3000, 30000], 8), -(-count // 8))[:count, None]
    x = random.normal(0, 1, (count, model.features.channels)) * loud
    return np.clip(x, -32768, 32767).astype(np.int16)


# ---- the score ----


def test_a_score_is_the_mean_squared_error_in_spreads():
    """Against floating point: within what the integers round."""
    random = np.random.default_rng(0)
    features = random.integers(-90, 90, (2, 60, 5)).astype(np.int8)
    logits = random.integers(-900, 900, (2, 60, 5))
    step, spread, mean = 0.05, np.array([0.5, 1, 2, 4, 1.5]), np.array([0.1, 0, -1, 0.2, 0])
    score = AnomalyScore(round(step * 65536), 13, 8 * 64, 2, 1,
                         tuple(np.round(2**13 / (4 * spread)).astype(int)),
                         tuple(np.round(256 * mean).astype(int)))
    left = features[:, 1:] * step - logits[:, :-1] / 256 - mean
    np.testing.assert_allclose(errors(score, features, logits) / 256, left, atol=0.02)
    z = np.minimum(np.abs(left) / spread, 8)
    wanted = (z**2).mean(axis=2)
    got = score.in_spreads(frame_scores(score, features, logits))
    np.testing.assert_allclose(got, wanted, rtol=0.02, atol=0.05)
    leaky, after = np.zeros(2), []
    for number, frame in enumerate(wanted.T, start=1):
        leaky = leaky + (frame - leaky) / min(number, 4)
        after.append(leaky)
    found = smoothed(score, frame_scores(score, features, logits))
    assert found.shape == (2, 60) and not found[:, 0].any()
    np.testing.assert_allclose(score.in_spreads(found[:, 1:].T), after, rtol=0.03, atol=0.05)


def test_windows_are_scored_as_streams_are():
    model = detector(3)
    length = model.features.window
    samples = sound(1, model, 2 * length // model.features.spec.hop)[:length]
    np.testing.assert_array_equal(score_windows(model, samples[None])[0],
                                  score_stream(model, samples))


def test_silence_throughout_has_a_score_too():
    model = detector(2)
    found = score_stream(model, np.zeros_like(sound(0, model)))
    assert (found >= 0).all() and len(np.unique(np.diff(found[-3:]))) <= 2


@pytest.mark.parametrize("field, value, message", [
    ("unit", 0, "unit 0: choose 1 to 65535"), ("shift", 31, "shift 31: choose 0 to 30"),
    ("most", 1024, "most 1024"), ("smoothing_shift", 9, "smoothing_shift 9"),
    ("threshold", 0, "threshold 0"), ("factor", (40000,), "factor: choose numbers of 0 to 32767"),
    ("offset", (1, 2), "1 factors, 2 offsets"), ("factor", (), "one a feature")])
def test_numbers_that_no_field_holds_are_refused(field, value, message):
    plain = AnomalyScore(1, 1, 1, 1, 1, (1,), (1,))
    with pytest.raises(UserError, match=message):
        replace(plain, **{field: value})


def test_networks_that_expect_nothing_are_refused():
    model = detector(1)
    with pytest.raises(UserError, match="no anomaly score"):
        score_stream(replace(model, meta={}), sound(0, model))
    with pytest.raises(UserError, match="shorter than a frame"):
        score_stream(model, sound(0, model)[: model.features.spec.frame - 1])
    fewer = replace(model, layers=[*model.layers[:-1], replace(model.layers[-1], background=1)])
    with pytest.raises(UserError, match="one output for each feature"):
        score_stream(fewer, sound(0, model))
    other = replace(AnomalyScore.of(model.meta), factor=(1,), offset=(1,))
    if model.features.size > 1:
        with pytest.raises(UserError, match="anomaly score of 1 features"):
            score_stream(model, sound(0, model), other)
    with pytest.raises(UserError, match="'unit' missing"):
        lnn_file.to_bytes(replace(model, meta={"anomaly": {}}))


# ---- the C ----


@pytest.mark.parametrize("core", CORES)
def test_the_c_says_the_twins_score_after_every_frame(core):
    for seed in range(6):
        model = detector(seed, "acf" if seed == 5 else None)
        samples = sound(seed, model)
        runner = AnomalyRunner(lnn_file.to_bytes(model), core, whole=seed < 3)
        wanted = score_stream(model, samples)
        said = runner.run(samples)
        np.testing.assert_array_equal(said.score, wanted)
        np.testing.assert_array_equal(
            said.anomalous, wanted >= AnomalyScore.of(model.meta).threshold)
        assert len(np.unique(wanted)) > 5
        hop = model.features.spec.hop
        for piece in {1, max(1, hop // 3), hop}:
            np.testing.assert_array_equal(runner.run(samples, piece).score, wanted)
        assert differing(runner, np.stack([samples] * 2), np.stack([wanted] * 2)) == 0


def calibrating(seed: int, frames: int, calm: int):
    """The same random network with a score that calibrates on the machine."""
    model = detector(seed)
    score = replace(AnomalyScore.of(model.meta), calibration_frames=frames,
                    error_smoothing_shift=calm)
    return replace(model, meta=score.into({}))


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("frames, calm", [(1, 0), (17, 0), (17, 3), (0, 2), (60, 6)])
def test_the_c_calibrates_on_the_machine_as_the_twin_does(core, frames, calm):
    for seed in (1, 4):
        model = calibrating(seed, frames, calm)
        spec, blob = model.features.spec, lnn_file.to_bytes(model)
        samples, runner = sound(seed, model), AnomalyRunner(blob, core, whole=seed == 1)
        wanted = score_stream(model, samples)
        said = runner.run(samples)
        np.testing.assert_array_equal(said.score, wanted)
        assert not said.anomalous[: frames + 1].any()
        length = model.features.window
        long = sound(seed, model, 12 * length // spec.hop)
        windows = long[: len(long) // length * length].reshape(-1, length, long.shape[1])
        within = score_windows(model, windows)
        heard = runner.run(windows.reshape(-1, windows.shape[2]), window=length)
        np.testing.assert_array_equal(heard.score, within.ravel())
        assert frames > 40 or len(np.unique(within)) > 5
        if 0 < frames < 18:
            other = score_windows(calibrating(seed, 0, calm), windows)
            assert (other != within).any() and not within.ravel()[: frames + 1].any()


def test_calibration_takes_off_what_the_machine_has_of_its_own():
    random = np.random.default_rng(0)
    score = AnomalyScore(3000, 13, 512, 3, 1, (2000,) * 3, (0,) * 3, calibration_frames=200)
    left = np.array([300, -40, 0]) + random.normal(0, 100, (1000, 3))
    left = np.round(left).astype(np.int64)
    own = own_offset(score, left)
    np.testing.assert_array_equal(own, np.floor(left[:200].mean(axis=0) + 0.5))
    before, after = squares(score, left[200:]), squares(score, left[200:], own)
    clean = squares(score, left[200:] - np.array([300, -40, 0]))
    assert before.mean() > 3 * after.mean()
    assert after.mean() == pytest.approx(clean.mean(), rel=0.05)
    with pytest.raises(UserError, match="199 frames where 200 calibrate"):
        own_offset(score, left[:199])


def test_smoothed_errors_keep_what_lasts_and_lose_what_alternates():
    shift, number = 3, np.arange(400)[:, None]
    lasting, alternating = np.full((400, 1), 57), 500 * (-1) ** number
    assert (calmed(lasting, shift) == 57).all()
    assert np.abs(calmed(alternating, shift)[50:]).max() < 500 / 2**shift
    plain = calmed(alternating + lasting, shift)[50:]
    assert plain.mean() == pytest.approx(57, abs=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The whole runtime as a library of this machine."""
    return ctypes.CDLL(str(build_host(runtime.sources(), include=[runtime.FOLDER], sanitize=False,
                                      shared=True)))


@pytest.mark.parametrize("frames, calm, arrays", [(0, 0, 0), (9, 0, 1), (0, 3, 1), (9, 3, 2)])
def test_the_arena_holds_what_calibration_needs(frames, calm, arrays, whole):
    model = calibrating(1, frames, calm)
    data = lnn_file.to_bytes(model)
    words = np.zeros(len(data) // 8 + 1, np.uint64)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    place = words.ctypes.data_as(ctypes.c_void_p)
    need = whole.lnn_anomaly_arena_bytes(place)
    assert need == whole.lnn_arena_bytes(place) + 4 * arrays * model.features.size
    assert need == room_bytes(data, policy_built=True)
    room, arena = np.zeros(64, np.uint64), np.zeros(need // 8 + 1, np.uint64)
    given = [room.ctypes.data_as(ctypes.c_void_p), place, len(data),
             arena.ctypes.data_as(ctypes.c_void_p)]
    assert whole.lnn_anomaly_init(*given, need) == 0
    assert whole.lnn_anomaly_calibrating(given[0]) == frames
    assert whole.lnn_anomaly_init(*given, need - 4) == SMALL_ARENA
    assert whole.lnn_anomaly_calibrating(given[0]) == 0


def test_a_machine_is_learned_once_and_anew_when_asked(whole):
    model = calibrating(1, 9, 0)
    data, hop = lnn_file.to_bytes(model), model.features.spec.hop
    words = np.zeros(len(data) // 8 + 1, np.uint64)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    room, arena = np.zeros(64, np.uint64), np.zeros(1 << 14, np.uint64)
    samples = np.ascontiguousarray(sound(1, model))
    at, file, memory, given = (each.ctypes.data_as(ctypes.c_void_p)
                               for each in (room, words, arena, samples))
    assert whole.lnn_anomaly_init(at, file, len(data), memory, arena.nbytes) == 0

    def left_after(moments):
        whole.lnn_anomaly_push(at, given, moments)
        return whole.lnn_anomaly_calibrating(at)

    assert left_after(model.features.spec.frame) == 9  # of the first frame nothing was expected
    assert left_after(4 * hop) == 5
    whole.lnn_anomaly_reset(at)
    assert whole.lnn_anomaly_calibrating(at) == 5
    assert left_after(model.features.spec.frame + 5 * hop) == 0
    whole.lnn_anomaly_reset(at)
    assert whole.lnn_anomaly_calibrating(at) == 0
    whole.lnn_anomaly_recalibrate(at)
    assert whole.lnn_anomaly_calibrating(at) == 9


def test_what_was_learned_is_kept_and_put_back_checked(whole):
    """A second detector that is given it scores as the first; wrong numbers change nothing."""
    model = calibrating(2, 9, 3)
    data, features = lnn_file.to_bytes(model), model.features.size
    words = np.zeros(len(data) // 8 + 1, np.uint64)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    samples = np.ascontiguousarray(sound(2, model))
    file, given = (each.ctypes.data_as(ctypes.c_void_p) for each in (words, samples))
    rooms = [np.zeros(64, np.uint64) for _ in range(2)]
    arenas = [np.zeros(1 << 14, np.uint64) for _ in range(2)]
    first, second = (each.ctypes.data_as(ctypes.c_void_p) for each in rooms)
    baseline = whole.lnn_anomaly_baseline
    baseline.restype = ctypes.POINTER(ctypes.c_int32)
    for at, arena in zip((first, second), arenas, strict=True):
        memory = arena.ctypes.data_as(ctypes.c_void_p)
        assert whole.lnn_anomaly_init(at, file, len(data), memory, arena.nbytes) == 0
        assert not baseline(at)  # nothing is learned yet
    whole.lnn_anomaly_push(first, given, len(samples))
    kept = (ctypes.c_int32 * features)(*baseline(first)[:features])
    assert len(set(kept)) > 1 and whole.lnn_anomaly_calibrating(first) == 0

    put_back, before = whole.lnn_anomaly_set_baseline, (rooms[1].copy(), arenas[1].copy())
    for wrong in (-32769, 32768, 2**31 - 1, -(2**31)):
        odd = (ctypes.c_int32 * features)(*kept[:-1], wrong)
        assert put_back(second, odd, features) == BAD_ANOMALY
    assert put_back(second, kept, features - 1) == BAD_ANOMALY
    assert put_back(second, None, features) == put_back(None, kept, features) == BAD_ARGUMENT
    assert all(np.array_equal(*each) for each in zip(before, (rooms[1], arenas[1]), strict=True))

    assert put_back(second, kept, features) == 0 and whole.lnn_anomaly_calibrating(second) == 0
    whole.lnn_anomaly_reset(first)
    for at in (first, second):
        whole.lnn_anomaly_push(at, given, len(samples))
    scores = [whole.lnn_anomaly_score_q8(at) for at in (first, second)]
    assert scores[0] == scores[1] > 0


def test_a_file_without_calibration_takes_nothing_back(whole):
    model = calibrating(2, 0, 3)
    data = lnn_file.to_bytes(model)
    words = np.zeros(len(data) // 8 + 1, np.uint64)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    room, arena = np.zeros(64, np.uint64), np.zeros(1 << 14, np.uint64)
    at, file, memory = (each.ctypes.data_as(ctypes.c_void_p) for each in (room, words, arena))
    assert whole.lnn_anomaly_init(at, file, len(data), memory, arena.nbytes) == 0
    none = (ctypes.c_int32 * model.features.size)()
    assert not whole.lnn_anomaly_baseline(at)
    assert whole.lnn_anomaly_set_baseline(at, none, len(none)) == BAD_ANOMALY


# ---- the file ----


@pytest.fixture(scope="module")
def blob():
    return lnn_file.to_bytes(detector(1))


def sections_of(blob):
    return [(tag, content, items) for tag, (_, content, items) in split(blob, "x")[1].items()]


@given(st.integers(0, 30), st.integers(0, 65535), st.integers(0, 6))
def test_a_round_trip_keeps_every_number_and_byte(seed, frames, calm):
    model = calibrating(seed, frames, calm)
    data = lnn_file.to_bytes(model)
    again = lnn_file.from_bytes(data)
    assert AnomalyScore.of(again.meta) == AnomalyScore.of(model.meta)
    assert lnn_file.to_bytes(again) == data


def test_the_section_counts_whatever_the_meta_says(blob):
    without = join([each for each in sections_of(blob) if each[0] != "ANOM"], INT8)
    assert AnomalyScore.of(lnn_file.from_bytes(without).meta) is None
    with pytest.raises(UserError, match="no section ANOM"):
        AnomalyRunner(without)


@pytest.mark.parametrize("at, value, message", [
    (0, struct.pack("<I", 0), "threshold 0"), (0, struct.pack("<I", 2**31), "threshold 2147483648"),
    (4, b"\0\0", "unit 0"), (6, b"\x1f", "shift 31"), (7, b"\x09", "smoothing_shift 9"),
    (8, b"\0\0", "most 0"), (8, struct.pack("<H", 1024), "most 1024"),
    (10, b"\0\0", "0 features where FEAT has"), (12, b"\0\x80", "factor 32768")])
def test_damage_is_refused_alike_in_python_and_in_c(at, value, message, blob, library):  # noqa: F811
    start, content, _ = split(blob, "x")[1]["ANOM"]
    data = repaired(blob[: start + at] + value + blob[start + at + len(value) :])
    with pytest.raises(UserError, match=message):
        lnn_file.from_bytes(data)
    status, where = checked_in_c(library, data)
    assert status == BAD_ANOMALY and start <= where < start + len(content)
    assert checked_in_c(library, blob)[0] == 0


@pytest.mark.parametrize("at, value, message", [
    (2, b"\x07", "error_smoothing_shift 7"), (3, b"\x01", "says nothing"),
    (0, bytes(3), "says nothing")])
def test_damaged_calibration_is_refused_alike(at, value, message, library):  # noqa: F811
    data = lnn_file.to_bytes(calibrating(1, 300, 2))
    start, content, items = split(data, "x")[1]["ANOM"]
    at += start + len(content) - 4
    bad = repaired(data[:at] + value + data[at + len(value) :])
    with pytest.raises(UserError, match=message):
        lnn_file.from_bytes(bad)
    status, where = checked_in_c(library, bad)
    assert items == 2 and status == BAD_ANOMALY and start <= where < start + len(content)
    assert checked_in_c(library, data)[0] == 0


def test_a_file_without_calibration_is_as_it_was(blob):
    _, content, items = split(blob, "x")[1]["ANOM"]
    assert items == 1 and len(content) == 12 + 4 * lnn_file.from_bytes(blob).features.size


@pytest.mark.parametrize("change", ["short", "twice", "items"])
def test_a_section_of_another_form_is_refused(change, blob, library):  # noqa: F811
    sections = sections_of(blob)
    [(tag, content, items)] = [each for each in sections if each[0] == "ANOM"]
    others = [each for each in sections if each[0] != "ANOM"]
    more = {"short": [(tag, content[:-4], items)], "twice": [(tag, content, items)] * 2,
            "items": [(tag, content, 2)]}[change]
    data = join([*others, *more], INT8)
    with pytest.raises(UserError, match="damaged at offset"):
        lnn_file.from_bytes(data)
    assert checked_in_c(library, data)[0] == BAD_ANOMALY


def unfit():
    """Networks whose outputs are no next features, by what they lack."""
    model = detector(1)
    *layers, readout = model.layers
    yield "none in the background", replace(model, layers=[*layers, replace(readout, background=1)])
    other = random_models.model(1, "gru")
    assert isinstance(other.layers[-2], Pool)
    yield "a leaky pool", replace(other, meta=model.meta)
    yield "no timestep policy", replace(model, policy=random_policies.policy(
        np.random.default_rng(0), "energy"))


def test_a_network_that_cannot_have_a_score_is_refused(library):  # noqa: F811
    for lack, model in unfit():
        with pytest.raises(UserError, match=lack):
            lnn_file.to_bytes(model)
        plain, count = lnn_file.to_bytes(replace(model, meta={})), model.features.size
        head = split(lnn_file.to_bytes(detector(1)), "x")[1]["ANOM"][1][:10]
        content = head + struct.pack("<H", count) + bytes(4 * count)
        data = join([*sections_of(plain), ("ANOM", content, 1)], INT8)
        with pytest.raises(UserError, match="damaged at offset"):
            lnn_file.from_bytes(data)
        assert checked_in_c(library, data)[0] == BAD_ANOMALY


def test_builds_for_other_models_leave_it_out(blob):
    assert "LNN_USE_ANOMALY" in runtime.defines(blob)
    other = lnn_file.to_bytes(random_models.model(1, "gru"))
    assert "LNN_USE_ANOMALY" not in runtime.defines(other)


def test_a_file_without_a_section_gives_no_detector(library):  # noqa: F811
    data = lnn_file.to_bytes(random_models.model(1, "gru"))
    words = np.zeros(len(data) // 8 + 1, np.uint64)
    words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
    built = ctypes.CDLL(str(build_host(runtime.sources(), include=[runtime.FOLDER], sanitize=False,
                                       shared=True)))
    room, arena = np.zeros(64, np.uint64), np.zeros(1 << 14, np.uint64)
    places = [each.ctypes.data_as(ctypes.c_void_p) for each in (room, words, arena)]
    assert built.lnn_anomaly_init(*places[:2], len(data), places[2], arena.nbytes) == BAD_ANOMALY
    assert built.lnn_anomaly_push(places[0], places[1], 64) == 0
    assert built.lnn_is_anomaly(places[0]) == 0 and built.lnn_anomaly_score_q8(None) == 0
    built.lnn_anomaly_reset(None)
