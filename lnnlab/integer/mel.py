"""Mel energies, PCEN and MFCC in integers; the float definition is :mod:`lnnlab.features.mel`.

Steps and roundings are those of ``lnnlab/runtime/FORMAT.md``, section 2.
"""

from dataclasses import dataclass

import numpy as np
from scipy.fft import dct

from lnnlab.features.mel import segments
from lnnlab.features.spec import FeatureSpec
from lnnlab.integer.arithmetic import ONE_Q15, halved, int32, log2_q10, power_q15, uint32

LOG2_UNIT = np.log2(16 / 3)  # of one step of an integer power, in squares of a sample's step
CURVE_START, CURVE_STEPS = -10, 192  # octaves; eighths of an octave
COSINE_Q, CEPSTRAL_Q = 12, 7
MOST_COSINE_BANDS = 128  # so that a coefficient's sum stays in int32


@dataclass(frozen=True)
class Chain:
    """The filters: ``starts`` (bands + 2,), ``rising`` (frame/2 + 1,) in Q15."""

    starts: np.ndarray
    rising: np.ndarray


def chain(spec: FeatureSpec) -> Chain:
    """The filters of a spec, rounded."""
    starts, rising = segments(spec)
    return Chain(starts.astype(np.int64), np.minimum(32767, np.round(ONE_Q15 * rising)).astype(int))


def energies(power: np.ndarray, filters: Chain) -> np.ndarray:
    """Energy of each filter, (…, band), from powers of the bins 1 … frame/2, (…, bin)."""
    starts = filters.starts
    padded = np.concatenate([np.zeros_like(power[..., :1]), power], axis=-1)  # bin k in place k
    shares = padded * filters.rising
    total, risen = (
        np.stack([each[..., a:b].sum(axis=-1) for a, b in zip(starts, starts[1:], strict=False)],
                 axis=-1)
        for each in (padded, shares)
    )  # (…, segment)
    risen >>= 15
    return uint32(risen[..., :-1] + (total - risen)[..., 1:])


def level_of(energy: np.ndarray, e: np.ndarray) -> np.ndarray:
    """An energy without its normalising shift, Q4: what PCEN's running level takes in."""
    e = e[..., None]
    most = 2 ** (27 + 2 * np.minimum(e, 1)) - 1
    return np.where(e < 2, np.minimum(energy, most) << np.maximum(4 - 2 * e, 0),
                    energy >> np.maximum(2 * e - 4, 0))


def running_levels(
    energy: np.ndarray, level: np.ndarray | None, shift: int, timestep: np.ndarray
) -> np.ndarray:
    """2^shift running means of energies after each frame, (window, frame, channel, band).

    Args:
        energy: (window, frame, channel, band) of :func:`level_of`.
        level: before the first frame, (window, channel, band); None: there was none.
        shift: a frame counts for 2^−shift of the mean.
        timestep: hops that each frame stands for, (frame,).
    """
    levels = np.empty_like(energy)
    left = power_q15(ONE_Q15 - (ONE_Q15 >> shift), timestep)
    for t, hops in enumerate(timestep):
        now = energy[:, t]
        if level is None:
            level = now << shift
        elif hops == 1:
            level = level + now - (level >> shift)
        else:
            goal = now << shift
            level = goal + (((level - goal) * left[t] + 2**14) >> 15)
        levels[:, t] = level
    return levels


def curve(spec: FeatureSpec) -> np.ndarray:
    """(2^u + δ)^r − δ^r in Q7 over u in eighths of an octave, for integer powers; (193,)."""
    mel = spec.mel
    unit = (1 - exponent_q15(spec) / ONE_Q15) * LOG2_UNIT
    u = CURVE_START + np.arange(CURVE_STEPS + 1) / 8 + unit
    y = (2.0**u + mel.bias) ** mel.root - mel.bias**mel.root
    return np.minimum(32767, np.round(128 * y)).astype(np.int64)


def exponent_q15(spec: FeatureSpec) -> int:
    """PCEN's α in Q15."""
    return round(ONE_Q15 * spec.mel.exponent)


def normalised(
    logs: np.ndarray, level: np.ndarray, floor: int, spec: FeatureSpec, table: np.ndarray
) -> np.ndarray:
    """PCEN of log-energies in Q10 (…, band), given the running levels in Q4; Q7."""
    levels = log2_q10(uint32(level + 16 * floor)) - 4096
    u = logs - halved(int32(exponent_q15(spec) * levels), 15)
    place = np.clip(u - 1024 * CURVE_START, 0, 128 * CURVE_STEPS - 1)
    left, part = place >> 7, place & 127
    return table[left] + halved((table[left + 1] - table[left]) * part, 7)


def cosines(spec: FeatureSpec) -> np.ndarray:
    """Rows of the orthonormal DCT-II, Q12, (coefficient, band)."""
    rows = dct(np.eye(spec.bands), norm="ortho", axis=0)[: spec.mel.coefficients]
    return np.round(2**COSINE_Q * rows).astype(np.int64)


def cepstral(logs: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Coefficients in Q7 of log-energies in Q10, (…, band)."""
    return halved(int32((logs[..., None, :] * rows).sum(axis=-1)), 10 + COSINE_Q - CEPSTRAL_Q)
