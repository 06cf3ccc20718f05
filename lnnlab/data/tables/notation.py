"""In which notation a table's numbers are written, and columns of text that hold numbers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.data.tables import cells as kinds
from lnnlab.data.tables.dialect import Dialect
from lnnlab.data.tables.separators import split
from lnnlab.data.tables.table import Table
from lnnlab.errors import UserError


def refuse_ambiguous(path: Path, lines: Sequence[str], dialect: Dialect) -> None:
    """Where commas separate columns, points are decimal; elsewhere they may not be."""
    rows = [split(line, dialect.separator) for line in lines]
    found = None if dialect.separator == "," or not rows else kinds.ambiguous(
        rows, dialect.decimal)
    if found:
        raise UserError(f"{path}: column {found[0]} holds '{found[1]}' beside '{found[2]}': "
                        "thousands or decimals? save it without marks between thousands, or with "
                        "as many decimals everywhere")


def shows_comma(table: Table, separator: str) -> bool:
    """Whether columns that could not be read with a decimal point have decimal commas."""
    fractions = any(table.cells[name].dtype.kind == "f" for name in table.names)
    for name in table.names:
        column = table.cells[name]
        shown = [] if column.dtype.kind in "iufbM" else kinds.sample(column)
        numbers = sum(kinds.like_number(cell, kinds.POINT) for cell in shown)
        if numbers > 0.5 * len(shown):
            texts = (each.strip() for each in column.dropna().unique() if isinstance(each, str))
            mark = kinds.decimal_mark(texts, "," if fractions else separator)
            if mark == kinds.COMMA:
                return True
    return False


def typed(table: Table) -> Table:
    """Columns of text that hold numbers become numbers; their first bad cell is kept."""
    made, marked = {}, []
    if all(kind.kind in "iufb" for kind in table.cells.dtypes):
        return table
    for name in table.names:
        column = table.cells[name]
        if column.dtype.kind in "iufb":
            made[name] = column
            continue
        if column.dtype.kind == "M" or column.isna().all():
            made[name] = column
            continue
        shown = kinds.sample(column)
        good = sum(kinds.is_number(cell, table.decimal) for cell in shown)
        if good < 0.5 * max(1, len(shown)) and not _other_notation(shown, table.decimal):
            made[name] = column
            continue
        wrong = kinds.contradicts(column, table.decimal)
        if wrong is not None:
            _refuse_mixture(table, name, wrong)
        values, grouped = kinds.to_numbers(column, table.decimal)
        marked += [name] if grouped else []
        bad = np.flatnonzero(np.isnan(values))
        if len(bad):
            cell = column.iloc[bad[0]]
            text = "an empty cell" if pd.isna(cell) else f"'{cell}'"
            table.bad[name] = (int(column.index[bad[0]]), text)
        made[name] = pd.Series(values, index=column.index)
    if marked:
        listed = ", ".join(f"'{name}'" for name in marked)
        table.notes.append(f"Marks between thousands in {listed} understood.")
    return replace(table, cells=pd.DataFrame(made, index=table.cells.index))


def _other_notation(shown: list[str], decimal: str) -> bool:
    other = kinds.COMMA if decimal == kinds.POINT else kinds.POINT
    return bool(shown) and all(
        kinds.is_number(cell, other) or kinds.is_number(cell, decimal) for cell in shown)


def _refuse_mixture(table: Table, name: str, wrong: tuple[int, str]) -> None:
    index, text = wrong
    mark = "point" if "." in text else "comma"
    other = "commas" if mark == "point" else "points"
    raise UserError(
        f"{table.path}, row {table.first_row + index}, column '{name}': '{text}' has a decimal "
        f"{mark} in a file of decimal {other}; save it with one of them"
    )
