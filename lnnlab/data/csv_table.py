"""One CSV file as people have them, read into checked numbers."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.errors import UserError, unknown

SEPARATORS = (",", ";", "\t")
_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+")


@dataclass(frozen=True)
class Table:
    """The cells of a file, with where they stand in it.

    Attributes:
        path: the file.
        cells: one column a name; names are ``"0"``, ``"1"`` … where the file has no header.
        first_row: number of the first data row in the file, counted from 1.
    """

    path: Path
    cells: pd.DataFrame
    first_row: int

    def column(self, name: str | int, role: str) -> pd.Series:
        """A column by name or by position.

        Raises:
            UserError: there is none of that name; the message lists those there are.
        """
        names = list(self.cells.columns)
        if isinstance(name, int) or (str(name).lstrip("-").isdigit() and str(name) not in names):
            if not -len(names) <= int(name) < len(names):
                raise UserError(f"{self.path}: no column {name}; it has {len(names)} columns")
            return self.cells.iloc[:, int(name)]
        if name not in names:
            error = unknown(f"{role} column", name, names)
            raise UserError(f"{self.path}: {error}")
        return self.cells[name]

    def numbers(self, names: list[str]) -> np.ndarray:
        """The named columns as float64 (row, column).

        Raises:
            UserError: a cell is empty, holds text, or is not finite; names row and column.
        """
        columns = [pd.to_numeric(self.cells[name], errors="coerce") for name in names]
        values = np.column_stack([np.asarray(each, dtype=np.float64) for each in columns])
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            row, column = bad[0]
            cell = self.cells[names[column]].iloc[row]
            text = "an empty cell" if pd.isna(cell) else f"'{cell}'"
            raise UserError(
                f"{self.path}, row {self.first_row + row}, column '{names[column]}': {text} where "
                "a finite number belongs; correct or remove the row"
            )
        return values


def read_table(path: Path) -> Table:
    """Read a file separated by commas, semicolons or tabs, with or without a header.

    The first row is a header if none of its cells is a number, or if one has text where the rows
    below have a number. Numbers with a decimal comma are understood where the separator is not a
    comma.

    Raises:
        UserError: the file is absent, empty, not text, or its rows have unequal lengths.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            head = [line for _, line in zip(range(20), file, strict=False)]
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise UserError(f"{path}: not a text file") from error
    if not "".join(head).strip():
        raise UserError(f"{path}: the file is empty")
    separator = max(SEPARATORS, key=lambda mark: (head[0].count(mark), -SEPARATORS.index(mark)))
    rows = [[cell.strip() for cell in row] for row in csv.reader(head, delimiter=separator)]
    decimal = "," if separator != "," and _uses_decimal_comma(rows) else "."
    has_header = _is_header(rows[0], rows[1:], decimal)
    try:
        cells = pd.read_csv(
            path, sep=separator, header=0 if has_header else None, decimal=decimal,
            encoding="utf-8-sig", index_col=False, skip_blank_lines=False, low_memory=False,
            keep_default_na=False, na_values=[""], skipinitialspace=True, on_bad_lines="error",
        )
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        detail = str(error).split("C error: ")[-1].strip()
        raise UserError(f"{path}: not a table: {detail}; correct that row") from error
    cells.columns = [str(name).strip() for name in cells.columns]
    cells = cells.dropna(how="all")  # blank lines at the end
    if not len(cells):
        raise UserError(f"{path}: a header and no rows")
    return Table(path, cells, first_row=2 if has_header else 1)


def _is_header(first: list[str], below: list[list[str]], decimal: str) -> bool:
    texts = [k for k, cell in enumerate(first) if not _is_number(cell, decimal)]
    return len(texts) == len(first) or any(
        k < len(row) and _is_number(row[k], decimal) for row in below for k in texts
    )


def _uses_decimal_comma(rows: list[list[str]]) -> bool:
    return any(_DECIMAL_COMMA.fullmatch(cell) for row in rows for cell in row)


def _is_number(cell: str, decimal: str) -> bool:
    try:
        float(cell.replace(decimal, "."))
    except ValueError:
        return False
    return True
