"""The autocorrelation of a frame: its level and its shape, without a transform.

Choose it where a transform takes too many cycles: a few lags say of a spectrum's envelope what
broad bands say, as linear prediction has it (Makhoul, "Linear prediction: a tutorial review",
Proc. IEEE 63, 1975). It is not to be confused with the biased estimate of the textbooks: sums run
over the same places for all lags, ``stride`` pairs of samples apart, and none over the frame's end.
"""

import numpy as np

from lnnlab.features.spec import FeatureSpec

QUIETEST = 2.0**-30  # r_0 of one sample of one step of an int16; silence counts as that


def places(spec: FeatureSpec) -> np.ndarray:
    """First samples of the pairs where products are taken, (place,): all lags fit behind each."""
    return 2 * np.arange(0, (spec.frame - spec.lags) // 2, spec.stride)


def sums(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """r_0 … r_lags of frames, exact for whole numbers.

    r_k = Σ x[m]·x[m + k] + x[m + 1]·x[m + 1 + k] over m = place + (k mod 2): the second factors of
    two lags in a row are the same pair of samples, which a core loads as one word.

    Args:
        x: (…, sample), float64 or int64.

    Returns:
        (…, lag)
    """
    at = places(spec)
    pairs = [at, at + 1]
    found = []
    for k in range(spec.lags + 1):
        first = [x[..., each + k % 2] for each in pairs]
        second = [x[..., each + k % 2 + k] for each in pairs]
        found.append(sum((a * b).sum(axis=-1) for a, b in zip(first, second, strict=True)))
    return np.stack(found, axis=-1)


def correlations(framed: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """log2 of the mean square unless relative, r_k / r_0 for k = 1 … lags, the mean if asked for.

    Args:
        framed: (window, frame, channel, sample), full scale at 1.

    Returns:
        (window, frame, channel, value)
    """
    x = framed.astype(np.float64)
    mean = x.mean(axis=-1, keepdims=True)
    r = sums(np.clip(x - mean, -1.0, 1.0) if spec.mean else x, spec)  # as in fixed point
    level, r = r[..., :1], r[..., 1:]
    octaves = np.log2(np.maximum(level, QUIETEST) / (2 * len(places(spec))))
    ratios = np.clip(r, -level, level) / np.maximum(level, QUIETEST)
    parts = [*[octaves] * (not spec.relative), ratios, *[mean] * spec.gives_mean]
    return np.concatenate(parts, axis=-1)
