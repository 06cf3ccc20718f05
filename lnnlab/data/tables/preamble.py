"""What instruments write above a table: the sampling rate, or the time between samples."""

import re
from collections.abc import Sequence

from lnnlab.data.tables.cells import is_number
from lnnlab.data.tables.units import OTHERS, SECONDS, plain

_RATE = re.compile(
    r"(sampl\w*|output|update|acquisition)[\s_-]*(rate|freq\w*|per[\s_-]*sec\w*)|\bfs\b|\bodr\b|"
    r"abtast(rate|frequenz)|(\blogging|\brecording|\bscan|data)[\s_-]*rate|"
    r"fr.quence d.échant|samplerate|date format\b.*\bat\b", re.IGNORECASE)
_STEP = re.compile(r"sampl\w*[\s_-]*(interval|period|time)|\b(logging|recording)[\s_-]*interval|"
                   r"\b(?-i:Ts)\s*=(?=\s*(?:0?\.\d+\s?s|[\d.]+\s?[mµμu]s)\b)|delta[\s_]*[xt]\b|time[\s_-]*(step|"
                   r"interval|increment)|\bincrement\b|\bdt\b|abtastzeit", re.IGNORECASE)
_WEAK = re.compile(r"logging|recording|scan", re.IGNORECASE)  # which a unit is to go with
_TOLD = re.compile(r"hz\b|hertz\b|sps\b|\d\s?(ms|s|secs?|seconds?|mins?|minutes?|h|hours?)\b|"
                   r"[(\[](ms|s|secs?|seconds?|mins?|minutes?)[)\]]", re.IGNORECASE)
_SPAN = re.compile(r"sampl\w*[\s_-]*time", re.IGNORECASE)  # a step, or how long it was sampled
LONGEST_STEP_S = 0.1  # longer, beside a count of samples, it may be how long it was sampled
_COUNT = re.compile(  # how many there are, and not in a second
    r"\b(samples|points)\b(\s*(per|/)\s*(ch|chan|channel|file|record|block|frame|trace)\b)?"
    r"[^\w/]*\d|record length|\bwerte pro kanal\b", re.IGNORECASE)
_OTHER = re.compile(  # of rates and steps, but not those from sample to sample
    r"over[\s_-]*$|display|screen|refresh|deviation|tolerance|accuracy|jitter|drift|divi[sd]|"
    r"factor|error|\bmax(im\w+)?\b|\bminim\w+|(?<!per )(?<!/)\bmin\b[.\s_-]*$|supported|\bup to\b|"
    r"\boriginal", re.IGNORECASE)
_MADE_OF = r"\b(?:(?:down|sub|re)[\s_-]?sampl(?:ed|ing)|decimat(?:ed|ion))\b"
_MADE_BY = re.compile(  # a table of so many times fewer samples than were taken
    rf"{_MADE_OF}(?:\s*(?:factor|by))?[\s:=,;]*(?!1\b)[1-9]\d*\b(?!\s*[kMG]?Hz)|"
    rf"{_MADE_OF}[\s:=,;]*(?:yes|on|true)\b", re.IGNORECASE)
_RANGE = re.compile(r"[\s_-]*(range|limit)", re.IGNORECASE)  # behind the name
_TO = re.compile(r"\d[\s\w]*?\s?(-|–|\.\.+|\bto|\bbis)\s*$", re.IGNORECASE)  # 0.5 to
_ON = re.compile(r"\s*(?:\w*hz\s*)?(–|\.\.+|to\b|bis\b)\s*\d", re.IGNORECASE)
# thousands in groups of three, never after a leading 0: 0,001250 is a decimal comma
_NUMBER = (r"([-+]?(?:[1-9]\d{0,2}(?:,\d{3})+(?!\d)(?:\.\d+)?|[1-9]\d{0,2}(?:\.\d{3})+(?!\d)(?:,"
           r"\d+)?|\d+(?:[.,]\d+)?)(?:[eE][-+]?\d+)?)")
