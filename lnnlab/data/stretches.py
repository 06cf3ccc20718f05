"""Stretches of recordings: cut in time, and found where two sets of windows share samples."""

from collections.abc import Iterable

import numpy as np

from lnnlab.data.dataset import Dataset


def cut_in_time(
    dataset: Dataset, rows: np.ndarray, shares: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of each recording in three stretches of time.

    A window that reaches over a border is left out, so no stretch sees another's samples.
    """
    length = dataset.x.shape[1]
    parts: tuple[list, list, list] = ([], [], [])
    recordings = dataset.groups["recording"][rows]
    for name in in_order(recordings):
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


def overlapping(dataset: Dataset, one: np.ndarray, other: np.ndarray) -> str | None:
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


def rows_of_each(names: np.ndarray) -> list[np.ndarray]:
    """Row numbers of each distinct name, names in the order of their first appearance."""
    _, first, inverse = np.unique(names, return_index=True, return_inverse=True)
    rows = np.argsort(inverse, kind="stable")
    borders = np.cumsum(np.bincount(inverse))[:-1]
    groups = np.split(rows, borders)
    return [groups[k] for k in np.argsort(first)]


def in_order(names: Iterable[str]) -> list[str]:
    """Distinct names in the order of their first appearance."""
    return list(dict.fromkeys(names))
