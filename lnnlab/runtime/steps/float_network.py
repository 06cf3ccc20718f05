"""A float32 ``.lnn`` file back as a network of torch, so that all that follows is one way."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import nn

from lnnlab.errors import UserError
from lnnlab.lnn_file import FloatModel
from lnnlab.lnn_file.structures import ABSOLUTE, LAST, LayerKind, LayerRecord
from lnnlab.models.cell import Cell
from lnnlab.models.cfc import LECUN, CfC
from lnnlab.models.classifier import SequenceClassifier
from lnnlab.models.folded import Matrix
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.recurrent import GRU, LSTM
from lnnlab.runtime.steps import WINDOWED


def network_of(model: FloatModel) -> SequenceClassifier:
    """The network of a file: equal to what the file computes, up to the order of sums.

    CfC's two rates lie in one matrix there, so it is right at a timespan of 1 alone.

    Raises:
        UserError: the file holds convolutions over windows.
    """
    *layers, (pool, _), (_, [readout]) = model.layers
    if any(record.kind not in (*MAKERS, LayerKind.MIX) for record, _ in layers):
        raise UserError(f"a convolutional network: {WINDOWED}")
    cells, mixers = [], {}
    for record, matrices in layers:
        if record.kind == LayerKind.MIX:
            mixers[len(cells) - 1] = matrices[0]
        else:
            cells.append(MAKERS[record.kind](record, matrices))
    network = SequenceClassifier(cells, len(readout[1]), pool="last" if pool.flags & LAST else
                                 "mean")
    for place, (weight, bias) in mixers.items():
        mixer = nn.Conv1d(len(bias), len(bias), len(weight), groups=len(bias))
        network.mixers[place] = _filled(mixer, weight=weight.T[:, None], bias=bias)
    _filled(network.readout, weight=readout[0], bias=readout[1])
    network.offset.copy_(torch.from_numpy(model.offset))
    network.scale.copy_(torch.from_numpy(model.factor))
    return network.eval()


def _filled(module: nn.Module, **values: np.ndarray) -> nn.Module:
    """A module with its parameters set by name."""
    own = dict(module.named_parameters())
    with torch.no_grad():
        for name, value in values.items():
            own[name].copy_(torch.from_numpy(np.ascontiguousarray(value, np.float32)))
    return module


def _linear_ltc(record: LayerRecord, matrices: list[Matrix]) -> Cell:
    weight, bias = (_apart(each, 2) for each in matrices[0])
    cell = LinearLTC(record.inputs, record.units, "abs" if record.flags & ABSOLUTE else "tanh")
    _filled(cell.project, weight=weight, bias=bias)
    return cell


def _cfc(record: LayerRecord, matrices: list[Matrix]) -> Cell:
    (weight, bias), (heads, heads_bias) = matrices
    cell, double = CfC(record.inputs, record.units, backbone_units=record.hidden), 2 * record.units
    _filled(cell.backbone, weight=weight / LECUN[1], bias=bias / LECUN[1])
    for k, layer in enumerate((cell.ff1, cell.ff2)):
        _filled(layer, weight=heads[k:double:2] / LECUN[0], bias=heads_bias[k:double:2])
    _filled(cell.time_a, weight=np.zeros_like(heads[double:]), bias=np.zeros(record.units))
    _filled(cell.time_b, weight=heads[double:] / LECUN[0], bias=heads_bias[double:])
    return cell


def _lstm(record: LayerRecord, matrices: list[Matrix]) -> Cell:
    weight, bias = (_apart(each, 4) for each in matrices[0])
    cell = LSTM(record.inputs, record.units)
    return _gated(cell, weight[:, : record.inputs], weight[:, record.inputs :],
                  bias, np.zeros_like(bias))


def _gru(record: LayerRecord, matrices: list[Matrix]) -> Cell:
    (gates, gates_bias), (own, own_bias), (back, back_bias) = matrices
    gates, gates_bias = _apart(gates, 2), _apart(gates_bias, 2)
    n = record.inputs
    return _gated(
        GRU(n, record.units),
        np.concatenate([gates[:, :n], own]), np.concatenate([gates[:, n:], back]),
        np.concatenate([gates_bias, own_bias]),
        np.concatenate([np.zeros_like(gates_bias), back_bias]))


def _gated(cell: LSTM | GRU, own: np.ndarray, back: np.ndarray, own_bias: np.ndarray,
           back_bias: np.ndarray) -> Cell:
    _filled(cell.rnn, weight_ih_l0=own, weight_hh_l0=back, bias_ih_l0=own_bias,
            bias_hh_l0=back_bias)
    return cell


def _apart(rows: np.ndarray, blocks: int) -> np.ndarray:
    """Rows of a unit that stand side by side, each kind together again."""
    return np.concatenate([rows[k::blocks] for k in range(blocks)])


MAKERS: Mapping[LayerKind, Callable[[LayerRecord, list[Matrix]], Cell]] = {
    LayerKind.LINEAR_LTC: _linear_ltc, LayerKind.CFC: _cfc, LayerKind.LSTM: _lstm,
    LayerKind.GRU: _gru,
}
