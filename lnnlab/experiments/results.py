"""What was measured of a run, typed: answers by item, figures, curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.experiments.recipes import Recipe
from lnnlab.experiments.run import Budget, Run
from lnnlab.scoring.confusion import balanced_accuracy, confusion_counts
from lnnlab.scoring.packed import pack, unpack

EACH = "each"  # in place of groups: every item is one


@dataclass(frozen=True)
class Answers:
    """What a classifier answered to each item of a test set.

    Attributes:
        truth, guess: class indices, (item,).
        groups: label of each item in its ``unit``, (item,) of str: speakers, bearings, recordings.
        unit: what the groups are, such as ``"speaker"``.
    """

    truth: np.ndarray
    guess: np.ndarray
    groups: np.ndarray
    unit: str

    @classmethod
    def of(cls, dataset: Dataset, rows: np.ndarray, guess: np.ndarray) -> "Answers":
        """Guesses for some rows of a dataset."""
        groups = dataset.groups[dataset.unit][rows].astype(str)
        groups[groups == ""] = "none"  # such as windows of the sound machine
        return cls(dataset.y[rows], np.asarray(guess), groups, dataset.unit)

    def confusion(self, classes: int) -> np.ndarray:
        """Counts (truth, guess)."""
        return confusion_counts(self.truth, self.guess, classes)

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0 to 1."""
        return float(np.mean(self.truth == self.guess))

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall of the classes that occur, 0 to 1."""
        return balanced_accuracy(self.confusion(int(max(self.truth.max(), self.guess.max())) + 1))

    def as_dict(self) -> dict:
        """As text, for records; groups of one item each lose their names."""
        alone = len(set(self.groups)) == len(self.groups)
        return {"unit": self.unit, "truth": pack(self.truth), "guess": pack(self.guess),
                "groups": EACH if alone else pack(self.groups)}

    @classmethod
    def from_dict(cls, given: dict) -> "Answers":
        """The inverse of :meth:`as_dict`."""
        truth = unpack(given["truth"])
        groups = (np.arange(len(truth)).astype(str) if given["groups"] == EACH
                  else unpack(given["groups"], len(truth)))
        return cls(truth, unpack(given["guess"], len(truth)), groups, given["unit"])


def joined(answers: Sequence[Answers]) -> Answers:
    """The answers of several folds as those of one test set."""
    parts = [np.concatenate([getattr(each, name) for each in answers])
             for name in ("truth", "guess", "groups")]
    return Answers(*parts, answers[0].unit)


@dataclass(frozen=True)
class RunRecord:
    """A run and what came of it.

    Attributes:
        run: what was run; its data are at hand, or are those of the record in all that tables use.
        results: plain values, as :func:`lnnlab.experiments.benchmark.measured` gives them.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    run: Run
    results: dict
    stale: str = ""

    @property
    def recipe(self) -> Recipe:
        """Of the run."""
        return self.run.recipe

    @property
    def label(self) -> str:
        """How tables call its row."""
        return self.run.label

    @property
    def corpus(self) -> str:
        """How tables call its data; generated ones say so."""
        return corpus_label(self.run.dataset)

    @property
    def seed(self) -> int:
        """Of the run."""
        return self.run.seed

    @property
    def fold(self) -> str:
        """What was tested."""
        return self.run.split.name

    @property
    def budget(self) -> Budget:
        """Of the run."""
        return self.run.budget

    @property
    def parameters(self) -> int:
        """Trained numbers of the model."""
        return self.results["parameters"]

    @property
    def macs(self) -> int | None:
        """Multiplications a window; None of null baselines."""
        return self.results.get("macs")

    @property
    def validation_loss(self) -> float:
        """Cross-entropy on validation windows of the weights that were kept; nan where unknown."""
        return self.results.get("validation_loss", float("nan"))

    @property
    def history(self) -> dict[str, list[float]]:
        """``train`` and, where something was held out, ``validation`` loss after each epoch; empty
        of null baselines."""
        return self.results.get("history", {})

    @cached_property
    def test(self) -> Answers:
        """The answers to the test windows."""
        return Answers.from_dict(self.results["test"])


def corpus_label(dataset: Dataset) -> str:
    """How tables call a corpus; generated ones say so."""
    return dataset.name + (" (synthetic)" if dataset.synthetic else "")
