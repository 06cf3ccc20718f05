"""Sound made again from a spectrum whose bands are attenuated (FORMAT.md, section 9).

What the gains take away is made from the spectrum and taken off the samples themselves, so that
sound which nothing is taken from comes out as it went in, bit for bit, whatever the transform
rounds.
"""

import numpy as np

from lnnlab.integer.arithmetic import ONE_Q15, int32, leading_zeros, sat16, sigmoid
from lnnlab.integer.features import IntegerFeatures
from lnnlab.integer.mel import Chain
from lnnlab.integer.spectrum import Tables, half_spectrum

TWO_THIRDS_Q15 = 21845  # the windows' squares add up to 3/4; half of 4/3
MOST_HEADROOM = 14  # bits by which a spectrum may grow


def removals(logits: np.ndarray) -> np.ndarray:
    """R of FORMAT.md: two thirds of what full gains take from each band, Q15; logits in Q8."""
    gain = sigmoid(sat16(logits << 4))
    return (int32((ONE_Q15 - gain) * TWO_THIRDS_Q15 + 2**14)) >> 15


def taken_away(
    features: IntegerFeatures, samples: np.ndarray, removed: np.ndarray
) -> np.ndarray:
    """What is removed from the samples' bands.

    Args:
        features: for frame, window, transform and bands.
        samples: int16 (time,), half a frame of the past and then whole hops.
        removed: R of each frame, (frame, band).

    Returns:
        int16 (hop, sample), of the samples from the first one on; one hop fewer than given.
    """
    spec, tables = features.spec, features.tables
    frames = np.lib.stride_tricks.sliding_window_view(samples, spec.frame)[:: spec.hop]
    re, im, e = half_spectrum(frames.astype(np.int64), tables, features.most_shift)
    headroom = _headroom(re, im)
    left = by_bins(removed, features.filters, spec.frame // 2 + 1)
    re, im = (each << headroom[:, None] >> 1 for each in (re, im))
    re, im = _attenuated(re, im, left, tables)
    values = _samples(re, im, tables)  # (frame, sample)
    shift = e + headroom + 3 - _octaves(spec.hop)
    taken = _shifted(_times(values, tables.window), shift[:, None])  # Q8
    first, second = taken[:, : spec.hop], taken[:, spec.hop :]
    tail = np.concatenate([np.zeros_like(second[:1]), second[:-1]])
    return sat16(int32(tail + first + 128) >> 8).astype(np.int16)


def by_bins(bands: np.ndarray, filters: Chain, bins: int) -> np.ndarray:
    """Bands' numbers, Q15, along the filters' slopes to the bins 0 …: (…, band) → (…, bin)."""
    segment = np.searchsorted(filters.starts, np.arange(bins), side="right") - 1
    count = bands.shape[-1]
    low, high = np.clip(segment - 1, 0, count - 1), np.clip(segment, 0, count - 1)
    share = filters.rising[:bins]
    return bands[..., low] + (int32((bands[..., high] - bands[..., low]) * share + 2**14) >> 15)


def _headroom(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    """Bits by which every part of a frame's spectrum can grow, (frame,), 0 to 14."""
    bits = np.bitwise_or.reduce((re ^ (re >> 15)) | (im ^ (im >> 15)), axis=-1)
    return np.minimum(MOST_HEADROOM, leading_zeros(bits) - 17)


def _attenuated(
    re: np.ndarray, im: np.ndarray, removed: np.ndarray, tables: Tables
) -> tuple[np.ndarray, np.ndarray]:
    """The half-spectrum of what is removed: bins k and M − k of the whole one share z[k], z[M − k].

    Args:
        re, im: (frame, M), parts below 2^14; removed: (frame, M + 1), Q15.
    """
    m = re.shape[-1]
    k = np.arange(m // 2 + 1)
    both, apart = removed[:, k] + removed[:, m - k], removed[:, k] - removed[:, m - k]
    out_re, out_im = np.empty_like(re), np.empty_like(im)
    down = _octaves(m) + 1
    # bin 0 and the Nyquist bin are real and share z[0]; of M / 2 ``apart`` is 0
    for at in (0, m // 2):
        p, q, a, b = both[:, at], 2 * apart[:, at], re[:, at], im[:, at]
        out_re[:, at], out_im[:, at] = _mixed(p, a, q, b, down), _mixed(p, b, q, a, down)
    k = k[1:-1]
    p, q = both[:, 1:-1], apart[:, 1:-1]
    a, b, c, d = re[:, k], im[:, k], re[:, m - k], im[:, m - k]
    (er, ei), (odd_r, odd_i) = (a + c, b - d), (a - c, b + d)  # twice even and odd
    ur, ui = tables.split[k].T
    tr, ti = _rounded(odd_r * ur - odd_i * ui), _rounded(odd_r * ui + odd_i * ur)
    vr, vi = _rounded(er * ur + ei * ui), _rounded(ei * ur - er * ui)
    out_re[:, k] = _mixed(p, a, q, tr + vr, down)
    out_im[:, k] = _mixed(p, b, q, ti + vi, down)
    out_re[:, m - k] = _mixed(p, c, q, tr - vr, down)
    out_im[:, m - k] = _mixed(p, d, q, vi - ti, down)
    return out_re, out_im


def _mixed(p: np.ndarray, z: np.ndarray, q: np.ndarray, turned: np.ndarray, down: int
           ) -> np.ndarray:
    return int32(int32(p * z) + (int32(q * turned) >> 1)) >> down


def _rounded(x: np.ndarray) -> np.ndarray:
    return int32(x + 2**14) >> 15


def _octaves(power_of_two: int) -> int:
    return power_of_two.bit_length() - 1


def _times(x: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """The upper part of an int32 times an int16, rounded down."""
    return x * factor >> 16


def _samples(re: np.ndarray, im: np.ndarray, tables: Tables) -> np.ndarray:
    """The inverse transform: the forward one between two exchanges of the parts; (frame, N)."""
    order, shape = tables.reversed, (len(re), 2 * re.shape[-1])
    real, imaginary = np.empty_like(re), np.empty_like(im)
    real[:, order], imaginary[:, order] = im, re
    summed(real, imaginary, tables.twiddle)
    return np.stack([imaginary, real], axis=-1).reshape(shape)


def summed(re: np.ndarray, im: np.ndarray, twiddle: np.ndarray) -> None:
    """Complex FFT of bit-reversed input in place, in int32 and undivided: it has room to grow.

    Args:
        re, im: (…, length), sums of their sizes below 2^30; twiddle: (length/2, 2) in Q15.
    """
    length, half = re.shape[-1], 1
    while half < length:
        first = np.arange(length).reshape(-1, 2, half)
        a, b = first[:, 0], first[:, 1]
        wr, wi = twiddle[np.arange(half) * (length // (2 * half))].T
        tr, ti = re[..., b], im[..., b]
        if half == 2:  # 1 and −i
            tr, ti = np.where(wi < 0, ti, tr), np.where(wi < 0, -tr, ti)
        elif half > 2:
            tr, ti = (2 * (_times(tr, wr) - _times(ti, wi)), 2 * (_times(tr, wi) + _times(ti, wr)))
        ar, ai = re[..., a], im[..., a]
        re[..., a], im[..., a] = int32(ar + tr), int32(ai + ti)
        re[..., b], im[..., b] = int32(ar - tr), int32(ai - ti)
        half *= 2


def _shifted(x: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """x / 2^shift, halves up; to the left where shift is below 0."""
    right = np.maximum(shift, 0)
    left = x << np.maximum(-shift, 0)
    return int32(np.where(shift < 0, left, (x + ((1 << right) >> 1)) >> right))
