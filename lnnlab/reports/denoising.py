"""The table of noise suppression, its figures and its sentences."""

from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.experiments.denoising.deployed import Deployed
from lnnlab.experiments.denoising.material import LEVELS_DB, Material
from lnnlab.experiments.denoising.study import NULL, Line
from lnnlab.reports.figures import colour_of, panels
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.scoring.means import Mean, mean_over_groups
from lnnlab.target.boards import board
from lnnlab.target.energy import rests_on

SPLIT = "speakers and noises unheard"
FIGURES = {"si_sdr": "dB", "stoi": ""}
MAIN_DB = 5
RIVAL_COLOURS = {"spectral subtraction": "#9a9a9a", "Wiener, minimum statistics": "#444444"}
STAGES = ("analysis", "features", "layers", "readout", "synthesis")
SEEN = ("noise suppression: the recipe of these networks was changed after test scores had been "
        "seen; a fresh test may say less")


def title(line: Line) -> str:
    """How the table calls a row."""
    return f"{line.name}, {line.form}" if line.parameters else line.name


def by_title(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """The lines of each row, one a seed."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(title(line), []).append(line)
    return found


def rows(lines: Sequence[Line], corpus: str, on_boards: Deployed | None = None) -> pd.DataFrame:
    """Rows of ``noise_suppression``: what is gained at each level, sizes, costs on boards."""
    made, shared = [], {"corpus": corpus, "split": SPLIT}
    for name, own in by_title(lines).items():
        basis = marked("measured", any(each.stale for each in own))
        seeds = " ".join(str(each.seed) for each in own if each.seed >= 0)
        for level in LEVELS_DB:
            for figure, unit in FIGURES.items():
                found = gained(own, level, figure)
                made.append(shared | {"model": name, "parameters": own[0].parameters}
                            | summary(f"{figure}_gained_{level}db", _by_seed(own, level, figure),
                                      unit, basis)
                            | {"low": found.low, "high": found.high, "seeds": seeds,
                               "items": len(own[0].scores.who), "groups": found.groups,
                               "grouping": "speakers"})
    first = lines[0].scores
    for level in LEVELS_DB:
        for figure, unit in FIGURES.items():
            before = first.by_level[level][f"{figure}_before"]
            made.append(shared | {"model": NULL, "parameters": 0, "items": len(first.who)}
                        | summary(f"{figure}_{level}db", [float(before.mean())], unit, "measured"))
    if on_boards:
        made += _board_rows(lines, on_boards, shared)
    return pd.DataFrame(made, columns=COLUMNS)


def _board_rows(lines: Sequence[Line], found: Deployed, shared: dict) -> Iterator[dict]:
    name = next(title(each) for each in lines if each.form == "int8")
    shared = shared | {"model": name, "parameters": lines[0].parameters}
    emulated = marked("emulated", bool(found.stale))
    for each, cost in found.costs.items():
        modelled = marked(rests_on(board(each)), bool(found.stale))
        for metric, value, unit, basis in (
            ("cycles", np.mean(cost["hop_cycles"]), "cycles a hop", emulated),
            *[(f"cycles_{stage}", np.mean(cost["by_stage"][stage]), "cycles a hop", emulated)
              for stage in STAGES],
            ("duty", cost["duty_percent"], "%", emulated),
            ("latency", cost["compute_ms"], "ms a hop", emulated),
            ("power", cost["average_mw"], "mW", modelled),
            ("flash_power", cost["flash_average_mw"], "mW", modelled),
            ("flash", sum(cost["flash_bytes"].values()), "B", emulated),
            ("ram", sum(cost["ram_bytes"].values()), "B", emulated),
        ):
            yield shared | summary(metric, [float(value)], unit, basis) | {"board": each}
    for core, (items, differ) in found.parity.items():
        yield shared | summary("samples_that_differ", [float(differ)], "", emulated) | {
            "board": core, "items": items}


def _by_seed(own: Sequence[Line], level: int, figure: str) -> list[float]:
    return [float(each.scores.gain(level, figure).mean()) for each in own]


def gained(own: Sequence[Line], level: int, figure: str) -> Mean:
    """What a row gains at a level, with its interval over speakers."""
    values = np.stack([each.scores.gain(level, figure) for each in own])
    return mean_over_groups(values, np.array(own[0].scores.who))


def ahead_by(one: Sequence[Line], other: Sequence[Line], level: int, figure: str) -> Mean:
    """How much more one row gains than another on the same mixtures, paired over speakers."""
    difference = (np.mean([each.scores.gain(level, figure) for each in one], axis=0)
                  - np.mean([each.scores.gain(level, figure) for each in other], axis=0))
    return mean_over_groups(difference, np.array(one[0].scores.who))


def gains_by_level(lines: Sequence[Line]) -> Figure:
    """SI-SDR and STOI gained over the level, a line a row; bars are intervals by speaker."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for axis, name, label in zip(axes, FIGURES, ("SI-SDR gained, dB", "STOI gained"), strict=True):
        for row, own in by_title(lines).items():
            found = [gained(own, level, name) for level in LEVELS_DB]
            middle = np.array([each.value for each in found])
            bars = np.abs(np.array([[each.low, each.high] for each in found]).T - middle)
            dashed = "--" if "float32" in row else "-"
            axis.errorbar(LEVELS_DB, middle, bars, label=row, lw=1.2, ls=dashed, capsize=2,
                          color=_colour(row), elinewidth=0.6, marker="o", ms=3)
        axis.axhline(0, color="#9a9a9a", lw=0.8)
        axis.set_xlabel("speech over noise before, dB")
        axis.set_ylabel(label)
        axis.spines[["top", "right"]].set_visible(False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3,
                  frameon=False, fontsize=8)
    return figure


def _colour(row: str) -> str:
    return RIVAL_COLOURS.get(row) or colour_of(row)


def learning_curves(lines: Sequence[Line]) -> Figure:
    """Training and validation loss after each epoch, a panel a network, a line a seed."""
    own = {name: found for name, found in by_title(lines).items()
           if found[0].history and found[0].form == "float32"}
    figure, axes = panels(list(own), 3.4, 2.4)
    for axis, (name, found) in zip(axes, own.items(), strict=True):
        for line in found:
            epochs = range(1, len(line.history) + 1)
            for part, style in (("validation_loss", "-"), ("train_loss", ":")):
                axis.plot(epochs, [each[part] for each in line.history], style, lw=0.9,
                          color=colour_of(name))
        axis.set_ylim(0)
        axis.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("loss (dotted: training)", fontsize=9)
    return figure


def sentences(lines: Sequence[Line], material: Material) -> list[str]:
    """What the figures say, made from them."""
    found, said = by_title(lines), []
    said.append(f"{material.corpus}: {len(lines[0].scores.who)} mixtures at each level of "
                f"{gained(lines[:1], MAIN_DB, 'si_sdr').groups} test speakers; intervals are "
                "95 % over speakers")
    for name, own in found.items():
        main = gained(own, MAIN_DB, "si_sdr")
        said.append(f"{name}: {main.value:+.1f} dB SI-SDR at {MAIN_DB} dB "
                    f"({main.low:+.1f} to {main.high:+.1f}); {_of_stoi(own)}")
    return said + [_paired(found, a, b) for a, b in _pairs(list(found))] + [SEEN]


def noise_lines(table: pd.DataFrame) -> list[str]:
    """A sentence for each row of the table: what is gained, and where words are less clear."""
    said = []
    for row in table[table["metric"] == f"si_sdr_gained_{MAIN_DB}db"].itertuples():
        own = table[(table["model"] == row.model) & (table["corpus"] == row.corpus)]
        stoi = own.set_index("metric")["value"]
        lower = [level for level in LEVELS_DB if stoi.get(f"stoi_gained_{level}db", 0) < 0]
        clear = f"STOI is lower at {_levels(lower)}" if lower else "STOI is nowhere lower"
        said.append(
            f"{row.corpus}: {row.model}: {row.value:+.1f} dB SI-SDR at {MAIN_DB} dB "
            f"({row.low:+.1f} to {row.high:+.1f}, {row.groups:.0f} {row.grouping}); {clear}")
    return said + ([SEEN] if said else [])


def _of_stoi(own: Sequence[Line]) -> str:
    """Where STOI rises and falls, and where that is told apart from 0."""
    found = {level: gained(own, level, "stoi") for level in LEVELS_DB}
    said = []
    for word, sign in (("higher", 1), ("lower", -1)):
        levels = [level for level, each in found.items() if sign * each.value > 0]
        told = [level for level in levels if found[level].told]
        where = "every level" if len(levels) == len(found) else _levels(levels)
        apart = (", nowhere told apart from 0" if not told else
                 "" if told == levels else f", told apart from 0 at {_levels(told)}")
        said += [f"STOI is {word} at {where}{apart}"] if levels else []
    return "; ".join(said) or "STOI is the same at every level"


def _levels(levels: Sequence[int]) -> str:
    return ", ".join(map(str, levels)) + " dB"


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    ours = next((each for each in names if "int8" in each), names[0])
    return [(ours, other) for other in names if other.split(",")[0] != ours.split(",")[0]]


def _paired(found: dict[str, list[Line]], one: str, other: str) -> str:
    mean = ahead_by(found[one], found[other], MAIN_DB, "si_sdr")
    ends = f"({mean.low:+.1f} to {mean.high:+.1f} dB, paired over {mean.groups} speakers)"
    if not mean.told:
        return (f"{one} and {other} are not distinguishable in SI-SDR at {MAIN_DB} dB: "
                f"{mean.value:+.1f} dB {ends}")
    beside = "ahead of" if mean.value > 0 else "behind"
    return f"{one} is {beside} {other} by {abs(mean.value):.1f} dB SI-SDR at {MAIN_DB} dB {ends}"


def board_lines(found: Deployed) -> list[str]:
    """What it takes on boards, and whether the C is the twin."""
    said = []
    for name, cost in found.costs.items():
        spent = np.mean(cost["hop_cycles"])
        said.append(f"{board(name).title}: {spent:,.0f} cycles a hop, {cost['duty_percent']:.0f} % "
                    f"of its time, {cost['average_mw']:.2f} mW (modelled), "
                    f"{sum(cost['flash_bytes'].values()) / 1024:.1f} KB flash, "
                    f"{sum(cost['ram_bytes'].values()) / 1024:.1f} KB RAM")
    compared = ", ".join(f"{core} {differ} of {items:,}"
                         for core, (items, differ) in found.parity.items())
    return [*said, f"samples in C that differ from the twin's: {compared}"]
