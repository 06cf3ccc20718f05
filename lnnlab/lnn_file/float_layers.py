"""The layers of a float32 file, in numpy (FORMAT.md, sections 3 and 5)."""

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from lnnlab.lnn_file.structures import ABSOLUTE, RELU, LayerKind, LayerRecord
from lnnlab.models.folded import Matrix


def _apply(matrix: Matrix, x: np.ndarray) -> np.ndarray:
    weight, bias = matrix
    return x @ weight.T + bias


def _over_time(
    x: np.ndarray, states: tuple[np.ndarray, ...], step: Callable[..., tuple[np.ndarray, ...]]
) -> np.ndarray:
    """Run ``step(x, *states) -> states`` over (window, step, input); the first state goes out."""
    found = []
    for t in range(x.shape[1]):
        states = step(x[:, t], *states)
        found.append(states[0])
    return np.stack(found, axis=1)


def _zero(record: LayerRecord, x: np.ndarray) -> np.ndarray:
    return np.zeros((len(x), record.units), np.float32)


def _linear_ltc(record: LayerRecord, matrices: list[Matrix], x: np.ndarray) -> np.ndarray:
    pre = _apply(matrices[0], x)
    gate, goal = expit(pre[..., 0::2]), pre[..., 1::2]
    goal = np.abs(goal) if record.flags & ABSOLUTE else np.tanh(goal)
    both = np.concatenate([gate, goal], axis=-1)

    def step(now, h):
        gate, goal = np.split(now, 2, axis=-1)
        return (h + gate * (goal - h),)

    return _over_time(both, (_zero(record, x),), step)


def _cfc(record: LayerRecord, matrices: list[Matrix], x: np.ndarray) -> np.ndarray:
    double = 2 * record.units

    def step(now, h):
        hidden = np.tanh(_apply(matrices[0], np.concatenate([now, h], axis=1)))
        heads = _apply(matrices[1], hidden)
        first, second = np.tanh(heads[:, 0:double:2]), np.tanh(heads[:, 1:double:2])
        return (first + expit(heads[:, double:]) * (second - first),)

    return _over_time(x, (_zero(record, x),), step)


def _lstm(record: LayerRecord, matrices: list[Matrix], x: np.ndarray) -> np.ndarray:
    def step(now, h, cell):
        pre = _apply(matrices[0], np.concatenate([now, h], axis=1))
        enter, forget, leave = (expit(pre[:, k::4]) for k in (0, 1, 3))
        cell = forget * cell + enter * np.tanh(pre[:, 2::4])
        return leave * np.tanh(cell), cell

    return _over_time(x, (_zero(record, x), _zero(record, x)), step)


def _gru(record: LayerRecord, matrices: list[Matrix], x: np.ndarray) -> np.ndarray:
    def step(now, h):
        gates = expit(_apply(matrices[0], np.concatenate([now, h], axis=1)))
        recalled = gates[:, 0::2] * _apply(matrices[2], h)
        new = np.tanh(_apply(matrices[1], now) + recalled)
        return (new + gates[:, 1::2] * (h - new),)

    return _over_time(x, (_zero(record, x),), step)


def _mix(record: LayerRecord, matrices: list[Matrix], x: np.ndarray) -> np.ndarray:
    weight, bias = matrices[0]
    padded = np.pad(x, ((0, 0), (record.taps - 1, 0), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, record.taps, axis=1)
    return np.maximum(0, (views * weight.T).sum(axis=-1) + bias)


def _convolution(record: LayerRecord, matrices: list[Matrix], x: np.ndarray) -> np.ndarray:
    views = _views(record, x)  # (window, step, channel, tap)
    y = _apply(matrices[0], views.swapaxes(-1, -2).reshape(*views.shape[:2], -1))
    return np.maximum(0, y) if record.flags & RELU else y


def _depthwise(record: LayerRecord, matrices: list[Matrix], x: np.ndarray) -> np.ndarray:
    weight, bias = matrices[0]
    y = (_views(record, x) * weight.T).sum(axis=-1) + bias
    return np.maximum(0, y) if record.flags & RELU else y


def _views(record: LayerRecord, x: np.ndarray) -> np.ndarray:
    padded = np.pad(x, ((0, 0), (record.taps // 2,) * 2, (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, record.taps, axis=1)
    return views[:, :: record.stride]


def _readout(record: LayerRecord, matrices: list[Matrix], x: np.ndarray) -> np.ndarray:
    return _apply(matrices[0], x)


RUNNERS = {
    LayerKind.LINEAR_LTC: _linear_ltc, LayerKind.CFC: _cfc, LayerKind.LSTM: _lstm,
    LayerKind.GRU: _gru, LayerKind.MIX: _mix, LayerKind.CONVOLUTION: _convolution,
    LayerKind.DEPTHWISE: _depthwise, LayerKind.READOUT: _readout,
}
