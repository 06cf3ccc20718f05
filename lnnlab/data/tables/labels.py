"""Names of classes: blanks taken off, spellings that clash refused, measurements refused."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from lnnlab.data.tables.table import Table
from lnnlab.errors import UserError

MOST_CLASSES = 1000
MOST_FRACTIONS = 20  # different labels that are no whole numbers; more are a measurement


def texts_of(table: Table, name: str, role: str, notes: list[str]) -> np.ndarray:
    """A column of labels or groups as text, (row,) of object.

    Whole numbers lose their ``.0``; blanks around a text are taken off. Both are told.

    Raises:
        UserError: a cell is empty, or labels are a measurement or too many.
    """
    column = table.cells[name]
    if name in table.bad or column.isna().any():
        index = table.bad[name][0] if name in table.bad else column.index[column.isna()][0]
        raise UserError(f"{table.path}, row {table.first_row + int(index)}: no {role} in column "
                        f"'{name}'")
    codes, values = pd.factorize(column)
    if role == "label":
        _refuse_measurements(table, name, values, len(column))
    shown = [_text(each) for each in values]
    if column.dtype.kind == "f" and all(float(each).is_integer() for each in values):
        notes.append(f"Column '{name}' holds whole numbers with decimals: {values[0]} taken as "
                     f"'{shown[0]}'.")
    raw = [str(each) for each in values]
    spaced = [k for k, each in enumerate(raw) if each != each.strip()]
    if spaced:
        notes.append(f"Blanks taken off {role}s: '{raw[spaced[0]]}' taken as "
                     f"'{shown[spaced[0]]}'.")
    return np.array(shown, dtype=object)[codes]


def refuse_clashes(labels: Iterable[str], where: str) -> None:
    """Refuse classes that differ only by case or by blanks.

    Raises:
        UserError: there are two such, or more classes than a classifier can have.
    """
    seen: dict[str, str] = {}
    for label in dict.fromkeys(labels):
        plain = " ".join(label.replace("_", " ").split()).casefold()
        other = seen.setdefault(plain, label)
        if other != label:
            raise UserError(f"{where}: classes '{other}' and '{label}' differ only by case or "
                            "blanks; spell them alike if they are one")
    if len(seen) > MOST_CLASSES:
        raise UserError(f"{where}: {len(seen):,} classes; up to {MOST_CLASSES:,} can be told "
                        "apart, say with --label which column holds them")


def _refuse_measurements(table: Table, name: str, values: Sequence, rows: int) -> None:
    fractions = [each for each in values if isinstance(each, float) and not each.is_integer()]
    if len(fractions) > MOST_FRACTIONS:
        raise UserError(f"{table.path}: label column '{name}' holds {len(values):,} different "
                        f"numbers such as {fractions[0]:g}: a measurement, no classes; name the "
                        "column of classes")
    if len(values) > MOST_CLASSES or (len(values) > 20 and len(values) > rows / 2):
        raise UserError(f"{table.path}: label column '{name}' holds {len(values):,} different "
                        f"values in {rows:,} rows: no classes; name the column of classes")


def _text(value: object) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.0f}" if float(value).is_integer() else f"{value:g}"
    return " ".join(str(value).split())
