"""Sounds with a table beside them that says what each file is, such as ``meta/esc50.csv``."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from lnnlab.data.own_files import of_kinds
from lnnlab.data.sounds.row import PARTS_BY_NAME, Layout

COLUMNS = {  # role → headings, the best first
    "word": ("word", "keyword", "label", "category", "class", "class_name", "target", "command"),
    "speaker": ("speaker", "speaker_id", "spk", "client_id", "user", "person", "subject"),
    "part": ("part", "split", "subset", "set", "partition"),
}
COVERED = 0.5  # share of the files that a table must name


def by_table(layout: Layout, files: list[Path]) -> Layout | None:
    """Words, and speakers and parts where they are there, from a table of files.

    Args:
        layout: the folder's sound files.
        files: every file of the folder, relative to it.

    Returns:
        None where no table names most of the files and has a column ``label``, ``category`` or
        the like.
    """
    for place in of_kinds(files, (".csv", ".tsv")):
        table = _table(layout.folder / place)
        if table is None:
            continue
        named = {heading: table[heading].map(_last) for heading in table}
        own = {row.path.name for row in layout.rows}
        shares = {heading: cells.isin(own).mean() for heading, cells in named.items()}
        key = max(shares, key=shares.get, default=None)
        columns = {role: next((each for each in names if each in table and each != key), None)
                   for role, names in COLUMNS.items()}
        if key is None or not shares[key] or columns["word"] is None:
            continue
        told = {name: {role: str(line[heading]) for role, heading in columns.items() if heading}
                for name, line in zip(named[key], table.to_dict("records"), strict=True)}
        rows = [row for row in layout.rows if told.get(row.path.name, {}).get("word")]
        if len(rows) >= COVERED * len(layout.rows):
            return _told(layout, told, str(place))
    return None


def _told(layout: Layout, told: dict[str, dict[str, str]], place: str) -> Layout:
    rows, left_out = [], dict(layout.left_out)
    left_out.pop(place, None)
    for row in layout.rows:
        own = told.get(row.path.name, {})
        if own.get("word"):
            part = PARTS_BY_NAME.get(own.get("part", "").casefold(), row.part)
            rows.append(replace(row, word=own["word"], speaker=own.get("speaker", ""), part=part))
        else:
            left_out[str(row.path.relative_to(layout.folder))] = f"without a label in {place}"
    speakers = place if any(each.speaker for each in rows) else ""
    return replace(layout, rows=rows, left_out=left_out, classes_from=place,
                   speakers_from=speakers)


def _table(path: Path) -> pd.DataFrame | None:
    """A table of words with its headings in small letters; None where it is none."""
    try:
        table = pd.read_csv(path, sep=None, engine="python", dtype=str, encoding="utf-8-sig",
                            keep_default_na=False)
    except (ValueError, OSError, pd.errors.ParserError, UnicodeError):
        return None
    table.columns = [str(each).strip().casefold() for each in table.columns]
    return table if table.columns.is_unique else None


def _last(cell: str) -> str:
    return str(cell).replace("\\", "/").rsplit("/", 1)[-1].strip()
