"""Rows, verdicts and sentences of the table of anomalies."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lnnlab.experiments.anomalies.lives import lives
from lnnlab.experiments.anomalies.problem import Problem
from lnnlab.experiments.anomalies.pump import RULE, PumpScores
from lnnlab.experiments.anomalies.study import LIQUID, ROWS, SPOILT, Judged, scored
from lnnlab.experiments.results import corpus_label
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.scoring.detection import AUC, METRICS, by_seed, detection_interval, detection_pairs
from lnnlab.scoring.intervals import bounds
from lnnlab.scoring.pairs import AHEAD, ALPHA, BEHIND, EQUAL, holm, p_value

RATES = ("false_alarms", "misses")
PUBLISHED = (  # of the SKAB leaderboard, outlier detection, corpus v0.9 of 34 files
    "isolation forest", {"f1": 0.40, "false_alarms": 6.86, "misses": 72.09},
    "github.com/waico/SKAB, README, commit 80bac4a")
PAIR_COLUMNS = ("corpus", "split", "metric", "model", "other", "difference", "low", "high",
                "verdict", "groups")
DRAWS = 2000


def by_row(judged: Sequence[Judged]) -> dict[str, list[Judged]]:
    """Records of each row of one corpus and split, by its name, in their order."""
    found: dict[str, list[Judged]] = {}
    for each in judged:
        found.setdefault(each.row.name, []).append(each)
    return found


def anomaly_rows(judged: Sequence[Judged]) -> pd.DataFrame:
    """Tidy rows of one corpus and split: figures with intervals over groups, by fold the AUC."""
    rows = []
    for own in by_row(judged).values():
        given, first = scored(own), own[0]
        seeds = " ".join(str(seed) for seed in sorted({each.seed for each in own}))
        shared = {"model": first.row.label, "corpus": corpus_label(first.problem.dataset),
                  "split": first.problem.split.rule, "groups": len(np.unique(given.groups)),
                  "parameters": max(each.results["parameters"] for each in own),
                  "seeds": seeds if first.row.seeded else "", "items": len(given.anomalous),
                  "grouping": f"{first.results['unit']}s"}
        basis = marked("measured", any(each.stale for each in own))
        for metric in METRICS:
            scale = 100 if metric in RATES else 1
            ends = detection_interval(given, metric)
            rows.append(shared | summary(
                metric, [scale * each for each in by_seed(given, metric)],
                "%" if metric in RATES else "", basis)
                | ({"low": scale * ends.low, "high": scale * ends.high} if ends.reliable else {}))
        rows += [shared | {"fold": fold, "items": len(part[0].scores)} | summary(
            AUC, by_seed(scored(part), AUC), "", basis) for fold, part in _folds(own).items()]
        if first.row.fit is None:
            rows.append(shared | summary("threshold", _thresholds(own), "spreads²", basis))
    return pd.DataFrame(rows, columns=COLUMNS)


def _folds(own: Sequence[Judged]) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for each in own:
        found.setdefault(each.problem.split.name, []).append(each)
    return found if len(found) > 1 else {}


def _thresholds(own: Sequence[Judged]) -> list[float]:
    """Mean over folds of each seed, in squared spreads of the errors."""
    seeds = sorted({each.seed for each in own})
    return [float(np.mean([each.results["in_spreads"] for each in own if each.seed == seed]))
            for seed in seeds]


def life_rows(judged: Sequence[Judged]) -> pd.DataFrame:
    """Hours of warning before the end of each bearing, mean over seeds, and of all of them."""
    rows = []
    for own in by_row(judged).values():
        if own[0].row.name == SPOILT:
            continue
        first, found = own[0], lives(own)
        shared = {"model": first.row.label, "corpus": first.problem.dataset.name,
                  "split": first.problem.split.rule, "grouping": "bearings"}
        basis = marked("measured", any(each.stale for each in own))
        bearings = sorted({each.bearing for each in found})
        hours = {name: [each.warning_h for each in found if each.bearing == name]
                 for name in bearings}
        rows += [shared | {"fold": f"bearing {name}"} | summary("warning", each, "h", basis)
                 for name, each in hours.items()]
        means = [float(np.mean(each)) for each in hours.values()]
        rows.append(shared | {"groups": len(means)} | summary(
            "median_warning", [float(np.median(means))], "h", basis))
        trends = [float(np.mean([each.trend for each in found if each.bearing == name]))
                  for name in bearings]
        rows.append(shared | {"groups": len(means)} | summary(
            "trend", [float(np.mean(trends))], "rank correlation", basis))
        rows.append(shared | {"groups": len(means)} | summary(
            "warned", [float(sum(each > 0 for each in means))], "bearings", basis))
    return pd.DataFrame(rows, columns=COLUMNS)


def pump_rows(found: Sequence[PumpScores]) -> pd.DataFrame:
    """SKAB: F1, FAR and MAR over all seconds, intervals over files; the published figures."""
    rows = []
    shared = {"corpus": "skab", "split": RULE, "grouping": "files"}
    for own in _pump_by_row(found).values():
        files = len(own[0].results["files"])
        seconds = sum(each[k] for each in own[0].results["files"]
                      for k in ("right", "false", "missed", "sound")) - sum(
            each["false"] for each in own[0].results["files"])
        weights = file_weights(files)
        for metric in ("f1", *RATES, AUC):
            scale = 100 if metric in RATES else 1
            drawn = np.mean([each.figure(metric, weights) for each in own], axis=0)
            low, high = bounds(scale * drawn, files, 0.95)
            rows.append(shared | {
                "model": own[0].row.label, "parameters": own[0].results["parameters"],
                "seeds": " ".join(str(each.seed) for each in own) if own[0].row.seeded else "",
                "items": seconds, "groups": files} | summary(
                metric, [scale * float(each.figure(metric)[0]) for each in own],
                "%" if metric in RATES else "",
                marked("measured", any(each.stale for each in own)))
                | {"low": low, "high": high})
    name, figures, _ = PUBLISHED
    rows += [shared | {"model": f"{name} (published, 34 files)"} | summary(
        metric, [value], "%" if metric in RATES else "", "claimed")
        for metric, value in figures.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def target_rows(results: dict, problem: Problem, label: str = ROWS[LIQUID].label) -> pd.DataFrame:
    """Rows of :func:`lnnlab.experiments.anomalies.deployed.deployed`."""
    shared = {"model": label, "parameters": results["parameters"],
              "corpus": corpus_label(problem.dataset), "split": problem.split.rule,
              "fold": problem.split.name, "items": results["frames"]}
    return _board_rows(results, shared)


def pump_target_rows(results: dict) -> pd.DataFrame:
    """Rows of :func:`lnnlab.experiments.anomalies.pump_deployed.pump_deployed`."""
    return _board_rows(results, {
        "model": ROWS[LIQUID].label, "parameters": results["parameters"], "corpus": "skab",
        "split": RULE, "items": results["frames"], "grouping": "files"})


def _board_rows(results: dict, shared: dict) -> pd.DataFrame:
    rows = [shared | summary("model_bytes", [results["model_bytes"]], "B", "measured")]
    rows += [shared | summary("differ", [each], f"frames of {results['frames']}",
                              "measured" if core == "host" else "emulated") | {"board": core}
             for core, each in results["differ"].items()]
    for name, each in results["boards"].items():
        for metric, key, unit, basis in (
            ("frame_cycles", "frame_cycles", "cycles", "emulated"),
            ("calibration_cycles", "calibration_cycles", "cycles", "emulated"),
            ("power", "average_mw", "mW", "modelled"),
        ):
            if key not in each:  # of a file that does not calibrate
                continue
            rows.append(shared | summary(metric, [each[key]], unit, basis) | {"board": name})
    return pd.DataFrame(rows, columns=COLUMNS)


def _pump_by_row(found: Sequence[PumpScores]) -> dict[str, list[PumpScores]]:
    rows: dict[str, list[PumpScores]] = {}
    for each in found:
        rows.setdefault(each.row.name, []).append(each)
    return rows


def file_weights(files: int) -> np.ndarray:
    """How often each file counts in each draw, (draw, file)."""
    return np.random.default_rng(0).multinomial(
        files, np.full(files, 1 / files), DRAWS).astype(float)


def pair_rows(judged: Sequence[Judged], metrics: Sequence[str] = (AUC, "pauc", "f1"),
              first_row: str = LIQUID) -> pd.DataFrame:
    """One row, else the liquid network, against every other one, paired over groups."""
    own = by_row(judged)
    given = {rows[0].row.label: scored(rows) for name, rows in own.items() if name != SPOILT}
    liquid, first = own[first_row][0].row.label, own[first_row][0]
    shared = (corpus_label(first.problem.dataset), first.problem.split.rule)
    return pd.DataFrame([
        (*shared, metric, one, other, each.difference, each.low, each.high, each.verdict,
         each.groups)
        for metric in metrics for (one, other), each in detection_pairs(given, metric).items()
        if one == liquid], columns=PAIR_COLUMNS)


def pump_pairs(found: Sequence[PumpScores]) -> pd.DataFrame:
    """The same on SKAB, paired over files; verdicts hold for all pairs of a metric together."""
    own = _pump_by_row(found)
    weights, rows = file_weights(len(found[0].results["files"])), []

    def of(name: str, metric: str, weights: np.ndarray | None) -> np.ndarray:
        return np.mean([each.figure(metric, weights) for each in own[name]], axis=0)

    files = weights.shape[1]
    for metric in ("f1", AUC):
        others = [name for name in own if name != LIQUID]
        apart = [of(LIQUID, metric, weights) - of(name, metric, weights) for name in others]
        said = [float((of(LIQUID, metric, None) - of(name, metric, None))[0]) for name in others]
        adjusted = holm([p_value(each, drawn, files)
                         for each, drawn in zip(said, apart, strict=True)])
        for name, drawn, difference, p in zip(others, apart, said, adjusted, strict=True):
            low, high = bounds(drawn, files, 0.95)
            verdict = EQUAL if p >= ALPHA else AHEAD if low > 0 else BEHIND if high < 0 else EQUAL
            rows.append(("skab", RULE, metric, own[LIQUID][0].row.label, own[name][0].row.label,
                         difference, low, high, verdict, files))
    return pd.DataFrame(rows, columns=PAIR_COLUMNS)


def spoilt_lines(rows: pd.DataFrame) -> list[str]:
    """What anomalies among the normal windows do to the liquid network: threshold, AUC, misses.

    Args:
        rows: of :func:`anomaly_rows`, with both of its rows.
    """
    named = {name: rows[(rows["model"] == ROWS[name].label) & rows["fold"].isna()]
             .set_index("metric")["value"] for name in (LIQUID, SPOILT)}
    clean, spoilt = named[LIQUID], named[SPOILT]
    return [
        f"the threshold goes from {clean['threshold']:.2f} to {spoilt['threshold']:.2f}, "
        f"{spoilt['threshold'] / clean['threshold']:.1f} times as high",
        f"AUC goes from {clean[AUC]:.3f} to {spoilt[AUC]:.3f}, misses from "
        f"{clean['misses']:.0f} to {spoilt['misses']:.0f} %",
    ]
