"""Units in names of columns (``ax [m/s²]``, ``t_ms``, ``Time (s)``) and in rows of their own."""

import re

SECONDS = {  # how a unit of time is written → seconds
    **dict.fromkeys(("ns", "nsec", "nsecs", "nanos", "nanosec", "nanosecs", "nanosecond",
                     "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "µs", "μs", "usec", "usecs", "micros", "microsec", "microsecs",
                     "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "milli", "millisec", "millisecs",
                     "millisecond", "milliseconds", "millisekunden"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sekunden", "secondes", "sek"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "stunden"), 3600.0),
    **dict.fromkeys(("d", "day", "days", "tage"), 86_400.0),
}
WORDS = {1e-9: "nanoseconds", 1e-6: "microseconds", 1e-3: "milliseconds", 1.0: "seconds",
         60.0: "minutes", 3600.0: "hours", 86_400.0: "days"}
OTHERS = {
    "g", "mg", "m/s2", "m/s²", "m/s^2", "m/s/s", "mm/s", "mm/s2", "mm/s²", "v", "mv", "uv",
    "µv", "a", "ma", "ua", "w", "mw", "c", "°c", "degc", "celsius", "k", "f", "°f", "deg",
    "deg/s", "°/s", "dps", "rad", "rad/s", "radians/s", "hz", "khz", "%", "rpm", "1/min",
    "u/min", "pa", "hpa", "kpa", "mpa", "bar", "mbar", "n", "nm", "n·m", "mm", "um", "µm", "cm",
    "m", "km", "kg", "ut", "µt", "mt", "gauss", "lux", "db", "dba", "counts", "count", "lsb",
    "adc", "raw", "ohm", "volt", "volts", "ampere", "amps", "watt", "watts", "sequence", "string",
    "text", "float", "int", "integer", "double", "bool", "none", "no_units", "unitless", "au",
    "a.u.", "utc", "date", "time",
}
FORMATS = {  # what rows of units hold beside units
    "sequence", "string", "text", "float", "int", "integer", "double", "bool", "none", "utc",
    "date", "time", "raw", "no_units", "unitless"}
UNITS = (OTHERS | SECONDS.keys()) - FORMATS
_BRACKETED = re.compile(r"^(.*?)[\s_]*[(\[{<]\s*([^()\[\]{}<>]*?)\s*[)\]}>]\s*$")
_CAMEL = re.compile(r"([a-z])([A-Z])")
_BROKEN = re.compile(r"(?i:(^|[\W_])(t|time|timestamp|elapsed))[mun]S(ec\w*)?$")  # of ms or s?
_PREFIX = re.compile(r"\b(milli|micro|nano)[\s_\-]+(?=s\b|secs?\b|seconds?\b|sekunden\b)")
_SLASH = re.compile(r"^(.*\S)\s*/\s*(\S+)$|^(.*\S)\s+in\s+(\S+)$")


def bare(name: str) -> str:
    """A name without its unit in brackets: ``"ax [m/s²]"`` → ``"ax"``."""
    found = _BRACKETED.match(name)
    return (found[1] or name).strip() if found else name


def unit_of(name: str) -> str:
    """The unit that stands in a name in brackets, or ``""``."""
    found = _BRACKETED.match(name)
    return found[2] if found and found[1] else ""


def time_unit_s(name: str, unit: str = "") -> float | None:
    """Seconds of the unit of time that a column's name or units row tells, or None.

    Understood: ``t_ms``, ``Time (ms)``, ``t [us]``, ``t/ms``, ``time in s``, ``time ms``,
    ``timeMs``, ``time_mS``, ``millis``, ``seconds_elapsed``, ``Time [0.1 ms]``, ``Time (msec.)``.
    """
    bracketed = _BRACKETED.match(name)
    slash = _SLASH.match(name)
    given = unit or (bracketed[2] if bracketed else "") or (
        (slash[2] or slash[4]) if slash else "")
    if plain(given) in SECONDS:
        return SECONDS[plain(given)]
    many = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*\*?\s*(\D+)", plain(given))  # [0.1 ms]
    if many and many[2] in SECONDS and float(many[1].replace(",", ".")) > 0:
        return float(many[1].replace(",", ".")) * SECONDS[many[2]]
    parts = words_of(name)
    if _BROKEN.search(bare(name)) and parts[-1].startswith("s"):
        return None
    for part in (*parts[-1:], *parts[:1]):
        if part in SECONDS and (part != "d" and part != "h" or len(parts) > 1):
            return SECONDS[part]
    return None


def words_of(name: str) -> list[str]:
    """The words of a column's name, in lower case: ``accX`` is two; ``mS``, ``MilliSeconds`` one.
    """
    words = []
    for each in re.split(r"[\s_.:\-/#]+", bare(name)):
        whole = each.lower() in SECONDS
        words += [each] if whole else _CAMEL.sub(r"\1 \2", each).split()
    return _PREFIX.sub(r"\1", " ".join(words).lower()).split()


def plain(unit: str) -> str:
    """A unit as the tables above write it."""
    text = _PREFIX.sub(r"\1", unit.strip().strip("()[]{}<>").strip().lower())
    return text.removesuffix(".") if text.removesuffix(".") in SECONDS else text


def looks_like_unit(cell: str) -> bool:
    """Whether a cell of a row below the header is a unit."""
    text = cell.strip()
    if text in ("", "-", "--", "n/a", "None"):
        return True
    if re.fullmatch(r"[(\[{<].*[)\]}>]", text) or plain(text) in OTHERS | SECONDS.keys():
        return True
    return bool(re.fullmatch(r"[^\W\d]{1,3}\S{0,8}[/^²³]\S{1,6}", text))
