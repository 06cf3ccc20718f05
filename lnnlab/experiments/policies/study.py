"""Policies of every kind on the same streams: searched on validation speakers, tried on others."""

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from lnnlab import lnn_file
from lnnlab.adaptive.costs import PolicyCostModel, excerpt
from lnnlab.adaptive.listening import Listener
from lnnlab.adaptive.search import Search, search
from lnnlab.compress import quantise
from lnnlab.data import Dataset
from lnnlab.data.streams import Stream, StreamPlan
from lnnlab.data.streams.machine import MachinePlan
from lnnlab.errors import UserError
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.policies.choices import chosen_at_levels
from lnnlab.experiments.policies.lines import (
    BOARDS,
    LEVELS,
    PolicyLine,
    PolicyStudy,
    packed,
    unpacked,
)
from lnnlab.experiments.results import corpus_label
from lnnlab.experiments.trained import FOLDER
from lnnlab.integer import IntegerModel
from lnnlab.models import parameter_count
from lnnlab.models.saved import SavedModel
from lnnlab.records import Records, Subject, stale_line
from lnnlab.scoring.reporting import WORD_REPORTING, Reporting
from lnnlab.target.boards import board
from lnnlab.target.toolchain import compiler_version
from lnnlab.training.predictions import one_thread

TABLE = "timestep_policies"
OWN_S = 3.0  # of a stream, to count what each stage takes under a chosen policy


@dataclass(frozen=True)
class Planned:
    """A stream that is built when it is listened to: hours of several would fill the memory.

    Attributes:
        part: ``"validation"`` or ``"test"``: whose windows and backgrounds.
        plan: how.
    """

    part: str
    plan: StreamPlan | MachinePlan

    def as_dict(self) -> dict:
        """As plain values, for records."""
        return {"part": self.part} | asdict(self.plan)


class Task(Protocol):
    """A network and what it may listen to; nothing of it is made before it is asked for."""

    @property
    def dataset(self) -> Dataset:
        """Whose material the streams are built of."""

    @property
    def label(self) -> str:
        """How tables call the network."""

    @property
    def seed(self) -> int:
        """Of the network, the streams and the search."""

    @property
    def identity(self) -> dict:
        """Plain values that name the network."""

    def basis(self) -> dict:
        """What its figures rest on: data, rows of the split, probes of the code."""

    def prepare(self, folder: Path, jobs: int) -> None:
        """Make what the networks of several seeds share."""

    def network(self, folder: Path) -> SavedModel:
        """The network, trained unless it lies in ``folder``."""

    def stream(self, planned: Planned) -> Stream:
        """A stream, built now."""


@dataclass(frozen=True)
class Study:
    """What is tried.

    Attributes:
        task: the network, and what streams are built of.
        searched: the stream that policies are searched on.
        seconds: what is active → another one of the same material, as active as the test stream of
            that name. The best are tried again there; it and the first choose what is reported.
        tests: what is active → the stream that is reported.
        trials: policies of each kind.
        reporting: how probabilities become reports.

    Raises:
        UserError: there is no test stream.
    """

    task: Task
    searched: Planned
    seconds: dict[str, Planned]
    tests: dict[str, Planned]
    trials: int = 40
    reporting: Reporting = WORD_REPORTING

    def __post_init__(self) -> None:
        if not self.tests:
            raise UserError("tests: give at least one stream to report")

    @property
    def subject(self) -> Subject:
        """What its record is about; no network and no stream is made for it."""
        task = self.task
        streams = {"searched": self.searched} | self.tests | {
            f"second, {name}": each for name, each in self.seconds.items()}
        identity = task.identity | {
            "trials": self.trials, "levels": list(LEVELS), "reporting": asdict(self.reporting),
            "streams": {name: each.as_dict() for name, each in streams.items()},
        }
        basis = task.basis() | {"board": {name: asdict(board(name)) for name in BOARDS},
                                "compiler": compiler_version()}
        return Subject(f"{task.dataset.name}, {task.label}, seed {task.seed}", task.label,
                       identity, basis)


def studies(given: Sequence[Study], work: Work) -> list[PolicyStudy]:
    """The record of each study: read where it exists, else made; stale ones are named.

    Args:
        given: what is tried; with a record, neither network nor stream is made.
        work: where records and networks go, and how many studies run at a time.
    """
    records = work.records(TABLE)
    records.settle()
    subjects = [each.subject for each in given]
    missing = [k for k, each in enumerate(subjects) if records.missing(each)]
    if missing:
        for k in missing:
            given[k].task.prepare(work.folder, work.jobs)
        work.all(_make, [(records, subjects[k], given[k], work.folder) for k in missing],
                 f"{given[0].task.dataset.name}: policies")
        records.settle()
    found = [study_of(each, *records.results(subject))
             for each, subject in zip(given, subjects, strict=True)]
    line = stale_line(TABLE, [(each.label, each.stale) for each in found])
    if line:
        print(line)
    return found


def study_of(given: Study, results: dict, stale: str = "") -> PolicyStudy:
    """A record's results, typed, streams in the order of the study."""
    task = given.task
    return PolicyStudy(
        corpus_label(task.dataset), task.label, task.seed, results["parameters"],
        {active: unpacked(results["tests"][active]) for active in given.tests},
        unpacked(results["validation"]), stale,
    )


def _make(records: Records, subject: Subject, given: Study, folder: Path) -> None:
    records.kept(subject, lambda: measured(given, folder))


def measured(given: Study, folder: Path) -> dict:
    """Search on the validation stream, try the chosen on every test stream; plain values.

    Args:
        given: what is tried. folder: of the profile's reports.
    """
    saved = given.task.network(folder)
    with one_thread():
        model = quantise(saved)
    searched = given.task.stream(given.searched)
    costs = PolicyCostModel(model, board(BOARDS[0]), excerpt(model, searched))
    first = _listener(given, model, searched, costs)
    how = Search(trials=given.trials, seed=given.task.seed, span=(min(LEVELS), max(LEVELS)),
                 progress=False)
    outcomes = search(first, how)
    own = PolicyCostModel(model, board(BOARDS[0]), excerpt(model, searched, OWN_S), exact=True)
    tests = {}
    for active, planned in given.tests.items():
        second = given.task.stream(given.seconds[active])
        chosen = chosen_at_levels(outcomes, _listener(given, model, second, costs))
        heard = _listener(given, model, given.task.stream(planned), costs)
        tests[active] = packed([
            PolicyLine.of(level, heard.outcome(each.policy, each.threshold, own.of(each.policy)),
                          each, heard.arena_bytes(each.policy))
            for level, each in chosen
        ])
    return {
        "parameters": parameter_count(saved.network), "tests": tests,
        "network": FOLDER, "weights_crc32": zlib.crc32(lnn_file.to_bytes(model)),
        "validation": packed([PolicyLine.of("", each, each) for each in outcomes]),
    }


def _listener(
    given: Study, model: IntegerModel, stream: Stream, costs: PolicyCostModel
) -> Listener:
    return Listener(model, stream, board(BOARDS[0]), costs, given.reporting)
