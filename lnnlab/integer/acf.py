"""The autocorrelation of a frame in integers; the float definition is :mod:`lnnlab.features.acf`.

Steps and roundings are those of ``lnnlab/runtime/FORMAT.md``, section 2.
"""

import numpy as np

from lnnlab.features.acf import places, sums
from lnnlab.features.spec import FeatureSpec
from lnnlab.integer.arithmetic import int32, leading_zeros, log2_q10, sat16

RATIO_Q = 14  # of r_k / r_0
LEVEL_ZERO = 16  # octaves taken off the level, so that its offset fits int16
LOUD, LOUD_SHIFT = 2**31, 4  # from which r_0 on samples are taken again, shifted right


def values(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Level unless relative, ratios, and the mean if asked for, of int16 samples.

    Args:
        x: (…, sample).

    Returns:
        int64 (…, value)
    """
    total = x.sum(axis=-1, keepdims=True)
    mean = (total + spec.frame // 2) // spec.frame
    x = sat16(x - mean) if spec.mean else x
    r = sums(x, spec)
    loud = r[..., 0] >= LOUD
    if loud.any():
        r[loud] = sums(x[loud] >> LOUD_SHIFT, spec)
    octaves = log2_q10(np.maximum(r[..., 0], 1)) - 1024 * LEVEL_ZERO + 2048 * LOUD_SHIFT * loud
    parts = [*[octaves[..., None]] * (not spec.relative), _ratios(r), *[mean] * spec.gives_mean]
    return np.concatenate(parts, axis=-1)


def _ratios(r: np.ndarray) -> np.ndarray:
    """r_k / r_0 in Q14 for k = 1 …, by one division and a product for each: short by 3 at most."""
    level = int32(r[..., :1])
    e = leading_zeros(np.maximum(level, 1)) - 1
    inverse = (2**29 - 1) // ((np.maximum(level, 1) << e) >> 16)  # Q14 of 2^15 / mantissa
    clamped = np.clip(r[..., 1:], -level, level)
    return (int32(clamped << e) * inverse) >> (45 - RATIO_Q)


def unit(spec: FeatureSpec, q15: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps per unit of each value of a channel, and the feature's value at integer 0.

    Args:
        q15: steps of a sample's full scale, the unit of the mean.
    """
    level = [LEVEL_ZERO - 30 - np.log2(2 * len(places(spec)))] * (not spec.relative)
    steps = [1024.0] * len(level) + [2.0**RATIO_Q] * spec.lags + [float(q15)] * spec.gives_mean
    return np.array(steps), np.array(level + [0.0] * (len(steps) - len(level)))
