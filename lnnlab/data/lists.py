"""Tables of words that name files and say what each is, such as ``labels.csv`` or ``esc50.csv``."""

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from lnnlab.data.tables.text import read_text
from lnnlab.errors import UserError


def read_list(path: Path, names_file: Callable[[str], bool]) -> pd.DataFrame | None:
    """A table of words, its headings in small letters; None where it is none.

    Choose it for lists beside recordings; :func:`lnnlab.data.tables.read_table` reads measurements.

    Args:
        path: the list, separated by tabs, semicolons, commas, bars or blanks.
        names_file: whether a cell names a file of the corpus; a first line that has such a cell
            is no heading, and columns are then called ``0``, ``1`` ….
    """
    try:
        text = read_text(path).data.decode()
        first = next((line for line in text.splitlines() if line.strip()), "")
        mark = max("\t;,|", key=first.count)
        table = pd.read_csv(io.StringIO(text), sep=mark if mark in first else r"\s+", dtype=str,
                            keep_default_na=False, skipinitialspace=True, index_col=False)
    except (ValueError, OSError, UserError, pd.errors.ParserError, UnicodeError):
        return None
    if any(names_file(name) for name in table.columns):
        above = pd.DataFrame([list(map(str, table.columns))], columns=table.columns)
        table = pd.concat([above, table], ignore_index=True)
        table.columns = [str(k) for k in range(table.shape[1])]
    table.columns = [str(each).strip().casefold() for each in table.columns]
    return table.fillna("") if table.columns.is_unique else None
