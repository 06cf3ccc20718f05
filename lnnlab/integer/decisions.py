"""An integer network on a stream: a decision after every frame, keywords reported once."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from lnnlab.errors import UserError
from lnnlab.integer.arithmetic import ONE_Q15, halved, power_q15, softmax_shares
from lnnlab.integer.layers import LeakyPool
from lnnlab.integer.model import CHUNK, IntegerModel


@dataclass(frozen=True)
class StreamConfig:
    """How probabilities become reports (FORMAT.md, "Stream").

    Attributes:
        smoothing_shift: probabilities move by 2^−shift of the difference a frame, 0 to 8.
        refractory: frames of silence after a report.
        threshold: smoothed probability from which a keyword is reported, 0 to 1.
    """

    smoothing_shift: int = 3
    refractory: int = 25
    threshold: float = 0.8

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing_shift <= 8:
            raise UserError(f"smoothing_shift {self.smoothing_shift}: choose 0 to 8")
        if not 0 <= self.refractory <= 65535:
            raise UserError(f"refractory {self.refractory}: choose 0 to 65535 frames")
        if not 0 < self.threshold <= 1:
            raise UserError(f"threshold {self.threshold}: choose above 0, at most 1")

    @classmethod
    def of(cls, settings: dict) -> "StreamConfig":
        """From a network's ``meta["stream"]``: smoothing_shift, refractory, threshold_q15.

        Raises:
            UserError: one is missing or out of range.
        """
        try:
            shift, refractory, threshold = (
                int(settings[name]) for name in ("smoothing_shift", "refractory", "threshold_q15"))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"stream settings {settings}: {error} missing or no number") from error
        return cls(shift, refractory, threshold / ONE_Q15)

    @classmethod
    def own(cls, model: IntegerModel) -> "StreamConfig":
        """The settings that a network brings, or the defaults."""
        return cls.of(model.meta["stream"]) if "stream" in model.meta else cls()

    @property
    def threshold_q15(self) -> int:
        """The threshold as the runtime holds it."""
        return min(32767, round(32768 * self.threshold))


@dataclass(frozen=True)
class StreamOutputs:
    """What a stream said after each frame.

    Attributes:
        label: class index, (frame,).
        confidence_q15: its smoothed probability, (frame,).
        detected: whether a keyword was reported, (frame,) of bool.
        smoothed_q15: smoothed probabilities, (frame, class).
    """

    label: np.ndarray
    confidence_q15: np.ndarray
    detected: np.ndarray
    smoothed_q15: np.ndarray


def run_stream(
    model: IntegerModel, samples: np.ndarray, config: StreamConfig | None = None
) -> StreamOutputs:
    """The network on one uninterrupted stream, bit for bit what the C runtime says.

    Args:
        model: ends in a leaky pool.
        samples: int16 (time, channel), a frame or longer.
        config: of the reports; None: the network's own, or the defaults.

    Raises:
        UserError: the model has no leaky pool, or the stream is shorter than a frame.
    """
    refuse_window_models(model)
    probabilities = probabilities_q15(stream_logits(model, samples))
    return decide(probabilities, model.layers[-1].background, config or StreamConfig.own(model))


def by_steps(model: IntegerModel) -> bool:
    """Whether a network can be read after any step: only a leaky pool can."""
    return isinstance(model.layers[-2], LeakyPool)


def refuse_window_models(model: IntegerModel) -> None:
    """Only a leaky pool can be read at any step.

    Raises:
        UserError: the model has none.
    """
    if not by_steps(model):
        raise UserError("this network decides on whole windows; train a keyword_… one to stream")


def refuse_short_streams(model: IntegerModel, samples: np.ndarray) -> None:
    """A stream holds a frame.

    Raises:
        UserError: it does not.
    """
    if len(samples) < model.features.spec.frame:
        raise UserError(f"a stream of {len(samples)} samples is shorter than a frame")


def stream_logits(model: IntegerModel, samples: np.ndarray) -> np.ndarray:
    """Logits after every frame of a stream, (frame, class), Q8."""
    refuse_short_streams(model, samples)
    return _every_frame(model, model.features.stream(samples)[None])[0]


def frame_logits(model: IntegerModel, samples: np.ndarray) -> np.ndarray:
    """Logits after every frame of windows that start from a zero state, (window, frame, class), Q8.

    Args:
        model: ends in a leaky pool.
        samples: int16 (window, time, channel).

    Raises:
        UserError: the model has no leaky pool.
    """
    refuse_window_models(model)
    return np.concatenate([
        _every_frame(model, model.features.run(samples[first : first + CHUNK]))
        for first in range(0, len(samples), CHUNK)])


def _every_frame(model: IntegerModel, x: np.ndarray) -> np.ndarray:
    """int8 features (window, frame, feature) → logits (window, frame, class), Q8."""
    for layer in model.layers[:-2]:
        x = layer.run(x).output
    pool, readout = model.layers[-2:]
    return readout.run(pool.pooled(pool.states(x))).output


def probabilities_q15(logits: np.ndarray) -> np.ndarray:
    """Softmax as the runtime computes it, (frame, class) in Q8 → Q15."""
    share = softmax_shares(logits)
    return np.minimum(32767, (share << 15) // share.sum(axis=-1, keepdims=True))


def smoothed(before: np.ndarray, now: np.ndarray, shift: int, timestep: int = 1) -> np.ndarray:
    """Smoothed probabilities after one more decision, Q15 (class,).

    Args:
        before: after the last decision; now: what this one found; both (class,), Q15.
        shift: they move by 2^−shift of the difference a hop.
        timestep: hops since the last decision.
    """
    if timestep == 1:
        return before + halved(now - before, shift)
    return before + halved(_share_q15(shift, timestep) * (now - before), 15)


@cache
def _share_q15(shift: int, timestep: int) -> int:
    """By how much probabilities move over several hops."""
    return ONE_Q15 - int(power_q15(np.array(ONE_Q15 - (ONE_Q15 >> shift)), timestep))


def decide(
    probabilities: np.ndarray, background: int, config: StreamConfig,
    timestep: np.ndarray | None = None,
) -> StreamOutputs:
    """Smoothing, threshold, refractory time and re-arming over frames.

    Args:
        probabilities: (frame, class), Q15; background: the last classes, never reported.
        timestep: hops since the frame before, (frame,); None: all 1.
    """
    hops = [1] * len(probabilities) if timestep is None else timestep.tolist()
    found = np.zeros_like(probabilities)
    before = np.zeros(probabilities.shape[1], np.int64)
    for t, now in enumerate(probabilities):
        before = found[t] = smoothed(before, now, config.smoothing_shift, hops[t])
    detected = detections(found, background, config, timestep)
    label = found.argmax(axis=1)
    return StreamOutputs(label, found[np.arange(len(label)), label], detected, found)


def detections(
    found: np.ndarray, background: int, config: StreamConfig, timestep: np.ndarray | None = None
) -> np.ndarray:
    """Which frames report a keyword, (frame,) of bool, from smoothed probabilities.

    Args:
        found: (frame, class), Q15; background: the last classes, never reported.
        config: threshold and refractory time.
        timestep: hops since the frame before, (frame,); None: all 1.
    """
    hop = np.arange(len(found)) if timestep is None else np.cumsum(timestep)
    keyword = found.argmax(axis=1) < found.shape[1] - background
    reached = keyword & (found.max(axis=1) >= config.threshold_q15)
    edges = np.flatnonzero(np.diff(reached, prepend=False, append=False))
    detected, ready = np.zeros(len(found), bool), 0
    for start, end in zip(edges[::2], edges[1::2], strict=True):  # armed at the start of each
        first = start + np.searchsorted(hop[start:end], ready)
        if first < end:
            detected[first] = True
            ready = hop[first] + config.refractory + 1
    return detected
