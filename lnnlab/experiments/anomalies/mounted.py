"""A monitor that is mounted on a machine while it is sound: its first windows are there to learn.

No fault is seen for it, and none of those windows is scored.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lnnlab.data.stretches import in_order
from lnnlab.errors import UserError
from lnnlab.experiments.anomalies.lives import EVERY_S
from lnnlab.experiments.anomalies.problem import Problem

FIRST = 5  # sound windows of each machine that may be learned from
LEAST_SPREAD = 0.1  # of a feature in a machine's first windows, so that none is blown up
PLAIN, MEAN, SPREAD = "score", "mean", "mean and spread"  # what is taken from the first windows


@dataclass(frozen=True)
class Mounted(Problem):
    """A fold whose detectors know the first sound windows of the machine they are to judge.

    Validation and test go without the first ``most`` sound windows of each machine, whatever number
    of them is learned from, so that all detectors judge the same; training goes without those that
    are learned from.

    Attributes:
        most: windows of a machine that may be learned from.
        windows: that are, in their order of time.
        way: what features are less their mean over those windows, and over their spread; of
            ``"score"`` nothing, as the score is.

    Raises:
        UserError: a machine has no sound windows beyond those.
    """

    most: int = FIRST
    windows: int = 0
    way: str = PLAIN

    def __post_init__(self) -> None:
        super().__post_init__()
        for machine in np.unique(self.machines[self.split.test]):
            own = np.flatnonzero((self.machines == machine) & ~self.anomalous)
            if not np.isin(own, self.split.test).any():
                raise UserError(
                    f"{self.dataset.name}, {self.unit} {machine}: {len(own)} windows of normal "
                    f"running, and the first {self.most} are learned from; record more of it or "
                    "learn from fewer")

    @classmethod
    def of(cls, problem: Problem, most: int = FIRST) -> "Mounted":
        """A fold with its first windows taken out of validation and test.

        Raises:
            UserError: see above; or the detectors of the fold were taught this machine itself.
        """
        unit = unit_of(problem)
        split, machines = problem.split, problem.dataset.groups[unit]
        if set(machines[split.train]) & set(machines[split.test]):
            raise UserError(f"{problem.dataset.name}, {split.name}: is taught with the {unit} that "
                            "it is tested on; hold another grouping out, or leave calibration out")
        gone = _firsts(problem, machines, most)
        rule = f"{split.rule}; the first {most} sound windows of each {unit} are not scored"
        kept = {part: np.setdiff1d(getattr(split, part), gone) for part in ("validation", "test")}
        return cls(problem.dataset, replace(split, rule=rule, **kept), problem.teaching, most)

    @cached_property
    def unit(self) -> str:
        """The grouping whose labels are machines."""
        return unit_of(self)

    @cached_property
    def machines(self) -> np.ndarray:
        """The machine of each window, (window,) str."""
        return self.dataset.groups[self.unit]

    @cached_property
    def first(self) -> dict[str, np.ndarray]:
        """Rows that are learned from, by machine; of machines without sound windows none."""
        return {str(name): rows for name in in_order(self.machines)
                if len(rows := _sound(self, self.machines, name)[: self.windows])}

    def learning(self, windows: int, way: str) -> "Mounted":
        """The same, learning from so many windows of each machine, which it does not train on."""
        gone = _firsts(self, self.machines, windows)
        split = replace(self.split, train=np.setdiff1d(self.split.train, gone))
        return replace(self, split=split, windows=windows, way=way)

    def features(self, rows: np.ndarray) -> np.ndarray:
        """Relative to what the machine's first windows had, (window, frame, feature)."""
        x = super().features(rows)
        if self.way == PLAIN:
            return x
        for machine, (mean, spread) in self._levels.items():
            own = self.machines[rows] == machine
            x[own] -= mean
            x[own] /= spread if self.way == SPREAD else 1
        return x

    @cached_property
    def _levels(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        found = {}
        for machine, rows in self.first.items():
            x = Problem.features(self, rows)
            found[machine] = (x.mean(axis=(0, 1)),
                              np.maximum(x.std(axis=(0, 1)), LEAST_SPREAD))
        return found

    def less_own(self, scores: np.ndarray, windows: int) -> np.ndarray:
        """Scores of all windows of the dataset less their mean over the machine's first ones."""
        scores = scores.copy()
        for machine, rows in replace(self, windows=windows).first.items():
            scores[self.machines == machine] -= scores[rows].mean()
        return scores

    def minutes(self, windows: int) -> float:
        """How long until the last of so many windows has passed, median over tested machines."""
        ends = [self._end_s(_sound(self, self.machines, machine)[:windows])
                for machine in np.unique(self.machines[self.split.test])]
        return float(np.median(ends)) / 60

    def _end_s(self, rows: np.ndarray) -> float:
        names = self.dataset.groups["recording"][rows]
        if self.dataset.name == "pronostia":  # snapshots, each so long after the one before
            return EVERY_S * int(names[-1].rsplit("_", 1)[1].split(".")[0])
        return len(rows) * self.dataset.x.shape[1] / (self.dataset.rate_hz or 1.0)


def unit_of(problem: Problem) -> str:
    """The grouping whose labels are machines: bearings where each of the tested has sound windows,
    else what the fold holds out."""
    groups, rows = problem.dataset.groups, problem.split.test
    sound = rows[~problem.anomalous[rows]]
    own = groups.get("bearing")
    if own is not None and set(own[rows]) == set(own[sound]):
        return "bearing"
    return problem.split.group


def _sound(problem: Problem, machines: np.ndarray, machine: str) -> np.ndarray:
    return np.flatnonzero((machines == machine) & ~problem.anomalous)


def _firsts(problem: Problem, machines: np.ndarray, windows: int) -> np.ndarray:
    return np.concatenate([_sound(problem, machines, each)[:windows]
                           for each in in_order(machines)])
