"""Sentences made from the table of anomalies."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.scoring.detection import AUC
from lnnlab.scoring.pairs import AHEAD, BEHIND, EQUAL

CHOSEN = ("a detector that calibrates chose from how many windows, and how, by validation machines "
          "whose faults are known")


def anomaly_lines(folder: Path) -> list[str]:
    """What the table says, a sentence a corpus and split; none without the table."""
    places = [folder / "tables" / f"{name}.csv" for name in ("anomalies", "anomalies_pairs")]
    if not all(path.exists() for path in places):
        return []
    rows, pairs = map(pd.read_csv, places)
    rows = rows[rows["fold"].isna()]
    lines = []
    for (corpus, split), own in pairs.groupby(["corpus", "split"], sort=False):
        metric = "f1" if corpus == "skab" else AUC
        own = own[own["metric"] == metric]
        here = rows[(rows["corpus"] == corpus) & (rows["split"] == split)
                    & (rows["metric"] == metric)].drop_duplicates("model").set_index("model")
        lines.append(_sentence(corpus, split, metric, own, here))
        if "not scored" in split:
            lines.append(f"{corpus}, {_rule(split)}: {CHOSEN}")
    return lines


def _rule(split: str) -> str:
    return re.sub(r" [(][^)]*[)]", "", split).split(":")[0]


def _sentence(
    corpus: str, split: str, metric: str, pairs: pd.DataFrame, here: pd.DataFrame
) -> str:
    name = pairs["model"].iloc[0]
    value, low, high = (float(here.loc[name, each]) for each in ("value", "low", "high"))
    said = f"{corpus}, {_rule(split)}: {name} has {metric.upper()} " \
           f"{value:.2f}{'' if np.isnan(low) else f' ({low:.2f} to {high:.2f})'}, "
    parts = [_verdict(pair, float(here.loc[pair["other"], "value"]))
             for _, pair in pairs.iterrows() if pair["other"] in here.index]
    claimed = here[here["basis"] == "claimed"]
    parts += [f"{model} {float(each['value']):.2f}" for model, each in claimed.iterrows()]
    return said + "; ".join(parts)


def _verdict(pair: pd.Series, value: float) -> str:
    words: dict[str, Callable[[], str]] = {
        AHEAD: lambda: f"ahead of {pair['other']} ({value:.2f})",
        BEHIND: lambda: f"behind {pair['other']} ({value:.2f})",
        EQUAL: lambda: f"not distinguishable from {pair['other']} ({value:.2f})"}
    return words[pair["verdict"]]()
