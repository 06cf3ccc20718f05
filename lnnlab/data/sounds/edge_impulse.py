"""Exports of Edge Impulse: ``info.labels`` beside folders ``training`` and ``testing``."""

import json
from dataclasses import replace
from pathlib import Path

from lnnlab.data.sounds.names import stem
from lnnlab.data.sounds.row import PARTS_BY_NAME, Layout, Row
from lnnlab.errors import UserError

LABELS = "info.labels"
EXPECTED = '{"version": 1, "files": [{"path": ..., "category": ..., "label": ...}]}'


def edge_impulse_rows(layout: Layout, places: list[Path]) -> Layout:
    """Words and parts from ``info.labels``; of files that it does not list from their names.

    Args:
        layout: the folder's sound files.
        places: every ``info.labels``, relative to the folder.

    Raises:
        UserError: an ``info.labels`` is no JSON of the published form.
    """
    listed: dict[Path, tuple[str, str]] = {}
    for place in places:
        listed |= _listed(layout.folder / place, layout.folder)
    rows, left_out = [], dict(layout.left_out)
    for row in layout.rows:
        word, part = listed.pop(row.path.resolve(), (None, ""))
        part = part or _part(row)
        if word is None:  # not listed: as the export names its files, label.name.wav
            word = stem(row.path).split(".")[0] if "." in stem(row.path) and part else ""
        if word:
            rows.append(replace(row, word=word, part=part))
        else:
            left_out[str(row.path.relative_to(layout.folder))] = f"without a label in {LABELS}"
    for absent in listed:
        left_out[absent.name] = f"named in {LABELS}, absent"
    if not rows:
        raise UserError(f"{layout.folder / places[0]}: names none of the sound files here; export "
                        "the project again")
    return replace(layout, rows=rows, classes_from=LABELS, left_out=left_out)


def _listed(place: Path, root: Path) -> dict[Path, tuple[str, str]]:
    """Path → label (``""``: none or several) and part; paths begin at the list or at the root."""
    try:
        files = json.loads(place.read_text("utf-8-sig"))["files"]
        found = {}
        for each in files:
            label = each.get("label", "")
            word = label.get("label", "") if isinstance(label, dict) else label
            part = PARTS_BY_NAME.get(str(each.get("category", "")).casefold(), "")
            name = str(each["path"]).replace("\\", "/")
            path = place.parent / name
            path = path if path.exists() else root / name
            found[path.resolve()] = (str(word), part)
        return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{place}: is not what Edge Impulse writes, {EXPECTED}; export the project "
                        "again or remove it") from error


def _part(row: Row) -> str:
    return next((PARTS_BY_NAME[each.casefold()] for each in row.parts[:-1]
                 if each.casefold() in PARTS_BY_NAME), "")
