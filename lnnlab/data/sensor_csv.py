"""A researcher's own recordings: tables with a label column, or folders of files per class."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lnnlab.data.account import Account
from lnnlab.data.dataset import Dataset
from lnnlab.data.tables import agree, folders, normal, pieces, rates, read_table
from lnnlab.data.tables.file_names import labels_of_names
from lnnlab.data.tables.joined import with_one_clock
from lnnlab.data.tables.label_column import find_label, require_label
from lnnlab.data.tables.labels import refuse_clashes
from lnnlab.data.tables.parts import LEVEL as PART
from lnnlab.data.tables.parts import with_parts
from lnnlab.data.tables.roles import Roles, Wanted, find_roles
from lnnlab.data.tables.table import Table
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import OneClass, UserError


def load_csv(
    path: Path,
    window: int = 256,
    overlap: float = 0.0,
    label: str | None = None,
    channels: Sequence[str] | None = None,
    time: str | None = None,
    rate_hz: float | None = None,
    recording: str | None = None,
    groups: str | Sequence[str] = (),
    all_normal: bool = False,
) -> Dataset:
    """Windows of a sensor's tables: CSV and other text, JSON, Parquet, ``.mat``.

    What is not given is found, and told in ``account``: the label column, a column of times, an
    index, groups. A column that only rises is no channel unless it is named one; constant, empty
    and text columns are left out.

    Args:
        path: one file with a label column, or a folder with a folder of files for each class, or of
            files that have a label column, start with their class or stand in a list beside them
            (``labels.csv``), which may leave their endings out and comes after names that tell
            classes where it says who, when or how (``operator``, ``rpm``); where both may tell
            them it is refused. Folders of names such as ``train`` and ``test`` are the parts of the
            split ``"official"``; people in names are the grouping ``"subject"``.
        window: samples per window.
        overlap: part of a window that the next one repeats, 0 to below 1.
        label: the label column (a name, or a position such as ``"-1"``).
        channels: columns to use; default: all that have no other role. Where they are named, times
            that slip in a row, or words that alternate, are left out instead of being refused.
        time: column of times. Its unit is told by its name (``t_ms``, ``Time (ms)``, ``t [us]``),
            a row of units, its size (epochs, Excel's days) or digits (20240305115959), else it is
            seconds; dates and times of day are understood, 08:30 as hours and minutes unless
            something tells seconds. A steady clock gives ``rate_hz``, another ``timespans``.
        rate_hz: samples per second where nothing tells; where times tell another rate, or
            irregular ones, the recordings are resampled to it. Without any the rate is unknown.
        recording: column that tells recordings of a file apart; without it a recording ends
            where a label (or group) changes, where samples are missing, or time starts anew.
        groups: columns to split by, such as ``["load"]``; or, of a folder, the names of its levels
            from the top, such as ``"machine/label"``, and of parts of the files' names, such as
            ``"machine/{label}_{session}"``. See :func:`lnnlab.data.tables.folders.find`.
        all_normal: every file is of normal running, in whatever folder: for a detector of anomalies
            that no fault was recorded for. The second class is empty. A column of classes is
            refused unless ``channels`` are named, and a list of files that tells some.

    Raises:
        UserError: anything is wrong with the files; one line says what, where and what to do.
    """
    if rate_hz is not None and not (rate_hz > 0 and np.isfinite(rate_hz)):
        raise UserError(f"rate_hz = {rate_hz}: must be above zero")
    columns = [groups] if isinstance(groups, str) and groups else list(groups)
    wanted = Wanted(label, channels, time, recording, tuple(columns))
    if all_normal and label is not None:
        raise UserError(f"label = {label}: not where all is normal running; leave one of them out")
    reading = _read_normal if all_normal else _read_folder if path.is_dir() else _read_file
    read = reading(path, wanted)
    recordings, rate = pieces.timed_or_not(
        list(zip(read.tables, read.found.sources, strict=True)), read.roles, rate_hz, window,
        read.notes)
    if not recordings:
        raise UserError(f"{path}: no piece between gaps is as long as a window of {window}")
    refuse_clashes([each.label for each in recordings], str(path))
    read.notes.extend(pieces.copies(recordings))
    _refuse_constant(recordings, read.roles.channels, path)
    account = _account(path, read, rate, recordings)
    corpus = Corpus(path.stem, read.roles.channels, rate.hz, account=account)
    if all_normal:
        corpus = replace(corpus, classes=normal.CLASSES, background_classes=normal.CLASSES[:1])
    made = cut_windows(recordings, window, overlap, corpus)
    return with_parts(made) if any(PART in each.groups for each in read.found.sources) else made


@dataclass(frozen=True)
class _Read:
    """Everything read, before it is cut."""

    tables: list[Table]
    found: folders.Found
    roles: Roles
    notes: list[str]


def _read_file(path: Path, wanted: Wanted) -> _Read:
    wanted = _with_columns(wanted)
    table = read_table(path)
    label = require_label(table, wanted.label, wanted.others)
    tables = with_one_clock([table], wanted, label, table.notes)
    roles = find_roles(tables, wanted, label)
    found = folders.Found((folders.Source(path, path.name),), {}, f"column '{label}'")
    return _Read(tables, found, roles, [*table.notes, *roles.notes])


def _read_folder(path: Path, wanted: Wanted) -> _Read:
    given = wanted.groups[0] if len(wanted.groups) == 1 else ""
    pattern = given if set(given) & set("/{*") else ""
    wanted = replace(wanted, groups=()) if pattern else _with_columns(wanted)
    try:
        found = folders.find(path, pattern)
    except UserError:
        if len(wanted.groups) != 1 or pattern:
            raise
        found, pattern = folders.find(path, given), given  # names the only level
    tables = agree.read_all(found.sources)
    needed = [each for each in (*(wanted.channels or ()), wanted.label, wanted.time) if each]
    tables, notes = agree.with_same_columns(tables, needed if wanted.channels else None)
    if given and not pattern and given not in tables[0].names:
        found, pattern = folders.find(path, given), given
    if pattern:
        wanted = replace(wanted, groups=())
    notes = [*found.notes, *notes]
    found, label = _classes(path, found, tables, wanted)
    tables = with_one_clock(tables, wanted, label, notes)
    roles = find_roles(tables, wanted, label)
    own = [note for table in tables for note in table.notes]
    return _Read(tables, found, roles, [*dict.fromkeys(own), *notes, *roles.notes])


def _read_normal(path: Path, wanted: Wanted) -> _Read:
    """Files that all hold normal running: no column and no folder tells a class."""
    wanted, found = _with_columns(wanted), normal.sources_of(path)
    tables = agree.read_all(found.sources)
    tables, notes = agree.with_same_columns(tables, wanted.channels)
    if wanted.channels is None:
        normal.refuse_classes(tables, (*wanted.groups, wanted.recording))
    tables = with_one_clock(tables, wanted, None, notes)
    roles = find_roles(tables, wanted, None)
    own = [note for table in tables for note in table.notes]
    return _Read(tables, found, roles, [
        *normal.taken_alike([Path(each.name) for each in found.sources]), *dict.fromkeys(own),
        *notes, *roles.notes])


def _classes(
    path: Path, found: folders.Found, tables: list[Table], wanted: Wanted
) -> tuple[folders.Found, str | None]:
    """Where the classes stand: in a column, in folders, or in the files' names."""
    column = None
    if wanted.label is not None:
        column = tables[0].name_of(wanted.label, "label")
    elif all(each.label is None for each in found.sources) or "label" in tables[0].names:
        column = find_label(tables, wanted.others)
    if column is not None:
        sources = tuple(folders.Source(each.path, each.name, None, each.groups | (
            {"folder": each.label} if each.label is not None else {})) for each in found.sources)
        return folders.Found(sources, found.left_out, f"column '{column}'"), column
    if all(each.label is not None for each in found.sources):
        folders.refuse_deeper(path, found)
        return found, None
    labels, groups = labels_of_names([each.path.name for each in found.sources])
    if not all(labels) or len(set(labels)) < 2:
        raise OneClass(
            f"{path}: no folder per class, no label column, and the files' names tell no classes; "
            f"expected {path.name}/<class>/<file>.csv, or a pattern such as "
            "--groups '{label}_{session}'")
    sources = tuple(folders.Source(each.path, each.name, label, each.groups | own)
                    for each, label, own in zip(found.sources, labels, groups, strict=True))
    words = f"the files' names ('{found.sources[0].path.name}' is '{labels[0]}')"
    return folders.Found(sources, found.left_out, words), None


def _with_columns(wanted: Wanted) -> Wanted:
    """Groups written as ``"load/machine"`` or ``"load,machine"`` are columns of a file."""
    names = tuple(name.strip() for each in wanted.groups
                  for name in str(each).replace("/", ",").split(",") if name.strip())
    return Wanted(wanted.label, wanted.channels, wanted.time, wanted.recording, names)


def _account(
    path: Path, read: _Read, rate: rates.Rate, recordings: list[Recording]
) -> Account:
    words = list(dict.fromkeys(each.words for each in read.tables))
    kind = "; ".join(words[:2]) + (f" and {len(words) - 2} more" if len(words) > 2 else "")
    units = {name: unit for table in read.tables for name, unit in table.units.items()}
    groups: dict[str, set[str]] = {}
    for each in recordings:
        for name, label in each.groups.items():
            groups.setdefault(name, set()).add(label)
    time = read.roles.time
    notes = [] if time is None else [f"Time: column '{time}'."]
    return Account(
        source=path.name, kind=kind, files=len(read.tables),
        classes=dict(sorted(Counter(each.label for each in recordings).items())),
        classes_from=read.found.classes_from,
        channels={name: units.get(name, "") for name in read.roles.channels},
        rate_hz=rate.hz, rate_from=rate.words,
        groups={name: len(labels) for name, labels in groups.items()},
        left_out=read.found.left_out, notes=tuple(dict.fromkeys([*notes, *read.notes])),
        columns=dict.fromkeys(read.tables[0].names, "") | read.roles.by_column(),
    )


def folder_recordings(folder: Path) -> list[Recording]:
    """One recording per file of ``folder/<class>/*.csv``, every column a channel.

    For published corpora whose columns are known; :func:`load_csv` finds what they are.

    Raises:
        UserError: no such files, or one is damaged.
    """
    files = sorted(
        each for each in folder.glob("*/*")
        if each.suffix.lower() in (".csv", ".tsv", ".txt") and not each.name.startswith(".")
    )
    if not files:
        raise UserError(f"{folder}: no CSV files; expected {folder.name}/<class>/<file>.csv")
    tables = [read_table(file) for file in files]
    return [Recording(f"{file.parent.name}/{file.name}", file.parent.name,
                      table.numbers(table.names))
            for file, table in zip(files, tables, strict=True)]


def _refuse_constant(
    recordings: list[Recording], names: Sequence[str], path: Path
) -> None:
    """A channel that never changes within a class is a dead sensor or a second label."""
    for label in dict.fromkeys(each.label for each in recordings):
        own = [each.x for each in recordings if each.label == label and len(each.x)]
        for k, name in enumerate(names):
            values = {float(value) for x in own for value in (x[:, k].min(), x[:, k].max())}
            if len(values) == 1:
                raise UserError(
                    f"{path}: channel '{name}' is constant ({values.pop():g}) in class '{label}'; "
                    "leave it out by naming the channels to use"
                )
