"""Checks of whole numbers that a file's fields hold."""

from collections.abc import Sequence

import numpy as np

from lnnlab.errors import UserError

INT16, UINT16 = (-32768, 32767), (0, 65535)


def integers(name: str, values: Sequence[int]) -> tuple[int, ...]:
    """Values of a field as plain integers that fit 16 bits.

    Raises:
        UserError: they are no sequence, or one is out of range.
    """
    found = sequence(name, values)
    all_within(name, found, *INT16)
    return tuple(int(each) for each in found)


def sequence(name: str, values: Sequence) -> tuple:
    """Values of a field as a tuple; UserError for what is no sequence."""
    try:
        return tuple(values)
    except TypeError:
        raise UserError(f"{name} {values}: give a sequence, such as a tuple") from None


def all_within(name: str, values: Sequence[int], low: int, high: int) -> None:
    """Refuse values of which one is out of range, as :func:`within` does."""
    for each in values:
        within(name, each, low, high)


def within(name: str, value: int, low: int, high: int, unit: str = "") -> None:
    """Refuse a value that is no whole number from low to high.

    Raises:
        UserError: it is not; the message names the field and the range.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise UserError(f"{name} {value}: choose a whole number from {low} to {high}"
                        + (f" {unit}" if unit else ""))
