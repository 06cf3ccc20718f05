"""Events on long streams, words or faults: what was found, what was missed, what was made up.

A report is a time and a label. It hits an event of its own label whose hit window it falls in,
from the event's start until a tolerance after its end; an event is hit by one report, a report
hits one event. What hits nothing is a false accept: a wrong word is one, and leaves the word that
was said missed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from scipy.stats import chi2

from lnnlab.data.streams import Event, Stream
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel, StreamConfig, StreamOutputs
from lnnlab.integer.decisions import decide, probabilities_q15, refuse_window_models, stream_logits

TOLERANCE_S = 0.75  # an event may be reported so long after it has ended
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
NAN = float("nan")


class Report(NamedTuple):
    """What a detector said, and when."""

    time_s: float
    label: str


@dataclass(frozen=True)
class Score:
    """How events were found on a stream.

    Attributes:
        hits, misses: of the events.
        false_accepts: reports that hit nothing.
        hours: length of the stream.
        delay_s: mean time from an event's start to its report; nan without a hit.
        worst_delay_s: the longest such time; nan without a hit.
        repeats: reports of an event that was reported before, where these are forgiven.
    """

    hits: int
    misses: int
    false_accepts: int
    hours: float
    delay_s: float = NAN
    worst_delay_s: float = NAN
    repeats: int = 0

    @property
    def events(self) -> int:
        """How many there were to find."""
        return self.hits + self.misses

    @property
    def miss_percent(self) -> float:
        """Share of the events that were not reported."""
        return 100 * self.misses / max(self.events, 1)

    @property
    def recall(self) -> float:
        """Share of the events that were hit, 0 to 1; nan without an event."""
        return self.hits / self.events if self.events else NAN

    @property
    def precision(self) -> float:
        """Share of the reports that hit, 0 to 1; nan without a report."""
        said = self.hits + self.false_accepts
        return self.hits / said if said else NAN

    @property
    def f1(self) -> float:
        """2·hits / (2·hits + false accepts + misses); 1 where nothing was to find or was said."""
        wrong = self.false_accepts + self.misses
        return 2 * self.hits / (2 * self.hits + wrong) if self.hits + wrong else 1.0

    @property
    def false_accepts_per_h(self) -> float:
        """Rate over the whole stream."""
        return self.false_accepts / self.hours

    @property
    def rate_band_per_h(self) -> tuple[float, float]:
        """95 % confidence interval of the rate, exact for a Poisson count (Garwood 1936)."""
        count = self.false_accepts
        low = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
        return float(low / self.hours), float(chi2.ppf(0.975, 2 * count + 2) / 2 / self.hours)


def score(
    reports: Iterable[tuple[float, str]], events: Sequence[Event], hours: float,
    background: Sequence[str] = (), tolerance_s: float = TOLERANCE_S,
    forgive_repeats: bool = False,
) -> Score:
    """Match reports with events, so that as many as possible are hit.

    Args:
        reports: (time in s, label) each, in any order.
        events: in the order of time, none over another, as a :class:`Stream` has them.
        hours: length of the stream.
        background: labels that are no events, such as ``"unknown"``.
        tolerance_s: how long after an event's end a report still hits it.
        forgive_repeats: a further report of an event that was hit is no false accept; choose it
            for faults, which last, and not for words.

    Raises:
        UserError: the stream has no length, or the tolerance is negative.
    """
    if not hours > 0:
        raise UserError(f"a stream of {hours:g} hours: nothing to score")
    if not tolerance_s >= 0:
        raise UserError(f"tolerance_s = {tolerance_s:g}: choose 0 s or more")
    said = sorted((float(time), str(label)) for time, label in reports)
    wanted = [each for each in events if each.label not in background]
    delays, used = [], set()
    for event in wanted:  # their windows end in the order in which they start: earliest first
        first = bisect_left(said, event.start_s, key=itemgetter(0))
        last = bisect_right(said, event.end_s + tolerance_s, key=itemgetter(0))
        hit = next((k for k in range(first, last)
                    if k not in used and said[k][1] == event.label), None)
        if hit is not None:
            used.add(hit)
            delays.append(said[hit][0] - event.start_s)
    left = [each for k, each in enumerate(said) if k not in used]
    repeats = sum(
        any(_hits(*each, event, tolerance_s) for event in wanted) for each in left
    ) if forgive_repeats else 0
    return Score(
        len(delays), len(wanted) - len(delays), len(left) - repeats, hours,
        float(np.mean(delays)) if delays else NAN, max(delays, default=NAN), repeats,
    )


def _hits(time_s: float, label: str, event: Event, tolerance_s: float) -> bool:
    inside = event.start_s <= time_s <= event.end_s + tolerance_s
    return inside and label == event.label


def background_of(model: IntegerModel) -> tuple[str, ...]:
    """The classes that a network never reports: those that its readout holds last."""
    count = model.layers[-1].background
    return tuple(model.classes[len(model.classes) - count :])


def probabilities(model: IntegerModel, stream: Stream) -> np.ndarray:
    """What the integer network thinks after every frame, (frame, class) in Q15.

    Raises:
        UserError: the network decides on whole windows, or was made for other channels.
    """
    refuse_window_models(model)
    samples = stream.samples
    if samples.shape[1] != model.features.channels:
        raise UserError(
            f"a stream of {samples.shape[1]} channels, but the network takes "
            f"{model.features.channels}"
        )
    return probabilities_q15(stream_logits(model, model.quantise(samples)))


def frame_ends_s(model: IntegerModel, frames: int) -> np.ndarray:
    """When each frame of a stream is complete, (frame,) in s."""
    spec = model.features.spec
    return (np.arange(frames) * spec.hop + spec.frame) / model.features.rate_hz


def reported(said: StreamOutputs, ends_s: np.ndarray, classes: Sequence[str]) -> list[Report]:
    """What a stream's outputs report.

    Args:
        said: after each frame.
        ends_s: when each frame is complete, (frame,).
        classes: their names.
    """
    return [Report(float(ends_s[k]), classes[said.label[k]])
            for k in np.flatnonzero(said.detected)]


def find(
    model: IntegerModel, found: np.ndarray, config: StreamConfig | None = None
) -> list[Report]:
    """The reports of a network on a stream.

    Args:
        model: the network.
        found: its :func:`probabilities` there.
        config: smoothing, refractory time, threshold; None: the defaults.
    """
    said = decide(found, model.layers[-1].background, config or StreamConfig.own(model))
    return reported(said, frame_ends_s(model, len(found)), model.classes)


def sweep(
    reports_at: Callable[[float], Iterable[tuple[float, str]]], stream: Stream,
    background: Sequence[str] = (), thresholds: Sequence[float] = THRESHOLDS,
    tolerance_s: float = TOLERANCE_S, forgive_repeats: bool = False,
) -> dict[float, Score]:
    """The score of a detector at every threshold.

    Args:
        reports_at: the detector's reports at a threshold.
        stream: what it listened to.
        background, tolerance_s, forgive_repeats: see :func:`score`.
        thresholds: to try.
    """
    return {
        each: score(reports_at(each), stream.events, stream.hours, background, tolerance_s,
                    forgive_repeats)
        for each in thresholds
    }


def pooled(scores: Iterable[Score]) -> Score:
    """One score of several streams: their counts and hours added up, without delays."""
    every = list(scores)
    return Score(*(sum(getattr(each, name) for each in every)
                   for name in ("hits", "misses", "false_accepts", "hours")),
                 repeats=sum(each.repeats for each in every))


def choose_threshold(scores: Mapping[float, Score]) -> float:
    """The threshold of the best F1; of equals the middle one, farthest from what is worse.

    Args:
        scores: of a validation stream, from :func:`sweep`.

    Raises:
        UserError: there are no scores, or the stream held no event.
    """
    if not scores:
        raise UserError("no thresholds were tried: give at least one")
    if not any(each.events for each in scores.values()):
        raise UserError("the validation stream holds no event to choose a threshold by")
    best = max(each.f1 for each in scores.values())
    equals = sorted(threshold for threshold, each in scores.items() if each.f1 == best)
    return equals[len(equals) // 2]
