"""Figures by class and by confidence: what is found of each class, and whether a network knows."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from lnnlab.experiments.results import RunRecord
from lnnlab.reports.figures import colour_of, panels
from lnnlab.scoring.reliability import Reliability


def recall_by_class(records: Sequence[RunRecord]) -> Figure:
    """Share of each true class that is found, a mark a row of the table, pooled over folds and
    seeds.

    Args:
        records: of one corpus and split.
    """
    names = records[0].run.dataset.classes
    models = list(dict.fromkeys(each.label for each in records))
    figure, axis = plt.subplots(figsize=(9, 1.2 + 0.42 * len(names)), layout="constrained")
    for place, model in enumerate(models):
        counts = np.sum([each.test.confusion(len(names)) for each in records
                         if each.label == model], axis=0)  # (truth, guess)
        there = counts.sum(axis=1)
        recall = 100 * np.diag(counts) / np.where(there, there, np.nan)
        height = np.arange(len(names)) + 0.6 * ((place + 0.5) / len(models) - 0.5)
        axis.plot(recall, height, "o", ms=4, color=colour_of(model), label=model)
    for line in np.arange(len(names) - 1) + 0.5:
        axis.axhline(line, color="#dddddd", lw=0.8)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set_xlabel("recall, % of the class's test windows")
    axis.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, fontsize=7, frameon=False)
    return figure


def reliability_diagrams(found: Mapping[str, Reliability]) -> Figure:
    """Share of right answers over confidence, a panel a row: on the diagonal a network knows how
    sure it may be; below it is too sure. Marks grow with the number of answers.

    Args:
        found: label → reliability.
    """
    figure, axes = panels(
        [f"{label}\noff by {100 * each.error:.1f} points" for label, each in found.items()],
        2.6, 2.6)
    for axis, (label, each) in zip(axes, found.items(), strict=True):
        axis.plot([0, 1], [0, 1], color="#9a9a9a", lw=0.8)
        size = 4 + 60 * each.count / max(each.count.max(), 1)
        axis.scatter(each.confidence, each.right, s=size, color=colour_of(label), alpha=0.8)
        axis.set_xlim(0, 1)
        axis.set_ylim(0, 1)
        axis.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("confidence", fontsize=9)
    figure.supylabel("share of right answers", fontsize=9)
    return figure
