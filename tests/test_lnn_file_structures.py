"""The records of a ``.lnn`` file against FORMAT.md, and corpus files byte for byte."""

import ctypes
import re

import numpy as np
import pytest

from lnnlab import lnn_file, paths
from lnnlab.errors import UserError
from lnnlab.lnn_file.structures import (
    AnomalyRecord,
    CostRecord,
    FeatureRecord,
    GainRecord,
    Header,
    LayerKind,
    LayerRecord,
    PolicyRecord,
    SectionEntry,
    StreamRecord,
)

PAGE = (paths.ROOT / "lnnlab" / "runtime" / "FORMAT.md").read_text()
CORPUS = sorted((paths.ROOT / "tests" / "fuzz" / "corpus").glob("*.lnn"))
WIDTHS = {"u8": 1, "u16": 2, "i16": 2, "u32": 4, "f32": 4}
TYPES = {ctypes.c_uint8: "u8", ctypes.c_uint16: "u16", ctypes.c_int16: "i16",
         ctypes.c_uint32: "u32", ctypes.c_float: "f32"}
RECORDS = {"## 1.": Header, "## 2.": FeatureRecord, "## 3.": LayerRecord, "## 6.": PolicyRecord,
           "## 7.": StreamRecord, "## 8.": CostRecord, "## 9.": GainRecord}


def rows(chapter):
    """(offset, type, text) of the table of offsets in a chapter of the page."""
    text = PAGE[PAGE.index(f"\n{chapter}") :].split("| offset | type | field |\n", 1)[1]
    for line in text.splitlines()[1:]:
        if not line.startswith("|"):
            return
        offset, kind, words = (each.strip() for each in line.strip("|").split("|", 2))
        yield int(offset), kind, words


def stated(chapter):
    """(offset, type) of every single number that the page names."""
    for offset, kind, _ in rows(chapter):
        kind = kind.replace("char[4]", "u8 × 4")
        if found := re.fullmatch(r"([uif]\d+)(?: × (\d+))?", kind):
            width = WIDTHS[found[1]]
            yield from ((offset + k * width, found[1]) for k in range(int(found[2] or 1)))


def numbers(structure, start=0):
    """(offset, type) of every single number of a structure; of a union those of its first name."""
    if structure in TYPES:
        yield start, TYPES[structure]
    elif issubclass(structure, ctypes.Array):
        for k in range(structure._length_):
            yield from numbers(structure._type_, start + k * ctypes.sizeof(structure._type_))
    else:
        fields = structure._fields_[:1] if issubclass(structure, ctypes.Union) else (
            structure._fields_)
        for name, kind in fields:
            yield from numbers(kind, start + getattr(structure, name).offset)


@pytest.mark.parametrize("chapter", RECORDS)
def test_offsets_and_types_are_those_of_the_page(chapter):
    assert list(numbers(RECORDS[chapter])) == list(stated(chapter))


def test_sizes_are_those_of_the_page():
    sizes = {tag: int(size) for tag, size in re.findall(r"\| `(\w+)` \|[^|]*\| (\d+) bytes", PAGE)}
    assert sizes == {"FEAT": ctypes.sizeof(FeatureRecord), "LAYR": ctypes.sizeof(LayerRecord),
                     "PLCY": ctypes.sizeof(PolicyRecord), "STRM": ctypes.sizeof(StreamRecord),
                     "COST": ctypes.sizeof(CostRecord),
                     "GAIN": ctypes.sizeof(GainRecord),
                     "ANOM": ctypes.sizeof(AnomalyRecord)}
    table = next(row for row in rows("## 1.") if row[1].endswith("B each"))
    assert (table[0], table[1]) == (ctypes.sizeof(Header), f"{ctypes.sizeof(SectionEntry)} B each")
    assert table[2] == "section table: char[4] tag, u32 offset, u32 bytes, u32 items"


@pytest.mark.parametrize("chapter, names", [
    ("## 1.", ("version", "arithmetic", "sections", "reserved")),
    ("## 2.", ("kind", "channels", "frame", "hop", "bands", "flags", "floor", "full scale",
               "reciprocal", "exponent", "smoothing shift", "shift", "bias")),
    ("## 3.", ("kind", "flags", "inputs", "units", "hidden", "taps", "background", "stride",
               "steps in", "steps out", "out shift", "cell shift")),
    ("## 6.", ("kind", "look-back", "steps", "hangover", "rise", "fall", "open", "decay",
               "hidden", "bias", "enough", "w", "b", "v")),
    ("## 7.", ("flags", "smoothing shift", "refractory")),
    ("## 8.", ("board", "by policy")),
])
def test_fields_are_called_as_on_the_page(chapter, names):
    words = {offset: text for offset, _, text in rows(chapter)}
    for name in names:
        field = getattr(RECORDS[chapter], re.sub(r"[- ]", "_", name))
        assert re.search(rf"\b{name}\b", words[field.offset]), name


def test_kinds_are_numbered_as_on_the_page():
    listed = re.findall(r"^\| (\d+) \| ([\w ]+) \| (?:step|window|both) \|", PAGE, re.MULTILINE)
    assert [(int(number), name.lower().replace("linearltc", "linear_ltc").replace(" ", "_"))
            for number, name in listed] == [(kind, kind.name.lower()) for kind in LayerKind]


@pytest.mark.parametrize("record, name, value", [
    (LayerRecord, "steps_out", 65536), (LayerRecord, "units", -1), (LayerRecord, "taps", 70000),
    (FeatureRecord, "window", 2**32), (PolicyRecord, "open", 32768),
    (PolicyRecord, "thresholds", (0, 0, 0, -32769)), (PolicyRecord, "b", np.array([2**15])),
])
def test_a_number_too_large_for_its_field_is_refused(record, name, value):
    with pytest.raises(UserError, match=f"{name} .*its field of a .lnn file is too narrow"):
        setattr(record(), name, tuple(value) if isinstance(value, np.ndarray) else value)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_files_of_the_corpus_are_written_as_they_were_read(path):
    data = path.read_bytes()
    assert lnn_file.to_bytes(lnn_file.from_bytes(data)) == data
