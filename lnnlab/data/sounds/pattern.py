"""The layout of a sound folder as its owner says it."""

import re
from dataclasses import replace

from lnnlab.data.sounds.names import stem, without_take
from lnnlab.data.sounds.row import PARTS_BY_NAME, Layout, Row
from lnnlab.errors import UserError, unknown

ROLES = ("word", "speaker", "part", "*")


def by_pattern(layout: Layout, asked: str) -> Layout:
    """Read every path by a pattern.

    Args:
        layout: the folder's sound files.
        asked: a level of folders between slashes, each ``word``, ``speaker``, ``part`` or ``*``
            (anything), and for the last one the file's name where folders are one fewer.
            ``{word}``, ``{speaker}``, ``{n}`` (a number) and the like stand within a name:
            ``"speaker/word"``, ``"speaker/{word}_{n}"``, ``"{word}_{speaker}_{n}"``,
            ``"part/word/{speaker}-*"``. Any other name in braces becomes a grouping to split by:
            ``"{machine}/word/*"``.

    Raises:
        UserError: the pattern is none, or fits no file.
    """
    levels = [each.strip() for each in asked.strip("/").split("/")]
    for each in levels:
        if "{" not in each and "*" not in each and each not in ROLES:
            raise unknown("level of a layout", each, ROLES, ())
    if "word" not in re.findall(r"\w+", asked):
        raise UserError(f"layout='{asked}': says where no word is; name it, such as 'speaker/word'")
    rows, left_out = [], dict(layout.left_out)
    for row in layout.rows:
        told = _told(row, levels)
        if told:
            roles = {role: text for role, text in told.items() if role in ROLES}
            groups = {name: text for name, text in told.items() if name not in ROLES}
            rows.append(replace(row, **roles, groups=groups))
        else:
            left_out[str(row.path.relative_to(layout.folder))] = f"does not fit layout '{asked}'"
    if not rows:
        raise UserError(f"{layout.folder}: layout='{asked}' fits no file, such as "
                        f"{'/'.join(layout.rows[0].parts)}; write a level for each folder")
    said = f"the layout '{asked}'"
    return replace(layout, rows=rows, classes_from=said, left_out=left_out,
                   speakers_from=said if any(each.speaker for each in rows) else "")


def _told(row: Row, levels: list[str]) -> dict[str, str]:
    """What a path says by the pattern; empty where it does not fit."""
    folders = row.parts[:-1]
    if len(levels) not in (len(folders), len(folders) + 1):
        return {}
    told: dict[str, str] = {}
    for level, text in zip(levels, (*folders, stem(row.path)), strict=False):
        if level == "word" and text == stem(row.path) and len(levels) > len(folders):
            text = without_take(text) or text
        found = re.fullmatch(_expression(level), text)
        if not found:
            return {}
        told |= found.groupdict()
    if "part" in told:
        told["part"] = PARTS_BY_NAME.get(told["part"].casefold(), "")
    return told if told.get("word") else {}


def _expression(level: str) -> str:
    """A level of a pattern as a regular expression."""
    level = f"{{{level}}}" if level in ROLES[:3] else level
    pieces = re.split(r"(\{\w+\}|\*)", level)
    made = []
    for each in pieces:
        role = each.strip("{}")
        if each == "*":
            made.append(".*")
        elif each.startswith("{"):
            made.append(r"\d+" if role == "n" else rf"(?P<{role}>.+?)")
        else:
            made.append(re.escape(each))
    return "".join(made)
