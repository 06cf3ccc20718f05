"""Figures of sound events: a clip of each class, precision by class, a stream with its events."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.data import Dataset
from lnnlab.data.streams import Event, Stream
from lnnlab.features import FeatureSpec, extract
from lnnlab.reports.events import CLASS
from lnnlab.reports.figures import colour_of

LINE, OTHER = "#0b6e99", "#d99a3d"


@dataclass(frozen=True)
class Clips:
    """The first clip of each class, to look at and to hear.

    Attributes:
        dataset: of clips; spec: of the features that are drawn.
    """

    dataset: Dataset
    spec: FeatureSpec

    def clip(self, name: str) -> np.ndarray:
        """Of a class, (time,)."""
        row = np.flatnonzero(self.dataset.y == self.dataset.classes.index(name))[0]
        return self.dataset.x[row, :, 0]

    def sound(self, name: str) -> tuple[np.ndarray, float]:
        """Samples and rate."""
        return self.clip(name), float(self.dataset.rate_hz)

    def figure(self, name: str) -> Figure:
        """Waveform and features."""
        x, rate_hz = self.sound(name)
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.6), layout="constrained")
        left.plot(np.arange(len(x)) / rate_hz, x, lw=0.4, color=LINE)
        left.set_ylim(-1, 1)
        left.set_title(name, fontsize=9)
        features = extract(x[None, :, None], self.spec)[0]
        drawn = right.imshow(features.T, origin="lower", aspect="auto",
                             extent=(0, len(x) / rate_hz, 0, features.shape[1]))
        figure.colorbar(drawn, ax=right)
        right.set_ylabel("band")
        right.set_title(self.spec.kind, fontsize=9)
        for axis in (left, right):
            axis.set_xlabel("time, s")
        left.spines[["top", "right"]].set_visible(False)
        return figure


def precision_by_class(rows: pd.DataFrame) -> Figure:
    """Average precision of each class, a mark a row of the table.

    Args:
        rows: of :func:`ranking_rows`, one corpus and split.
    """
    own = rows[rows["metric"].str.startswith(CLASS)]
    names = list(dict.fromkeys(own["metric"]))
    models = [each for each in dict.fromkeys(own["model"]) if not each.startswith("majority")]
    figure, axis = plt.subplots(figsize=(9, 1.2 + 0.42 * len(names)), layout="constrained")
    for place, model in enumerate(models):
        values = own[own["model"] == model].set_index("metric")["value"].reindex(names)
        height = np.arange(len(names)) + 0.6 * ((place + 0.5) / len(models) - 0.5)
        axis.plot(values, height, "osDv^"[place % 5], ms=4.5, color=colour_of(model), label=model)
    for line in np.arange(len(names) - 1) + 0.5:
        axis.axhline(line, color="#dddddd", lw=0.8)
    axis.set_yticks(range(len(names)), [each.removeprefix(CLASS) for each in names])
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_xlabel("average precision")
    axis.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, fontsize=7, frameon=False)
    return figure


@dataclass(frozen=True)
class Heard:
    """A stream with what was found on it, some seconds at a time, to look at and to hear.

    Attributes:
        stream: with its events; found: what a network found.
        seconds: that are shown.
    """

    stream: Stream
    found: Sequence[Event]
    seconds: float = 30.0

    def sound(self, start_s: float = 0.0) -> tuple[np.ndarray, float]:
        """Samples and rate, as loud as they may be."""
        first = int(start_s * self.stream.rate_hz)
        x = self.stream.x[first : first + int(self.seconds * self.stream.rate_hz)]
        return x / max(float(np.abs(x).max()), 1e-6), self.stream.rate_hz

    def figure(self, start_s: float = 0.0) -> Figure:
        """Waveform, and below it what sounded and what was found, a line a class."""
        end_s = start_s + self.seconds
        sides = [("sounded", self.stream.events, -0.19, "#d99a3d"),
                 ("found", self.found, 0.19, "#0b6e99")]
        shown = {said: [each for each in events if each.start_s < end_s and each.end_s > start_s]
                 for said, events, _, _ in sides}
        names = list(dict.fromkeys(each.label for own in shown.values() for each in own))
        figure, (top, bottom) = plt.subplots(
            2, 1, figsize=(9, 2.2 + 0.3 * len(names)), sharex=True, layout="constrained",
            height_ratios=(1.2, 0.4 + 0.3 * len(names)))
        x, rate_hz = self.sound(start_s)
        top.plot(start_s + np.arange(len(x))[::16] / rate_hz, x[::16], lw=0.4, color="#0b6e99")
        for said, _, shift, colour in sides:
            starts = [max(each.start_s, start_s) for each in shown[said]]
            bottom.barh([names.index(each.label) + shift for each in shown[said]],
                        [min(each.end_s, end_s) - start for each, start in zip(
                            shown[said], starts, strict=True)],
                        left=starts, height=0.36, color=colour, label=said)
        bottom.set_yticks(range(len(names)), names)
        bottom.set_ylim(len(names) - 0.5, -0.5)
        bottom.set_xlim(start_s, end_s)
        bottom.set_xlabel("time, s")
        bottom.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
        for axis in (top, bottom):
            axis.spines[["top", "right"]].set_visible(False)
        return figure
