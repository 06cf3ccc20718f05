"""How long before a bearing's end a detector warned: PRONOSTIA's snapshots in their order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from lnnlab.data.pronostia import LIVES, WORN
from lnnlab.experiments.anomalies.study import Judged

EVERY_S = 10.0  # between snapshots


@dataclass(frozen=True)
class Life:
    """What a detector said of one bearing that it was not taught.

    Attributes:
        bearing: such as ``"1_1"``.
        hours: before its end, of each snapshot, falling, (snapshot,).
        score: over the threshold, see :func:`over`, (snapshot,); from 1 on it is an alarm.
        worn: whether the snapshot counts as worn, (snapshot,) bool.
    """

    bearing: str
    hours: np.ndarray
    score: np.ndarray
    worn: np.ndarray

    @property
    def warning_h(self) -> float:
        """Hours from the alarm that does not end to the bearing's end, 0 without one.

        Only snapshots of the last 5 % of a life are looked at, as those before it are not here:
        what was seen at the first of them may have been there before.
        """
        alarm = self.score[self.worn] >= 1
        quiet = np.flatnonzero(~alarm)
        first = quiet[-1] + 1 if len(quiet) else 0
        return float(self.hours[self.worn][first]) if first < len(alarm) else 0.0

    @property
    def trend(self) -> float:
        """Spearman's rank correlation of the score with age, −1 to 1; 0 where it never moves."""
        if len(np.unique(self.score)) < 2:
            return 0.0
        return float(spearmanr(-self.hours, self.score).statistic)

    @property
    def most_h(self) -> float:
        """The longest warning that could be seen."""
        return float(self.hours[self.worn].max())

    @property
    def false_alarms(self) -> float:
        """Share of the snapshots of the first half of the life that gave an alarm."""
        return float(np.mean(self.score[~self.worn] >= 1))


def lives(judged: Sequence[Judged]) -> list[Life]:
    """One detector's bearings, each tested by the network that was taught the others.

    Args:
        judged: of one row and seed, of folds that hold out a bearing each, windows being whole
            snapshots.
    """
    found = []
    for each in judged:
        dataset, rows = each.problem.dataset, each.problem.split.test
        names = dataset.groups["recording"][rows]
        numbers = np.array([int(name.rsplit("_", 1)[1].split(".")[0]) for name in names])
        bearing = str(dataset.groups["bearing"][rows][0])
        life = LIVES.get(bearing, int(numbers.max()))
        order = np.argsort(numbers, kind="stable")
        hours = (life - numbers[order]) * EVERY_S / 3600
        threshold = each.results["threshold"]
        found.append(Life(bearing, hours, over(each.scores[order], threshold),
                          numbers[order] / life > WORN))
    return found


def over(score: np.ndarray, threshold: float) -> np.ndarray:
    """Scores in units of their threshold. Logarithms and margins, whose threshold may lie below 0,
    have no such unit: of them 1 and how far they lie above it."""
    return score / threshold if threshold > 0 else 1 + score - threshold
