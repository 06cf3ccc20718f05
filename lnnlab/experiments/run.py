"""One run as a value: data, split, recipe, seed and budget in; a network and test figures out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from scipy.special import softmax

from lnnlab import store
from lnnlab.data import Dataset, Split
from lnnlab.errors import UserError
from lnnlab.experiments.recipes import PARAMETER_BUDGET, Recipe
from lnnlab.features import FeatureSpec, extract, extract_timespans
from lnnlab.integer.twin import rounding_noise
from lnnlab.models import BandStatistics, Classifier, Majority, build, kind_of, within_budget
from lnnlab.models.kinds import CELL, NULL
from lnnlab.models.saved import BACKGROUND, SavedModel
from lnnlab.training import LNNTrainer, Samples, Versions
from lnnlab.training.device import AUTO, CPU, described, kind_of_device, resolved
from lnnlab.training.samples import FitResult

CALIBRATION_WINDOWS = 128  # training windows that travel with a saved network
CHECK_WINDOWS = 400  # validation windows that do
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Budget:
    """How long a run may train.

    Attributes:
        epochs: passes over the training windows at most; the cosine of the learning rate ends
            with them.
        patience: epochs without a better validation loss before it stops; without effect where
            the recipe keeps the last epoch.
    """

    epochs: int = 30
    patience: int = 10


@dataclass(frozen=True)
class Run:
    """Everything that decides a result.

    Attributes:
        dataset, split: what is trained, validated and tested on.
        recipe: the model, its features and its training.
        seed: of initial weights and batches.
        budget: how long.
        device: that trains it; ``"auto"`` becomes what this machine has.
    """

    dataset: Dataset
    split: Split
    recipe: Recipe
    seed: int
    budget: Budget = field(default_factory=Budget)
    device: str = CPU

    def __post_init__(self) -> None:
        object.__setattr__(self, "device", self.device if self.device != AUTO else resolved(AUTO))

    @cached_property
    def spec(self) -> FeatureSpec:
        """The recipe's features, scaled to the training windows."""
        return self.recipe.features.scaled_to(self.dataset.x[self.split.train])

    @property
    def null(self) -> bool:
        """Whether it is a null baseline, which trains nothing and has no seed."""
        return kind_of(self.recipe.model).family == NULL

    @property
    def identity(self) -> dict:
        """Plain values that name the run; its key is made of them. The CPU goes without saying."""
        device = kind_of_device(self.device)
        return {
            "corpus": self.dataset.name, "split": self.split.rule, "fold": self.split.name,
            "recipe": self.recipe.as_dict(), "seed": self.seed,
            "window": self.dataset.x.shape[1], "epochs": self.budget.epochs,
            "patience": self.budget.patience,
        } | ({} if device == CPU else {"device": device})

    @property
    def key(self) -> str:
        """Twelve hex digits that stand for the identity."""
        return store.key(self.identity)

    @property
    def label(self) -> str:
        """How tables call its row; another device than the CPU is named."""
        kind = kind_of_device(self.device)
        return self.recipe.label if kind == CPU else f"{self.recipe.label}, on {kind}"

    @property
    def name(self) -> str:
        """For people, and for the order of records."""
        rule = self.split.rule.split(" (")[0].split(":")[0]
        return (f"{self.dataset.name}, {rule}, {self.label}, {self.split.name}, "
                f"seed {self.seed}")

    @property
    def data(self) -> dict:
        """What a result rests on beside code: the data and the rows of the split."""
        return {"data": self.dataset.hash, "split": rows_key(self.split)}

    def samples(self, part: str) -> Samples:
        """Features of a part's windows with labels and, where irregular, timespans."""
        return samples(self.dataset, getattr(self.split, part), self.spec)


@dataclass(frozen=True)
class Trained:
    """A network fresh from training.

    Attributes:
        saved: the network with its front end and calibration windows.
        fit: the losses of each epoch, and which was kept.
    """

    saved: SavedModel
    fit: FitResult


def rows_key(split: Split) -> str:
    """Twelve hex digits that stand for the rows of a split's three parts."""
    return store.key([getattr(split, part).tolist() for part in PARTS])


def samples(dataset: Dataset, rows: np.ndarray, spec: FeatureSpec) -> Samples:
    """The features of some windows, with their labels and, where irregular, their timespans."""
    spans = None
    if dataset.timespans is not None:
        spans = extract_timespans(dataset.timespans[rows], spec)
        spans = spans / typical_timespan_s(dataset, spec)
    return Samples(extract(dataset.x[rows], spec), dataset.y[rows], spans)


