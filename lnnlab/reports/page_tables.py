"""Tables of the report page: narrow, one for each corpus and split, rows linked to records."""

import json
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import pandas as pd

from lnnlab.reports import views
from lnnlab.reports.numbers import heading_of, number
from lnnlab.reports.published import Shown
from lnnlab.reports.sections import Part
from lnnlab.reports.sentences import short
from lnnlab.reports.views import STALE, STALE_NOTE, together

NUMERIC = re.compile(r"^[-−]?[\d.,]+")
MOST_COLUMNS = 7  # of a table beside its row's name
RECORDS_OF = {  # table → whose records its rows rest on, where the name is another one
    "stages": "deployment", "c_parity": "deployment", "equal_cycles": "timestep_policies",
}


@dataclass(frozen=True)
class Table:
    """A table as HTML, with what stands above and below it.

    Attributes:
        title: of its fold; caption: what its figures rest on.
        html: the table.
    """

    title: str
    caption: str
    html: str


def anchor(text: str) -> str:
    """A label as the end of an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def files_of(part: Part, folder: Path) -> list[Path]:
    """A part's tables on disk: that of its name, else those whose names begin with it."""
    exact = folder / "tables" / f"{part.table}.csv"
    return [exact] if exact.exists() else sorted(exact.parent.glob(f"{part.table}_*.csv"))


def tables_of(part: Part, folder: Path) -> list[Table]:
    """A part of the page: of a tidy table one for each corpus and split, else the table as it is.
    """
    found = []
    for path in files_of(part, folder):
        frame = pd.read_csv(path)
        if {"metric", "value", "basis"} <= set(frame):
            found += _tidy(together(frame), part, folder)
        else:
            found += _plain(frame, folder, path.stem)
    return found


def _tidy(tidy: pd.DataFrame, part: Part, folder: Path) -> list[Table]:
    tidy = tidy[tidy["basis"] != "claimed"]  # the documents' tables have them
    if part.metrics:
        tidy = tidy[tidy["metric"].map(lambda name: _starts(name, part.metrics))]
    found = []
    keyed = tidy.assign(**{key: tidy[key].astype(object).fillna("")
                            for key in ("corpus", "split")})
    for (corpus, split), own in keyed.groupby(["corpus", "split"], sort=False):
        title = ", ".join(filter(None, [str(corpus), short(str(split))]))
        notes = [STALE_NOTE] if views.is_stale(own).any() else []
        found.append(Table(title, ". ".join([_support(own), *notes]),
                           _html(own, part.table, folder)))
    return found


def _starts(metric: str, starts: tuple[str, ...]) -> bool:
    """Whether a metric is one of those, or one of them on a board."""
    return any(metric == start or re.fullmatch(rf"{start}_(stm32|nrf|esp|host)\w*", metric)
               for start in starts)


def _html(own: pd.DataFrame, table: str, folder: Path) -> str:
    """A row a model, a column a metric."""
    headings = own.drop_duplicates(["metric", "unit"])[["metric", "unit"]]
    columns = [heading_of(row.metric, row.unit).text for row in headings.itertuples()]
    bodies = []
    for model, figures in own.groupby("model", sort=False):
        cells = {heading_of(row.metric, row.unit).text: views.cell(row)
                 for row in figures.itertuples()}
        stale = " †" if figures["basis"].str.endswith(f", {STALE}").any() else ""
        counts = figures["parameters"].dropna()
        bodies.append([_linked(str(model), table, folder) + stale,
                       views.parameters(figures) if len(counts) else "",
                       *(escape(cells.get(name, "")) for name in columns)])
    names = ["model", "parameters", *columns]
    if not any(row[1] for row in bodies):
        names, bodies = [names[0], *names[2:]], [[row[0], *row[2:]] for row in bodies]
    return "".join(  # side by side they would be wider than the page
        _table([names[0], *names[first : first + MOST_COLUMNS]],
               [[row[0], *row[first : first + MOST_COLUMNS]] for row in bodies])
        for first in range(1, len(names), MOST_COLUMNS))


