"""What stands before and around the values of a line: stamps, tags and brackets of serial monitors.
"""

import re
from collections import Counter
from dataclasses import dataclass

from lnnlab.data.tables.stamps import usual
from lnnlab.data.tables.text import COMMENT, LINE_END, Text, look

MOST = 0.7  # of the lines; more, and all are written that way
MARKS = "\t;|,"  # between cells, the surest first
KEYED = re.compile(r"(^|[,;\t ])([ \t]*)([A-Za-z_]\w*)[ \t]*[:=][ \t]*(?=[-+.\d])", re.MULTILINE)
CLOCK = r"\d{1,2}:\d\d:\d\d(?:[.,:]\d+)?(?:\x20?[AaPp][Mm]\b)?(?:Z|[-+]\d\d:\d\d)?"
DAY = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})[T\x20_]+"
CTIME = rf"[A-Z][a-z]{{2}}\x20[A-Z][a-z]{{2}}\x20+\d{{1,2}}\x20{CLOCK}\x20\d{{4}}"
SYSLOG = re.compile(r"[A-Z][a-z]{2}\x20+\d{1,2}\x20+(?=\d+:)")  # has no year: tells nothing
STAMP = re.compile(rf"(?:{DAY}|{SYSLOG.pattern})?{CLOCK}")
WHOLE = rf"{CTIME}|{STAMP.pattern}(?:(?<=[.,]\d\d\d),\d\d\d)?"  # 12:00:00.123,456 of Zephyr
ITEM = re.compile(rf"""[ \t]*(?:
    [\[(<{{]\s*(?:(?P<stamp1>{WHOLE})|(?P<number1>\d+(?:\.\d+)?)
        |(?P<word1>[A-Za-z_$][\w$]*))\s*[\])>}}](?::|->|=>)?[ \t]*[,;|]?[ \t]*
    |(?:(?P<stamp>{STAMP.pattern})|(?P<number>\d{{4,}}(?:\.\d+)?|\d+\.\d+))
        (?:[ \t]*[-=]>[ \t]*|:[ \t]+|(?P<bare>[ ]+(?![\t,;|])))
    |(?P<word>[A-Za-z_$][\w$]*)(?:[ \t]*[:=][ \t]*|(?P<loose>[ ]+)))""", re.VERBOSE)
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
HELD = re.compile(  # numbers in brackets, to the end of a line
    r"[(\[{<]+\s*([-+.\d][-+.\deE]*(?:[,;\s]+[-+.\deE]+)+)\s*[)\]}>]+[ \t]*[,;]?[ \t]*$")
AROUND = re.compile(r"\s*[(\[{<]([^()\[\]{}<>]*)[)\]}>]\s*$")
ZONE = re.compile(r"[-+]\d\d:?\d\d")
WORDS = {"stamp": "a time", "number": "a number", "word": "a word"}
NAMES = {"stamp": "time", "number": "stamp", "word": "tag"}  # of what a header has no name for


@dataclass(frozen=True)
class Line:
    """A line cut into what leads it and the rest.

    Attributes:
        kinds: of what leads it: stamp, number, word.
        items: the texts of these.
        marked: whether a bracket, an arrow or a colon sets one of them apart.
        rest: the values, or names of them.
    """

    kinds: tuple[str, ...]
    items: tuple[str, ...]
    marked: bool
    rest: str


def without_brackets(text: Text, filled: list[str]) -> None:
    """``(0.1, 0.2)`` and ``[0.1 0.2]``, as scripts print a tuple or an array."""
    if sum(bool(HELD.search(line)) for line in filled) <= MOST * len(filled):
        return
    lines = [HELD.sub(r"\1", line) if HELD.search(line) else AROUND.sub(r"\1", line)
             for line in LINE_END.split(text.data.decode())]
    text.data = "\n".join(lines).encode()
    text.notes.append("Brackets around the values of every line taken off.")
    look(text)


def split_leading(text: Text, filled: list[str]) -> None:
    """Stamps and tags before the values of every line become columns of their own.

    Such are ``[12:00:00.123] 0.1,0.2``, ``12:00:00.123 -> 0.1``, ``12:00:00 0.1,0.2`` and
    ``ACC: 0.1,0.2``; a word that is the same in every line before names (``Accel x: 0.1 y: 0.2``)
    is left out. A first cell such as ``bearing 1`` is a label, and stays whole.
    """
    found = [cut for line in filled if (cut := _cut(line)) is not None]
    forms = Counter((each.kinds, keys_of(each.rest)) for each in found if _is_value(each.rest))
    (kinds, keyed), often = forms.most_common(1)[0] if forms else (((), ()), 0)
    alike = [each for each in found if each.kinds == kinds and keys_of(
        each.rest) == keyed and _is_value(each.rest)]
    if often <= MOST * len(filled):
        return
    marked = sum(each.marked for each in alike) > MOST * len(alike)
    rests = [KEYED.sub(r"\1", each.rest) for each in alike]
    mark = _mark(rests, marked)
    left = keyed and set(kinds) == {"word"} and len({each.items for each in alike}) == 1
    if not left and not marked and (mark == " " and not keyed or not _are_glued(
            kinds, [each.split(mark)[0].strip() for each in rests])):
        return
    same = alike[0].items if left else ()
    _write(text, kinds, same, mark, len(rests[0].split(None if mark == " " else mark)))
    what = f"'{' '.join(same)}'" if left else " and ".join(WORDS[each] for each in kinds)
    taken = "left out" if left else f"taken as {len(kinds)} columns" if len(kinds) > 1 else (
        "taken as a column of its own")
    text.notes.append(f"Before the values of each line stands {what}: {taken}.")
    if mark == "," and _of_comma(rests) == "one width":
        text.notes.append(f"The comma in '{rests[0]}' separates two cells; if it is a decimal "
                          "mark, write a point.")
    look(text)


