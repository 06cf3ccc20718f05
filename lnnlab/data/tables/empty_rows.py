"""Lines of a table that are no rows of it: comments, headers again, what a file ends with."""

import numpy as np
import pandas as pd

from lnnlab.data.tables.cells import is_number, is_time
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.text import COMMENT
from lnnlab.errors import UserError

MOST_LEFT = 5  # lines without numbers at a file's end that are left out


def without_empty_rows(table: Table) -> None:
    """Leave out comments, repeated headers and closing lines, which hold no number.

    Raises:
        UserError: a header in another order of columns.
    """
    frame = table.cells
    first = frame.iloc[:, 0]
    if first.dtype.kind not in "iufbM":
        again = _repeats_header(table, first)
        alone = frame.iloc[:, 1:].isna().all(axis=1).to_numpy(copy=True)
        few = np.flatnonzero(alone)
        alone[few] = [bool(COMMENT.match(str(each))) for each in first.iloc[few]]
        for rows, what in ((again, "repeat the header"), (alone, "are comments")):
            if rows.any():
                table.notes.append(f"{int(rows.sum()):,} lines that {what} left out.")
        frame = frame[~(again | alone)] if (again | alone).any() else frame
    gone = _closing(frame, table.decimal)
    if gone:
        lines = f"line {table.first_row + gone[0]}" if len(gone) == 1 else (
            f"lines {table.first_row + gone[0]} to {table.first_row + gone[-1]}")
        table.notes.append(f"The file ends within a row or with other text: {lines} left out.")
        frame = frame.drop(index=gone)
    table.cells = frame


def _closing(frame: pd.DataFrame, decimal: str) -> list[int]:
    """Of the last lines those that hold no values, by the index, in their order."""
    last = frame.iloc[-MOST_LEFT:]
    if not len(last):
        return []
    if frame.shape[1] == 1:
        short = last.iloc[:, 0].map(
            lambda cell: isinstance(cell, str) and not is_number(cell.strip(), decimal)
            and not is_time(cell.strip()))
    elif pd.isna(last.iloc[-1, -1]):
        short = last.iloc[:, 1:].isna().all(axis=1)
    else:
        short = _marked(frame, last)
    closing = short & short[::-1].cumprod()[::-1].astype(bool)
    if closing.any():
        return list(last.index[closing]) if len(frame) > len(last) else []
    cut = frame.shape[1] > 1 and pd.isna(last.iloc[-1, -1]) and (
        not frame.iloc[:-1, -1].isna().any())
    return list(last.index[-1:]) if cut else []


def _marked(frame: pd.DataFrame, last: pd.DataFrame) -> pd.Series:
    """Which of the last lines lack values and say so in columns that are empty else.

    HOBO's loggers end with such a one, of ``Logged`` behind cells without values.
    """
    none = pd.Series(False, index=last.index)
    if not last.iloc[-1].isna().any() or len(frame) <= len(last):
        return none
    above = frame.iloc[: -len(last)]
    full, empty = above.notna().all(), above.isna().all()
    return last.loc[:, full].isna().any(axis=1) & last.loc[:, empty].notna().any(axis=1)


def _repeats_header(table: Table, first: pd.Series) -> np.ndarray:
    """Rows that repeat the header, (row,) of bool; another order of columns is refused."""
    again = np.zeros(len(first), bool)
    names = set(table.names)
    for row in np.flatnonzero(first.isin(names)):
        held = {name: " ".join(str(cell).split()) for name, cell in zip(
            table.names, table.cells.iloc[row], strict=True) if not pd.isna(cell)}
        again[row] = all(name == cell for name, cell in held.items())
        if not again[row] and set(held.values()) <= names and len(set(held.values())) > 1:
            raise UserError(f"{table.path}, row {table.row(row)}: a header in another order, "
                            f"{', '.join(held.values())}; split the file there")
    return again
