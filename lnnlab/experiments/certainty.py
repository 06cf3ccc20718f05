"""How sure trained networks are of their answers to the test windows, and how right."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.special import softmax

from lnnlab.experiments.results import RunRecord
from lnnlab.experiments.run import samples
from lnnlab.experiments.trained import FOLDER, trained
from lnnlab.scoring.reliability import Reliability, reliability
from lnnlab.training.predictions import predict


def certainty(records: Sequence[RunRecord], folder: Path) -> dict[str, Reliability]:
    """Label of a row → reliability over the test windows of its runs.

    Args:
        records: whose networks are kept, such as those on the target; null baselines are passed
            over.
        folder: of the reports.
    """
    answers: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for each in records:
        if each.run.null:
            continue
        saved = trained(each.run, folder / FOLDER)
        dataset, rows = each.run.dataset, each.run.split.test
        logits = predict(saved.network, samples(dataset, rows, saved.features))
        answers.setdefault(each.label, []).append((softmax(logits, axis=1), dataset.y[rows]))
    return {label: reliability(*map(np.concatenate, zip(*own, strict=True)))
            for label, own in answers.items()}
