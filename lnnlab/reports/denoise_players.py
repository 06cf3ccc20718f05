"""Before and after a denoiser, to see and to hear."""

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnnlab.data.mixtures import Mixture
from lnnlab.experiments.denoising.forms import Denoise, aligned
from lnnlab.experiments.denoising.material import Material
from lnnlab.experiments.denoising.targets import ideal_gains, spectra
from lnnlab.features import FeatureSpec
from lnnlab.features.mel import mel_points_hz

Sound = tuple[np.ndarray, float]  # samples at full scale 1, and their rate in Hz
BEFORE, CLEAN = "before", "clean speech"
QUIET_DB = 60  # below the loudest: white


@dataclass(frozen=True)
class Listener:
    """Test mixtures of a material through denoisers, for :func:`lnnlab.play.play`.

    Attributes:
        material: words and noises.
        spec: of the spectra that are drawn.
        denoisers: what can be heard beside the mixture and the clean speech, by name.
        mixture: which of the test mixtures.
    """

    material: Material
    spec: FeatureSpec
    denoisers: Mapping[str, Denoise]
    mixture: int = 0

    @property
    def heard(self) -> list[str]:
        """What there is to hear."""
        return [BEFORE, *self.denoisers, CLEAN]

    def draw(self, level_db: float, heard: str) -> Figure:
        """The spectrogram of one of them at a level."""
        sound, rate_hz = self.sound(level_db, heard)
        before, _ = self.sound(level_db, BEFORE)
        figure, axis = plt.subplots(figsize=(9, 2.6), layout="constrained")
        _spectrogram(axis, sound, self.spec, rate_hz, _loudest(before, self.spec))
        axis.set_title(f"{heard}, speech {level_db:.0f} dB over noise", fontsize=9, loc="left")
        axis.set_xlabel("s")
        return figure

    def sound(self, level_db: float, heard: str) -> Sound:
        """The samples of one of them at a level."""
        drawn = _drawn(self.material, level_db, self.mixture)
        if heard in (BEFORE, CLEAN):
            return (drawn.noisy if heard == BEFORE else drawn.clean), drawn.rate_hz
        return aligned(drawn, self.denoisers[heard], self.spec.hop)[2], drawn.rate_hz


def _drawn(material: Material, level_db: float, mixture: int) -> Mixture:
    return material.tests("test", level_db, mixture + 1)[mixture]


def spectrograms(mixture: Mixture, denoise: Denoise, spec: FeatureSpec) -> Figure:
    """Clean speech, the mixture and what a denoiser leaves of it, one above the other."""
    sounds = aligned(mixture, denoise, spec.hop)
    figure, axes = plt.subplots(3, 1, figsize=(9, 5), sharex=True, layout="constrained")
    loudest = _loudest(sounds[1], spec)
    names = ("clean", f"speech {mixture.snr_db:.0f} dB over noise", "what is left")
    for axis, sound, name in zip(axes, sounds, names, strict=True):
        _spectrogram(axis, sound, spec, mixture.rate_hz, loudest)
        axis.set_title(name, fontsize=9, loc="left")
    axes[-1].set_xlabel("s")
    return figure


def gain_maps(mixture: Mixture, given: np.ndarray, spec: FeatureSpec) -> Figure:
    """The ideal gains of a mixture above those that a network gives; dark is open.

    Args:
        given: gains of the network, (frame, band), of the frames from the mixture's first on.
    """
    ideal = ideal_gains(mixture.noisy[None], mixture.clean[None], spec)[0]
    figure, axes = plt.subplots(2, 1, figsize=(9, 3.6), sharex=True, layout="constrained")
    points = mel_points_hz(spec)[1:-1] / 1000
    for axis, gains, name in zip(axes, (ideal, given), ("ideal", "network"), strict=True):
        extent = (0, len(gains) * spec.hop / mixture.rate_hz, -0.5, spec.bands - 0.5)
        axis.imshow(gains.T, origin="lower", aspect="auto", cmap="Blues", vmin=0, vmax=1,
                    extent=extent)
        ticks = [0, spec.bands // 2, spec.bands - 1]
        axis.set_yticks(ticks, [f"{points[k]:.1f}" for k in ticks])
        axis.set_ylabel("kHz")
        axis.set_title(name, fontsize=9, loc="left")
    axes[-1].set_xlabel("s")
    return figure


def _loudest(sound: np.ndarray, spec: FeatureSpec) -> float:
    return float(20 * np.log10(np.abs(spectra(sound, spec)).max() + 1e-6))


def _spectrogram(
    axis: Axes, sound: np.ndarray, spec: FeatureSpec, rate_hz: float, loudest: float
) -> None:
    level = 20 * np.log10(np.abs(spectra(sound, spec)).T + 1e-6)
    axis.imshow(level, origin="lower", aspect="auto", cmap="Blues", vmin=loudest - QUIET_DB,
                vmax=loudest, extent=(0, len(sound) / rate_hz, 0, rate_hz / 2000))
    axis.set_ylabel("kHz")
