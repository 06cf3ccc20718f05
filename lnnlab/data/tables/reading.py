"""Any file of columns to one :class:`Table`."""

import contextlib
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.data.tables import cells as kinds
from lnnlab.data.tables import units
from lnnlab.data.tables.dialect import Dialect, sniff
from lnnlab.data.tables.empty_rows import without_empty_rows
from lnnlab.data.tables.json_file import JSON_SUFFIXES, read_json
from lnnlab.data.tables.notation import refuse_ambiguous, shows_comma, typed
from lnnlab.data.tables.packed import read_mat, read_parquet
from lnnlab.data.tables.preamble import rate_above
from lnnlab.data.tables.repairs import repair
from lnnlab.data.tables.separators import BLANKS
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.text import Text, read_text, without_comments
from lnnlab.errors import UserError

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".tab", ".asc", ".lvm", ".log", ".prn")
PACKED = {".parquet": read_parquet, ".pq": read_parquet, ".mat": read_mat,
          **dict.fromkeys(JSON_SUFFIXES, read_json)}
JSON = re.compile(rb"\s*(\{\s*\"|\[\s*\{\s*\")")  # begins so, whatever the file is called
SUFFIXES = (*TEXT_SUFFIXES, *PACKED)
CHUNK_ROWS = 200_000  # parsed at a time, to save memory
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?")
LARGE_BYTES = 1 << 24
COMMENT_LINE = re.compile(rb"^[ \t]*(#(?!(N/A|DIV/0|NUM|VALUE|REF|NAME))|%|//)", re.MULTILINE)
MOST_BESIDE = 40  # lines of an oscilloscope beside the data


def read_table(path: Path, decimal: str | None = None) -> Table:
    """Read a file of columns: delimited text, Parquet or ``.mat``.

    Text may have any common encoding, separator, decimal mark and marks of thousands, lines above
    the table, comments, a header, a row of units, and repeated or trailing separators; what was
    taken as what stands in the table's notes.

    Args:
        path: the file; its ending tells Parquet and ``.mat``, all else is text.
        decimal: the decimal mark, where other files of the folder tell; None: found.

    Raises:
        UserError: the file is absent, empty, of no known kind, or its rows have unequal lengths.
    """
    packed = PACKED.get(path.suffix.lower())
    if packed is not None and path.exists():
        return typed(packed(path))
    text = read_text(path)
    if JSON.match(text.data):
        return typed(read_json(path))
    try:
        repair(text)
        dialect = sniff(text.lines, decimal)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    refuse_ambiguous(path, text.lines[dialect.start :], dialect)
    frame = _parsed(path, text, dialect)
    if not len(frame):
        raise UserError(f"{path}: a header and no rows; remove it or save it again")
    table = Table(path, frame, dialect.start + 1, dialect.words, dialect.decimal,
                  notes=[*text.notes, *dialect.notes])
    if text.encoding:
        table.words = f"{text.encoding}, {table.words}"
    if not any(dialect.units):
        below = tuple(text.units.get(k, "") for k in range(dialect.width))
        dialect = replace(dialect, units=below)
    _name(table, text.names or dialect.names, dialect)
    without_empty_rows(table)
    points = decimal is None and dialect.decimal == kinds.POINT and dialect.separator != ","
    if points and shows_comma(table, dialect.separator):  # further down than the first lines
        return read_table(path, kinds.COMMA)
    told = rate_above(dialect.above or _beside(table), dialect.decimal)
    if dialect.step_s:
        table.rate_hz, table.rate_from = float(f"{1 / dialect.step_s:.6g}"), "its header"
    elif told:
        table.rate_hz, table.rate_from = told[0], f"the line '{told[1][:60]}'"
    return typed(table)


def _parsed(path: Path, text: Text, dialect: Dialect) -> pd.DataFrame:
    try:
        return _read(text, dialect)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        if isinstance(error, pd.errors.EmptyDataError):
            return pd.DataFrame()
        if COMMENT_LINE.search(text.data, text.offset(dialect.start)):
            without_comments(text)
            text.notes.append("Comment lines within the table left out.")
            return _parsed(path, text, dialect)
        detail = str(error).split("C error: ")[-1].strip()
        detail = re.sub(r"line (\d+)", lambda at: f"line {int(at[1]) + dialect.start}", detail)
        raise UserError(f"{path}: not a table: {detail}; correct that row") from error


