"""Rows of the benchmark tables, from typed records."""

from collections.abc import Iterable, Sequence

import pandas as pd

from lnnlab.experiments.results import RunRecord
from lnnlab.reports.pooling import Answered, folds_of, grouped, of_test, pool
from lnnlab.reports.tables import COLUMNS, marked, summary

ACCURACIES = ("accuracy", "balanced_accuracy")


def benchmark_rows(records: Iterable[RunRecord]) -> pd.DataFrame:
    """Rows of a benchmark: accuracies, pooled and by fold, and the size of the networks.

    Accuracy is pooled: for each seed, right answers over answers of all folds together. Value and
    spread are mean and standard deviation (n − 1) over seeds, in percent; low and high the 95 %
    interval by bootstrap over groups. Items are different test windows. Parameters are those of
    the largest network, as each fold chooses its recipe.
    """
    rows = []
    for (corpus, split, label), own in grouped(records).items():
        stale = any(each.stale for each in own)
        shared = {"model": label, "parameters": max(each.parameters for each in own),
                  "corpus": corpus, "split": split}
        basis = marked("measured", stale)
        for metric in ACCURACIES:
            rows.append(shared | accuracy_row(metric, of_test(own), basis, metric))
        for fold, answered in folds_of(of_test(own)).items():
            size = max(each.parameters for each in own if each.fold == fold)
            rows += [shared | {"fold": fold, "parameters": size}
                     | accuracy_row(metric, answered, basis, metric) for metric in ACCURACIES]
        rows += [shared | each for each in _sizes(own, stale)]
    return pd.DataFrame(rows, columns=COLUMNS)


def accuracy_row(
    name: str, answered: Sequence[Answered], basis: str, metric: str = "accuracy"
) -> dict:
    """The columns of one accuracy: mean, spread, interval, and what it rests on.

    Args:
        name: of the figure in the table.
        answered: runs with their answers.
        basis: what it rests on.
        metric: ``"accuracy"`` or ``"balanced_accuracy"``.
    """
    found = pool(answered)
    low, high = found.bounds_percent(metric)
    return summary(name, found.percent(metric), "%", basis) | {"low": low, "high": high} | (
        support(answered))


def support(answered: Sequence[Answered]) -> dict:
    """Seeds (none of null baselines, which draw nothing), items and groups behind a figure."""
    found = pool(answered)
    seeds = "" if answered[0].run.null else " ".join(str(seed) for seed in sorted(found.seeds))
    return {"seeds": seeds, "items": found.windows, "groups": found.groups,
            "grouping": found.noun}


def _sizes(own: Sequence[RunRecord], stale: bool) -> list[dict]:
    """Weight bytes and multiplications of the largest network; nothing of null baselines."""
    if any(each.macs is None for each in own):
        return []
    count = max(each.parameters for each in own)
    macs = max(each.macs for each in own)
    return [summary(metric, [value], unit, marked(basis, stale)) for metric, value, unit, basis in (
        ("weight_bytes_float32", 4 * count, "B", "measured"),
        ("weight_bytes_int8", count, "B", "modelled"),
        ("macs", macs, "MAC", "measured"),
    )]
