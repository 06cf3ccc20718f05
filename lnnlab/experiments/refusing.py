"""What a keyword network refuses: its scores of commands and of words that it never heard.

A clip's score is the probability of its best command, unknown words and silence being classes too:
what the C runtime gives as the confidence of a keyword. It is taken from the integer twin where a
network has one, so what is said here is so on the board.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import softmax

from lnnlab.compress import quantise
from lnnlab.data import Dataset
from lnnlab.data.speech_commands_wide import never_heard
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.results import RunRecord
from lnnlab.experiments.run import Run, fit_null, samples
from lnnlab.experiments.trained import FOLDER, basis_of, trained
from lnnlab.integer.decisions import probabilities_q15
from lnnlab.models.kinds import kind_of
from lnnlab.records import Subject
from lnnlab.scoring.packed import pack, unpack
from lnnlab.scoring.refusal import Scored
from lnnlab.training.predictions import one_thread, predict

TABLE = "keyword_refusal"
PARTS = ("validation", "test")
ONE_Q15 = 1 << 15


@dataclass(frozen=True)
class Heard:
    """The clips of a part that are words, with the score that one network gave each.

    Attributes:
        truth: class of each clip, (clip,).
        guess: its best command, whatever else it is taken for, (clip,).
        score: that command's probability, Q15, (clip,).
        taken: whether the network takes it for a command, (clip,) of bool.
        speaker: whose voice, (clip,) of str.
        never: whether training never heard such a word, (clip,) of bool.
    """

    truth: np.ndarray
    guess: np.ndarray
    score: np.ndarray
    taken: np.ndarray
    speaker: np.ndarray
    never: np.ndarray

    def as_dict(self) -> dict:
        """As text, for records."""
        return {name: pack(each.astype(int) if each.dtype == bool else each)
                for name, each in vars(self).items()}

    @classmethod
    def from_dict(cls, given: dict) -> "Heard":
        """The inverse of :meth:`as_dict`."""
        found = {name: unpack(text) for name, text in given.items()}
        return cls(**found | {name: found[name].astype(bool) for name in ("taken", "never")})


@dataclass(frozen=True)
class Refusing:
    """A run and what its network refuses.

    Attributes:
        record: of the run.
        results: plain values, as :func:`refusing` records them.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    record: RunRecord
    results: dict
    stale: str = ""

    @cached_property
    def parts(self) -> dict[str, Heard]:
        """``"validation"`` and ``"test"``."""
        return {part: Heard.from_dict(self.results[part]) for part in PARTS}

    @property
    def commands(self) -> int:
        """How many classes are commands: the first ones."""
        return self.results["commands"]

    def scored(self, part: str = "test") -> Scored:
        """Commands against words never heard; words that training heard stand on neither side."""
        heard = self.parts[part]
        command = heard.truth < self.commands
        rows = command | heard.never
        return Scored(command[rows], heard.speaker[rows], heard.score[rows][None])


def refusing(records: Sequence[RunRecord], work: Work) -> list[Refusing]:
    """What the networks of some runs refuse; recorded once.

    Args:
        records: of :func:`lnnlab.experiments.benchmark`, on a corpus that tells which words were
            said.
        work: where records and networks lie.

    Raises:
        UserError: the corpus does not tell.
    """
    for each in records[:1]:
        never_heard(each.run.dataset, each.run.split.test)
    found = work.recorded(
        TABLE, [_subject(each.run) for each in records],
        [(each.run, work) for each in records], _heard, "what is refused")
    return [Refusing(each, *one) for each, one in zip(records, found, strict=True)]


def _subject(run: Run) -> Subject:
    return Subject(run.name, run.label, run.identity | {"scores": "best command"}, basis_of(run))


def _heard(run: Run, work: Work) -> dict:
    dataset = run.dataset
    commands = len(dataset.classes) - len(dataset.background_classes)
    results: dict = {"commands": commands}
    with one_thread():
        says = _speaker(run, work)
        for part in PARTS:
            rows = getattr(run.split, part)
            rows = rows[dataset.groups["word"][rows] != ""]  # no silence
            results[part] = heard_of(dataset, rows, says(rows), commands).as_dict()
    return results


def heard_of(dataset: Dataset, rows: np.ndarray, shares: np.ndarray, commands: int) -> Heard:
    """Some clips with their scores.

    Args:
        dataset: with the groupings ``"word"`` and ``"speaker"``; rows: of the clips.
        shares: probabilities, Q15, (clip, class); commands: how many classes are commands.
    """
    return Heard(
        dataset.y[rows], shares[:, :commands].argmax(axis=1), shares[:, :commands].max(axis=1),
        shares.argmax(axis=1) < commands, dataset.groups["speaker"][rows],
        never_heard(dataset, rows))


def _speaker(run: Run, work: Work) -> Callable[[np.ndarray], np.ndarray]:
    """Rows → probabilities, Q15, (clip, class): of the twin, of torch, or of a null baseline."""
    dataset = run.dataset
    if run.null:
        null = fit_null(run)
        return lambda rows: _q15(null.probabilities(samples(dataset, rows, run.spec).x))
    saved = trained(run, work.folder / FOLDER)
    if not kind_of(run.recipe.model).on_target:
        return lambda rows: _q15(softmax(
            predict(saved.network, samples(dataset, rows, saved.features)), axis=1))
    model = quantise(saved)
    return lambda rows: probabilities_q15(model.run(model.quantise(dataset.x[rows])).logits)


def _q15(shares: np.ndarray) -> np.ndarray:
    return np.minimum(ONE_Q15 - 1, np.rint(ONE_Q15 * shares)).astype(int)
