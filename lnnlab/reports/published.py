"""The documents' tables in their own shape: claimed, ours, basis, a verdict for every cell.

Verdicts are computed: no one writes "reached" here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lnnlab.reports.claims import no_less, power_band_mw
from lnnlab.reports.documents import Claimed, Column, Printed, printed
from lnnlab.reports.numbers import number, spread
from lnnlab.reports.ours import Asked, Figure, Results, figure_of
from lnnlab.reports.sentences import short
from lnnlab.target.boards import board
from lnnlab.target.energy import idle_power_mw

NO_ROW = "no such row yet"
OTHER_DATA = ", on other data"
ON_DATA = ("accuracy", "map", "words_found", "false_accepts")  # that say nothing without their data


@dataclass(frozen=True)
class Line:
    """A line of a shown table: ``kind`` is claimed, ours, verdict or null."""

    kind: str
    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A printed table beside ours, ready to be written.

    Attributes:
        title, headings: of the table; the first column names the line.
        lines: in the order of the document.
        notes: where it is printed, and what ours rest on.
    """

    title: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def shown(folder: Path) -> list[Shown]:
    """Every printed table beside what a profile's tables hold."""
    results = Results(folder)
    return [_shown(each, results) for each in printed().values()]


def _shown(table: Printed, results: Results) -> Shown:
    lines: list[Line] = []
    for row in table.rows:
        lines.append(Line("claimed", f"{row.name}, {row.where}", tuple(
            _with_unit(number(value), column.unit)
            for value, column in zip(row.values, table.columns, strict=True))))
        lines += _ours(table, row, results)
    for model in table.nulls:
        lines += _null(table, model, results)
    rows = results.rows(table.source, table.corpus, table.split)
    return Shown(table.title, tuple(each.heading for each in table.columns), tuple(lines),
                 tuple(_notes(table, rows)))


def _ours(table: Printed, row: Claimed, results: Results) -> Iterator[Line]:
    there = set(results.rows(table.source, table.corpus, table.split)["model"])
    known = [model for model in row.ours if model in there]
    for model in known:
        asked = [Asked(results, table, row, column, model) for column in table.columns]
        figures = [figure_of(each) for each in asked]
        yield Line("ours", model, tuple(
            _cell(one, each.unit) for one, each in zip(figures, table.columns, strict=True)))
        yield Line("verdict", "verdict", tuple(
            verdict(one, each) for one, each in zip(asked, figures, strict=True)))
    if not known:
        yield Line("verdict", f"ours: {NO_ROW}", ("",) * len(table.columns))


def _null(table: Printed, model: str, results: Results) -> Iterator[Line]:
    figures = [Asked(results, table, table.rows[0], column, model).found(column.metric)
               if column.metric in ON_DATA else None for column in table.columns]
    if any(figures):
        yield Line("null", model, tuple(
            _cell(one, each.unit) for one, each in zip(figures, table.columns, strict=True)))


def verdict(asked: Asked, ours: Figure | None) -> str:
    """How one of ours stands to the claim, in words."""
    claimed, column = asked.claimed, asked.column
    if ours is None:
        return NO_ROW
    if column.metric in ON_DATA:
        return _on_other_data(claimed, ours, column)
    if not column.better:
        apart = ours.value - claimed
        return f"{number(abs(apart), 0)} points {'more' if apart > 0 else 'less'}"
    said = _impossible(asked) or _reached(claimed, ours.value, column.better)
    return f"{said}; {ours.note}" if ours.note else said


def verdict_word(text: str) -> str:
    """A verdict in a word or two, to be counted."""
    starts = ("not distinguishable", "reached", "missed", "impossible on this board", NO_ROW)
    return next((each for each in starts if text.startswith(each)), "")


