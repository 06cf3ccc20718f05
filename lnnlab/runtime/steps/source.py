"""What a step is written from: a saved network, or a ``.lnn`` file of float32 layers."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lnnlab import __version__, lnn_file
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, extract
from lnnlab.models.classifier import Classifier, parameter_count
from lnnlab.models.kinds import KINDS
from lnnlab.models.saved import SavedModel, load
from lnnlab.runtime.steps.float_network import network_of

ARITHMETIC = "float32"
DRAWN = 64  # windows of random features, where a file holds none


@dataclass(frozen=True)
class Source:
    """A network in float32 with what its user must know.

    Attributes:
        name: kind of the model, such as ``"linear_ltc"``.
        network: in evaluation mode.
        features: what it is fed, with ``full_scale`` set.
        classes, channels: their names.
        rate_hz: samples per second; None where it is unknown.
        window: samples per decision.
        background: classes that a stream never reports.
        windows: features to compare runtimes on, float32 (window, time, feature).
        drawn: they are random numbers of the spread that the network expects.
        irregular: it was trained on samples at irregular times.
    """

    name: str
    network: Classifier
    features: FeatureSpec
    classes: tuple[str, ...]
    channels: tuple[str, ...]
    rate_hz: float | None
    window: int
    background: tuple[str, ...]
    windows: np.ndarray
    drawn: bool = False
    irregular: bool = False

    def about(self, timespan: float | str) -> dict[str, str]:
        """What a written file says of itself, text by name; values of JSON but for plain words."""
        said = {
            "producer": f"lnnlab {__version__}", "model": self.name, "arithmetic": ARITHMETIC,
            "parameters": parameter_count(self.network), "timespan": timespan,
            "classes": self.classes, "channels": self.channels, "rate_hz": self.rate_hz,
            "frame": self.features.frame, "hop": self.features.hop, "window": self.window,
            "frames": self.features.frames(self.window), "features": self.features.as_dict(),
            "background": [each for each in self.background if each in self.classes],
        }
        return {name: each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)
                for name, each in said.items()}


def source_of(path: Path) -> Source:
    """Read a ``.pt`` of ``lnnlab train`` or a float32 ``.lnn``.

    Raises:
        UserError: it is absent or damaged, or an int8 ``.lnn``.
    """
    if path.suffix != ".lnn":
        return from_saved(load(path))
    content = lnn_file.checked_bytes(path)
    if not lnn_file.is_float32(content):
        raise UserError(f"{path}: an int8 file, and other runtimes take float32; give the "
                        "network's .pt, or what 'liquid-compress --quantization float32' makes of "
                        "it")
    return from_float(lnn_file.float_from_bytes(content, str(path)))


def from_saved(saved: SavedModel) -> Source:
    """Of a trained network; its validation windows are those to compare on."""
    found = Source(
        saved.name, saved.network, saved.features, saved.classes, saved.channels, saved.rate_hz,
        saved.window, saved.background, np.zeros(0), irregular=bool(saved.origin.get("irregular")))
    if not len(saved.check_x):
        return _with_drawn(found)
    return replace(found, windows=np.array(extract(saved.check_x, saved.features), np.float32))


def from_float(model: lnn_file.FloatModel) -> Source:
    """Of a float32 ``.lnn`` file."""
    channels = tuple(model.meta.get("channels") or map(str, range(model.channels)))
    name = str(model.meta.get("model", ""))
    return _with_drawn(Source(
        name if name in KINDS else "network", network_of(model), model.spec, model.classes,
        channels, model.rate_hz or None, model.window, (), np.zeros(0), drawn=True))


def _with_drawn(source: Source) -> Source:
    """With random features at the mean and spread that its standardiser expects."""
    network = source.network
    shape = DRAWN, source.features.frames(source.window), len(network.offset)
    drawn = np.random.default_rng(0).normal(size=shape)
    x = drawn / network.scale.numpy() + network.offset.numpy()
    return replace(source, windows=x.astype(np.float32), drawn=True)
