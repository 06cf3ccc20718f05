"""The layers of an integer network, as ``lnnlab/runtime/FORMAT.md`` section 3 defines them.

Every layer maps int8 values (window, step, input) to (window, step, unit) and shows what it
observed on the way. Weights are unpacked here; packing is the file's matter. Recurrent ones are in
:mod:`lnnlab.integer.cells`, convolutions over whole windows in :mod:`lnnlab.integer.convolutions`.
"""

from dataclasses import dataclass

import numpy as np

from lnnlab.integer.arithmetic import (
    ONE_Q15,
    halved,
    int32,
    power_q15,
    requantise,
    sat8,
    sat16,
    sigmoid,
)
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

    def held(
        self, x: np.ndarray, timestep: np.ndarray, past: np.ndarray | None = None
    ) -> tuple[Seen, np.ndarray]:
        """Steps whose inputs hold for several hops each.

        Args:
            x: int8 values (window, step, unit).
            timestep: hops that each step lasts, (step,).
            past: the inputs of the last ``taps`` hops before, (window, tap, unit); None: zeros.

        Returns:
            What the layer shows, and the past after each step, (window, step, tap, unit).
        """
        windows, _, units = x.shape
        taps = len(self.weight)
        if past is None:
            past = np.zeros((windows, taps, units), np.int64)
        known = np.concatenate([past, x], axis=1)
        ends = np.cumsum(np.concatenate([np.ones(taps, np.int64), timestep]))  # in hops
        heard = ends[taps:, None] + np.arange(1 - taps, 1)  # (step, tap): the hop that it sees
        views = known[:, np.searchsorted(ends, heard)]  # (window, step, tap, unit)
        output = self.filtered(views.swapaxes(-1, -2))
        return Seen(output, [output], output), views

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

    def states(
        self, y: np.ndarray, timestep: int | np.ndarray = 1, state: np.ndarray | None = None
    ) -> np.ndarray:
        """The states after each step, (window, step, unit + 1): P in Q8, then D in Q15.

        Args:
            y: int8 values (window, step, unit).
            timestep: hops that a step lasts, one number or (step,).
            state: before the first step, (window, unit + 1); None: zero.
        """
        gate = sigmoid(sat16(self.gate(y)))  # (window, step, 1)
        goal = np.concatenate([halved(gate * y, 7), gate], axis=2)
        state = self.start(len(y), y.shape[2]) if state is None else state
        found = np.empty_like(goal)
        for t, rate in enumerate(np.broadcast_to(self._rates(timestep), y.shape[1])):
            state = state + halved(int32(rate * (goal[:, t] - state)), 15)
            found[:, t] = state
        return found

    def pooled(self, state: np.ndarray) -> np.ndarray:
        """The int8 values that the readout sees of states (…, unit + 1)."""
        reciprocal = 2**24 // (state[..., -1:] + LEAST_GATE)
        mean = int32(state[..., :-1] * reciprocal) >> 9
        return sat8(requantise(mean, self.factor, self.up, self.down))

    def run(self, gathered: np.ndarray) -> Seen:
        """gathered (window, step, unit): int8 outputs of the layer before."""
        output = self.pooled(self.states(gathered)[:, -1:])
        return Seen(output, [output])

    def _rates(self, timestep: int | np.ndarray) -> np.ndarray:
        """κ of steps that last so many hops."""
        return np.minimum(32767, ONE_Q15 - power_q15(ONE_Q15 - self.rate, timestep))


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
