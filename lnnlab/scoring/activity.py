"""Speech or not, frame by frame: scores, hangover, figures, and their intervals by speaker.

Frames of one speaker resemble one another, so that intervals come from speakers drawn anew, as in
:mod:`lnnlab.scoring.intervals`. What is kept of a test is small: of every two speakers how often a
frame of speech of one scored above a pause of the other, from which the area under the curve of any
resampling follows exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lnnlab.scoring.intervals import bounds

DRAWS = 4000
SMOOTHINGS = (0, 1, 2)  # shifts of the running mean that are tried
HANGOVERS_S = (0.0, 0.04, 0.08, 0.12, 0.2, 0.32)  # how long speech goes on that are tried
ROC_POINTS = 40


@dataclass(frozen=True)
class Holding:
    """How scores of frames become decisions.

    Attributes:
        shift: scores move by 2^−shift of the difference a frame; 0: as they are.
        hangover: frames that speech goes on for after the last one at the threshold.
        threshold: from which score on a frame is speech.
    """

    shift: int = 0
    hangover: int = 0
    threshold: float = 0.0

    def held(self, scores: np.ndarray) -> np.ndarray:
        """Scores smoothed and held, (frame,): at the threshold wherever speech is decided.

        The largest of the last frames reaches a threshold where one of them did, so that a
        hangover before it is one behind it.
        """
        smooth = np.empty(len(scores))
        level = 0.0 if len(scores) == 0 else float(scores[0])
        for t, score in enumerate(np.asarray(scores, dtype=np.float64)):
            level += (score - level) / 2**self.shift
            smooth[t] = level
        if not self.hangover or not len(smooth):
            return smooth
        padded = np.concatenate([np.full(self.hangover, -np.inf), smooth])
        return np.lib.stride_tricks.sliding_window_view(padded, self.hangover + 1).max(axis=1)

    def decided(self, scores: np.ndarray) -> np.ndarray:
        """Which frames are speech, (frame,) of bool."""
        return self.held(scores) >= self.threshold


@dataclass(frozen=True)
class Heard:
    """A recording as a detector heard it.

    Attributes:
        who: the speaker.
        scores: higher for speech, (frame,).
        speech: the truth, (frame,) of bool.
    """

    who: str
    scores: np.ndarray
    speech: np.ndarray


@dataclass(frozen=True)
class Activity:
    """What a detector made of a test set, by speaker.

    Attributes:
        who: speakers, or groups of them that are drawn together.
        wins: of speech frames of one (row) and pauses of another (column) how many pairs the
            speech won, a tie counting half, (group, group).
        speech, pauses: frames of each, (group,).
        missed, passed: frames of speech not decided so, and pauses decided to be speech, (group,).
        roc: noise passed and speech found, both 0 to 1, (point, 2), over all frames.
    """

    who: tuple[str, ...]
    wins: np.ndarray
    speech: np.ndarray
    pauses: np.ndarray
    missed: np.ndarray
    passed: np.ndarray
    roc: np.ndarray

    def figures(self, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Name → figure of each row of weights, (draw,); None: of the speakers as they are.

        ``auc``; at the chosen point ``f1`` of speech, ``missed`` of speech and ``passed`` of the
        pauses, shares from 0 to 1.

        Args:
            weights: how often each speaker was drawn, (draw, group).
        """
        w = np.ones((1, len(self.who))) if weights is None else weights
        speech, pauses = w @ self.speech, w @ self.pauses
        missed, passed = w @ self.missed, w @ self.passed
        hits = speech - missed
        with np.errstate(invalid="ignore", divide="ignore"):
            return {"auc": np.einsum("dg,gh,dh->d", w, self.wins, w) / (speech * pauses),
                    "f1": 2 * hits / (2 * hits + missed + passed),
                    "missed": missed / speech, "passed": passed / pauses}

    def as_dict(self) -> dict:
        """As plain values, for records; pairs are doubled, so that all are whole."""
        return {"who": list(self.who), "wins": np.rint(2 * self.wins).astype(int).tolist(),
                "roc": np.round(self.roc, 4).tolist()} | {
            name: getattr(self, name).astype(int).tolist()
            for name in ("speech", "pauses", "missed", "passed")}

    @classmethod
    def from_dict(cls, given: dict) -> "Activity":
        """The inverse of :meth:`as_dict`."""
        arrays = {name: np.array(given[name], float)
                  for name in ("speech", "pauses", "missed", "passed", "roc")}
        return cls(tuple(given["who"]), np.array(given["wins"], float) / 2, **arrays)


