"""What adding words came to: words never heard that are let in beside a plain network's.

A plain network is the same row on the corpus without made words and words read aloud, and refuses
by the probability of its best command: what one has who does nothing about it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.experiments.refusing import TABLE, Heard, Refusing
from lnnlab.records import Records
from lnnlab.reports.numbers import number
from lnnlab.reports.refusals import SPEAKERS, by_row, refusal_rows, word_scores
from lnnlab.reports.tables import COLUMNS
from lnnlab.scoring.intervals import bounds
from lnnlab.scoring.refusal import REFUSED, Scored, refusals

PLAIN = "_unmade"  # ends the name of the corpus without added words
ADDED = ("_spoken",)  # end the names of corpora with other words than the usual ones
ACCEPTED, LESS = "accepted_of_plain", "auc_above_plain"


def all_rows(found: Sequence[Refusing], folder: Path) -> pd.DataFrame:
    """:func:`lnnlab.reports.refusals.refusal_rows` and :func:`plain_rows` in one."""
    parts = [refusal_rows(found), plain_rows(found, folder)]
    return pd.concat([each for each in parts if len(each)]) if len(found) else parts[0]


def plain_rows(found: Iterable[Refusing], folder: Path) -> pd.DataFrame:
    """Rows of the wide keyword table: words never heard accepted where a twentieth of the commands
    is refused, as a share of the plain network's by softmax, and the area under the curve above
    its, with intervals over the speakers of both; nothing where no plain network is recorded.

    Args:
        found: of one corpus.
        folder: of the profile's reports.
    """
    rows = []
    for (corpus, split, label), own in by_row(found).items():
        name = own[0].record.run.dataset.name
        plain = _plain_scores(folder, name, label, own[0].commands)
        scored = word_scores(own)
        if plain is None or name.endswith(PLAIN) or not np.array_equal(plain.groups, scored.groups):
            continue
        shared = {"model": label, "corpus": corpus, "split": split, "grouping": SPEAKERS,
                  "parameters": max(each.record.parameters for each in own), "basis": "measured",
                  "items": int((~scored.known).sum()), "groups": len(np.unique(scored.groups)),
                  "seeds": " ".join(str(each.record.seed) for each in own), "unit": "1"}
        rows += [shared | each for each in _compared(scored, plain)]
    return pd.DataFrame(rows, columns=COLUMNS)


def plain_lines(rows: pd.DataFrame) -> list[str]:
    """A sentence for each network that stands beside its plain one.

    Args:
        rows: of the table ``keyword_wide``.
    """
    lines = []
    for _, row in rows[rows["metric"] == ACCEPTED].iterrows():
        own = rows[(rows["corpus"] == row["corpus"]) & (rows["model"] == row["model"])]
        value = own.drop_duplicates("metric").set_index("metric")
        lines.append(
            f"{row['corpus']}: where {100 * REFUSED:g} % of the commands are refused, "
            f"{row['model']} accepts {_said(row, 2)} times as many words never heard as the same "
            "network without added words does by softmax; its area under the curve is higher by "
            f"{_said(value.loc[LESS], 3)}")
    return lines


def _said(row: pd.Series, decimals: int) -> str:
    value, low, high = (number(row[each], decimals) for each in ("value", "low", "high"))
    return f"{value} (95 % interval {low} to {high}, {number(row['groups'], 0)} speakers)"


def _compared(scored: Scored, plain: Scored) -> list[dict]:
    """Quotient of what is accepted and difference of areas, on the same drawn speakers."""
    groups = len(np.unique(scored.groups))
    found = []
    for metric, figure in ((ACCEPTED, "unknown_refused"), (LESS, "unknown_auc")):
        whole, drawn = refusals([scored, plain], figure)
        values = np.array([each.mean() for each in whole])
        compare = _quotient if metric == ACCEPTED else _difference
        resampled = compare(*drawn)
        low, high = bounds(resampled[np.isfinite(resampled)], groups, 0.95)
        found.append({"metric": metric, "value": float(compare(*values)), "low": low, "high": high})
    return found


def _quotient(refused: np.ndarray, plain: np.ndarray) -> np.ndarray:
    return (1 - refused) / np.maximum(1 - plain, 1e-9)


def _difference(area: np.ndarray, plain: np.ndarray) -> np.ndarray:
    return area - plain


def _plain_scores(folder: Path, corpus: str, label: str, commands: int) -> Scored | None:
    """The plain row's clips with the softmax of each seed's network; None where there is none."""
    plain = corpus
    for each in ADDED:
        plain = plain.removesuffix(each)
    own = [each for each in Records(folder / "records" / f"{TABLE}.jsonl").read().values()
           if each["identity"]["corpus"] == plain + PLAIN and each["label"] == label]
    every = [Heard.from_dict(each["results"]["heard_test"]) for each in own]
    if not every:
        return None
    command = every[0].truth < commands
    rows = command | every[0].never
    return Scored(command[rows], every[0].speaker[rows],
                  np.stack([each.share[rows] for each in every]))
