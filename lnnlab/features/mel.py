"""Mel features: log-mel, MFCC and per-channel energy normalisation (PCEN), for sound.

Filters are triangles that peak at 1 and cross their neighbours' feet, on the HTK mel scale. The
power of a bin is that of :func:`lnnlab.features.bands.bin_power`, so a full-scale square wave has
power 1.
"""

import numpy as np
from scipy.fft import dct
from scipy.signal import lfilter

from lnnlab.errors import UserError
from lnnlab.features.bands import bin_power
from lnnlab.features.spec import MFCC, PCEN, FeatureSpec

LEVEL = 2.0**30  # PCEN counts power in squares of one step of an int16 sample


def mel_points_hz(spec: FeatureSpec) -> np.ndarray:
    """Feet and peaks of the filters, (bands + 2,): filter j rises from point j to j + 1."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (spec.mel.low_hz, spec.mel.high_hz))
    return 700 * (10 ** (np.linspace(low, high, spec.bands + 2) / 2595) - 1)


def segments(spec: FeatureSpec) -> tuple[np.ndarray, np.ndarray]:
    """The filters as a chain: between two points every bin is shared by two neighbours.

    Returns:
        ``starts`` (bands + 2,): first bin at or above each point; ``rising`` (frame/2 + 1,): the
        share of a bin that goes to the filter that rises there, the rest goes to the one that
        falls. Bins outside the chain have 0.

    Raises:
        UserError: a filter holds no bin; use fewer bands or a longer frame.
    """
    points = mel_points_hz(spec)
    bins_hz = np.arange(spec.frame // 2 + 1) * spec.mel.rate_hz / spec.frame
    starts = np.searchsorted(bins_hz, points)
    for band in range(spec.bands):
        if starts[band] == starts[band + 2]:
            raise UserError(
                f"{spec.bands} mel bands of {spec.frame} samples: filter {band} holds no FFT bin; "
                "use fewer bands or a longer frame"
            )
    place = np.searchsorted(points, bins_hz, side="right") - 1
    inside = (place >= 0) & (place <= spec.bands)
    left = points[np.clip(place, 0, spec.bands)]
    right = points[np.clip(place, 0, spec.bands) + 1]
    return starts, np.where(inside, (bins_hz - left) / (right - left), 0.0)


def filterbank(spec: FeatureSpec) -> np.ndarray:
    """The filters as a matrix, (band, bin 0 … frame/2)."""
    starts, rising = segments(spec)
    bank = np.zeros((spec.bands, spec.frame // 2 + 1))
    for segment in range(spec.bands + 1):
        bins = slice(starts[segment], starts[segment + 1])
        if segment < spec.bands:
            bank[segment, bins] += rising[bins]
        if segment > 0:
            bank[segment - 1, bins] += 1 - rising[bins]
    return bank


def mel_features(framed: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """The mel features of frames, each window from a fresh state.

    Args:
        framed: (window, frame, channel, sample), full scale at 1.

    Returns:
        (window, frame, channel, feature): log2 of each band's power (``log_mel``), the first
        coefficients of its orthonormal DCT-II (``mfcc``), or the normalised energy (``pcen``).
    """
    power = bin_power(framed, spec.window)
    energy = power @ filterbank(spec)[:, 1:].T  # (window, frame, channel, band)
    if spec.kind == PCEN:
        return pcen(energy, spec)
    logs = np.log2(energy + spec.floor)
    if spec.kind == MFCC:
        return dct(logs, norm="ortho", axis=-1)[..., : spec.mel.coefficients]
    return logs


def pcen(energy: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Per-channel energy normalisation (Wang et al. 2017, "Trainable frontend").

    y = (E / M^α + δ)^r − δ^r with M ← M + s·(E − M), M starting at the first frame's energy; both
    E and M have the floor added. One leaky mean per band is all the state that a stream keeps.

    Args:
        energy: (window, frame, …, band), full scale at 1.
    """
    mel = spec.mel
    before = (1 - mel.smoothing) * energy[:, :1]
    level, _ = lfilter([mel.smoothing], [1, mel.smoothing - 1], energy, axis=1, zi=before)
    scaled = LEVEL * (energy + spec.floor) / (LEVEL * (level + spec.floor)) ** mel.exponent
    return (scaled + mel.bias) ** mel.root - mel.bias**mel.root
