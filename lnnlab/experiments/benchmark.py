"""A whole benchmark: rows × folds × seeds, each run recorded once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lnnlab.data import Dataset, Split, make_splits, refitted
from lnnlab.errors import UserError
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.recipes import Recipe, candidates, recipe
from lnnlab.experiments.results import Answers, RunRecord
from lnnlab.experiments.run import Budget, Run, fit_null
from lnnlab.experiments.teacher import teacher_of
from lnnlab.experiments.trained import (
    FOLDER,
    Kept,
    basis_of,
    place_of,
    renewed,
    renewed_together,
    stacks,
    teacher_network,
)
from lnnlab.experiments.work import Bundled, Work
from lnnlab.models import parameter_count
from lnnlab.models.kinds import NULL, kind_of
from lnnlab.records import Subject
from lnnlab.scoring.confusion import figures
from lnnlab.training.device import CPU, resolved
from lnnlab.training.predictions import one_thread, predict
from lnnlab.training.samples import FitResult

CURVE_DIGITS = 4  # of losses in records


@dataclass(frozen=True)
class Benchmark:
    """What is compared.

    Attributes:
        dataset: the windows.
        rule: how to split them, see :func:`lnnlab.data.make_splits`.
        seeds: of initial weights and batches; spread is taken over them.
        budget: how long each run may train.
        table: name of the table that the runs are for; its records lie in a file of that name.
        device: that trains the runs, such as ``"auto"``; records of another device stay apart.
        refit: train what validation chose anew on training and validation windows together, see
            :func:`lnnlab.data.refitted`; for corpora of few recordings.
    """

    dataset: Dataset
    rule: str
    seeds: Sequence[int] = (0,)
    budget: Budget = field(default_factory=Budget)
    table: str = "vibration_benchmark"
    device: str = CPU
    refit: bool = False


def model_rows(
    models: Iterable[str], dataset: Dataset, trials: int = 1
) -> list[Sequence[Recipe]]:
    """The candidates of each model: ``trials`` of them, or its starting recipe alone.

    Args:
        models: keys of :data:`lnnlab.models.KINDS`.
        dataset: what they are for.
        trials: candidates that each trained model may choose from.

    Raises:
        UserError: a model is unknown.
    """
    return [
        [recipe(each, dataset)] if trials <= 1 or each == "majority"
        else candidates(each, dataset, trials)
        for each in models
    ]


def benchmark(
    given: Benchmark, rows: Sequence[Sequence[Recipe]], work: Work
) -> list[RunRecord]:
    """Run every row on every fold with every seed.

    A row is a list of candidate recipes. Of several, each fold takes the one with the lowest loss
    on its own validation windows, trained with the first seed; test windows, and the windows of
    other folds, play no part. With ``refit`` each fold's choice is then trained anew on training
    and validation windows together, every row alike. What is recorded already, with the same data,
    settings and code, is not run again; a run that was killed goes on from its last epoch. Stale
    records are named.

    Args:
        given: data, split, seeds, budget.
        rows: candidates of each row, see :func:`model_rows`.
        work: where records and networks go.

    Returns:
        The records, in the order of rows, folds and seeds; those of candidates gives
        :func:`tried`.

    Raises:
        UserError: the rule is unknown, or no seed is given.
    """
    splits = _splits(given)
    first = tried(given, rows, work)
    left = iter(first)
    taken = {
        (id(row), split.name): min((next(left) for _ in row), key=_loss)
        for row in _searched(given, rows) for split in splits
    }
    chosen = {place: each.recipe for place, each in taken.items()}
    plan = [
        _run(given, refitted(split) if given.refit else split,
             chosen.get((id(row), split.name), row[0]), seed)
        for row in rows for split in splits for seed in given.seeds
    ]
    kept = [run for run in plan if not run.null or run.seed == given.seeds[0]]
    shown = {run.key for run in kept} | {each.run.key for each in taken.values()}
    for each in first:  # the networks of candidates that no fold took
        if each.run.key not in shown:
            place_of(each.run, work.folder / FOLDER).unlink(missing_ok=True)
    return recorded(kept, given.table, work, f"{given.dataset.name}, {given.rule}")


def tried(given: Benchmark, rows: Sequence[Sequence[Recipe]], work: Work) -> list[RunRecord]:
    """The runs that choose: every candidate of rows with several on every fold, with the first
    seed; with ``refit`` of every trained row, as no later run can tell of validation.

    Args, raises: see :func:`benchmark`, which makes them first.
    """
    runs = [_run(given, split, each, given.seeds[0]) for row in _searched(given, rows)
            for split in _splits(given) for each in row]
    title = f"{given.dataset.name}, {given.rule}: candidates"
    return recorded(runs, given.table, work, title) if runs else []


def _splits(given: Benchmark) -> list[Split]:
    if not given.seeds:
        raise UserError("seeds: give at least one, such as [0, 1, 2]")
    return make_splits(given.dataset, given.rule)


def _searched(given: Benchmark, rows: Sequence[Sequence[Recipe]]) -> list[Sequence[Recipe]]:
    """The rows whose candidates are tried on validation windows."""
    return [row for row in rows if len(row) > 1 or (
        given.refit and kind_of(row[0].model).family != NULL)]


def recorded(runs: Sequence[Run], table: str, work: Work, title: str) -> list[RunRecord]:
    """The record of each run: read where it exists, else made; stale ones are named."""
    found = work.recorded(
        table, [subject_of(run) for run in runs], [(run, work.folder) for run in runs],
        Bundled(_made, _made_together, lambda missing: stacks([runs[k] for k in missing])), title,
        lambda missing: _prepare([runs[k] for k in missing], work))
    return [RunRecord(run, *each) for run, each in zip(runs, found, strict=True)]


def subject_of(run: Run) -> Subject:
    """What a run's record is about."""
    return Subject(run.name, run.label, run.identity, basis_of(run))


