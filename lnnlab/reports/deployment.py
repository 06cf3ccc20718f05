"""Rows of networks on a microcontroller: table 1's second half, and the parity of the C."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lnnlab.experiments.recipes import recorded
from lnnlab.reports.tables import COLUMNS, grouped, summary


def deployment_rows(deployed: Iterable[dict]) -> pd.DataFrame:
    """Accuracy before and in int8, bytes, cycles, milliseconds and millijoules of each model.

    Accuracies are pooled over folds, mean and spread over seeds. The float one is that of the
    networks before int8 training; the benchmark's runs may have come from another machine.
    ``accuracy_lost`` is that less the int8 accuracy, int8 training included where a network's
    validation windows chose it (``tuned_networks`` counts those): below zero, int8 gained. The
    other figures are means over all networks of a row, at the middle of the cycle model's band.
    """
    rows = []
    for (corpus, split, label), group in grouped(deployed).items():
        results = [each["results"] for each in group]
        shared = {"model": label, "parameters": results[0]["parameters"], "corpus": corpus,
                  "split": split}
        seeds = sorted({each["seed"] for each in group})
        before, after = (_counts(group, seeds, name) for name in ("float_own", "int8"))
        items = after.sum(axis=(1, 2))
        right = [each.trace(axis1=1, axis2=2) for each in (before, after)]
        measured = {"seeds": " ".join(map(str, seeds)), "items": int(items[0])}
        for metric, counts, unit in (("accuracy_float", right[0], "%"),
                                     ("accuracy_int8", right[1], "%"),
                                     ("accuracy_lost", right[0] - right[1], "points")):
            percent = list(100 * counts / items)
            rows.append(shared | measured | summary(metric, percent, unit, "measured"))
        board = {"board": group[0]["board"]}
        tuned = sum(each["tuned"] for each in results)
        rows.append(shared | summary("tuned_networks", [tuned], "networks", "measured")
                    | {"items": len(results)})
        for metric, values, unit, basis in _figures(results):
            rows.append(shared | summary(metric, [float(np.mean(values))], unit, basis) | board)
    return pd.DataFrame(rows, columns=COLUMNS)


def _counts(group: list[dict], seeds: list[int], name: str) -> np.ndarray:
    """Confusion counts of all folds together, (seed, truth, guess)."""
    return np.array([
        np.sum([each["results"][name]["confusion"] for each in group if each["seed"] == seed],
               axis=0)
        for seed in seeds
    ])


def _figures(results: list[dict]) -> Iterable[tuple[str, list[float], str, str]]:
    """(metric, one value a network, unit, basis)"""
    yield "flash", [sum(r["flash_bytes"].values()) for r in results], "B", "emulated"
    yield "ram", [sum(r["ram_bytes"].values()) for r in results], "B", "emulated"
    if not results[0]["cycles"]:
        return
    yield "cycles", [np.mean(r["cycles"]) for r in results], "cycles", "emulated"
    if results[0]["step_cycles"]:
        yield "step_cycles", [np.mean(r["step_cycles"]) for r in results], "cycles", "emulated"
    yield "latency", [np.mean(r["latency_ms"]) for r in results], "ms", "emulated"
    yield "energy", [1e3 * r["energy_mj"][0] for r in results], "uJ", "modelled"


def stage_rows(deployed: Iterable[dict]) -> pd.DataFrame:
    """Cycles of one decision by stage, at the middle of the band."""
    rows = []
    for (corpus, split, label), group in grouped(deployed).items():
        stages = [each["results"]["stages"] for each in group]
        parameters = group[0]["results"]["parameters"]
        for stage in stages[0]:
            values = [float(np.mean(each[stage])) for each in stages]
            rows.append(
                {"model": label, "parameters": parameters, "corpus": corpus, "split": split}
                | summary(stage, [float(np.mean(values))], "cycles", "emulated")
                | {"board": group[0]["board"]}
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def parity_rows(deployed: Iterable[dict]) -> pd.DataFrame:
    """Windows whose logits or layer outputs differ between C and twin, by core."""
    rows = []
    for (corpus, split, label), group in grouped(deployed).items():
        compared = [each for each in group if each["results"]["parity"]]
        for core in compared[0]["results"]["parity"] if compared else ():
            own = [each["results"]["parity"][core] for each in compared]
            rows.append({
                "model": label, "parameters": group[0]["results"]["parameters"],
                "metric": core, "value": sum(e["mismatches"] for e in own),
                "unit": "mismatches", "basis": "emulated" if core != "host" else "measured",
                "board": core, "corpus": corpus, "split": split,
                "seeds": str(compared[0]["seed"]), "items": sum(e["windows"] for e in own),
            })
    return pd.DataFrame(rows, columns=COLUMNS)


def floor_lines(deployed: Iterable[dict]) -> pd.DataFrame:
    """What a decision's cycles are made of, one line a model: shares of the stages."""
    lines = []
    for deployed_run in deployed:
        results = deployed_run["results"]
        total = float(np.mean(results["cycles"]))
        line = {"model": recorded(deployed_run).label, "cycles": round(total)}
        for stage, band in results["stages"].items():
            line[f"{stage}, %"] = round(100 * float(np.mean(band)) / total)
        lines.append(line)
    return pd.DataFrame(lines)
