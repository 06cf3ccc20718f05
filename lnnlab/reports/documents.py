"""What the two documents claim, as ``published.toml`` has it: the one place that holds a claim."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DOCUMENTS = Path(__file__).with_name("published.toml")
ON_NO_BOARD = ("parameters", "accuracy", "weight_bytes_float32", "weight_bytes_int8")


@dataclass(frozen=True)
class Column:
    """A column of a printed table.

    Attributes:
        heading: as it is called here.
        metric: of our tables; ``{board}`` stands for the row's board.
        unit: of claim and ours alike.
        better: ``"more"``, ``"less"``, or ``""`` where neither is.
    """

    heading: str
    metric: str
    unit: str
    better: str


@dataclass(frozen=True)
class Claimed:
    """A row of a printed table.

    Attributes:
        name: as printed; label: how our tables call it.
        where: what it ran on, as printed; board: which of ours stands for that.
        ours: models of our table that stand beside it.
        values: one a column.
    """

    name: str
    label: str
    where: str
    board: str
    ours: tuple[str, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Printed:
    """A printed table.

    Attributes:
        key, title: how it is called here; document: where it is printed.
        data: what it was measured on, as far as the document says.
        source: name of our table; corpus, split: whose rows are taken.
        nulls: models of ours that a network has to beat.
        note: what a reader should know of the comparison.
    """

    key: str
    title: str
    document: str
    data: str
    source: str
    corpus: str
    split: str
    nulls: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Claimed, ...]
    note: str = ""


@cache
def printed() -> dict[str, Printed]:
    """Key → table, in the order of the documents."""
    found = {}
    for each in tomllib.loads(DOCUMENTS.read_text())["table"]:
        columns = tuple(Column(**column) for column in each.pop("columns"))
        rows = tuple(
            Claimed(**row | {"ours": tuple(row["ours"]), "values": tuple(row.pop("claimed"))})
            for row in each.pop("rows"))
        if any(len(row.values) != len(columns) for row in rows):
            raise ValueError(f"{DOCUMENTS.name}: {each['key']}: a row has not a value a column")
        found[each["key"]] = Printed(
            **each | {"nulls": tuple(each["nulls"])}, columns=columns, rows=rows)
    return found


def claimed_rows(key: str) -> Iterator[dict]:
    """A table's claims as rows of a tidy table, basis ``claimed``.

    Args:
        key: of :func:`printed`.
    """
    table = printed()[key]
    for row in table.rows:
        claims = dict(zip((each.metric for each in table.columns), row.values, strict=True))
        for column in table.columns:
            if column.metric == "parameters":
                continue
            yield {
                "model": f"{row.label}, as claimed", "parameters": claims.get("parameters"),
                "metric": column.metric.format(board=row.board), "value": claims[column.metric],
                "unit": column.unit, "basis": "claimed", "corpus": table.data,
                "board": "" if column.metric in ON_NO_BOARD else row.where,
            }
