"""What a study of policies is: a network, the streams it listens to, and how many are tried."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from lnnlab.data import Dataset
from lnnlab.data.streams import Stream, StreamPlan
from lnnlab.data.streams.machine import MachinePlan
from lnnlab.errors import UserError
from lnnlab.experiments.policies.lines import BOARDS, LEVELS
from lnnlab.models.saved import SavedModel
from lnnlab.records import Subject
from lnnlab.scoring.reporting import WORD_REPORTING, Reporting
from lnnlab.target.boards import flashes
from lnnlab.target.toolchain import compiler_version


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
        basis = task.basis()
        target = basis.pop("target")
        basis["searched"] = {name: each for name, each in target.items() if name != "cycles"}
        basis["searched"] |= {"near_cycles": target["cycles"]}
        return Subject(f"{task.dataset.name}, {task.label}, seed {task.seed}", task.label,
                       identity, basis)

    @property
    def price_subject(self) -> Subject:
        """What the record of its policies' costs is about: the same, on today's C and core."""
        own = self.subject
        basis = {"board": flashes(BOARDS), "compiler": compiler_version(),
                 "target": self.task.basis()["target"]}
        return Subject(own.name, own.label, own.identity, basis)
