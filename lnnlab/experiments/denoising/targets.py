"""What a network that gives gains of bands is to answer: gains, and how much each matters."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lnnlab.features import FeatureSpec
from lnnlab.features.bands import window_of
from lnnlab.features.mel import filterbank
from lnnlab.integer.arithmetic import ONE_Q15
from lnnlab.integer.mel import chain
from lnnlab.integer.synthesis import by_bins

LEAST_WEIGHT = 0.02
LEAST = 1e-3  # gain, so that roots have slopes


@dataclass(frozen=True)
class GainRule:
    """What is asked of gains.

    Attributes:
        power: gains are taken to this power before they are compared; below 1 small gains count
            for more.
        loudness: a band of a frame counts with its share of the mixture's energy to this power; 0:
            all alike, 1: as they count in the wave.
        caution: how many times more it counts where speech is taken away than where noise is left.
    """

    power: float = 1.0
    loudness: float = 0.5
    caution: float = 3.0


def spectra(x: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """Complex spectra of the frames of sound (…, time), (…, frame, bin)."""
    framed = np.lib.stride_tricks.sliding_window_view(x, spec.frame, axis=-1)[..., :: spec.hop, :]
    return np.fft.rfft(framed * window_of(spec.window, spec.frame), axis=-1)


def ideal_gains(
    noisy: np.ndarray, clean: np.ndarray, spec: FeatureSpec, rule: GainRule
) -> np.ndarray:
    """The gain of each band that brings the noisy spectrum nearest to the clean one; its weight.

    The least squares solution: Σ Re(Y* S) / Σ |Y|² over the band, held to 0 … 1.

    Args:
        noisy, clean: (window, time); spec: of mel bands.

    Returns:
        float32 (window, frame, 2 · band): gains, then weights.
    """
    bank = filterbank(spec)
    y, s = spectra(noisy, spec), spectra(clean, spec)
    energy = np.abs(y) ** 2 @ bank.T
    gains = np.clip(((y.conj() * s).real @ bank.T) / (energy + 1e-9), 0.0, 1.0)
    share = energy / (energy.mean(axis=(-2, -1), keepdims=True) + 1e-9)
    return np.concatenate([gains, share**rule.loudness + LEAST_WEIGHT], axis=-1).astype(np.float32)


def gain_loss(rule: GainRule) -> Callable[[Tensor, Tensor], Tensor]:
    """Weighted squared error of gains, for :class:`lnnlab.training.LNNTrainer`."""

    def loss(outputs: Tensor, truth: Tensor) -> Tensor:
        bands = outputs.shape[-1]
        wanted, weight = truth[..., :bands], truth[..., bands:]
        apart = (torch.sigmoid(outputs) + LEAST) ** rule.power - (wanted + LEAST) ** rule.power
        weight = torch.where(apart < 0, rule.caution * weight, weight)
        return (weight * apart.square()).sum() / weight.sum()

    return loss


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
