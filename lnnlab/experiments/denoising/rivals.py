"""Gains without a network: spectral subtraction, and Wiener's with minimum statistics.

Both hear one frame after the other, as a network does, and give a gain for each bin.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lnnlab.experiments.denoising.targets import spectra
from lnnlab.features import FeatureSpec

SMOOTHING = 0.85  # of the power whose minimum is looked for, a frame of 8 ms
MINIMUM_S = 1.2  # that a minimum is looked for in; a word is shorter
BIAS = 1.8  # a minimum of smoothed power over its mean, of such smoothing
DECISION_DIRECTED = 0.98
STARTS_S = 0.1  # what the first noise estimate is averaged over
UPDATED_BELOW = 4.0  # a bin's power over the noise's, from which it counts as speech


@dataclass(frozen=True)
class Rival:
    """A way to find gains, with what validation chooses.

    Attributes:
        name: as tables call it.
        gains: (noisy samples behind a hop of the past, spec, floor, weight) → gains of bins
            (frame, bin).
        floor: the least gain.
        weight: how many times its noise estimate it takes the noise for.
    """

    name: str
    gains: Callable[[np.ndarray, FeatureSpec, float, float], np.ndarray]
    floor: float = 0.2
    weight: float = 1.0

    def __call__(self, noisy: np.ndarray, spec: FeatureSpec) -> np.ndarray:
        """Gains of the frames of sound (time,), (frame, bin)."""
        return self.gains(noisy, spec, self.floor, self.weight)


def spectral_subtraction(
    noisy: np.ndarray, spec: FeatureSpec, floor: float, weight: float
) -> np.ndarray:
    """Power subtraction (Boll 1979; over-subtraction and floor of Berouti et al. 1979).

    The noise's power starts as the mean of the first 0.1 s and goes on in bins that are not much
    louder than it.
    """
    power = np.abs(spectra(noisy, spec)) ** 2 + 1e-12  # (frame, bin)
    first = max(1, round(STARTS_S * _frames_per_s(spec)))
    noise, gains = power[:first].mean(axis=0), np.empty_like(power)
    for number, frame in enumerate(power):
        quiet = frame < UPDATED_BELOW * noise
        noise = np.where(quiet, 0.95 * noise + 0.05 * frame, 1.003 * noise)
        gains[number] = np.sqrt(np.maximum(1 - weight * noise / frame, floor**2))
    return gains


def wiener(noisy: np.ndarray, spec: FeatureSpec, floor: float, weight: float) -> np.ndarray:
    """Wiener's gain of a decision-directed ratio (Ephraim & Malah 1984, equation 51) over noise
    by minimum statistics (Martin 1994: the least smoothed power of the last 1.2 s, times a bias).
    """
    power = np.abs(spectra(noisy, spec)) ** 2 + 1e-12  # (frame, bin)
    noise = weight * minimum_statistics(power, round(MINIMUM_S * _frames_per_s(spec)))
    gains, before = np.empty_like(power), np.zeros(power.shape[1])
    for number, (frame, quiet) in enumerate(zip(power, noise, strict=True)):
        now = np.maximum(frame / quiet - 1, 0)
        ratio = DECISION_DIRECTED * before / quiet + (1 - DECISION_DIRECTED) * now
        gains[number] = np.maximum(ratio / (1 + ratio), floor)
        before = gains[number] ** 2 * frame
    return gains


def minimum_statistics(power: np.ndarray, frames: int) -> np.ndarray:
    """The noise's power of each frame and bin: the least smoothed power of the last ``frames``,
    times the bias of a minimum; (frame, bin)."""
    smoothed = np.empty_like(power)
    level = power[0]
    for number, frame in enumerate(power):
        level = SMOOTHING * level + (1 - SMOOTHING) * frame
        smoothed[number] = level
    padded = np.concatenate([np.full((frames - 1, power.shape[1]), np.inf), smoothed])
    return BIAS * np.lib.stride_tricks.sliding_window_view(padded, frames, axis=0).min(axis=-1)


def _frames_per_s(spec: FeatureSpec) -> float:
    return spec.mel.rate_hz / spec.hop


RIVALS = (Rival("spectral subtraction", spectral_subtraction),
          Rival("Wiener, minimum statistics", wiener))
FLOORS, WEIGHTS = (0.1, 0.3), (1.0, 2.0)  # that validation chooses from
