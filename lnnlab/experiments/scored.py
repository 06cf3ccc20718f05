"""What networks say of every class of the test items: records for figures that rank.

An accuracy needs a network's answer alone, which its record keeps; average precision needs all
scores. They are the int8 network's, as the C gives them: logits in Q8, so that the record is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.special import log_softmax

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.results import Answers, RunRecord
from lnnlab.experiments.run import Run, fit_null
from lnnlab.experiments.trained import FOLDER, basis_of, trained
from lnnlab.models import kind_of
from lnnlab.records import Subject
from lnnlab.scoring.ranking import Ranked
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.training.predictions import one_thread

Q8 = 256  # a logit of 1


@dataclass(frozen=True)
class Scored:
    """A run with the scores of its test items.

    Attributes:
        record: of the run.
        results: plain values: ``logits`` (item, class) in Q8, ``basis``.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    record: RunRecord
    results: dict
    stale: str = ""

    @property
    def label(self) -> str:
        """How tables call its row."""
        return self.record.label

    @cached_property
    def logits(self) -> np.ndarray:
        """Of each class, (item, class), 1 an e-fold of the odds."""
        return np.array(self.results["logits"], float) / Q8

    @property
    def answers(self) -> Answers:
        """The most likely class of each item."""
        run = self.record.run
        return Answers.of(run.dataset, run.split.test, self.logits.argmax(axis=1))


def scored(records: Sequence[RunRecord], table: str, work: Work) -> list[Scored]:
    """The scores of each run's test items: read where they are recorded, else computed.

    Args:
        records: of :func:`lnnlab.experiments.benchmark`; nulls of which nothing can be ranked
            give their answer alone.
        table: whose records they are; ``<table>_scores`` holds them.
        work: where records and networks lie.
    """
    if not records:
        return []
    found = work.recorded(
        f"{table}_scores", [_subject(each.run) for each in records],
        [(each.run, work.folder / FOLDER) for each in records], _made,
        f"{records[0].run.dataset.name}: scores")
    return [Scored(each, *one) for each, one in zip(records, found, strict=True)]


def ranked(own: Sequence[Scored]) -> Ranked:
    """The probabilities of one row's runs (logarithms), folds one after another, seeds side by
    side.

    A network trained by cross-entropy fixes its logits only up to a number that may differ from
    clip to clip, so that those of one class do not rank clips; its probabilities do. The runtime
    gives them as confidence.

    Groups are told apart by fold. Seeds that lack one of the first seed's folds are passed over.
    """
    seeds: dict[int, dict[str, Scored]] = {}
    for each in own:
        seeds.setdefault(each.record.seed, {})[each.record.fold] = each
    first = next(iter(seeds.values()))
    kept = [[found[fold] for fold in first] for found in seeds.values() if set(first) <= set(found)]
    dataset = own[0].record.run.dataset
    rows = [each.record.run.split.test for each in first.values()]
    folds = np.repeat(np.arange(len(rows)), [len(each) for each in rows])
    every = np.concatenate(rows)
    logits = [np.concatenate([log_softmax(each.logits, axis=1) for each in found])
              for found in kept]
    wanted = np.array([name not in dataset.background_classes for name in dataset.classes])
    return Ranked(dataset.y[every], dataset.groups[dataset.unit][every], folds,
                  np.stack(logits), wanted)


def _subject(run: Run) -> Subject:
    return Subject(run.name, run.label, run.identity | {"scores": "test"}, basis_of(run))


def _made(run: Run, networks: Path) -> dict:
    with one_thread():
        if not run.null and kind_of(run.recipe.model).on_target:
            model = quantise(trained(run, networks))
            samples = model.quantise(run.dataset.x[run.split.test])
            said = BatchRunner(lnn_file.to_bytes(model), HOST).run(samples).logits
            return {"logits": np.asarray(said, int).tolist(), "basis": "int8"}
        logits = fit_null(run).logits(run.samples("test").x)
    return {"logits": np.round(Q8 * logits).astype(int).tolist(), "basis": "float"}
