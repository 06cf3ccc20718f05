"""The recurrent cells as integer layers.

Each maker gets (folded layer, scale of its int8 input, its outputs on calibration windows, its
largest LSTM cell) and gives (layer, value of one step of its int16 state).
"""

import numpy as np

from lnnlab.compress.calibrate import best_scale
from lnnlab.compress.scales import fixed, matrix
from lnnlab.integer import layers as integer
from lnnlab.integer.cells import Residual
from lnnlab.integer.ranges import (
    CELL_SHIFT,
    INT8,
    INT16,
    LEAK,
    OUT_SHIFT,
    RESIDUAL_SHIFT,
    RESIDUAL_SUM,
)
from lnnlab.models import LinearLTC
from lnnlab.models.cell import Cell
from lnnlab.models.folded import Folded

GATE, TANH = 4096.0, 8192.0  # to Q12; rows that feed a tanh are doubled
STATE, FED_BACK = 1 / 32768, 1 / 128  # value of one step of a Q15 state, of its int8


def linear_ltc(
    layer: Folded, scale: float, outputs: np.ndarray, _: float
) -> tuple[integer.LinearLTC, float]:
    """Rows z and g; an absolute value has no bound, so its state gets a scale of its own."""
    state = _absolute_state(outputs) if layer.absolute else STATE
    weight, bias = layer.products[0]
    gain = np.tile([GATE, 1 / state if layer.absolute else TANH], layer.units)
    product = matrix(weight * scale, bias, gain)
    return integer.LinearLTC(product, layer.absolute, _out_shift(outputs, state)), state


def residual_ltc(
    layer: Folded, scale: float, outputs: np.ndarray
) -> tuple[integer.LinearLTC, float]:
    """The cell whose int8 input is added to its state; gives the value of a step of the sum."""
    weight, bias = layer.products[0]
    product = matrix(weight * scale, bias, np.tile([GATE, TANH], layer.units))
    after = best_scale(outputs)
    of_state, of_input = STATE / after, scale / after
    room = np.floor(np.log2(RESIDUAL_SUM[1] / (32768 * of_state + 128 * of_input))) - 1
    shift = int(np.clip(room, *RESIDUAL_SHIFT))
    factors = (round(each * 2**shift) for each in (of_state, of_input))
    return integer.LinearLTC(product, residual=Residual(*factors, shift)), after


def leaky_pool(layer: Folded, scale: float, after: float) -> integer.LeakyPool:
    """From int8 steps of ``scale`` to int8 steps of ``after``; the mean itself is in Q8."""
    weight, bias = layer.products[0]
    gate = matrix(weight * scale, bias, np.array([GATE]))
    factor, up, down = fixed(np.array([scale / (256 * after)]))
    rate = min(LEAK[1], round(32768 / layer.memory))  # memory 1: all but 1/32768 is forgotten
    return integer.LeakyPool(gate, rate, int(factor[0]), up, down)


def cfc(layer: Folded, scale: float, outputs: np.ndarray, _: float) -> tuple[integer.CfC, float]:
    """The shared layer's tanh, then two targets and a gate."""
    (weight, bias), (heads, heads_bias) = layer.products
    shared = matrix(_columns(weight, layer.units, scale), bias, np.full(len(bias), TANH))
    gain = np.array([TANH] * 2 * layer.units + [GATE] * layer.units)
    ending = matrix(heads * FED_BACK, heads_bias, gain)
    return integer.CfC(shared, ending, _out_shift(outputs, STATE)), STATE


def lstm(
    layer: Folded, scale: float, outputs: np.ndarray, largest: float
) -> tuple[integer.LSTM, float]:
    """The cell's range is a power of two, from 4 to 32."""
    weight, bias = layer.products[0]
    gain = np.tile([GATE, GATE, TANH, GATE], layer.units)
    product = matrix(_columns(weight, layer.units, scale), bias, gain)
    shift = int(np.clip(np.ceil(np.log2(max(1.1 * largest, 1e-6))), *CELL_SHIFT))
    return integer.LSTM(product, shift, _out_shift(outputs, STATE)), STATE


def gru(layer: Folded, scale: float, outputs: np.ndarray, _: float) -> tuple[integer.GRU, float]:
    """Gates of [x, h]; the candidate's parts of x and of h."""
    (gates, gates_bias), (own, own_bias), (back, back_bias) = layer.products
    doubled = np.full(layer.units, TANH)
    return integer.GRU(
        matrix(_columns(gates, layer.units, scale), gates_bias, np.full(2 * layer.units, GATE)),
        matrix(own * scale, own_bias, doubled), matrix(back * FED_BACK, back_bias, doubled),
        _out_shift(outputs, STATE),
    ), STATE


MAKERS = {"linear_ltc": linear_ltc, "cfc": cfc, "lstm": lstm, "gru": gru}


def output_step(cell: Cell, outputs: np.ndarray) -> float:
    """Value of one step of the int8 that a cell gives to the next layer."""
    absolute = isinstance(cell, LinearLTC) and cell.activation == "abs"
    state = _absolute_state(outputs) if absolute else STATE
    return state * 2.0 ** _out_shift(outputs, state)


def _absolute_state(outputs: np.ndarray) -> float:
    return max(float(np.abs(outputs).max()), 1e-6) * 1.25 / INT16[1]


def _columns(weight: np.ndarray, units: int, scale: float) -> np.ndarray:
    """Scales of [x, h] folded into the columns."""
    folded = np.full(weight.shape[1], FED_BACK)
    folded[:-units] = scale
    return weight * folded


def _out_shift(outputs: np.ndarray, state: float) -> int:
    """The least shift at which the largest state still fits an int8, 1 to 8."""
    top = float(np.abs(outputs).max()) / state
    return int(np.clip(np.ceil(np.log2(max(top, 1.0) / INT8[1])), *OUT_SHIFT))
