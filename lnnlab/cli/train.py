"""``lnnlab train``: one network from a corpus, your own recordings or a record, to a file."""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.cli.recordings import recordings, refuse_window
from lnnlab.cli.tasks import refuse_soundless, suits, train_frames
from lnnlab.data import Dataset, make_splits
from lnnlab.data.clips import SOUND
from lnnlab.data.dataset import UNITS
from lnnlab.data.default_rule import default_rule
from lnnlab.errors import UserError, unknown
from lnnlab.experiments.event_recipes import event_family
from lnnlab.experiments.from_record import network_of_record, row_recipe, row_run
from lnnlab.experiments.keyword_recipes import sound_candidates
from lnnlab.experiments.recipes import Recipe, candidates
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.tasks import task_named
from lnnlab.experiments.trained import judged, trained_now
from lnnlab.experiments.training import Trained
from lnnlab.experiments.units import units_of
from lnnlab.models import parameter_count
from lnnlab.models.kinds import KINDS, NULL, kind_of
from lnnlab.models.saved import IRREGULAR, SavedModel, save
from lnnlab.places import refuse_unwritable
from lnnlab.scoring.pairs import counted
from lnnlab.training.device import CPU, resolved

START = "start"  # the recipe that searches start from
VERSIONS = 4  # of each training clip, where no row says


def train_one(options: argparse.Namespace) -> None:
    """Train, save, and print the accuracy on the fold's test windows.

    Raises:
        UserError: data, split, model or recipe are wrong.
    """
    folder = paths.reports(options.profile)
    task = task_named(options.task) if options.task else None
    options.corpus = options.corpus or (task.corpora[0] if task else "bearing_sim")
    options.output = options.output or Path("model.lnn" if task and task.make else "model.pt")
    _refuse_early(options)
    if task and task.make:
        train_frames(task, options)
        return
    if options.from_record:
        run, saved = network_of_record(options.from_record, folder)
    else:
        run, made = _chosen(_runs(options, folder))
        saved = made.saved
        if options.device != CPU:
            print(f"Trained on {made.fit.device}, {made.fit.batch_size} windows a step.")
        if made.fit.still_falling:
            print(f"the validation loss was lowest at the last epoch: more than "
                  f"{run.budget.epochs} epochs may give a better network")
    _report(run, saved, options.output)


def _refuse_early(options: argparse.Namespace) -> None:
    """What is wrong whatever the recordings are, before they are read."""
    if options.epochs is not None and options.epochs < 1:
        raise UserError(f"--epochs {options.epochs}: choose 1 or more")
    if options.normal and options.task != "anomaly":
        raise UserError("--normal is for task 'anomaly' alone: add --task anomaly")
    refuse_window(options)
    refuse_unwritable(options.output)


def _runs(options: argparse.Namespace, folder: Path) -> list[Run]:
    """What is trained: one run, or the candidates of a search."""
    if options.task and task_named(options.task).sound:
        refuse_soundless(task_named(options.task), options.task, options.corpus)
    dataset = recordings(options)
    if options.task:
        suits(task_named(options.task), options.task, dataset)
    if dataset.timespans is not None:
        raise UserError(f"{dataset.name}: {IRREGULAR}")
    rule = options.split or default_rule(dataset)
    splits = make_splits(dataset, rule)
    if not 0 <= options.fold < len(splits):
        raise UserError(f"fold {options.fold}: rule '{rule}' has {len(splits)} fold(s)")
    split = splits[options.fold]
    print(f"Split '{rule}', fold '{split.name}': {split.rule}.")
    if options.task and options.recipe is None:
        options.recipe = START if task_named(options.task).events else None
    first, *more = [Run(dataset, split, each, options.seed, Budget(), resolved(options.device))
                    for each in _recipes(options, dataset)]
    if options.recipe not in (None, START):
        first = row_recipe(options.recipe, first, folder)
    elif options.recipe is None and not options.trials:
        first = row_run(first, folder)
    return [_with_options(each, options) for each in (first, *more)]


def _recipes(options: argparse.Namespace, dataset: Dataset) -> list[Recipe]:
    sound = dataset.channels == SOUND
    model = options.model or ("keyword_linear_ltc" if sound else "linear_ltc")
    if kind_of(model).family == NULL:
        names = [each.name for each in KINDS.values() if each.family != NULL]
        raise unknown("model to train", model, names)
    count = max(1, options.trials)
    if options.task and task_named(options.task).events and not options.model:
        return list(event_family("lnn_small", dataset, count, options.versions or VERSIONS))
    if sound:
        return list(sound_candidates(model, dataset, count, options.versions or VERSIONS))
    return list(candidates(model, dataset, count))


def _with_options(run: Run, options: argparse.Namespace) -> Run:
    """The run with what the command line says of epochs and versions."""
    recipe, budget = run.recipe, run.budget
    if options.epochs is not None:
        budget = Budget(options.epochs, options.epochs)
    if options.versions is not None and recipe.versions:
        recipe = replace(recipe, versions=options.versions)
    return replace(run, recipe=recipe, budget=budget)


def _chosen(runs: list[Run]) -> tuple[Run, Trained]:
    """Train all; of several the one with the lowest loss on validation windows."""
    best = None
    for number, run in enumerate(runs, 1):
        made = trained_now(run)
        if len(runs) > 1:
            print(f"trial {number} of {len(runs)}: validation loss {made.fit.kept_loss:.4f}")
        if best is None or made.fit.kept_loss < best[1].fit.kept_loss:
            best = (run, made)
    return best


def _report(run: Run, saved: SavedModel, output: Path) -> None:
    units = units_of(run.dataset)
    origin = saved.origin | {"corpus": run.dataset.name} | ({"units": units} if units else {})
    save(replace(saved, origin=origin), output)
    test = judged(run, saved)
    print(f"{run.label}, {parameter_count(saved.network):,} parameters, "
          f"{run.dataset.name}, {run.split.name}: test accuracy {100 * test.accuracy:.2f} % "
          f"(measured, {len(test.truth)} windows of "
          f"{counted(len(np.unique(test.groups)), UNITS[test.unit])})")
    untested = np.setdiff1d(np.unique(run.dataset.y), run.dataset.y[run.split.test])
    if len(untested):
        names = ", ".join(run.dataset.classes[k] for k in untested)
        print(f"Not tested, for want of windows in the test part: {names}.")
    print(output)