def typical_timespan_s(dataset: Dataset, spec: FeatureSpec) -> float:
    """Median time from frame to frame; the unit of time of a network's constants.

    In samples instead of seconds where the rate is unknown.
    """
    if dataset.timespans is None:
        return spec.hop / (dataset.rate_hz or 1.0)
    return float(np.median(dataset.timespans)) * spec.hop


def fit_null(run: Run) -> Majority | BandStatistics:
    """The null baseline of a run, fitted to its training windows."""
    train = run.samples("train")
    model = build(run.recipe.model, train.x.shape[2], len(run.dataset.classes))
    model.fit(train.x, train.y)
    return model


def train(
    run: Run, checkpoint: Path | None = None, versions: np.ndarray | None = None,
    teacher: np.ndarray | None = None, on_epoch: Callable[[int, dict], None] | None = None,
) -> Trained:
    """Train the network of a run; nothing is kept, see :func:`lnnlab.experiments.trained.trained`.

    Args:
        checkpoint: where its state is saved after each epoch, so that a killed run goes on there.
        versions: augmented features of the training windows, where the recipe asks for them; see
            :func:`lnnlab.experiments.augmented.augmented`.
        teacher: logits of the recipe's teachers for each version, see
            :func:`lnnlab.experiments.teacher.teacher_of`.
        on_epoch: told of each epoch, see :meth:`lnnlab.training.LNNTrainer.fit`.
    """
    plain, held = run.samples("train"), run.samples("validation")
    network, options = fresh(run, plain.x)
    trainer = LNNTrainer(training_config(run, options, plain.x.shape[2]), network)
    given: Samples | Versions = plain
    if versions is not None:
        answers = None if teacher is None else softmax(
            np.float32(teacher) / trainer.config.temperature, axis=-1)
        given = Versions(versions, plain.y, answers)
    result = trainer.fit(given, held, run.budget.epochs, run.budget.patience,
                         checkpoint=checkpoint, progress=False, on_epoch=on_epoch)
    return Trained(as_saved(run, network.cpu().eval(), options), result)


def fresh(run: Run, x: np.ndarray) -> tuple[Classifier, dict]:
    """A network as training starts from it, and the options it was built with.

    Args:
        x: features of the training windows (window, step, feature), for the standardiser.
    """
    recipe, size, classes = run.recipe, x.shape[2], len(run.dataset.classes)
    options = dict(recipe.options)
    if kind_of(recipe.model).family == CELL and "units" not in options:
        options |= within_budget(recipe.model, size, classes, PARAMETER_BUDGET, **options)
    torch.manual_seed(run.seed)
    network = build(recipe.model, size, classes, steps=x.shape[1], **options)
    network.fit_standardiser(x, _integer_noise(run))
    return network, options


def _integer_noise(run: Run) -> np.ndarray | None:
    """What the target's integers add to each feature of the training windows; None: no target."""
    dataset = run.dataset
    if dataset.timespans is not None:  # no board takes irregular samples
        return None
    try:
        x = dataset.x[_spread(run.split.train, CALIBRATION_WINDOWS)]
        return rounding_noise(x, run.spec, dataset.rate_hz)
    except UserError:  # the runtime has no room for such features
        return None


def training_config(run: Run, options: dict, inputs: int) -> dict:
    """Keys of :class:`lnnlab.training.TrainingConfig` for a run."""
    rate_hz = 1.0 / typical_timespan_s(run.dataset, run.spec)
    return {"input_dim": inputs, "output_dim": len(run.dataset.classes),
            "hidden_dim": options.get("units", 1), "seed": run.seed,
            "frame_rate_hz": rate_hz} | run.recipe.config | {"device": run.device}


def as_saved(run: Run, network: Classifier, options: dict) -> SavedModel:
    """A network with the windows that compression needs, and where it comes from."""
    dataset, split = run.dataset, run.split
    calibration = _spread(split.train, CALIBRATION_WINDOWS)
    check = _spread(split.validation, CHECK_WINDOWS)
    origin = {
        "corpus": dataset.name, "synthetic": dataset.synthetic, "data_hash": dataset.hash,
        "split": split.rule, "fold": split.name, "seed": run.seed, "label": run.recipe.label,
        "run": run.key,
    }
    if "device" in run.identity:
        origin["device"] = described(run.device)
    if dataset.timespans is not None:
        origin["irregular"] = True
    if "timesteps" in run.recipe.config:
        origin["timesteps"] = list(run.recipe.config["timesteps"])
    return SavedModel(
        run.recipe.model, options, network, run.spec, dataset.classes, dataset.channels,
        dataset.rate_hz, dataset.x.shape[1], dataset.x[calibration], dataset.x[check],
        dataset.y[check], origin, dataset.background_classes or BACKGROUND,
    )


def _spread(rows: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` of the rows, evenly spaced."""
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)]
