"""Rows of networks in other runtimes: operators, size, and how far they are from torch."""

from collections.abc import Iterable, Iterator

import pandas as pd

from lnnlab.experiments.other_runtimes import Compared
from lnnlab.experiments.results import corpus_label
from lnnlab.reports.numbers import number
from lnnlab.reports.sentences import listed, short
from lnnlab.reports.tables import COLUMNS, summary

CLOSE = 1e-5  # of a logit: what rounding does to a network that makes little of it
ROUNDING = "torch_rounding"


def runtime_rows(compared: Iterable[Compared]) -> pd.DataFrame:
    """Opset, nodes and bytes of each network's step in each format, and its differences.

    All of it is float32. ``logit_difference`` is the largest of a logit from torch's, on all test
    windows: after every frame of networks that decide there, else after a window's last one;
    ``decisions_differ`` counts those whose largest logit is another. ``torch_rounding`` is the
    difference of torch in float32 from torch in float64 on the same windows: a network that feeds
    back much makes much of the last bit, wherever it runs. The board is the package that ran it.
    """
    rows = []
    for each in compared:
        shared = {"model": each.label, "parameters": each.parameters,
                  "corpus": corpus_label(each.run.dataset),
                  "split": f"{each.run.split.rule}: {each.run.split.name}",
                  "seeds": str(each.run.seed), "items": each.windows}
        own = shared | summary(ROUNDING, [each.rounding], "1", "measured")
        rows += [] if own in rows else [own]  # once for all formats
        rows += [shared | summary(f"{each.form}_{metric}", [value], unit, "measured")
                 | {"board": each.runtime} for metric, value, unit in _figures(each)]
    return pd.DataFrame(rows, columns=COLUMNS)


def runtime_lines(rows: pd.DataFrame) -> list[str]:
    """What the rows say, a sentence a corpus and split; networks beyond ``CLOSE`` by name."""
    lines = []
    for (corpus, split), own in rows.groupby(["corpus", "split"], sort=False):
        apart = own[own["metric"].str.endswith("logit_difference")]
        differ = int(own[own["metric"].str.endswith("decisions_differ")]["value"].sum())
        rounding = own[own["metric"] == ROUNDING].set_index("model")["value"]
        far = apart.groupby("model", sort=False)["value"].max()
        named = [f"{model} ({each:.1e}; torch's own float32 is {rounding[model]:.1e} from float64)"
                 for model, each in far[far > CLOSE].items()]
        but = f" but for {listed(named)}" if named else ""
        decisions = "1 decision differs" if differ == 1 else f"{number(differ)} decisions differ"
        lines.append(f"{corpus}, {short(split)}: {number(len(far))} networks in "
                     f"{listed(list(apart['board'].unique()))}, float32: every logit within "
                     f"{CLOSE:g} of torch{but}; {decisions}")
    return lines


def _figures(each: Compared) -> Iterator[tuple[str, float, str]]:
    """(metric, value, unit)"""
    yield "opset", each.opset, "1"
    yield "nodes", each.nodes, "1"
    yield "bytes", each.file_bytes, "B"
    yield "logit_difference", each.apart, "1"
    yield "decisions_differ", each.differ, "decisions"
