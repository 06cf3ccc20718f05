"""Integer arithmetic of the runtime, vectorised in numpy: every rounding stated once.

The definition is ``lnnlab/runtime/FORMAT.md``; the C runtime agrees with this module bit for bit.
All arrays are int64 inside; under :func:`checked` what the runtime keeps in int32 is held to it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from scipy.special import expit

from lnnlab.integer.ranges import INT8, INT16

ONE_Q15 = 32768

# sigmoid at (256·i − 32768) / 4096, Q15
SIGMOID = np.minimum(
    32767, np.round(ONE_Q15 * expit((256 * np.arange(257) - 32768) / 4096))
).astype(np.int64)
LOG = np.round(1024 * np.log2(1 + np.arange(33) / 32)).astype(np.int64)  # log2(1 + i/32), Q10
POW = np.round(ONE_Q15 * 2.0 ** (-np.arange(33) / 32)).astype(np.int64)  # 2^(−i/32), Q15


_CHECKED = ContextVar("_CHECKED", default=False)


@contextmanager
def checked() -> Iterator[None]:
    """Inside, a number that would not fit the runtime's register raises ``OverflowError``.

    Choose it in tests; without it int64 goes on with the exact number where C would wrap.
    """
    token = _CHECKED.set(True)
    try:
        yield
    finally:
        _CHECKED.reset(token)


def int32(x: np.ndarray) -> np.ndarray:
    """x itself; under :func:`checked` only if an int32 holds all of it."""
    return _held(x, -(2**31), 2**31 - 1, "int32")


def uint32(x: np.ndarray) -> np.ndarray:
    """x itself; under :func:`checked` only if an unsigned 32-bit number holds all of it."""
    return _held(x, 0, 2**32 - 1, "uint32")


def int16(x: np.ndarray) -> np.ndarray:
    """x itself; under :func:`checked` only if an int16 holds all of it."""
    return _held(x, *INT16, "int16")


def _held(x: np.ndarray, low: int, high: int, name: str) -> np.ndarray:
    if _CHECKED.get() and x.size and (x.min() < low or x.max() > high):
        raise OverflowError(f"{x.min()} … {x.max()} does not fit {name}")
    return x


def sat8(x: np.ndarray) -> np.ndarray:
    """Clamp to the range of int8."""
    return np.clip(x, *INT8)


def sat16(x: np.ndarray) -> np.ndarray:
    """Clamp to the range of int16."""
    return np.clip(x, *INT16)


def halved(x: np.ndarray, shift: int) -> np.ndarray:
    """x / 2^shift, halves rounded up: (x + 2^(shift − 1)) >> shift; x itself at shift 0."""
    return int32(x + ((1 << shift) >> 1)) >> shift


def requantise(acc: np.ndarray, factor: np.ndarray, up: int, down: int) -> np.ndarray:
    """An accumulator times factor·2^(up − 16 − down), not yet clamped.

    Args:
        acc: (…, row), below 2^24 in size.
        factor: (row,) or a number, 0 to 32767.
        up: shift to the left before the product, 0 to 6.
        down: rounded shift to the right after it, 0 to 15.
    """
    return halved((int32(acc << up) * factor) >> 16, down)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """σ of an int16 in Q12, Q15: 256 linear pieces over −8 … 8.

    The error is at most 2.6/32768: 1.6 of pieces 1/16 wide (1/16²/8 of the largest σ″, 0.0962),
    1 of two roundings.
    """
    left, part = (x + 32768) >> 8, x & 255
    return SIGMOID[left] + halved((SIGMOID[left + 1] - SIGMOID[left]) * part, 8)


def tanh_of_half(x: np.ndarray) -> np.ndarray:
    """tanh(x / 2) of an int16 in Q12, Q15: 2σ(x) − 1. Rows that feed it are doubled."""
    return 2 * sigmoid(x) - ONE_Q15


def to8(state: np.ndarray, shift: int) -> np.ndarray:
    """The int8 that the next layer sees of an int16 state."""
    return sat8(halved(state, shift))


def power_q15(keep: np.ndarray, timestep: int | np.ndarray) -> np.ndarray:
    """keep^timestep of numbers in Q15: pw of FORMAT.md, section 6.

    Choose it wherever a state forgets over several hops at once. Squares and products run over
    the bits of the timestep from the top, each rounded, so the error stays below timestep / 2.

    Args:
        keep: what one hop leaves, 0 to 32768; timestep: hops, 1 to 255; both broadcast.
    """
    timestep = np.asarray(timestep)
    keep = result = np.broadcast_to(keep, np.broadcast_shapes(np.shape(keep), timestep.shape))
    for bit in reversed(range(int(timestep.max(initial=1)).bit_length() - 1)):
        begun = timestep >> (bit + 1) > 0  # the highest bit is keep itself
        result = np.where(begun, halved(result * result, 15), result)
        multiplied = begun & (timestep >> bit & 1 > 0)
        result = np.where(multiplied, halved(result * keep, 15), result)
    return result


def leading_zeros(x: np.ndarray) -> np.ndarray:
    """Zero bits above the highest one of an unsigned 32-bit number; 32 for 0."""
    _, exponent = np.frexp(x.astype(np.float64))  # exact below 2^53
    return 32 - exponent


def log2_q10(v: np.ndarray) -> np.ndarray:
    """log2 of an unsigned 32-bit number ≥ 1 in Q10: 32 linear pieces an octave."""
    octave = 31 - leading_zeros(v)
    mantissa = v.astype(np.int64) << (31 - octave)
    left, part = (mantissa >> 26) & 31, (mantissa >> 16) & 1023
    return 1024 * octave + LOG[left] + halved((LOG[left + 1] - LOG[left]) * part, 10)


def wide_log2_q10(v: np.ndarray) -> np.ndarray:
    """The same of a number of up to 63 bits: of its upper 32, the rest cut off."""
    _, octaves = np.frexp(v.astype(np.float64))  # may round up to a power of two: checked below
    octaves = octaves - (v >> np.maximum(octaves - 1, 0) == 0)
    shift = np.maximum(octaves - 32, 0)
    return log2_q10(v >> shift) + 1024 * shift


def softmax_shares(logits: np.ndarray) -> np.ndarray:
    """e^(logit − largest logit), Q15, by 32 linear pieces an octave.

    Args:
        logits: (…, class) in Q8.
    """
    below = logits.max(axis=-1, keepdims=True) - logits  # Q8
    octaves = (below * 369 + 128) >> 8  # Q8; 369/256 is log2(e)
    left, part = (octaves >> 3) & 31, octaves & 7
    share = POW[left] + halved((POW[left + 1] - POW[left]) * part, 3)
    return share >> np.minimum(octaves >> 8, 31)


def confidence_q15(logits: np.ndarray) -> np.ndarray:
    """Softmax probability of the largest logit, Q15; logits (…, class) in Q8."""
    return np.minimum(32767, 2**30 // softmax_shares(logits).sum(axis=-1))


def product(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """bias + x·weightᵀ, exact.

    Args:
        x: (…, input) of int8 values; weight: (row, input) of int8 values; bias: (row,).
    """
    # Sums stay below 2^24, so float64's matrix product is exact, and it is the fast one.
    total = np.rint(x.astype(np.float64) @ weight.T.astype(np.float64)).astype(np.int64)
    return int32(bias + total)
