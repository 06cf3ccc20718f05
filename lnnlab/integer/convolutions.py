"""Convolutions along the steps of a whole window, in integers."""

from dataclasses import dataclass

import numpy as np

from lnnlab.integer.arithmetic import int32, requantise, sat8
from lnnlab.integer.product import Product, Seen


@dataclass(frozen=True)
class Convolution:
    """A convolution along steps over all channels; one tap makes it pointwise."""

    matrix: Product  # columns: tap, then channel
    taps: int
    stride: int = 1
    relu: bool = True

    def run(self, x: np.ndarray) -> Seen:
        """x (window, step, input)."""
        views = _views(x, self.taps, self.stride)  # (window, step, channel, tap)
        columns = views.swapaxes(-1, -2).reshape(*views.shape[:2], -1)
        return _rectified(self.matrix(columns), self.relu)


@dataclass(frozen=True)
class Depthwise:
    """One filter per channel."""

    weight: np.ndarray  # int8 values (tap, unit)
    bias: np.ndarray
    factor: np.ndarray
    up: int = 0
    down: int = 0
    stride: int = 1
    relu: bool = True

    def run(self, x: np.ndarray) -> Seen:
        """x (window, step, unit)."""
        views = _views(x, len(self.weight), self.stride)
        acc = int32(self.bias + (views * self.weight.T).sum(axis=-1))
        return _rectified(requantise(acc, self.factor, self.up, self.down), self.relu)


def _views(x: np.ndarray, taps: int, stride: int) -> np.ndarray:
    """(window, step, channel) padded by taps//2 → (window, step out, channel, tap)."""
    padded = np.pad(x, ((0, 0), (taps // 2, taps // 2), (0, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, taps, axis=1)[:, ::stride]


def _rectified(y: np.ndarray, relu: bool) -> Seen:
    output = sat8(np.maximum(0, y) if relu else y)
    return Seen(output, [output], output)
