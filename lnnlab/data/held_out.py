"""What validates while others train: recordings, or individuals whole."""

from collections import Counter

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.data.sounds.parts import whole_speakers
from lnnlab.data.stretches import cut_in_time, in_order

SPEAKER, BEARING = "speaker", "bearing"  # individuals, which validation does not share either


def individuals(dataset: Dataset, group: str, rows: np.ndarray) -> str:
    """The grouping whose labels validation holds out whole; ``""``: recordings are enough.

    Args:
        group: that the split tests by; rows: (window,) bool, what it does not test.
    """
    if group == SPEAKER:
        return SPEAKER if len(set(dataset.groups[SPEAKER][rows]) - {""}) > 1 else ""
    bearings = dataset.groups.get(BEARING, np.array([""] * len(dataset)))
    classes = {each: len(set(dataset.y[bearings == each])) for each in set(bearings[rows]) - {""}}
    return BEARING if len(classes) > 1 and min(classes.values()) > 1 else ""


def hold_out_whole(
    dataset: Dataset, grouping: str, rows: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A quarter of the speakers or bearings of some rows for validation, the rest for training."""
    labels = dataset.groups[grouping]
    told = {each: {str(k) for k in set(dataset.y[labels == each])}
            for each in set(labels[rows]) - {""}}
    parts = whole_speakers(told, {"validation": max(1, round(len(told) / 4))})
    held = np.isin(labels, [each for each, part in parts.items() if part == "validation"])
    return [np.flatnonzero(rows & ~held)], [np.flatnonzero(rows & held)]


def hold_out_recordings(dataset: Dataset, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A quarter of one class's recordings for validation, the rest for training.

    Where the corpus tells bearings apart, every bearing keeps a recording to train on, as long as
    there are enough. A recording alone is cut in time instead.
    """
    recordings = dataset.groups["recording"][rows]
    names = in_order(recordings)
    if len(names) == 1:
        train, validation, _ = cut_in_time(dataset, rows, (0.8, 0.2))
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
