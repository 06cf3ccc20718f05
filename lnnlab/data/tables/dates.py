"""Dates and times of day as they are written: in texts of some form, or in a number's digits."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lnnlab.data.tables.names import words_of
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.units import plain, unit_of

DATES = ("%d.%m.%Y", "%d.%m.%y", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%d-%m-%Y",
         "%m-%d-%Y", "%d-%m-%y", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%d-%b-%Y", "%d %b %Y",
         "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%y/%m/%d", "%y.%m.%d", "%y-%m-%d")
CLOCKS = ("%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%I:%M:%S.%f %p", "%I:%M:%S %p", "%I:%M %p")
FIRST = {"%d": "the day", "%m": "the month", "%Y": "the year", "%y": "the year"}
FROM, TO = 19_000_101, 21_001_231  # days that a number's digits may be
DAY_S, HOUR_S = 86_400.0, 3600.0
ODD = 0.5  # of the usual step: a step further from it is none of a steady clock

MINUTES, HOURS = "minutes and seconds", "hours and minutes"
GUESSED = "taken as "  # before either, where nothing tells which
SHORT = re.compile(r"(\d{1,3}):\d\d([.,]\d+)?")
RUNNING = {"elapsed", "duration", "uptime"}  # words of clocks that show no time of day


def parsed(texts: pd.Series) -> tuple[pd.Series, str] | None:
    """Dates in any form but ISO 8601, and a word on the form; None: they are none.

    Where several forms fit, such as day and month in either order, time passes most evenly in the
    one that is taken.
    """
    clocks = CLOCKS if ":" in texts.iloc[0] else ("",)
    tried = [(found, date) for date in DATES for clock in clocks
             if (found := _strptime(texts, date, clock)) is not None]
    if not tried:
        return None
    steps = [np.diff(found.to_numpy().astype("datetime64[ns]").astype(np.int64))
             for found, _ in tried]
    best = min(range(len(tried)), key=lambda k: _unevenness(steps[k]))
    apart = any((each != steps[best]).any() for each in steps)
    found, date = tried[best]
    return found, f"dates, {FIRST[date[:2]]} first" if apart else "dates"


def _unevenness(steps: np.ndarray) -> tuple[bool, int, int]:
    return bool((steps < 0).any()), odd_steps(steps), int(np.abs(steps).sum())


def odd_steps(steps: np.ndarray) -> int:
    """How many steps of a clock are unlike the usual one; equal times of a coarse clock are none.
    """
    steps = steps[steps != 0]
    usual = float(np.median(steps)) if len(steps) else 0.0
    return int((np.abs(steps - usual) > ODD * abs(usual)).sum())


def _strptime(texts: pd.Series, date: str, clock: str) -> pd.Series | None:
    few, form = texts.iloc[:50], None
    for joint in (" ", "T", ", ", "_", "-") if clock else ("",):
        form = f"{date}{joint}{clock}"
        if pd.to_datetime(few, format=form, errors="coerce").notna().mean() >= 0.5:
            break
    else:
        return None
    if "%f" in clock:  # some tools write no fraction where it is zero
        bare = ~texts.str.contains(r":\d\d[.,]\d", regex=True)
        texts = texts.where(~bare, texts.str.replace(r"(:\d\d)(?!.*:\d)", r"\1.0", regex=True))
    try:
        return pd.to_datetime(texts, format=form)
    except ValueError:
        return None


def short_form(tables: Sequence[Table], name: str) -> str:
    """What ``08:30`` is in a column of all files; ``""``: its times are written otherwise.

    Fractions, a column that begins beyond 24, a unit such as ``mm:ss`` or a name tell minutes and
    seconds. Without these it is taken as a time of day, and as minutes and seconds where it goes
    beyond 24: more count these than hours of several days.
    """
    columns = [table.cells[name].dropna() for table in tables]
    shown = [str(each.iloc[0]).strip() for each in columns if len(each)]
    if not shown or not all(map(SHORT.fullmatch, shown)):
        return ""
    unit = plain(tables[0].units.get(name, "") or unit_of(name))
    if re.fullmatch(r"h+:m+", unit):
        return HOURS
    texts = (str(each).strip() for column in columns for each in column.unique())
    cells = [each for each in map(SHORT.fullmatch, texts) if each]
    starts, far = [each.split(":")[0] for each in shown], any(int(each[1]) > 24 for each in cells)
    if re.match(r"m+:s", unit) or any(each[2] for each in cells) or (
            far and max(map(int, starts)) >= 24):
        return MINUTES
    if RUNNING & set(words_of(name)):
        return MINUTES if min(map(len, starts)) > 1 else GUESSED + MINUTES
    return GUESSED + (MINUTES if far else HOURS)


def guess(form: str) -> str:
    """What to do where :func:`short_form` guessed wrong; ``""``: it did not guess."""
    if not form.startswith(GUESSED):
        return ""
    return f"write {HOURS} as 08:30:00" if form.endswith(MINUTES) else (
        f"write {MINUTES} as 0:08:30")


def seconds_of_digits(values: np.ndarray) -> np.ndarray | None:
    """Seconds since the first of 115959, 20240305115959 or 20240305115959123; None: no such digits.

    Without a date a number may count anything: its digits are a time only where that passes more
    evenly than the number, as from 115959 to 120000.
    """
    if values.dtype.kind not in "iuf" or not len(values) or not 0 <= values.min() <= (
            values.max()) < 1e18:
        return None
    whole = np.floor(values).astype(np.int64)
    rest = values - whole if values.dtype.kind == "f" else np.zeros(len(values))
    if whole.min() >= FROM * 10**9:
        whole, rest = whole // 1000, whole % 1000 / 1000
    days, clock = whole // 10**6, whole % 10**6
    hours, minutes, seconds = clock // 10**4, clock // 100 % 100, clock % 100
    if (hours > 23).any() or (minutes > 59).any() or (seconds > 59).any():
        return None
    s = HOUR_S * hours + 60.0 * minutes + seconds + rest
    if not days.any():
        s += DAY_S * np.concatenate([[0], np.cumsum(np.diff(s) < -DAY_S / 2)])
        return s - s[0] if odd_steps(np.diff(s)) < odd_steps(np.diff(values)) else None
    if not FROM <= days.min() <= days.max() <= TO:
        return None
    known, codes = np.unique(days, return_inverse=True)
    dates = pd.to_datetime(pd.Series(known.astype(str)), format="%Y%m%d", errors="coerce")
    if dates.isna().any():
        return None
    passed = (dates - dates.iloc[0]).dt.total_seconds().to_numpy()[codes]
    return passed + s - (passed[0] + s[0])
