"""What loggers put around or into the lines of a table, taken out before it is parsed."""

import re
from collections import Counter

from lnnlab.data.tables.leading import (
    KEYED,
    MOST,
    NUMBER,
    STAMP,
    keys_of,
    split_leading,
    without_brackets,
)
from lnnlab.data.tables.measured import UNITS, without_units
from lnnlab.data.tables.text import COMMENT, LINE_END, Text, look
from lnnlab.data.tables.units import plain
from lnnlab.errors import UserError

SEGMENT_END = "***End_of_Header***"  # of LabVIEW: once for the file, then for each segment
HEADER_LINES = 12  # in which a name may go on


def repair(text: Text) -> None:
    """Undo what is known of loggers; each is told in the text's notes.

    A serial monitor's ``12:34:56.789 -> `` or another stamp or tag before each line, brackets
    around its values, a plotter's ``name:value``, units in cells (``3.2 mV``) or behind the last,
    semicolons that end lines, lines quoted as a whole, and LabVIEW's header before each segment.

    Raises:
        UserError: lines name their values differently, or segments have no times.
    """
    lines, filled = None, []
    for step in (_open_quotes, _segments, without_brackets, split_leading, _keyed, _semicolons,
                 _quotes, without_units):
        if text.lines is not lines:  # at first, and where a step changed them
            lines = text.lines
            filled = [line for line in lines if line.strip() and not COMMENT.match(line)]
            filled = filled[:2] + filled[2 :: max(1, len(filled) // 40)]
        if filled:
            step(text, filled)


def _open_quotes(text: Text, filled: list[str]) -> None:
    """A name in quotes may go on in the next line; rows keep their numbers."""
    if not any(line.count('"') % 2 for line in text.lines[:HEADER_LINES]):
        return
    lines = LINE_END.split(text.data.decode())
    for at in range(min(HEADER_LINES, len(lines) - 1)):
        end = next((k for k in range(at, min(at + HEADER_LINES, len(lines)))
                    if "\n".join(lines[at : k + 1]).count('"') % 2 == 0), at)
        if end > at:
            joined = " ".join(line.strip() for line in lines[at : end + 1])
            lines[at : end + 1] = [*[""] * (end - at), joined]
    text.data = "\n".join(lines).encode()
    look(text)


def _keyed(text: Text, filled: list[str]) -> None:
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
    before = [each for each in re.split(r"[,;\t ]+", alike[-1][: KEYED.search(alike[-1]).start()])
              if each]
    text.names = (*("time" if STAMP.match(each) else "" for each in before), *names)
    unit = _unit_behind(alike, len(names))
    behind = re.compile(rf"(?<=[\d.])[ \t]*{re.escape(unit)}(?=[ \t]|$)" if unit else "$")
    text.data = "\n".join(
        behind.sub("", KEYED.sub(_without_name, line)) if keys_of(line) == names else line
        for line in lines).encode()
    if unit:
        text.units = {len(before) + k: plain(unit) for k in range(len(names))}
        text.notes.append(f"'{unit}' behind the values of each line taken as their unit.")
    text.notes.append("Names that every line repeats taken as the header.")
    look(text)


def _without_name(key: re.Match[str]) -> str:
    """What separates a value from the one before, without its name."""
    return "\t" if key[1] in "\t " and "\t" in key[1] + key[2] else key[1]


def _unit_behind(lines: list[str], count: int) -> str:
    """The one unit behind the last value of each line, or, between blanks, behind every value."""
    found = []
    for line in lines:
        words = [each for each in re.split(r"[,;\t ]+", KEYED.sub(r"\1", line).strip())
                 if not NUMBER.fullmatch(each)]
        often = len(words) == 1 or len(words) == count and not re.search(r"[,;\t]", line)
        last = often and len(set(words)) == 1 and line.rstrip().endswith(words[-1])
        found.append(words[0] if last and plain(words[0]) in UNITS else "")
    unit, often = Counter(found).most_common(1)[0]
    return unit if often > MOST * len(lines) else ""


def _semicolons(text: Text, filled: list[str]) -> None:
    if all(re.search(r";\s*$", line) and "," in line for line in filled):
        text.data = re.sub(rb"[; \t]+(\r?)$", rb"\1", text.data, flags=re.MULTILINE)
        text.notes.append("Semicolons at the ends of lines taken off.")
        look(text)


def _quotes(text: Text, filled: list[str]) -> None:
    if all(_quoted(line) for line in filled):
        lines = LINE_END.split(text.data.decode())
        text.data = "\n".join(line.strip()[1:-1].replace('""', '"') for line in lines).encode()
        text.notes.append("Every line was quoted as a whole: quotes taken off.")
        look(text)


def _quoted(line: str) -> bool:
    inner = line.strip()
    return len(inner) > 2 and inner[0] == inner[-1] == '"' and (
        '"' not in inner[1:-1].replace('""', "") and bool(re.search(r"[,;\t]", inner)))


def _segments(text: Text, filled: list[str]) -> None:
    """LabVIEW's header holds dates that look like data, and may stand before every segment.

    The first becomes comments, later ones are blanked; rows keep their numbers.
    """
    if not filled[0].startswith("LabVIEW Measurement"):
        return
    lines = LINE_END.split(text.data.decode())
    ends = [k for k, line in enumerate(lines) if line.startswith(SEGMENT_END)]
    if len(ends) > 2 and any(re.match(r"X_Columns\W+No\b", line) for line in lines[: ends[0]]):
        raise UserError("several segments without times; export it with one X column")
    first = ends[:2][-1] + 1 if ends else 0
    lines[:first] = [f"# {line}" if line.strip() else "" for line in lines[:first]]
    for end in ends[2:]:
        start = end
        while lines[start - 1].strip() and not lines[start].startswith("Channels"):
            start -= 1
        lines[start : end + 2] = [""] * (end + 2 - start)  # the names of columns stand below
    text.data = "\n".join(lines).encode()
    if len(ends) > 2:
        text.notes.append(f"{len(ends) - 1} segments of LabVIEW, each with a header.")
    look(text)
