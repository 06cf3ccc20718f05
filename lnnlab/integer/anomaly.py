"""How far what a network expected lies from what came, in integers (FORMAT.md, section 10).

The network's outputs after a frame are the features of the next one. What is left is divided by
how much it varies on normal running, squared, added up and smoothed: a machine that does what
machines of its kind do scores low.
"""

from dataclasses import asdict, dataclass

import numpy as np

from lnnlab.errors import UserError
from lnnlab.integer.arithmetic import halved, sat16
from lnnlab.integer.decisions import (
    by_steps,
    frame_logits,
    refuse_short_streams,
    stream_logits,
)
from lnnlab.integer.model import IntegerModel
from lnnlab.integer.ranges import INT16, Range, fits

KEY = "anomaly"  # of a network's meta
UNIT, SHIFT, MOST = (1, 65535), (0, 30), (1, 1023)
SMOOTHING, THRESHOLD, ERROR_FACTOR = (0, 8), (1, 2**31 - 1), (0, 32767)
LIMITS: dict[str, Range] = {
    "unit": UNIT, "shift": SHIFT, "most": MOST, "smoothing_shift": SMOOTHING,
    "threshold": THRESHOLD,
}
Q8, Q6, SQUARE = 256, 64, 4096  # of outputs, of errors over their spread, of their squares


@dataclass(frozen=True)
class AnomalyScore:
    """What makes a score and an alarm of a network's prediction errors.

    Attributes:
        unit: value of one int8 step of the features, in the outputs' unit, Q16.
        shift: of the factors.
        most: up to which an error counts, in spreads of it on normal running, Q6.
        smoothing_shift: the score moves by 2^−shift of the difference a frame, at first by
            more, so that it is the mean of the frames so far.
        threshold: score from which it is an anomaly, the sum over features of squares in Q12.
        factor: of each feature's error, 1 / (4 spread) times 2^shift.
        offset: of each feature, its mean error on normal running, Q8.

    Raises:
        UserError: a number is out of its range, or factors and offsets are not of one length.
    """

    unit: int
    shift: int
    most: int
    smoothing_shift: int
    threshold: int
    factor: tuple[int, ...]
    offset: tuple[int, ...]

    def __post_init__(self) -> None:
        for name, allowed in LIMITS.items():
            if not fits(getattr(self, name), allowed):
                raise UserError(f"anomaly score: {name} {getattr(self, name)}: choose "
                                f"{allowed[0]} to {allowed[1]}")
        for name, allowed in (("factor", ERROR_FACTOR), ("offset", INT16)):
            values = tuple(int(each) for each in getattr(self, name))
            object.__setattr__(self, name, values)
            if not values or not fits(np.array(values), allowed):
                raise UserError(f"anomaly score: {name}: choose numbers of {allowed[0]} to "
                                f"{allowed[1]}, one a feature")
        if len(self.factor) != len(self.offset):
            raise UserError(f"anomaly score: {len(self.factor)} factors, {len(self.offset)} "
                            "offsets; give one of each a feature")

    @classmethod
    def of(cls, meta: dict) -> "AnomalyScore | None":
        """That of a network's meta; None without any.

        Raises:
            UserError: it is none.
        """
        if KEY not in meta:
            return None
        try:
            said = dict(meta[KEY])
            return cls(*(int(said[name]) for name in LIMITS), tuple(map(int, said["factor"])),
                       tuple(map(int, said["offset"])))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"meta {KEY}: {error} missing or no number") from error

    def into(self, meta: dict) -> dict:
        """A network's meta with it."""
        plain = {name: list(each) if isinstance(each, tuple) else each
                 for name, each in asdict(self).items()}
        return meta | {KEY: plain}

    def in_spreads(self, score: np.ndarray) -> np.ndarray:
        """Scores as mean squared error over features, in squared spreads: 1 on normal running."""
        return np.asarray(score) / (SQUARE * len(self.factor))


def why_no_score(model: IntegerModel) -> str:
    """What keeps a network's outputs from being its next features; empty if nothing does."""
    spec = model.features.spec
    for right, why in (
        (by_steps(model) and model.policy is None,
         "a leaky pool and no timestep policy"),
        (spec.hop <= spec.frame, "frames that follow each other without a gap"),
        (len(model.classes) == model.features.size and not model.layers[-1].background,
         "one output for each feature, none in the background"),
    ):
        if not right:
            return f"an anomaly score needs {why}"
    return ""


def errors(score: AnomalyScore, features: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """What came less what was expected, Q8, (…, frame − 1, feature): of all frames but the first.

    Args:
        features: int8 (…, frame, feature).
        logits: the network's after each of them, Q8.
    """
    came = (features[..., 1:, :].astype(np.int64) * score.unit + 128) >> 8
    return sat16(came - logits[..., :-1, :].astype(np.int64) - np.array(score.offset))


def frame_scores(score: AnomalyScore, features: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """The score of each frame, not smoothed, (…, frame − 1); see :func:`errors`."""
    size = np.abs(errors(score, features, logits))
    z = np.minimum(score.most, halved(size * np.array(score.factor), score.shift))
    return (z * z).sum(axis=-1)


def smoothed(score: AnomalyScore, found: np.ndarray) -> np.ndarray:
    """Scores of frames as they are judged, (…, frame): the first frame has 0, the next ones their
    mean so far, from 2^shift frames on a leaky one."""
    before, result = np.zeros(found.shape[:-1], np.int64), []
    for number, frame in enumerate(np.moveaxis(found, -1, 0), start=1):
        result.append(before)
        count = min(number, 1 << score.smoothing_shift)
        before = before + (frame - before + (count >> 1)) // count
    return np.stack([*result, before], axis=-1)


def score_stream(
    model: IntegerModel, samples: np.ndarray, score: AnomalyScore | None = None
) -> np.ndarray:
    """The smoothed score after every frame of a stream, bit for bit what the C runtime says.

    Args:
        model: its outputs are its next features.
        samples: int16 (time, channel), a frame or longer.
        score: None: the network's own.

    Returns:
        (frame,); it is an anomaly where it reaches the threshold.

    Raises:
        UserError: the network is no such one, has no score, or the stream is too short.
    """
    score = _score_of(model, score)
    refuse_short_streams(model, samples)
    features = model.features.stream(samples)
    return smoothed(score, frame_scores(score, features, stream_logits(model, samples)))


def score_windows(
    model: IntegerModel, samples: np.ndarray, score: AnomalyScore | None = None
) -> np.ndarray:
    """The same for windows that start anew, int16 (window, time, channel) → (window, frame)."""
    score = _score_of(model, score)
    features = model.features.run(samples)
    return smoothed(score, frame_scores(score, features, frame_logits(model, samples)))


def _score_of(model: IntegerModel, score: AnomalyScore | None) -> AnomalyScore:
    why = why_no_score(model)
    if why:
        raise UserError(why)
    found = score or AnomalyScore.of(model.meta)
    if found is None:
        raise UserError("this network has no anomaly score; fit one to windows of normal running")
    if len(found.factor) != len(model.classes):
        raise UserError(f"anomaly score of {len(found.factor)} features for a network of "
                        f"{len(model.classes)}")
    return found
