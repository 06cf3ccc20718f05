"""A detector from normal running alone, and what its threshold hangs on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lnnlab.data import Dataset, Split, load
from lnnlab.data.stretches import cut_in_time, rows_of_each
from lnnlab.errors import UserError
from lnnlab.experiments.anomalies import liquid
from lnnlab.experiments.anomalies.problem import Problem, Teaching

PARTS = (0.6, 0.2, 0.2)  # of each recording: train, threshold; the rest tells false alarms
LEAST = (3, 3, 1)  # windows of each part; one of the first two is left out for comparison
RULE = "first 60 % of each recording train, next 20 % set the threshold, the rest is tested"


@dataclass(frozen=True)
class Alone:
    """A detector, and what one odd window among those it believes to be normal does to it.

    Attributes:
        made: the detector.
        problem: its windows.
        odd: the recording of the window that scores highest of those it was made with.
        without: the same detector made without that window.
        false_alarms: share of the rest's windows that reach the threshold.
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
            f"{100 * self.false_alarms:.1f} % false alarms in {counts[2]} windows of the rest. "
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
    teaches; those too short for that go to one part whole.

    Raises:
        UserError: there are too few windows.
    """
    cut, short = [], []
    for rows in rows_of_each(dataset.groups["recording"]):
        stretches = cut_in_time(dataset, rows, PARTS[:2])
        if all(map(len, stretches)):
            cut.append(stretches)
        else:
            short.append(rows)
    shared = _shared_out(short, [sum(len(each[k]) for each in cut) for k in range(3)])
    parts = [np.sort(np.concatenate([np.array([], int), *(each[k] for each in cut), *shared[k]]))
             for k in range(3)]
    counts = [len(part) for part in parts]
    if not all(count >= least for count, least in zip(counts, LEAST, strict=True)):
        raise UserError(
            f"{dataset.name}: {len(dataset)} windows in {len(cut) + len(short)} recordings leave "
            f"{_in_words(counts)}; {LEAST[0]}, {LEAST[1]} and {LEAST[2]} are needed; take longer "
            "or more recordings, or shorter windows")
    return Split("the rest", *parts, _rule(len(cut), [len(each) for each in shared]), "recording")


def _shared_out(recordings: list[np.ndarray], counts: list[int]) -> list[list[np.ndarray]]:
    """Whole recordings in three parts: one after the other to the part that lacks most, so that
    what was recorded under one condition, and lies side by side, comes to all of them.

    Args:
        recordings: rows of each.
        counts: windows that each part has already.
    """
    parts: list[list[np.ndarray]] = [[], [], []]
    for rows in recordings:
        total = sum(counts) + len(rows)
        lacking = [share * total - count for share, count in zip(PARTS, counts, strict=True)]
        k = next((part for part in range(3) if counts[part] < LEAST[part]),  # cannot do without
                 int(np.argmax(lacking)))
        parts[k].append(rows)
        counts[k] += len(rows)
    return parts


def _rule(cut: int, whole: list[int]) -> str:
    """The split in words: how many recordings were cut, and how many went to each part whole."""
    if not any(whole):
        return RULE
    told = (f"{sum(whole)} recordings too short to be cut in time are taken whole: "
            f"{_in_words(whole)}")
    return f"{RULE}; {told}" if cut else told


def _in_words(counts: Sequence[int]) -> str:
    return f"{counts[0]} to train, {counts[1]} for the threshold and {counts[2]} to test"


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
    rest = made.scores(dataset.x[problem.split.test])
    return Alone(made, problem, str(dataset.groups["recording"][odd]), without,
                 float(np.mean(rest >= made.score.threshold)))