def activity(heard: Sequence[Heard], holding: Holding, together: int = 1) -> Activity:
    """Count what a detector made of recordings.

    Args:
        heard: recordings, several of a speaker where there are.
        holding: smoothing, hangover and threshold, chosen on other recordings.
        together: so many speakers, in the order of their names, are counted and drawn as one;
            1: each by itself.
    """
    order = {who: k // together for k, who in enumerate(sorted({each.who for each in heard}))}
    groups = max(order.values()) + 1
    names = [" ".join(who for who, k in order.items() if k == group) for group in range(groups)]
    held = [holding.held(each.scores) for each in heard]
    found = [[], []]  # scores of pauses and of speech, by group
    for truth in (0, 1):
        for group in range(groups):
            own = [scores[each.speech == bool(truth)]
                   for scores, each in zip(held, heard, strict=True) if order[each.who] == group]
            found[truth].append(np.sort(np.concatenate(own)))
    pauses, speech = found
    wins = np.array([[_wins(one, other) for other in pauses] for one in speech])
    counts = [np.array([len(each) for each in some]) for some in (speech, pauses)]
    return Activity(
        tuple(names), wins, *counts,
        np.array([np.count_nonzero(each < holding.threshold) for each in speech]),
        np.array([np.count_nonzero(each >= holding.threshold) for each in pauses]),
        _roc(np.concatenate(speech), np.concatenate(pauses)))


def chosen(
    heard: Sequence[Heard], hop_s: float, shifts: Sequence[int] = SMOOTHINGS
) -> Holding:
    """The smoothing, hangover and threshold with the best balanced accuracy: as much speech found
    and noise stopped as can be had together.

    Args:
        heard: validation recordings.
        hop_s: from one frame to the next, so that every detector tries the same times.
        shifts: smoothings to try.
    """
    hangovers = sorted({round(each / hop_s) for each in HANGOVERS_S})
    best, most = Holding(), -1.0
    truth = np.concatenate([each.speech for each in heard])
    for shift in shifts:
        for hangover in hangovers:
            way = Holding(shift, hangover)
            scores = np.concatenate([way.held(each.scores) for each in heard])
            threshold, balanced = _best_threshold(scores, truth)
            if balanced > most + 1e-4:  # less is no reason to wait longer
                best, most = Holding(shift, hangover, threshold), balanced
    return best


def intervals(
    seeds: Sequence[Activity], others: Sequence[Activity] = (), draws: int = DRAWS,
    level: float = 0.95,
) -> dict[str, tuple[float, float, float]]:
    """Name → figure, mean over seeds, and its interval over speakers.

    Args:
        seeds: of one detector's seeds on one test set.
        others: of another's; the figures are then the differences, on the same speakers drawn.
        draws: how often speakers are drawn.
        level: share of such intervals that hold the true figure.
    """
    groups = len(seeds[0].who)
    random = np.random.default_rng(0)
    weights = random.multinomial(groups, np.full(groups, 1 / groups), draws).astype(float)
    values, drawn = _mean(seeds, None), _mean(seeds, weights)
    if others:
        values = {name: each - _mean(others, None)[name] for name, each in values.items()}
        minus = _mean(others, weights)
        drawn = {name: each - minus[name] for name, each in drawn.items()}
    return {name: (float(values[name][0]), *bounds(drawn[name], groups, level)) for name in values}


def _mean(seeds: Sequence[Activity], weights: np.ndarray | None) -> dict[str, np.ndarray]:
    found = [each.figures(weights) for each in seeds]
    return {name: np.mean([each[name] for each in found], axis=0) for name in found[0]}


def _wins(speech: np.ndarray, pauses: np.ndarray) -> float:
    """Pairs that the speech won, of sorted scores."""
    below = np.searchsorted(pauses, speech, side="left")
    tied = np.searchsorted(pauses, speech, side="right") - below
    return float(below.sum() + tied.sum() / 2)


def _best_threshold(scores: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """The threshold with the largest mean of recall and specificity, and that mean."""
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(truth[order]) / max(truth.sum(), 1)
    passed = np.cumsum(~truth[order]) / max((~truth).sum(), 1)
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # the last of equal scores
    balanced = (found + 1 - passed)[last] / 2
    best = last[balanced.argmax()]
    return float(scores[order][best]), float(balanced.max())


def _roc(speech: np.ndarray, pauses: np.ndarray) -> np.ndarray:
    """Points at even steps of the noise passed, denser near none."""
    pauses, speech = np.sort(pauses), np.sort(speech)
    share = np.linspace(0, 1, ROC_POINTS) ** 2
    at = pauses[np.clip(((1 - share) * len(pauses)).astype(int), 0, len(pauses) - 1)]
    points = np.stack([1 - np.searchsorted(pauses, at) / len(pauses),
                       1 - np.searchsorted(speech, at) / len(speech)], axis=1)
    return np.concatenate([[[0.0, 0.0]], points, [[1.0, 1.0]]])
