"""Figures of what training takes: by size of a batch, and by size of a corpus."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.experiments.growth import GROWTH
from lnnlab.experiments.speed import BY_SIZE
from lnnlab.reports.figures import colour_of

STAGES = ("versions_s", "features_s", "training and test_s")


def growth_figure(table: pd.DataFrame) -> Figure:
    """Seconds and memory of a benchmark over the number of one-second clips.

    Args:
        table: the table :data:`GROWTH`.
    """
    figure, (left, right) = plt.subplots(1, 2, layout="constrained", figsize=(9, 3.4))
    table = table.sort_values("clips")
    for stage in STAGES:
        if table[stage].max() > 0.1:
            left.plot(table["clips"], table[stage], "o-", ms=4, label=stage.removesuffix("_s"))
    left.plot(table["clips"], table["seconds"], "ko-", ms=4, label="all")
    left.set(xscale="log", yscale="log", xlabel="clips of one second", ylabel="s of one processor")
    right.plot(table["clips"], table["peak_gb"], "ko-", ms=4, label="most memory held")
    right.plot(table["clips"], table["clips_gb"], "o--", ms=4, label="the clips themselves")
    right.set(xscale="log", xlabel="clips of one second", ylabel="GB", ylim=(0, None))
    for axis in (left, right):
        axis.legend(frameon=False, fontsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def speed_figure(table: pd.DataFrame) -> Figure:
    """Sequences a second of each layer at each size, a panel a device.

    Args:
        table: the table :data:`BY_SIZE`.
    """
    panels = list(table.groupby("device", sort=False))
    figure, axes = plt.subplots(1, len(panels), layout="constrained", squeeze=False,
                                sharey=True, figsize=(max(7.0, 5 * len(panels)), 3.8))
    for axis, (device, own) in zip(axes[0], panels, strict=True):
        sizes = own.apply(lambda row: f"{row['batch']} × {row['steps']} × {row['units']}", axis=1)
        for layer, rows in own.groupby("layer", sort=False):
            axis.plot(sizes[rows.index], rows["sequences_per_s"], "o", ms=5, label=layer,
                      color=colour_of("liquid" if layer == "LinearLTC" else layer))
        axis.set(yscale="log", title=device)
        axis.tick_params(axis="x", labelrotation=60, labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set(xlabel="batch × steps × units", ylabel="sequences trained a second")
    axes[0, -1].legend(frameon=False, fontsize=8)
    return figure


def drawn(folder: Path) -> dict[str, tuple[Figure, str]]:
    """Name → figure and caption, of the tables that are there."""
    found = {}
    sizes, growth = (folder / "tables" / f"{name}.csv" for name in (BY_SIZE, GROWTH))
    if growth.exists():
        found[GROWTH] = (growth_figure(pd.read_csv(growth)), (
            "A benchmark of one network over the number of generated clips, one epoch: seconds of "
            "one processor by stage, and the most memory that its process held, mapped files "
            "included, beside the size of the clips (measured)."))
    if sizes.exists():
        found[BY_SIZE] = (speed_figure(pd.read_csv(sizes)), (
            "Sequences trained a second, forward, backward and Adam, by batch, steps and units: "
            "medians of interleaved rounds (measured)."))
    return found
