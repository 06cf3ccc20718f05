"""The C runtime against the integer twin on a stream under a policy: every decision, every bit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab import lnn_file
from lnnlab.adaptive import Controller, Search, Use, learn_timestep_controller
from lnnlab.experiments.policies.plan import Planned, Study
from lnnlab.experiments.results import corpus_label
from lnnlab.integer import IntegerModel, StreamConfig
from lnnlab.integer.policy_run import PolicyOutputs, run_policy
from lnnlab.models import parameter_count
from lnnlab.records import Records, Subject, stale_line
from lnnlab.target.boards import board
from lnnlab.target.stream import StreamRecord, StreamRunner

TABLE = "policy_parity"
COMPARED = ("hop", "timestep", "label", "confidence_q15", "detected", "smoothed_q15")


@dataclass(frozen=True)
class Comparison:
    """A controller that is learned within budgets, and the stream that its C is compared on.

    Attributes:
        study: gives the network, the stream that the controller is learned on, and the trials.
        stream: that C and twin listen to.
        cores: keys of :data:`lnnlab.target.cores.CORES`, ``"host"`` or ``"host-checked"``.
        board_name, budgets: see :func:`lnnlab.adaptive.learn_timestep_controller`.
    """

    study: Study
    stream: Planned
    cores: Sequence[str] = ("host", "cortex-m4")
    board_name: str = "nrf52840"
    budgets: dict[str, float] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        """What its record is about; no network and no stream is made for it."""
        study = self.study.subject
        identity = self.study.task.identity | {
            "trials": self.study.trials, "board": self.board_name, "budgets": self.budgets,
            "searched": self.study.searched.as_dict(), "compared": self.stream.as_dict(),
            "cores": list(self.cores),
        }
        basis = study.basis | self.study.price_subject.basis
        basis |= {"board": {self.board_name: asdict(board(self.board_name))}}
        return Subject(f"{study.name}, C against twin", study.label, identity, basis)

    def learned(self, folder: Path) -> Controller:
        """The controller, found now."""
        task = self.study.task
        return learn_timestep_controller(
            task.network(folder), task.stream(self.study.searched), **self.budgets,
            use=Use(self.board_name, reporting=self.study.reporting),
            how=Search(trials=self.study.trials, seed=task.seed, progress=False),
        )


@dataclass(frozen=True)
class PolicyParity:
    """How the C follows a policy.

    Attributes:
        corpus, label, parameters, seed: of the network, as tables call it.
        policy: in words.
        minutes: of the stream.
        decisions, differ: core → how many, and how many of them differ from the twin's.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    corpus: str
    label: str
    parameters: int
    seed: int
    policy: str
    minutes: float
    decisions: dict[str, int]
    differ: dict[str, int]
    stale: str = ""


def parity_of(
    given: Comparison, folder: Path, controller: Controller | None = None
) -> PolicyParity:
    """The record of a comparison: read where it exists, else made.

    Args:
        given: what is compared.
        folder: of the profile's reports; a controller that is learned goes to its ``c``.
        controller: the comparison's own, where it was learned already.
    """
    records, task = Records(folder / "records" / f"{TABLE}.jsonl"), given.study.task

    def make() -> dict:
        found = controller or given.learned(folder)
        found.save(folder / "c" / f"{task.dataset.name}_policy.lnn")
        samples = found.model.quantise(task.stream(given.stream).samples)
        compared = compare(found.model, samples, given.cores).set_index("core")
        return {"policy": str(found),
                "parameters": parameter_count(task.network(folder).network),
                "decisions": compared["decisions"].to_dict(),
                "differ": compared["differ"].to_dict()}

    subject = given.subject
    records.kept(subject, make)
    records.settle()
    results, stale = records.results(subject)
    line = stale_line(TABLE, [(task.label, stale)])
    if line:
        print(line)
    return PolicyParity(corpus_label(task.dataset), task.label, seed=task.seed, stale=stale,
                        minutes=given.stream.plan.duration_s / 60,
                        **{name: results[name]
                           for name in ("parameters", "policy", "decisions", "differ")})


def mismatches(twin: PolicyOutputs, said: StreamRecord) -> int:
    """Decisions that differ in when they fall, what they say or how sure they are."""
    if len(twin.hop) != len(said.hop):
        return max(len(twin.hop), len(said.hop))
    differ = np.zeros(len(twin.hop), bool)
    for name in COMPARED:
        unequal = getattr(twin, name) != getattr(said, name)
        differ |= unequal.reshape(len(differ), -1).any(axis=1)
    return int(differ.sum())


def compare(
    model: IntegerModel, samples: np.ndarray, cores: Sequence[str],
    config: StreamConfig | None = None,
) -> pd.DataFrame:
    """The C on several cores against the twin.

    Args:
        model: with its policy. samples: int16 (time, channel).
        cores: keys of :data:`lnnlab.target.cores.CORES`, ``"host"`` or ``"host-checked"``.
        config: of the reports; None: the defaults.

    Returns:
        core, decisions, differ; one row a core.
    """
    twin = run_policy(model, samples, config=config)
    blob, rows = lnn_file.to_bytes(model), []
    for core in cores:
        said = StreamRunner(blob, core).run(samples, config)
        rows.append({"core": core, "decisions": len(twin.hop), "differ": mismatches(twin, said)})
    return pd.DataFrame(rows)
