"""Frames on a wire: what goes in comes out, in Python and C alike; hostile bytes find nothing."""

import ctypes
import random
import struct
import subprocess
import zlib

import pytest
import random_models
from hypothesis import given
from hypothesis import strategies as st
from test_compilers import STRICT, built, compiler
from wires import Faults, host_board

from lnnlab import lnn_file
from lnnlab.runtime.export import export
from lnnlab.target.toolchain import build_host
from lnnlab.target.wire import FIRMWARE
from lnnlab.testing.frames import Frame, Reader, stuffed, unstuffed

contents = st.lists(st.sampled_from([b"\0", b"\1", b"\xff", b"a" * 253, b"b" * 254, b"c" * 255])
                    | st.binary(max_size=40), max_size=8).map(b"".join)
frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 65535), contents)
MODEL = random_models.model(5, "linear_ltc")
BLOB, CHANNELS = lnn_file.to_bytes(MODEL), MODEL.features.channels
CRC = zlib.crc32(BLOB)


@given(contents)
def test_cobs_takes_zeros_out_and_puts_them_back(content):
    line = stuffed(content)
    assert 0 not in line and unstuffed(line) == content
    assert len(line) <= len(content) + 1 + len(content) // 254


@given(st.lists(frames, max_size=4), st.integers(1, 7))
def test_frames_come_back_from_any_pieces(sent, size):
    line, reader = b"".join(each.on_the_line() for each in sent), Reader()
    pieces = [line[k : k + size] for k in range(0, len(line), size)]
    assert [found for each in pieces for found in reader.take(each)] == sent


@given(frames, st.data())
def test_a_damaged_frame_is_never_a_sound_one(frame, data):
    line = bytearray(frame.on_the_line())
    line[data.draw(st.integers(1, len(line) - 3))] ^= data.draw(st.integers(1, 255))
    assert all(found in (None, frame) for found in Reader().take(bytes(line)))
    assert [*Reader().take(bytes(line))] != [frame]


@pytest.fixture(scope="module")
def c_frames():
    return ctypes.CDLL(str(build_host([FIRMWARE / "frames.c"], sanitize=False, shared=True)))


PUT = ctypes.CFUNCTYPE(None, ctypes.c_uint8)


class FrameIn(ctypes.Structure):
    """``frame_in_t``."""

    _fields_ = [("bytes", ctypes.c_void_p), ("room", ctypes.c_uint32), ("count", ctypes.c_uint32),
                *((name, ctypes.c_uint8) for name in ("left", "zero", "begun", "damaged"))]


@given(frame=frames)
def test_c_says_what_python_reads(c_frames, frame):
    content = struct.pack("<BH", frame.kind, frame.number) + frame.payload
    place, line = ctypes.create_string_buffer(content, len(content) + 4), bytearray()
    c_frames.frame_send(place, len(content), PUT(line.append))
    assert [*Reader().take(bytes(line))] == [frame]


@given(frame=frames, room=st.integers(8, 3000))
def test_c_reads_what_python_says(c_frames, frame, room):
    content = struct.pack("<BH", frame.kind, frame.number) + frame.payload
    place, heard = ctypes.create_string_buffer(room), FrameIn()
    c_frames.frame_listen(ctypes.byref(heard), place, room)
    found = [c_frames.frame_take(ctypes.byref(heard), byte) for byte in frame.on_the_line()]
    fits = len(content) + 4 <= room
    assert [each for each in found if each] == [len(content) if fits else -1]
    assert not fits or place.raw[: len(content)] == content


@pytest.mark.parametrize("name, core", [("arm-none-eabi-gcc", "cortex-m4"), ("clang", "host")])
def test_the_firmware_gives_no_warning(name, core, tmp_path):
    command = compiler(name, core)
    export(BLOB, tmp_path, "model")
    for part in ("frames", "serve", *["stm32f4"] * (core != "host")):
        built(command, FIRMWARE / f"{part}.c", tmp_path / "part.o", *STRICT, f"-I{FIRMWARE}",
              f"-I{tmp_path}", "-O2")


# ---- the whole protocol, under address and undefined-behaviour sanitizers ----


def answers(line):
    """What the board on this machine says to bytes, and how often it computed."""
    done = subprocess.run([host_board(BLOB)], input=line, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    computed, misordered = map(int, done.stderr.split())
    assert misordered == 0
    return [*Reader().take(done.stdout)], computed


def begin(number, kind=0, crc=CRC):
    return struct.pack("<IIBBHH", number, crc, kind, 3, 25, 26214)


def samples(number, first, moments, value=1):
    return struct.pack("<II", number, first) + struct.pack("<h", value) * moments * CHANNELS


def hostile(seed):
    """Frames that are sound and mean harm, sound ones, and noise."""
    chance = random.Random(seed)
    for number in range(3000):
        good = samples(number, 0, chance.randrange(1, 200), chance.randrange(-9, 9))
        payload = chance.choice([
            begin(7), begin(chance.randrange(9), chance.randrange(4)), good, good, good,
            samples(number, 0, chance.randrange(600)), good[: chance.randrange(len(good))],
            chance.randbytes(chance.randrange(64)), chance.randbytes(1100), b""])
        kind = chance.choice([1, 2, 3, 3, 3, chance.randrange(256)])
        line = Frame(kind, number // chance.randrange(1, 3), payload).on_the_line()
        if chance.random() < 0.5:  # so that some samples have their place
            line = Frame(2, number ^ 0x8000, begin(number)).on_the_line() + line
        if chance.random() < 0.2:
            line = Faults(0.01, 0.01, 0.01).applied(line, chance)
        yield line + chance.randbytes(chance.choice([0, 0, 0, 30]))


@pytest.mark.parametrize("seed", range(4))
def test_hostile_bytes_neither_crash_nor_read_outside(seed):
    found, computed = answers(b"".join(hostile(seed)))
    assert None not in found and len(found) > 2000
    assert len({each.kind for each in found}) > 50 and computed > 50


def test_a_repeated_frame_replays_its_answer():
    asked = [Frame(2, 1, begin(7)), Frame(3, 2, samples(7, 0, 64)), Frame(3, 3, samples(7, 64, 9)),
             Frame(3, 3, samples(7, 64, 9)), Frame(3, 3, samples(7, 64, 9)),
             Frame(3, 2, samples(7, 0, 64))]
    found, computed = answers(b"".join(each.on_the_line() for each in asked))
    assert [each.payload[0] for each in found] == [0, 0, 0, 0, 0, 1]  # the last: elsewhere
    assert found[2] == found[3] == found[4]
    once, alone = answers(b"".join(each.on_the_line() for each in asked[:3]))
    assert found[:3] == once and computed == alone


@pytest.mark.parametrize("kind, payload, status", [
    (2, begin(0), 4), (2, begin(7, kind=2), 4), (2, begin(7)[:-1], 4), (2, begin(7, crc=1), 2),
    (3, samples(7, 0, 1), 1), (3, samples(7, 0, 0), 4), (3, samples(7, 0, 1) + b"x", 4),
    (9, b"", 4), (2, begin(7, kind=1), 3)])
def test_what_the_board_refuses(kind, payload, status):
    found, computed = answers(Frame(kind, 1, payload).on_the_line())
    assert [each.payload[0] for each in found] == [status] and computed == 0
