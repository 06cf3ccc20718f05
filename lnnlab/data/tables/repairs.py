"""What loggers put around or into the lines of a table, taken out before it is parsed."""

import re
from collections import Counter

from lnnlab.data.tables.measured import without_units
from lnnlab.data.tables.text import COMMENT, LINE_END, Text, look
from lnnlab.errors import UserError

STAMPED = re.compile(r"^[ \t]*(\d{1,2}:\d\d:\d\d(?:[.,]\d+)?)[ \t]*->[ \t]*", re.MULTILINE)
KEYED = re.compile(r"(^|[,;\t ])[ \t]*([A-Za-z_]\w*)[ \t]*[:=][ \t]*(?=[-+.\d])", re.MULTILINE)
SEGMENT_END = "***End_of_Header***"  # of LabVIEW: once for the file, then for each segment
HEADER_LINES = 12  # in which a name may go on
MOST = 0.7  # of the lines; more, and all are written that way


def repair(text: Text) -> None:
    """Undo what is known of loggers; each is told in the text's notes.

    A serial monitor's ``12:34:56.789 -> `` before each line, a plotter's ``name:value``, units in
    cells (``3.2 mV``), semicolons that end lines, lines quoted as a whole, and LabVIEW's header
    before each segment.

    Raises:
        UserError: lines name their values differently, or segments have no times.
    """
    lines, filled = None, []
    for step in (_open_quotes, _segments, _stamps, _keyed, _semicolons, _quotes, without_units):
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


def _stamps(text: Text, filled: list[str]) -> None:
    if sum(bool(STAMPED.match(line)) for line in filled) <= MOST * len(filled):
        return
    mark = max(",;\t", key=lambda each: sum(line.count(each) for line in filled))
    mark = mark if any(mark in line for line in filled) else " "
    text.data = STAMPED.sub(rf"\1{mark}", text.data.decode()).encode()
    text.notes.append("Times of the serial monitor before '->' taken as the first column.")
    look(text)
    for number, line in enumerate(text.lines):  # a header that stood without a time
        if re.match(r"\d{1,2}:\d\d:\d\d", line):
            break
        if line.strip() and number + 1 < len(text.lines):
            lines = text.data.decode().split("\n")
            lines[number] = f"time{mark}{lines[number].lstrip()}"
            text.data = "\n".join(lines).encode()
    look(text)


def _keyed(text: Text, filled: list[str]) -> None:
    names, often = Counter(map(_keys, filled)).most_common(1)[0]
    if not names or often <= MOST * len(filled) or len(names) > len(set(names)):
        return
    whole = text.data.decode()
    for number, line in enumerate(LINE_END.split(whole), 1):
        own = _keys(line)
        if own and own != names and set(own) <= set(names):
            raise UserError(f"line {number} names {', '.join(own)}, other lines "
                            f"{', '.join(names)}; write every line alike")
    stamped = bool(re.match(r"\d{1,2}:\d\d:\d\d", filled[-1]))
    text.names = ("time", *names) if stamped else names
    text.data = KEYED.sub(r"\1", whole).encode()
    text.notes.append("Names that every line repeats taken as the header.")
    look(text)


def _keys(line: str) -> tuple[str, ...]:
    return tuple(found[1] for found in KEYED.findall(line))


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
