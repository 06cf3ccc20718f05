"""The layers of an integer network, as ``lnnlab/runtime/FORMAT.md`` section 3 defines them.

Every layer maps int8 values (window, step, input) to (window, step, unit) and shows what it
observed on the way. Weights are unpacked here; packing is the file's matter. Recurrent ones are in
:mod:`lnnlab.integer.cells`, convolutions over whole windows in :mod:`lnnlab.integer.convolutions`.
"""

from dataclasses import dataclass

import numpy as np

from lnnlab.integer.arithmetic import halved, int32, requantise, sat8, sat16, sigmoid
from lnnlab.integer.cells import GRU, LSTM, Cell, CfC, LinearLTC
from lnnlab.integer.convolutions import Convolution, Depthwise
from lnnlab.integer.product import Product, Seen

__all__ = ["Cell", "CfC", "Convolution", "Dense", "Depthwise", "GRU", "LSTM", "Layer",
           "LeakyPool", "LinearLTC", "Mix", "Pool", "Product", "Readout", "Seen"]


@dataclass(frozen=True)
class Dense:
    """A matrix on every step by itself, with ReLU."""

    matrix: Product
    relu: bool = True

    def run(self, x: np.ndarray) -> Seen:
        """x (window, step, input)."""
        y = self.matrix(x)
        output = sat8(np.maximum(0, y) if self.relu else y)
        return Seen(output, [output], output)


@dataclass(frozen=True)
class Mix:
    """Causal depthwise convolution over steps with ReLU."""

    weight: np.ndarray  # int8 values (tap, unit), the last tap is the present
    bias: np.ndarray
    factor: np.ndarray
    up: int = 0
    down: int = 0

    def run(self, x: np.ndarray) -> Seen:
        """x (window, step, unit)."""
        taps = len(self.weight)
        padded = np.pad(x, ((0, 0), (taps - 1, 0), (0, 0)))
        views = np.lib.stride_tricks.sliding_window_view(padded, taps, axis=1)
        output = self.filtered(views)
        return Seen(output, [output], output)

    def filtered(self, views: np.ndarray) -> np.ndarray:
        """views (…, unit, tap) → int8 values (…, unit)."""
        acc = int32(self.bias + (views * self.weight.T).sum(axis=-1))
        return sat8(np.maximum(0, requantise(acc, self.factor, self.up, self.down)))


@dataclass(frozen=True)
class Pool:
    """The mean over steps, or the last step, as int8: a sum with one factor."""

    factor: int
    up: int = 0
    down: int = 0
    last: bool = False

    def run(self, gathered: np.ndarray) -> Seen:
        """gathered (window, step, unit): the states, or the int8 of a layer without one."""
        total = int32(gathered[:, -1] if self.last else gathered.sum(axis=1))
        output = sat8(requantise(total, self.factor, self.up, self.down))[:, None]
        return Seen(output, [output])


LEAST_GATE = 1024  # ε of a leaky pool, Q15


@dataclass(frozen=True)
class LeakyPool:
    """A mean that forgets, weighted with a = σ(gate of y); a stream reads it at any step."""

    gate: Product  # one row
    rate: int  # κ, Q15
    factor: int
    up: int = 0
    down: int = 0

    def start(self, windows: int, units: int) -> np.ndarray:
        """The zero state, (window, unit + 1): weighted sums, then the sum of weights."""
        return np.zeros((windows, units + 1), np.int64)

    def step(self, y: np.ndarray, state: np.ndarray) -> np.ndarray:
        """The state after one more step of int8 values y (window, unit): P in Q8 of them, D in
        Q15."""
        gate = sigmoid(sat16(self.gate(y)))  # (window, 1)
        goal = np.concatenate([halved(gate * y, 7), gate], axis=1)
        return state + halved(int32(self.rate * (goal - state)), 15)

    def pooled(self, state: np.ndarray) -> np.ndarray:
        """The int8 values that the readout sees."""
        reciprocal = 2**24 // (state[:, -1:] + LEAST_GATE)
        mean = int32(state[:, :-1] * reciprocal) >> 9
        return sat8(requantise(mean, self.factor, self.up, self.down))

    def run(self, gathered: np.ndarray) -> Seen:
        """gathered (window, step, unit): int8 outputs of the layer before."""
        state = self.start(len(gathered), gathered.shape[2])
        for t in range(gathered.shape[1]):
            state = self.step(gathered[:, t], state)
        output = self.pooled(state)[:, None]
        return Seen(output, [output])


@dataclass(frozen=True)
class Readout:
    """Logits in Q8; the last ``background`` classes are what no stream reports as detected."""

    matrix: Product
    background: int = 0

    def run(self, x: np.ndarray) -> Seen:
        """x (window, 1, unit)."""
        logits = sat16(self.matrix(x))
        return Seen(logits, [logits])


Layer = (LinearLTC | CfC | LSTM | GRU | Mix | Convolution | Depthwise | Pool | Readout | Dense
         | LeakyPool)
