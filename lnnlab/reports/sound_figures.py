"""Sounds to play with: a clip in noise, in float and in fixed point; what a network got wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from scipy.signal import welch

from lnnlab.data import Dataset
from lnnlab.experiments.results import RunRecord
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer.twin import twin_of

NO_NOISE = "none"
LINE, OTHER = "#0b6e99", "#b5541c"


@dataclass(frozen=True)
class Mixer:
    """A word over a background, at a ratio of one's choice.

    Attributes:
        dataset: of clips with background recordings.
        rows: class → row of the clip that stands for it.
        spec: of the features that are drawn.
    """

    dataset: Dataset
    rows: dict[str, int]
    spec: FeatureSpec

    @property
    def noises(self) -> list[str]:
        """What there is to mix in: nothing, white noise, and the training backgrounds."""
        count = len(self.dataset.background.get("train", ()))
        return [f"background {k + 1}" for k in range(count)] + ["white", NO_NOISE]

    def mixed(self, word: str, noise: str, snr_db: float) -> np.ndarray:
        """The clip with noise of its own power times −SNR, (time,)."""
        clip = self.dataset.x[self.rows[word], :, 0]
        if noise == NO_NOISE:
            return clip
        random = np.random.default_rng(0)
        if noise == "white":
            other = random.normal(size=len(clip))
        else:
            recording = self.dataset.background["train"][int(noise.split()[1]) - 1]
            other = np.resize(recording, len(clip))
        power = np.mean(clip**2) / 10 ** (snr_db / 10) / max(np.mean(other**2), 1e-20)
        return np.clip(clip + np.sqrt(power) * other, -1, 1).astype(np.float32)

    def sound(self, word: str, noise: str, snr_db: float) -> tuple[np.ndarray, float]:
        """Samples and rate, to be heard."""
        return self.mixed(word, noise, snr_db), self.dataset.rate_hz

    def figure(self, word: str, noise: str, snr_db: float) -> Figure:
        """Waveform, then the features in float, in fixed point, and their difference."""
        x = self.mixed(word, noise, snr_db)
        exact = extract(x[None, :, None], self.spec)[0]
        fixed = twin_of(self.spec, self.dataset)(x[None, :, None])[0]
        figure, (top, *rest) = plt.subplots(1, 4, figsize=(11, 2.4), layout="constrained")
        top.plot(1e3 * np.arange(len(x)) / self.dataset.rate_hz, x, lw=0.5, color=LINE)
        top.set_ylim(-1, 1)
        top.set_title(f"“{word}”, {noise}" + (f", {snr_db:g} dB" if noise != NO_NOISE else ""),
                      fontsize=9)
        top.set_xlabel("ms")
        limits = {"vmin": exact.min(), "vmax": exact.max()}
        for axis, image, name in zip(rest, (exact, fixed, fixed - exact), (
                f"{self.spec.kind}, float", "fixed point", "difference"), strict=True):
            drawn = axis.imshow(image.T, origin="lower", aspect="auto",
                                **({} if name == "difference" else limits))
            figure.colorbar(drawn, ax=axis)
            axis.set_title(name, fontsize=9)
            axis.set_xlabel("frame")
        return figure


@dataclass(frozen=True)
class Mistakes:
    """The test windows that a run got wrong, one to be looked at or heard at a time.

    Attributes:
        record: of the run.
    """

    record: RunRecord

    @property
    def places(self) -> np.ndarray:
        """Of the wrong answers among the test windows."""
        return np.flatnonzero(self.record.test.truth != self.record.test.guess)

    @property
    def names(self) -> list[str]:
        """A line for each, to choose from; one that says so where there is none."""
        classes, test = self.record.run.dataset.classes, self.record.test
        return [f"{number + 1}: {classes[test.truth[k]]}, taken for {classes[test.guess[k]]} "
                f"({test.unit} {test.groups[k]})"
                for number, k in enumerate(self.places)] or ["nothing was wrong"]

    def window(self, item: str) -> np.ndarray:
        """Its first channel, (time,); of nothing wrong the first test window."""
        number = item.partition(":")[0]
        place = self.places[int(number) - 1] if number.isdigit() else 0
        return self.record.run.dataset.x[self.record.run.split.test[place], :, 0]

    def sound(self, item: str) -> tuple[np.ndarray, float]:
        """Samples, within full scale, and rate, to be heard; vibration too."""
        x = self.window(item)
        return x / max(1.0, float(np.abs(x).max())), self.record.run.dataset.rate_hz

    def figure(self, item: str) -> Figure:
        """Waveform and spectrum of a window."""
        x, rate_hz = self.window(item), self.record.run.dataset.rate_hz or 1.0
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.6), layout="constrained")
        left.plot(1e3 * np.arange(len(x)) / rate_hz, x, lw=0.6, color=LINE)
        left.set_xlabel("ms" if self.record.run.dataset.rate_hz else "samples / 1000")
        hz, density = welch(x, rate_hz, nperseg=min(512, len(x)))
        right.semilogy(hz[1:], density[1:], lw=1, color=OTHER)
        right.set_xlabel("Hz")
        figure.suptitle(f"{self.record.label}: {item}", fontsize=9)
        for axis in (left, right):
            axis.spines[["top", "right"]].set_visible(False)
        return figure


def mistakes_of(records: Sequence[RunRecord], model: str) -> Mistakes:
    """Of the first run of a model that was wrong somewhere; of its first run where none was.

    Args:
        records: of a benchmark; model: a kind, such as ``"linear_ltc"``.
    """
    own = [each for each in records if each.run.recipe.model == model] or list(records)
    return next((each for each in map(Mistakes, own) if len(each.places)), Mistakes(own[0]))
