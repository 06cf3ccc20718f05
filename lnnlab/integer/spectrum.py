"""The spectrum in integers: a real FFT of int16 samples and the power of its bins.

Steps and roundings are those of ``lnnlab/runtime/FORMAT.md``, section 2.
"""

from dataclasses import dataclass

import numpy as np

from lnnlab.features.bands import window_of
from lnnlab.features.spec import HANN
from lnnlab.integer.arithmetic import int16, int32, leading_zeros

FULL_Q15 = 32767


@dataclass(frozen=True)
class Tables:
    """The constants of a transform of ``frame`` samples, all int16 in Q15 but ``reversed``."""

    window: np.ndarray  # (frame,)
    twiddle: np.ndarray  # (frame/4, 2)
    split: np.ndarray  # (frame/4, 2)
    reversed: np.ndarray  # (frame/2,)


def transform_tables(frame: int, window: str = HANN) -> Tables:
    """The tables of a transform's length, a power of two from 8 to 1024, and of its window."""
    half = frame // 2
    turn = np.arange(frame // 4)
    twiddle = np.exp(-2j * np.pi * turn / half)
    split = -1j * np.exp(-2j * np.pi * turn / frame)
    bits = half.bit_length() - 1
    order = [int(f"{n:0{bits}b}"[::-1], 2) for n in range(half)]
    return Tables(_q15(window_of(window, frame)), _pairs(twiddle), _pairs(split), np.array(order))


def bin_powers(x: np.ndarray, tables: Tables, most_shift: int) -> tuple[np.ndarray, np.ndarray]:
    """|X|² of the bins 1 … frame/2 of int16 samples.

    Args:
        x: (…, sample); tables: of the frame's length; most_shift: the largest normalising shift.

    Returns:
        powers (…, bin), each times 2^(2e); e, the shift of each frame, (…,).
    """
    bits = np.bitwise_or.reduce(x ^ (x >> 15), axis=-1)
    e = np.minimum(most_shift, leading_zeros(bits) - 17)
    y = int32((x << e[..., None]) * tables.window + 32768) >> 16
    return _power(y, tables), e


def _power(y: np.ndarray, tables: Tables) -> np.ndarray:
    """|X|² of bins 1 … frame/2 from windowed samples (…, sample)."""
    m = y.shape[-1] // 2
    re, im = np.empty((*y.shape[:-1], m), np.int64), np.empty((*y.shape[:-1], m), np.int64)
    re[..., tables.reversed], im[..., tables.reversed] = y[..., 0::2], y[..., 1::2]
    transform(re, im, tables.twiddle)
    k = np.arange(1, m // 2)
    low, high = (re[..., k], im[..., k]), (re[..., m - k], im[..., m - k])
    s = [(a + b) >> 1 for a, b in zip(low, high, strict=True)]
    d = [(a - b) >> 1 for a, b in zip(low, high, strict=True)]
    (ur, ui), (er, ei), (odd_r, odd_i) = tables.split[k].T, (s[0], d[1]), (d[0], s[1])
    tr, ti = (int32(odd_r * ur - odd_i * ui) >> 15, int32(odd_r * ui + odd_i * ur) >> 15)
    for each in (er + tr, ei + ti, er - tr, ei - ti):
        int16(each)  # so that squares and their sums fit uint32
    power = np.empty((*y.shape[:-1], m), np.int64)
    power[..., k - 1] = (er + tr) ** 2 + (ei + ti) ** 2
    power[..., m - k - 1] = (er - tr) ** 2 + (ei - ti) ** 2
    power[..., m // 2 - 1] = re[..., m // 2] ** 2 + im[..., m // 2] ** 2
    power[..., m - 1] = ((re[..., 0] - im[..., 0]) ** 2) >> 1
    return power


def transform(re: np.ndarray, im: np.ndarray, twiddle: np.ndarray) -> None:
    """Complex FFT of bit-reversed input in place, divided by its length.

    Each stage halves. The error of a value is at most 2.8 a stage (2.1 of truncation, 0.6 of
    twiddles in Q15 at full scale), whatever the input.

    Args:
        re, im: (…, length); twiddle: (length/2, 2) in Q15.
    """
    length, half = re.shape[-1], 1
    while half < length:
        k = np.arange(half)
        starts = np.arange(0, length, 2 * half)[:, None]
        a, b = starts + k, starts + k + half  # (block, butterfly)
        ar, ai, br, bi = re[..., a], im[..., a], re[..., b], im[..., b]
        if half <= 2:
            quarter = k == 1  # of stage 2: b is turned by −i
            br, bi = np.where(quarter, bi, br), np.where(quarter, -br, bi)
            re[..., a], im[..., a] = (ar + br) >> 1, (ai + bi) >> 1
            re[..., b], im[..., b] = (ar - br) >> 1, (ai - bi) >> 1
        else:
            wr, wi = twiddle[k * (length // 2) // half].T
            tr, ti = int32(br * wr - bi * wi) >> 16, int32(br * wi + bi * wr) >> 16
            re[..., a], im[..., a] = (ar >> 1) + tr, (ai >> 1) + ti
            re[..., b], im[..., b] = (ar >> 1) - tr, (ai >> 1) - ti
        int16(re), int16(im)
        half *= 2


def _q15(x: np.ndarray) -> np.ndarray:
    return np.round(FULL_Q15 * x).astype(np.int64)


def _pairs(x: np.ndarray) -> np.ndarray:
    return np.stack([_q15(x.real), _q15(x.imag)], axis=-1)