def _read(text: Text, dialect: Dialect) -> pd.DataFrame:
    blanks = dialect.separator == BLANKS
    stream = io.BytesIO(text.data)
    stream.seek(text.offset(dialect.start))  # pandas counts lines to skip in a way of its own
    large = len(text.data) > LARGE_BYTES
    given = pd.read_csv(
        stream, sep=r"\s+" if blanks else dialect.separator, header=None,
        decimal=dialect.decimal, encoding="utf-8", skip_blank_lines=False, low_memory=False,
        keep_default_na=False, na_values=[""], skipinitialspace=True, on_bad_lines="error",
        chunksize=CHUNK_ROWS if large else None,
    )
    parts = [_dated(_filled(part)) for part in given] if large else [_filled(given)]
    text.data = b""  # the largest thing by now
    return pd.concat(parts) if len(parts) > 1 else parts[0]


def _filled(part: pd.DataFrame) -> pd.DataFrame:
    """Without the blank lines; the index keeps the numbers of the others."""
    return part.dropna(how="all") if part.iloc[:, 0].isna().any() else part


def _dated(part: pd.DataFrame) -> pd.DataFrame:
    """ISO 8601 as dates: a million of them as text take a hundred megabytes."""
    for k in part.columns:
        first = part[k].iloc[0] if len(part) else None
        if isinstance(first, str) and ISO.match(first):
            with contextlib.suppress(ValueError, OverflowError):  # refused where it is used
                part[k] = pd.to_datetime(part[k], format="ISO8601", utc=True)
    return part


def _name(table: Table, names: tuple[str, ...] | None, dialect: Dialect) -> None:
    """Give the columns their names; separators that only trail are no columns."""
    frame, width = table.cells, table.cells.shape[1]
    given = list(names) if names is not None else [str(k) for k in range(width)]
    if names is None and width > 1 and _is_empty(frame.iloc[:, -1]):
        given[-1] = ""
    if len(given) < width and frame.iloc[:, len(given):].isna().all(axis=None):
        frame = frame.iloc[:, : len(given)]
    elif len(given) > width and not set(map(str.lower, given[width:])) - {"", "comment"}:
        given = given[:width]
    if len(given) != frame.shape[1]:
        if names is not dialect.names:
            raise UserError(f"{table.path}: its lines name {', '.join(filter(None, given))} and "
                            f"have {frame.shape[1]} cells, such as "
                            f"'{' '.join(map(str, frame.iloc[0]))[:40]}'; write a name before "
                            "every value, decimals with a point, and nothing else")
        raise UserError(f"{table.path}: {frame.shape[1]} cells a row under a header of "
                        f"{len(given)}; give every column a name, or write decimal points where "
                        "commas separate columns")
    spare = [k for k, name in enumerate(given) if not name and _is_empty(frame.iloc[:, k])]
    kept = [k for k in range(len(given)) if k not in spare]
    frame, given = frame.iloc[:, kept] if spare else frame, [
        " ".join(given[k].split()) for k in kept]
    frame.columns = unique(given, table.notes)
    table.cells = frame
    below = [dialect.units[k] if k < len(dialect.units) else "" for k in kept]
    for name, unit in zip(table.names, below, strict=True):
        if unit or units.unit_of(name):
            table.units[name] = unit or units.unit_of(name)


def _beside(table: Table) -> list[str]:
    """What stands in columns of its own beside the first rows, as some oscilloscopes write it."""
    columns = [table.cells.iloc[:, k] for k in range(min(2, table.cells.shape[1]))]
    if len(columns) < 2 or columns[0].dtype.kind in "iufbM" or columns[0].isna().mean() < 0.5:
        return []
    rows = np.flatnonzero(columns[0].notna())[:MOST_BESIDE]
    return [f"{columns[0].iloc[k]} {columns[1].iloc[k]}" for k in rows]


def _is_empty(column: pd.Series) -> bool:
    return bool(pd.isna(column.iloc[0])) and bool(column.isna().all())


def unique(names: list[str], notes: list[str]) -> list[str]:
    """Names made different as pandas does: ``x``, ``x.1``; columns without one by position."""
    names = [name or f"Unnamed: {k}" for k, name in enumerate(names)]
    found: list[str] = []
    for name in names:
        count, new = 0, name
        while new in found or (count and new in names):
            count += 1
            new = f"{name}.{count}"
        if count:
            notes.append(f"Two columns are named '{name}': the later one is '{new}'.")
        found.append(new)
    return found
