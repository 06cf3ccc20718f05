"""Integer features in the unit of the float ones, to look at both side by side."""

from collections.abc import Callable

import numpy as np
from scipy.fft import dct

from lnnlab.data import Dataset
from lnnlab.features import FeatureSpec, extract
from lnnlab.features.spec import ACF, LOG_BANDS, LOG_MEL, MFCC, PCEN
from lnnlab.integer import acf
from lnnlab.integer.features import IntegerFeatures, quantise_samples
from lnnlab.integer.mel import CEPSTRAL_Q, LOG2_UNIT

Q10, Q15 = 1024, 32768
LOG_OFFSET = LOG2_UNIT - 30  # between lnnlab.features and the integer log, in octaves


def unit_of(spec: FeatureSpec, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Integer steps per unit of each feature, and its value at integer 0, both (feature,)."""
    steps, zero = _unit_of_channel(spec)
    own = np.broadcast_arrays(steps, zero, np.zeros(spec.per_channel))[:2]
    return np.tile(own[0], channels), np.tile(own[1], channels)


def _unit_of_channel(spec: FeatureSpec) -> tuple[float | np.ndarray, float | np.ndarray]:
    if spec.kind == ACF:
        return acf.unit(spec, Q15)
    if spec.kind == PCEN:
        return 2.0**CEPSTRAL_Q, 0.0
    if spec.kind == MFCC:  # an offset of all logs is one of the first coefficient
        offset = LOG_OFFSET * dct(np.ones(spec.bands), norm="ortho")
        return 2.0**CEPSTRAL_Q, offset[: spec.mel.coefficients]
    if spec.kind == LOG_MEL or (spec.kind == LOG_BANDS and not spec.relative):
        return Q10, LOG_OFFSET - np.log2(spec.average)  # the integer log is of a sum of parts
    return (Q10, 0.0) if spec.kind == LOG_BANDS else (Q15, 0.0)


def twin_of(spec: FeatureSpec, dataset: Dataset) -> Callable[[np.ndarray], np.ndarray]:
    """A function from windows (window, time, channel) to what fixed point makes of them.

    It answers (window, frame, feature) in the float features' unit, before the int8 that the
    first layer sees.
    """
    return lambda x: twin_features(x, spec, dataset.rate_hz)


def twin_features(x: np.ndarray, spec: FeatureSpec, rate_hz: float | None) -> np.ndarray:
    """What fixed point makes of windows, in the float features' unit.

    Choose it to tell what a network loses by the integers of its front end alone; what
    :meth:`IntegerFeatures.run` gives is rounded to int8 beside.

    Args:
        x: (window, time, channel) in the sensor's unit.
        spec: with ``full_scale`` set.
        rate_hz: samples per second; None where it is unknown.

    Returns:
        (window, frame, feature)

    Raises:
        UserError: the runtime has no room for such a front end.
    """
    unit, zero = unit_of(spec, x.shape[2])
    size = spec.size(x.shape[2])
    features = IntegerFeatures(
        spec, x.shape[2], x.shape[1], float(rate_hz or 0), np.zeros(size, int),
        np.ones(size, int), 1,
    )
    return features.values(quantise_samples(x, spec.full_scale)) / unit + zero


def rounding_noise(x: np.ndarray, spec: FeatureSpec, rate_hz: float | None) -> np.ndarray:
    """How far the integers' features lie from the float ones, root mean square, (feature,).

    Large where a band holds next to nothing, as above half the rate that sound had before it was
    resampled: what is left there is the noise of a 16-bit transform, which follows the loudest
    band of its frame.

    Args:
        x: some training windows (window, time, channel); spec, rate_hz: see
            :func:`twin_features`.
    """
    apart = twin_features(x, spec, rate_hz) - extract(x, spec)
    return np.sqrt(np.mean(apart**2, axis=(0, 1)))
