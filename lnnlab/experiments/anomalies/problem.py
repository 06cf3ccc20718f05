"""What a detector of anomalies is given: windows of normal running, and windows to judge."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lnnlab.data import Dataset, Split, make_splits
from lnnlab.data.stretches import cut_in_time, in_order
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, extract

NORMAL_IN_TIME = "normal_in_time"
TIMES = (0.48, 0.12)  # of the normal recordings: train, validate; the rest is tested
ENDS = ("first 48 % of normal running train, next 12 % set the threshold, the rest and every "
        "fault are tested")
TESTED = 12  # windows of each fault's recording, where normal running is short anyway
FEWEST = 2  # windows of normal running that a detector is fitted to


@dataclass(frozen=True)
class Teaching:
    """How a detector is taught and its threshold set; the same for every row of a table.

    Attributes:
        features: what every detector is fed, scaled to the training windows.
        epochs: passes over the training windows, of detectors that have such.
        quantile: of the scores of normal validation windows, where the threshold lies.
        smoothing_shift: of the scores of a stream, see
            :class:`lnnlab.integer.anomaly.AnomalyScore`; 6 is about the mean over a window's
            frames, which is what the other detectors judge.
    """

    features: FeatureSpec
    epochs: int = 40
    quantile: float = 0.95
    smoothing_shift: int = 6

    def __post_init__(self) -> None:
        if not 0 < self.quantile <= 1:
            raise UserError(f"quantile = {self.quantile:g}: choose above 0, at most 1")

    def as_dict(self) -> dict:
        """Plain values, for records."""
        return vars(self) | {"features": self.features.as_dict()}


@dataclass(frozen=True)
class Problem:
    """One fold: a detector sees normal running of the training part, and nothing else.

    Attributes:
        dataset: the windows; their background classes are normal running.
        split: whose faults in ``train`` and ``validation`` are passed over, but for a reference
            that is allowed to see them.
        teaching: see :class:`Teaching`.
    """

    dataset: Dataset
    split: Split
    teaching: Teaching

    def __post_init__(self) -> None:
        for part in ("train", "validation"):
            count = len(self.normal(part))
            if count < FEWEST:
                todo = "record more of it or take shorter windows" + (
                    "" if self.split.rule == ENDS else
                    f"; with one machine split it in time ('{NORMAL_IN_TIME}')")
                raise UserError(
                    f"{self.dataset.name}, {self.split.name}: {count} windows of normal running "
                    f"to {part}; {todo}")

    @cached_property
    def anomalous(self) -> np.ndarray:
        """Whether each window of the dataset is an anomaly, (window,) bool."""
        names = self.dataset.background_classes
        if not names:
            raise UserError(f"{self.dataset.name}: does not say which classes are normal running; "
                            "name them (background_classes)")
        return ~np.isin(self.dataset.y, [self.dataset.classes.index(each) for each in names])

    @property
    def faults(self) -> list[str]:
        """Classes that are no normal running, of which there are test windows."""
        rows = self.split.test
        tested = np.unique(self.dataset.y[rows[self.anomalous[rows]]])
        return [self.dataset.classes[k] for k in tested]

    def normal(self, part: str) -> np.ndarray:
        """Rows of normal running in a part of the split."""
        rows = getattr(self.split, part)
        return rows[~self.anomalous[rows]]

    @cached_property
    def spec(self) -> FeatureSpec:
        """The features, scaled to the normal training windows."""
        return self.teaching.features.scaled_to(self.dataset.x[self.normal("train")])

    def features(self, rows: np.ndarray) -> np.ndarray:
        """Of some windows, (window, frame, feature)."""
        return extract(self.dataset.x[rows], self.spec)

    def taught_with(self, rows: np.ndarray) -> "Problem":
        """The same with further rows among the windows that are believed to be normal.

        Choose it to see what anomalies among the training windows do; the rows are relabelled, and
        taken out of the test.
        """
        y = self.dataset.y.copy()
        y[rows] = self.dataset.classes.index(self.dataset.background_classes[0])
        half = len(rows) // 2
        split = replace(
            self.split, train=np.sort(np.concatenate([self.split.train, rows[:half]])),
            validation=np.sort(np.concatenate([self.split.validation, rows[half:]])),
            test=np.setdiff1d(self.split.test, rows))
        return Problem(replace(self.dataset, y=y), split, self.teaching)


def problems(dataset: Dataset, rule: str, teaching: Teaching) -> list[Problem]:
    """Every fold of a rule.

    Args:
        dataset: the windows.
        rule: of :func:`lnnlab.data.make_splits`; or ``"normal_in_time"``, for one machine: normal
            recordings are cut in time, every fault is tested.
        teaching: see :class:`Teaching`.

    Raises:
        UserError: the rule is unknown, or a fold has too little normal running.
    """
    if rule != NORMAL_IN_TIME:
        return [Problem(dataset, split, teaching) for split in make_splits(dataset, rule)]
    normal = [dataset.classes.index(each) for each in dataset.background_classes]
    rows = np.flatnonzero(np.isin(dataset.y, normal))
    if not len(rows) or len(rows) == len(dataset):
        raise UserError(f"{dataset.name}: needs windows of normal running and of faults")
    train, validation, test = cut_in_time(dataset, rows, TIMES)
    faults = _some_of_each(dataset, np.setdiff1d(np.arange(len(dataset)), rows))
    split = Split("every fault", train, validation, np.sort(np.concatenate([test, faults])),
                  ENDS, "recording")
    return [Problem(dataset, split, teaching)]


def _some_of_each(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Of the rows at most ``TESTED`` a recording, evenly spaced."""
    recordings, chosen = dataset.groups["recording"][rows], []
    for name in in_order(recordings):
        own = rows[recordings == name]
        chosen.append(own[np.linspace(0, len(own) - 1, min(TESTED, len(own))).astype(int)])
    return np.concatenate(chosen)
