"""What a network got wrong, kept so that a person can look at it or hear it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lnnlab import store
from lnnlab.errors import UserError
from lnnlab.jobs.files import from_json, value_of
from lnnlab.jobs.job import Job
from lnnlab.jobs.names import in_words

if TYPE_CHECKING:  # the page reads what is kept, and need not wait for torch
    from lnnlab.data import Dataset
    from lnnlab.experiments.results import Answers

MOST = 24  # kept of each job
LISTED, WINDOWS = "wrong.json", "wrong.npy"


def keep_wrong(
    job: Job, dataset: "Dataset", answers: "Answers", rows: np.ndarray
) -> None:
    """Keep windows that were answered wrongly, of every kind of mistake some.

    Args:
        job: whose folder they go to.
        dataset: of the windows; rows: the tested ones, in the order of the answers.
    """
    wrong = _of_every_kind(answers)
    taken = rows[wrong]
    listed = [{
        "truth": dataset.classes[answers.truth[k]], "guess": dataset.classes[answers.guess[k]],
        "recording": in_words(str(dataset.groups["recording"][row]), job),
        "start_s": None if dataset.rate_hz is None else float(dataset.start[row] / dataset.rate_hz),
    } for k, row in zip(wrong, taken, strict=True)]
    with store.replacing(job.folder / WINDOWS) as place:
        store.ARRAY.save(dataset.x[taken].astype(np.float32), place)
    told = {"wrong": int((answers.truth != answers.guess).sum()), "of": len(rows),
            "rate_hz": dataset.rate_hz, "channels": list(dataset.channels), "items": listed}
    store.write_text(job.folder / LISTED, json.dumps(told))


def wrong_of(folder: Path) -> tuple[dict, np.ndarray] | None:
    """What :func:`keep_wrong` kept: the list, and the windows (item, time, channel).

    Raises:
        UserError: a file is damaged.
    """
    told = from_json(folder / LISTED, value_of(dict))
    if told is None:
        return None
    try:
        return told, store.ARRAY.load(folder / WINDOWS)
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{WINDOWS}: this file of the job is damaged or gone; train again"
                        ) from error


def _of_every_kind(answers: "Answers") -> np.ndarray:
    """Places of wrong answers, at most ``MOST``: each pair of classes in turn."""
    kinds: dict[tuple[int, int], list[int]] = {}
    for k in np.flatnonzero(answers.truth != answers.guess):
        kinds.setdefault((int(answers.truth[k]), int(answers.guess[k])), []).append(int(k))
    turns = sorted((place, kind, k) for kind, own in kinds.items() for place, k in enumerate(own))
    return np.array(sorted(k for *_, k in turns[:MOST]), int)
