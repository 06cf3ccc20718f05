"""What a network that gives gains of bands is trained for: SI-SDR, and words that stay clear.

Both are made from the bands' energies, which a frame's gains scale, so that no wave is made in
training. Choose it over a squared error of gains (RNNoise's) where the figures that count are of
whole mixtures: a decibel of a nearly clean mixture then weighs as much as one of a loud one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lnnlab.experiments.denoising.targets import spectra
from lnnlab.features import FeatureSpec
from lnnlab.features.mel import filterbank, mel_points_hz

TINY = 1e-9  # energy, of a mixture whose mean is 1
OCTAVES = 15  # thirds of octaves that STOI hears
LOWEST_HZ = 150.0  # of them, centre
AVERAGED, EVERY = 3, 2  # frames of 8 ms to one of STOI's: 24 ms, 16 ms apart
WINDOW, APART = 24, 4  # such frames: 384 ms, 64 ms apart
ACTIVE = 1e-4  # of the loudest frame's energy: quieter ones are left out (40 dB)
CLIPPED = 1 + 10 ** (15 / 20)  # times the clean envelope: as loud as another one counts
NEAR_ONE = 0.02  # that a share of what is missing to 1 is taken of at least


@dataclass(frozen=True)
class Objective:
    """What is asked of gains.

    Attributes:
        clarity: how much STOI counts, of what is missing to 1 before, beside 10 dB of SI-SDR.
        harm: how much more where it falls below what the mixture had and ``margin``.
        margin: of STOI.
    """

    clarity: float = 1.0
    harm: float = 0.0
    margin: float = 0.0


def band_energies(noisy: np.ndarray, clean: np.ndarray, spec: FeatureSpec) -> np.ndarray:
    """What the objective needs to know of mixtures, in units of the mixture's mean.

    Args:
        noisy, clean: (mixture, time); spec: of mel bands.

    Returns:
        float32 (mixture, frame, 3 · band): Σ Re(Y* S), Σ |Y|², Σ |S|² of each band.
    """
    bank = filterbank(spec)
    y, s = spectra(noisy, spec), spectra(clean, spec)
    cross, heard, spoken = ((y.conj() * s).real @ bank.T, np.abs(y) ** 2 @ bank.T,
                            np.abs(s) ** 2 @ bank.T)
    mean = heard.mean(axis=(-2, -1), keepdims=True) + 1e-12
    return np.concatenate([each / mean for each in (cross, heard, spoken)],
                          axis=-1).astype(np.float32)


def speech_loss(rule: Objective, spec: FeatureSpec) -> Callable[[Tensor, Tensor], Tensor]:
    """Loss of logits of gains (mixture, frame, band) against :func:`band_energies`, for
    :class:`lnnlab.training.LNNTrainer`; where nobody speaks, the share of energy that is left."""
    thirds = thirds_of(spec)

    def loss(outputs: Tensor, truth: Tensor) -> Tensor:
        gains = torch.sigmoid(outputs)
        cross, heard, spoken = truth.split(outputs.shape[-1], dim=-1)
        speaks = spoken.sum((1, 2)) > 1e-6 * heard.sum((1, 2))
        nearer = _si_sdr_db(gains, cross, heard, spoken) - _si_sdr_db(
            torch.ones_like(gains), cross, heard, spoken)
        left = (gains.square() * heard).sum((1, 2)) / (heard.sum((1, 2)) + TINY)
        ear = Ear(spoken, thirds)
        before = ear(heard)
        clearer = ear(gains.square() * heard) - before
        harmed = torch.relu(rule.margin - clearer)
        unclear = (rule.harm * harmed - rule.clarity * clearer) / (1 - before + NEAR_ONE)
        wanted = torch.where(ear.hears, unclear, torch.zeros_like(unclear)) - nearer / 10
        return torch.where(speaks, wanted, left).mean()

    return loss


def _si_sdr_db(gains: Tensor, cross: Tensor, heard: Tensor, spoken: Tensor) -> Tensor:
    """SI-SDR of each mixture, (mixture,), as if bands did not overlap; 40 dB at most."""
    target = (gains * cross).sum((1, 2)).square() / (spoken.sum((1, 2)) + TINY)
    rest = ((gains.square() * heard).sum((1, 2)) - target).clamp_min(0)
    return 10 * torch.log10((target + 1e-6) / (rest + 1e-4 * target + 1e-6))


class Ear:
    """STOI (Taal et al. 2011, equations 2 to 6) of bands' energies, with slopes.

    It is not :func:`lnnlab.scoring.speech.stoi`, which measures waves and is what tables hold; the
    two rise and fall together.

    Args:
        spoken: energies of the clean speech, (mixture, frame, band).
        thirds: which band belongs to which third of an octave, (third, band).
    """

    def __init__(self, spoken: Tensor, thirds: Tensor) -> None:
        self.thirds = thirds.to(spoken.device)
        total = _averaged(spoken).sum(-1)  # (mixture, frame)
        active = total > ACTIVE * total.amax(1, keepdim=True)
        self.order = torch.argsort((~active).int(), dim=1, stable=True)[..., None]
        self.clean = self._envelopes(spoken)  # (mixture, window, third, frame)
        last = torch.arange(self.clean.shape[1], device=spoken.device) * APART + WINDOW
        self.whole = (last[None] <= active.sum(1)[:, None]).float()  # (mixture, window)
        self.hears = self.whole.sum(1) > 0

    def __call__(self, energies: Tensor) -> Tensor:
        """How clear sound of such energies is, (mixture,)."""
        x, y = self.clean, self._envelopes(energies)
        scale = (x.square().sum(-1, keepdim=True) / (y.square().sum(-1, keepdim=True) + 1e-12))
        y = torch.minimum(scale.sqrt() * y, CLIPPED * x)
        x, y = x - x.mean(-1, keepdim=True), y - y.mean(-1, keepdim=True)
        alike = (x * y).sum(-1) / torch.sqrt(x.square().sum(-1) * y.square().sum(-1) + 1e-12)
        return (alike.mean(-1) * self.whole).sum(1) / (self.whole.sum(1) + TINY)

    def _envelopes(self, energies: Tensor) -> Tensor:
        """Of thirds of octaves, frames without speech left out, in windows."""
        e = _averaged(energies) @ self.thirds.T
        spoken = torch.gather(e, 1, self.order.expand_as(e))
        return (spoken + TINY).sqrt().unfold(1, WINDOW, APART)


def _averaged(energies: Tensor) -> Tensor:
    """Frames as long as STOI's and as far apart, (mixture, fewer frames, band)."""
    return torch.nn.functional.avg_pool1d(
        energies.transpose(1, 2), AVERAGED, EVERY).transpose(1, 2)


def thirds_of(spec: FeatureSpec) -> Tensor:
    """1 where a band's peak lies in a third of an octave, (third, band); empty thirds left out."""
    which = np.round(3 * np.log2(np.asarray(mel_points_hz(spec)[1:-1]) / LOWEST_HZ))
    rows = which == np.arange(OCTAVES)[:, None]
    return torch.from_numpy(rows[rows.any(axis=1)].astype(np.float32))
