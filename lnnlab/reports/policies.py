"""The table of timestep policies and its figure: quality against counted cycles."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.adaptive.plots import COLOURS, plain
from lnnlab.experiments.policies.study import BEST, BOARDS, FIFTH, FREE, LEVELS
from lnnlab.reports.tables import COLUMNS, summary

CHEAPEST = "cheapest that lost nothing on validation"
BEST_WITHIN = f"best of all kinds, at most {100 * FIFTH:.0f} % of the cycles"
ACROSS = ("always", BEST, FREE)  # levels that are no kind's own
MAIN = BOARDS[0]  # whose cycles and latency are given


def policy_rows(studies: Sequence[dict]) -> pd.DataFrame:
    """Rows of ``timestep_policies``: mean and spread over seeds of each choice on each stream."""
    rows = []
    for (corpus, active), group in _by_stream(studies).items():
        shared = {"corpus": corpus, "split": f"stream of test material, {active}",
                  "parameters": group[0][0]["parameters"]}
        for name in _names(group):
            found = [(record["seed"], line, lines[0]) for record, lines in group
                     for line in lines if title(line) == name]
            shared["seeds"] = " ".join(str(seed) for seed, *_ in found)
            lines = [pair for _, *pair in found]
            items = round(float(np.mean([line["hits"] + line["misses"] for line, _ in lines])))
            rows += [shared | {"model": name, "items": items} | row for row in _figures(lines)]
        null = summary("event_f1", [0.0], "%", "measured") | {"items": items}
        rows.append(shared | {"model": "never reports (null)", "parameters": 0} | null)
    return pd.DataFrame(rows, columns=COLUMNS)


def title(line: dict) -> str:
    """How the table calls a choice."""
    if line["level"] == "always":
        return "always"
    if line["level"] == FREE:
        return CHEAPEST
    if line["level"] == BEST:
        return BEST_WITHIN
    return f"{line['kind']}, at most {100 * float(line['level']):.0f} % of the cycles"


def _figures(lines: Sequence[tuple[dict, dict]]) -> list[dict]:
    def mean(metric: str, unit: str, basis: str, of, board: str = "") -> dict:
        return summary(metric, [float(of(*pair)) for pair in lines], unit, basis) | {
            "board": board}

    rows = [
        mean("event_f1", "%", "measured", lambda line, _: 100 * line["f1"]),
        mean("f1_lost", "points", "measured", lambda line, all_: 100 * (all_["f1"] - line["f1"])),
        mean("miss_rate", "%", "measured",
             lambda line, _: 100 * line["misses"] / max(line["hits"] + line["misses"], 1)),
        mean("false_accepts", "/h", "measured",
             lambda line, _: line["false_accepts"] / line["hours"]),
        mean("steps", "%", "measured", lambda line, _: line["steps_percent"]),
        mean("features", "%", "measured", lambda line, _: line["features_percent"]),
        mean("cycles_per_s", "cycles", "modelled", lambda line, _: line["cycles_per_s"], MAIN),
        mean("fewer_cycles", "x", "modelled",
             lambda line, all_: all_["cycles_per_s"] / line["cycles_per_s"], MAIN),
        mean("worst_latency", "ms", "modelled", lambda line, _: line["worst_latency_ms"], MAIN),
        mean("arena", "B", "measured", lambda line, _: line["arena_bytes"]),
    ]
    return rows + [
        mean(f"power_{name}", "mW", "modelled",
             lambda line, _, name=name: line["power_mw"][name], name)
        for name in BOARDS
    ] + [
        mean(f"power_{name}_batched", "mW", "modelled",
             lambda line, _, name=name: line["batched_mw"][name], name)
        for name in BOARDS
    ]


def parity_rows(
    compared: pd.DataFrame, corpus: str, label: str, parameters: int, minutes: float, seed: int
) -> pd.DataFrame:
    """Rows of ``c_parity``: decisions on a stream that differ between C and twin, by core."""
    rows = [
        {"model": f"{label}, with a timestep policy", "parameters": parameters,
         "metric": each.core, "value": each.differ, "unit": "mismatches", "board": each.core,
         "basis": "measured" if each.core.startswith("host") else "emulated", "corpus": corpus,
         "split": f"decisions on {minutes:g} minutes of test stream", "seeds": str(seed),
         "items": each.decisions}
        for each in compared.itertuples()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def at_equal_cycles(studies: Sequence[dict]) -> pd.DataFrame:
    """F1 of each kind at the same cycles: between its choices, linear in log cycles.

    Returns:
        corpus, active, kind, share of always-on's cycles, F1 in percent (mean over seeds), how far
        the learned kind lies above it (mean and standard deviation of the paired difference), and
        of how many seeds: of those where both kinds reach so few cycles on the test stream.
    """
    rows = []
    for (corpus, active), group in _by_stream(studies).items():
        for share in LEVELS:
            found = [_at(lines, share) for _, lines in group]
            for kind in (each for each in found[0] if each != "learned"):
                both = [(each[kind], each["learned"]) for each in found
                        if not np.isnan([each[kind], each["learned"]]).any()]
                ahead = [learned - other for other, learned in both]
                rows.append({
                    "corpus": corpus, "active": active, "share": share, "kind": kind,
                    "f1": float(np.mean([other for other, _ in both])) if both else np.nan,
                    "learned_above": float(np.mean(ahead)) if both else np.nan,
                    "spread": float(np.std(ahead, ddof=1)) if len(both) > 1 else np.nan,
                    "seeds": len(both),
                })
    return pd.DataFrame(rows)


def _at(lines: Sequence[dict], share: float) -> dict[str, float]:
    always, found = lines[0], {}
    for kind in COLOURS:
        own = [line for line in lines if line["kind"] == kind and line["level"] not in ACROSS]
        own.append(always)
        own = sorted({line["cycles_per_s"]: line for line in own}.values(),
                     key=lambda line: line["cycles_per_s"])
        cycles = np.log([line["cycles_per_s"] for line in own])
        wanted = np.log(share * always["cycles_per_s"])
        quality = [100 * line["f1"] for line in own]
        reached = wanted >= cycles[0]  # gates on features cannot do without the features
        found[kind] = float(np.interp(wanted, cycles, quality)) if reached else float("nan")
    return found


def quality_against_cycles(studies: Sequence[dict]) -> Figure:
    """F1 on the test streams against cycles; a mark per choice and seed."""
    streams = _by_stream(studies)
    columns = min(len(streams), 3)
    rows = -(-len(streams) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(3.4 * columns + 0.6, 2.9 * rows + 0.5), layout="constrained",
        sharey=True, squeeze=False,
    )
    for axis, ((corpus, active), group) in zip(axes.flat, streams.items(), strict=False):
        for kind, colour in COLOURS.items():
            points = [(line["cycles_per_s"], 100 * line["f1"]) for _, lines in group
                      for line in lines if line["kind"] == kind
                      and line["level"] not in ACROSS]
            if points:
                axis.plot(*np.array(points).T, "o", ms=4, alpha=0.8, color=colour, label=kind)
        always = np.array([(lines[0]["cycles_per_s"], 100 * lines[0]["f1"])
                           for _, lines in group])
        axis.plot(*always.T, "s", ms=6, color="#222222", label="always")
        axis.set_xscale("log")
        plain(axis.xaxis)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value / 1e6:g} M")
        axis.set_title(f"{corpus}, {active}", fontsize=9)
        axis.set_xlabel("cycles a second (modelled)")
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel("event F1, test, %")
    axes[0, 0].legend(frameon=False, fontsize=7)
    return figure


def _by_stream(studies: Iterable[dict]) -> dict[tuple[str, str], list[tuple[dict, list[dict]]]]:
    """(corpus, what is active) → of each seed the record and its lines."""
    found = defaultdict(list)
    for record in studies:
        corpus = record["corpus"] + (" (synthetic)" if record["synthetic"] else "")
        for active, lines in record["results"].items():
            found[corpus, active].append((record, lines))
    return dict(found)


def _names(group: Sequence[tuple[dict, list[dict]]]) -> list[str]:
    return list(dict.fromkeys(title(line) for _, lines in group for line in lines))
