"""The sound-event tables: average precision by row and class, and events in streams."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from lnnlab.data.dataset import UNITS
from lnnlab.experiments.deployment import Deployment
from lnnlab.experiments.event_streams import EventStudy
from lnnlab.experiments.results import corpus_label
from lnnlab.experiments.scored import Scored, ranked
from lnnlab.reports import sentences
from lnnlab.reports.numbers import number
from lnnlab.reports.pooling import grouped_deployments, grouped_scores
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.reports.views import together
from lnnlab.scoring.pairs import AHEAD, BEHIND
from lnnlab.scoring.ranking import (
    MAP,
    Ranked,
    by_seed,
    class_precisions,
    every_ranking_pair,
    ranking_interval,
)
from lnnlab.scoring.segments import SegmentCounts, f1_interval
from lnnlab.scoring.standings import counted_together

CLASS = "average precision, "  # before a class's name, in metrics
IN_STREAM = "events in a stream, "  # before the rule, in splits
NAMES = {MAP: "mean average precision", "auc": "area under the curve"}


def ranking_rows(scored: Iterable[Scored], metrics: Sequence[str] = (MAP,)) -> pd.DataFrame:
    """Mean average precision (or area under the curve) of each row, and the precision by class.

    Figures are means over folds, as two folds' networks are not ranked against one another; value
    and spread over seeds, low and high the 95 % interval by bootstrap over groups.
    """
    rows = []
    for (corpus, split, label), own in grouped_scores(scored).items():
        found, record = ranked(own), own[0].record
        stale = any(each.stale or each.record.stale for each in own)
        basis = marked("measured", stale)
        shared = {"model": label, "parameters": max(each.record.parameters for each in own),
                  "corpus": corpus, "split": split} | _support(own, found)
        for metric in metrics:
            interval = ranking_interval(found, metric)
            ends = {"low": interval.low, "high": interval.high} if interval.reliable else {}
            rows.append(shared | summary(metric, by_seed(found, metric), "", basis) | ends)
        rows += [shared | summary(CLASS + name, [value], "", basis) for name, value in zip(
            record.run.dataset.classes, class_precisions(found).tolist(), strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _support(own: Sequence[Scored], found: Ranked) -> dict:
    record = own[0].record
    seeds = "" if record.run.null else " ".join(map(str, sorted({
        each.record.seed for each in own})))
    return {"seeds": seeds, "items": len(found.truth), "groups": len(np.unique(found.groups)),
            "grouping": UNITS[record.run.dataset.unit]}


def size_rows(deployed: Iterable[Deployment]) -> pd.DataFrame:
    """Bytes of each network's file."""
    rows = []
    for (corpus, split, label), own in grouped_deployments(deployed).items():
        stale = any(each.stale or each.record.stale for each in own)
        sizes = [float(each.results["flash_bytes"]["model"]) for each in own]
        rows.append({"model": label, "parameters": max(each.parameters for each in own),
                     "corpus": corpus, "split": split}
                    | summary("model_bytes", [max(sizes)], "B", marked("measured", stale)))
    return pd.DataFrame(rows, columns=COLUMNS)


def ranking_pairs(scored: Iterable[Scored], metric: str = MAP) -> pd.DataFrame:
    """Every two rows compared on the same resampled groups; differences in hundredths."""
    rows, tables = [], {}
    for (corpus, split, label), own in grouped_scores(scored).items():
        tables.setdefault((corpus, split), {})[label] = (ranked(own), own)
    for (corpus, split), found in tables.items():
        values = {name: np.mean(by_seed(each, metric)) for name, (each, _) in found.items()}
        names = sorted(found, key=lambda name: -values[name])
        pairs = counted_together(every_ranking_pair(
            {name: found[name][0] for name in names}, metric))
        noun = UNITS[found[names[0]][1][0].record.run.dataset.unit]
        rows += [{"corpus": corpus, "split": split, "metric": metric, "first": names[k],
                  "second": names[j], "difference": 100 * each.difference, "low": 100 * each.low,
                  "high": 100 * each.high, "groups": each.groups, "grouping": noun,
                  "reliable": each.reliable, "verdict": each.verdict}
                 for (k, j), each in pairs.items()]
    return pd.DataFrame(rows, columns=sentences.COLUMNS)


