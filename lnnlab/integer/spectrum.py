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
    re, im, e = half_spectrum(x, tables, most_shift)
    return _power(re, im, tables), e


def half_spectrum(
    x: np.ndarray, tables: Tables, most_shift: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """z of FORMAT.md, section 2, behind step 4: pairs of samples as complex numbers, transformed.

    Args:
        x: (…, sample); tables: of the frame's length; most_shift: the largest normalising shift.

    Returns:
        real and imaginary parts (…, frame/2), times 2^e; e, (…,).
    """
    bits = np.bitwise_or.reduce(x ^ (x >> 15), axis=-1)
    e = np.minimum(most_shift, leading_zeros(bits) - 17)
    y = int32((x << e[..., None]) * tables.window + 32768) >> 16
    m = y.shape[-1] // 2
    re, im = np.empty((*y.shape[:-1], m), np.int64), np.empty((*y.shape[:-1], m), np.int64)
    re[..., tables.reversed], im[..., tables.reversed] = y[..., 0::2], y[..., 1::2]
    transform(re, im, tables.twiddle)
    return re, im, e


def _power(re: np.ndarray, im: np.ndarray, tables: Tables) -> np.ndarray:
    """|X|² of bins 1 … frame/2 from half-spectra (…, frame/2)."""
    m = re.shape[-1]
    k = np.arange(1, m // 2)
    low, high = (re[..., k], im[..., k]), (re[..., m - k], im[..., m - k])
    s = [(a + b) >> 1 for a, b in zip(low, high, strict=True)]
    d = [(a - b) >> 1 for a, b in zip(low, high, strict=True)]
    (ur, ui), (er, ei), (odd_r, odd_i) = tables.split[k].T, (s[0], d[1]), (d[0], s[1])
    tr, ti = (int32(odd_r * ur - odd_i * ui) >> 15, int32(odd_r * ui + odd_i * ur) >> 15)
    for each in (er + tr, ei + ti, er - tr, ei - ti):
        int16(each)  # so that squares and their sums fit uint32
    power = np.empty((*re.shape[:-1], m), np.int64)
    power[..., k - 1] = (er + tr) ** 2 + (ei + ti) ** 2
    power[..., m - k - 1] = (er - tr) ** 2 + (ei - ti) ** 2
    power[..., m // 2 - 1] = re[..., m // 2] ** 2 + im[..., m // 2] ** 2
    power[..., m - 1] = ((re[..., 0] - im[..., 0]) ** 2) >> 1
    return power


def transform(re: np.ndarray, im: np.ndarray, twiddle: np.ndarray) -> None:
    """Complex FFT of bit-reversed input in place, divided by its length.

    Two stages of two without products, then stages of four, and one more of two where the length
    asks for it. Each value is an average of turned ones, so that nothing grows; see
    ``tests/test_integer_features.py`` for how far it lies from the exact transform.

    Args:
        re, im: (…, length); twiddle: (length/2, 2) in Q15.
    """
    z = Complex(re, im)
    length, half = re.shape[-1], 4
    _first_stages(z, length)
    while 4 * half <= length:
        _stage_of_four(z, half, twiddle)
        half *= 4
    if half < length:
        _last_stage_of_two(z, twiddle)


@dataclass(frozen=True)
class Complex:
    """int16 values of a transform, parts (…, length) each, changed in place."""

    re: np.ndarray
    im: np.ndarray

    def at(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Real and imaginary parts at places along the last axis."""
        return self.re[..., places], self.im[..., places]

    def put(self, places: np.ndarray, re: np.ndarray, im: np.ndarray) -> None:
        """Set what :meth:`at` gives."""
        self.re[..., places], self.im[..., places] = int16(re), int16(im)


def _first_stages(z: Complex, length: int) -> None:
    """Stages of two whose twiddles are 1 and −i, each halving."""
    for half in (1, 2):
        places = np.arange(length).reshape(-1, 2, half)
        a, b = places[:, 0], places[:, 1]  # (block, butterfly)
        (ar, ai), (br, bi) = z.at(a), z.at(b)
        quarter = np.arange(half) == 1  # b is turned by −i
        br, bi = np.where(quarter, bi, br), np.where(quarter, -br, bi)
        z.put(a, (ar + br) >> 1, (ai + bi) >> 1)
        z.put(b, (ar - br) >> 1, (ai - bi) >> 1)


def _stage_of_four(z: Complex, half: int, twiddle: np.ndarray) -> None:
    """Four values ``half`` apart, of which the order of bits has the second and third exchanged."""
    length, k = z.re.shape[-1], np.arange(half)
    places = np.arange(length).reshape(-1, 4, half).swapaxes(0, 1)  # (4, block, butterfly)
    (ar, ai), b, c, d = (z.at(each) for each in places)
    step = length // (4 * half)
    ar, ai = ar >> 1, ai >> 1
    br, bi = _turned(b, twiddle, 2 * step * k)
    cr, ci = _turned(c, twiddle, step * k)
    dr, di = _turned(d, twiddle, 3 * step * k)
    even, odd = (int16(ar + br), int16(ai + bi)), (int16(ar - br), int16(ai - bi))
    both, apart = (int16(cr + dr), int16(ci + di)), (int16(cr - dr), int16(ci - di))
    z.put(places[0], (even[0] + both[0]) >> 1, (even[1] + both[1]) >> 1)
    z.put(places[2], (even[0] - both[0]) >> 1, (even[1] - both[1]) >> 1)
    z.put(places[1], (odd[0] + apart[1]) >> 1, (odd[1] - apart[0]) >> 1)  # odd − i apart
    z.put(places[3], (odd[0] - apart[1]) >> 1, (odd[1] + apart[0]) >> 1)


def _last_stage_of_two(z: Complex, twiddle: np.ndarray) -> None:
    a, b = np.arange(z.re.shape[-1]).reshape(2, -1)
    (ar, ai), (tr, ti) = z.at(a), _turned(z.at(b), twiddle, np.arange(len(b)))
    z.put(a, (ar >> 1) + tr, (ai >> 1) + ti)
    z.put(b, (ar >> 1) - tr, (ai >> 1) - ti)


def _turned(
    x: tuple[np.ndarray, np.ndarray], twiddle: np.ndarray, turn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """x w / 2, rounded down; turn: of each w, in places of the table, which holds half a circle."""
    past = turn >= len(twiddle)
    wr, wi = np.where(past, -1, 1) * twiddle[turn - past * len(twiddle)].T
    (re, im) = x
    return int32(re * wr - im * wi) >> 16, int32(re * wi + im * wr) >> 16


def _q15(x: np.ndarray) -> np.ndarray:
    return np.round(FULL_Q15 * x).astype(np.int64)


def _pairs(x: np.ndarray) -> np.ndarray:
    return np.stack([_q15(x.real), _q15(x.imag)], axis=-1)