def measured(run: Run, kept: Kept | None) -> dict:
    """The results of a run as plain values.

    Args:
        kept: its network and how it was trained; None of a null baseline, which is fitted here.
    """
    parts = {part: run.samples(part) for part in ("validation", "test")
             if len(getattr(run.split, part))}
    held = parts.get("validation")
    if kept is None:
        model = fit_null(run)
        described = {"parameters": int(model.parameters)}
        guesses = {part: model.predict(each.x) for part, each in parts.items()}
        if held and run.recipe.model != "majority":
            described["validation_loss"] = float(model.log_loss(held.x, held.y))
    else:
        network = kept.saved.network
        guesses = {part: predict(network, each).argmax(axis=1) for part, each in parts.items()}
        steps = run.spec.frames(run.dataset.x.shape[1])
        described = {
            "parameters": parameter_count(network), "macs": int(network.macs(steps)),
            "options": kept.saved.options, **_course(kept.fit, held is not None),
        }
        if "device" in run.identity:
            described |= {"device": kept.fit.device, "batch_size": kept.fit.batch_size}
    if held:
        valid = figures(held.y, guesses["validation"], len(run.dataset.classes))
        described["validation"] = {
            name: valid[name] for name in ("items", "accuracy", "balanced_accuracy")}
    return described | {
        "full_scale": run.spec.full_scale, "train_items": len(run.split.train),
        "test": Answers.of(run.dataset, run.split.test, guesses["test"]).as_dict(),
    }


def _course(fit: FitResult, held: bool) -> dict:
    """How a training went, as records keep it; without validation where nothing was held out."""
    parts = ("train", "validation") if held else ("train",)
    loss = {"validation_loss": fit.kept_loss} if held else {}
    return {"best_epoch": fit.best_epoch, **loss, "history": {
        part: [float(f"{each[part + '_loss']:.{CURVE_DIGITS}g}") for each in fit.history]
        for part in parts}}


def _made(run: Run, folder: Path) -> dict:
    with one_thread():
        return measured(run, None if run.null else renewed(run, folder / FOLDER))


def _made_together(given: Sequence[tuple[Run, Path]]) -> Iterator[dict]:
    """:func:`_made` of runs that train as a stack."""
    runs, folders = zip(*given, strict=True)
    with one_thread():
        for run, kept in zip(runs, renewed_together(runs, folders[0] / FOLDER), strict=True):
            yield measured(run, kept)


def _prepare(runs: Sequence[Run], work: Work) -> None:
    """Make what missing runs share before they start side by side: augmented versions, teachers."""
    for run in runs:
        augmented(run, work.jobs)
        teacher_of(run, teacher_network, work.jobs)


def _run(given: Benchmark, split: Split, chosen: Recipe, seed: int) -> Run:
    trains = kind_of(chosen.model).family != NULL
    return Run(given.dataset, split, chosen, seed, given.budget,
               resolved(given.device) if trains else CPU)


def _loss(record: RunRecord) -> float:
    return record.validation_loss
