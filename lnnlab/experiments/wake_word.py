"""One word against all else on long streams: hits, misses, false accepts an hour."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lnnlab.data.streams import Stream
from lnnlab.errors import unknown
from lnnlab.experiments.wake_listening import Said
from lnnlab.integer import IntegerModel, StreamConfig, StreamOutputs
from lnnlab.integer.decisions import decide
from lnnlab.scoring import events
from lnnlab.scoring.events import THRESHOLDS, TOLERANCE_S, Score, probabilities

__all__ = ["THRESHOLDS", "TOLERANCE_S", "WAKE_THRESHOLDS", "Score", "choose", "probabilities",
           "reports", "score", "spoken", "sweep", "sweep_reports", "together"]

WAKE_THRESHOLDS = (0.2, 0.25, *(k / 40 for k in range(12, 39)),  # from 0.3 by fortieths
                   0.96, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.997, 0.998, 0.999)


def reports(
    model: IntegerModel, found: np.ndarray, config: StreamConfig
) -> tuple[StreamOutputs, np.ndarray]:
    """What a stream reports under a config, and the time of each frame's end, (frame,) in s."""
    said = decide(found, model.layers[-1].background, config)
    return said, events.frame_ends_s(model, len(found))


def score(
    word: str, classes: Sequence[str], said: StreamOutputs, ends_s: np.ndarray,
    stream: Stream,
) -> Score:
    """Match the reports of a word with what was said.

    Raises:
        UserError: the network does not know the word.
    """
    if word not in classes:
        raise unknown("wake word", word, classes)
    found = [each for each in events.reported(said, ends_s, classes) if each.label == word]
    others = {each.label for each in stream.events} - {word}
    return events.score(found, stream.events, stream.hours, tuple(others))


def sweep(
    word: str, model: IntegerModel, stream: Stream, refractory: int = 25,
    smoothing_shift: int = 3, thresholds: Sequence[float] = THRESHOLDS,
) -> dict[float, Score]:
    """The score at every threshold."""
    found = probabilities(model, stream)
    scores = {}
    for threshold in thresholds:
        said, ends = reports(model, found, StreamConfig(smoothing_shift, refractory, threshold))
        scores[threshold] = score(word, model.classes, said, ends, stream)
    return scores


def sweep_reports(
    word: str, said: Said, classes: Sequence[str], stream: Stream
) -> dict[float, Score]:
    """The score of a word at every of ``WAKE_THRESHOLDS`` on a stream that was listened to.

    Raises:
        UserError: the network does not know the word.
    """
    if word not in classes:
        raise unknown("wake word", word, classes)
    others = tuple({each.label for each in stream.events} - {word})
    return {
        threshold: events.score(
            [each for each in said.reports(threshold, classes) if each.label == word],
            stream.events, stream.hours, others)
        for threshold in WAKE_THRESHOLDS}


def together(scores: Sequence[dict[float, Score]]) -> dict[float, Score]:
    """Scores on several streams as one: counts and hours added up, the delay that of the first."""
    return {
        threshold: replace(events.pooled([each[threshold] for each in scores]),
                           delay_s=scores[0][threshold].delay_s,
                           worst_delay_s=scores[0][threshold].worst_delay_s)
        for threshold in scores[0]}


def choose(scores: dict[float, Score], most_per_h: float) -> float:
    """The lowest threshold with at most so many false accepts an hour, else the highest one."""
    fitting = [t for t, each in scores.items() if each.false_accepts_per_h <= most_per_h]
    return min(fitting) if fitting else max(scores)


def spoken(stream: Stream) -> dict[str, int]:
    """How often each class was said."""
    labels = [event.label for event in stream.events]
    return {label: labels.count(label) for label in sorted(set(labels))}
