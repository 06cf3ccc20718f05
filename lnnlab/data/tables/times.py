"""A column of times to seconds: units by name, bracket, row and size; dates and times of day."""

import numpy as np
import pandas as pd

from lnnlab.data.tables.conditions import are_steps
from lnnlab.data.tables.dates import DAY_S, seconds_of_digits, short_form
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.text_times import no_time, of_dates, of_text
from lnnlab.data.tables.ticks import Times, tick_of
from lnnlab.data.tables.units import WORDS, time_unit_s

EPOCHS = {1.0: (9e8, 5e9), 1e-3: (9e11, 5e12), 1e-6: (9e14, 5e15), 1e-9: (9e17, 5e18)}
EXCEL_DAYS = (20_000.0, 80_000.0)  # 1954 to 2119
MATLAB_DAYS = (700_000.0, 800_000.0)  # since the year 0: 1916 to 2190
FAR, SHORT_DAYS = 20, 1.2e-5  # spans from 0, and a step of a second: short ones on a long way


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
    for each in (date, name) if date is not None else (name,):
        if not table.is_numeric(each) and table.cells[each].isna().any():
            raise no_time(table, each, table.cells[each][table.cells[each].isna()])
    if column.dtype.kind == "b":
        raise no_time(table, name, column)
    if column.dtype.kind == "M" or isinstance(column.dtype, pd.DatetimeTZDtype):
        return of_dates(column, f"column '{name}', dates", table, name)
    if not table.is_numeric(name):
        if date is not None:
            dates = table.cells[date].astype(str).str.strip()
            column = dates.str.cat(column.astype(str).str.strip(), sep=" ")
            return of_text(table, name, column, f"columns '{date}' and '{name}'")
        if short is None:
            short = short_form([table], name)
        return of_text(table, name, column, f"column '{name}'", short)
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
