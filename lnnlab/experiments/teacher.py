"""A teacher for small networks: what trained ones together give for every training window."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import torch
from joblib import Parallel, delayed
from torch import nn

from lnnlab import paths, store
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.probes import probe
from lnnlab.experiments.run import Run
from lnnlab.training.predictions import one_thread

BATCH = 256  # windows at a time


def teachers_of(run: Run) -> list[Run]:
    """The runs of a recipe's teachers: same data, split and budget, seeds of their own."""
    return [
        replace(run, recipe=recipe, seed=seed)
        for recipe, seed in product(run.recipe.teachers, run.recipe.teacher_seeds)
    ]


def teacher_of(
    run: Run, network_of: Callable[[Run], nn.Module], jobs: int = 1
) -> np.ndarray | None:
    """The mean logits of a recipe's teachers for every augmented version of the training windows.

    The teachers are trained on the same training windows, as long as their student; nothing but
    their recipes, seeds and the split decides what they give, and whether they answer to what is
    hidden from them in training too (``whole_labels``). It is kept in the cache.

    Args:
        run: of the student.
        network_of: gives a teacher's network, trained now unless it is kept.
        jobs: teachers at a time.

    Returns:
        float16 (version, window, class), or None where the recipe has no teacher.
    """
    masters = teachers_of(run)
    if not masters:
        return None
    described = {
        "name": run.dataset.name, **run.data, "versions": run.recipe.versions,
        "teachers": [each.identity for each in masters], "probes": [
            [f"{number:.4g}" for number in probe(each)] for each in masters],
    } | ({"labels": "whole"} if run.recipe.whole_labels else {})

    def make() -> np.ndarray:
        logits = Parallel(n_jobs=jobs)(
            delayed(_logits)(network_of, each, run.recipe.whole_labels) for each in masters)
        return np.mean(logits, axis=0, dtype=np.float64).astype(np.float16)

    return store.kept(described, make, store.ARRAY, paths.cache() / "teachers")


def _logits(network_of: Callable[[Run], nn.Module], teacher: Run, whole: bool) -> np.ndarray:
    """One teacher's logits (version, window, class); a version's waveforms are those that its
    student hears, whatever features either is fed."""
    network = network_of(teacher).eval()
    heard = replace(teacher, recipe=teacher.recipe.unhidden) if whole else teacher
    with one_thread(), torch.no_grad():
        return np.stack([
            np.concatenate([network(x).numpy() for x in _batches(version)])
            for version in augmented(heard)
        ])


def _batches(x: np.ndarray) -> Iterator[torch.Tensor]:
    for first in range(0, len(x), BATCH):
        yield torch.from_numpy(x[first : first + BATCH].astype(np.float32))
