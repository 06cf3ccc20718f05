"""A whole benchmark: models × splits × seeds, each run recorded once."""

from collections.abc import Sequence
from pathlib import Path

from joblib import Parallel, delayed
from tqdm.auto import tqdm

from lnnlab import records
from lnnlab.data import Dataset, Split, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.recipes import NULLS, Recipe, candidates, recipe
from lnnlab.experiments.run import run
from lnnlab.experiments.teacher import teacher_of
from lnnlab.experiments.trained import place_of
from lnnlab.training.predictions import one_thread

TUNING = "tuning"  # table of the runs that only choose a recipe


def benchmark(
    dataset: Dataset,
    rule: str,
    models: Sequence[str],
    seeds: Sequence[int],
    folder: Path,
    epochs: int = 30,
    patience: int = 10,
    trials: int = 1,
    jobs: int = 1,
    progress: bool = True,
    recipes: Sequence[Recipe] = (),
    families: Sequence[Sequence[Recipe]] = (),
    table: str = "vibration_benchmark",
) -> list[dict]:
    """Run every model on every fold with every seed, two cores at a time if asked.

    What is recorded already, with the same data and settings, is not run again; a run that was
    killed goes on from its last epoch.

    Args:
        dataset: the windows.
        rule: how to split them, see :func:`lnnlab.data.make_splits`.
        models: keys of :data:`lnnlab.experiments.LABELS`.
        seeds: of initial weights and batches; spread is taken over them.
        folder: where records go.
        epochs, patience: see :meth:`lnnlab.training.LNNTrainer.fit`.
        trials: candidates that each trained model may choose from by its validation loss on the
            first fold with the first seed; 1 takes the starting recipe.
        jobs: runs at a time, each on one thread.
        progress: show a bar.
        recipes: further rows, run as they are given and not tuned.
        families: further rows of which each chooses from its own recipes, by the same rule.
        table: name of the table that the runs are for.

    Returns:
        The records, in the order of models, folds and seeds.

    Raises:
        UserError: a model or the rule is unknown, or no seed is given.
    """
    if not seeds:
        raise UserError("seeds: give at least one, such as [0, 1, 2]")
    splits = make_splits(dataset, rule)
    budget = {"epochs": epochs, "patience": patience}
    context = _Context(dataset, rule, folder, table, budget, jobs, progress)
    options = [_options(model, dataset, trials) for model in models] + list(families)
    _prepare(dataset, splits, [*recipes, *(each for row in options for each in row)], budget, jobs)
    chosen = [_choose(context, splits[0], each, seeds[0], trials) for each in options]
    plan = [
        (split, row, seed)
        for row in (*chosen, *recipes)
        for split in splits
        for seed in (seeds[:1] if row.model in NULLS else seeds)
    ]
    return context.run_all(plan, {"trials": trials})


class _Context:
    """What all runs of one benchmark share."""

    def __init__(
        self, dataset: Dataset, rule: str, folder: Path, table: str, budget: dict, jobs: int,
        progress: bool,
    ) -> None:
        self.dataset, self.rule, self.folder, self.table = dataset, rule, folder, table
        self.budget, self.jobs, self.progress = budget, jobs, progress

    def run_all(self, plan: list[tuple[Split, Recipe, int]], more: dict) -> list[dict]:
        """The record of each planned run, in the plan's order."""
        tasks = (delayed(self.record)(split, recipe, seed, more) for split, recipe, seed in plan)
        done = Parallel(n_jobs=self.jobs, return_as="generator")(tasks)
        bar = tqdm(
            done, total=len(plan), disable=not self.progress, unit="run",
            desc=f"{self.dataset.name}, {self.rule}",
        )
        return list(bar)

    def record(self, split: Split, recipe: Recipe, seed: int, more: dict) -> dict:
        """The run's record: read where it exists, else made."""
        described = {
            "table": self.table, "corpus": self.dataset.name, "data_hash": self.dataset.hash,
            "rule": self.rule, "fold": split.name, "seed": seed, "recipe": recipe.as_dict(),
            "window": self.dataset.x.shape[1], **self.budget, **more,
        }
        stem = f"{recipe.model}-{records.key(described)}"
        place = self.folder / self.table / self.dataset.name / self.rule / f"{stem}.json"
        found = records.read(place)
        if found is not None:
            return found
        checkpoint = place.with_suffix(".checkpoint")
        keep = None
        if self.table != TUNING and recipe.model not in NULLS and self.dataset.rate_hz:
            keep = place_of(
                self.folder.parent / "models", self.dataset, split, recipe, seed, **self.budget
            )
        with one_thread():
            teacher = teacher_of(self.dataset, split, recipe, **self.budget)
            results = run(
                self.dataset, split, recipe, seed, checkpoint=checkpoint, keep=keep,
                teacher=teacher, **self.budget,
            )
        record = described | {
            "basis": "measured", "split": split.rule, "classes": list(self.dataset.classes),
            "synthetic": self.dataset.synthetic, "note": self.dataset.note,
            "versions": records.versions(), "results": results,
        }
        records.write(place, record)
        checkpoint.unlink(missing_ok=True)
        return record


def _prepare(
    dataset: Dataset, splits: Sequence[Split], recipes: Sequence[Recipe], budget: dict, jobs: int
) -> None:
    """Make what runs share before they start side by side: augmented versions, teachers."""
    for each in recipes:
        for split in splits if each.versions else ():
            spec = each.features.scaled_to(dataset.x[split.train])
            augmented(dataset, split.train, spec, each.versions, jobs)
            teacher_of(dataset, split, each, **budget, jobs=jobs)


def _options(model: str, dataset: Dataset, trials: int) -> Sequence[Recipe]:
    """What a model may choose from: its candidates, or its starting recipe alone."""
    if trials <= 1 or model == "majority":
        return [recipe(model, dataset)]
    return candidates(model, dataset, trials)


def _choose(
    context: _Context, split: Split, options: Sequence[Recipe], seed: int, trials: int
) -> Recipe:
    """The option with the lowest validation loss on one fold; test windows play no part."""
    if len(options) == 1:
        return options[0]
    tuning = _Context(
        context.dataset, context.rule, context.folder, TUNING, context.budget, context.jobs,
        context.progress,
    )
    outcomes = tuning.run_all([(split, each, seed) for each in options], {"trials": trials})
    losses = [each["results"]["validation_loss"] for each in outcomes]
    return options[losses.index(min(losses))]
