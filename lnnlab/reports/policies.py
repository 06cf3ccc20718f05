"""The table of timestep policies and its figure: quality against counted cycles."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.adaptive.plots import COLOURS, plain
from lnnlab.experiments.policies.lines import (
    ALWAYS_ON,
    BEST,
    BOARDS,
    FIFTH,
    FREE,
    LEVELS,
    PolicyLine,
    PolicyStudy,
)
from lnnlab.experiments.policies.parity import PolicyParity
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.target.boards import board
from lnnlab.target.energy import rests_on

CHEAPEST = "cheapest that lost nothing on validation"
BEST_WITHIN = f"best of all kinds, at most {100 * FIFTH:.0f} % of the cycles"
ACROSS = (ALWAYS_ON, BEST, FREE)  # levels that are no kind's own
MAIN = BOARDS[0]  # whose cycles and latency are given
Lines = Sequence[PolicyLine]


def policy_rows(studies: Sequence[PolicyStudy]) -> pd.DataFrame:
    """Rows of ``timestep_policies``: mean and spread over seeds of each choice on each stream."""
    rows = []
    for (corpus, active), group in _by_stream(studies).items():
        shared = {"corpus": corpus, "split": f"stream of test material, {active}",
                  "parameters": group[0][0].parameters}
        stale = any(study.stale for study, _ in group)
        for name in dict.fromkeys(title(line) for _, lines in group for line in lines):
            found = [(study.seed, line, lines[0]) for study, lines in group
                     for line in lines if title(line) == name]
            shared["seeds"] = " ".join(str(seed) for seed, *_ in found)
            lines = [line for _, line, _ in found]
            items = round(float(np.mean([line.hits + line.misses for line in lines])))
            rows += [shared | {"model": name, "items": items} | row
                     for row in _figures(lines, [always for *_, always in found], stale)]
        null = summary("event_f1", [0.0], "%", "measured") | {"items": items}
        rows.append(shared | {"model": "never reports (null)", "parameters": 0} | null)
    return pd.DataFrame(rows, columns=COLUMNS)


def title(line: PolicyLine) -> str:
    """How the table calls a choice."""
    named = {ALWAYS_ON: "always", FREE: CHEAPEST, BEST: BEST_WITHIN}
    if line.level in named:
        return named[line.level]
    return f"{line.kind}, at most {100 * float(line.level):.0f} % of the cycles"


def _figures(lines: Lines, always: Lines, stale: bool) -> list[dict]:
    """Rows of one choice; ``always``: the same networks without a policy."""
    def mean(metric: str, unit: str, basis: str, values: Sequence[float], on: str = "") -> dict:
        figure = summary(metric, [float(each) for each in values], unit, marked(basis, stale))
        return figure | {"board": on}

    cycles = [each.cycles_per_s for each in lines]
    fewer = np.mean([each.cycles_per_s for each in always]) / np.mean(cycles)
    lost = [100 * (all_.f1 - each.f1) for each, all_ in zip(lines, always, strict=True)]
    rows = [
        mean("event_f1", "%", "measured", [100 * each.f1 for each in lines]),
        mean("f1_lost", "points", "measured", lost),
        mean("miss_rate", "%", "measured", [each.miss_percent for each in lines]),
        mean("false_accepts", "/h", "measured", [each.false_accepts / each.hours
                                                 for each in lines]),
        mean("steps", "%", "measured", [each.steps_percent for each in lines]),
        mean("features", "%", "measured", [each.features_percent for each in lines]),
        mean("cycles_per_s", "cycles", "modelled", cycles, MAIN),
        # of the means: the mean of 1.0, 1.0 and 7.7 times says little of any of them
        mean("fewer_cycles", "x", "modelled", [fewer], MAIN),
        mean("worst_latency", "ms", "modelled", [each.worst_latency_ms for each in lines], MAIN),
        mean("arena", "B", "measured", [each.arena_bytes for each in lines]),
    ]
    for name in BOARDS:
        rows.append(mean(f"power_{name}", "mW", rests_on(board(name)),
                         [each.power_mw[name] for each in lines], name))
    for name in BOARDS:
        rows.append(mean(f"flash_power_{name}", "mW", board(name).on_flash(rests_on(board(name))),
                         [each.flash_power_mw[name] for each in lines], name))
    for name in BOARDS:
        rows.append(mean(f"power_{name}_batched", "mW", rests_on(board(name)),
                         [each.batched_mw[name] for each in lines], name))
    return rows


def parity_rows(found: PolicyParity) -> pd.DataFrame:
    """Rows of ``c_parity``: decisions on a stream that differ between C and twin, by core."""
    rows = [
        {"model": f"{found.label}, with a timestep policy", "parameters": found.parameters,
         "metric": core, "value": differ, "unit": "mismatches", "board": core,
         "basis": marked("measured" if core.startswith("host") else "emulated", bool(found.stale)),
         "corpus": found.corpus,
         "split": f"decisions on {found.minutes:g} minutes of test stream",
         "seeds": str(found.seed), "items": found.decisions[core]}
        for core, differ in found.differ.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def at_equal_cycles(studies: Sequence[PolicyStudy]) -> pd.DataFrame:
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


def _at(lines: Lines, share: float) -> dict[str, float]:
    always, found = lines[0], {}
    for kind in COLOURS:
        own = [line for line in lines if line.kind == kind and line.level not in ACROSS]
        own.append(always)
        own = sorted({line.cycles_per_s: line for line in own}.values(),
                     key=lambda line: line.cycles_per_s)
        cycles = np.log([line.cycles_per_s for line in own])
        wanted = np.log(share * always.cycles_per_s)
        quality = [100 * line.f1 for line in own]
        reached = wanted >= cycles[0]  # gates on features cannot do without the features
        found[kind] = float(np.interp(wanted, cycles, quality)) if reached else float("nan")
    return found


def quality_against_cycles(studies: Sequence[PolicyStudy]) -> Figure:
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
            points = [(line.cycles_per_s, 100 * line.f1) for _, lines in group
                      for line in lines if line.kind == kind and line.level not in ACROSS]
            if points:
                axis.plot(*np.array(points).T, "o", ms=4, alpha=0.8, color=colour, label=kind)
        always = np.array([(lines[0].cycles_per_s, 100 * lines[0].f1) for _, lines in group])
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


def _by_stream(
    studies: Iterable[PolicyStudy],
) -> dict[tuple[str, str], list[tuple[PolicyStudy, Lines]]]:
    """(corpus, what is active) → each seed's study and its lines."""
    found = defaultdict(list)
    for study in studies:
        for active, lines in study.tests.items():
            found[study.corpus, active].append((study, lines))
    return dict(found)