def _linked(model: str, table: str, folder: Path) -> str:
    """A model's name, as a link to its records where there are some."""
    name = RECORDS_OF.get(table, table)
    known = _labels(folder / "records" / f"{name}.jsonl")
    label = next((each for each in (model, model.partition(": ")[0]) if each in known), "")
    if not label:
        return escape(model)
    return f'<a href="records/{name}.html#{anchor(label)}">{escape(model)}</a>'


@cache
def _labels(path: Path) -> frozenset[str]:
    """Of the records in a file; none where there is no file."""
    lines = path.read_text().splitlines() if path.exists() else []
    return frozenset(json.loads(line)["label"] for line in lines)


def _table(names: list[str], bodies: list[list[str]]) -> str:
    """HTML; the first cell of a row is its heading, and HTML already, as the others are."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    lines = []
    for first, *rest in bodies:
        cells = "".join(f'<td{_number_class(cell)}>{cell}</td>' for cell in rest)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return (f'<table class="sortable"><thead><tr>{heads}</tr></thead><tbody>'
            f'{"".join(lines)}</tbody></table>')


def _number_class(cell: str) -> str:
    return ' class="n"' if NUMERIC.match(cell) else ""


def _support(own: pd.DataFrame) -> str:
    """Basis by column where it differs, board, seeds, items, groups, in a line."""
    parts = []
    bases = own.drop_duplicates(["metric", "basis"])
    for basis, rows in bases.groupby("basis", sort=False):
        headings = dict.fromkeys(heading_of(row.metric, row.unit).text for row in rows.itertuples())
        parts.append(f"{basis.removesuffix(f', {STALE}')}: {', '.join(headings)}"
                     if bases["basis"].nunique() > 1 else basis.removesuffix(f", {STALE}"))
    boards = [str(each) for each in own["board"].dropna().unique() if each]
    if boards:
        parts.append(f"on {', '.join(boards)}")
    for column, word in (("items", "items"), ("groups", ""), ("seeds", "seeds")):
        grouped = own[own["groups"].notna()]  # not, of parity, samples that were compared
        values = (grouped if len(grouped) else own)[column].dropna()
        if not len(values):
            continue
        if column == "seeds":
            parts.append(f"seeds {max(values.astype(str), key=len).removesuffix('.0')}")
        else:
            unit = word or next(iter(own["grouping"].dropna()), "groups")
            parts.append(f"{number(values.max(), 0)} {unit}")
    return "; ".join(parts)


def _plain(frame: pd.DataFrame, folder: Path, name: str) -> list[Table]:
    """A table of its own columns, by corpus and split where it has them."""
    keys = [key for key in ("corpus", "split") if key in frame]
    shown = frame.drop(columns=keys)
    parts = [((), frame.index)]
    if keys:
        named = frame[keys].fillna("")
        parts = [(tuple(own.iloc[0]), own.index) for _, own in named.groupby(keys, sort=False)]
    found = []
    for values, rows in parts:
        own = views.readable(shown.loc[rows])
        title = ", ".join(short(str(each)) for each in values) or name
        bodies = [[escape(str(cell)) for cell in row] for row in own.to_numpy()]
        found.append(Table(title, "", _table([str(each) for each in own], bodies)))
    return found


def published_html(shown: Shown) -> str:
    """A document's table beside ours."""
    heads = "".join(f'<th scope="col">{escape(each)}</th>' for each in ("row", *shown.headings))
    lines = []
    for line in shown.lines:
        cells = "".join(f"<td{_verdict_class(line.kind, cell)}>{escape(cell)}</td>"
                        for cell in line.cells)
        name = {"ours": f"ours: {line.name}"}.get(line.kind, line.name)
        lines.append(f'<tr class="{line.kind}"><th scope="row">{escape(name)}</th>{cells}</tr>')
    return (f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>")


def _verdict_class(kind: str, cell: str) -> str:
    if kind != "verdict" or not cell:
        return ""
    word = cell.split()[0].rstrip(":,")
    return f' class="{word}"' if word in ("reached", "missed", "impossible") else ""
