"""A point that is a :class:`~lnnlab.experiments.run.Run`: parameters to runs and records."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from lnnlab import data
from lnnlab.data import Dataset, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments.benchmark import Work, recorded, subject_of
from lnnlab.experiments.recipes import Recipe, recipe
from lnnlab.experiments.run import Budget, Run
from lnnlab.models.kinds import NULL, kind_of
from lnnlab.sweep.parameters import DEFAULTS
from lnnlab.training.device import CPU, resolved


def runs_of(given: dict) -> list[Run]:
    """The runs of a point, one a fold; this machine need not have their device.

    Raises:
        UserError: data, rule or fold are wrong.
    """
    every = DEFAULTS | given
    dataset = _dataset(every["corpus"], every["window"])
    splits = make_splits(dataset, every["split"])
    fold = every["fold"]
    if not -1 <= fold < len(splits):
        raise UserError(f"fold {fold}: rule '{every['split']}' has {len(splits)} fold(s); -1: all")
    chosen = _recipe(every, dataset)
    budget = Budget(every["epochs"], every["patience"])
    trains = kind_of(chosen.model).family != NULL  # a null baseline has neither seed nor device
    seed, device = (every["seed"], every["device"]) if trains else (0, CPU)
    return [Run(dataset, split, chosen, seed, budget, device)
            for split in (splits if fold == -1 else splits[fold:fold + 1])]


def make_records(table: str, given: dict, folder: Path) -> None:
    """Make the records of a point below ``folder``; its networks too.

    Raises:
        UserError: see :func:`runs_of`; or this machine has no such device.
    """
    resolved((DEFAULTS | given)["device"])
    recorded(runs_of(given), table, Work(folder, progress=False), table)


def are_recorded(table: str, given: dict, folder: Path) -> bool:
    """Whether a point's runs have records in a profile's folder that still hold."""
    records = Work(folder).records(table)
    found = [records.find(subject_of(run)) for run in runs_of(given)]
    return all(record is not None and not stale for record, stale in found)


def _recipe(every: dict, dataset: Dataset) -> Recipe:
    """The model's starting recipe with what the point changes."""
    usual = recipe(every["model"], dataset)
    return replace(usual, options=usual.options | every["options"],
                   config=usual.config | every["config"], variant=every["variant"])


@lru_cache(maxsize=2)
def _dataset(corpus: str, window: int) -> Dataset:
    return data.load(corpus, window=window or None)
