"""``.lnn`` files: round trips, an independent reading of the bytes, and hostile input."""

import re
import struct
import zlib

import numpy as np
import pytest
import random_models
from hypothesis import given, settings
from hypothesis import strategies as st

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.integer import layers as kinds
from lnnlab.lnn_file.container import INT8, join, split

KINDS = (*random_models.CELLS, "mixed", "convolutional")


def repaired(data):
    """The same bytes with magic, version, size and checksum put right."""
    body = bytes(data[16:])
    arithmetic = struct.unpack_from("<H", data, 6)[0]
    return struct.pack("<4sHHII", b"LNN1", 1, arithmetic, len(data), zlib.crc32(body)) + body


def changed(data, offset, kind, value):
    """A file with one field changed and the checksum put right."""
    raw = bytearray(data)
    struct.pack_into(kind, raw, offset, value)
    return repaired(raw)


def place(data, tag):
    """Offset of a section."""
    return split(data, "file")[1][tag][0]


@pytest.fixture(scope="module")
def blob():
    return lnn_file.to_bytes(random_models.model(3, "linear_ltc"))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=random_models.SEEDS)
@settings(max_examples=15)
def test_a_round_trip_keeps_every_byte_and_every_output(kind, seed):
    model = random_models.model(seed, kind)
    data = lnn_file.to_bytes(model)
    again = lnn_file.from_bytes(data)
    lnn_file.verify(data)
    assert lnn_file.to_bytes(again) == data
    assert again.classes == model.classes and again.meta == model.meta
    samples = random_models.samples(seed, model, 2)
    np.testing.assert_array_equal(again.run(samples).digests, model.run(samples).digests)
    assert [type(each) for each in again.layers] == [type(each) for each in model.layers]


@given(seed=random_models.SEEDS)
@settings(max_examples=20)
def test_the_bytes_are_those_that_the_definition_names(seed):
    model = random_models.model(seed, "linear_ltc")
    data = lnn_file.to_bytes(model)
    magic, version, arithmetic, size, checksum, count = struct.unpack_from("<4sHHIII", data)
    assert (magic, version, arithmetic, size, count) == (b"LNN1", 1, 0, len(data), 5)
    assert checksum == zlib.crc32(data[16:]) and len(data) % 8 == 0
    table = [struct.unpack_from("<4sIII", data, 32 + 16 * k) for k in range(count)]
    assert [tag for tag, *_ in table] == [b"FEAT", b"LAYR", b"DATA", b"LABL", b"META"]
    assert all(offset % 8 == 0 for _, offset, _, _ in table)
    start = table[2][1]
    record = struct.unpack_from("<8H9B3x9I", data, table[1][1])
    kind, _, inputs, units = record[:4]
    weights, bias, factor = record[17:20]
    assert kind == 1 and not any(each % 4 for each in record[17:])
    matrix = model.layers[0].matrix
    width = inputs + inputs % 2
    for row in range(2 * units):
        for column in range(inputs):
            at = start + weights + 2 * (row // 2 * width + column)
            packed = struct.unpack_from("<h", data, at)[0]
            low = (packed & 255) - 256 * (packed >> 7 & 1)
            value = (packed - low) // 256 if row % 2 else low
            assert value == matrix.weight[row, column]
        assert struct.unpack_from("<i", data, start + bias + 4 * row)[0] == matrix.bias[row]
        assert struct.unpack_from("<h", data, start + factor + 2 * row)[0] == matrix.factor[row]
    labels = data[table[3][1] : table[3][1] + table[3][2]]
    assert tuple(labels.decode().split("\0")[:-1]) == model.classes


def test_every_changed_byte_is_refused(blob):
    for offset in range(len(blob)):
        for flip in (0x01, 0x80, 0xFF):
            raw = bytearray(blob)
            raw[offset] ^= flip
            with pytest.raises(UserError):
                lnn_file.verify(bytes(raw))


def test_every_truncation_is_refused(blob):
    for length in range(len(blob)):
        with pytest.raises(UserError, match="damaged at offset|not a .lnn file"):
            lnn_file.verify(blob[:length])
        if length >= 32:
            with pytest.raises(UserError, match="damaged at offset"):
                lnn_file.verify(repaired(blob[:length]))
    with pytest.raises(UserError, match="offset 8: the header says"):
        lnn_file.verify(blob + bytes(8))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 200), data=st.data())