_ALONE = re.compile(rf"(?<![A-Za-z\d.]){_NUMBER}")  # no part of a name such as CH1
_MARKS = re.compile(  # 25'600, 25 600 Hz
    r"(?<![\w.,])[1-9]\d{0,2}(?:['’\u00a0\u2009\u202f]\d{3})+(?!\d)|"
    r"(?:(?<=[:=;,\t] )|(?<=[:=;,\t]))[1-9]\d{0,2}(?: \d{3})+(?=[ ,;\t]{0,2}[A-Za-z])")
_DATED = re.compile(r"[:/.-]\d|[.] ?[A-Z]?[a-z]{2,} \d")  # goes on as a date or time of day
_HERTZ = re.compile(
    r"(kilo|mega|[kmg])?\s?(?:hz\b|hertz\b|sps\b|(?:sa?|smp|samples?)\s?(?:/|per)\s?(s|sec|seconds?"
    r"|min|minutes?)(?![\w/]))|(?:1\s?)?(?:/|per)\s?(s|sec|seconds?|min|minutes?)(?![\w/])|"
    r"s(?:\^?-1|⁻¹)|(k)(?=$|[\s,;)])", re.IGNORECASE)
_MADE_TO = re.compile(
    rf"{_MADE_OF}\s*(?:to|at|@|rate)[\s:=]*({_NUMBER}\s*(?:{_HERTZ.pattern}))", re.IGNORECASE)
_SCALE = {"k": 1e3, "kilo": 1e3, "m": 1e6, "mega": 1e6, "g": 1e9}
_WORD = re.compile(r"[^\W\d_]+(?:[/^]\w+)*|%|°\w*(?:/\w+)?")
_BRACKET = re.compile(r"[(\[]\s*([^()\[\]]+?)\s*[)\]]")
_NO_RATES = OTHERS - {"hz", "khz", "k", "utc", "date", "time", "none", "raw"} | {
    "baud", "bd", "bps", "kbps", "mbps", "bit", "bits", "bit/s", "kbit/s", "mbit/s", "byte",
    "bytes", "kb", "mb", "kb/s", "mb/s", "m/s", "ppm", "samples", "sample"}


def rate_above(lines: Sequence[str], decimal: str) -> tuple[float, str] | None:
    """A sampling rate that the lines above a table tell, Hz, and the line.

    Args:
        lines: above the table.
        decimal: the table's decimal mark; the other one stands between thousands.
    """
    found = {}
    told = [(to[1], line) for line in lines if (to := _MADE_TO.search(line))]
    if not told and not any(map(_MADE_BY.search, lines)):
        told = [(line, line) for line in lines]
    counted = any(_COUNT.search(line) for line in lines)
    for part, line in told:
        bare = _MARKS.sub(lambda mark: re.sub(r"\D", "", mark[0]), _unmarked(part))
        rate = _rate_in(bare, decimal, counted)
        if rate is not None:
            found[rate] = _unmarked(line)
    if len({float(f"{rate:.4g}") for rate in found}) != 1:
        return None  # none, or lines that disagree
    rate, line = next(iter(found.items()))
    return float(f"{rate:.6g}"), line


def _unmarked(line: str) -> str:
    return line.strip().strip("#%/ ").replace('"', "")


