"""Rows, verdicts and figure of detectors that calibrate on the machine they are mounted on."""

from collections import Counter
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.experiments.anomalies.own import OWN, OWN_ROWS
from lnnlab.experiments.anomalies.study import LIQUID, Judged
from lnnlab.experiments.results import corpus_label
from lnnlab.reports.anomalies import anomaly_rows, by_row, pair_rows
from lnnlab.reports.anomaly_figures import COLOURS
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.scoring.detection import AUC

SAID = {"calibration_windows": ("windows", "windows"), "calibration_minutes": ("minutes", "min")}
REFERENCE = "logistic_regression"


def own_rows(own: Sequence[Judged], plain: Sequence[Judged]) -> pd.DataFrame:
    """Tidy rows of both kinds on the same windows, and how long each calibrated.

    Args:
        own: of :func:`lnnlab.experiments.anomalies.own.own_study`.
        plain: of :func:`lnnlab.experiments.anomalies.own.on_the_same`.
    """
    rows = []
    for found in by_row(own).values():
        first = found[0]
        shared = {"model": first.row.label, "corpus": corpus_label(first.problem.dataset),
                  "split": first.problem.split.rule, "grouping": f"{first.results['unit']}s"}
        basis = marked("measured", any(each.stale for each in found))
        rows += [shared | summary(metric, [float(np.median([each.results[key] for each in found]))],
                                  unit, basis) for metric, (key, unit) in SAID.items()]
    return pd.concat([anomaly_rows([*own, *plain]), pd.DataFrame(rows, columns=COLUMNS)])


def own_pairs(own: Sequence[Judged], plain: Sequence[Judged]) -> pd.DataFrame:
    """The calibrated liquid network against its rivals, itself without calibration and the
    references, paired over machines."""
    beside = [each for each in plain if each.row.name in (LIQUID, REFERENCE)]
    return pair_rows([*own, *beside], (AUC,), LIQUID + OWN)


def by_windows(found: Sequence[Judged]) -> list[float]:
    """AUC of one row by how many windows it learned from: of each number the way that validation
    likes best, mean over folds and seeds."""
    most = max(each[0] for each in found[0].results["tried"])
    areas = []
    for windows in range(1, most + 1):
        own = [[way[2:] for way in each.results["tried"] if way[0] == windows] for each in found]
        areas.append(float(np.mean([max(ways, key=lambda way: way[0])[1] for ways in own])))
    return areas


def windows_figure(own: Sequence[Judged], plain: Sequence[Judged]) -> Figure:
    """:func:`by_windows` of every row; at 0 the same detector without calibration."""
    figure, axis = plt.subplots(figsize=(6.0, 4.2), layout="constrained")
    before = {each["model"]: each["value"] for _, each in anomaly_rows(plain).iterrows()
              if each["metric"] == AUC and not isinstance(each["fold"], str)}
    colours = dict(zip(OWN_ROWS, COLOURS, strict=True))  # the same for a row in every figure
    for found in by_row(own).values():
        label = found[0].row.label.rsplit(",", 1)[0]
        areas = [before.get(label, np.nan), *by_windows(found)]
        axis.plot(areas, marker="o", color=colours[found[0].row.name], ms=3.5, lw=1.4, label=label,
                  ls=":" if found[0].row.sees_faults else "-")
    axis.set_xlabel("sound windows of the machine that were learned from")
    axis.set_ylabel("AUC on windows that none learned from")
    axis.set_xticks(range(len(areas)))
    figure.legend(loc="outside lower center", ncols=2, fontsize=7, frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def ways(own: Sequence[Judged]) -> dict[str, str]:
    """What each row learned from in how many of its folds and seeds, by label."""
    said = {}
    for found in by_row(own).values():
        counts = Counter((each.results["windows"], each.results["way"]) for each in found)
        minutes = np.median([each.results["minutes"] for each in found])
        said[found[0].row.label] = "; ".join(
            f"{windows} window{'s' * (windows > 1)}, {way} ({count} of {len(found)})"
            for (windows, way), count in counts.most_common()) + f"; median {minutes:.1f} min"
    return said
