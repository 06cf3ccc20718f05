"""The recurrent cells as integer layers.

Each maker gets (cell, scale of its int8 input, its outputs on calibration windows, its largest
LSTM cell) and gives (layer, value of one step of its int16 state).
"""

import numpy as np
from torch import nn

from lnnlab.compress.scales import matrix
from lnnlab.errors import UserError
from lnnlab.integer import layers as integer
from lnnlab.models import GRU, LSTM, CfC, LinearLTC
from lnnlab.models.cfc import LECUN

GATE, TANH = 4096.0, 8192.0  # to Q12; rows that feed a tanh are doubled
STATE, FED_BACK = 1 / 32768, 1 / 128  # value of one step of a Q15 state, of its int8


def linear_ltc(
    cell: LinearLTC, scale: float, outputs: np.ndarray, _: float
) -> tuple[integer.LinearLTC, float]:
    """Rows z and g of a unit side by side."""
    absolute = cell.activation == "abs"
    state = max(float(np.abs(outputs).max()), 1e-6) * 1.25 / 32767 if absolute else STATE
    weight, bias = _array(cell.project.weight) * scale, _array(cell.project.bias)
    order = _interleaved(2, cell.units)
    gain = np.tile([GATE, 1 / state if absolute else TANH], cell.units)
    product = matrix(weight[order], bias[order], gain)
    return integer.LinearLTC(product, absolute, _out_shift(outputs, state)), state


def cfc(cell: CfC, scale: float, outputs: np.ndarray, _: float) -> tuple[integer.CfC, float]:
    """The two rates of the gate add up at Δt = 1; LeCun's constants fold into the weights."""
    if cell.mode != "default":
        raise UserError(f"cfc: mode '{cell.mode}' has no integer form; train mode 'default'")
    width = cell.backbone.out_features
    shared = matrix(
        _columns(_array(cell.backbone.weight), cell.input_size, scale),
        _array(cell.backbone.bias), np.full(width, LECUN[1] * TANH),
    )
    order = _interleaved(2, cell.units)
    targets = [np.concatenate([_array(getattr(cell.ff1, part)), _array(getattr(cell.ff2, part))])
               for part in ("weight", "bias")]
    gates = [_array(getattr(cell.time_a, part)) + _array(getattr(cell.time_b, part))
             for part in ("weight", "bias")]
    weight = np.concatenate([targets[0][order], gates[0]]) * LECUN[0] * FED_BACK
    bias = np.concatenate([targets[1][order], gates[1]])
    gain = np.array([TANH] * 2 * cell.units + [GATE] * cell.units)
    heads = matrix(weight, bias, gain)
    return integer.CfC(shared, heads, _out_shift(outputs, STATE)), STATE


def lstm(cell: LSTM, scale: float, outputs: np.ndarray, largest: float) -> tuple:
    """torch's blocks i f g o, a unit's rows side by side."""
    rnn = _untimed(cell)
    weight = np.concatenate([_array(rnn.weight_ih_l0), _array(rnn.weight_hh_l0)], axis=1)
    bias = _array(rnn.bias_ih_l0) + _array(rnn.bias_hh_l0)
    order = _interleaved(4, cell.units)
    gain = np.tile([GATE, GATE, TANH, GATE], cell.units)
    product = matrix(_columns(weight, cell.input_size, scale)[order], bias[order], gain)
    shift = int(np.clip(np.ceil(np.log2(max(1.1 * largest, 1e-6))), 2, 5))
    return integer.LSTM(product, shift, _out_shift(outputs, STATE)), STATE


def gru(cell: GRU, scale: float, outputs: np.ndarray, _: float) -> tuple[integer.GRU, float]:
    """torch's blocks r z n; the candidate's two parts stay apart, as the reset gate asks."""
    rnn, u = _untimed(cell), cell.units
    own, back = _array(rnn.weight_ih_l0) * scale, _array(rnn.weight_hh_l0) * FED_BACK
    own_bias, back_bias = _array(rnn.bias_ih_l0), _array(rnn.bias_hh_l0)
    order = _interleaved(2, u)
    gates = matrix(
        np.concatenate([own, back], axis=1)[: 2 * u][order],
        (own_bias + back_bias)[: 2 * u][order], np.full(2 * u, GATE),
    )
    doubled = np.full(u, TANH)
    from_input = matrix(own[2 * u :], own_bias[2 * u :], doubled)
    from_state = matrix(back[2 * u :], back_bias[2 * u :], doubled)
    return integer.GRU(gates, from_input, from_state, _out_shift(outputs, STATE)), STATE


MAKERS = {LinearLTC: linear_ltc, CfC: cfc, LSTM: lstm, GRU: gru}


def _interleaved(blocks: int, units: int) -> np.ndarray:
    """Row numbers that put the ``blocks`` rows of a unit side by side."""
    return np.arange(blocks * units).reshape(blocks, units).T.ravel()


def _columns(weight: np.ndarray, inputs: int, scale: float) -> np.ndarray:
    """Scales of [x, h] folded into the columns."""
    folded = np.full(weight.shape[1], FED_BACK)
    folded[:inputs] = scale
    return weight * folded


def _out_shift(outputs: np.ndarray, state: float) -> int:
    """The least shift at which the largest state still fits an int8, 1 to 8."""
    top = float(np.abs(outputs).max()) / state
    return int(np.clip(np.ceil(np.log2(max(top, 1.0) / 127)), 1, 8))


def _untimed(cell: LSTM | GRU) -> nn.RNNBase:
    if cell.timed:
        raise UserError(
            f"{type(cell).__name__}: timed gates have no integer form; resample to a constant rate"
        )
    return cell.rnn


def _array(x) -> np.ndarray:
    return x.detach().double().numpy()
