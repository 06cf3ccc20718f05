"""Nothing is written that was not given: wrong arguments, small arenas, long pieces, settings."""

import ctypes
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import policy_records as policies
import pytest
from random_models import KINDS, model

from lnnlab import lnn_file, paths, runtime
from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig, run_policy, run_stream
from lnnlab.lnn_file.container import INT8, join, split
from lnnlab.lnn_file.structures import has_residual
from lnnlab.target.stream import CHECKED, StreamRunner
from lnnlab.target.toolchain import build_host

HARNESS = Path(__file__).with_name("c") / "arguments.c"
SHIPPED = sorted((paths.ROOT / "reports" / "full" / "c").glob("*.lnn"))


def refused(blob, tmp_path):
    program = build_host([HARNESS, *runtime.sources()], include=[runtime.FOLDER],
                         defines={"LNN_STATIC_ARENA_BYTES": 1 << 20})
    (tmp_path / "model.lnn").write_bytes(blob)
    done = subprocess.run([program, tmp_path / "model.lnn"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return int(done.stdout.split()[0])


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_arguments_are_refused_and_nothing_is_written(kind, tmp_path):
    assert refused(lnn_file.to_bytes(model(3, kind)), tmp_path) > 2000


@pytest.mark.parametrize("kind", range(5))
def test_so_they_are_under_a_policy(kind, tmp_path):
    assert refused(policies.blob_of(kind, kind), tmp_path) > 2000


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_so_they_are_of_the_shipped_files(path, tmp_path):
    assert refused(path.read_bytes(), tmp_path) > 2000


PIECES = (1, 97, 256, 320, 1024, 16000)


@pytest.mark.parametrize("kind", [None, *range(5)])
def test_pieces_of_any_length_say_the_same_reports(kind):
    """Every piece with a report tells its last one; without, its last decision."""
    reports = told_at_once = 0
    for seed in (0, 2, 4, 5):
        plain = lnn_file.to_bytes(policies.able(seed))
        blob = plain if kind is None else policies.blob_of(seed, kind)
        network, runner = lnn_file.from_bytes(blob), StreamRunner(blob)
        samples = policies.sound(seed, network, 5 * PIECES[-1] // network.features.spec.hop)
        usual = runner.run(samples, StreamConfig(0, 3, 1.0)).confidence_q15
        config = StreamConfig(0, 3, float(np.median(usual)) / 32768)
        single = runner.run(samples, config)
        for piece in PIECES:
            said = runner.run(samples, config, pieces=[piece])
            ends = np.cumsum(said.decisions)
            assert ends[-1] == len(single.hop)
            within = [np.arange(*each) for each in zip([0, *ends[:-1]], ends, strict=True)]
            last = [each[single.detected[each]][-1] if single.detected[each].any() else each[-1]
                    for each in within]
            for name in ("label", "confidence_q15", "detected", "timestep"):
                np.testing.assert_array_equal(getattr(said, name), getattr(single, name)[last])
            told_at_once += sum(single.detected[each].sum() > 1 for each in within)
        reports += single.detected.sum()
    assert reports > 4 and told_at_once > 0, (reports, told_at_once)


SETTINGS = {"smoothing_shift": 2, "refractory": 7, "threshold_q15": 9011}


@pytest.mark.parametrize("core", ["host", CHECKED, "cortex-m0", "cortex-m4", "rv32imc"])
def test_a_streams_settings_travel_in_the_file(core):
    """The C takes them by itself; the twin's defaults are the same."""
    for seed in range(3):
        network = policies.able(seed)
        network.meta["stream"] = SETTINGS
        blob = lnn_file.to_bytes(network)
        again = lnn_file.from_bytes(blob)
        assert again.meta["stream"] == SETTINGS
        samples = policies.sound(seed, network, 80)
        said, twin = StreamRunner(blob, core).run(samples), run_stream(again, samples)
        np.testing.assert_array_equal(said.smoothed_q15, twin.smoothed_q15)
        np.testing.assert_array_equal(said.detected, twin.detected)
        other = run_stream(network, samples, StreamConfig())
        assert not np.array_equal(other.smoothed_q15, twin.smoothed_q15)
        loud = StreamRunner(blob, core).run(samples, StreamConfig())  # what is set holds
        np.testing.assert_array_equal(loud.smoothed_q15, other.smoothed_q15)


def test_meta_alone_makes_no_stream():
    """Files of before have no section: C starts with its defaults, the twin reads META."""
    network = policies.able(1)
    network.meta["stream"] = SETTINGS
    sections = [(tag, content, items) for tag, (_, content, items)
                in split(lnn_file.to_bytes(network), "x")[1].items()]
    old = join([each for each in sections if each[0] != "STRM"], INT8)
    assert lnn_file.from_bytes(old).meta["stream"] == SETTINGS
    samples = policies.sound(1, network, 80)
    np.testing.assert_array_equal(StreamRunner(old).run(samples).smoothed_q15,
                                  run_stream(network, samples, StreamConfig()).smoothed_q15)


HOSTILE = [  # content, items, offset in the section, or None: of its entry
    (b"\2\0\3\0\7\0\1\0", 1, 0), (b"\1\0\11\0\7\0\1\0", 1, 2), (b"\1\0\3\0\7\0\0\0", 1, 6),
    (b"\1\0\3\0\7\0\0\x80", 1, 6), (b"\1\0\3\0\7\0", 1, None), (b"\1\0\3\0\7\0\1\0", 2, None),
]


@pytest.mark.parametrize("content, items, offset", HOSTILE)
def test_damaged_settings_are_refused_by_both(content, items, offset):
    blob = policies.with_policy(lnn_file.to_bytes(policies.able(1)), policies.record())
    sections = [(tag, each, count) for tag, (_, each, count) in split(blob, "x")[1].items()]
    bad = join([*sections, ("STRM", content, items)], INT8)
    library = StreamRunner(blob)._library
    words = np.zeros(-(-len(bad) // 8), np.uint64)
    words.view(np.uint8)[: len(bad)] = np.frombuffer(bad, np.uint8)
    where = ctypes.c_uint32()
    status = library.lnn_check(words.ctypes.data_as(ctypes.c_void_p), ctypes.c_uint32(len(bad)),
                               ctypes.byref(where))
    at = len(bad) - 8 if offset is not None else 32 + 16 * len(sections)
    assert (status, where.value) == (15, at + (offset or 0))
    with pytest.raises(UserError, match="damaged at offset"):
        lnn_file.from_bytes(bad)


def test_only_what_streams_has_such_settings():
    network = model(3, "lstm")
    network.meta["stream"] = SETTINGS
    with pytest.raises(UserError, match="decides on whole windows"):
        lnn_file.to_bytes(network)
    network = policies.able(1)
    for wrong in ({}, SETTINGS | {"smoothing_shift": 9}, SETTINGS | {"threshold_q15": 0}):
        network.meta["stream"] = wrong
        with pytest.raises(UserError):
            lnn_file.to_bytes(network)


@pytest.mark.parametrize("kind", [None, *range(5)])
def test_frames_are_counted(kind):
    blob = lnn_file.to_bytes(policies.able(2)) if kind is None else policies.blob_of(2, kind)
    network = lnn_file.from_bytes(blob)
    samples = policies.sound(2, network, 90)
    said = StreamRunner(blob).run(samples, pieces=[0])
    assert said.heard - said.skipped == said.steps
    last = said.hop[-1] + 1 if kind == 0 else said.hops  # a uniform policy counts when it wakes
    assert said.heard == last
    if kind is not None:
        assert said.steps == run_policy(network, samples).layer_steps


EVERY = {kind: lnn_file.to_bytes(model(3, kind)) for kind in KINDS}
EVERY |= {f"keyword {seed}": lnn_file.to_bytes(policies.able(seed)) for seed in (1, 2)}
EVERY |= {f"policy {kind}": policies.blob_of(1, kind) for kind in (0, 3)}
UNSUPPORTED = 11


def checked(library, blob):
    """Status and place of ``lnn_check``."""
    words, where = np.zeros(-(-len(blob) // 8), np.uint64), ctypes.c_uint32()
    words.view(np.uint8)[: len(blob)] = np.frombuffer(blob, np.uint8)
    return library.lnn_check(words.ctypes.data_as(ctypes.c_void_p), ctypes.c_uint32(len(blob)),
                             ctypes.byref(where)), where.value


@pytest.mark.parametrize("own", ["linear_ltc", "gru", "convolutional", "keyword 1", "policy 3"])
def test_a_build_without_a_files_parts_says_so(own):
    """Nothing that a build leaves out is run, called damaged, or passed over in silence."""
    built = runtime.defines(EVERY[own])
    library = ctypes.CDLL(str(build_host(runtime.sources(), include=[runtime.FOLDER],
                                         defines=built, sanitize=False, shared=True)))
    found = set()
    for blob in EVERY.values():
        needs = runtime.defines(blob)
        frame = needs.pop("LNN_MOST_FRAME", 0)
        lacks = set(needs) - set(built) or frame > built.get("LNN_MOST_FRAME", frame)
        status, _ = checked(library, blob)
        assert status == (UNSUPPORTED if lacks else 0), (own, needs)
        found.add(status)
    assert found == {0, UNSUPPORTED}


def test_a_residual_beyond_its_range_is_refused_by_both():
    """32768 A + 128 B of A = 2^15 and B = 2^23 is 2^31, which is no int32."""
    network = next(each for each in map(policies.able, range(40))
                   if any(map(has_residual, lnn_file.records_of(lnn_file.to_bytes(each)))))
    blob = bytearray(lnn_file.to_bytes(network))
    sections = split(bytes(blob), "x")[1]
    record = next(each for each in lnn_file.records_of(bytes(blob)) if has_residual(each))
    place = sections["DATA"][0] + record.products[1].weights
    library = StreamRunner(bytes(blob))._library
    for state, own, fits in ((32768, 0, True), (0, 1 << 23, True), (32768, 1 << 23, False),
                             (16384, 1 << 23, False)):
        struct.pack_into("<ii", blob, place, state, own)
        struct.pack_into("<I", blob, 12, zlib.crc32(blob[16:]))
        assert (checked(library, bytes(blob))[0] == 0) == fits
        if not fits:
            with pytest.raises(UserError, match="residual"):
                lnn_file.from_bytes(bytes(blob))
