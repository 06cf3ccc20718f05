"""Test items in few bytes that a person can read: runs of equal values as ``0x37,2,0x12``.

A record keeps each item's predicted class and group so that intervals can be computed later.
Values run along the test set, where neighbours are mostly equal. Read ``0x37`` as 37 times 0: it
is no hexadecimal number.
"""

import re
from collections.abc import Mapping

import numpy as np

from lnnlab.scoring.intervals import Items

MOST_ITEMS = 10_000_000  # a damaged count must not fill the memory
_RUN = re.compile(r"(-?[0-9]{1,18})(?:x([0-9]{1,18}))?", re.ASCII)
_SPECIAL = re.compile(r"[%;|\x00-\x1f\x7f]")
_ESCAPED = re.compile(r"%([0-9a-f]{2})")
_DAMAGED = re.compile(r"\||%(?![0-9a-f]{2})")


def pack(values: np.ndarray) -> str:
    """An array as text: ``0x37,2,0x12`` for ints, ``ann;bob|0x37,1x12`` for strings.

    Strings are listed once, in order of appearance, before ``|``; the runs are of their places in
    that list. ``%``, ``;``, ``|`` and control characters in a string are written ``%25`` and so
    on. Choose it for labels; measured values hardly repeat.

    Args:
        values: (item,) of int of up to 18 digits, or of str.

    Raises:
        ValueError: an array of other shape or type.
    """
    values = np.asarray(values)
    if values.ndim != 1 or values.dtype.kind not in "iuU":
        raise ValueError(f"cannot pack {values.dtype} of shape {values.shape}: give (item,) of int "
                         "or str")
    if values.dtype.kind != "U":
        if values.size and max(-int(values.min()), int(values.max())) >= 10**18:
            raise ValueError("cannot pack ints of more than 18 digits")
        return _runs(values)
    names, first, place = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first)  # by appearance
    listed = ";".join(_SPECIAL.sub(_escape, str(name)) for name in names[order])
    return f"{listed}|{_runs(np.argsort(order)[place])}"


def unpack(text: str, items: int | None = None) -> np.ndarray:
    """The array behind a text of :func:`pack`: (item,) of int64 or of str.

    Args:
        text: the runs.
        items: how many values there must be; None: any number up to ten million.

    Raises:
        ValueError: the text is damaged, or holds another number of values.
    """
    listed, strings, runs = text.rpartition("|")
    values = _expanded(runs, items)
    if not strings:
        return values
    names = [_ESCAPED.sub(lambda code: chr(int(code[1], 16)), name)
             for name in listed.split(";")] if values.size or listed else []
    if _DAMAGED.search(listed):
        raise ValueError("packed text: '%' and '|' in a string are written %25 and %7c")
    if set(values.tolist()) != set(range(len(names))):
        raise ValueError(f"packed text: runs do not fit the {len(names)} strings listed")
    return np.array(names, dtype=str)[values]


def pack_items(items: Items) -> dict:
    """Test items for a record: packed truth, groups, and one text of guesses a seed."""
    return {"truth": pack(items.truth), "groups": pack(items.groups),
            "guesses": [pack(row) for row in items.guesses]}


def unpack_items(record: Mapping) -> Items:
    """The test items of a record, from :func:`pack_items`.

    Raises:
        ValueError: something is missing, damaged, or of another length than the truth.
    """
    lacks = {"truth", "groups", "guesses"} - set(record)
    if lacks:
        raise ValueError(f"packed items lack {', '.join(sorted(lacks))}")
    truth = unpack(record["truth"])
    count = len(truth)
    guesses = [unpack(row, count) for row in record["guesses"]]
    return Items(truth, unpack(record["groups"], count),
                 np.array(guesses, dtype=int).reshape(len(guesses), count))


def _runs(values: np.ndarray) -> str:
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]][: len(values)])
    lengths = np.diff(np.r_[starts, len(values)])
    return ",".join(f"{values[start]}x{length}" if length > 1 else f"{values[start]}"
                    for start, length in zip(starts, lengths, strict=True))


def _expanded(runs: str, items: int | None) -> np.ndarray:
    parsed = [_RUN.fullmatch(run) for run in runs.split(",")] if runs else []
    if None in parsed:
        damaged = runs.split(",")[parsed.index(None)]
        raise ValueError(f"packed text: {damaged[:40]!r} is no run such as 0x37")
    lengths = [int(run[2] or 1) for run in parsed]
    count = sum(lengths)
    if count > MOST_ITEMS or items not in (None, count) or 0 in lengths:
        raise ValueError(f"packed text of {count} values, empty runs {lengths.count(0)}: expected "
                         f"{f'up to {MOST_ITEMS}' if items is None else items} and no empty run")
    return np.repeat(np.array([int(run[1]) for run in parsed], dtype=np.int64), lengths)


def _escape(match: re.Match) -> str:
    return f"%{ord(match[0]):02x}"
