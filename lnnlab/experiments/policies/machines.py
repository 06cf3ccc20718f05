"""Studies of policies on a machine that is off, runs soundly, and shows faults that come and go."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from lnnlab.data import Dataset, Split, load
from lnnlab.data.streams import Stream
from lnnlab.data.streams.machine import MachinePlan
from lnnlab.experiments.keyword_recipes import MANY_TIMESTEPS
from lnnlab.experiments.policies.corpora import (
    PROBED_S,
    SECOND_SEED,
    TEST_SEED,
    refuse_odd_minutes,
)
from lnnlab.experiments.policies.lines import BOARDS
from lnnlab.experiments.policies.plan import Planned, Study
from lnnlab.experiments.policies.probe import Small, policy_probe
from lnnlab.experiments.policies.tuning import up_to_date
from lnnlab.experiments.probes import fixed_signal
from lnnlab.experiments.recipes import Recipe
from lnnlab.experiments.run import Budget, Run, rows_key
from lnnlab.experiments.stream_recipes import (
    BUDGET,
    LEARNING,
    MachineTask,
    machine_task,
    stream_recipe,
)
from lnnlab.experiments.trained import FOLDER
from lnnlab.models.saved import SavedModel
from lnnlab.scoring.reporting import FAULT_REPORTING
from lnnlab.target.boards import board

FAULT_S = (1.0, 3.0)  # short faults: many of them fit into a stream
MINUTES = (10.0, 10.0, 20.0)
FAULTY = (0.05, 0.1)  # shares of the time with a fault, one test stream each; half of it is off


@dataclass(frozen=True)
class MachineNetwork:
    """A network that listens to a machine, trained at many timesteps.

    Attributes:
        task: the machine.
        seed: of training, streams and search.
        budget: of training.
    """

    task: MachineTask
    seed: int = 0
    budget: Budget = BUDGET

    @property
    def dataset(self) -> Dataset:
        """The corpus as a stream needs it."""
        return self.task.view

    @cached_property
    def recipe(self) -> Recipe:
        """Of the network."""
        usual = stream_recipe(self.task.view)
        return replace(usual, variant=f"{usual.variant}, any timestep",
                       config=usual.config | MANY_TIMESTEPS)

    @property
    def label(self) -> str:
        """How tables call the network."""
        return self.recipe.label

    @property
    def identity(self) -> dict:
        """Plain values that name the network."""
        split = self.task.split
        return {
            "corpus": self.dataset.name, "split": split.rule, "fold": split.name,
            "recipe": self.recipe.as_dict(), "seed": self.seed,
            "window": self.dataset.x.shape[1], "epochs": self.budget.epochs,
            "patience": self.budget.patience,
            "trained_on": {"seconds": self.task.seconds, "seed": self.task.seed} | LEARNING,
        }

    def basis(self) -> dict:
        """Data, rows of the split, and what the code makes of a fixed machine."""
        view = fixed_signal(self.dataset)
        seconds = dict.fromkeys(("train", "validation", "test"), PROBED_S)
        task = MachineTask(view, _whole(view), seconds)
        run = Run(task.windows, _whole(task.windows), self.recipe, 0)
        small = Small(run, task.stream(MachinePlan(PROBED_S, 0.3, 0.4, FAULT_S, 6.0)))
        return {"data": self.dataset.hash, "split": rows_key(self.task.split)} | policy_probe(
            small, board(BOARDS[0]))

    def prepare(self, folder: Path, jobs: int) -> None:
        """Networks of several seeds share nothing."""

    def network(self, folder: Path) -> SavedModel:
        """The network, trained unless it lies in ``folder/networks``."""
        return up_to_date(self.task.run(self.seed, self.recipe, self.budget), folder / FOLDER)

    def stream(self, planned: Planned) -> Stream:
        """A stream of one part."""
        return self.task.stream(planned.plan, planned.part)


@dataclass(frozen=True)
class MachineStreams:
    """Streams of a machine, as they are planned.

    Attributes:
        corpus: see :func:`lnnlab.data.load`, which is given ``options``.
        rule, fold: of its splits.
        minutes: see :class:`lnnlab.experiments.policies.corpora.WordStreams`.
        epochs: most epochs of training.
        faulty: share of the time with a fault, one test stream each.

    Raises:
        UserError: there are not three lengths.
    """

    corpus: str
    rule: str
    fold: int = -1
    minutes: Sequence[float] = MINUTES
    epochs: int = BUDGET.epochs
    faulty: Sequence[float] = FAULTY
    options: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_odd_minutes(self.minutes)

    def plan(self, seed: int) -> MachinePlan:
        """Of the stream that policies are searched on."""
        return MachinePlan(60 * self.minutes[0], fault_s=FAULT_S, cycle_s=30.0, seed=seed)

    def by_share(self, part: str, minutes: float, seed: int) -> dict[str, Planned]:
        """A stream of a part for each share of faults."""
        like = replace(self.plan(seed), duration_s=60 * minutes)
        return {f"{100 * share:g} % faulty": Planned(part, replace(like, fault=share))
                for share in self.faulty}


def machine_study(streams: MachineStreams, seed: int, trials: int) -> Study:
    """What is tried with one network that listens to a machine.

    Args:
        streams: as planned. seed: of everything. trials: policies of each kind.
    """
    dataset = load(streams.corpus, **streams.options)
    task = machine_task(dataset, streams.rule, streams.fold, seed=seed)
    network = MachineNetwork(task, seed, replace(BUDGET, epochs=streams.epochs))
    return Study(
        network, Planned("validation", streams.plan(seed)),
        streams.by_share("validation", streams.minutes[1], SECOND_SEED + seed),
        streams.by_share("test", streams.minutes[2], TEST_SEED + seed), trials, FAULT_REPORTING,
    )


def _whole(dataset: Dataset) -> Split:
    """All windows in every part."""
    rows = np.arange(len(dataset))
    return Split("probe", rows, rows, rows, "probe", "recording")
