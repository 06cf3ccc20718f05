"""Figures of the reports; each is saved with its caption inside the file."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image
from scipy.signal import welch

from lnnlab import store
from lnnlab.data import Dataset
from lnnlab.experiments.results import RunRecord
from lnnlab.reports.views import is_measured, together

COLOURS = {  # part of a model's label → its colour; the first that fits
    "lean": "#7a3e9d", "CfC": "#58b4d9", "LTC, fused": "#123f59", "liquid": "#0b6e99",
    "LSTM": "#b5541c", "FastGRNN": "#b03a5b", "GRU": "#d99a3d", "CNN 2k": "#9bc53d",
    "CNN": "#4a7a2c", "logistic": "#444444", "": "#9a9a9a",
}
SHADES = "Blues"
MARKERS = "osD^vPXphd"  # of models that share a colour, in turn


def save(figure: Figure, name: str, caption: str, folder: Path) -> Path:
    """Write ``figures/<name>.png`` with the caption in it; returns the path."""
    path = folder / "figures" / f"{name}.png"
    details = {"Description": caption, "Software": None}
    with store.replacing(path) as place:
        figure.savefig(place, format="png", dpi=110, metadata=details)
    return path


def caption(path: Path) -> str:
    """The caption that :func:`save` put into a figure."""
    with Image.open(path) as image:
        return image.text.get("Description", "")


def waveforms_and_spectra(dataset: Dataset, channel: int = 0) -> Figure:
    """For each class a window's waveform and the mean power spectral density of its windows."""
    count = len(dataset.classes)
    figure, axes = plt.subplots(
        count, 2, figsize=(9, 1.3 * count + 0.8), sharex="col", layout="constrained"
    )
    rate_hz = dataset.rate_hz or 1.0
    known = dataset.rate_hz is not None
    time_ms = (1e3 if known else 1.0) * np.arange(dataset.x.shape[1]) / rate_hz
    for k, (left, right) in enumerate(axes):
        windows = dataset.x[dataset.y == k, :, channel]  # (window, time)
        middle = windows[len(windows) // 2]
        left.plot(time_ms, middle - middle.mean(), lw=0.6, color=COLOURS["liquid"])
        length = min(256, windows.shape[1])
        hz, density = welch(windows, rate_hz, nperseg=length)
        right.semilogy(hz[1:], density.mean(axis=0)[1:], lw=1.0, color=COLOURS["LSTM"])
        left.set_ylabel(_short(dataset.classes[k]), rotation=0, ha="right", va="center")
        for each in (left, right):
            each.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_title(f"one window, {dataset.channels[channel]}", fontsize=10)
    axes[0, 1].set_title("mean power spectral density, unit²/Hz", fontsize=10)
    axes[-1, 0].set_xlabel("time, ms" if known else "samples")
    axes[-1, 1].set_xlabel("frequency, Hz" if known else "frequency, of the sampling rate")
    return figure


def confusion_matrices(records: Sequence[RunRecord]) -> Figure:
    """Confusion counts over all folds and seeds, one panel a row of the table, as shares of each
    truth.

    Args:
        records: of one corpus and split.
    """
    names = records[0].run.dataset.classes
    models = list(dict.fromkeys(each.label for each in records))
    figure, axes = panels(models, 2.7, 2.9)
    classes = [_short(name) for name in names]
    for panel, model in zip(axes, models, strict=True):
        counts = np.sum([each.test.confusion(len(names)) for each in records
                         if each.label == model], axis=0)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        panel.imshow(shares, cmap=SHADES, vmin=0, vmax=1)
        for row, column in np.ndindex(*shares.shape):
            if shares[row, column] >= 0.005:
                panel.text(
                    column, row, f"{100 * shares[row, column]:.0f}", ha="center", va="center",
                    fontsize=7, color="white" if shares[row, column] > 0.6 else "black",
                )
        panel.set_xticks(range(len(classes)), classes, rotation=60, ha="right", fontsize=7)
        panel.set_yticks(range(len(classes)), classes, fontsize=7)
    figure.supxlabel("answer (figures: percent of the true class)", fontsize=9)
    figure.supylabel("truth", fontsize=9)
    return figure


def panels(titles: Sequence[str], width: float, height: float) -> tuple[Figure, list[Axes]]:
    """A panel for each title, up to four beside one another.

    Args:
        titles: of the panels.
        width, height: of one, in inches.
    """
    columns = max(1, min(4, len(titles)))
    lines = max(1, -(-len(titles) // columns))
    figure, axes = plt.subplots(
        lines, columns, figsize=(width * columns, height * lines), layout="constrained",
        squeeze=False,
    )
    for panel in axes.flat[len(titles):]:
        panel.set_visible(False)
    for panel, title in zip(axes.flat, titles, strict=False):
        panel.set_title(textwrap.fill(title, 32), fontsize=8)
    return figure, list(axes.flat[: len(titles)])


def accuracy_against_parameters(table: pd.DataFrame) -> Figure:
    """Accuracy over trained parameters, a panel for each corpus and split; claims as crosses.

    Bars are 95 % intervals over groups, where there are groups enough.
    """
    shown = together(table)
    shown = shown[(shown["metric"] == "accuracy") & (shown["parameters"] > 0)]
    measured = shown[is_measured(shown)]
    panels, markers = list(measured.groupby(["corpus", "split"], sort=False)), markers_of(measured)
    figure, axes = plt.subplots(
        1, len(panels), figsize=(max(7.5, 4.3 * len(panels)), 3.8), layout="constrained",
        squeeze=False,
    )
    for axis, ((corpus, split), group) in zip(axes[0], panels, strict=True):
        for row in group.itertuples():
            ends = np.nan_to_num([[row.value - row.low], [row.high - row.value]])
            axis.errorbar(
                row.parameters, row.value, yerr=np.maximum(ends, 0), ms=6, capsize=3,
                fmt=markers[row.model], color=colour_of(row.model), label=row.model,
            )
        for row in shown[shown["basis"] == "claimed"].itertuples():
            axis.plot(row.parameters, row.value, "x", color=colour_of(row.model), label=row.model)
        axis.set_xscale("log")
        axis.set_xlabel("parameters")
        axis.set_title(f"{corpus}\n{split.split(' (')[0].split(':')[0]}", fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("test accuracy, %")
    handles = {}
    for axis in axes[0]:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=3, fontsize=7,
        frameon=False,
    )
    return figure


def error_against_work(rungs: list[dict]) -> Figure:
    """Solvers' error over their work, from :func:`lnnlab.experiments.cells.solver_ladder`."""
    figure, axis = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for solver in dict.fromkeys(rung["solver"] for rung in rungs):
        own = [rung for rung in rungs if rung["solver"] == solver]
        axis.loglog(
            [rung["evaluations"] for rung in own], [rung["error"] for rung in own], "o-",
            ms=4, lw=1, label=solver,
        )
    axis.set_ylim(top=10.0)  # an explicit solver with too few steps diverges out of the picture
    axis.set_xlabel("right-hand sides per input step")
    axis.set_ylabel("largest error of the output")
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)
    return figure


def features_of(windows: np.ndarray, titles: list[str]) -> Figure:
    """Feature images, (window, frame, feature) → one panel a window, time to the right."""
    figure, axes = plt.subplots(
        1, len(windows), figsize=(2.4 * len(windows), 2.4), layout="constrained", squeeze=False
    )
    low, high = windows.min(), windows.max()
    for axis, window, title in zip(axes[0], windows, titles, strict=True):
        axis.imshow(window.T, origin="lower", aspect="auto", cmap="viridis", vmin=low, vmax=high)
        axis.set_title(_short(title), fontsize=9)
        axis.set_xlabel("frame")
    axes[0, 0].set_ylabel("band")
    return figure


def colour_of(model: str) -> str:
    """Of a model in every figure, by its label."""
    return next(colour for part, colour in COLOURS.items() if part in model)


def markers_of(table: pd.DataFrame) -> dict[str, str]:
    """Model → its marker, another one for every model of a colour."""
    alike: dict[str, list[str]] = {}
    for model in table["model"].unique():
        alike.setdefault(colour_of(model), []).append(model)
    return {model: MARKERS[k % len(MARKERS)]
            for models in alike.values() for k, model in enumerate(models)}


def _short(name: str) -> str:
    return name if len(name) <= 12 else name.replace("fan_0_", "").replace("_weight", "w")
