"""The ``GAIN`` section: round trips, what is refused, builds that leave it out."""

import ctypes
import struct
from dataclasses import replace

import numpy as np
import pytest
import random_models
from test_lnn_file import repaired
from test_lnn_file_costs import checked_in_c, library  # noqa: F401
from test_runtime_denoise import denoiser

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.integer import Gains
from lnnlab.lnn_file.container import INT8, join, split
from lnnlab.target.denoise import DenoiseRunner
from lnnlab.target.toolchain import build_host

BAD_GAINS = 17
FEAT, LAYER_BYTES = 80 + 32, 64  # FEAT behind a header and five entries


@pytest.fixture(scope="module")
def blob():
    return lnn_file.to_bytes(denoiser(1))


def sections_of(blob):
    return [(tag, content, items) for tag, (_, content, items) in split(blob, "x")[1].items()]


def test_a_round_trip_keeps_the_depth_and_every_byte(blob):
    again = lnn_file.from_bytes(blob)
    assert Gains.of(again.meta) == Gains(31768) and lnn_file.to_bytes(again) == blob
    assert again.features.spec.window == "sine"


def test_the_section_counts_whatever_the_meta_says(blob):
    without = join([each for each in sections_of(blob) if each[0] != "GAIN"], INT8)
    assert Gains.of(lnn_file.from_bytes(without).meta) is None
    with pytest.raises(UserError, match="no section GAIN"):
        DenoiseRunner(without)


@pytest.mark.parametrize("at, value, message", [
    (0, b"\0\0", "depth_q15 0"), (0, b"\1\x80", "depth_q15 32769"),
    (2, b"\1", "shallow_q15 1"), (4, b"\1", "from_q10 1"), (6, b"\1", "shallow_q15 0"),
    (2, b"\x19\x7c\0\0\1", "shallow_q15 31769"),
    (2, b"\1\0\1\x40\1", "from_q10 16385")])
def test_damage_is_refused_alike_in_python_and_in_c(at, value, message, blob, library):  # noqa: F811
    start, content, _ = split(blob, "x")[1]["GAIN"]
    data = repaired(blob[: start + at] + value + blob[start + at + len(value) :])
    with pytest.raises(UserError, match=message):
        lnn_file.from_bytes(data)
    status, where = checked_in_c(library, data)
    assert status == BAD_GAINS and start <= where < start + len(content)
    assert checked_in_c(library, blob)[0] == 0


@pytest.mark.parametrize("change", ["short", "twice", "items"])
def test_a_section_of_another_form_is_refused(change, blob, library):  # noqa: F811
    sections = sections_of(blob)
    [(tag, content, items)] = [each for each in sections if each[0] == "GAIN"]
    others = [each for each in sections if each[0] != "GAIN"]
    more = {"short": [(tag, content[:-2], items)], "twice": [(tag, content, items)] * 2,
            "items": [(tag, content, 2)]}[change]
    data = join([*others, *more], INT8)
    with pytest.raises(UserError, match="damaged at offset"):
        lnn_file.from_bytes(data)
    assert checked_in_c(library, data)[0] == BAD_GAINS


def unfit():
    """Networks whose outputs are no gains, by what they lack."""
    model = denoiser(1)
    *layers, readout = model.layers
    names = model.classes
    yield "one output for each band", replace(
        model, layers=[*layers, replace(readout, background=1)])
    fewer = replace(readout, matrix=replace(
        readout.matrix, weight=readout.matrix.weight[1:], bias=readout.matrix.bias[1:],
        factor=readout.matrix.factor[1:]))
    yield "one output for each band", replace(model, layers=[*layers, fewer], classes=names[1:])
    for spec, lack in ((replace(model.features.spec, hop=64), "half a frame apart"),
                       (replace(model.features.spec, window="hann"), "a sine window")):
        front = replace(model.features, spec=spec, window=128 * 32, tables=None, filters=None)
        yield lack, replace(model, features=front)
    other = random_models.model(1, "gru")
    yield "features of one channel", replace(other, meta=Gains().into({}))


@pytest.mark.parametrize("number", range(5))
def test_other_networks_are_refused_by_name_and_in_c(number, blob, library):  # noqa: F811
    lack, model = list(unfit())[number]
    with pytest.raises(UserError, match=f"gains need .*{lack}"):
        lnn_file.to_bytes(replace(model, meta=Gains().into({})))
    plain = sections_of(lnn_file.to_bytes(replace(model, meta={})))
    gain = ("GAIN", struct.pack("<4H", 32768, 0, 0, 0), 1)
    data = join([*plain[:-1], gain, plain[-1]], INT8)
    with pytest.raises(UserError, match=lack):
        lnn_file.from_bytes(data)
    if "sine" not in lack:  # which C takes as it is: a table is the file's own
        assert checked_in_c(library, data)[0] == BAD_GAINS


def test_a_build_without_it_takes_the_file_for_a_network(blob):
    others = {name: value for name, value in runtime.defines(blob).items()
              if name != runtime.DENOISE}
    old = ctypes.CDLL(str(build_host(runtime.sources(), include=[runtime.FOLDER], sanitize=False,
                                     shared=True, defines=others | {"LNN_NO_STATIC": 1})))
    assert checked_in_c(old, blob)[0] == 0 and not hasattr(old, "lnn_denoise_init")


class Denoise(ctypes.Structure):
    _fields_ = (("bytes", ctypes.c_uint8 * 512),)


def test_a_denoiser_is_refused_in_c_where_it_must_be(blob, library):  # noqa: F811
    def started(data, room, arena=None):
        words, denoise = np.zeros(len(data) // 8 + 1, np.uint64), Denoise()
        words.view(np.uint8)[: len(data)] = np.frombuffer(data, np.uint8)
        place = (ctypes.c_uint8 * (room + 8))() if arena is None else arena
        status = library.lnn_denoise_init(
            ctypes.byref(denoise), words.ctypes.data_as(ctypes.c_void_p), len(data),
            ctypes.byref(place) if arena is None else None, room)
        needed = library.lnn_denoise_arena_bytes(words.ctypes.data_as(ctypes.c_void_p))
        sound = (ctypes.c_int16 * 128)()
        return status, needed, library.lnn_denoise_hop(ctypes.byref(denoise), sound, sound)

    needed = started(blob, 1 << 16)[1]
    assert started(blob, needed) == (0, needed, 1)
    assert started(blob, needed - 1) == (12, needed, 0)
    without = join([each for each in sections_of(blob) if each[0] != "GAIN"], INT8)
    assert started(without, 1 << 16) == (BAD_GAINS, 0, 0)
    assert started(blob[:-8] + b"\1" * 8, 1 << 16)[0] == 5
    assert library.lnn_denoise_init(None, None, 0, None, 0) == 14
    assert library.lnn_denoise_hop(None, None, None) == 0
    assert library.lnn_denoise_latency(None) == 0
