"""Sentences about which row is ahead of which, made from paired comparisons and never typed.

Pairs are compared on the same resampled groups and kept as a table, so that README, page and
notebooks say the same: see :mod:`lnnlab.scoring.pairs`.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.experiments.results import RunRecord
from lnnlab.reports import tables
from lnnlab.reports.pooling import Pool, grouped, of_test, pool
from lnnlab.reports.rows import ACCURACIES, benchmark_rows
from lnnlab.reports.views import is_measured, together
from lnnlab.scoring.intervals import Interval, Resampling
from lnnlab.scoring.pairs import AHEAD, BEHIND, EQUAL, WHAT, counted, every_pair, percent, points
from lnnlab.scoring.standings import counted_together

COLUMNS = ("corpus", "split", "metric", "first", "second", "difference", "low", "high", "groups",
           "grouping", "reliable", "verdict")
NULL = "(null)"  # at the end of a null baseline's label, or before its variant
UNEVEN = 1.2  # the majority class's share over that of even classes: from here on, uneven


def pairs_name(table: str) -> str:
    """Name of the table that holds the pairs of another one."""
    return f"{table}_pairs"


def pair_rows(records: Iterable[RunRecord]) -> pd.DataFrame:
    """Every two rows of a benchmark compared on the same test items, per corpus and split.

    Verdicts hold for all pairs of a split together (Holm's correction), intervals for each pair
    alone; differences are in points, first less second. Rows that were tested on other items than
    the others, such as on longer windows, are compared among themselves.
    """
    rows = []
    for (corpus, split), pools in _by_split(records).items():
        for same in _on_same_items(pools):
            rows += [{"corpus": corpus, "split": split} | each
                     for metric in ACCURACIES for each in _pairs(same, metric)]
    return pd.DataFrame(rows, columns=COLUMNS)


def standing(records: Sequence[RunRecord]) -> list[str]:
    """What the figures of a benchmark say: leader, what it is ahead of, nulls, folds."""
    return standing_lines(benchmark_rows(records), pair_rows(records))


def standing_lines(table: pd.DataFrame, pairs: pd.DataFrame, focus: str = "") -> list[str]:
    """The same from a table and its pairs: for each corpus and split a heading and its lines.

    Args:
        table: tidy rows of a benchmark.
        pairs: of :func:`pair_rows`.
        focus: a row that is set beside the others too, wherever it stands.
    """
    lines = []
    measured = table[is_measured(table)]
    for (corpus, split), own in measured.groupby(["corpus", "split"], sort=False):
        own_pairs = pairs[(pairs["corpus"] == corpus) & (pairs["split"] == split)]
        found = lines_of(own, own_pairs, focus)
        lines += [f"{corpus}, {short(split)}:", *(f"  {each}." for each in found)] if found else []
    return lines


def brief(lines: Sequence[str]) -> list[str]:
    """Of :func:`standing_lines` the headings, leaders and nulls."""
    kept = ("has the highest", "best null")
    return [line for line in lines
            if not line.startswith("  ") or any(each in line for each in kept)]


def lines_of(own: pd.DataFrame, pairs: pd.DataFrame, focus: str = "") -> list[str]:
    """Sentences, without full stops, on the rows of one corpus and split.

    Args:
        own: its tidy rows; pairs: its pairs; focus: see :func:`standing_lines`.
    """
    metrics = ACCURACIES if uneven(own) else ACCURACIES[:1]
    lines = []
    for metric in metrics:
        lines += metric_lines(own, pairs, metric, focus)
    by_fold = _fold_line(own)
    return lines + ([by_fold] if by_fold else [])


def ranking(own: pd.DataFrame, metric: str = "accuracy") -> pd.DataFrame:
    """The pooled rows of a metric, highest value first."""
    rows = together(own)
    return rows[rows["metric"] == metric].sort_values("value", ascending=False, kind="stable")


def uneven(own: pd.DataFrame) -> bool:
    """Whether classes are so uneven that accuracy alone misleads: by the majority class's row."""
    rows = together(own)
    rows = rows[rows["model"].str.startswith("majority class")]
    found = rows.drop_duplicates("metric").set_index("metric")["value"]
    return set(ACCURACIES) <= set(found.index) and bool(
        found["accuracy"] >= UNEVEN * found["balanced_accuracy"])


def beside(name: str, pairs: pd.DataFrame) -> str:
    """What a row is ahead of, behind and not distinguishable from: one sentence.

    Args:
        name: of the row; pairs: of one corpus, split and metric.
    """
    sides = seen_from(name, pairs)
    if not sides:
        return ""
    groups = counted(int(pairs["groups"].iloc[0]), str(pairs["grouping"].iloc[0]))
    parts = []
    for verdict, start in ((AHEAD, "is ahead of "), (BEHIND, "is behind "),
                           (EQUAL, "is not distinguishable from ")):
        named = [_with_margin(each) for each in sides if each["verdict"] == verdict]
        if named:
            parts.append(start + listed(named))
    few = "" if pairs["reliable"].astype(str).eq("True").all() else (
        ", too few or too uneven for a verdict")
    return f"{name} {'; '.join(parts)} (points, 95 % interval; paired over {groups}{few})"


def seen_from(name: str, pairs: pd.DataFrame) -> list[dict]:
    """The pairs that hold a row, as seen from it: ``other``, ``verdict``, ``ends`` in points.

    Args:
        name: of the row; pairs: of one corpus, split and metric.
    """
    flipped = {AHEAD: BEHIND, BEHIND: AHEAD, EQUAL: EQUAL}
    found = []
    for each in pairs.itertuples():
        if each.first == name:
            found.append({"other": each.second, "verdict": each.verdict,
                          "ends": (each.difference, each.low, each.high)})
        elif each.second == name:
            found.append({"other": each.first, "verdict": flipped[each.verdict],
                          "ends": (-each.difference, -each.high, -each.low)})
    return found


def short(split: str) -> str:
    """A split in few words: without what stands in brackets and behind a colon."""
    return re.sub(r" [(].*[)]", "", str(split)).split(":")[0]


def listed(names: Sequence[str]) -> str:
    """Names in a row: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def read_pairs(table: str, folder: Path) -> pd.DataFrame:
    """The pairs of a table that was written; none where they were not."""
    path = folder / "tables" / f"{pairs_name(table)}.csv"
    return tables.read(pairs_name(table), folder) if path.exists() else pd.DataFrame(
        columns=COLUMNS)


def metric_lines(own: pd.DataFrame, pairs: pd.DataFrame, metric: str, focus: str = "") -> list[str]:
    """Sentences on one figure, a key of ``WHAT``, of a corpus and split: see :func:`lines_of`."""
    ranked, pairs = ranking(own, metric), pairs[pairs["metric"] == metric]
    if not len(ranked):
        return []
    leader = ranked.iloc[0]
    lines = [f"{leader['model']} has the highest {WHAT[metric]}, {_figure(leader)}"]
    lines.append(beside(leader["model"], pairs))
    if focus in set(ranked["model"]) and focus != leader["model"]:
        lines.append(beside(focus, pairs))
    lines.append(_null_line(ranked, pairs))
    return [line for line in lines if line]


def _null_line(ranked: pd.DataFrame, pairs: pd.DataFrame) -> str:
    """How many networks the best null baseline leaves behind, and which are ahead of it."""
    is_null = ranked["model"].str.contains(NULL, regex=False)
    if not is_null.any() or is_null.all():
        return ""
    null = ranked[is_null].iloc[0]
    sides = [each for each in seen_from(null["model"], pairs)
             if NULL not in each["other"]]
    count = {verdict: sum(each["verdict"] == verdict for each in sides)
             for verdict in (BEHIND, EQUAL, AHEAD)}
    text = f"best null: {null['model']}, {_figure(null)}"
    if not sides:
        return text if null["model"] != ranked.iloc[0]["model"] else ""
    return (f"{text}; of {len(sides)} networks {count[BEHIND]} are ahead of it, {count[EQUAL]} "
            f"not distinguishable, {count[AHEAD]} behind")


def _fold_line(own: pd.DataFrame) -> str:
    """Which row has the highest accuracy in each fold."""
    rows = own[(own["metric"] == "accuracy") & ~own.index.isin(together(own).index)]
    first = []
    for fold, same in rows.groupby("fold", sort=False):
        top = same[same["value"] == same["value"].max()]["model"]
        first.append(f"{fold}: {listed(list(top)) if len(top) < 4 else f'{len(top)} rows alike'}")
    return f"highest by fold: {'; '.join(first)}" if first else ""


def _figure(row: pd.Series) -> str:
    """A figure with its interval and groups; without them where a table does not tell."""
    if pd.isna(row["groups"]):
        return f"{row['value']:.1f} %"
    found = Interval(row["value"] / 100, row["low"] / 100, row["high"] / 100, int(row["groups"]),
                     int(row["items"]), 1, reliable=bool(pd.notna(row["low"])))
    return percent(found, str(row["grouping"]))


def _with_margin(side: dict) -> str:
    if side["verdict"] == EQUAL:
        return side["other"]
    size, low, high = side["ends"]
    ends = (size, low, high) if size > 0 else (-size, -high, -low)
    shown = points([each / 100 for each in ends])
    return f"{side['other']} by {shown[0]} ({shown[1]} to {shown[2]})"


def _by_split(records: Iterable[RunRecord]) -> dict[tuple[str, str], dict[str, Pool]]:
    found: dict[tuple[str, str], dict[str, Pool]] = {}
    for (corpus, split, label), own in grouped(records).items():
        found.setdefault((corpus, split), {})[label] = pool(of_test(own))
    return found


def _on_same_items(pools: dict[str, Pool]) -> list[dict[str, Pool]]:
    """Rows in sets that were tested on the same items."""
    found: dict[bytes, dict[str, Pool]] = {}
    for label, each in pools.items():
        key = each.items.truth.tobytes() + "\0".join(map(str, each.items.groups)).encode()
        found.setdefault(key, {})[label] = each
    return [each for each in found.values() if len(each) > 1]


def _pairs(pools: dict[str, Pool], metric: str) -> list[dict]:
    names = sorted(pools, key=lambda name: -float(np.mean(pools[name].percent(metric))))
    compared = counted_together(every_pair(
        {name: pools[name].items for name in names}, Resampling(metric)))
    return [
        {"metric": metric, "first": names[k], "second": names[j],
         "difference": 100 * each.difference, "low": 100 * each.low, "high": 100 * each.high,
         "groups": each.groups, "grouping": pools[names[k]].noun, "reliable": each.reliable,
         "verdict": each.verdict}
        for (k, j), each in compared.items()
    ]
