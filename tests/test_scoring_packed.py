"""Packed test items: what comes back is what went in, and damage is one line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_scoring_intervals import random_items

from lnnlab.scoring.packed import MOST_ITEMS, pack, pack_items, unpack, unpack_items

RUNS = st.lists(st.tuples(st.integers(-3, 40), st.integers(1, 30)), max_size=12)
NAMES = st.text(max_size=5).filter(lambda name: not name.endswith("\0"))  # numpy drops these


def test_runs_read_as_value_times_count():
    assert pack(np.array([0] * 37 + [2] + [0] * 12)) == "0x37,2,0x12"
    assert pack(np.array(["ann"] * 2 + ["bob", "a;b|5%"])) == "ann;bob;a%3bb%7c5%25|0x2,1,2"
    assert pack(np.array([], int)) == "" and pack(np.array([], str)) == "|"


@given(RUNS)
def test_ints_come_back(runs):
    values = np.repeat(*np.array(runs, int).reshape(-1, 2).T)
    text = pack(values)
    assert np.array_equal(unpack(text, len(values)), values)
    assert len(text) <= 7 * len(runs)
    assert unpack(text).dtype == np.int64


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), min_size=1))
def test_large_ints_come_back(values):
    assert unpack(pack(np.array(values, dtype=np.int64))).tolist() == values


@given(st.lists(st.sampled_from(("ann", "bob", "", "%25", "a;b", "|", "0x3")) | NAMES))
def test_strings_come_back(names):
    values = np.array(names, dtype=str)
    back = unpack(pack(values), len(names))
    assert back.dtype.kind == "U" and back.tolist() == values.tolist()
    assert "\n" not in pack(values)


@pytest.mark.parametrize("text", [
    "0x", "x3", "0x0", "0x3,", ",", "0 x3", "1.5", "0x-2", "a", "0x3;1", "٣x2", "9" * 19,
    f"0x{MOST_ITEMS + 1}", "0x" + "9" * 18, "ann|", "ann|0,1", "ann;bob|0", "ann|-1", "|0,1",
    "a|b|0", "%zz|0", "%|0", "ann|0|",
])
def test_damaged_text_is_one_line(text):
    with pytest.raises(ValueError, match="^packed text[^\n]+$"):
        unpack(text)


@given(st.text(alphabet="0123x,;|-%ab\n", max_size=12))
def test_any_text_unpacks_or_is_refused(text):
    try:
        values = unpack(text)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert np.array_equal(unpack(pack(values)), values)


def test_another_number_of_values_is_damage():
    with pytest.raises(ValueError, match="37 values.* expected 38"):
        unpack("0x37", 38)


@pytest.mark.parametrize("values", [
    np.zeros(3), np.zeros((2, 2), int), np.array([10**18]), np.array([True]),
])
def test_what_is_no_label_is_refused(values):
    with pytest.raises(ValueError, match="cannot pack"):
        pack(values)


def test_items_come_back():
    items = random_items(3)
    record = pack_items(items)
    back = unpack_items(record)
    for name in ("truth", "groups", "guesses"):
        assert np.array_equal(getattr(back, name), getattr(items, name))
    with pytest.raises(ValueError, match="lack groups"):
        unpack_items({"truth": record["truth"], "guesses": record["guesses"]})
    with pytest.raises(ValueError, match="expected 60"):
        unpack_items({**record, "guesses": ["0x59"]})