def ranking_lines(rows: pd.DataFrame, pairs: pd.DataFrame, metric: str = MAP) -> list[str]:
    """Which row ranks best, what it is ahead of, and the best null: a sentence a corpus and split.
    """
    lines = []
    shown = together(rows)
    for (corpus, split), own in shown[shown["metric"] == metric].groupby(
            ["corpus", "split"], sort=False):
        own = own.sort_values("value", ascending=False, kind="stable")
        best, nulls = own.iloc[0], own[own["model"].str.contains("(null)", regex=False)]
        mine = pairs[(pairs["corpus"] == corpus) & (pairs["split"] == split)
                     & (pairs["metric"] == metric)]
        line = (f"{corpus}, {sentences.short(split)}: {best['model']} has the highest "
                f"{NAMES[metric]}, {_figure(best)}")
        sides = sentences.seen_from(best["model"], mine)
        for verdict, words in ((AHEAD, "ahead of"), (BEHIND, "behind")):
            named = [each["other"] for each in sides if each["verdict"] == verdict]
            line += f"; {words} {sentences.listed(named)}" if named else ""
        equal = [each["other"] for each in sides if each["verdict"] not in (AHEAD, BEHIND)]
        line += f"; not distinguishable from {sentences.listed(equal)}" if equal else ""
        if len(nulls):
            line += f"; best null: {nulls.iloc[0]['model']}, {_figure(nulls.iloc[0])}"
        lines.append(line)
    return lines


def _figure(row: pd.Series) -> str:
    band = "" if pd.isna(row["low"]) else (
        f" (95 % interval {number(row['low'], 3)} to {number(row['high'], 3)})")
    return f"{number(row['value'], 3)}{band}"


def stream_rows(studies: Sequence[EventStudy], found: Sequence[Mapping]) -> pd.DataFrame:
    """Segment-based F1 of the studies' test streams together, with what listening takes.

    The interval is a bootstrap over stretches of half a minute.

    Args:
        studies: of one network, a fold each.
        found: of :func:`lnnlab.experiments.event_streams.event_studies`.
    """
    rows, run = [], studies[0].run
    stale = any(each["stale"] for each in found)
    split = IN_STREAM + sentences.short(run.split.rule)
    shared = {"corpus": corpus_label(run.dataset), "split": split,
              "seeds": " ".join(map(str, sorted({each.run.seed for each in studies}))),
              "items": sum(each["segments"] for each in found), "grouping": "stretches"}
    for level in dict.fromkeys(line["level"] for each in found for line in each["lines"]):
        lines = [line for each in found for line in each["lines"] if line["level"] == level]
        counts = SegmentCounts(*(np.concatenate([line[name] for line in lines])
                                 for name in ("hits", "false", "missed")))
        low, high = f1_interval(counts)
        title = run.label if level == "always" else (
            f"{run.label}, policy within {100 * float(level):.0f} % of the cycles")
        own = shared | {"model": title, "groups": len(counts.hits)}
        rows.append(own | summary("segment_f1", [100 * counts.f1], "%", marked("measured", stale))
                    | {"low": 100 * low, "high": 100 * high})
        rows += [own | summary(name, [float(np.mean([line[key] for line in lines]))], unit,
                               marked(basis, stale)) | {"board": studies[0].board_name}
                 for name, key, unit, basis in (
                     ("cycles_per_s", "cycles_per_s", "cycles", "emulated"),
                     (f"power_{studies[0].board_name}", "power_mw", "mW", "modelled"),
                     ("frames computed", "steps_percent", "%", "measured"))]
    constant = [100 * each["constant_f1"] for each in found]
    rows.append(shared | {"model": "best constant answer (null)", "seeds": ""}
                | summary("segment_f1", [float(np.mean(constant))], "%", "measured"))
    return pd.DataFrame(rows, columns=COLUMNS)


def stream_lines(rows: pd.DataFrame) -> list[str]:
    """What was found second by second, and what listening took: a sentence a row."""
    lines = []
    for (corpus, model), own in rows.groupby(["corpus", "model"], sort=False):
        f1 = own[own["metric"] == "segment_f1"].iloc[0]
        power = own[own["metric"].str.startswith("power_")]["value"]
        band = "" if pd.isna(f1["low"]) else (
            f" (95 % interval {number(f1['low'], 1)} to {number(f1['high'], 1)})")
        taken = f", {number(power.iloc[0], 2)} mW modelled" if len(power) else ""
        lines.append(f"{corpus}, in a stream: {model}, segment-based F1 {number(f1['value'], 1)} %"
                     f"{band}{taken}")
    return lines