@settings(max_examples=60)
def test_hostile_bytes_are_refused_or_run(kind, seed, data):
    raw = bytearray(lnn_file.to_bytes(random_models.model(seed, kind)))
    for _ in range(data.draw(st.integers(1, 4))):
        offset = data.draw(st.integers(16, len(raw) - 1))
        raw[offset] = data.draw(st.integers(0, 255))
    try:
        model = lnn_file.from_bytes(repaired(raw))
    except UserError as error:
        assert re.search(r"offset \d+|float32", str(error)), error
        return
    if model.features.window * model.features.channels < 1 << 16:
        outputs = model.run(random_models.samples(seed, model, 1))
        assert outputs.logits.shape == (1, len(model.classes))


FIELDS = [  # section, offset in it, kind, value, what the message says
    ("FEAT", 2, "<H", 17, "17 channels"),
    ("FEAT", 6, "<H", 0, "hop 0"),
    ("FEAT", 12, "<H", 500, "500 features"),
    ("FEAT", 14, "<H", 60, "60 frames a decision"),
    ("FEAT", 20, "<f", float("nan"), "a rate of nan Hz"),
    ("FEAT", 20, "<f", -1.0, "a rate of -1.0 Hz"),
    ("FEAT", 24, "<f", -1.0, "full scale -1.0"),
    ("FEAT", 34, "<H", 31, "shift 31 of the affine map"),
    ("FEAT", 56, "<I", 1 << 20, "leaves DATA"),
    ("FEAT", 60, "<I", 2, "leaves DATA"),
    ("LAYR", 0, "<H", 77, "layer 0 is of unknown kind 77"),
    ("LAYR", 0, "<H", 8, "a network ends with one pool"),
    ("LAYR", 4, "<H", 1000, "layer 0 does not follow"),
    ("LAYR", 6, "<H", 0, "layer 0 has 0 units"),
    ("LAYR", 6, "<H", 513, "layer 0 has 513 units"),
    ("LAYR", 12, "<H", 99, "does not follow"),
    ("LAYR", 16, "<B", 7, "a shift out of range"),
    ("LAYR", 17, "<B", 16, "a shift out of range"),
    ("LAYR", 19, "<B", 9, "out shift 9"),
    ("LAYR", 28, "<I", 0xFFFFFFFC, "leaves DATA"),
    ("LAYR", 32, "<I", 3, "leaves DATA"),
    ("LAYR", 2, "<H", 4, "contradict"),
]


@pytest.mark.parametrize("tag, offset, kind, value, words", FIELDS)
def test_a_field_out_of_range_is_named(blob, tag, offset, kind, value, words):
    start = place(blob, tag)
    with pytest.raises(UserError, match=f"^model.lnn: damaged at offset \\d+: .*{words}") as caught:
        lnn_file.from_bytes(changed(blob, start + offset, kind, value), "model.lnn")
    named = int(re.search(r"offset (\d+)", str(caught.value)).group(1))
    assert start <= named < start + (96 if tag == "FEAT" else 64 * 5)


def test_values_out_of_range_are_named():
    model = random_models.model(3, "linear_ltc")
    matrix = model.layers[0].matrix
    for values, words in (
        ({"weight": np.where(matrix.weight == matrix.weight[1, 0], -128, matrix.weight)}, "−128"),
        ({"bias": matrix.bias + 2**24}, "a bias beyond 2"),
        ({"factor": matrix.factor - 32767}, "a factor below zero"),
    ):
        wrong = kinds.Product(**vars(matrix) | values)
        layers = [kinds.LinearLTC(wrong), *model.layers[1:]]
        data = lnn_file.to_bytes(type(model)(model.features, layers, model.classes))
        with pytest.raises(UserError, match=words):
            lnn_file.from_bytes(data)


