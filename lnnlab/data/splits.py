"""Splits that keep what belongs together on one side, and a check that refuses any other."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.errors import UserError, unknown

FILE_ORDER, TIME, OFFICIAL = "file_order", "time", "official"
TRAIN_SHARE, VALIDATION_SHARE = 0.6, 0.2  # of files or of time, in order; the rest is for testing


@dataclass(frozen=True)
class Split:
    """Rows of a dataset for training, for stopping early and for testing.

    Attributes:
        name: what is tested, such as ``"load 2"``.
        train, validation, test: sorted row numbers, int.
        rule: the rule in words, for tables.
        group: the grouping that no two sides share; ``"recording"`` for the ordered rules.
    """

    name: str
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    rule: str
    group: str


def make_splits(dataset: Dataset, rule: str) -> list[Split]:
    """Every fold of a rule.

    Args:
        dataset: the windows.
        rule: ``"file_order"`` (of each class the first 60 % of the recordings train, 20 %
            validate, the last 20 % test), ``"time"`` (the same within each recording, for corpora
            of few files; says less about new conditions), ``"official"`` (the publisher's parts,
            which keep speakers apart), or a grouping of the dataset such as
            ``"load"``: each of its labels is held out once. A quarter of the other recordings of
            each class validate. Where recordings belong to no group, or a class has only one
            recording left, these are cut in time, with a gap.

    Raises:
        UserError: the rule is unknown, or leaves a part or a class of the training part empty.
    """
    if rule == FILE_ORDER:
        splits = [_by_file_order(dataset)]
    elif rule == TIME:
        everything = np.arange(len(dataset))
        parts = _cut_in_time(dataset, everything, (TRAIN_SHARE, VALIDATION_SHARE))
        words = "first 60 % of each recording train, next 20 % validate, last 20 % test"
        splits = [Split("last fifth of each recording", *parts, words, "recording")]
    elif rule == OFFICIAL:
        splits = [_official(dataset)]
    elif rule in dataset.groups:
        labels = sorted(set(dataset.groups[rule]) - {""})
        if len(labels) < 2:
            raise UserError(f"{dataset.name}: grouping '{rule}' has fewer than two labels")
        splits = [_leave_one_out(dataset, rule, label) for label in labels]
    else:
        raise unknown("split rule", rule, (FILE_ORDER, TIME, OFFICIAL, *dataset.groups))
    for split in splits:
        check_split(dataset, split)
    return splits


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
            raise UserError(f"split '{split.name}': no windows to {name}; choose another rule")
    labels = dataset.groups[split.group]
    shared = set(labels[split.train]) & set(labels[split.test]) - {""}
    if shared and split.group != "recording":
        raise UserError(
            f"split '{split.name}': {split.group} {', '.join(sorted(shared))} is both trained on "
            "and tested on"
        )
    names = list(parts)
    for one, other in [(names[0], names[1]), (names[0], names[2]), (names[1], names[2])]:
        clash = _overlapping(dataset, parts[one], parts[other])
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


def _official(dataset: Dataset) -> Split:
    """The parts that the corpus comes with; the tested speakers trained nothing."""
    if dataset.part is None:
        raise UserError(f"{dataset.name}: comes without a split of its own; choose another rule")
    parts = (np.flatnonzero(dataset.part == each) for each in ("train", "validation", "test"))
    spoken = "speaker" in dataset.groups
    words = "the corpus's own lists" + (", no speaker on two sides" if spoken else "")
    return Split(OFFICIAL, *parts, words, "speaker" if spoken else "recording")


def _leave_one_out(dataset: Dataset, group: str, label: str) -> Split:
    """Test on one label of a grouping; recordings without a label are cut in time."""
    labels = dataset.groups[group]
    test = [np.flatnonzero(labels == label)]
    train, validation = [], []
    for k in range(len(dataset.classes)):
        rows = np.flatnonzero((labels != label) & (labels != "") & (dataset.y == k))
        if len(rows):
            kept, held = _hold_out_recordings(dataset, rows)
            train.append(kept)
            validation.append(held)
    free = np.flatnonzero(labels == "")
    words = f"leave one {group.replace('_', ' ')} out"
    if len(free):
        first, second, last = _cut_in_time(dataset, free, (0.48, 0.12))
        train.append(first)
        validation.append(second)
        test.append(last)
        without = ", ".join(dataset.classes[k] for k in np.unique(dataset.y[free]))
        words += f" ({without}: cut in time, first 60 % train, last 40 % test)"
    joined = (np.sort(np.concatenate(part or [np.array([], int)]))
              for part in (train, validation, test))
    return Split(f"{group.replace('_', ' ')} {label}", *joined, words, group)


def _hold_out_recordings(dataset: Dataset, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A quarter of one class's recordings for validation, the rest for training.

    Where the corpus tells bearings apart, every bearing keeps a recording to train on, as long as
    there are enough. A recording alone is cut in time instead.
    """
    recordings = dataset.groups["recording"][rows]
    names = _in_order(recordings)
    if len(names) == 1:
        train, validation, _ = _cut_in_time(dataset, rows, (0.8, 0.2))
        return train, validation
    grouping = "bearing" if "bearing" in dataset.groups else "recording"
    bearings = dict(zip(recordings, dataset.groups[grouping][rows], strict=True))
    order = [names[k] for k in np.random.default_rng(0).permutation(len(names))]
    left = Counter(bearings[name] for name in names)
    held: list[str] = []
    for spare in (True, False):  # first from bearings with a recording to spare
        for name in order:
            if len(held) == max(1, round(len(names) / 4)):
                break
            if name not in held and (left[bearings[name]] > 1 or not spare):
                held.append(name)
                left[bearings[name]] -= 1
    chosen = np.isin(recordings, held)
    return rows[~chosen], rows[chosen]


