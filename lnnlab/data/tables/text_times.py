"""A column of dates or times of day, written as text or of a type of dates, to seconds."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from lnnlab.data.tables.colons import behind_colons
from lnnlab.data.tables.dates import DAY_S, HOUR_S, MINUTES, guess, parsed
from lnnlab.data.tables.stamps import as_usual, without_zones
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.ticks import Times, tick_of
from lnnlab.errors import UserError

FORMS = ("seconds, milliseconds (name it ..._ms), ISO 8601 (2024-03-05T12:00:00.010), "
         "05.03.2024 12:00:00.010 or 12:00:00.010")
HALF_DAY = re.compile(r"\s*([ap])\.?\s?m\.?$", re.IGNORECASE)  # PM, p.m., p. m.


def of_text(table: Table, name: str, column: pd.Series, words: str, short: str = "") -> Times:
    """The times of a column of text without empty cells.

    Args:
        table, name: whose column, for messages.
        column: its cells, with a date in front of each where that has a column of its own.
        words: what it is.
        short: see :func:`lnnlab.data.tables.dates.short_form`.

    Raises:
        UserError: a cell is no time.
    """
    try:
        texts, ahead_s = without_zones(as_usual(column.astype(str).str.strip()))
        if HALF_DAY.search(texts.iloc[0]):
            texts = texts.str.replace(HALF_DAY, r" \1M", regex=True)
        texts, form = behind_colons(texts)
    except UserError as error:
        raise UserError(f"{table.path}, column '{name}': {error}") from error
    if re.match(r"(\d+ days? )?\d{1,3}:\d\d", texts.iloc[0]):
        times = _of_clock(table, name, texts, words, short or form)
    else:
        times = _of_dated(table, name, texts, words + (form and f", {form}"))
    if ahead_s is None:
        return times
    return replace(times, s=times.s - (ahead_s - ahead_s[0]), words=f"{times.words} of its zones")


def _of_dated(table: Table, name: str, texts: pd.Series, words: str) -> Times:
    first, iso = texts.iloc[0], texts
    if first.count(",") == 1 and re.search(r":\d\d,\d", first):
        iso = texts.str.replace(",", ".", regex=False)
    if re.match(r"\d{4}-\d\d-\d\d", first):
        try:
            found = pd.to_datetime(iso, format="ISO8601", utc=True)
            return of_dates(found, f"{words}, ISO 8601", table, name)
        except (ValueError, pd.errors.OutOfBoundsDatetime):
            pass
    found = parsed(iso)
    if found is None:
        raise no_time(table, name, texts)
    return of_dates(found[0], f"{words}, {found[1]}", table, name)


def _of_clock(table: Table, name: str, texts: pd.Series, words: str, form: str) -> Times:
    """Times of day; midnight passes. ``34:56.7`` is minutes and seconds, as Excel shows them."""
    late = texts.str.contains("p", case=False) if re.search(r"[ap]m", texts.iloc[0], re.I) else None
    plain = texts.str.replace(r"\s*[AaPp][Mm]$", "", regex=True) if late is not None else texts
    plain = plain.str.replace(",", ".", regex=False)
    plain = plain.str.replace(r" ?(Z|[-+]\d\d:?\d\d)$", "", regex=True)
    if form.endswith(MINUTES):
        plain = "00:" + plain
    elif re.fullmatch(r"\d{1,3}:\d\d", plain.iloc[0]):
        plain = plain + ":00"
    found = pd.to_timedelta(plain, errors="coerce")
    if found.isna().any():
        raise no_time(table, name, texts[found.isna()])
    s = found.to_numpy().astype("timedelta64[ns]").astype(np.int64) / 1e9
    if late is not None:
        s = s % (DAY_S / 2) + np.where(late.to_numpy(), DAY_S / 2, 0.0)
    period = HOUR_S if form.endswith(MINUTES) else DAY_S
    s = s + period * np.concatenate([[0], np.cumsum(np.diff(s) < -period / 2)])
    instead = guess(form)
    return Times(s - s[0], tick_of(s - s[0], DAY_S), f"{words}, {form or 'times of day'}",
                 not instead, instead=instead)


def of_dates(found: pd.Series, words: str, table: Table, name: str) -> Times:
    """The times of a column of dates.

    Raises:
        UserError: a cell is empty.
    """
    if found.isna().any():
        raise no_time(table, name, found[found.isna()])
    if isinstance(found.dtype, pd.DatetimeTZDtype):
        found = found.dt.tz_convert("UTC").dt.tz_localize(None)
    ns = found.to_numpy().astype("datetime64[ns]").astype(np.int64)
    s = (ns - ns[0]) / 1e9
    return Times(s, tick_of(s, float(np.abs(s).max())), words, True)


def no_time(table: Table, name: str, bad: pd.Series) -> UserError:
    """What to say of a column's cells that are no times, or may be among others that are."""
    known = pd.to_datetime(bad.astype(str), format="ISO8601", errors="coerce", utc=True).notna()
    wrong = bad[~known] if known.any() and not known.all() else bad
    row = table.first_row + int(wrong.index[0])
    shown = "an empty cell" if pd.isna(wrong.iloc[0]) else f"'{wrong.iloc[0]}'"
    return UserError(f"{table.path}, row {row}, column '{name}': {shown} is no time; times are "
                     f"{FORMS}")
