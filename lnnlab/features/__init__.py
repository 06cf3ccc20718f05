"""What a network is fed: raw frames, bands, mel features or autocorrelations, defined in numpy.

A stream can compute every feature: a frame needs its own samples only (PCEN one leaky mean per
band beside), and the constants (``full_scale``, ``floor``) are fixed before deployment. Frames of
spectra are powers of two long, so that a fixed-point port has the same definition.
"""

import numpy as np

from lnnlab.data.chunks import CHUNK
from lnnlab.errors import UserError
from lnnlab.features.acf import correlations
from lnnlab.features.bands import band_edges, log_bands
from lnnlab.features.mel import mel_features
from lnnlab.features.spec import ACF, KINDS, LOG_BANDS, MEL_KINDS, RAW, FeatureSpec, Mel

__all__ = ["KINDS", "FeatureSpec", "Mel", "band_edges", "extract", "extract_timespans"]


def extract(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """The features of each window.

    Args:
        x: (window, time, channel) in the sensor's unit.

    Returns:
        float32 (window, frame, feature); the features of channel 0 come first.

    Raises:
        UserError: the windows are shorter than a frame.
    """
    _refuse_short(x.shape[1], spec)
    pieces = [_extracted(x[first : first + CHUNK], spec)
              for first in range(0, max(len(x), 1), CHUNK)]
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _extracted(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    framed = _framed(np.clip(x / spec.full_scale, -1.0, 1.0), spec)
    if spec.kind == LOG_BANDS:
        framed = log_bands(framed, spec)
    elif spec.kind in MEL_KINDS:
        framed = mel_features(framed, spec)
    elif spec.kind == ACF:
        framed = correlations(framed, spec)
    windows, count = framed.shape[:2]
    size = int(np.prod(framed.shape[2:]))  # in numbers, as there may be no window
    return np.ascontiguousarray(framed.reshape(windows, count, size), dtype=np.float32)


def extract_timespans(timespans: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """The time from frame to frame where the samples are irregular, (window, frame) in seconds.

    Raises:
        UserError: bands of an irregular signal have no meaning; use raw frames.
    """
    if spec.kind != RAW:
        raise UserError(
            "irregular time column: bands and lags need a constant rate; use raw features "
            "(feature='raw')"
        )
    _refuse_short(timespans.shape[1], spec)
    ends = np.cumsum(timespans, axis=1)[:, spec.frame - 1 :: spec.hop]  # (window, frame)
    return np.diff(ends, axis=1, prepend=0.0).astype(np.float32)


def _framed(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """(window, time, channel) → (window, frame, channel, sample)."""
    views = np.lib.stride_tricks.sliding_window_view(x, spec.frame, axis=1)
    return views[:, :: spec.hop]


def _refuse_short(samples: int, spec: FeatureSpec) -> None:
    if spec.frames(samples) < 1:
        raise UserError(f"a window of {samples} samples is shorter than a frame of {spec.frame}")
