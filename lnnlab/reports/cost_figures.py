"""Figures of what a decision costs, drawn from tables."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.reports.documents import printed
from lnnlab.reports.figures import colour_of, markers_of
from lnnlab.reports.sentences import short
from lnnlab.reports.views import together

STAGE_COLOURS = {"features": "#58b4d9", "layers": "#0b6e99", "readout": "#d99a3d",
                 "other": "#9a9a9a"}


def stage_bars(stages: pd.DataFrame) -> Figure:
    """Cycles of one decision by stage, a bar a network, a panel a corpus; the longest ones end
    where the others can still be told apart, with their sum beside them.

    Args:
        stages: the table of that name.
    """
    corpora = list(stages.groupby("corpus", sort=False))
    figure, axes = plt.subplots(len(corpora), 1, layout="constrained", squeeze=False, figsize=(
        9, sum(0.6 + 0.24 * own["model"].nunique() for _, own in corpora)),
        height_ratios=[1 + own["model"].nunique() for _, own in corpora])
    for axis, (corpus, own) in zip(axes[:, 0], corpora, strict=True):
        wide = own.drop_duplicates(["model", "metric"]).pivot(
            index="model", columns="metric", values="value").fillna(0.0)
        wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False).index]
        total, left = wide.sum(axis=1), pd.Series(0.0, wide.index)
        limit = min(total.max(), 3 * total.median())
        for stage, colour in STAGE_COLOURS.items():
            if stage in wide:
                axis.barh(wide.index, wide[stage], left=left, color=colour, label=stage, height=0.7)
                left = left + wide[stage]
        for place, value in enumerate(total):
            axis.text(min(value, limit), place, f" {value:,.0f}", va="center", fontsize=7)
        axis.set_xlim(0, 1.15 * limit)
        axis.tick_params(axis="y", labelsize=7)
        axis.set_title(corpus, fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
        axis.xaxis.set_major_formatter("{x:,.0f}")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), frameon=False, fontsize=8, ncols=4,
                  loc="outside upper center")
    axes[-1, 0].set_xlabel("cycles of one decision, emulated")
    return figure


def accuracy_against_energy(table: pd.DataFrame, key: str) -> Figure:
    """Accuracy over energy of a decision, a panel for each corpus and split that is on a board;
    the line joins what no other row beats in both, crosses are claims.

    Args:
        table: a benchmark's, without its claims.
        key: of the document's table whose claims are drawn.
    """
    rows = together(table)
    wide = rows[rows["metric"].isin(["accuracy", "energy"])].drop_duplicates(
        ["corpus", "split", "model", "metric"]).pivot(
        index=["corpus", "split", "model"], columns="metric", values="value").dropna()
    markers = markers_of(wide.reset_index())
    panels = list(wide.groupby(level=["corpus", "split"], sort=False))
    figure, axes = plt.subplots(1, max(1, len(panels)), squeeze=False, layout="constrained",
                                figsize=(max(7.5, 4.3 * len(panels)), 3.8))
    for axis, ((corpus, split), own) in zip(axes[0], panels, strict=True):
        own = own.droplevel(["corpus", "split"]).sort_values("energy")
        for model, row in own.iterrows():
            axis.plot(row["energy"], row["accuracy"], markers[model], ms=6, label=model,
                      color=colour_of(model))
        best = own[own["accuracy"] >= own["accuracy"].cummax()]
        axis.plot(best["energy"], best["accuracy"], lw=0.8, color="#9a9a9a", zorder=0)
        for row in printed()[key].rows:
            claims = dict(zip((each.metric for each in printed()[key].columns), row.values,
                              strict=True))
            if {"energy", "accuracy"} <= set(claims):
                axis.plot(claims["energy"], claims["accuracy"], "x", color=colour_of(row.label),
                          label=f"{row.label}, as claimed")
        axis.set_xscale("log")
        axis.set_xlabel("uJ a decision, modelled")
        axis.set_title(f"{corpus}\n{short(split)}", fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("test accuracy, %")
    handles = {}
    for axis in axes[0]:
        handles |= dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, fontsize=7,
                  frameon=False)
    return figure


def drawn_from_tables(folder: Path) -> dict[str, tuple[Figure, str]]:
    """Name → figure and caption, of those that need nothing but a profile's tables."""
    found = {}
    stages, vibration = (folder / "tables" / f"{name}.csv" for name in
                         ("stages", "vibration_benchmark"))
    if stages.exists():
        found["stages"] = (stage_bars(pd.read_csv(stages)), (
            "Cycles of one decision by stage (emulated), the sum beside each bar; bars that are "
            "much longer than the others are cut."))
    table = pd.read_csv(vibration) if vibration.exists() else pd.DataFrame(columns=["basis"])
    table = table[table["basis"] != "claimed"]
    if len(table) and "energy" in set(table["metric"]):
        found["accuracy_energy"] = (
            accuracy_against_energy(table, "vibration"), (
                "Test accuracy over energy of one decision (modelled): the line joins networks "
                "that no other beats in both; crosses are the document's claims, on its own data."))
    return found
