"""Gains of bands: the ideal ones, and sound that is turned down by any, in floating point."""

import numpy as np

from lnnlab.features import FeatureSpec
from lnnlab.features.bands import window_of
from lnnlab.features.mel import filterbank
from lnnlab.integer.arithmetic import ONE_Q15
from lnnlab.integer.mel import chain
from lnnlab.integer.synthesis import by_bins


def spectra(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Complex spectra of the frames of sound (…, time), (…, frame, bin)."""
    framed = np.lib.stride_tricks.sliding_window_view(x, spec.frame, axis=-1)[..., :: spec.hop, :]
    return np.fft.rfft(framed * window_of(spec.window, spec.frame), axis=-1)


def ideal_gains(noisy: np.ndarray, clean: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """The gain of each band that brings the noisy spectrum nearest to the clean one.

    The least squares solution: Σ Re(Y* S) / Σ |Y|² over the band, held to 0 … 1.

    Args:
        noisy, clean: (window, time); spec: of mel bands.

    Returns:
        float32 (window, frame, band)
    """
    bank = filterbank(spec)
    y, s = spectra(noisy, spec), spectra(clean, spec)
    found = ((y.conj() * s).real @ bank.T) / (np.abs(y) ** 2 @ bank.T + 1e-9)
    return np.clip(found, 0.0, 1.0).astype(np.float32)


def applied(noisy: np.ndarray, gains: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Sound with its bands turned down, in floating point; as late as the runtime gives it.

    Args:
        noisy: (time,) in whole hops; gains: of the frames that end with each hop, (hop, band).

    Returns:
        (time,), a hop later.
    """
    removed = np.round(ONE_Q15 * (1 - gains)).astype(np.int64)
    bins = by_bins(removed, chain(spec), spec.frame // 2 + 1) / ONE_Q15
    return turned_down(noisy, 1 - bins, spec)


def turned_down(noisy: np.ndarray, gains: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """The same of gains of bins, (hop, bin)."""
    x = behind_a_hop(noisy, spec)
    taken = np.fft.irfft(spectra(x, spec) * (1 - gains), spec.frame, axis=-1)
    taken *= window_of(spec.window, spec.frame) * 4 / 3
    removed = np.zeros(len(x))
    for number, frame in enumerate(taken):
        removed[number * spec.hop : number * spec.hop + spec.frame] += frame
    return (x - removed)[: len(noisy)]


def behind_a_hop(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Sound behind a hop of silence, as its first frame holds it."""
    return np.concatenate([np.zeros(spec.hop, x.dtype), x])
