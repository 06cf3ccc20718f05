"""One picture of recordings as they were read: waveforms, spectra, windows of each class."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.signal import welch

from lnnlab.data import Dataset
from lnnlab.reports.figures import COLOURS

MOST_CLASSES, MOST_CHANNELS, SEGMENT = 8, 4, 256
LINES = (COLOURS["liquid"], COLOURS["LSTM"], COLOURS["CNN"], COLOURS["GRU"])


def inspection(dataset: Dataset) -> Figure:
    """A row for each class, the most frequent first: a window, the mean spectrum, the count.

    Choose it before anything is trained: a dead channel, a wrong rate or a clipped sensor shows
    here. Of many classes and channels the first are drawn, and the title says so.
    """
    counts = np.bincount(dataset.y, minlength=len(dataset.classes))
    shown = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    figure, axes = plt.subplots(
        len(shown), 3, figsize=(10.5, 1.35 * len(shown) + 1.1), sharex="col", squeeze=False,
        width_ratios=(4, 4, 2), layout="constrained")
    for row, k in zip(axes, shown, strict=True):
        windows = dataset.x[dataset.y == k, :, :MOST_CHANNELS]  # (window, time, channel)
        _waveform(row[0], windows[len(windows) // 2], dataset)
        _spectrum(row[1], windows, dataset)
        row[2].barh([0], [counts[k]], color=COLOURS["liquid"], height=0.5)
        row[2].text(counts[k], 0, f" {counts[k]:,}", va="center", fontsize=8)
        row[2].set(yticks=[], ylim=(-0.6, 0.6), xlim=(0, 1.25 * counts.max()))
        row[0].set_ylabel(_short(dataset.classes[k]), rotation=0, ha="right", va="center")
        for each in row:
            each.spines[["top", "right"]].set_visible(False)
            each.tick_params(labelsize=7)
    _name_axes(axes, dataset)
    figure.suptitle(_title(dataset, len(shown)), fontsize=9)
    return figure


def _waveform(axes: Axes, window: np.ndarray, dataset: Dataset) -> None:
    at = np.arange(len(window)) / (dataset.rate_hz or 1.0)
    for channel, colour in zip(window.T, LINES, strict=False):
        axes.plot(at, channel, lw=0.6, color=colour)


def _spectrum(axes: Axes, windows: np.ndarray, dataset: Dataset) -> None:
    hz, density = welch(windows, dataset.rate_hz or 1.0, nperseg=min(SEGMENT, windows.shape[1]),
                        axis=1)  # (window, frequency, channel)
    mean = density.mean(axis=0)[1:]
    for channel, colour in zip(mean.T, LINES, strict=False):
        if channel.max() > 0:
            axes.semilogy(hz[1:], channel, lw=0.9, color=colour)


def _name_axes(axes: np.ndarray, dataset: Dataset) -> None:
    known = dataset.rate_hz is not None
    for place, text in enumerate((f"time, {'s' if known else 'samples'}",
                                  f"frequency, {'Hz' if known else 'of the rate'}", "windows")):
        axes[-1][place].set_xlabel(text, fontsize=8)
    for place, text in enumerate(("one window", "mean power density", "count")):
        axes[0][place].set_title(text, fontsize=8, loc="left")
    if len(dataset.channels) > 1:
        names = [_plain(each) for each in dataset.channels[:MOST_CHANNELS]]
        axes[0][0].legend(axes[0][0].lines, names, fontsize=6,
                          ncols=MOST_CHANNELS, loc="upper right", frameon=False)


def _title(dataset: Dataset, shown: int) -> str:
    text = f"{_plain(dataset.name)}: {len(dataset):,} windows of {dataset.x.shape[1]} samples"
    if shown < len(dataset.classes):
        text += f"; {shown} of {len(dataset.classes)} classes"
    if len(dataset.channels) > MOST_CHANNELS:
        text += f"; {MOST_CHANNELS} of {len(dataset.channels)} channels"
    return text


def _short(name: str) -> str:
    return _plain(name if len(name) <= 16 else f"{name[:15]}…")


def _plain(name: str) -> str:
    """A name as it stands: what a person calls a class is no formula."""
    return name.replace("$", r"\$")
