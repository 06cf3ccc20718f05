"""What loggers put around or into the lines of a table, taken out before it is parsed."""

import re

from lnnlab.data.tables.keyed import names_to_header
from lnnlab.data.tables.leading import MOST, split_leading, without_brackets
from lnnlab.data.tables.measured import without_units
from lnnlab.data.tables.text import COMMENT, LINE_END, Text, look
from lnnlab.errors import UserError

SEGMENT_END = "***End_of_Header***"  # of LabVIEW: once for the file, then for each segment
HEADER_LINES = 12  # in which a name may go on
DOUBLE = re.compile(r"(?<![\w.])([-+]?\d*\.\d*)[dD](?=[-+]\d{2,3}(?!\w))")  # 1.5D-03 of Fortran


def repair(text: Text) -> None:
    """Undo what is known of loggers and scripts; each is told in the text's notes.

    A serial monitor's ``12:34:56.789 -> `` or another stamp or tag before each line, brackets
    around its values, a plotter's ``name:value``, units in cells (``3.2 mV``) or behind the last,
    semicolons that end lines, lines quoted as a whole, Fortran's exponents, and LabVIEW's header
    before each segment.

    Raises:
        UserError: lines name their values differently, or segments have no times.
    """
    lines, filled = None, []
    for step in (_open_quotes, _segments, _exponents, without_brackets, split_leading,
                 names_to_header, _semicolons, _quotes, without_units):
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


def _exponents(text: Text, filled: list[str]) -> None:
    """Fortran writes numbers of double precision as ``0.15D-03``."""
    if sum(bool(DOUBLE.search(line)) for line in filled) > MOST * len(filled):
        text.data = DOUBLE.sub(r"\1E", text.data.decode()).encode()
        text.notes.append("Exponents written with D, as Fortran does, understood.")
        look(text)


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
