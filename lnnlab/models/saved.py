"""A trained network as one file: all that is needed to compress, export and try it again."""

import io
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec
from lnnlab.models import Classifier, build
from lnnlab.store import write_bytes

FORMAT = "lnnlab model 1"
IRREGULAR = ("sampled at irregular times, but a board takes steady samples; give rate_hz "
             "(--rate-hz) to resample the recordings")
BACKGROUND = ("unknown", "silence")  # classes where a model's file names none


@dataclass(frozen=True)
class SavedModel:
    """A network with its front end and the windows that compression needs.

    Attributes:
        name: key of :data:`lnnlab.models.KINDS`.
        options: what :func:`lnnlab.models.build` got beside sizes.
        network: in evaluation mode.
        features: what the network is fed, with ``full_scale`` set.
        classes, channels: their names.
        rate_hz: samples per second; None where it is unknown.
        window: samples per decision.
        calibration: some training windows in the sensor's unit, float32 (window, time, channel).
        check_x, check_y: some validation windows (window, time, channel) and their class indices
            (window,), for accuracy before and after compression; or what to answer after every
            frame, classes (window, frame) or values (window, frame, output), see
            :mod:`lnnlab.models.frames`.
        origin: corpus, split, fold, seed and the like, for provenance; ``irregular`` where it was
            trained on samples at irregular times.
        background: classes that a stream never reports, where they are the last of ``classes``.
    """

    name: str
    options: dict
    network: Classifier
    features: FeatureSpec
    classes: tuple[str, ...]
    channels: tuple[str, ...]
    rate_hz: float | None
    window: int
    calibration: np.ndarray
    check_x: np.ndarray
    check_y: np.ndarray
    origin: dict = field(default_factory=dict)
    background: tuple[str, ...] = BACKGROUND

    @property
    def steps(self) -> int:
        """Frames per decision."""
        return self.features.frames(self.window)


def board_rate_hz(model: SavedModel) -> float:
    """Samples per second for a board's file; 0 where the rate is unknown.

    Raises:
        UserError: the network was trained at irregular times, which no board's file can carry.
    """
    if model.origin.get("irregular"):
        raise UserError(f"{model.origin.get('corpus', model.name)}: {IRREGULAR}")
    return float(np.float32(model.rate_hz or 0.0))


def save(model: SavedModel, path: Path) -> None:
    """Write ``path`` whole; equal models give equal bytes."""
    kind = np.float32 if model.check_y.ndim == 3 else np.int64
    content = {
        "format": FORMAT, "name": model.name, "options": model.options,
        "state": model.network.state_dict(), "features": model.features.as_dict(),
        "classes": list(model.classes), "channels": list(model.channels),
        "rate_hz": model.rate_hz, "window": model.window, "origin": model.origin,
        "calibration": torch.from_numpy(model.calibration.astype(np.float32)),
        "check_x": torch.from_numpy(model.check_x.astype(np.float32)),
        "check_y": torch.from_numpy(model.check_y.astype(kind)),
        "background": list(model.background),
    }
    buffer = io.BytesIO()  # torch.save writes a file's own name into it
    torch.save(content, buffer)
    write_bytes(path, buffer.getvalue())


def slim(model: SavedModel) -> SavedModel:
    """The same without windows: a few kilobytes, for networks whose data are at hand anyway."""
    return replace(model, calibration=model.calibration[:0], check_x=model.check_x[:0],
                   check_y=model.check_y[:0])


def load(path: Path) -> SavedModel:
    """Read what :func:`save` wrote.

    Raises:
        UserError: the file is absent, damaged, or no model of this workbench.
    """
    if not path.exists():
        raise UserError(f"{path}: no such file; 'lnnlab train' writes models")
    try:
        content = torch.load(path, weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file
        raise UserError(f"{path}: not a readable model; train or copy it again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path}: not a model of this workbench; 'lnnlab train' writes such files")
    features = FeatureSpec(**content["features"])
    classes, channels = tuple(content["classes"]), tuple(content["channels"])
    network = build(
        content["name"], features.size(len(channels)), len(classes),
        steps=features.frames(content["window"]), **content["options"],
    )
    network.load_state_dict(content["state"])
    return SavedModel(
        content["name"], content["options"], network.eval(), features, classes, channels,
        content["rate_hz"], content["window"], content["calibration"].numpy(),
        content["check_x"].numpy(), content["check_y"].numpy(), content["origin"],
        tuple(content.get("background", BACKGROUND)),
    )