def _on_other_data(claimed: float, ours: Figure, column: Column) -> str:
    if ours.low is not None and ours.low <= claimed <= ours.high:
        return f"not distinguishable{OTHER_DATA}"
    apart = ours.value - claimed
    unit = "points" if column.unit == "%" else column.unit
    good = (apart >= 0) == (column.better == "more")
    return " ".join(filter(None, [
        "reached:" if good else "missed by",
        _with_unit(number(abs(apart), 2 if abs(apart) < 10 else 0), unit),
        ("above" if apart >= 0 else "below") if good else ""])) + OTHER_DATA


def _reached(claimed: float, ours: float, better: str) -> str:
    share = ours / claimed
    reached = share >= 1 if better == "more" else share <= 1
    return f"{'reached' if reached else 'missed'}: {number(share, 2)} times it"


def _impossible(asked: Asked) -> str:
    """Why a board cannot do what is claimed, or nothing."""
    chosen, claimed = board(asked.row.board), asked.claimed
    if asked.column.metric == "peak_power":
        least, what = power_band_mw(chosen)[0], "of the core alone"
    elif asked.column.unit == "mW":
        least, what = idle_power_mw(chosen), "asleep, RAM kept"
    else:
        return ""
    if claimed >= least:
        return ""
    return no_less(claimed, least, what).replace("a board cannot", "impossible on this board")


def _cell(figure: Figure | None, unit: str) -> str:
    if figure is None:
        return ""
    decimals = 1 if unit == "%" and figure.low is not None else None
    text = _with_unit(spread(figure.value, figure.deviation, decimals)
                      if figure.deviation is not None else number(figure.value, decimals), unit)
    if figure.low is not None:
        text += f" ({number(figure.low, decimals)} to {number(figure.high, decimals)})"
    return f"{text}, {figure.basis.split(' (')[0]}"


def _with_unit(text: str, unit: str) -> str:
    return text + ("/h" if unit == "/h" else f" {unit}" if unit else "")


def _notes(table: Printed, rows: pd.DataFrame) -> Iterator[str]:
    yield f"Printed in “{table.document}”, on {table.data}."
    if not len(rows):
        yield f"Ours: {NO_ROW}."
        return
    held = rows.dropna(subset=["items"])
    first = (held if len(held) else rows).iloc[0]
    parts = [str(first["corpus"]), short(str(first["split"]))]
    if pd.notna(first["items"]):
        parts.append(f"{number(first['items'], 0)} items")
    if pd.notna(first["groups"]):
        parts.append(f"{number(first['groups'], 0)} {first['grouping']}")
    if pd.notna(first["seeds"]):
        parts.append(f"seeds {str(first['seeds']).removesuffix('.0')}")
    yield f"Ours: {', '.join(parts)}; in brackets 95 % intervals."
    if table.note:
        yield table.note
    if not table.nulls:
        yield "No null baseline stands beside this table."


def markdown(every: Sequence[Shown]) -> str:
    """``published.md``: every printed table beside ours."""
    text = "# The published tables, claim by claim\n\n" + _LEGEND
    for each in every:
        text += f"\n## {each.title}\n\n| | {' | '.join(each.headings)} |\n|:--|"
        text += "--:|" * len(each.headings) + "\n"
        for line in each.lines:
            text += f"| {_named(line)} | {' | '.join(map(_STYLE[line.kind], line.cells))} |\n"
        text += "".join(f"\n{note}\n" for note in each.notes)
    return text


_LEGEND = (
    "A line as printed, ours below it, and how ours stands. *Impossible on this board*: what it\n"
    "takes at least is more than the claim. The documents' data are not published, so what is\n"
    "scored on other data says little beside theirs. Figures of ours carry their basis: measured,\n"
    "emulated, modelled.\n"
)
_STYLE: dict[str, Callable[[str], str]] = {
    "claimed": lambda text: f"**{text}**", "ours": str, "null": str,
    "verdict": lambda text: f"*{text}*" if text else "",
}


def _named(line: Line) -> str:
    return {"claimed": f"**{line.name}**", "ours": f"ours: {line.name}", "null": line.name,
            "verdict": f"*{line.name}*"}[line.kind]
