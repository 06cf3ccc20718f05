"""Which column of a list of files tells their classes, and where folders or names may as well."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from lnnlab.data.lists import like_classes
from lnnlab.data.sounds.names import STATES
from lnnlab.data.tables.file_names import labels_of_names
from lnnlab.data.tables.names import LABEL_NAMES, says_how, says_setting, words_of
from lnnlab.errors import UserError

SURE = ("label", "labels", "class", "classes")  # headings that count more than folders do
NAMED = ("class_name", "class_label", *LABEL_NAMES)  # headings that tell classes beside others
VAGUE = ("status", "condition", "target")  # headings that may say how a recording was made
CALLED = re.compile(  # what a list says by its name that tells classes
    r"(.*[\W_])?(labels?|class(es)?|annotations?|klassen?|etiketten?)([\W_\d].*)?", re.IGNORECASE)


def label_column(path: Path, cells: pd.DataFrame, key: str, names: Sequence[str]) -> str | None:
    """The column of classes of a list.

    Args:
        path: of the list.
        cells: of it.
        key: its column of files.
        names: of the corpus's tables, below its folder.

    Returns:
        None where folders or names tell the classes, or nothing in the list can.

    Raises:
        UserError: no column is known to tell them, or names of files may as well.
    """
    rest = [column for column in cells if column != key]
    label = next((known for known in (*SURE, *NAMED) if known in rest), None)
    if label in SURE:
        return label
    able = [column for column in rest if like_classes(cells[column])]
    if in_folders(names):
        return _likely(rest, able) if label is None and CALLED.fullmatch(path.stem) else label
    named = classes_in(names)
    if label is None:
        label = _of_others(path, rest, able, bool(named))
    elif named and label not in able:
        return None
    elif label not in VAGUE or CALLED.fullmatch(path.stem):
        return label
    if label is not None and named and (others := _apart(cells, key, label)):
        raise UserError(
            f"{path}: tells {label} ({', '.join(sorted(set(cells[label]) - {''})[:3])}), and "
            f"names of files tell {', '.join(others[:3])}: either may be the classes; call the "
            "column label if it is, or take the list out if the names are")
    return None if label is not None and named and says_how(label) else label


def in_folders(names: Iterable[str]) -> bool:
    """Whether files lie in more than one folder."""
    return len({name.rpartition("/")[0] for name in names}) > 1


def classes_in(names: Sequence[str]) -> list[str]:
    """The classes in names of files that repeat them; none where they do not."""
    labels, _ = labels_of_names([name.rsplit("/", 1)[-1] for name in names])
    counts = Counter(labels)
    told = len(counts) > 1 and "" not in counts and min(counts.values()) > 1
    return labels if told else []


def refuse_against_folders(path: Path, label: str, told: dict[str, str]) -> None:
    """Refuse what may be the classes as well as folders may.

    Args:
        path: of a list.
        label: its column that may tell classes.
        told: file → what it tells.

    Raises:
        UserError: files of one folder have several of the column's words, which repeat.
    """
    counts = Counter(told.values())
    pairs = {(name.rpartition("/")[0], own) for name, own in told.items()}
    folders = sorted({place for place, _ in pairs})
    how = label in VAGUE and not CALLED.fullmatch(path.stem) and not (
        {own.casefold() for own in counts} & STATES)
    if how or min(counts.values()) < 2 or len(counts) < 2 or len(pairs) == len(folders):
        return  # says how recordings were made, or what the folders say too
    raise UserError(
        f"{path}: tells {label} ({', '.join(sorted(counts)[:3])}), and files lie in folders "
        f"({', '.join(folders[:3])}): either may be the classes; call the column label if it is, "
        "or take the list out if the folders are")


def _of_others(path: Path, rest: list[str], able: list[str], named: bool) -> str | None:
    """The column of classes where none is called so; None where names of files tell them."""
    if not able and (named or all(column.isdecimal() for column in rest)):
        return None  # such as a checksum of every file
    if named and all(map(says_how, able)):
        setting = len(rest) == 1 and says_setting(rest[0]) and CALLED.fullmatch(path.stem)
        return rest[0] if setting else None
    if able and len(rest) == 1:
        return able[0]
    if (likely := _likely(rest, able)) is not None and _worded(likely):
        return likely
    raise UserError(f"{path}: says of each file what it is, but no column is named label; name one "
                    f"of {', '.join(rest)} so")


def _likely(rest: Sequence[str], able: Sequence[str]) -> str | None:
    """The only column that has a word such as fault in its heading, or else does not say how."""
    worded = [column for column in rest if _worded(column)]
    found = [column for column in able if (column in worded if worded else not says_how(column))]
    return found[0] if len(found) == 1 else None


def _worded(heading: str) -> bool:
    return bool(set(words_of(heading)) & (set(LABEL_NAMES) - set(VAGUE)))


def _apart(cells: pd.DataFrame, key: str, label: str) -> list[str]:
    """The classes in names of files where a list parts these otherwise; else none."""
    labels = classes_in([each.replace("\\", "/") for each in cells[key]])
    pairs = set(zip(labels, cells[label], strict=False))
    return [] if len(pairs) == len(set(labels)) == cells[label].nunique() else sorted(set(labels))
