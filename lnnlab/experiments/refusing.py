"""What a keyword network refuses: its scores of commands and of words that it never heard.

A clip's score is how far its best command's logit lies above the middle between that of unknown
words and the mean of the commands': sums of whole numbers on what the C runtime gives
(``result.logits``). It was chosen on words left out of training among scores that take as little:
the best command less unknown words alone tells less, as a word may be unlike both; so does the
probability of the best command, which also sinks where two commands are alike. Logits are the
integer twin's where a network has one, so what is said here is so on the board.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lnnlab.compress import quantise
from lnnlab.data import Dataset
from lnnlab.data.made_words import UNKNOWN
from lnnlab.data.speech_commands_wide import WORD, never_heard
from lnnlab.errors import UserError
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
ONE_Q8 = 256
LEAST = 1e-9  # probability, where a null baseline gives none


@dataclass(frozen=True)
class Heard:
    """The clips of a part that are words, with the score that one network gave each.

    Attributes:
        truth: class of each clip, (clip,).
        guess: its best command, whatever else it is taken for, (clip,).
        score: how far its logit lies above unknown words and the mean command, see
            :func:`rejection_score`, (clip,).
        share: that command's probability, Q15, (clip,): what one would threshold otherwise.
        taken: whether the network takes it for a command, (clip,) of bool.
        speaker: whose voice, (clip,) of str.
        never: whether training never heard such a word, (clip,) of bool.
    """

    truth: np.ndarray
    guess: np.ndarray
    score: np.ndarray
    share: np.ndarray
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
        return {part: Heard.from_dict(self.results[f"heard_{part}"]) for part in PARTS}

    @property
    def commands(self) -> int:
        """How many classes are commands: the first ones."""
        return self.results["commands"]

    def words(self, part: str = "test") -> np.ndarray:
        """What was really said in each clip of a part, (clip,) of str."""
        return unpack(self.results[f"words_{part}"])

    def scored(self, part: str = "test", by: str = "score") -> Scored:
        """Commands against words never heard; words that training heard stand on neither side.

        Args:
            part: of the split.
            by: ``"score"``, or ``"share"``, the softmax.
        """
        heard = self.parts[part]
        command = heard.truth < self.commands
        rows = command | heard.never
        return Scored(command[rows], heard.speaker[rows], getattr(heard, by)[rows][None])


def tells_words(dataset: Dataset) -> bool:
    """Whether a corpus tells which words were said, and its test holds some never heard."""
    rows = np.arange(len(dataset))
    return WORD in dataset.groups and bool(never_heard(dataset, rows).any())


def table_of(dataset: Dataset) -> str:
    """Name of the table of a keyword benchmark: words never heard have one of their own."""
    return "keyword_wide" if tells_words(dataset) else "keyword_benchmark"


def refusing(records: Sequence[RunRecord], work: Work) -> list[Refusing]:
    """What the networks of some runs refuse; recorded once.

    Validation clips, on which thresholds are chosen, are those of the run itself; of one that was
    trained anew on them too, those of its row's run before, with the first seed.

    Args:
        records: of :func:`lnnlab.experiments.benchmark`, on a corpus that tells which words were
            said; the first is of the first seed.
        work: where records and networks lie.

    Raises:
        UserError: the corpus does not tell, or there are none.
    """
    for each in records[:1]:
        if not tells_words(each.run.dataset):
            raise UserError(f"{each.run.dataset.name}: its test holds no words that training never "
                            "heard, or does not tell; use speech_commands_wide")
    found = work.recorded(
        TABLE, [_subject(each.run, _before(each.run, records[0].seed)) for each in records],
        [(_before(each.run, records[0].seed), each.run, work) for each in records], _heard,
        "what is refused")
    return [Refusing(each, *one) for each, one in zip(records, found, strict=True)]


def _subject(run: Run, before: Run) -> Subject:
    identity = run.identity | {"scores": "best command less half of unknown and mean command"}
    if before is not run:
        identity |= {"before": before.key}
    return Subject(run.name, run.label, identity, basis_of(run))


def _before(run: Run, seed: int) -> Run:
    """The run that a refitted one follows; any other itself."""
    return run if run.split.before is None else replace(run, split=run.split.before, seed=seed)


def _heard(before: Run, run: Run, work: Work) -> dict:
    """What is recorded: validation clips are played to the network of ``before``, which may be
    that of the run itself."""
    dataset = run.dataset
    commands = len(dataset.classes) - len(dataset.background_classes)
    results: dict = {"commands": commands}
    with one_thread():
        says = _speaker(run, work)
        first = says if before is run else _speaker(before, work)
        for part, rows, speaker in (("validation", before.split.validation, first),
                                    ("test", run.split.test, says)):
            rows = rows[dataset.groups[WORD][rows] != ""]  # no silence
            results[f"words_{part}"] = pack(dataset.groups[WORD][rows])
            results[f"heard_{part}"] = heard_of(dataset, rows, speaker(rows)).as_dict()
    return results


def heard_of(dataset: Dataset, rows: np.ndarray, logits: np.ndarray) -> Heard:
    """Some clips with their scores.

    Args:
        dataset: with the groupings ``"word"`` and ``"speaker"``, commands first among its classes.
        rows: of the clips.
        logits: Q8, (clip, class).
    """
    commands = logits[:, : len(dataset.classes) - len(dataset.background_classes)]
    best = commands.argmax(axis=1)
    here = np.arange(len(rows))
    return Heard(
        dataset.y[rows], best,
        rejection_score(commands, logits[:, dataset.classes.index(UNKNOWN)]),
        probabilities_q15(logits)[here, best], logits.argmax(axis=1) < commands.shape[1],
        dataset.groups["speaker"][rows], never_heard(dataset, rows))


def rejection_score(commands: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """2n times the best command's logit less n times that of unknown words less the sum of the
    commands', n being how many commands there are: whole numbers, Q8 over :func:`score_unit`.

    Args:
        commands: logits, Q8, (clip, command); unknown: (clip,).
    """
    count = commands.shape[1]
    return 2 * count * commands.max(axis=1) - count * unknown - commands.sum(axis=1)


def score_unit(commands: int) -> int:
    """What a score counts as one logit, with so many commands."""
    return 2 * commands * ONE_Q8


def _speaker(run: Run, work: Work) -> Callable[[np.ndarray], np.ndarray]:
    """Rows → logits, Q8, (clip, class): of the twin, of torch, or of a null baseline."""
    dataset = run.dataset
    if run.null:
        null = fit_null(run)
        return lambda rows: _q8(np.log(np.maximum(
            null.probabilities(samples(dataset, rows, run.spec).x), LEAST)))
    saved = trained(run, work.folder / FOLDER)
    if not kind_of(run.recipe.model).on_target:
        return lambda rows: _q8(
            predict(saved.network, samples(dataset, rows, saved.features)))
    model = quantise(saved)
    return lambda rows: model.run(model.quantise(dataset.x[rows])).logits


def _q8(logits: np.ndarray) -> np.ndarray:
    return np.rint(ONE_Q8 * logits).astype(int)
