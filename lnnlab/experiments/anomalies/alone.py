"""A detector from normal running alone, and what its threshold hangs on."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lnnlab.data import Dataset, Split, load
from lnnlab.data.stretches import cut_in_time, in_order
from lnnlab.errors import UserError
from lnnlab.experiments.anomalies import liquid
from lnnlab.experiments.anomalies.problem import Problem, Teaching

SHARES = (0.6, 0.2)  # of each recording: train, threshold; the rest tells false alarms
LEAST = (3, 3, 1)  # windows of each part; one of the first two is left out for comparison
RULE = "first 60 % of each recording train, next 20 % set the threshold, the rest is tested"
WHOLE = ("recordings too short to be cut in time: the first 60 % of them train, the next 20 % set "
         "the threshold, the rest are tested")


@dataclass(frozen=True)
class Alone:
    """A detector, and what one odd window among those it believes to be normal does to it.

    Attributes:
        made: the detector.
        problem: its windows.
        odd: the recording of the window that scores highest of those it was made with.
        without: the same detector made without that window.
        false_alarms: share of later windows that reach the threshold.
    """

    made: liquid.Predictor
    problem: Problem
    odd: str
    without: liquid.Predictor
    false_alarms: float

    @property
    def shift(self) -> float:
        """How many times as high the threshold is as without the odd window."""
        return self.made.score.threshold / self.without.score.threshold

    def text(self) -> str:
        """How it was split, and two sentences more."""
        score = self.made.score
        counts = [len(self.problem.normal(part)) for part in ("train", "validation", "test")]
        rule = self.problem.split.rule
        return (
            f"{rule[0].upper()}{rule[1:]}. {counts[0]} windows to train, {counts[1]} for the "
            f"threshold: {float(score.in_spreads(score.threshold)):.2f} of normal running's error; "
            f"{100 * self.false_alarms:.1f} % false alarms in {counts[2]} later windows. "
            f"The window that stands out most is of '{self.odd}': without it the threshold would "
            f"be {1 / self.shift:.2f} times as high"
            + ("; listen to it, as a threshold that hangs on one window may hide faults."
               if self.shift > TELLING else "."))


TELLING = 1.2  # times as high: a person should look at the window


def generated_machine() -> Dataset:
    """Normal running of one simulated machine, for who has no folder at hand."""
    whole = load("bearing_sim")
    normal = whole.y == whole.classes.index("normal")
    rows = np.flatnonzero(normal & (whole.groups["load"] == "0"))
    return replace(whole, x=whole.x[rows], y=whole.y[rows], start=whole.start[rows],
                   groups={name: each[rows] for name, each in whole.groups.items()})


def split_alone(dataset: Dataset) -> Split:
    """Normal running in three parts: every recording cut in time, so that all that was recorded
    teaches; where recordings are too short for that, whole ones in their order.

    Raises:
        UserError: there are too few windows either way.
    """
    cut = cut_in_time(dataset, np.arange(len(dataset)), SHARES)
    for parts, rule in ((cut, RULE), (_whole(dataset), WHOLE)):
        if all(len(part) >= least for part, least in zip(parts, LEAST, strict=True)):
            return Split("later", *parts, rule, "recording")
    counts, needed = (", ".join(map(str, each)) for each in (map(len, cut), LEAST))
    raise UserError(f"{dataset.name}: of {len(dataset)} windows {counts} fall to training, to the "
                    f"threshold and to the test where each recording is cut in time, and {needed} "
                    f"are needed; {len(in_order(dataset.groups['recording']))} recording(s) are "
                    "too few to be shared out whole: take longer or more recordings, or shorter "
                    "windows")


def _whole(dataset: Dataset) -> list[np.ndarray]:
    """Rows of the first, the next and the last recordings, at least one of each where there are."""
    recordings = dataset.groups["recording"]
    names = in_order(recordings)
    second = max(1, round(len(names) * SHARES[1]))
    first = len(names) - second - max(1, round(len(names) * (1 - sum(SHARES))))
    bounds = (0, max(0, first), max(0, first) + second, len(names))
    return [np.flatnonzero(np.isin(recordings, names[low:high]))
            for low, high in pairwise(bounds)]


def made_alone(dataset: Dataset, teaching: Teaching, seed: int = 0) -> Alone:
    """Teach a detector normal running, and again without the window that scores highest.

    Raises:
        UserError: there are too few windows.
    """
    problem = Problem(dataset, split_alone(dataset), teaching)
    made = liquid.predictor(problem, seed)
    known = np.concatenate([problem.split.train, problem.split.validation])
    odd = known[np.argmax(made.scores(dataset.x[known]))]
    kept = {part: np.setdiff1d(getattr(problem.split, part), [odd])
            for part in ("train", "validation")}
    without = liquid.predictor(replace(problem, split=replace(problem.split, **kept)), seed)
    later = made.scores(dataset.x[problem.split.test])
    return Alone(made, problem, str(dataset.groups["recording"][odd]), without,
                 float(np.mean(later >= made.score.threshold)))
