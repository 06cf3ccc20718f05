"""The layers of an integer network, as ``lnnlab/runtime/FORMAT.md`` section 3 defines them.

Every layer maps int8 values (window, step, input) to (window, step, unit) and shows what it
observed on the way. Weights are unpacked here; packing is the file's matter.
"""

from dataclasses import dataclass

import numpy as np

from lnnlab.integer.arithmetic import (
    ONE_Q15,
    halved,
    requantise,
    sat8,
    sat16,
    sigmoid,
    tanh_of_half,
    to8,
)
from lnnlab.integer.convolutions import Convolution, Depthwise
from lnnlab.integer.product import Product, Seen

__all__ = ["CfC", "Convolution", "Depthwise", "GRU", "LSTM", "Layer", "LinearLTC", "Mix", "Pool",
           "Product", "Readout", "Seen"]


@dataclass(frozen=True)
class LinearLTC:
    """h += σ(z)·(g − h), see :class:`lnnlab.models.LinearLTC`; rows z₀ g₀ z₁ g₁ …"""

    matrix: Product
    absolute: bool = False
    out_shift: int = 8

    def run(self, x: np.ndarray, log2_timestep: int = 0) -> Seen:
        """x (window, step, input); ``log2_timestep``: each step lasts 2^k frames."""
        pre = sat16(self.matrix(x))  # (window, step, 2·unit)
        gate = sigmoid(pre[..., 0::2])
        for _ in range(log2_timestep):
            keep = ONE_Q15 - gate
            gate = ONE_Q15 - halved(keep * keep, 15)
        goal = pre[..., 1::2]
        goal = np.minimum(32767, abs(goal)) if self.absolute else tanh_of_half(goal)
        states = np.empty_like(goal)
        h = np.zeros_like(goal[:, 0])  # (window, unit)
        for t in range(x.shape[1]):
            h = h + halved(gate[:, t] * (goal[:, t] - h), 15)
            states[:, t] = h
        return Seen(to8(states, self.out_shift), [states], states)


@dataclass(frozen=True)
class CfC:
    """Default-mode CfC at Δt = 1: a shared layer, two targets and a gate."""

    shared: Product  # rows: hidden; inputs: x, then h
    heads: Product  # rows f1₀ f2₀ f1₁ f2₁ …, then t₀ t₁ …
    out_shift: int = 8

    def run(self, x: np.ndarray) -> Seen:
        """x (window, step, input)."""
        units = len(self.heads.bias) // 3
        return _recurrent(x, units, self.out_shift, self._step)

    def _step(self, x: np.ndarray, h: np.ndarray, _: np.ndarray) -> tuple:
        hidden = to8(tanh_of_half(sat16(self.shared(_joined(x, h)))), 8)
        heads = sat16(self.heads(hidden))
        units = h.shape[-1]
        first, second = tanh_of_half(heads[..., 0 : 2 * units : 2]), tanh_of_half(
            heads[..., 1 : 2 * units : 2]
        )
        gate = sigmoid(heads[..., 2 * units :])
        return first + halved(gate * (second - first), 15), None


@dataclass(frozen=True)
class LSTM:
    """Rows i f g o of each unit; the cell in Q(15 − cell_shift)."""

    matrix: Product  # inputs: x, then h
    cell_shift: int
    out_shift: int = 8

    def run(self, x: np.ndarray) -> Seen:
        """x (window, step, input)."""
        return _recurrent(x, len(self.matrix.bias) // 4, self.out_shift, self._step, cell=True)

    def _step(self, x: np.ndarray, h: np.ndarray, cell: np.ndarray) -> tuple:
        c = self.cell_shift
        pre = sat16(self.matrix(_joined(x, h)))
        enter, forget, leave = (sigmoid(pre[..., k::4]) for k in (0, 1, 3))
        new = tanh_of_half(pre[..., 2::4])
        cell = sat16(halved(forget * cell, 15) + halved(enter * new, 15 + c))
        return halved(leave * tanh_of_half(sat16(cell << (c - 2))), 15), cell


@dataclass(frozen=True)
class GRU:
    """torch's GRU: the reset gate acts on the state's part of the candidate."""

    gates: Product  # rows r₀ z₀ r₁ z₁ …; inputs: x, then h
    from_input: Product  # candidate's rows of x
    from_state: Product  # candidate's rows of h
    out_shift: int = 8

    def run(self, x: np.ndarray) -> Seen:
        """x (window, step, input)."""
        return _recurrent(x, len(self.from_state.bias), self.out_shift, self._step)

    def _step(self, x: np.ndarray, h: np.ndarray, _: np.ndarray) -> tuple:
        gates = sat16(self.gates(_joined(x, h)))
        reset, update = sigmoid(gates[..., 0::2]), sigmoid(gates[..., 1::2])
        own, recalled = sat16(self.from_input(x)), sat16(self.from_state(to8(h, 8)))
        new = tanh_of_half(sat16(own + halved(reset * recalled, 15)))
        return new + halved(update * (h - new), 15), None


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
        acc = self.bias + sum(
            self.weight[k] * padded[:, k : k + x.shape[1]] for k in range(taps)
        )
        output = sat8(np.maximum(0, requantise(acc, self.factor, self.up, self.down)))
        return Seen(output, [output], output)


@dataclass(frozen=True)
class Pool:
    """The mean over steps, or the last step, as int8: a sum with one factor."""

    factor: int
    up: int = 0
    down: int = 0
    last: bool = False

    def run(self, gathered: np.ndarray) -> Seen:
        """gathered (window, step, unit): the states, or the int8 of a layer without one."""
        total = gathered[:, -1] if self.last else gathered.sum(axis=1)
        output = sat8(requantise(total, self.factor, self.up, self.down))[:, None]
        return Seen(output, [output])


@dataclass(frozen=True)
class Readout:
    """Logits in Q8."""

    matrix: Product

    def run(self, x: np.ndarray) -> Seen:
        """x (window, 1, unit)."""
        logits = sat16(self.matrix(x))
        return Seen(logits, [logits])


Layer = LinearLTC | CfC | LSTM | GRU | Mix | Convolution | Depthwise | Pool | Readout


def _joined(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    return np.concatenate([x, to8(h, 8)], axis=-1)


def _recurrent(x: np.ndarray, units: int, out_shift: int, step, cell: bool = False) -> Seen:
    """Run ``step(x, h, cell) -> (h, cell)`` over time from zero states."""
    h = np.zeros((x.shape[0], units), np.int64)
    states, cells, memory = [], [], np.zeros_like(h)
    for t in range(x.shape[1]):
        h, memory = step(x[:, t], h, memory)
        states.append(h)
        cells.append(memory)
    sequence = np.stack(states, axis=1)
    observed = [sequence, np.stack(cells, axis=1)] if cell else [sequence]
    return Seen(to8(sequence, out_shift), observed, sequence)
