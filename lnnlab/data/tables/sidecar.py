"""Tables beside the recordings that say of each file what it is, such as ``labels.csv``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lnnlab.data.lists import Files, absent, files_of, read_keyed, stretches
from lnnlab.data.tables.list_columns import (
    NAMED,
    SURE,
    in_folders,
    label_column,
    refuse_against_folders,
)
from lnnlab.data.tables.list_files import ENDING
from lnnlab.data.tables.names import GROUP_NAMES, words_of
from lnnlab.errors import UserError


@dataclass(frozen=True)
class Told:
    """What lists say of files.

    Attributes:
        place: the lists' names, joined.
        files: file → class and groups.
        notes: sentences.
    """

    place: str
    files: dict[str, tuple[str, dict[str, str]]]
    notes: list[str] = field(default_factory=list)


def beside(folder: Path, places: Sequence[str], names: Sequence[str]) -> Told | None:
    """What lists of a folder's files say of each.

    Lists in several folders that have the same columns are one, and one with a column of classes
    comes before others. Names of files that tell classes come before a column that says how they
    were recorded.

    Args:
        folder: of the corpus.
        places: the lists, below it.
        names: its other tables.

    Returns:
        None where there is no such list, or where folders or names of files tell the classes.

    Raises:
        UserError: there is such a list, but its column of classes is not known, or what it says
            contradicts itself, another list or the folders.
    """
    found: Told | None = None
    first: list[str] = []
    read = {place: _read(folder, place, names) for place in places}
    labelled = [place for place, (cells, _) in read.items()
                if cells is not None and {*SURE, *NAMED} & set(cells)]
    for place in labelled or places:
        cells, key = read[place]
        if cells is None or found is not None and list(cells) != first:
            continue
        told = _told(folder, place, cells, key, names)
        if told is not None:
            first = list(cells)
            found = told if found is None else _joined(folder, found, told)
    return found


def _read(
    folder: Path, place: str, names: Sequence[str]
) -> tuple[pd.DataFrame | None, str]:
    """A list and its column of files; None where folders tell the classes, and it is no list."""
    found = read_keyed(folder / place, Files(names, ENDING))
    if found is None and not in_folders(names):
        raise UserError(f"{folder / place}: names files, but is no table of words; write a header "
                        "such as 'filename,label' and rows below it")
    return found or (None, "")


def _told(
    folder: Path, place: str, cells: pd.DataFrame, key: str, names: Sequence[str]
) -> Told | None:
    """What a list says; None where folders tell the classes, and the list does not."""
    rest = [column for column in cells if column != key]
    label = label_column(folder / place, cells, key, names)
    if label is None:
        return None
    rows = cells[cells[label].str.strip() != ""]
    labels = [each.strip() for each in rows[label]]
    keys = [each.strip() for each in rows[key]]
    files, several = files_of(keys, Files(names, ENDING), place)
    vague = in_folders(names) and label not in SURE
    if vague and several:
        return None
    for cell, twins in several.items():
        raise UserError(f"{folder / place}: names {cell}, but {twins[0]} and {twins[1]} have one "
                        "name; write their folders into the list, or give every file a name of "
                        "its own")
    groups = [column for column in rest if column != label and GROUP_NAMES & set(words_of(column))]
    told: dict[str, tuple[str, dict[str, str]]] = {}
    for name, own, row in zip(files, labels, rows.to_dict("records"), strict=True):
        said = own, {each: row[each].strip() for each in groups}
        if name and told.setdefault(name, said)[0] != own:
            if vague:
                return None
            _refuse_twice(folder / place, name, (told[name][0], own), stretches(rest))
    if vague and told:
        return refuse_against_folders(folder / place, label, {
            name: own for name, (own, _) in told.items()})
    if not told and in_folders(names):
        return None
    if not told:
        raise UserError(f"{folder / place}: its column {label} says nothing of any file that is "
                        "there; fill it in, or take the list out")
    if in_folders(names):
        told = _beside_folders(folder / place, told)
    notes = absent(place, zip(keys, labels, files, strict=True))
    if stretches(rest):
        notes.append(f"Columns {', '.join(stretches(rest))} of {place} are not used.")
    return Told(place, told, notes)


def _refuse_twice(path: Path, name: str, labels: tuple[str, str], columns: list[str]) -> None:
    one, other = labels
    todo = (f"segments of a file ({', '.join(columns)}) are not read from a list: write each into "
            "a file of its own, or write a column label into the file" if columns else
            "leave one of the rows")
    raise UserError(f"{path}: names {name} twice, as {one} and as {other}; {todo}")


def _joined(folder: Path, one: Told, other: Told) -> Told:
    for name in one.files.keys() & other.files.keys():
        if one.files[name][0] != other.files[name][0]:
            raise UserError(f"{folder}: {one.place} says {one.files[name][0]} of {name}, and "
                            f"{other.place} says {other.files[name][0]}; correct one of them")
    return Told(f"{one.place}, {other.place}", other.files | one.files, one.notes + other.notes)


def _beside_folders(
    path: Path, told: dict[str, tuple[str, dict[str, str]]]
) -> dict[str, tuple[str, dict[str, str]]]:
    """What a list says of files in folders; these are a group where they say something else.

    Raises:
        UserError: folders are named by the list's classes, and a file lies in another's.
    """
    classes = {own.casefold() for own, _ in told.values()}
    depth = min(name.count("/") for name in told)
    for level in range(depth):
        folders = {name.split("/")[level].casefold() for name in told}
        if not classes <= folders:
            continue
        for name, (own, _) in told.items():
            if name.split("/")[level].casefold() != own.casefold():
                raise UserError(f"{path}: says {own} of {name}, which lies in "
                                f"{name.split('/')[level]}; move the file or correct the list")
        return told
    return {name: (own, {"folder": name.rpartition("/")[0]} | groups)
            for name, (own, groups) in told.items()}
