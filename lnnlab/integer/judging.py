"""How far what a network expected lies from what came, in integers (FORMAT.md, section 10).

The network's outputs after a frame are the features of the next one. What is left is divided by
how much it varies on normal running, squared, added up and smoothed: a machine that does what
machines of its kind do scores low. A score may calibrate on the machine it is mounted on: what is
left there of the first frames, on average, is taken off all that follow.
"""

import numpy as np

from lnnlab.errors import UserError
from lnnlab.integer.anomaly import AnomalyScore, score_of
from lnnlab.integer.arithmetic import halved, sat16
from lnnlab.integer.decisions import frame_logits, refuse_short_streams, stream_logits
from lnnlab.integer.model import IntegerModel


def errors(score: AnomalyScore, features: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """What came less what was expected, Q8, (…, frame − 1, feature): of all frames but the first.

    Args:
        features: int8 (…, frame, feature).
        logits: the network's after each of them, Q8.
    """
    came = (features[..., 1:, :].astype(np.int64) * score.unit + 128) >> 8
    return sat16(came - logits[..., :-1, :].astype(np.int64) - np.array(score.offset))


def frame_scores(
    score: AnomalyScore, features: np.ndarray, logits: np.ndarray, own: np.ndarray | None = None
) -> np.ndarray:
    """The score of each frame, not smoothed, (…, frame − 1); see :func:`errors`.

    Args:
        own: this machine's own offset of each feature, Q8 (feature,); None: it has none.
    """
    return squares(score, errors(score, features, logits), own)


def squares(score: AnomalyScore, found: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
    """The same of what :func:`errors` gives, (…, frame, feature) → (…, frame)."""
    found = found if own is None else sat16(found - own)
    if score.error_smoothing_shift:
        found = calmed(found, score.error_smoothing_shift)
    z = np.minimum(score.most, halved(np.abs(found) * np.array(score.factor), score.shift))
    return (z * z).sum(axis=-1)


def calmed(found: np.ndarray, shift: int) -> np.ndarray:
    """Errors smoothed over frames, (…, frame, feature): their mean so far, from 2^shift frames on
    a leaky one, kept in Q12."""
    before, result = np.zeros_like(found[..., 0, :]), []
    for number, frame in enumerate(np.moveaxis(found, -2, 0), start=1):
        before = _moved(before, frame * 16, min(number, 1 << shift))
        result.append((before + 8) >> 4)
    return np.stack(result, axis=-2) if result else found


def smoothed(score: AnomalyScore, found: np.ndarray) -> np.ndarray:
    """Scores of frames as they are judged, (…, frame): the first frame has 0, the next ones their
    mean so far, from 2^shift frames on a leaky one."""
    before, result = np.zeros(found.shape[:-1], np.int64), []
    for number, frame in enumerate(np.moveaxis(found, -1, 0), start=1):
        result.append(before)
        before = _moved(before, frame, min(number, 1 << score.smoothing_shift))
    return np.stack([*result, before], axis=-1)


def _moved(before: np.ndarray, to: np.ndarray, count: int) -> np.ndarray:
    return before + (to - before + (count >> 1)) // count


def own_offset(score: AnomalyScore, found: np.ndarray) -> np.ndarray:
    """What a machine's first errors are on average, Q8 (feature,).

    Args:
        found: errors in their order, (frame, feature), ``calibration_frames`` or more.

    Raises:
        UserError: there are fewer.
    """
    count = score.calibration_frames
    if len(found) < count:
        raise UserError(f"{len(found)} frames where {count} calibrate; record more of this machine")
    return (found[:count].astype(np.int64).sum(axis=0) + (count >> 1)) // max(count, 1)


def score_stream(
    model: IntegerModel, samples: np.ndarray, score: AnomalyScore | None = None
) -> np.ndarray:
    """The smoothed score after every frame of a stream, bit for bit what the C runtime says.

    Args:
        model: its outputs are its next features.
        samples: int16 (time, channel), a frame or longer.
        score: None: the network's own. Where it calibrates, the first frames have the score 0.

    Returns:
        (frame,); it is an anomaly where it reaches the threshold.

    Raises:
        UserError: the network is no such one, has no score, or the stream is too short.
    """
    score = score_of(model, score)
    refuse_short_streams(model, samples)
    features = model.features.stream(samples)
    return _in_order(score, errors(score, features, stream_logits(model, samples))[None])[0]


def score_windows(
    model: IntegerModel, samples: np.ndarray, score: AnomalyScore | None = None,
    own: np.ndarray | None = None,
) -> np.ndarray:
    """The same for windows that start anew, int16 (window, time, channel) → (window, frame).

    Args:
        own: the offset of the machine they are of, which :func:`own_offset` gives; None: none, and
            where the score calibrates, the windows are of one machine in their order.
    """
    score, found = window_errors(model, samples, score)
    if score.calibration_frames and own is None:
        return _in_order(score, found)
    return smoothed(score, squares(score, found, own))


def window_errors(
    model: IntegerModel, samples: np.ndarray, score: AnomalyScore | None = None
) -> tuple[AnomalyScore, np.ndarray]:
    """The score and :func:`errors` of windows, (window, frame − 1, feature)."""
    score = score_of(model, score)
    return score, errors(score, model.features.run(samples), frame_logits(model, samples))


def _in_order(score: AnomalyScore, found: np.ndarray) -> np.ndarray:
    """Scores of one machine's windows, (window, frame − 1, feature) → (window, frame): 0 until it
    is calibrated, anew from there on."""
    count, width = score.calibration_frames, found.shape[1]
    said = np.zeros((len(found), width + 1), np.int64)
    flat = found.reshape(-1, found.shape[2])
    if len(flat) < count:
        return said
    own = own_offset(score, flat) if count else None
    whole, some = divmod(count, width) if width else (0, 0)
    if some:
        said[whole, some:] = smoothed(score, squares(score, found[whole, some:], own))
        whole += 1
    said[whole:] = smoothed(score, squares(score, found[whole:], own))
    return said
