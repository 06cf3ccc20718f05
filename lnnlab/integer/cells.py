"""The recurrent cells of an integer network (``lnnlab/runtime/FORMAT.md``, section 3).

A cell's state is a tuple of int16 arrays (window, unit): h, of an LSTM h and its cell. ``step``
takes it one frame on, ``run`` over all frames of a window from zero.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from lnnlab.integer.arithmetic import (
    ONE_Q15,
    halved,
    int32,
    power_q15,
    sat8,
    sat16,
    sigmoid,
    tanh_of_half,
    to8,
)
from lnnlab.integer.product import Product, Seen

State = tuple[np.ndarray, ...]


class Cell(ABC):
    """What the cells share."""

    out_shift: int
    states = 1  # arrays in a state

    @property
    @abstractmethod
    def units(self) -> int:
        """Length of the state."""

    def start(self, windows: int) -> State:
        """The zero state of so many windows."""
        return tuple(np.zeros((windows, self.units), np.int64) for _ in range(self.states))

    @abstractmethod
    def step(self, x: np.ndarray, state: State) -> State:
        """The state after one frame; x: int8 values (window, input)."""

    def run(self, x: np.ndarray) -> Seen:
        """All frames of windows, (window, step, input)."""
        state, found = self.start(len(x)), []
        for t in range(x.shape[1]):
            state = self.step(x[:, t], state)
            found.append(state)
        return self.seen([np.stack(each, axis=1) for each in zip(*found, strict=True)], x)

    def seen(self, states: list[np.ndarray], x: np.ndarray) -> Seen:
        """What states (…, unit) show outside, given what the layer was fed, (…, input)."""
        return Seen(to8(states[0], self.out_shift), states, states[0])


@dataclass(frozen=True)
class Residual:
    """What a layer was fed is added to what it says: y = (h·state + x·input) / 2^shift."""

    state: int
    input: int
    shift: int


@dataclass(frozen=True)
class LinearLTC(Cell):
    """h += σ(z)·(g − h), see :class:`lnnlab.models.LinearLTC`; rows z₀ g₀ z₁ g₁ …"""

    matrix: Product
    absolute: bool = False
    out_shift: int = 8
    residual: Residual | None = None

    @property
    def units(self) -> int:
        """Length of the state."""
        return len(self.matrix.bias) // 2

    def step(self, x: np.ndarray, state: State, timestep: int = 1) -> State:
        """One step; ``timestep``: it lasts so many hops."""
        gate, goal = self._gates(x, timestep)
        return (state[0] + halved(gate * (goal - state[0]), 15),)

    def run(
        self, x: np.ndarray, timestep: int | np.ndarray = 1, state: State | None = None
    ) -> Seen:
        """All steps; without a recurrent matrix the products are made at once.

        Args:
            x: int8 values (window, step, input).
            timestep: hops that a step lasts, one number or (step,).
            state: before the first step; None: zero.
        """
        gate, goal = self._gates(x, np.reshape(timestep, (-1, 1)))  # (window, step, unit)
        states, (h,) = np.empty_like(goal), state or self.start(len(x))
        for t in range(x.shape[1]):
            h = h + halved(gate[:, t] * (goal[:, t] - h), 15)
            states[:, t] = h
        return self.seen([states], x)

    def seen(self, states: list[np.ndarray], x: np.ndarray) -> Seen:
        """With a residual, a pool gathers the sum in place of the state."""
        if self.residual is None:
            return super().seen(states, x)
        r = self.residual
        output = sat8(halved(int32(states[0] * r.state + x * r.input), r.shift))
        return Seen(output, states, output)

    def _gates(
        self, x: np.ndarray, timestep: int | np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        pre = sat16(self.matrix(x))  # (…, 2·unit)
        gate = ONE_Q15 - power_q15(ONE_Q15 - sigmoid(pre[..., 0::2]), timestep)
        goal = pre[..., 1::2]
        return gate, np.minimum(32767, abs(goal)) if self.absolute else tanh_of_half(goal)


@dataclass(frozen=True)
class CfC(Cell):
    """Default-mode CfC at Δt = 1: a shared layer, two targets and a gate."""

    shared: Product  # rows: hidden; inputs: x, then h
    heads: Product  # rows f1₀ f2₀ f1₁ f2₁ …, then t₀ t₁ …
    out_shift: int = 8

    @property
    def units(self) -> int:
        """Length of the state."""
        return len(self.heads.bias) // 3

    def step(self, x: np.ndarray, state: State) -> State:
        """h moves between two targets."""
        hidden = to8(tanh_of_half(sat16(self.shared(_joined(x, state[0])))), 8)
        heads, double = sat16(self.heads(hidden)), 2 * self.units
        first, second = tanh_of_half(heads[..., 0:double:2]), tanh_of_half(heads[..., 1:double:2])
        return (first + halved(sigmoid(heads[..., double:]) * (second - first), 15),)


@dataclass(frozen=True)
class LSTM(Cell):
    """Rows i f g o of each unit; the cell in Q(15 − cell_shift)."""

    matrix: Product  # inputs: x, then h
    cell_shift: int
    out_shift: int = 8
    states = 2

    @property
    def units(self) -> int:
        """Length of h, and of the cell."""
        return len(self.matrix.bias) // 4

    def step(self, x: np.ndarray, state: State) -> State:
        """h and the cell."""
        (h, cell), c = state, self.cell_shift
        pre = sat16(self.matrix(_joined(x, h)))
        enter, forget, leave = (sigmoid(pre[..., k::4]) for k in (0, 1, 3))
        new = tanh_of_half(pre[..., 2::4])
        cell = sat16(halved(forget * cell, 15) + halved(enter * new, 15 + c))
        return halved(leave * tanh_of_half(sat16(int32(cell << (c - 2)))), 15), cell


@dataclass(frozen=True)
class GRU(Cell):
    """torch's GRU: the reset gate acts on the state's part of the candidate."""

    gates: Product  # rows r₀ z₀ r₁ z₁ …; inputs: x, then h
    from_input: Product  # candidate's rows of x
    from_state: Product  # candidate's rows of h
    out_shift: int = 8

    @property
    def units(self) -> int:
        """Length of the state."""
        return len(self.from_state.bias)

    def step(self, x: np.ndarray, state: State) -> State:
        """h moves from the candidate towards where it was."""
        (h,) = state
        gates = sat16(self.gates(_joined(x, h)))
        reset, update = sigmoid(gates[..., 0::2]), sigmoid(gates[..., 1::2])
        own, recalled = sat16(self.from_input(x)), sat16(self.from_state(to8(h, 8)))
        new = tanh_of_half(sat16(own + halved(reset * recalled, 15)))
        return (new + halved(update * (h - new), 15),)


def _joined(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    return np.concatenate([x, to8(h, 8)], axis=-1)