def _rate_in(text: str, decimal: str, counted: bool) -> float | None:
    """The rate that a line tells, Hz, by its name, its number and the unit of that."""
    named = _STEP.search(text) or _RATE.search(text)
    numbers = [each for each in _ALONE.finditer(text, named.end() if named else 0)
               if not re.match(r"/(s|min)", text[each.end() :])]  # [1/s]
    alone = re.fullmatch(rf"{_NUMBER}\s*({_HERTZ.pattern})", text, re.IGNORECASE)
    before = named and re.search(rf"{_NUMBER}\s*({_HERTZ.pattern})\s*$", text[: named.start()],
                                 re.IGNORECASE)
    if named is None or before or alone:  # 400 Hz, or 400 Hz sampling rate
        whole = before or alone
        return _value(whole[1], decimal) * _hertz(_HERTZ.match(whole[2])) if whole else None
    step = bool(_STEP.search(text))
    if not numbers or _WEAK.match(named[0]) and not _TOLD.search(text):
        return None
    number = _with_unit(text, numbers)
    around = re.split(r"[,;:]", text[: named.start()])[-1], text[named.end() : number.start()]
    value = _value(number[1], decimal)
    if any(map(_OTHER.search, around)) or _is_range(around[1], text[number.end() :]):
        return None
    if value <= 0 or _DATED.match(text, number.end()) or (
            re.match(r" \d{3}(?!\d)", text[number.end() :]) and len(number[1]) < 4
            and text[number.end() + 1 :][:3] != number[1]):  # 25 600, of which nothing tells
        return None
    unit = _unit(text, number, around[1], step)
    if unit is None:
        return None
    scale, is_time = unit
    if counted and step and is_time and value * scale > LONGEST_STEP_S and _SPAN.search(named[0]):
        return None
    return 1 / (value * scale) if is_time else value * scale


def _is_range(before: str, behind: str) -> bool:
    """Whether a number is one end of what a device can do: 0.5-10000 Hz, range up to 3200 Hz."""
    return bool(_RANGE.match(before) or _TO.search(before) or _ON.match(behind))


def _with_unit(text: str, numbers: list[re.Match[str]]) -> re.Match[str]:
    """The first number, or the one with Hz behind it where only digits and marks are between."""
    for number in numbers:
        if re.search(r"[^\W\d]", text[numbers[0].end() : number.start()]):
            break
        if _HERTZ.match(text[number.end() :].lstrip(" ,;:)]\t")):
            return number
    return numbers[0]


def _unit(
    text: str, number: re.Match[str], between: str, step: bool
) -> tuple[float, bool] | None:
    """Hz or seconds that a number counts in, and whether it is a time; None: neither."""
    after = text[number.end() :]
    near, joined = after.lstrip(" ,;:()[]\t"), after.lstrip(" ([")
    hertz = _HERTZ.match(near)
    if hertz:
        return _hertz(hertz), False
    word = _WORD.match(near)
    if word and word[0] != "S" and plain(word[0]) in SECONDS and re.match(
            r"$|[\s,;:.)\]]", near[word.end() :]):
        return SECONDS[plain(word[0])], True
    if word and (plain(word[0]) in _NO_RATES or (
            joined == near and not near[word.end() :].strip(" .)]"))):
        return None
    for told in (*_BRACKET.findall(between), *_BRACKET.findall(text), between):
        hertz = _HERTZ.search(told) if told is between else _HERTZ.match(told)
        if hertz and not hertz[4]:
            return _hertz(hertz), False
        for part in re.split(r"[\s_:=,;/]+", told):
            if plain(part) in SECONDS and (step or plain(part)[0] in "mµμun"):
                return SECONDS[plain(part)], True
        if told is not between and plain(told) in _NO_RATES:
            return None
    return 1.0, step


def _hertz(unit: re.Match[str]) -> float:
    scale = _SCALE.get((unit[1] or unit[4] or "").lower(), 1.0)
    return scale / 60 if (unit[2] or unit[3] or "").lower().startswith("min") else scale


def _value(text: str, decimal: str) -> float:
    groups = re.split("[.,]", text)
    if len(groups) > 1 and len(set(groups)) == 1 and len(text) > 4:
        return float(groups[0])  # 400,400: a cell for every channel
    other = "," if decimal == "." else "."
    both = "," in text and "." in text
    if both or len(groups) > 2 or re.fullmatch(rf"[-+]?[1-9]\d{{0,2}}[{other}]\d{{3}}", text):
        last = max(text.rfind(","), text.rfind(".")) if both else len(text)
        text = re.sub("[.,]", "", text[:last]) + text[last:]
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
