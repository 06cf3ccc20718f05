"""The work of a training job: a liquid network and a CNN side by side, then on the board."""

import math
import shutil
from collections.abc import Mapping

import numpy as np

from lnnlab.data import Dataset, Split
from lnnlab.data.clips import SOUND
from lnnlab.data.dataset import UNITS
from lnnlab.errors import UserError
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.keyword_recipes import sound_recipe
from lnnlab.experiments.recipes import Recipe, recipe
from lnnlab.experiments.results import Answers
from lnnlab.experiments.run import Budget, Run, fit_null
from lnnlab.experiments.training import train
from lnnlab.jobs.board import Network, on_board
from lnnlab.jobs.bundle import write_zip
from lnnlab.jobs.job import Job
from lnnlab.jobs.names import in_words
from lnnlab.jobs.progress import Progress
from lnnlab.jobs.reading import recordings_of, split_of
from lnnlab.jobs.settings import Settings
from lnnlab.jobs.wrong import keep_wrong
from lnnlab.models.saved import IRREGULAR
from lnnlab.scoring.intervals import Items, interval
from lnnlab.scoring.standings import standings
from lnnlab.target.boards import board
from lnnlab.target.energy import OUTSIDE
from lnnlab.training import TrainingConfig

LIQUID, CNN = "liquid", "cnn"  # names of the networks in the zip
BATCH = TrainingConfig.batch_size
NULLS = ("logistic_regression", "majority")
EPOCHS = (5, 400)  # the fewest and the most, whatever the steps say
FEATURES = "features"  # of augmented clips, beside the recordings that they are made of
VERSIONS = 3  # of each clip of sound, augmented
TITLES = {LIQUID: "Liquid network", CNN: "CNN"}


def trained(job: Job, progress: Progress) -> dict:
    """Train both networks, measure them on the board, write the zip; the result as plain values.

    Raises:
        UserError: data or settings are wrong.
    """
    progress.stage("reading the recordings")
    dataset, settings = recordings_of(job)
    if dataset.timespans is not None:
        raise UserError(f"{job.upload_name}: {IRREGULAR}")
    split = split_of(dataset, settings)
    epochs = epochs_of(settings.steps, len(split.train))
    runs = {name: Run(dataset, split, each, settings.seed, Budget(epochs, epochs))
            for name, each in rivals(dataset).items()}
    progress.begin(len(runs), epochs)
    made = {}
    for name, run in runs.items():
        progress.stage(f"training the {TITLES[name].lower()}")
        versions = augmented(run, folder=job.folder / FEATURES)  # both networks see the same
        made[name] = train(run, versions=versions, on_epoch=progress.epoch_of(TITLES[name])).saved
    shutil.rmtree(job.folder / FEATURES, ignore_errors=True)
    networks: dict[str, Network] = {}
    for name, saved in made.items():
        progress.stage(f"putting the {TITLES[name].lower()} onto the {board(settings.board).title}")
        networks[name] = on_board(saved, runs[name], settings)
    progress.stage("comparing, writing the report")
    result = told(job, runs, networks, settings)
    keep_wrong(job, dataset, networks[LIQUID].answers, split.test)
    write_zip(job, result, networks, settings)
    return result


def epochs_of(steps: int, windows: int) -> int:
    """Passes over so many training windows that take about so many steps of the optimiser."""
    batches = math.ceil(windows / BATCH)
    return min(max(round(steps / batches), EPOCHS[0]), EPOCHS[1])


def rivals(dataset: Dataset) -> dict[str, Recipe]:
    """The recipes of both networks: for sound those of the keyword table, else of vibration's."""
    if dataset.channels == SOUND:
        return {LIQUID: sound_recipe("keyword_linear_ltc", dataset, VERSIONS),
                CNN: sound_recipe("ds_cnn_42k", dataset, VERSIONS)}
    return {LIQUID: recipe("linear_ltc", dataset), CNN: recipe("cnn_2k", dataset)}


def told(
    job: Job, runs: Mapping[str, Run], networks: Mapping[str, Network], settings: Settings
) -> dict:
    """What a report says, as plain values."""
    run = runs[LIQUID]
    dataset, split = run.dataset, run.split
    answers = {TITLES[name]: each.answers for name, each in networks.items()}
    for model in NULLS:
        null = _null_run(run, model)
        guess = fit_null(null).predict(null.samples("test").x)
        answers[null.label] = Answers.of(dataset, split.test, guess)
    items = {name: _items(each) for name, each in answers.items()}
    noun = UNITS[dataset.unit]
    return {
        "upload": job.upload_name, "read": in_words(dataset.account.text(), job),
        "rate_hz": dataset.rate_hz, "window": dataset.x.shape[1],
        "classes": list(dataset.classes),
        "split": {"rule": split.rule, "fold": split.name, "unit": noun, **_sizes(split)},
        "accuracy": {name: _interval(each) for name, each in items.items()},
        "standing": standings(items, noun),
        "networks": {name: {"title": TITLES[name], **each.figures}
                     for name, each in networks.items()},
        "board": board(settings.board).title, "battery": settings.battery,
        "layout": settings.layout, "epochs": run.budget.epochs, "seed": settings.seed,
        "not_counted": OUTSIDE,
    }


def _null_run(run: Run, model: str) -> Run:
    sound = run.dataset.channels == SOUND
    chosen = sound_recipe(model, run.dataset) if sound else recipe(model, run.dataset)
    return Run(run.dataset, run.split, chosen, run.seed, run.budget)


def _items(answers: Answers) -> Items:
    return Items(answers.truth, answers.groups, np.asarray(answers.guess)[None])


def _interval(items: Items) -> dict:
    found = interval(items)
    ends = {"low": found.low, "high": found.high} if found.reliable else {"low": None, "high": None}
    return {"value": found.value, **ends, "groups": found.groups, "items": found.items}


def _sizes(split: Split) -> dict[str, int]:
    return {part: len(getattr(split, part)) for part in ("train", "validation", "test")}
