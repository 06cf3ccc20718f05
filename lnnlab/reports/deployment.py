"""Rows of networks on a microcontroller: table 1's second half, and the parity of the C."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from lnnlab.experiments.deployment import HOST, Deployment
from lnnlab.reports.pooling import Answered, grouped_deployments, pool
from lnnlab.reports.rows import accuracy_row, support
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.scoring.pairs import compare
from lnnlab.target.boards import board
from lnnlab.target.energy import energy_mj, rests_on


def deployment_rows(deployed: Iterable[Deployment]) -> pd.DataFrame:
    """Accuracy before and in int8, bytes, cycles, milliseconds and microjoules of each model.

    Accuracies are pooled over folds, mean and spread over seeds. The int8 one is the integer
    twin's, which the C equals where :func:`parity_rows` compared them. The float one is that of
    the networks before int8 training. ``accuracy_lost`` is that less the int8 accuracy, int8
    training included where a network's validation windows chose it (``tuned_networks`` counts
    those): below zero, int8 gained. The other figures are means over all networks of a row, at the
    middle of the cycle model's band: of a flash that answers at once, and as ``flash_…`` of the
    board's.
    """
    rows = []
    for (corpus, split, label), own in grouped_deployments(deployed).items():
        stale = _stale(own)
        shared = {"model": label, "parameters": max(each.parameters for each in own),
                  "corpus": corpus, "split": split}
        rows += [shared | each for each in _accuracies(own, marked("measured", stale))]
        tuned = summary("tuned_networks", [sum(each.tuned for each in own)], "networks",
                        marked("measured", stale))
        rows.append(shared | tuned | {"items": len(own)})
        for metric, values, unit, basis in _figures(own):
            rows.append(shared | summary(metric, [float(np.mean(values))], unit,
                                         marked(basis, stale)) | {"board": own[0].board})
    return pd.DataFrame(rows, columns=COLUMNS)


def stage_rows(deployed: Iterable[Deployment]) -> pd.DataFrame:
    """Cycles of one decision by stage, at the middle of the band."""
    rows = []
    for (corpus, split, label), own in grouped_deployments(deployed).items():
        shared = {"model": label, "parameters": max(each.parameters for each in own),
                  "corpus": corpus, "split": split}
        for stage in own[0].stages:
            value = float(np.mean([np.mean(each.stages[stage]) for each in own]))
            basis = marked("emulated", _stale(own))
            rows.append(shared | summary(stage, [value], "cycles", basis)
                        | {"board": own[0].board})
    return pd.DataFrame(rows, columns=COLUMNS)


def parity_rows(deployed: Iterable[Deployment]) -> pd.DataFrame:
    """Windows whose logits or layer outputs differ between C and twin, by core.

    Seeds are those whose networks were compared; the others ran in the twin alone.
    """
    rows = []
    for (corpus, split, label), own in grouped_deployments(deployed).items():
        compared = [each for each in own if each.parity]
        seeds = " ".join(str(seed) for seed in sorted({each.seed for each in compared}))
        for core in compared[0].parity if compared else ():
            found = [each.parity[core] for each in compared]
            basis = marked("measured" if core == HOST else "emulated", _stale(compared))
            rows.append({
                "model": label, "parameters": max(each.parameters for each in compared),
                "metric": core, "value": sum(each["mismatches"] for each in found),
                "unit": "mismatches", "basis": basis, "board": core, "corpus": corpus,
                "split": split, "seeds": seeds, "items": sum(each["windows"] for each in found),
            })
    return pd.DataFrame(rows, columns=COLUMNS)


def floor_lines(deployed: Iterable[Deployment]) -> pd.DataFrame:
    """What a decision's cycles are made of, one line a network: shares of the stages."""
    lines = []
    for each in deployed:
        total = float(np.mean(each.cycles)) if each.cycles else np.nan
        line = {"model": each.label, "seed": each.seed, "cycles": f"{total:,.0f}"}
        for stage, band in each.stages.items():
            line[f"{stage}, %"] = f"{100 * float(np.mean(band)) / total:.0f}"
        lines.append(line)
    return pd.DataFrame(lines)


def _stale(own: Sequence[Deployment]) -> bool:
    return any(each.stale or each.record.stale for each in own)


def _accuracies(own: Sequence[Deployment], basis: str) -> Iterator[dict]:
    """Accuracy in float and in int8, and what was lost, paired over the same groups."""
    before = [Answered(each.record.run, each.before) for each in own]
    after = [Answered(each.record.run, each.int8) for each in own]
    yield accuracy_row("accuracy_float", before, basis)
    yield accuracy_row("accuracy_int8", after, basis)
    first, second = pool(before), pool(after)
    lost = [a - b for a, b in zip(first.percent(), second.percent(), strict=True)]
    found = compare(first.items, second.items)
    low, high = (found.low, found.high) if found.reliable else (np.nan, np.nan)
    yield summary("accuracy_lost", lost, "points", basis) | support(before) | {
        "low": 100 * low, "high": 100 * high}


def _figures(own: Sequence[Deployment]) -> Iterator[tuple[str, list[float], str, str]]:
    """(metric, one value a network, unit, basis)"""
    yield "flash", [each.flash_bytes for each in own], "B", "emulated"
    yield "ram", [each.ram_bytes for each in own], "B", "emulated"
    if not own[0].cycles:
        return
    yield "cycles", [np.mean(each.cycles) for each in own], "cycles", "emulated"
    if own[0].step_cycles:
        yield "step_cycles", [np.mean(each.step_cycles) for each in own], "cycles", "emulated"
    yield "latency", [np.mean(each.latency_ms) for each in own], "ms", "emulated"
    run = rests_on(board(own[0].board), "run")
    yield "energy", [1e3 * each.energy_mj for each in own], "uJ", run
    with_flash = [float(np.mean(each.flash_cycles)) for each in own if each.flash_cycles]
    if with_flash:
        chosen = board(own[0].board)
        emulated = chosen.on_flash("emulated")
        yield "flash_cycles", with_flash, "cycles", emulated
        yield ("flash_latency", [each / (1e3 * chosen.clock_mhz) for each in with_flash], "ms",
               emulated)
        yield ("flash_energy", [1e3 * energy_mj(chosen, each)[0] for each in with_flash], "uJ",
               chosen.on_flash(run))
