"""Integer features in the unit of the float ones, to look at both side by side."""

from collections.abc import Callable

import numpy as np
from scipy.fft import dct

from lnnlab.data import Dataset
from lnnlab.features import FeatureSpec
from lnnlab.features.spec import LOG_BANDS, LOG_MEL, MFCC, PCEN
from lnnlab.integer.features import IntegerFeatures, quantise_samples
from lnnlab.integer.mel import CEPSTRAL_Q, LOG2_UNIT

Q10, Q15 = 1024, 32768
LOG_OFFSET = LOG2_UNIT - 30  # between lnnlab.features and the integer log, in octaves


def unit_of(spec: FeatureSpec) -> tuple[float, float | np.ndarray]:
    """Integer steps per unit of a feature, and the feature's value at integer 0."""
    if spec.kind == PCEN:
        return 2.0**CEPSTRAL_Q, 0.0
    if spec.kind == MFCC:  # an offset of all logs is one of the first coefficient
        offset = LOG_OFFSET * dct(np.ones(spec.bands), norm="ortho")
        return 2.0**CEPSTRAL_Q, offset[: spec.mel.coefficients]
    if spec.kind == LOG_MEL or (spec.kind == LOG_BANDS and not spec.relative):
        return Q10, LOG_OFFSET
    return (Q10, 0.0) if spec.kind == LOG_BANDS else (Q15, 0.0)


def twin_of(spec: FeatureSpec, dataset: Dataset) -> Callable[[np.ndarray], np.ndarray]:
    """A function from windows (window, time, channel) to what fixed point makes of them.

    It answers (window, frame, feature) in the float features' unit, before the int8 that the
    first layer sees.
    """
    channels, (unit, zero) = len(dataset.channels), unit_of(spec)
    size = spec.size(channels)
    features = IntegerFeatures(
        spec, channels, dataset.x.shape[1], float(dataset.rate_hz or 0), np.zeros(size, int),
        np.ones(size, int), 1,
    )
    return lambda x: features.values(quantise_samples(x, spec.full_scale)) / unit + zero
