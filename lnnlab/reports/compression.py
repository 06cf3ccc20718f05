"""Rows and figure of the way from float32 to pruned int8."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.reports.tables import COLUMNS, summary


def compression_rows(steps: list[dict], board: str, **columns: object) -> pd.DataFrame:
    """Tidy rows of :func:`lnnlab.experiments.compression.compression_ladder`.

    Args:
        board: whose cycles they are; columns: what else holds for all rows, such as ``corpus``.
    """
    rows = []
    for step in steps:
        shared = {"model": step["step"], "parameters": step["parameters"]} | columns
        accuracy = summary("accuracy", [100 * step["accuracy"]], "%", "measured")
        rows.append(shared | accuracy)
        for metric, unit, basis in (("model_bytes", "B", "measured"),
                                    ("cycles", "cycles", "emulated")):
            if step[metric] is not None:
                figure = summary(metric, [float(step[metric])], unit, basis)
                rows.append(shared | figure | {"board": board if metric == "cycles" else ""})
    return pd.DataFrame(rows, columns=COLUMNS)


def accuracy_against_cycles(steps: list[dict]) -> Figure:
    """Test accuracy over cycles of a decision; fine-tuned steps joined."""
    figure, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
    shown = [step for step in steps if step["cycles"]]
    looks = ((False, "as pruned", "#b5541c", 8), (True, "fine-tuned", "#0b6e99", 4))
    for tuned, label, colour, size in looks:  # they meet where tuning was not kept
        own = [each for each in shown if ("tuned" in each["step"]) == tuned]
        axis.plot([each["cycles"] for each in own], [100 * each["accuracy"] for each in own],
                  "o-", ms=size, lw=1, label=label, color=colour)
    axis.set_xlabel("cycles per decision (emulated)")
    axis.set_ylabel("test accuracy, %")
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)
    return figure