def _cut(line: str, most: int = 8) -> Line | None:
    """A line without what leads it, up to so many items; None where nothing does."""
    kinds, items, marked, at = [], [], False, 0
    while len(kinds) < most and (match := ITEM.match(line, at)):
        kind = match.lastgroup if match.lastgroup not in ("bare", "loose") else next(
            name for name in ("stamp", "number", "word") if match[name] is not None)
        rest = line[match.end() :]
        if kind == "word" and match["loose"] is None and not _is_tag(rest) or (
                kind == "number" and match["bare"] and (kinds or re.match(r"\d+:", rest))):
            break  # a name of a value, a value, a day
        kinds.append(kind.rstrip("1"))
        items.append(match[kind])
        marked |= match["bare"] is None and match["loose"] is None
        at = match.end()
    rest = line[at:].strip()
    timed = marked and "stamp" in kinds  # names may stand behind a time
    return Line(tuple(kinds), tuple(items), marked, rest) if kinds and rest and (
        timed or _is_value(rest)) else None


def keys_of(line: str) -> tuple[str, ...]:
    """The names of values in a line of them, such as ``x: 0.1 y: 0.2``."""
    return tuple(found[2] for found in KEYED.findall(line))


def _is_value(rest: str) -> bool:
    return bool(NUMBER.match(rest) or KEYED.match(rest))


def _is_tag(rest: str) -> bool:
    """Whether several values without names stand behind a word: then it names none of them."""
    if KEYED.search(rest):
        return False
    cells = [each for each in re.split(r"[;|\t ]+", rest) if each]
    cells = rest.split(",") if len(cells) == 1 else [each.strip(",") for each in cells]
    numbers = sum(bool(NUMBER.fullmatch(each.strip())) for each in cells)
    return numbers > 2 or (numbers > 1 and ("." in rest or "," not in rest))


def _mark(rests: list[str], marked: bool) -> str:
    """What separates the values; a blank where nothing surely does.

    Args:
        marked: whether what leads the line ends with a mark of its own; otherwise two whole
            numbers around a comma may be one number.
    """
    for mark in MARKS:
        rows = [each.split(mark) for each in rests]
        glued = sum(bool(re.search(r"[\d.] +[-+.]?\d", cell)) for row in rows for cell in row)
        if sum(len(row) > 1 for row in rows) <= MOST * len(rows) or glued > len(rows) / 2:
            continue
        if mark != "," or _of_comma(rests) == "cells" or (
                marked and _of_comma(rests) != "decimals"):
            return mark
    return " "


def _of_comma(rests: list[str]) -> str:
    """What commas separate: ``cells``, ``decimals``, ``either`` or ``one width``, either as well.

    Decimals have one width, and a 0 that no whole number begins with: ``21,05``, ``0,53``.
    """
    rows = [[cell.strip() for cell in each.split(",")] for each in rests if "," in each]
    if any(len(row) > 2 or "." in "".join(row) or row[1][:1] in ("-", "+")
           or re.match(r"-?0\d", row[0]) for row in rows):
        return "cells"
    widths = {len(row[1]) for row in rows}
    if len(widths) != 1:
        return "either"
    zero = any(row[0] in ("0", "-0") or row[1].startswith("0") for row in rows)
    return "decimals" if zero and widths != {1} else "one width"


def _are_glued(kinds: tuple[str, ...], values: list[str]) -> bool:
    """Whether only a blank stands between what leads a line and its first value.

    No such value is a time zone, the number of a label or of a row.
    """
    if len(set(values)) < 2 or all(map(ZONE.fullmatch, values)):
        return False
    if kinds[-1] != "word" or KEYED.match(values[0]):
        return True
    numbers = [float(each) for each in values if NUMBER.fullmatch(each)]
    fractions = sum("." in each for each in values) > len(values) / 2
    falls = any(later < one for one, later in zip(numbers, numbers[1:], strict=False))
    return len(set(values)) > len(values) / 2 and len(numbers) > MOST * len(values) and (
        fractions or falls)


def _write(
    text: Text, kinds: tuple[str, ...], same: tuple[str, ...], mark: str, width: int
) -> None:
    """Every line with its leading items as cells; without those that are the same in all lines."""
    lines, begun = LINE_END.split(text.data.decode()), False
    for number, line in enumerate(lines):
        cut = _cut(line, len(kinds)) if line.strip() and not COMMENT.match(line) else None
        if cut is not None and cut.kinds == kinds and same in ((), cut.items):
            begun |= _is_value(cut.rest)
            lines[number] = cut.rest if same else mark.join(
                [*(_written(each, mark) for each in cut.items), cut.rest])
        elif not begun and not same and not COMMENT.match(line) and width == len(
                line.split(None if mark == " " else mark)):
            lines[number] = mark.join([*(NAMES[kind] for kind in kinds), line.strip()])
    text.data = "\n".join(lines).encode()


def _written(item: str, mark: str) -> str:
    """A stamp as one cell, whatever separates cells."""
    item = SYSLOG.sub("", usual(re.sub(r"(?<=[.,]\d\d\d),(?=\d\d\d$)", "", item)))
    if mark == "," and ":" in item:
        item = item.replace(",", ".")
    if mark == " ":
        item = re.sub(r"(?<=\d) (?=\d)", "T", item).replace(" ", "")
    return item
