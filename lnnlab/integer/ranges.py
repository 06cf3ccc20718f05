"""What whole numbers the runtime takes, and checks of them.

Each range is (lowest, highest). What makes networks and policies keeps to them, and what reads
files refuses the rest.
"""

from collections.abc import Sequence

import numpy as np

from lnnlab.errors import UserError

Range = tuple[int, int]

INT8, INT16, UINT16, Q15 = (-128, 127), (-32768, 32767), (0, 65535), (0, 32767)
# features
CHANNELS, FEATURES, SAMPLES = (1, 16), (1, 512), (1, 2**24)  # samples: of a decision
FRAME = (8, 1024)  # of all kinds but raw, whose frames are as long as FEATURES lets them
PLACES = (1, 255)  # of an autocorrelation: 2 · 255 products of 22 bits fit int32
FLOOR, PCEN_FLOOR = (1, 2**28), (1, 2**20)
AFFINE_FACTOR, AFFINE_SHIFT = (0, 16383), (1, 30)
# layers
LAYERS, UNITS, TAPS = (3, 32), (1, 512), (1, 64)
PRODUCT_INPUTS = (1, 514)  # row pairs are packed as 256·B + A in a halfword
WEIGHT, BIAS, FACTOR = (-127, 127), (-(2**23), 2**23), (0, 32767)
UP, DOWN = (0, 6), (0, 15)
OUT_SHIFT, CELL_SHIFT, LEAK = (1, 8), (2, 5), (1, 32767)
RESIDUAL_SHIFT, RESIDUAL_SUM = (0, 30), (0, 2**30)  # 32768·state + 128·input: fits int32


def fits(value: float | np.ndarray, allowed: Range) -> bool:
    """Whether a number, or every one of an array, is in a range."""
    low, high = allowed
    if isinstance(value, np.ndarray):
        return bool(low <= value.min() and value.max() <= high)
    return low <= value <= high


def integers(name: str, values: Sequence[int]) -> tuple[int, ...]:
    """Values of a field as plain integers that fit 16 bits.

    Raises:
        UserError: they are no sequence, or one is out of range.
    """
    found = sequence(name, values)
    all_within(name, found, INT16)
    return tuple(int(each) for each in found)


def sequence(name: str, values: Sequence) -> tuple:
    """Values of a field as a tuple; UserError for what is no sequence."""
    try:
        return tuple(values)
    except TypeError:
        raise UserError(f"{name} {values}: give a sequence, such as a tuple") from None


def all_within(name: str, values: Sequence[int], allowed: Range) -> None:
    """Refuse values of which one is out of range, as :func:`within` does."""
    for each in values:
        within(name, each, allowed)


def within(name: str, value: int, allowed: Range, unit: str = "") -> None:
    """Refuse a value that is no whole number in a range.

    Raises:
        UserError: it is not; the message names the field and the range.
    """
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not fits(value, allowed):
        raise UserError(f"{name} {value}: choose a whole number from {allowed[0]} to {allowed[1]}"
                        + (f" {unit}" if unit else ""))
