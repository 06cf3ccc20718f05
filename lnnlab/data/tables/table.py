"""One table, whatever file it came from."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.data.tables.units import bare
from lnnlab.errors import UserError, unknown

MOST = 1e37  # windows are of 32 bits, and features take sums of some of their samples


@dataclass
class Table:
    """The columns of a file, with where they stand in it.

    Attributes:
        path: the file.
        cells: one column a name; names are ``"0"``, ``"1"`` … where the file has no header. A
            column is of numbers, or of text. The index counts lines below ``first_row``.
        first_row: number of the first data row in the file, counted from 1.
        words: what the file is, such as ``"semicolons, decimal comma"``.
        decimal: its decimal mark.
        units: column → unit, where the file tells.
        bad: column of numbers → index of the first cell that is none, and its text.
        rate_hz: samples per second, where lines beside the table tell; else None.
        rate_from: those lines.
        notes: what was repaired or left out, a sentence each.
    """

    path: Path
    cells: pd.DataFrame
    first_row: int = 1
    words: str = ""
    decimal: str = "."
    units: dict[str, str] = field(default_factory=dict)
    bad: dict[str, tuple[int, str]] = field(default_factory=dict)
    rate_hz: float | None = None
    rate_from: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Of the columns, in the file's order."""
        return list(self.cells.columns)

    def name_of(self, name: str | int, role: str) -> str:
        """A column's name by name, by name without its unit, or by position.

        Raises:
            UserError: there is none of that name; the message lists those there are.
        """
        names = self.names
        if name in names:
            return name
        near = [each for each in names if bare(each) == str(name).strip()]
        if len(near) == 1:
            return near[0]
        if isinstance(name, int) or str(name).lstrip("-").isdigit():
            if not -len(names) <= int(name) < len(names):
                raise UserError(f"{self.path}: no column {name}; it has {len(names)} columns")
            return names[int(name)]
        error = unknown(f"{role} column", name, names)
        raise UserError(f"{self.path}: {error}")

    def column(self, name: str | int, role: str) -> pd.Series:
        """A column, see :meth:`name_of`."""
        return self.cells[self.name_of(name, role)]

    def row(self, position: int) -> int:
        """Number in the file of a row of ``cells``, counted from 1."""
        return self.first_row + int(self.cells.index[position])

    def is_numeric(self, name: str) -> bool:
        """Whether a column is of numbers, a few bad cells aside."""
        return self.cells[name].dtype.kind in "iufb"

    def numbers(self, names: list[str]) -> np.ndarray:
        """The named columns as float64 (row, column).

        Raises:
            UserError: a cell is empty, holds text, is not finite or beyond ``MOST``; names row and
                column.
        """
        for name in names:
            self._refuse_bad(name)
        values = np.empty((len(self.cells), len(names)))
        for k, name in enumerate(names):
            values[:, k] = self.cells[name].to_numpy(dtype=np.float64)
        wrong = ~(np.abs(values) <= MOST)  # of NaN too
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            cell = self.cells[names[column]].iloc[row]
            if np.isfinite(values[row, column]):
                raise UserError(
                    f"{self.path}, row {self.row(row)}, column '{names[column]}': {cell} is larger "
                    f"than what can be computed with ({MOST:g}); correct it, or leave the column "
                    "out by naming the channels")
            text = "an empty cell" if pd.isna(cell) else f"'{cell}'"
            raise self._refusal(names[column], self.row(row), text)
        return values

    def _refuse_bad(self, name: str) -> None:
        column = self.cells[name]
        if name in self.bad:
            index, text = self.bad[name]
            raise self._refusal(name, self.first_row + index, text)
        if not self.is_numeric(name):
            texts = [str(each) for each in column.dropna().head(1)]
            shown = f"'{texts[0]}'" if texts else "an empty cell"
            raise self._refusal(name, self.row(0), shown)

    def _refusal(self, name: str, row: int, text: str) -> UserError:
        return UserError(f"{self.path}, row {row}, column '{name}': {text} where a finite number "
                         "belongs; correct or remove the row")
