"""Splits that keep what belongs together on one side, and a check that refuses any other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.data.held_out import (
    BEARING,
    SPEAKER,
    hold_out_recordings,
    hold_out_whole,
    individuals,
)
from lnnlab.data.sounds.parts import UNKNOWN_SPEAKERS, voices
from lnnlab.data.stretches import cut_in_time, in_order, overlapping
from lnnlab.data.word_folder import PARTS
from lnnlab.errors import UserError, unknown

FILE_ORDER, TIME, OFFICIAL = "file_order", "time", "official"
LAST_FIFTH = "last fifth of each recording"
REFITTED = ", trained anew on training and validation"  # behind the rule of :func:`refitted`
TRAIN_SHARE, VALIDATION_SHARE = 0.6, 0.2  # of files or of time, in order; the rest is for testing


@dataclass(frozen=True)
class Split:
    """Rows of a dataset for training, for stopping early and for testing.

    Attributes:
        name: what is tested, such as ``"load 2"``.
        train, validation, test: sorted row numbers, int.
        rule: the rule in words, for tables.
        group: the grouping that no two sides share; ``"recording"`` for the ordered rules.
        before: the split that chose, of one by :func:`refitted`.
    """

    name: str
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    rule: str
    group: str
    before: "Split | None" = None


def make_splits(dataset: Dataset, rule: str) -> list[Split]:
    """Every fold of a rule.

    Args:
        dataset: the windows.
        rule: ``"file_order"`` (of each class the first 60 % of the recordings train, 20 %
            validate, the last 20 % test), ``"time"`` (the same within each recording, for corpora
            of few files; says less about new conditions), ``"official"`` (the publisher's parts,
            which keep speakers apart), or a grouping of the dataset such as
            ``"load"``: each of its labels is held out once. A quarter of the other recordings of
            each class validate; with ``"speaker"`` a quarter of the other speakers, where there
            are two or more; where every bearing has several classes, a quarter of the bearings.
            Where recordings belong to no group, the corpus's own parts hold, or
            else they, and a recording that is a class's last, are cut in time, with a gap.

    Raises:
        UserError: the rule is unknown, or leaves a part or a class of the training part empty.
    """
    if rule == FILE_ORDER:
        splits = [_by_file_order(dataset)]
    elif rule == TIME:
        everything = np.arange(len(dataset))
        parts = cut_in_time(dataset, everything, (TRAIN_SHARE, VALIDATION_SHARE))
        words = "first 60 % of each recording train, next 20 % validate, last 20 % test"
        splits = [Split(LAST_FIFTH, *parts, words, "recording")]
    elif rule == OFFICIAL:
        splits = [_official(dataset)]
    elif rule in dataset.groups:
        labels = sorted(set(dataset.groups[rule]) - {""})
        if len(labels) < 2:
            hint = "; say by layout= where the speaker stands in the names, such as " \
                   "'word/speaker'" if rule == SPEAKER else ""
            raise UserError(f"{dataset.name}: grouping '{rule}' has fewer than two labels{hint}")
        splits = [_leave_one_out(dataset, rule, label) for label in labels]
    else:
        raise unknown("split rule", rule, (FILE_ORDER, TIME, OFFICIAL, *dataset.groups))
    for split in splits:
        check_split(dataset, split)
    return splits


def refitted(split: Split) -> Split:
    """The split after everything is chosen: what validated trains too, and nothing validates.

    Choose it where recordings are few, and validation has chosen among candidates: what was chosen
    is trained anew on all that is not tested. Its part to validate is empty, so that nothing that
    chooses on validation (thresholds, policies, epochs of int8 training) can take windows that
    trained; give that the split itself and a network of it.
    """
    train = np.sort(np.concatenate([split.train, split.validation]))
    return replace(split, train=train, validation=split.validation[:0],
                   rule=split.rule + REFITTED, before=split)


def one_of_each(dataset: Dataset, rows: np.ndarray, classes: Sequence[str]) -> list[int]:
    """The first of some rows of each class, to show one.

    Raises:
        UserError: the dataset has no such class, or none of it is among the rows.
    """
    chosen = []
    for name in classes:
        if str(name) not in dataset.classes:
            raise unknown(f"class of {dataset.name}", name, dataset.classes)
        own = rows[dataset.y[rows] == dataset.classes.index(str(name))]
        if not len(own):
            raise UserError(f"{dataset.name}: none of class '{name}' is in this part of the split")
        chosen.append(int(own[0]))
    return chosen


def check_split(dataset: Dataset, split: Split) -> None:
    """Refuse a split that leaks.

    Raises:
        UserError: a part is empty, a window is in two parts, two parts share samples of a
            recording, a group is on both the training's and the test's side, or a class that is
            tested was never trained.
    """
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    for name, rows in parts.items():
        if not len(rows):
            raise _empty(dataset, split, name)
    labels = dataset.groups[split.group]
    shared = set(labels[split.train]) & set(labels[split.test]) - {""}
    if shared and split.group != "recording":
        raise UserError(
            f"split '{split.name}': {split.group} {', '.join(sorted(shared))} is both trained on "
            "and tested on"
        )
    names = list(parts)
    for one, other in [(names[0], names[1]), (names[0], names[2]), (names[1], names[2])]:
        clash = overlapping(dataset, parts[one], parts[other])
        if clash:
            raise UserError(
                f"split '{split.name}': {one} and {other} share samples of recording '{clash}'"
            )
    untrained = set(dataset.y[split.test]) - set(dataset.y[split.train])
    if untrained:
        listed = ", ".join(dataset.classes[k] for k in sorted(untrained))
        raise UserError(
            f"split '{split.name}': class {listed} is tested but has no training windows; "
            "choose another rule or record more"
        )


def _empty(dataset: Dataset, split: Split, part: str) -> UserError:
    """Why a part has no windows, and what to do."""
    said = f"split '{split.name}': no windows to {part}"
    if split.name != LAST_FIFTH or not len(dataset):
        return UserError(f"{said}; choose another rule")
    window, recordings = dataset.x.shape[1], dataset.groups["recording"]
    shortest = window + min(dataset.start[recordings == each].max() for each in set(recordings))
    fits = int(shortest) // 10  # a fifth holds a whole window wherever it begins
    smaller = f"choose a window of {fits} samples or less, or " * (fits > 1)
    return UserError(f"{said}: recordings of {shortest:,} samples, in whole windows, are too short "
                     f"to be cut in time for windows of {window}; {smaller}record longer")


def _official(dataset: Dataset) -> Split:
    """The parts that the corpus comes with; the tested speakers trained nothing."""
    if dataset.part is None:
        raise UserError(f"{dataset.name}: comes without a split of its own; choose another rule")
    parts = (np.flatnonzero(dataset.part == each) for each in PARTS)
    spoken = "speaker" in dataset.groups
    if dataset.account is None:
        said = UNKNOWN_SPEAKERS if spoken and not any(dataset.groups["speaker"]) else (
            "no speaker on two sides" if spoken else "")
        words = ", ".join(filter(None, ("the corpus's own lists", said)))
        return Split(OFFICIAL, *parts, words, "speaker" if spoken else "recording")
    told = ~np.isin(dataset.y, [dataset.classes.index(each) for each in dataset.background_classes])
    said = voices(dataset.groups["speaker"][told], dataset.part[told]) if spoken else ""
    apart = said.startswith("no speaker")  # else the user's own parts stand, with what they lack
    source = dataset.account.parts_from or "the corpus's own parts"
    words = ", ".join(filter(None, (source, said)))
    return Split(OFFICIAL, *parts, words, "speaker" if apart else "recording")


def _leave_one_out(dataset: Dataset, group: str, label: str) -> Split:
    """Test on one label of a grouping; recordings without a label are cut in time."""
    labels = dataset.groups[group]
    test = [np.flatnonzero(labels == label)]
    whole = individuals(dataset, group, labels != label)
    train, validation = hold_out_whole(dataset, whole, (labels != label) & (labels != "")) if (
        whole) else ([], [])
    for k in range(0 if whole else len(dataset.classes)):
        rows = np.flatnonzero((labels != label) & (labels != "") & (dataset.y == k))
        if len(rows):
            kept, held = hold_out_recordings(dataset, rows)
            train.append(kept)
            validation.append(held)
    free = np.flatnonzero(labels == "")
    words = f"leave one {group.replace('_', ' ')} out"
    if whole == BEARING and group != BEARING:
        words += " (validated on bearings of their own)"
    if len(free):
        given = dataset.part is not None
        pieces = [free[dataset.part[free] == each] for each in PARTS] if given else (
            cut_in_time(dataset, free, (0.48, 0.12)))
        for part, piece in zip((train, validation, test), pieces, strict=True):
            part.append(piece)
        without = ", ".join(dataset.classes[k] for k in np.unique(dataset.y[free]))
        words += f" ({without}: " + (
            f"where no {group} is known, by {OFFICIAL} parts)" if given
            else "cut in time, first 60 % train, last 40 % test)")
    joined = (np.sort(np.concatenate(part or [np.array([], int)]))
              for part in (train, validation, test))
    return Split(f"{group.replace('_', ' ')} {label}", *joined, words, group)


def _by_file_order(dataset: Dataset) -> Split:
    """Of each class the first files train, the next validate, the last test."""
    parts: tuple[list, list, list] = ([], [], [])
    for k, name in enumerate(dataset.classes):
        rows = np.flatnonzero(dataset.y == k)
        recordings = in_order(dataset.groups["recording"][rows])
        count = len(recordings)
        if count < 3:
            raise UserError(
                f"class '{name}' has {count} recording(s), too few for rule 'file_order'; "
                "use rule 'time'"
            )
        test = max(1, round(count * (1 - TRAIN_SHARE - VALIDATION_SHARE)))
        validation = max(1, round(count * VALIDATION_SHARE))
        bounds = [0, count - test - validation, count - test, count]
        for part, low, high in zip(parts, bounds, bounds[1:], strict=False):
            chosen = recordings[low:high]
            part.append(rows[np.isin(dataset.groups["recording"][rows], chosen)])
    joined = (np.sort(np.concatenate(part)) for part in parts)
    words = "by file order: of each class first 60 % train, next 20 % validate, last 20 % test"
    return Split("last fifth of files", *joined, words, "recording")
