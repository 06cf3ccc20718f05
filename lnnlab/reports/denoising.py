"""The table of noise suppression and its figures."""

from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.experiments.denoising.choice import MAIN_DB
from lnnlab.experiments.denoising.deployed import Deployed
from lnnlab.experiments.denoising.material import LEVELS_DB
from lnnlab.experiments.denoising.study import NULL, Line
from lnnlab.reports.figures import colour_of, panels
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.scoring.means import Mean, mean_over_groups, pairs_of_means
from lnnlab.scoring.pairs import Comparison
from lnnlab.target.boards import board
from lnnlab.target.energy import rests_on

SPLIT = "speakers and noises unheard"
FIGURES = {"si_sdr": "dB", "stoi": ""}
RIVAL_COLOURS = {"spectral subtraction": "#9a9a9a", "Wiener, minimum statistics": "#444444"}
STAGES = ("analysis", "features", "layers", "readout", "synthesis")
PAIRED = {"si_sdr": f"si_sdr_gained_{MAIN_DB}db", "stoi": f"stoi_gained_{MAIN_DB}db"}
PAIR_COLUMNS = ("corpus", "split", "metric", "model", "other", "difference", "low", "high",
                "verdict", "groups")


def title(line: Line) -> str:
    """How the table calls a row."""
    return f"{line.name}, {line.form}" if line.parameters else line.name


def by_title(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """The lines of each row, one a seed."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(title(line), []).append(line)
    return found


def by_corpus(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """The lines of each test, as tables call it; those first that nothing was chosen by."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.corpus, []).append(line)
    return found


def rows(lines: Sequence[Line], on_boards: Deployed | None = None) -> pd.DataFrame:
    """Rows of ``noise_suppression``: what is gained at each level, sizes, costs on boards."""
    made = []
    for corpus, own in by_corpus(lines).items():
        made += _gain_rows(own, {"corpus": corpus, "split": SPLIT})
    if on_boards:
        made += _board_rows(lines, on_boards, {"corpus": lines[0].corpus, "split": SPLIT})
    return pd.DataFrame(made, columns=COLUMNS)


def _gain_rows(lines: Sequence[Line], shared: dict) -> Iterator[dict]:
    for name, own in by_title(lines).items():
        basis = marked("measured", any(each.stale for each in own))
        seeds = " ".join(str(each.seed) for each in own if each.seed >= 0)
        for level in LEVELS_DB:
            for figure, unit in FIGURES.items():
                found = gained(own, level, figure)
                yield (shared | {"model": name, "parameters": own[0].parameters}
                       | summary(f"{figure}_gained_{level}db", _by_seed(own, level, figure),
                                 unit, basis)
                       | {"low": found.low, "high": found.high, "seeds": seeds,
                          "items": len(own[0].scores.who), "groups": found.groups,
                          "grouping": "speakers"})
    first = lines[0].scores
    for level in LEVELS_DB:
        for figure, unit in FIGURES.items():
            before = first.by_level[level][f"{figure}_before"]
            yield (shared | {"model": NULL, "parameters": 0, "items": len(first.who)}
                   | summary(f"{figure}_{level}db", [float(before.mean())], unit, "measured"))


def pair_rows(lines: Sequence[Line]) -> pd.DataFrame:
    """Every pair of rows of each test, paired over speakers; verdicts hold for all pairs of a
    figure and test together (Holm's correction)."""
    made = []
    for corpus, own in by_corpus(lines).items():
        for figure, metric in PAIRED.items():
            made += [(corpus, SPLIT, metric, one, other, each.difference, each.low, each.high,
                      each.verdict, each.groups)
                     for (one, other), each in pairs_of(own, figure).items()]
    return pd.DataFrame(made, columns=PAIR_COLUMNS)


def pairs_of(lines: Sequence[Line], figure: str) -> dict[tuple[str, str], Comparison]:
    """Every pair of rows of one test in a figure at ``MAIN_DB``, by their titles."""
    named = by_title(lines)
    values = {name: np.stack([each.scores.gain(MAIN_DB, figure) for each in own])
              for name, own in named.items()}
    return pairs_of_means(values, np.array(lines[0].scores.who))


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


def gains_by_level(lines: Sequence[Line]) -> Figure:
    """SI-SDR and STOI gained over the level, a line a row; bars are intervals by speaker.

    Args:
        lines: of one test, see :func:`by_corpus`.
    """
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
        axis.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("loss (dotted: training)", fontsize=9)
    return figure
