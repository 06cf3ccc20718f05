"""One run as a value: data, split, recipe, seed and budget in; a network and test figures out."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lnnlab import store
from lnnlab.data import Dataset, Split
from lnnlab.data.chunks import large, pieces
from lnnlab.experiments.features import features
from lnnlab.experiments.recipes import Recipe
from lnnlab.features import FeatureSpec, extract_timespans
from lnnlab.models import BandStatistics, Majority, build, kind_of
from lnnlab.models.kinds import NULL
from lnnlab.training import Samples
from lnnlab.training.device import AUTO, CPU, kind_of_device, resolved

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
        x, rows = self.dataset.x, self.split.train
        if not large(x, len(rows)):
            return self.recipe.features.scaled_to(x[rows])
        peaks = [np.abs(each).max() for each in pieces(x, rows)]
        return self.recipe.features.scaled_to(np.array(peaks))

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


def rows_key(split: Split) -> str:
    """Twelve hex digits that stand for the rows of a split's three parts."""
    return store.key([getattr(split, part).tolist() for part in PARTS])


def samples(dataset: Dataset, rows: np.ndarray, spec: FeatureSpec) -> Samples:
    """The features of some windows, with their labels and, where irregular, their timespans."""
    spans = None
    if dataset.timespans is not None:
        spans = extract_timespans(dataset.timespans[rows], spec)
        spans = spans / typical_timespan_s(dataset, spec)
    return Samples(features(dataset, rows, spec), dataset.y[rows], spans)


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
