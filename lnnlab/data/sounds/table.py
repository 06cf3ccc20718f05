"""Sounds with a table beside them that says what each file is, such as ``meta/esc50.csv``."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lnnlab.data.lists import read_list
from lnnlab.data.own_files import of_kinds
from lnnlab.data.sounds.names import ENDS
from lnnlab.data.sounds.row import PARTS_BY_NAME, Layout, Row

COLUMNS = {  # role → headings, the best first
    "word": ("word", "keyword", "label", "category", "class", "class_name", "target", "command",
             "sentence", "transcription", "transcript", "text"),
    "speaker": ("speaker", "speaker_id", "spk", "client_id", "user", "person", "subject"),
    "part": ("part", "split", "subset", "set", "partition"),
    "fold": ("fold",),
    "source": ("src_file", "fsid", "source", "original"),  # of which clips were cut
}
GROUPS = ("fold", "source")
COVERED = 0.5  # share of the files that a table must name
UNUSED = ("invalidated", "other", "reported")
SUFFIXES = (".csv", ".tsv", ".txt")


def by_table(layout: Layout, files: list[Path]) -> Layout | None:
    """Words, and speakers, parts and groups where they are there, from a table of files.

    Args:
        layout: the folder's sound files.
        files: every file of the folder, relative to it.

    Returns:
        None where no table names most of the files and has a column ``label``, ``category`` or
        the like, or of two columns another one.
    """
    for place, told in _tables(layout, files):
        rows = [row for row in layout.rows if _of(told, row).get("word")]
        if len(rows) >= COVERED * len(layout.rows):
            return _told(layout, told, place)
    return None


def with_table(layout: Layout, files: list[Path]) -> Layout:
    """A layout whose folders or names tell the words, with what a table adds to them.

    A table of the same words may tell speakers, parts and groups; one of others changes nothing.
    """
    if any(row.speaker or row.part for row in layout.rows):
        return layout
    for place, told in _tables(layout, files):
        own = [_of(told, row) for row in layout.rows]
        same = sum(each.get("word", "").casefold() == row.word.casefold()
                   for each, row in zip(own, layout.rows, strict=True))
        if same >= COVERED * len(layout.rows):
            rows = [_with(row, each | {"word": row.word})
                    for row, each in zip(layout.rows, own, strict=True)]
            speakers = place if any(each.speaker for each in rows) else ""
            return replace(layout, rows=rows, speakers_from=speakers,
                           left_out=_without(layout.left_out, place))
    return layout


def _tables(layout: Layout, files: list[Path]) -> list[tuple[str, dict[str, dict[str, str]]]]:
    """Every table that names sound files, and what it says of them; those of parts are one."""
    own = {key for row in layout.rows for key in _keys(str(row.path.relative_to(layout.folder)))}
    clips = {ENDS.sub("", str(row.path.relative_to(layout.folder))) for row in layout.rows}
    found = []
    for place in of_kinds(files, SUFFIXES):
        if str(place.with_suffix("")) in clips or place.stem.casefold() in UNUSED:
            continue  # about one clip; clips that voters of Common Voice did not accept
        table = read_list(layout.folder / place, lambda cell: bool(_end(cell, own)))
        told = {} if table is None else _said(table, own)
        if told:
            found.append((str(place), told))
    parts = {place: PARTS_BY_NAME[Path(place).stem.casefold()] for place, _ in found
             if Path(place).stem.casefold() in PARTS_BY_NAME}  # train.tsv beside validated.tsv
    if len(set(parts.values())) < 2:
        return found
    joined = {name: dict(each) for _, told in found for name, each in told.items()}
    for place, told in found:
        for name in told if place in parts else ():
            joined[name]["part"] = parts[place]
    return [(", ".join(place for place, _ in found), joined)]


def _said(table: pd.DataFrame, own: set[str]) -> dict[str, dict[str, str]]:
    named = {heading: table[heading].map(lambda cell: _end(cell, own)) for heading in table}
    shares = {heading: (cells != "").mean() for heading, cells in named.items()}
    key = max(shares, key=shares.get, default=None)
    if key is None or not shares[key]:
        return {}
    columns = {role: next((each for each in names if each in table and each != key), None)
               for role, names in COLUMNS.items()}
    rest = [heading for heading in table if heading != key]
    if columns["word"] is None and len(rest) == 1:
        columns["word"] = rest[0]
    if columns["word"] is None:
        return {}
    told: dict[str, dict[str, str]] = {}
    for name, line in zip(named[key], table.to_dict("records"), strict=True):
        each = {role: str(line[heading]).strip() for role, heading in columns.items() if heading}
        if name and told.setdefault(name, each)["word"] != each["word"]:
            return {}  # one name stands for several clips
    return told


def _told(layout: Layout, told: dict[str, dict[str, str]], place: str) -> Layout:
    rows, left_out = [], _without(layout.left_out, place)
    for row in layout.rows:
        own = _of(told, row)
        if own.get("word"):
            rows.append(_with(row, own))
        else:
            left_out[str(row.path.relative_to(layout.folder))] = f"without a label in {place}"
    speakers = place if any(each.speaker for each in rows) else ""
    return replace(layout, rows=rows, left_out=left_out, classes_from=place,
                   speakers_from=speakers)


def _without(left_out: dict[str, str], place: str) -> dict[str, str]:
    return {name: why for name, why in left_out.items() if name not in place.split(", ")}


def _with(row: Row, own: dict[str, str]) -> Row:
    groups = {name: own[name] for name in GROUPS if own.get(name)}
    return replace(row, word=own.get("word", ""), speaker=own.get("speaker", ""),
                   part=PARTS_BY_NAME.get(own.get("part", "").casefold(), row.part),
                   groups=row.groups | groups)


def _of(told: dict[str, dict[str, str]], row: Row) -> dict[str, str]:
    """What is said of a file, by as much of its path as a table gives."""
    return next((told[key] for key in _keys(str(row.path)) if key in told), {})


def _keys(path: str) -> Sequence[str]:
    """A path's ends, the longest first, with and without the ending: ``fold1/a.wav`` … ``a``."""
    parts = _plain(path).split("/")
    ends = ["/".join(parts[-k:]) for k in (3, 2, 1) if k <= len(parts)]
    return [form for each in ends for form in (each, ENDS.sub("", each))]


def _end(cell: str, own: set[str]) -> str:
    """The longest end of a path in a table that a sound file has too; ``""``: none."""
    return next((key for key in _keys(cell) if key in own), "")


def _plain(cell: str) -> str:
    return str(cell).strip().replace("\\", "/").removeprefix("./").casefold()
