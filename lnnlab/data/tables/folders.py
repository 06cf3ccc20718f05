"""Files of a folder, and what folder levels and names of files say about them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lnnlab.data.own_files import natural
from lnnlab.data.tables.file_names import PERSON, of_people
from lnnlab.data.tables.list_files import lists
from lnnlab.data.tables.listing import listed
from lnnlab.data.tables.sidecar import Told, beside
from lnnlab.errors import UserError

LABELS = ("label", "class")  # levels of these names hold the classes
PARTS = {"train", "training", "test", "testing", "validation", "val", "valid", "dev", "eval"}
DEPTH = "most lie"
NAMED = re.compile(r"\{(\w+)\}|(\*)")
DATED = re.compile(r"(.*?)[\s_\-.]*\d{4}[-_.]?\d\d[-_.]?\d\d(\D.*)?")  # walk-2024-03-05_12-00-00


@dataclass(frozen=True)
class Source:
    """A file to read, and what its place says.

    Attributes:
        name: below the folder, with ``/``.
        label: class, where folders or names of files tell; else None.
        groups: grouping → label.
    """

    path: Path
    name: str
    label: str | None = None
    groups: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a folder holds.

    Attributes:
        sources: the files in natural order (rec2 before rec10).
        left_out: name → why.
        classes_from: where the classes stand; ``""`` where files must tell.
        notes: sentences of what lists say.
    """

    sources: tuple[Source, ...]
    left_out: dict[str, str]
    classes_from: str
    notes: tuple[str, ...] = ()


def find(folder: Path, pattern: str = "") -> Found:
    """The tables of a folder.

    Args:
        folder: ``<class>/<file>``, or deeper, or files whose names start with their class.
        pattern: names of the folder levels from the top, ``label`` for that of the classes, such
            as ``"machine/label"``; last may come a pattern of file names, such as
            ``"{label}_{session}"``. Without ``label`` the classes are the lowest level that has no
            name, or else stand in the files.

    Raises:
        UserError: there are no tables, or the levels do not fit the pattern or need one.
    """
    names, left_out = listed(folder)
    of_files = lists(folder, names)
    names = [name for name in names if name not in of_files]
    if not names:
        raise UserError(f"{folder}: no CSV files; expected {folder.name}/<class>/<file>.csv"
                        + "".join(f"; {name} is {why}" for name, why in
                                  list(left_out.items())[:1]))
    told = None if pattern else beside(folder, of_files, names)
    left_out |= dict.fromkeys(set(of_files) - set(told.place.split(", ") if told else ()),
                              "a list of files, not used")
    if told is None and not pattern and of_people(names):
        pattern = PERSON
    if told is not None:
        return _as_told(folder, names, left_out, told)
    usual = Counter(name.count("/") for name in names).most_common(1)[0][0]
    for name in names:
        if name.count("/") != usual:
            left_out[name] = f"{name.count('/')} folders deep, {DEPTH} {usual} deep"
    names = [name for name in names if name.count("/") == usual]
    *levels, last = pattern.split("/") if pattern else [""]
    if "{" not in last and last:
        levels, last = [*levels, last], ""
    roles = _roles(folder, names, usual, levels, bool(last and "{label}" in last))
    dated = _are_dated(names, roles)
    sources = [_source(folder, name, roles, dated) for name in names]
    if last:
        sources = _by_name(sources, last, left_out)
        if not sources:
            raise UserError(f"{folder}: no file's name fits '{last}'; {names[0]} does not")
    level = next((f"folder level {k + 1}" for k, role in enumerate(roles) if role in LABELS), "")
    told = "the files' names" if last and "{label}" in last else (
        "folders" if level and usual == 1 else level)
    return Found(tuple(sources), left_out, told)


def _as_told(folder: Path, names: list[str], left_out: dict[str, str], told: Told) -> Found:
    files, places = told.files, told.place.split(", ")
    shown = told.place if len(places) < 4 else f"{places[0]} and {len(places) - 1} more"
    left_out |= {name: f"not named in {shown}" for name in names
                 if name not in files}
    sources = [Source(folder / name, name, *files[name]) for name in names if name in files]
    return Found(tuple(sources), left_out, shown, tuple(told.notes))


