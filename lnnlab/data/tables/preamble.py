"""What instruments write above a table: the sampling rate, or the time between samples."""

import re
from collections.abc import Sequence

from lnnlab.data.tables.cells import is_number
from lnnlab.data.tables.units import SECONDS, plain

_NUMBER = r"([-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)(?:[eE][-+]?\d+)?)"
_RATE = re.compile(
    r"(sampl\w*|output|update|acquisition)[\s_-]*(rate|freq\w*|per[\s_-]*sec\w*)|\bfs\b|\bodr\b|abtastrate|data[\s_-]*rate|"
    r"fr.quence d.échant|samplerate|date format\b.*\bat\b", re.IGNORECASE)
_STEP = re.compile(r"sampl\w*[\s_-]*(interval|period|time)|delta[\s_]*[xt]\b|time[\s_-]*(step|"
                   r"interval|increment)|\bincrement\b|\bdt\b|abtastzeit", re.IGNORECASE)
_ALONE = re.compile(rf"(?<![A-Za-z\d.]){_NUMBER}")  # no part of a name such as CH1
_HERTZ = re.compile(_NUMBER + r"[\s,;:)\]]*(k|M)?(hz|sps|s/s)\b", re.IGNORECASE)
_UNIT = re.compile(r"[(\[]\s*(\w+)\s*[)\]]|\d\s*([a-zµμ]+)\s*$", re.IGNORECASE)


def rate_above(lines: Sequence[str], decimal: str) -> tuple[float, str] | None:
    """A sampling rate that the lines above a table tell, Hz, and the line.

    Args:
        lines: above the table.
        decimal: the table's decimal mark; the other one stands between thousands.
    """
    found = {}
    for line in lines:
        text = line.strip().strip("#%/ ").replace('"', "")
        named = _STEP.search(text) or _RATE.search(text)
        number = named and _ALONE.search(text, named.end()) or _ALONE.search(text)
        hertz = _HERTZ.search(text)
        if hertz and (_RATE.search(text) or _HERTZ.fullmatch(text)):
            scale = {"k": 1e3, "m": 1e6}.get((hertz[2] or "").lower(), 1.0)
            found[_value(hertz[1], decimal) * scale] = text
        elif not number or _value(number[1], decimal) <= 0:
            continue
        elif _STEP.search(text):
            unit = _UNIT.search(text)
            word = plain(next(filter(None, unit.groups()), "")) if unit else "s"
            found[1 / (_value(number[1], decimal) * SECONDS.get(word, 1.0))] = text
        elif _RATE.search(text):
            scale = 1e3 if re.search(r"\bkhz", text, re.IGNORECASE) else 1.0
            found[_value(number[1], decimal) * scale] = text
    if len({float(f"{rate:.4g}") for rate in found}) != 1:
        return None  # none, or lines that disagree
    rate, line = next(iter(found.items()))
    return float(f"{rate:.6g}"), line


def _value(text: str, decimal: str) -> float:
    other = "," if decimal == "." else "."
    if re.fullmatch(rf"[-+]?\d{{1,3}}([{other}]\d{{3}})+([{decimal}]\d+)?", text):
        text = text.replace(other, "")
    return float(text.replace(",", "."))


def start_and_rate(rows: list[list[str]], start: int) -> float | None:
    """The rate, Hz, where a first row holds the start (s since 1970) and a second one the rate."""
    first, second = ({cell for cell in row} for row in (*rows[start : start + 2], [], [])[:2])
    if len(first) != 1 or len(second) != 1 or start:
        return None
    since, rate = (each.pop() for each in (first, second))
    if not (is_number(since, ".") and is_number(rate, ".")) or not 1e9 < float(since) < 5e9:
        return None
    return float(rate) if 0 < float(rate) < 1e5 else None
