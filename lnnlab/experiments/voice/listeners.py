"""What says of every frame how much it sounds like speech, and recordings as it hears them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from lnnlab import lnn_file
from lnnlab.data.mixtures import at_frames
from lnnlab.experiments.voice.detector import PAUSE, SPEECH, DetectorRun
from lnnlab.experiments.voice.material import Recording
from lnnlab.features import extract
from lnnlab.integer import IntegerModel
from lnnlab.integer.decisions import stream_logits
from lnnlab.models.saved import SavedModel
from lnnlab.scoring.activity import Heard
from lnnlab.target.stream import StreamRunner

HOP = 320  # samples of a frame of the rivals: 20 ms at 16 kHz
Q8 = 256


@dataclass(frozen=True)
class Listener:
    """A way to score frames.

    Attributes:
        label: how tables call it.
        scores: x (time,) → a score for each frame, higher for speech, (frame,).
        frame, hop: samples of a frame, and from one to the next.
        parameters: trained numbers; 0: none, or not known.
    """

    label: str
    scores: Callable[[np.ndarray], np.ndarray]
    frame: int = HOP
    hop: int = HOP
    parameters: int = 0

    def truth(self, active: np.ndarray) -> np.ndarray:
        """Which of its frames are speech, (frame,) of bool."""
        return at_frames(active, self.frame, self.hop)


def integer_listener(model: IntegerModel, label: str) -> Listener:
    """An int8 network as the C runs it: the logit of speech over that of noise."""
    spec = model.features.spec
    if model.policy is not None:
        return _under_policy(model, label)

    def scores(x: np.ndarray) -> np.ndarray:
        logits = stream_logits(model, model.quantise(x[None, :, None])[0])
        return (logits[:, SPEECH] - logits[:, PAUSE]) / Q8

    return Listener(label, scores, spec.frame, spec.hop)


def _under_policy(model: IntegerModel, label: str) -> Listener:
    """The same at the hops that a uniform policy computes, by the C on this machine."""
    spec, runner = model.features.spec, StreamRunner(lnn_file.to_bytes(model))

    def scores(x: np.ndarray) -> np.ndarray:
        logits = runner.run(model.quantise(x[None, :, None])[0]).logits_q8
        return (logits[:, SPEECH] - logits[:, PAUSE]) / Q8

    return Listener(label, scores, spec.frame, spec.hop * model.policy.step)


def float_listener(saved: SavedModel) -> Listener:
    """A network in float, for those without a form on the microcontroller."""
    def scores(x: np.ndarray) -> np.ndarray:
        given = torch.from_numpy(extract(x[None, :, None], saved.features).copy())
        with torch.no_grad():
            logits = saved.network.stream(given)[0].double().numpy()
        return logits[:, SPEECH] - logits[:, PAUSE]

    return Listener(saved.origin["label"], scores, saved.features.frame, saved.features.hop)


def heard(listener: Listener, recordings: Sequence[Recording]) -> list[Heard]:
    """Recordings as a listener hears them, with the truth of its frames."""
    found = []
    for each in recordings:
        scores = listener.scores(each.x)
        truth = at_frames(each.active, listener.frame, listener.hop)
        found.append(Heard(each.who, scores[: len(truth)], truth[: len(scores)]))
    return found


def validation(run: DetectorRun, listener: Listener) -> list[Heard]:
    """Validation mixtures as a listener hears them."""
    return heard(listener, [
        Recording(" ".join(each.who), each.noisy, each.active, each.snr_db)
        for each in run.mixtures("validation")])
