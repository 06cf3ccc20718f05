"""Rows of networks in other runtimes: operators, size, and how far they are from torch."""

from collections.abc import Iterable, Iterator

import pandas as pd

from lnnlab.experiments.other_runtimes import Compared
from lnnlab.experiments.results import corpus_label
from lnnlab.reports.numbers import number
from lnnlab.reports.tables import COLUMNS, summary


def runtime_rows(compared: Iterable[Compared]) -> pd.DataFrame:
    """Opset, nodes and bytes of each network's step in each format, and its differences.

    All of it is float32. ``logit_difference`` is the largest of a logit from torch's, on all test
    windows: after every frame of networks that decide there, else after a window's last one;
    ``decisions_differ`` counts those whose largest logit is another. The board is the package that
    ran it.
    """
    rows = []
    for each in compared:
        shared = {"model": each.label, "parameters": each.parameters,
                  "corpus": corpus_label(each.run.dataset),
                  "split": f"{each.run.split.rule}: {each.run.split.name}",
                  "seeds": str(each.run.seed), "items": each.windows}
        rows += [shared | summary(f"{each.form}_{metric}", [value], unit, "measured")
                 | {"board": each.runtime} for metric, value, unit in _figures(each)]
    return pd.DataFrame(rows, columns=COLUMNS)


def runtime_lines(rows: pd.DataFrame) -> list[str]:
    """What the rows say, a sentence a corpus and split."""
    lines = []
    for (corpus, split), own in rows.groupby(["corpus", "split"], sort=False):
        apart = own[own["metric"].str.endswith("logit_difference")]["value"].max()
        differ = int(own[own["metric"].str.endswith("decisions_differ")]["value"].sum())
        lines.append(f"{corpus}, {split}: {own['model'].nunique()} networks in "
                     f"{' and '.join(own['board'].unique())}, float32: at most {apart:.1e} from "
                     f"torch in a logit, {number(differ)} decisions differ")
    return lines


def _figures(each: Compared) -> Iterator[tuple[str, float, str]]:
    """(metric, value, unit)"""
    yield "opset", each.opset, "1"
    yield "nodes", each.nodes, "1"
    yield "bytes", each.file_bytes, "B"
    yield "logit_difference", each.apart, "1"
    yield "decisions_differ", each.differ, "decisions"
