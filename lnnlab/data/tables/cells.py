"""What a cell is: a number in some notation, a time, a missing value, or text."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from lnnlab.data.tables.stamps import usual

POINT, COMMA = ".", ","
SHORT = re.compile(r"\d:\d\d")
_NUMBER = {
    mark: re.compile(rf"[-+\u2212]?(\d+([{mark}]\d*)?|[{mark}]\d+)([eE][-+]?\d+)?")
    for mark in (POINT, COMMA)
}
_GROUPED = {  # decimal mark → numbers with marks between thousands
    POINT: re.compile(r"[-+\u2212]?\d{1,3}([,' \u2019\u00a0\u202f])\d{3}(\1\d{3})*(\.\d+)?"),
    COMMA: re.compile(r"[-+\u2212]?\d{1,3}([.' \u2019\u00a0\u202f])\d{3}(\1\d{3})*(,\d+)?"),
}
_DECIMAL_COMMA = re.compile(r"[-+\u2212]?(0|\d{4,}|),\d+|[-+\u2212]?\d+,(\d{1,2}|\d{4,})|"
                            r"[-+\u2212]?\d*,\d+[eE][-+]?\d+|[-+\u2212]?\d{1,3}(\.\d{3})+,\d+")
_ANY_COMMA = re.compile(r"[-+\u2212]?\d{1,3},\d{3}")
_DECIMAL_POINT = re.compile(r"[-+\u2212]?\d*\.\d+([eE][-+]?\d+)?|[-+\u2212]?\d{1,3}(,\d{3})+\.\d+")
_TIME = re.compile(
    r"(\d+ days? (?=\d))?("
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|"
    r"\d{1,2}[- ][A-Za-z]{3}[- ]\d{2,4}|[A-Z][a-z]{2} \d{1,2},? \d{4})?"
    r"([T ,_\-]*\d{1,2}:\d\d(:\d\d)?([.,:]\d+)?(\s?[AaPp](\.\s?)?[Mm]\.?)?( [A-Z]{3,4})?)?"
    r"( ?(Z|UTC|[-+]\d\d:?\d\d))?"
)
MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "--", "#n/a", "?", "nil", "missing"}
FAILED = {  # what instruments and sheets write where a number failed
    "ovf", "ovl", "#ovf", "overflow", "overload", "inf", "+inf", "-inf", "infinity", "-infinity",
    "∞", "-∞", "+∞", "nan", "-nan", "nan(ind)", "-nan(ind)", "1.#qnan", "-1.#ind", "1.#inf",
    "-1.#inf", "#num!", "#div/0!", "#value!", "#ref!", "#name?", "#n/a", "fail", "failed",
    "invalid",
}
SAMPLE = 200  # cells that decide what a column is


def is_number(cell: str, decimal: str) -> bool:
    """Whether a cell is a number, thousands marked or not."""
    return bool(_NUMBER[decimal].fullmatch(cell) or _GROUPED[decimal].fullmatch(cell))


def like_number(cell: str, decimal: str) -> bool:
    """Whether a cell is a number in this notation or the other."""
    return is_number(cell, decimal) or is_number(cell, COMMA if decimal == POINT else POINT)


def is_time(cell: str) -> bool:
    """Whether a cell is a date, a time of day or both."""
    return is_plain_time(cell) or usual(cell) != cell or bool(SHORT.fullmatch(cell))


def is_plain_time(cell: str) -> bool:
    """Whether it is one in no form that names, ratios and scores may have too."""
    return len(cell) >= 5 and cell[0].isalnum() and (":" in cell or cell.count("-") == 2
        or cell.count("/") == 2 or cell.count(".") == 2) and bool(_TIME.fullmatch(cell))


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.strip().lower() in MISSING


def decimal_mark(cells: Iterable[str], separator: str) -> str:
    """The decimal mark of a file, from some of its cells.

    A comma between exactly three digits (``1,047``) is a decimal comma only where nothing in the
    file has a decimal point and columns are not separated by commas.
    """
    point, maybe = False, False
    for cell in cells:
        if "," in cell:
            if _DECIMAL_COMMA.fullmatch(cell):
                return COMMA
            maybe = maybe or bool(_ANY_COMMA.fullmatch(cell))
        elif "." in cell:
            point = point or bool(_DECIMAL_POINT.fullmatch(cell))
    return COMMA if maybe and not point and separator != "," else POINT


def sample(column: pd.Series) -> list[str]:
    """Cells spread over a column, missing ones left out."""
    rows = np.linspace(0, len(column) - 1, min(4 * SAMPLE, len(column))).astype(int)
    cells = [each.strip() if isinstance(each, str) else f"{each:g}" if isinstance(each, float)
             else str(each) for each in column.iloc[rows].dropna()]
    return [each for each in cells if not is_missing(each)][:SAMPLE]


def to_numbers(column: pd.Series, decimal: str) -> tuple[np.ndarray, bool]:
    """A text column as float64, NaN where a cell is no number, and whether thousands were marked.
    """
    codes, texts = pd.factorize(column)
    found = np.full(len(texts) + 1, np.nan)  # the last stands for missing cells, code -1
    marked = False
    for number, text in enumerate(texts):
        if isinstance(text, int | float) and not isinstance(text, bool):
            found[number] = text  # parsed in a part of the file that had no text
            continue
        text = str(text).strip()
        if not _NUMBER[decimal].fullmatch(text):
            if not _GROUPED[decimal].fullmatch(text):
                continue
            marked = True
            text = re.sub("[.' \u2019\u00a0\u202f]" if decimal == COMMA
                          else "[,' \u2019\u00a0\u202f]", "", text)
        found[number] = float(text.replace(decimal, ".").replace("\u2212", "-"))
    return found[codes], marked


def ambiguous(rows: list[list[str]], decimal: str) -> tuple[int, str, str] | None:
    """A column in which a mark could stand before decimals or between thousands.

    That is one of ``1.567`` beside ``999``, in a file where no other cell tells.

    Returns:
        Its number, such a cell and a cell without mark; None: every column is clear.
    """
    number = re.compile(rf"[-+]?\d*[{decimal}]\d+([eE][-+]?\d+)?")
    grouped = re.compile(rf"[-+]?[1-9]\d{{0,2}}[{decimal}]\d{{3}}")
    marked = [cell for row in rows for cell in row if number.fullmatch(cell)]
    if not marked or not all(grouped.fullmatch(cell) for cell in marked):
        return None
    for k in range(max(map(len, rows))):
        column = [row[k] for row in rows if k < len(row)]
        one = next((cell for cell in column if grouped.fullmatch(cell)), None)
        plain = next((cell for cell in column if re.fullmatch(r"[-+]?[1-9]\d\d", cell)), None)
        if one and plain:
            return k, one, plain
    return None


def contradicts(column: pd.Series, decimal: str) -> tuple[object, str] | None:
    """The row and text of a cell in the other decimal notation, if there is one."""
    other = POINT if decimal == COMMA else COMMA
    for row, cell in column.dropna().items():
        text = cell.strip() if isinstance(cell, str) else ""
        if not is_number(text, decimal) and _NUMBER[other].fullmatch(text):
            return row, text
    return None
