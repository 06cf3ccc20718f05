"""A column of times to seconds: units by name, bracket, row and size; dates and times of day."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lnnlab.data.tables.conditions import are_steps
from lnnlab.data.tables.dates import (
    DAY_S,
    GUESSED,
    HOUR_S,
    MINUTES,
    parsed,
    seconds_of_digits,
    short_form,
)
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.units import WORDS, time_unit_s
from lnnlab.errors import UserError

EPOCHS = {1.0: (9e8, 5e9), 1e-3: (9e11, 5e12), 1e-6: (9e14, 5e15), 1e-9: (9e17, 5e18)}
EXCEL_DAYS = (20_000.0, 80_000.0)  # 1954 to 2119
MATLAB_DAYS = (700_000.0, 800_000.0)  # since the year 0: 1916 to 2190
FAR, SHORT_DAYS = 20, 1.2e-5  # spans from 0, and a step of a second: short ones on a long way
FORMS = ("seconds, milliseconds (name it ..._ms), ISO 8601 (2024-03-05T12:00:00.010), "
         "05.03.2024 12:00:00.010 or 12:00:00.010")
HALF_DAY = re.compile(r"\s*([ap])\.?\s?m\.?$", re.IGNORECASE)  # PM, p.m., p. m.
ZONE = re.compile(r"(?<=[\dMm.]) ?[A-Z]{3,4}(?=$|[-+]\d\d:?\d\d$)")  # UTC, GMT+0100


@dataclass(frozen=True)
class Times:
    """When the rows of a table were taken.

    Attributes:
        s: seconds since the first row, (row,).
        tick_s: resolution of the clock as written; 0 where it shows none.
        words: the column and its unit.
        sure: whether something told the unit; else it was guessed.
        counts: whether it counts in whole numbers, of what nothing tells.
        instead: what to do where the guess is wrong; ``""``: to name the unit.
    """

    s: np.ndarray
    tick_s: float
    words: str
    sure: bool
    counts: bool = False
    instead: str = ""


def times_of(
    table: Table, name: str, date: str | None = None, short: str | None = None
) -> Times:
    """The seconds of a time column.

    Args:
        table: whose column.
        name: of the column.
        date: of a column of dates, where ``name`` holds the time of day.
        short: what ``08:30`` is in all files, see :func:`lnnlab.data.tables.dates.short_form`.

    Raises:
        UserError: a cell is no time; the message says which forms are.
    """
    column = table.cells[name]
    if column.dtype.kind == "M" or isinstance(column.dtype, pd.DatetimeTZDtype):
        return _of_dates(column, f"column '{name}', dates", table, name)
    if not table.is_numeric(name):
        if date is not None:
            dates = table.cells[date].astype(str).str.strip()
            column = dates.str.cat(column.astype(str).str.strip(), sep=" ")
            return _of_text(table, name, column, f"columns '{date}' and '{name}'")
        if short is None:
            short = short_form([table], name)
        return _of_text(table, name, column, f"column '{name}'", short)
    raw = table.numbers([name])[:, 0]
    unit_s, sure = time_unit_s(name, table.units.get(name, "")), True
    words = f"column '{name}' in {WORDS.get(unit_s) or f'units of {unit_s or 0:g} s'}"
    digits = seconds_of_digits(column.to_numpy()) if unit_s is None else None
    if digits is not None:
        words = f"column '{name}', digits of hours, minutes and seconds"
        return Times(digits, tick_of(digits, DAY_S), words, True)
    if unit_s is None:
        unit_s, words, sure = _by_size(raw, name)
    if are_steps(table, name):
        s = np.concatenate([[0.0], np.cumsum(raw[1:])])
        words = words.replace(f"column '{name}'", f"column '{name}', steps")
        counts = not sure and bool((raw == np.round(raw)).all()) and np.median(raw) > 1
        return Times(s * unit_s, 0.0, words, sure, bool(counts))
    exact, wraps = _unwrapped(column.to_numpy())
    if wraps:
        words += f", which starts again at 0 after 2^{wraps}"
    exact = exact - exact[0]  # whole numbers of nanoseconds are too long for float64
    tick = tick_of(np.asarray(exact, dtype=np.float64), float(np.abs(raw).max()))
    counts = not sure and unit_s == 1.0 and bool((raw == np.round(raw)).all())
    return Times(np.asarray(exact, dtype=np.float64) * unit_s, tick * unit_s, words, sure, counts)


def tick_of(values: np.ndarray, largest: float = 0.0) -> float:
    """The step in which values count: 1 for whole numbers, 0.01 for two decimals, 0 for none.

    Args:
        values: since the first.
        largest: magnitude of the values as written, whose last digit float64 cannot hold.
    """
    some = values[:20_000]
    for digits in range(10):
        scaled = some * 10.0**digits
        room = max(1e-5, 8 * np.finfo(float).eps * max(largest, 1.0) * 10.0**digits)
        if room > 0.05:
            break
        if np.abs(scaled - np.round(scaled)).max(initial=0.0) <= room:
            steps = np.abs(np.diff(np.round(scaled).astype(np.int64)))
            return float(np.gcd.reduce(steps)) / 10.0**digits if len(steps) else 0.0
    return 0.0


def _unwrapped(values: np.ndarray) -> tuple[np.ndarray, int]:
    """A counter of a microcontroller without its overflows, and its bits; 0: none was seen."""
    falls = np.diff(values.astype(np.float64))
    falls = falls[falls < 0]
    for bits in (16, 24, 32):
        if len(falls) and values.dtype.kind in "iu" and values.min() >= 0 and (
                values.max() < 2**bits) and (falls < -0.9 * 2**bits).all():
            over = np.concatenate([[0], np.cumsum(np.diff(values.astype(np.int64)) < 0)])
            return values.astype(np.int64) + (over << bits), bits
    return values, 0


def _by_size(raw: np.ndarray, name: str) -> tuple[float, str, bool]:
    middle = float(np.median(raw))
    for unit_s, (low, high) in EPOCHS.items():
        if low < middle < high:
            return unit_s, f"column '{name}', {WORDS[unit_s]} since 1970 by their size", True
    steps = np.diff(raw)
    if EXCEL_DAYS[0] < middle < EXCEL_DAYS[1] and np.median(steps) < 0.01 and (
            raw != np.round(raw)).any():
        return DAY_S, f"column '{name}', days of Excel by their size", True
    if MATLAB_DAYS[0] < middle < MATLAB_DAYS[1] and 0 < np.median(steps) < 0.01:
        return DAY_S, f"column '{name}', days of MATLAB by their size", True
    if name.strip().lower() == "timestamp" and (raw == np.round(raw)).all() and (
            2 <= np.median(steps) <= 1000):
        return 1e-3, f"column '{name}', taken as milliseconds as Edge Impulse writes it", False
    if 0 <= raw.min() < raw.max() < 1 and 0 < np.median(steps) < SHORT_DAYS and (
            raw.min() > FAR * np.ptp(raw) or _is_round(1 / (DAY_S * float(steps.mean())))):
        return DAY_S, f"column '{name}', taken as fractions of a day as Excel writes times", False
    return 1.0, f"column '{name}', taken as seconds", False


def _is_round(rate: float) -> bool:
    return abs(float(f"{rate:.2g}") / rate - 1) < 1e-5


def _of_text(
    table: Table, name: str, column: pd.Series, words: str, short: str = ""
) -> Times:
    texts = column.astype(str).str.strip()
    if ZONE.search(texts.iloc[0]):
        texts = texts.str.replace(ZONE, "", regex=True)
    if HALF_DAY.search(texts.iloc[0]):
        texts = texts.str.replace(HALF_DAY, r" \1M", regex=True)
    first = texts.iloc[0]
    if re.match(r"(\d+ days? )?\d{1,3}:\d\d", first):
        return _of_clock(table, name, texts, words, short)
    iso = texts
    if first.count(",") == 1 and re.search(r":\d\d,\d", first):
        iso = texts.str.replace(",", ".", regex=False)
    if re.search(r"\d:\d\d:\d\d:\d", first):
        iso = iso.str.replace(r":(\d+)$", r".\1", regex=True)
    if re.match(r"\d{4}-\d\d-\d\d", first):
        try:
            found = pd.to_datetime(iso, format="ISO8601", utc=True)
            return _of_dates(found, f"{words}, ISO 8601", table, name)
        except (ValueError, pd.errors.OutOfBoundsDatetime):
            pass
    found = parsed(iso)
    if found is None:
        raise _no_time(table, name, texts)
    return _of_dates(found[0], f"{words}, {found[1]}", table, name)


def _of_clock(table: Table, name: str, texts: pd.Series, words: str, short: str) -> Times:
    """Times of day; midnight passes. ``34:56.7`` is minutes and seconds, as Excel shows them."""
    late = texts.str.contains("p", case=False) if re.search(r"[ap]m", texts.iloc[0], re.I) else None
    plain = texts.str.replace(r"\s*[AaPp][Mm]$", "", regex=True) if late is not None else texts
    plain = plain.str.replace(",", ".", regex=False)
    plain = plain.str.replace(r" ?(Z|[-+]\d\d:?\d\d)$", "", regex=True)
    plain = plain.str.replace(r"^(\d+:\d+:\d+):(\d+)$", r"\1.\2", regex=True)
    if short == MINUTES:
        plain = "00:" + plain
    elif short or re.fullmatch(r"\d{1,2}:\d\d", plain.iloc[0]):
        plain = plain + ":00"
    found = pd.to_timedelta(plain, errors="coerce")
    if found.isna().any():
        raise _no_time(table, name, texts[found.isna()])
    s = found.to_numpy().astype("timedelta64[ns]").astype(np.int64) / 1e9
    if late is not None:
        s = s % (DAY_S / 2) + np.where(late.to_numpy(), DAY_S / 2, 0.0)
    period = HOUR_S if short == MINUTES else DAY_S
    s = s + period * np.concatenate([[0], np.cumsum(np.diff(s) < -period / 2)])
    instead = "write minutes and seconds as 0:08:30" if short == GUESSED else ""
    return Times(s - s[0], tick_of(s - s[0], DAY_S), f"{words}, {short or 'times of day'}",
                 not instead, instead=instead)


def _of_dates(found: pd.Series, words: str, table: Table, name: str) -> Times:
    if found.isna().any():
        raise _no_time(table, name, found[found.isna()])
    if isinstance(found.dtype, pd.DatetimeTZDtype):
        found = found.dt.tz_convert("UTC").dt.tz_localize(None)
    ns = found.to_numpy().astype("datetime64[ns]").astype(np.int64)
    s = (ns - ns[0]) / 1e9
    return Times(s, tick_of(s, float(np.abs(s).max())), words, True)


def _no_time(table: Table, name: str, bad: pd.Series) -> UserError:
    known = pd.to_datetime(bad.astype(str), format="ISO8601", errors="coerce", utc=True).notna()
    wrong = bad[~known] if known.any() and not known.all() else bad
    row, cell = table.first_row + int(wrong.index[0]), str(wrong.iloc[0])
    return UserError(f"{table.path}, row {row}, column '{name}': '{cell}' is no time; times are "
                     f"{FORMS}")
