"""The parts that folders such as ``train`` and ``test`` give to tables."""

from dataclasses import replace

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.data.sounds.row import PARTS_BY_NAME

LEVEL = "part"  # the grouping of folders that are parts
HELD = 0.2  # of the training recordings of each class that validate, where no folder does


def with_parts(dataset: Dataset) -> Dataset:
    """A dataset with the parts of its folders, where they have one to train and one to test.

    Without a part to validate the last fifth of each class's training recordings is, of a single
    recording its last fifth. Where a class has nothing to train the parts are a grouping alone.
    """
    named = dataset.groups.get(LEVEL, np.array([]))
    part = np.array([PARTS_BY_NAME.get(str(each).casefold(), "") for each in named], dtype="<U10")
    if not {"train", "test"} <= set(part.tolist()) or "" in part:
        return dataset
    words = "the folder's own parts"
    if "validation" not in part:
        for k in range(len(dataset.classes)):
            trained = np.flatnonzero((part == "train") & (dataset.y == k))
            part[_held(dataset, trained)] = "validation"
        words += ", validation drawn from the training part"
    if set(dataset.y[part == "train"]) != set(dataset.y):
        return dataset
    account = replace(dataset.account, parts_from=words,
                      notes=(*dataset.account.notes, f"Parts: {words}."))
    return replace(dataset, part=part, account=account)


def _held(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    recordings = list(dict.fromkeys(dataset.groups["recording"][rows].tolist()))
    if len(recordings) > 1:
        last = recordings[-max(1, round(HELD * len(recordings))):]
        return rows[np.isin(dataset.groups["recording"][rows], last)]
    return rows[len(rows) - round(HELD * len(rows)):]
