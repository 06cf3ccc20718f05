"""Sentences about rows that differ in one thing: level, or the value that a sensor stands at."""

from pathlib import Path

import pandas as pd

from lnnlab.experiments.variants import WITH_MEANS, WITHOUT_LEVEL, WITHOUT_MEANS
from lnnlab.reports import tables
from lnnlab.reports.numbers import number
from lnnlab.reports.sentences import lines_of, read_pairs, seen_from, short
from lnnlab.reports.views import is_measured, together
from lnnlab.scoring.pairs import AHEAD, WHAT, points

ACCURACY = "accuracy"
UNSEEN = {"fault_size_variants": "fault sizes", "condition_variants": "speeds and loads"}


def variant_lines(folder: Path) -> list[str]:
    """What the variants for unseen fault sizes, speeds and loads say, and what level gives them.

    Args:
        folder: of a profile's reports.
    """
    lines = []
    for name, unseen in UNSEEN.items():
        tidy = tables.read(name, folder).reindex(columns=tables.COLUMNS)
        usual = tidy[tidy["items"] == tidy["items"].max()]  # not those on longer windows
        found = lines_of(usual, read_pairs(name, folder).iloc[:0])[:1]
        lines += [f"variants for unseen {unseen}: {each}"
                  for each in (*found, level_line(usual)) if each]
    return lines


def level_line(own: pd.DataFrame) -> str:
    """What rows are left with where the level is taken from their features: one sentence.

    Args:
        own: tidy rows of variants on one corpus and split.
    """
    values, said = _accuracies(own), []
    for name in values.index:
        start, _, variant = name.rpartition(", ")
        other = f"{start}, {WITHOUT_LEVEL.get(variant)}"
        if other in values.index:
            said.append(f"{name}: {number(values[other], 1)} in place of "
                        f"{number(values[name], 1)} %")
    return f"{WHAT[ACCURACY]} without level: {'; '.join(said)}" if said else ""


def standing_value_lines(table: pd.DataFrame, pairs: pd.DataFrame) -> list[str]:
    """What networks lose that are not given the mean of a block, a sentence a corpus and split.

    Args:
        table: tidy rows of a benchmark; pairs: of :func:`lnnlab.reports.sentences.pair_rows`.
    """
    lines, measured = [], table[is_measured(table)]
    for (corpus, split), own in measured.groupby(["corpus", "split"], sort=False):
        values = _accuracies(own)
        alike = pairs[(pairs["corpus"] == corpus) & (pairs["split"] == split)
                      & (pairs["metric"] == ACCURACY)]
        for name in [each for each in values.index if each.endswith(WITH_MEANS)]:
            other = name.removesuffix(WITH_MEANS) + WITHOUT_MEANS
            lines += [
                f"{corpus}, {short(split)}: {name}: {number(values[name], 1)} %; {WITHOUT_MEANS}: "
                f"{number(values[other], 1)} %; {_difference(side)}"
                for side in seen_from(name, alike) if side["other"] == other
            ]
    return lines


def _accuracies(own: pd.DataFrame) -> pd.Series:
    """Model → pooled accuracy, %."""
    rows = together(own)
    return rows[rows["metric"] == ACCURACY].drop_duplicates("model").set_index("model")["value"]


def _difference(side: dict) -> str:
    size, low, high = points([each / 100 for each in side["ends"]])
    said = ("what is missing is how the sensor stands: scores under this split may be its placement"
            if side["verdict"] == AHEAD else "not distinguishable")
    return f"{size} points ({low} to {high}): {said}"
