"""Trained networks of a benchmark as files: made once, taken up by compression and export."""

from pathlib import Path

import numpy as np

from lnnlab import records
from lnnlab.data import Dataset, Split
from lnnlab.experiments.recipes import Recipe
from lnnlab.experiments.run import run, samples
from lnnlab.experiments.teacher import teacher_of
from lnnlab.models.saved import SavedModel, load
from lnnlab.scoring.confusion import figures
from lnnlab.training.predictions import one_thread, predict


def trained(
    dataset: Dataset,
    split: Split,
    recipe: Recipe,
    seed: int,
    folder: Path,
    epochs: int = 30,
    patience: int = 10,
) -> SavedModel:
    """The network of one run, trained now unless it lies in ``folder`` already.

    The same recipe, data and seed give the same weights on the same machine, so there this is
    the network whose accuracy the benchmark recorded. On another machine training drifts apart
    from the last bits on; :func:`judged` says how good the network at hand is.

    Args:
        folder: where networks are kept, such as ``reports/full/models``.
        epochs, patience: see :meth:`lnnlab.training.LNNTrainer.fit`.
    """
    place = place_of(folder, dataset, split, recipe, seed, epochs, patience)
    if not place.exists():
        checkpoint = place.with_suffix(".checkpoint")
        with one_thread():
            teacher = teacher_of(dataset, split, recipe, epochs, patience)
            run(dataset, split, recipe, seed, epochs, patience, checkpoint, place, teacher)
        checkpoint.unlink(missing_ok=True)
    return load(place)


def judged(saved: SavedModel, dataset: Dataset, rows: np.ndarray) -> dict:
    """Figures of a network in float on some windows: see :func:`lnnlab.experiments.run.figures`."""
    part = samples(dataset, rows, saved.features)
    guesses = predict(saved.network, part).argmax(axis=1)
    return figures(part.y, guesses, len(dataset.classes))


def place_of(
    folder: Path, dataset: Dataset, split: Split, recipe: Recipe, seed: int, epochs: int,
    patience: int,
) -> Path:
    """Where the network of a run lies, or would lie."""
    described = {
        "data_hash": dataset.hash, "fold": split.name, "seed": seed, "recipe": recipe.as_dict(),
        "epochs": epochs, "patience": patience,
    }
    return folder / dataset.name / f"{recipe.model}-{records.key(described)}.pt"
