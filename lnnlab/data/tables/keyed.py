"""Lines that name their values, such as a plotter's ``x:0.1 y:0.2``: the names are a header."""

import re
from collections import Counter

from lnnlab.data.tables.leading import KEYED, MOST, NUMBER, STAMP, keys_of
from lnnlab.data.tables.text import LINE_END, Text, look
from lnnlab.data.tables.units import UNITS, plain
from lnnlab.errors import UserError

VALUE = re.compile(r"[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?[ \t]*([^\d\s.,;][^\s,;]*)[ \t]*[,;]?")
THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+\.\d+[ \t]*[,;]?")


def names_to_header(text: Text, filled: list[str]) -> None:
    """The names that every line repeats become the header, units behind values theirs.

    Raises:
        UserError: lines name their values differently, or one name for several values.
    """
    names, often = Counter(map(keys_of, filled)).most_common(1)[0]
    if not names or often <= MOST * len(filled) or len(names) > len(set(names)):
        return
    lines = LINE_END.split(text.data.decode())
    for number, line in enumerate(lines, 1):
        own = keys_of(line)
        if own and own != names and set(own) <= set(names):
            raise UserError(f"line {number} names {', '.join(own)}, other lines "
                            f"{', '.join(names)}; write every line alike")
    alike = [line for line in filled if keys_of(line) == names]
    _refuse_several(alike[-1], names)
    before = [each for each in re.split(r"[,;\t ]+", alike[-1][: KEYED.search(alike[-1]).start()])
              if each]
    text.names = (*("time" if STAMP.match(each) else "" for each in before), *names)
    units = _units_behind(alike, len(names))
    text.data = "\n".join(_without_names(line, units) if keys_of(line) == names else line
                          for line in lines).encode()
    if any(units):
        text.units = {len(before) + k: plain(unit) for k, unit in enumerate(units) if unit}
        each = [f"'{unit}'" for unit in dict.fromkeys(units) if unit]
        text.notes.append(f"{', '.join(each)} behind the values of each line taken as their unit."
                          if len(each) == 1 else
                          f"{', '.join(each)} behind the values of each line taken as their units.")
    text.notes.append("Names that every line repeats taken as the header.")
    look(text)


def _pieces(line: str) -> list[str]:
    """What stands behind each name of a line, up to the next."""
    keys = list(KEYED.finditer(line))
    ends = [*(key.start() for key in keys[1:]), len(line)]
    return [line[key.end() : end] for key, end in zip(keys, ends, strict=True)]


def _refuse_several(line: str, names: tuple[str, ...]) -> None:
    """A name of several values names none of them; a comma alone may be a decimal mark."""
    for name, piece in zip(names, _pieces(line), strict=True):
        cells = [each for each in re.split(r"[,;\t ]+", piece) if each]
        if THOUSANDS.fullmatch(piece.strip()):
            continue
        if len(cells) > 1 and all(map(NUMBER.fullmatch, cells)) and (
                len(cells) > 2 or re.search(r"[. \t;]", piece.strip())):
            raise UserError(f"lines name '{name}' before several values, {piece.strip()[:40]}; "
                            "write a name before every value, or before none")


def _units_behind(lines: list[str], count: int) -> list[str]:
    """The unit behind each value in most lines; one behind the last alone is that of all."""
    found = []
    for line in lines:
        units = [match[1] if (match := VALUE.fullmatch(piece.strip())) else ""
                 for piece in _pieces(line)]
        known = all(plain(unit) in UNITS for unit in units if unit)
        found.append(tuple(units) if known else ("",) * count)
    units, often = Counter(found).most_common(1)[0]
    if often <= MOST * len(lines):
        return [""] * count
    return [units[-1]] * count if not any(units[:-1]) else list(units)


def _without_names(line: str, units: list[str]) -> str:
    """The values of a line, what stands before them, and what separates them."""
    keys, parts = list(KEYED.finditer(line)), []
    for key, piece, unit in zip(keys, _pieces(line), units, strict=True):
        mark = "\t" if key[1] in "\t " and "\t" in key[1] + key[2] else key[1]
        behind = rf"(?<=[\d.])[ \t]*{re.escape(unit)}(?=[ \t,;]|$)" if unit else r"(?!)"
        parts.append(mark + re.sub(behind, "", piece))
    return line[: keys[0].start()] + "".join(parts)