def refuse_deeper(folder: Path, found: Found) -> None:
    """Refuse one class only where files of others lie at another depth, and were left out.

    Raises:
        UserError: so it is.
    """
    deeper = [name for name, why in found.left_out.items() if DEPTH in why]
    classes = {each.label for each in found.sources}
    if len(classes) > 1 or not deeper:
        return
    more = f" and {len(deeper) - 1} more" if len(deeper) > 1 else ""
    raise UserError(f"{folder}: one class only, {classes.pop()}; {deeper[0]}{more} left out: "
                    f"{found.left_out[deeper[0]]}; put the files of each class right into its "
                    f"folder, {folder.name}/<class>/<file>.csv")


def _roles(
    folder: Path, names: Sequence[str], depth: int, levels: list[str], label_in_name: bool
) -> list[str]:
    """The grouping that each folder level is; ``""`` for one that says nothing."""
    if levels:
        if len(levels) > depth:
            raise UserError(f"{folder}: '{'/'.join(levels)}' names {len(levels)} folder levels, "
                            f"but files lie {depth} deep, such as {names[0]}")
        rest = [""] * (depth - len(levels))
        if rest and not label_in_name and not set(levels) & set(LABELS):
            rest[-1] = LABELS[0]
        return [*("" if each == "*" else each for each in levels), *rest]
    if label_in_name:
        return [""] * depth
    values = [{name.split("/")[k] for name in names} for k in range(depth)]
    roles = ["part" if len(each) > 1 and {one.lower() for one in each} <= PARTS else ""
             for each in values]
    open_levels = [k for k in range(depth) if not roles[k] and (len(values[k]) > 1 or depth == 1)]
    if len(open_levels) > 1:
        shown = ", ".join(sorted(values[open_levels[0]], key=natural)[:3])
        raise UserError(
            f"{folder}: files lie {depth} folders deep, such as {names[0]}; say which level holds "
            f"the classes with --groups, such as 'machine/label' or 'label/machine' (the first is "
            f"{shown})")
    if open_levels:
        roles[open_levels[0]] = LABELS[0]
    return roles


def _are_dated(names: Sequence[str], roles: list[str]) -> bool:
    """Whether folders are named by their class and when they were recorded."""
    if not set(roles) & set(LABELS):
        return False
    level = next(k for k, role in enumerate(roles) if role in LABELS)
    found = {name.split("/")[level] for name in names}
    classes = Counter(match[1] if (match := DATED.fullmatch(each)) else "" for each in found)
    return "" not in classes and 1 < len(classes) < len(found)


def _source(folder: Path, name: str, roles: list[str], dated: bool) -> Source:
    parts = name.split("/")[:-1]
    groups = {role: part for role, part in zip(roles, parts, strict=True)
              if role and role not in LABELS}
    label = next((part for role, part in zip(roles, parts, strict=True) if role in LABELS), None)
    if dated and label:  # a folder for each recording
        groups["folder"], label = label, DATED.fullmatch(label)[1]
    return Source(folder / name, name, label, groups)


def _by_name(sources: list[Source], pattern: str, left_out: dict[str, str]) -> list[Source]:
    form, at = "", 0
    for found in NAMED.finditer(pattern):
        form += re.escape(pattern[at : found.start()])
        form += f"(?P<{found[1]}>.+?)" if found[1] else ".*"
        at = found.end()
    form += re.escape(pattern[at:].removesuffix(".csv"))
    kept = []
    for each in sources:
        match = re.fullmatch(form, each.path.stem)
        if match is None:
            left_out[each.name] = f"its name does not fit '{pattern}'"
            continue
        told = match.groupdict()
        label = told.pop("label", told.pop("class", each.label))
        kept.append(Source(each.path, each.name, label, each.groups | told))
    return kept
