"""A teacher for small networks: what an ensemble of trained ones says of every training window."""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import torch
from joblib import Parallel, delayed
from torch import nn

from lnnlab import paths, records
from lnnlab.data import Dataset, Split
from lnnlab.errors import UserError
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.recipes import Recipe
from lnnlab.experiments.run import run
from lnnlab.models.saved import load
from lnnlab.training.predictions import one_thread

FORMAT = 1  # raised when the same settings begin to give other values
BATCH = 256  # windows at a time


def teacher_of(
    dataset: Dataset, split: Split, recipe: Recipe, epochs: int, patience: int, jobs: int = 1
) -> np.ndarray | None:
    """The mean logits of a recipe's teachers for every augmented version of the training windows.

    The teachers are trained on the same training windows, as long as their student; nothing but
    their recipes, seeds and the split decides what they say. It is kept in the cache.

    Args:
        recipe: of the student.
        epochs, patience: see :meth:`lnnlab.training.LNNTrainer.fit`.
        jobs: teachers at a time.

    Returns:
        float16 (version, window, class), or None where the recipe has no teacher.
    """
    if not recipe.teachers:
        return None
    if any(each.features != recipe.features for each in recipe.teachers):
        raise UserError("a teacher is fed other features than its student: give both the same")
    described = {
        "format": FORMAT, "data_hash": dataset.hash, "split": split.rule, "fold": split.name,
        "rows": records.key(split.train.tolist()), "versions": recipe.versions,
        "features": recipe.features.as_dict(), "epochs": epochs, "patience": patience,
        "teachers": [each.as_dict() for each in recipe.teachers],
        "seeds": list(recipe.teacher_seeds),
    }
    place = paths.cache() / "teachers" / f"{dataset.name}-{records.key(described)}.npy"
    if not place.exists():
        plan = product(recipe.teachers, recipe.teacher_seeds)
        said = Parallel(n_jobs=jobs)(
            delayed(_taught)(dataset, split, recipe, each, seed, epochs, patience)
            for each, seed in plan
        )
        partial = place.with_name(f"{place.stem}.{os.getpid()}.partial.npy")
        place.parent.mkdir(parents=True, exist_ok=True)
        np.save(partial, np.mean(said, axis=0, dtype=np.float64).astype(np.float16))
        os.replace(partial, place)
    return np.load(place, mmap_mode="r")


def teacher_networks(
    dataset: Dataset, split: Split, recipe: Recipe, epochs: int, patience: int
) -> list[nn.Module]:
    """The teachers of a recipe themselves, trained unless they lie in the cache; [] without any.

    Choose it for what has no numbered versions, such as streams; see :func:`teacher_of`.
    """
    return [_teacher(dataset, split, each, seed, epochs, patience).eval()
            for each, seed in product(recipe.teachers, recipe.teacher_seeds)]


def _taught(
    dataset: Dataset, split: Split, student: Recipe, teacher: Recipe, seed: int, epochs: int,
    patience: int,
) -> np.ndarray:
    """One teacher's logits (version, window, class), trained unless it lies in the cache."""
    network = _teacher(dataset, split, teacher, seed, epochs, patience)
    with one_thread(), torch.no_grad():
        spec = student.features.scaled_to(dataset.x[split.train])
        versions = augmented(dataset, split.train, spec, student.versions)
        return np.stack([
            np.concatenate([network(x).numpy() for x in _batches(version)])
            for version in versions
        ])


def _teacher(
    dataset: Dataset, split: Split, teacher: Recipe, seed: int, epochs: int, patience: int
) -> nn.Module:
    """One teacher, trained unless it lies in the cache."""
    described = {
        "data_hash": dataset.hash, "rows": records.key(split.train.tolist()), "seed": seed,
        "recipe": teacher.as_dict(), "epochs": epochs, "patience": patience,
    }
    place: Path = paths.cache() / "teachers" / f"{teacher.model}-{records.key(described)}.pt"
    if not place.exists():
        checkpoint = place.with_suffix(".checkpoint")
        with one_thread():
            run(dataset, split, teacher, seed, epochs, patience, checkpoint, keep=place)
        checkpoint.unlink(missing_ok=True)
    return load(place).network


def _batches(x: np.ndarray) -> Iterator[torch.Tensor]:
    for first in range(0, len(x), BATCH):
        yield torch.from_numpy(x[first : first + BATCH].astype(np.float32))
