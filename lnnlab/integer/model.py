"""A whole integer network: features, layers, decision, and digests to compare by."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lnnlab.integer.arithmetic import confidence_q15
from lnnlab.integer.features import IntegerFeatures, quantise_samples
from lnnlab.integer.layers import Convolution, Depthwise, Layer, Pool
from lnnlab.integer.policy import Policy, refuse_unfit

_OFFSET, _PRIME = 2166136261, 16777619  # FNV-1a, over whole values
CHUNK = 256  # windows at a time: the memory of a convolution's columns


@dataclass(frozen=True)
class Outputs:
    """What a network says of some windows.

    Attributes:
        logits: (window, class) in Q8.
        decision: class index, (window,).
        confidence_q15: probability of that class, (window,).
        digests: uint32 (window, observed output): 0 is the features, then each layer's.
    """

    logits: np.ndarray
    decision: np.ndarray
    confidence_q15: np.ndarray
    digests: np.ndarray


@dataclass(frozen=True)
class IntegerModel:
    """What the microcontroller runs, in numpy.

    Attributes:
        features: samples to int8.
        layers: in order; the last two are a pool and a readout.
        classes: names of the logits.
        meta: for people and tools: where the network comes from, its figures.
        policy: at which hops of a stream it computes; None: at all.

    Raises:
        UserError: a policy for a network that cannot follow one.
    """

    features: IntegerFeatures
    layers: Sequence[Layer]
    classes: tuple[str, ...]
    meta: dict = field(default_factory=dict)
    policy: Policy | None = None

    def __post_init__(self) -> None:
        if self.policy is not None:
            refuse_unfit(self.features, self.layers)

    @property
    def windowed(self) -> bool:
        """Whether it needs a whole window at once, as convolutions over it do."""
        return any(isinstance(each, Convolution | Depthwise) for each in self.layers)

    def quantise(self, x: np.ndarray) -> np.ndarray:
        """Sensor values (window, time, channel) as int16 samples."""
        return quantise_samples(x, self.features.spec.full_scale)

    def run(self, samples: np.ndarray) -> Outputs:
        """Decide on int16 samples (window, time, channel); windows start from a zero state."""
        parts = [
            self._run(samples[first : first + CHUNK]) for first in range(0, len(samples), CHUNK)
        ]
        return Outputs(*(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("logits", "decision", "confidence_q15", "digests")
        ))

    def observe(self, samples: np.ndarray) -> list[np.ndarray]:
        """Every observed output, (window, step, value): features first, then layer by layer."""
        return self.observe_from(self.features.run(samples))

    def observe_from(self, x: np.ndarray) -> list[np.ndarray]:
        """The same from the features on, int8 values (window, step, feature)."""
        observed, gathered = [x], x
        for layer in self.layers:
            seen = layer.run(gathered if isinstance(layer, Pool) else x)
            observed += seen.observed
            x, gathered = seen.output, seen.pooled
        return observed

    def _run(self, samples: np.ndarray) -> Outputs:
        return outputs(self.observe(samples))


def outputs(observed: list[np.ndarray]) -> Outputs:
    """The decision that follows from every observed output, the last being the logits."""
    logits = observed[-1][:, 0]
    digests = np.stack([digest(each) for each in observed], axis=1)
    return Outputs(logits, logits.argmax(axis=1), confidence_q15(logits), digests)


def digest(values: np.ndarray) -> np.ndarray:
    """FNV-1a over the values of each window, (window, …) → uint32 (window,)."""
    flat = values.reshape(len(values), -1).astype(np.uint32)
    result = np.full(len(flat), _OFFSET, np.uint32)
    for column in flat.T:
        result = (result ^ column) * np.uint32(_PRIME)
    return result
