"""The answers of a row's runs as those of one test set, and the figures made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from lnnlab.data.dataset import UNITS
from lnnlab.experiments.deployment import Deployment
from lnnlab.experiments.results import Answers, RunRecord, joined
from lnnlab.experiments.run import Run
from lnnlab.experiments.scored import Scored
from lnnlab.models.kinds import KINDS
from lnnlab.scoring.intervals import Items, Resampling, interval, resampled

RowKey = tuple[str, str, str]  # corpus, rule of the split, label of the model


class Answered(NamedTuple):
    """A run and its answers to its test windows."""

    run: Run
    answers: Answers

    def with_own_groups(self) -> "Answered":
        """The same, where each item is a group of its own named by its row of the dataset.

        Records number such groups within a fold; two folds would share their names.
        """
        rows, groups = self.run.split.test, self.answers.groups
        if len(rows) != len(groups) or len(set(groups)) < len(groups):
            return self
        return self._replace(answers=replace(self.answers, groups=rows.astype(str)))


@dataclass(frozen=True)
class Pool:
    """The answers of a row's runs, folds one after another.

    Attributes:
        items: truth, groups, and guesses of each seed.
        windows: how many different windows were tested; those that several folds test count once.
        noun: what the groups are, in the plural: speakers, bearings, recordings.
        seeds: in the order of the guesses.
    """

    items: Items
    windows: int
    noun: str
    seeds: tuple[int, ...]

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(np.unique(self.items.groups))

    def percent(self, metric: str = "accuracy") -> list[float]:
        """The figure of each seed, in percent."""
        single = [Items(self.items.truth, self.items.groups, each[None])
                  for each in self.items.guesses]
        return [float(100 * resampled([each], Resampling(metric, draws=1))[0][0])
                for each in single]

    def bounds_percent(self, metric: str = "accuracy") -> tuple[float, float]:
        """Ends of the 95 % interval over groups, in percent; nan where groups are too few."""
        found = interval(self.items, metric)
        if not found.reliable:
            return np.nan, np.nan
        return 100 * found.low, 100 * found.high


def pool(answered: Sequence[Answered]) -> Pool:
    """The answers of several folds and seeds together.

    Args:
        answered: of one row; seeds that lack one of the first seed's folds are passed over.
    """
    seeds: dict[int, dict[str, Answered]] = {}
    for each in answered:
        seeds.setdefault(each.run.seed, {})[each.run.split.name] = each
    first = {fold: each.with_own_groups() for fold, each in next(iter(seeds.values())).items()}
    kept = {seed: [own[fold] for fold in first]
            for seed, own in seeds.items() if set(first) <= set(own)}
    whole = joined([each.answers for each in first.values()])
    guesses = [joined([each.answers for each in own]).guess for own in kept.values()]
    rows = np.concatenate([each.run.split.test for each in first.values()])
    return Pool(
        Items(whole.truth, whole.groups, np.stack(guesses)), len(np.unique(rows)),
        UNITS.get(whole.unit, f"{whole.unit}s"), tuple(kept),
    )


def folds_of(answered: Sequence[Answered]) -> dict[str, list[Answered]]:
    """Fold → its answers, in the order of folds; nothing where there is a single fold."""
    found: dict[str, list[Answered]] = {}
    for each in answered:
        found.setdefault(each.run.split.name, []).append(each)
    return found if len(found) > 1 else {}


def of_test(records: Iterable[RunRecord]) -> list[Answered]:
    """The float networks' answers to the test windows."""
    return [Answered(each.run, each.test) for each in records]


def grouped(records: Iterable[RunRecord]) -> dict[RowKey, list[RunRecord]]:
    """Records by (corpus, split in words, model's label), models in the order of the kinds."""
    return _by_row([(each, each) for each in records])


def grouped_deployments(deployed: Iterable[Deployment]) -> dict[RowKey, list[Deployment]]:
    """The same of deployments."""
    return _by_row([(each.record, each) for each in deployed])


def grouped_scores(scored: Iterable[Scored]) -> dict[RowKey, list[Scored]]:
    """The same of scores."""
    return _by_row([(each.record, each) for each in scored])


def _by_row(pairs: list[tuple[RunRecord, object]]) -> dict:
    order = list(KINDS)
    pairs = sorted(pairs, key=lambda pair: (
        pair[0].corpus, pair[0].run.split.rule, order.index(pair[0].recipe.model)))
    found: dict[RowKey, list] = {}
    for record, each in pairs:
        found.setdefault((record.corpus, record.run.split.rule, record.label), []).append(each)
    return found
