"""What names of files say: a class, a number or date after it, a person."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

COUNTER = re.compile(r"[\s_\-.(]*\d[\d\s_\-.:T()]*$")  # at the end of a file's name
PERSON = "subject"  # the grouping of what names as below hold
_PERSON = re.compile(r"(?:subject|subj|sub|user|person|participant|patient|proband|id|s|p|u)?"
                     r"[-_ ]?\d+", re.IGNORECASE)
_FIRST = re.compile(rf"({_PERSON.pattern})[\s_\-]+(.+)", re.IGNORECASE)
_PIECES = re.compile(r"[\s_\-]+")


def label_of_name(name: str) -> str:
    """What a file's name says before a number, a date or Edge Impulse's ``.<id>``."""
    stem = Path(name).stem
    if re.fullmatch(r"[^.]+\.[0-9a-z]{6,}(\.\w+)*", stem):
        return stem.split(".")[0]
    return COUNTER.sub("", stem)


def labels_of_names(names: Sequence[str]) -> tuple[list[str], list[dict[str, str]]]:
    """The class in each file's name, and groups; see :func:`label_of_name`.

    A person that every name holds is a group: ``subject03_walk_2.csv`` is ``walk``. Where that
    leaves every file a class of its own, what stands before the first number is taken, if it
    repeats: ``worn_2_1500rpm.csv`` is ``worn``.
    """
    labels = [label_of_name(name) for name in names]
    first = [_FIRST.fullmatch(each) for each in labels]
    if all(first) and crossed([each[2] for each in first], [each[1] for each in first]):
        return [each[2] for each in first], [{PERSON: each[1]} for each in first]
    pieces = [_PIECES.split(each) for each in labels]
    for k, column in enumerate(zip(*pieces, strict=False)):
        rest = ["_".join(each[:k] + each[k + 1 :]) for each in pieces]
        if all(map(_is_person, column)) and crossed(rest, column):
            return rest, [{PERSON: each} for each in column]
    if len(labels) > 2 and len(set(labels)) == len(labels):
        shorter = [re.split(r"[\s_\-.(]*\d", Path(name).stem)[0] for name in names]
        counts = Counter(shorter)
        if all(shorter) and len(counts) > 1 and min(counts.values()) > 1:
            labels = shorter
    return labels, [{} for _ in names]


def of_people(names: Sequence[str]) -> bool:
    """Whether files lie in folders of people and are named by their classes: ``s3/walk_1.csv``."""
    if {name.count("/") for name in names} != {1}:
        return False
    folders, files = zip(*(name.split("/") for name in names), strict=True)
    labels = [label_of_name(each) for each in files]
    named = all(map(_is_person, folders))
    return named and all(labels) and crossed(labels, folders)


def _is_person(piece: str) -> bool:
    """Whether a name is a person's by its form; a bare number is none."""
    return bool(_PERSON.fullmatch(piece)) and not piece.isdigit()


def crossed(labels: Sequence[str], groups: Sequence[str]) -> bool:
    """Whether there are classes and groups, and each class stands in several groups."""
    places: dict[str, set[str]] = {}
    for label, group in zip(labels, groups, strict=True):
        places.setdefault(label, set()).add(group)
    return len(places) > 1 and len(set(groups)) > 1 and all(
        len(each) > 1 for each in places.values())
