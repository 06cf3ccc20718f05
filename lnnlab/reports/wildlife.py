"""The wildlife table: calls against weather, and days in the field by policy."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter
from scipy.stats import binomtest, chi2

from lnnlab.experiments.results import corpus_label
from lnnlab.experiments.wildlife import FieldStudy
from lnnlab.experiments.wildlife_days import CALLS_PER_H, day
from lnnlab.reports.numbers import number
from lnnlab.reports.sentences import short
from lnnlab.reports.tables import COLUMNS, marked, summary

IN_FIELD = "calls in weather, "  # before the rule, in splits
ALWAYS = "always on"


def field_rows(studies: Sequence[FieldStudy], found: Sequence[Mapping]) -> pd.DataFrame:
    """Calls found and made up on the test streams of all folds, and what a day brings.

    Intervals are exact: binomial of the calls, Poisson of the false detections. Days are worked
    out from both and from the power of calls and of weather (modelled).

    Args:
        studies: of one network, a fold each.
        found: of :func:`lnnlab.experiments.wildlife.recorded`.
    """
    run, rows = studies[0].run, []
    stale = any(each["stale"] for each in found)
    shared = {"corpus": corpus_label(run.dataset), "split": IN_FIELD + short(run.split.rule),
              "seeds": str(run.seed), "items": sum(each["calls"] for each in found)}
    measured, modelled = marked("measured", stale), marked("modelled", stale)
    call_s, name = float(np.mean([each["call_s"] for each in found])), studies[0].board_name
    for level, lines in by_level(found).items():
        own = shared | {"model": f"{run.label}, {level}"}
        hits, misses, false = (sum(each[key] for each in lines)
                               for key in ("hits", "misses", "false"))
        hours = sum(each["hours"] for each in lines)
        band = binomtest(hits, max(hits + misses, 1)).proportion_ci()
        rows.append(own | summary("calls found", [100 * hits / max(hits + misses, 1)], "%",
                                  measured) | {"low": 100 * band.low, "high": 100 * band.high})
        low = chi2.ppf(0.025, 2 * false) / 2 if false else 0.0
        rows.append(own | summary("false_accepts", [false / hours], "/h", measured)
                    | {"low": low / hours, "high": chi2.ppf(0.975, 2 * false + 2) / 2 / hours})
        for each in (day(lines, rate, call_s, name) for rate in CALLS_PER_H):
            told = f"{each.calls_per_h:g} calls/h"
            rows += [own | {"board": name} | summary(f"{what}, {told}", [value], unit, modelled)
                     for what, value, unit in (
                         ("missed a day", each.missed, ""), ("false a day", each.false, ""),
                         ("battery", each.battery_days, "days"), ("power", each.power_mw, "mW"))]
    return pd.DataFrame(rows, columns=COLUMNS)


def by_level(found: Sequence[Mapping]) -> dict[str, list[Mapping]]:
    """Level of a policy in words → its lines of all folds; those that some fold lacks left out."""
    levels: dict[str, list[Mapping]] = {}
    for each in found:
        for line in each["lines"]:
            told = ALWAYS if line["level"] == "always" else (
                f"policy within {100 * float(line['level']):.0f} % of the cycles")
            levels.setdefault(told, []).append(line)
    return {told: lines for told, lines in levels.items() if len(lines) == len(found)}


def battery_against_misses(rows: pd.DataFrame) -> Figure:
    """Battery life over calls missed a day: a colour a policy, a mark a number of calls."""
    figure, axis = plt.subplots(figsize=(7, 3.8), layout="constrained")
    for place, (model, own) in enumerate(rows.groupby("model", sort=False)):
        values = own.set_index("metric")["value"]
        for mark, rate in zip("osD", CALLS_PER_H, strict=True):
            told = f"{rate:g} calls/h"
            axis.plot(values[f"missed a day, {told}"], values[f"battery, {told}"], mark, ms=6,
                      color=f"C{place}", label=f"{model.rpartition(', ')[2]}, {told}")
    missed = rows.loc[rows["metric"].str.startswith("missed a day"), "value"]
    if missed.min() > 0:
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    else:
        axis.set_xscale("symlog")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_major_formatter(ScalarFormatter())
    axis.set_xlabel("calls missed a day")
    axis.set_ylabel("days of two AA cells")
    axis.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", fontsize=7, frameon=False)
    return figure


def field_lines(rows: pd.DataFrame) -> list[str]:
    """What each policy finds and how long it lasts: a sentence a row."""
    lines = []
    for (corpus, model), own in rows.groupby(["corpus", "model"], sort=False):
        figures = own.set_index("metric")
        found, false = figures.loc["calls found"], figures.loc["false_accepts"]
        days = " / ".join(number(figures.loc[f"battery, {rate:g} calls/h", "value"], 0)
                          for rate in CALLS_PER_H)
        rates = " / ".join(f"{rate:g}" for rate in CALLS_PER_H)
        lines.append(
            f"{corpus}: {model} finds {number(found['value'], 1)} % of the calls (95 % interval "
            f"{number(found['low'], 1)} to {number(found['high'], 1)}) with "
            f"{number(false['value'], 1)} false detections an hour of weather "
            f"({number(false['low'], 1)} to {number(false['high'], 1)}); two AA cells last {days} "
            f"days at {rates} calls an hour, modelled")
    return lines