def test_versions_magic_and_arithmetic(blob):
    newer = bytearray(blob)
    newer[4] = 2
    with pytest.raises(UserError, match="version 2 at offset 4 was written by a newer lnnlab"):
        lnn_file.verify(bytes(newer), "model.lnn")
    with pytest.raises(UserError, match="not a .lnn file"):
        lnn_file.verify(b"RIFF" + blob[4:])
    damaged = bytearray(blob)
    damaged[100] ^= 1
    with pytest.raises(UserError, match="offset 12: the checksum differs"):
        lnn_file.verify(bytes(damaged))
    with pytest.raises(UserError, match="float32 file"):
        lnn_file.from_bytes(changed(blob, 6, "<H", 1))


def sections(data):
    return [(tag, content, items) for tag, (_, content, items) in split(data, "file")[1].items()]


def test_unknown_sections_are_passed_over_and_meta_is_not_needed(blob):
    model = lnn_file.from_bytes(blob)
    more = [*sections(blob), ("XTRA", b"anything", 3)]
    assert lnn_file.from_bytes(join(more, INT8)).classes == model.classes
    bare = lnn_file.from_bytes(join(sections(blob)[:4], INT8))
    assert bare.meta == {} and bare.classes == model.classes
    swapped = sections(blob)
    swapped[0], swapped[1] = swapped[1], swapped[0]
    with pytest.raises(UserError, match="offset 32: section LAYR where FEAT belongs"):
        lnn_file.from_bytes(join(swapped, INT8))
    with pytest.raises(UserError, match="section .* stands twice"):
        lnn_file.from_bytes(join([*sections(blob), sections(blob)[4]], INT8))


def test_arrays_may_lie_elsewhere_in_data(blob):
    parts = sections(blob)
    tag, content, _ = parts[2]
    longer = bytes(8) + content  # all arrays eight bytes on
    parts[2] = (tag, longer, len(longer))
    feat, layers = bytearray(parts[0][1]), bytearray(parts[1][1])
    for at in range(36, 64, 4):
        struct.pack_into("<I", feat, at, struct.unpack_from("<I", feat, at)[0] + 8)
    for at in range(0, len(layers), 64):
        for field in range(28, 64, 4):
            value = struct.unpack_from("<I", layers, at + field)[0]
            struct.pack_into("<I", layers, at + field, value + 8)
    parts[0], parts[1] = ("FEAT", bytes(feat), 1), ("LAYR", bytes(layers), parts[1][2])
    moved, model = lnn_file.from_bytes(join(parts, INT8)), lnn_file.from_bytes(blob)
    samples = random_models.samples(0, model)
    np.testing.assert_array_equal(moved.run(samples).digests, model.run(samples).digests)


def test_files_are_written_whole_and_absent_ones_named(tmp_path):
    model = random_models.model(8, "gru")
    path = tmp_path / "new" / "model.lnn"
    lnn_file.write(model, path)
    assert [each.name for each in path.parent.iterdir()] == ["model.lnn"]
    assert lnn_file.to_bytes(lnn_file.read(path)) == path.read_bytes()
    with pytest.raises(UserError, match="absent.lnn: no such file"):
        lnn_file.read(tmp_path / "absent.lnn")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(UserError, match="model.lnn: damaged at offset 8"):
        lnn_file.read(path)


def test_labels_are_unicode():
    model = random_models.model(4)
    names = tuple(f"Lager {number} – früh" for number in range(len(model.classes)))
    model = type(model)(model.features, model.layers, names, {"Ort": "Gießen"})
    again = lnn_file.from_bytes(lnn_file.to_bytes(model))
    assert again.classes == names and again.meta == {"Ort": "Gießen"}
