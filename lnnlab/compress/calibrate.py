"""What a float network's values look like on calibration windows: the ranges int8 must hold."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lnnlab.errors import UserError
from lnnlab.features import extract
from lnnlab.models import CNN, LSTM, KeywordClassifier, SequenceClassifier
from lnnlab.models.saved import SavedModel

PERCENTILES = (100.0, 99.99, 99.9, 99.5)
SATURATED_SHARE = 0.001  # of samples at full scale: above it, a warning


@dataclass(frozen=True)
class Ranges:
    """Values seen on calibration windows.

    Attributes:
        inputs: what the network is fed after standardising, flat.
        outputs: of each layer in order (cells and mixers, or convolutions; of a layer with a
            residual the sum), flat.
        cells: of each LSTM the largest |c|; 0 elsewhere.
        pooled: flat.
        warnings: one line each, for the user.
    """

    inputs: np.ndarray
    outputs: list[np.ndarray]
    cells: list[float]
    pooled: np.ndarray
    warnings: tuple[str, ...]


def calibrate(saved: SavedModel) -> Ranges:
    """Run the calibration windows through the float network.

    Raises:
        UserError: there are none, or they hold values that are not finite.
    """
    windows = saved.calibration
    if not len(windows):
        raise UserError("calibration set is empty: give training windows of the signal")
    if not np.isfinite(windows).all():
        raise UserError("calibration set holds values that are not finite: clean it first")
    share = float(np.mean(np.abs(windows) >= saved.features.full_scale))
    warnings = ()
    if share > SATURATED_SHARE:
        warnings = (
            f"calibration set saturates: {100 * share:.2f} % of its samples are at or beyond "
            f"full scale {saved.features.full_scale:g}; a larger full_scale holds them",
        )
    x = torch.from_numpy(extract(windows, saved.features).copy())
    with torch.no_grad():
        found = _run(saved.network, x)
    return Ranges(*found, warnings)


def best_scale(values: np.ndarray, levels: int = 127) -> float:
    """The step of an int8 for these values: the percentile of |value| with the least error.

    Clipping a few values often costs less than a coarser step for all; the candidates are
    ``PERCENTILES``, judged by mean squared error on the values themselves.
    """
    size = np.abs(values)
    best, least = 1.0 / levels, np.inf
    for step in clipped_steps(values, levels):
        error = np.mean((np.clip(np.round(size / step), 0, levels) * step - size) ** 2)
        if error < least:
            best, least = step, error
    return best


def clipped_steps(values: np.ndarray, levels: int = 127) -> list[float]:
    """The step of an int8 that just holds each of ``PERCENTILES`` of |value|, falling.

    Never empty: values that are all 0 take a step as any other.
    """
    tops = np.percentile(np.abs(values), PERCENTILES)
    return [float(top) / levels for top in tops if top > 0] or [1.0 / levels]


def _run(network: torch.nn.Module, x: Tensor) -> tuple:
    x = network.standardised(x)
    inputs, outputs, cells = _flat(x), [], []
    if isinstance(network, CNN):
        sequence = x.transpose(1, 2)
        for block in network.convolutions:
            sequence = block(sequence)
            outputs.append(_flat(sequence))
            cells.append(0.0)
        return inputs, outputs, cells, _flat(sequence.mean(dim=2))
    if isinstance(network, KeywordClassifier):
        found = network.outputs(x)
        pooled = network.pooled(found[-1])[:, 1:]  # a stream reads it at every step
        return inputs, [_flat(each) for each in found], [0.0] * len(found), _flat(pooled)
    assert isinstance(network, SequenceClassifier)
    for number, cell in enumerate(network.cells):
        cells.append(_largest_cell(cell, x) if isinstance(cell, LSTM) else 0.0)
        x, _ = cell(x)
        outputs.append(_flat(x))
        if number < len(network.mixers) and network.mixers[number] is not None:
            x = network.mixed(number, x)
            outputs.append(_flat(x))
            cells.append(0.0)
    pooled = x.mean(dim=1) if network.pool == "mean" else x[:, -1]
    return inputs, outputs, cells, _flat(pooled)


def _largest_cell(cell: LSTM, x: Tensor) -> float:
    """The largest |c| over all steps: torch gives only the last one's, so step by step."""
    largest, state = 0.0, None
    for t in range(x.shape[1]):
        _, state = cell(x[:, t : t + 1], state)
        largest = max(largest, float(state[1].abs().max()))
    return largest


def _flat(x: Tensor) -> np.ndarray:
    return x.reshape(-1).double().numpy()
