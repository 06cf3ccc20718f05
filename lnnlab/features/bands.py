"""The power of FFT bins, and log-band energies: sums over whole bins."""

import numpy as np

from lnnlab.features.spec import HANN, SINE, FeatureSpec


def band_edges(spec: FeatureSpec) -> np.ndarray:
    """First FFT bin of each band, and one past the last: (bands + 1,) of int."""
    bins = spec.transform // 2
    if spec.spacing == "linear":
        return np.floor(1 + np.arange(spec.bands + 1) * bins / spec.bands + 0.5).astype(int)
    edges = np.round(np.geomspace(1, bins + 1, spec.bands + 1)).astype(int)
    for k in range(1, spec.bands + 1):  # a band is never empty
        edges[k] = max(edges[k], edges[k - 1] + 1)
    for k in range(spec.bands, 0, -1):
        edges[k] = min(edges[k], bins + 1 - (spec.bands - k))
    return edges


def window_of(name: str, length: int) -> np.ndarray:
    """Weights w of a transform's samples, (sample,): a periodic Hann window, a sine, or all alike.

    All have the same energy Σw², so that white noise has the same power under each. Squares of
    the sine and of the same one half a frame further add up to 3/4 everywhere.
    """
    if name == HANN:
        return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    if name == SINE:
        return np.sqrt(3 / 4) * np.sin(np.pi * (np.arange(length) + 0.5) / length)
    return np.full(length, np.sqrt(3 / 8))


def bin_power(framed: np.ndarray, window: str = HANN) -> np.ndarray:
    """Power of the bins 1 … N/2, that of a full-scale square wave being 1.

    The frame is weighted with a window w, see :func:`window_of`. Bin k holds the one-sided power
    c_k·|X_k|² / (N·Σw²), with c = 2 and c = 1 at the Nyquist bin (Welch's periodogram at unit
    rate, divided by N), so that the bins of white noise add up to its variance.

    Args:
        framed: (…, sample), full scale at 1.
        window: one of ``lnnlab.features.spec.WINDOWS``.

    Returns:
        (…, bin)
    """
    length = framed.shape[-1]
    weight = window_of(window, length)
    spectrum = np.fft.rfft(framed * weight, axis=-1)[..., 1:]
    power = 2 * np.abs(spectrum) ** 2 / (length * np.sum(weight**2))
    power[..., -1] /= 2
    return power


def log_bands(framed: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """log2 of the power in each band.

    Args:
        framed: (window, frame, channel, sample), full scale at 1.

    Returns:
        (window, frame, channel, band)
    """
    edges = band_edges(spec)
    parts = framed.reshape(*framed.shape[:-1], spec.average, spec.transform)
    power = bin_power(parts, spec.window).mean(axis=-2)
    bands = np.add.reduceat(power, edges[:-1] - 1, axis=-1)
    logs = np.log2(bands + spec.floor)
    return logs - logs.mean(axis=-1, keepdims=True) if spec.relative else logs
