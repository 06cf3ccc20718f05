"""One word against all else on long streams: hits, misses, false accepts an hour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from lnnlab.data.streams import SoundStream
from lnnlab.errors import unknown
from lnnlab.integer import IntegerModel, StreamConfig, StreamOutputs
from lnnlab.integer.keywords import decide, probabilities_q15, stream_logits

TOLERANCE_S = 0.75  # a word may be reported so long after its clip has ended
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True)
class Score:
    """How a word was spotted.

    Attributes:
        hits, misses: of the word's events.
        false_accepts: reports of the word where it was not said, or said once and reported before.
        hours: length of the stream.
        delay_s: mean time from a clip's start to its report; nan without a hit.
    """

    hits: int
    misses: int
    false_accepts: int
    hours: float
    delay_s: float

    @property
    def miss_percent(self) -> float:
        """Share of the word's events that were not reported."""
        return 100 * self.misses / max(self.hits + self.misses, 1)

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


def probabilities(model: IntegerModel, stream: SoundStream) -> np.ndarray:
    """What the integer network thinks after every frame, (frame, class) in Q15."""
    samples = model.quantise(stream.x[:, None])
    return probabilities_q15(stream_logits(model, samples))


def reports(
    model: IntegerModel, found: np.ndarray, config: StreamConfig
) -> tuple[StreamOutputs, np.ndarray]:
    """What a stream reports under a config, and the time of each frame's end, (frame,) in s."""
    spec = model.features.spec
    said = decide(found, model.layers[-1].background, config)
    ends = (np.arange(len(found)) * spec.hop + spec.frame) / model.features.rate_hz
    return said, ends


def score(
    word: str, classes: Sequence[str], said: StreamOutputs, ends_s: np.ndarray,
    stream: SoundStream,
) -> Score:
    """Match the reports of a word with what was said.

    Raises:
        UserError: the network does not know the word.
    """
    if word not in classes:
        raise unknown("wake word", word, classes)
    times = ends_s[said.detected & (said.label == list(classes).index(word))]
    events = [each for each in stream.events if each.label == word]
    delays, left = [], list(times)
    for event in events:
        inside = [t for t in left if event.start_s <= t <= event.end_s + TOLERANCE_S]
        if inside:
            left.remove(inside[0])
            delays.append(inside[0] - event.start_s)
    hits = len(delays)
    return Score(hits, len(events) - hits, len(left), stream.hours,
                 float(np.mean(delays)) if delays else float("nan"))


def sweep(
    word: str, model: IntegerModel, stream: SoundStream, refractory: int = 25,
    smoothing_shift: int = 3, thresholds: Sequence[float] = THRESHOLDS,
) -> dict[float, Score]:
    """The score at every threshold."""
    found = probabilities(model, stream)
    scores = {}
    for threshold in thresholds:
        said, ends = reports(model, found, StreamConfig(smoothing_shift, refractory, threshold))
        scores[threshold] = score(word, model.classes, said, ends, stream)
    return scores


def choose(scores: dict[float, Score], most_per_h: float) -> float:
    """The lowest threshold with at most so many false accepts an hour, else the highest one."""
    fitting = [t for t, each in scores.items() if each.false_accepts_per_h <= most_per_h]
    return min(fitting) if fitting else max(scores)


def spoken(stream: SoundStream) -> dict[str, int]:
    """How often each class was said."""
    labels = [event.label for event in stream.events]
    return {label: labels.count(label) for label in sorted(set(labels))}
