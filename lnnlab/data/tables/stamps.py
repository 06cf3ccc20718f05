"""Dates and times in forms of their own, rewritten as ISO 8601 or as other clocks write them."""

import re
from datetime import date, timedelta

import numpy as np
import pandas as pd

from lnnlab.errors import UserError

_MONTHS = (  # which may be shortened
    "january januar", "february februar", "march märz mrz", "april", "may mai", "june juni",
    "july juli", "august", "september", "october oktober", "november", "december dezember")
_CLOCK = r"(?P<clock>\d{1,2}:\d\d:\d\d(?:[.,]\d+)?)"
_PARTS = r"(?P<h>\d\d?){0}(?P<m>[0-5]\d){0}(?P<s>[0-5]\d)"
_DAY = r"(?P<day>\d\d?)"
_WEEKDAY = r"[A-Z][a-z]{1,2}\.?,? +"
_OFFSET = r"(?P<offset>Z| ?[-+]\d\d(?::?\d\d)?)?"
_FRACTION = r"(?P<fraction>[.,]\d+)?"
FORMS = [re.compile(form) for form in (
    rf"{_WEEKDAY}(?P<month>[^\W\d]{{3}})\.? +{_DAY} +{_CLOCK}(?: [A-Z]{{3,4}})? +(?P<year>\d{{4}})",
    rf"{_WEEKDAY}{_DAY} +(?P<month>[^\W\d]{{3}})\.? +(?P<year>\d{{4}}) +{_CLOCK} ?{_OFFSET}",
    # 05-Mai-2024, which only English names of three letters would not need
    rf"{_DAY}[-. /]+(?!(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[-. /])"
    rf"(?P<month>[^\W\d]{{3,9}})\.?[-. /]+(?P<year>\d{{4}})(?:[T ,_-]+{_CLOCK})?",
    r"(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)[T_ -]"
    + _PARTS.format(":?") + _FRACTION + _OFFSET,
    rf"(?P<date>\d{{4}}-\d\d-\d\d)[T_ -]+{_PARTS.format('-')}{_FRACTION}",
    r"(?P<date>\d{4}-\d\d-\d\d|\d\d?[./-]\d\d?[./-](?:\d{4}|\d\d))[T ,_-]+"
    + _PARTS.format(r"\.") + _FRACTION,
    rf"(?P<date>\d{{4}}-\d\d-\d\d)[T ]{_CLOCK}(?P<offset>[-+]\d\d)",  # +00 of PostgreSQL
    rf"(?P<date>\d{{4}}-\d\d-\d\d)[T ]{_CLOCK}{_OFFSET}\[[\w/+-]+\]",  # [Europe/Berlin] of Java
    rf"(?P<year>(?:19|20)\d\d)-(?P<of_year>[0-2]\d\d|3[0-5]\d|36[0-6])[T ]{_CLOCK}{_OFFSET}",
    rf"(?P<year>\d{{4}})年(?P<month>\d\d?)月{_DAY}日 ?{_CLOCK}",
    rf"(?P<days>\d{{3}}):{_CLOCK}|(?P<since>\d{{1,3}})\.(?P<of_day>\d\d:\d\d:\d\d(?:\.\d+)?)",
)]
DOTS = re.compile(r"([01]?\d|2[0-3])\.([0-5]\d)\.([0-5]\d)([.,]\d+)?")
MOST_YEARS = 12  # that dates of two digits a year pass through in a column
ZONES_H = {  # how far a zone's clock is from UTC
    "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2,
    "EET": 2, "EEST": 3, "MSK": 3, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6,
    "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}
ZONE = re.compile(r"(?<=[\dMm.]) ?([A-Z]{3,4})(?=$|[-+]\d\d:?\d\d$)")  # UTC, GMT+0100
SHORTEST = 9  # letters of such a form


def usual(cell: str) -> str:
    """A date and time as others write it, where it has a form of its own; else the cell itself.

    ``20240305_115958`` becomes ``2024-03-05 11:59:58``, ``065:11:59:58`` ``65 days 11:59:58``.
    """
    if len(cell) < SHORTEST or not (cell[0].isalnum() and any(map(str.isdigit, cell))):
        return cell
    found = next(filter(None, (form.fullmatch(cell) for form in FORMS)), None)
    return (found and _rewritten(found)) or cell


def _rewritten(found: re.Match[str]) -> str | None:
    has = {name: text for name, text in found.groupdict().items() if text is not None}
    clock = has.get("clock") or has.get("of_day") or ":".join(
        has[name] for name in ("h", "m", "s") if name in has)
    clock = (clock if clock[1:2] != ":" else f"0{clock}") + has.get("fraction", "")
    clock = clock.replace(",", ".")
    offset = has.get("offset", "").strip()
    clock += f"{offset}:00" if len(offset) == 3 else offset
    if "days" in has or "since" in has:
        return f"{int(has.get('days') or has['since'])} days {clock}"
    if "date" in has:
        day = has["date"]
    elif "of_year" in has:
        day = (date(int(has["year"]), 1, 1) + timedelta(int(has["of_year"]) - 1)).isoformat()
    else:
        month = int(has["month"]) if has["month"].isdigit() else next(
            (number for number, names in enumerate(_MONTHS, 1) if any(
                name.startswith(has["month"].lower()) for name in names.split())), None)
        if month is None:
            return None
        day = f"{has['year']}-{month:02}-{int(has['day']):02}"
    return f"{day} {clock}".strip()


def dotted(cells: list[str]) -> bool:
    """Whether ``11.59.58`` in all cells of a column is a time of day, and no date.

    Dates of two digits a year have no month 0 or 59, and do not pass through many years.
    """
    found = [DOTS.fullmatch(cell) for cell in cells]
    if not found or not all(found):
        return False
    first, month, last = (np.array([int(each[k]) for each in found]) for k in (1, 2, 3))
    if ((month < 1) | (month > 12)).any() or any(each[4] for each in found):
        return True
    days_last = ((last >= 1) & (last <= 31)).all()
    return not days_last and ((first < 1).any() or len(set(last)) > MOST_YEARS)


def as_usual(texts: pd.Series) -> pd.Series:
    """A column in forms that are known; see :func:`usual` and :func:`dotted`."""
    if usual(texts.iloc[0]) != texts.iloc[0]:
        return texts.map(usual)
    if DOTS.fullmatch(texts.iloc[0]) and dotted(texts.unique().tolist()):
        return texts.str.replace(DOTS, r"\1:\2:\3\4", regex=True)
    return texts


def without_zones(texts: pd.Series) -> tuple[pd.Series, np.ndarray | None]:
    """Times without the names of their zones, and how far each is ahead of UTC, s, (row,).

    Only where the zone changes, as between winter and summer, does it count: None elsewhere.

    Raises:
        UserError: it changes, and is none that is known in a row.
    """
    if not ZONE.search(texts.iloc[0]):
        return texts, None
    zones = texts.str.extract(ZONE, expand=False).fillna("")
    bare, names = texts.str.replace(ZONE, "", regex=True), [*filter(None, zones.unique())]
    if len(names) < 2:
        return bare, None
    unknown = ~zones.isin(ZONES_H.keys())
    if unknown.any():
        raise UserError(f"zones {', '.join(names[:4])} in one column, but '{texts[unknown].iloc[0]}"
                        "' is of none that is known; write how far it is from UTC, such as +02:00")
    return bare, 3600.0 * zones.map(ZONES_H).to_numpy()