def _by_file_order(dataset: Dataset) -> Split:
    """Of each class the first files train, the next validate, the last test."""
    parts: tuple[list, list, list] = ([], [], [])
    for k, name in enumerate(dataset.classes):
        rows = np.flatnonzero(dataset.y == k)
        recordings = _in_order(dataset.groups["recording"][rows])
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


def _cut_in_time(
    dataset: Dataset, rows: np.ndarray, shares: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of each recording in three stretches of time.

    A window that reaches over a border is left out, so no stretch sees another's samples.
    """
    length = dataset.x.shape[1]
    parts: tuple[list, list, list] = ([], [], [])
    recordings = dataset.groups["recording"][rows]
    for name in _in_order(recordings):
        own = rows[recordings == name]
        start = dataset.start[own]
        end = start + length
        total = end.max()
        first, second = (round(total * share) for share in (shares[0], sum(shares)))
        if sum(shares) >= 1:
            second = total
        parts[0].append(own[end <= first])
        parts[1].append(own[(start >= first) & (end <= second)])
        parts[2].append(own[start >= second])
    joined = [np.concatenate(part) if part else np.array([], int) for part in parts]
    return joined[0], joined[1], joined[2]


def _overlapping(dataset: Dataset, one: np.ndarray, other: np.ndarray) -> str | None:
    """A recording of which both sets of windows hold the same samples, if there is any."""
    length = dataset.x.shape[1]
    recordings = dataset.groups["recording"]
    for name in set(recordings[one]) & set(recordings[other]):
        a = np.sort(dataset.start[one[recordings[one] == name]])
        b = dataset.start[other[recordings[other] == name]]
        place = np.searchsorted(a, b)
        after = a[np.minimum(place, len(a) - 1)]
        before = a[np.maximum(place - 1, 0)]
        if np.any(np.abs(after - b) < length) or np.any(np.abs(before - b) < length):
            return str(name)
    return None


def _in_order(names: Iterable[str]) -> list[str]:
    """Distinct names in the order of their first appearance."""
    return list(dict.fromkeys(names))
