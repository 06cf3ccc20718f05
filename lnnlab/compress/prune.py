"""Pruning that saves flash and cycles: whole units and channels go, and the matrices shrink.

Setting single weights to zero saves nothing here: the kernels take two columns of two rows at a
time, so a matrix with holes is as large and as slow as a full one.

A unit's contribution is what the layers that it feeds would miss, on calibration windows: the mean
absolute deviation of its output from its mean, times the sum of the absolute weights that read it.
The mean itself is not missed: it moves into the biases. Units below a share of the largest
contribution of their layer go.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn

from lnnlab.errors import UserError
from lnnlab.features import extract
from lnnlab.models import (
    CNN,
    LSTM,
    CfC,
    Classifier,
    KeywordClassifier,
    LinearLTC,
    SequenceClassifier,
    build,
)
from lnnlab.models.cell import Cell
from lnnlab.models.folded import fold
from lnnlab.models.saved import SavedModel

FEWEST_UNITS = 2


def prune(saved: SavedModel, threshold: float) -> SavedModel:
    """The network without the units that contribute less than ``threshold`` of the largest.

    Args:
        saved: the network, with calibration windows.
        threshold: 0 (keep all) up to below 1.

    Returns:
        A network with fewer units, or the given one where none falls below.

    Raises:
        UserError: the threshold is out of range, there are no calibration windows, or the
            network has no form on the target.
    """
    if not 0 <= threshold < 1:
        raise UserError(f"prune threshold {threshold}: give a share from 0 up to below 1")
    if not len(saved.calibration):
        raise UserError("calibration set is empty: give training windows of the signal")
    if threshold == 0:
        return saved
    fold(saved.network)  # refuses what has no form on the target: it would be pruned for nothing
    if isinstance(saved.network, KeywordClassifier):
        raise UserError(
            "a keyword network is made smaller by its channels: train it with fewer (its blocks "
            "add what they were given, so no unit goes alone)"
        )
    x = torch.from_numpy(extract(saved.calibration, saved.features).copy())
    network = saved.network
    with torch.no_grad():
        if isinstance(network, CNN):
            smaller, options = _prune_convolutions(network, x, threshold, saved)
        else:
            smaller, options = _prune_cells(network, x, threshold, saved)
    if smaller is None:
        return saved
    return replace(saved, network=smaller.eval(), options=options)


def _deviation(output: Tensor) -> Tensor:
    """Mean absolute deviation from the mean of outputs (batch, time, unit), (unit,)."""
    return (output - output.mean(dim=(0, 1))).abs().mean(dim=(0, 1))


def _kept(contribution: Tensor, threshold: float) -> Tensor:
    """Indices of the units that stay, at least ``FEWEST_UNITS``."""
    stays = contribution >= threshold * contribution.max()
    if stays.sum() < FEWEST_UNITS:
        stays[contribution.topk(min(FEWEST_UNITS, len(stays))).indices] = True
    return stays.nonzero().flatten()


# ---- recurrent networks ----


def _prune_cells(
    network: SequenceClassifier, x: Tensor, threshold: float, saved: SavedModel
) -> tuple[Classifier | None, dict]:
    sequences, keeps, means = _sequences(network, x), [], []
    for number, (state, output) in enumerate(sequences):
        cell = network.cells[number]
        reading = _input_weight(network, number + 1).abs().sum(dim=0)  # (unit,)
        own = _recurrent_weight(cell)
        contribution = _deviation(output) * reading
        if own is not None:
            contribution = contribution + _deviation(state) * own.abs().sum(dim=0)
        keeps.append(_kept(contribution, threshold))
        means.append((state.mean(dim=(0, 1)), output.mean(dim=(0, 1))))
    if all(len(keep) == cell.units for keep, cell in zip(keeps, network.cells, strict=True)):
        return None, saved.options
    widths = [len(keep) for keep in keeps]
    options = saved.options | {"units": widths if len(widths) > 1 else widths[0]}
    if saved.name == "cfc":
        options.setdefault("backbone_units", network.cells[0].backbone.out_features)
    smaller = build(saved.name, len(network.offset), len(saved.classes), **options)
    smaller.offset.copy_(network.offset)
    smaller.scale.copy_(network.scale)
    columns, gone = torch.arange(len(network.offset)), None
    for number, cell in enumerate(network.cells):
        _copy_cell(cell, smaller.cells[number], keeps[number], columns, gone, means[number][0])
        if number < len(network.mixers) and network.mixers[number] is not None:
            for name in ("weight", "bias"):
                whole = getattr(network.mixers[number], name)
                getattr(smaller.mixers[number], name).copy_(whole[keeps[number]])
        columns, gone = keeps[number], means[number][1]
    readout = network.readout
    smaller.readout.weight.copy_(readout.weight[:, columns])
    smaller.readout.bias.copy_(readout.bias + _folded(readout.weight, columns, gone))
    return smaller, options


def _sequences(network: SequenceClassifier, x: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Of each cell its states and what goes out (after mixing), (batch, time, unit)."""
    x, found = network.standardised(x), []
    for number, cell in enumerate(network.cells):
        state, _ = cell(x)
        mixes = number < len(network.mixers) and network.mixers[number] is not None
        x = network.mixed(number, state) if mixes else state
        found.append((state, x))
    return found


def _folded(weight: Tensor, keep: Tensor, mean: Tensor | None) -> Tensor:
    """What the columns that go gave on average: weight·mean over them, (row,)."""
    if mean is None:
        return weight.new_zeros(weight.shape[0])
    lost = mean.clone()
    lost[keep] = 0
    return weight @ lost


def _input_weight(network: SequenceClassifier, number: int) -> Tensor:
    """The matrix that reads the outputs of the cell before ``number``, (row, unit)."""
    if number == len(network.cells):
        return network.readout.weight
    cell = network.cells[number]
    if isinstance(cell, LinearLTC):
        return cell.project.weight
    if isinstance(cell, CfC):
        return cell.backbone.weight[:, : cell.input_size]
    return cell.rnn.weight_ih_l0


def _recurrent_weight(cell: Cell) -> Tensor | None:
    """The matrix that reads the cell's own state, (row, unit)."""
    if isinstance(cell, LinearLTC):
        return None
    if isinstance(cell, CfC):
        return cell.backbone.weight[:, cell.input_size :]
    return cell.rnn.weight_hh_l0


def _rows(keep: Tensor, units: int, blocks: int) -> Tensor:
    """Row numbers of the kept units in ``blocks`` stacked blocks."""
    return torch.cat([keep + block * units for block in range(blocks)])


def _copy_cell(
    old: Cell, new: Cell, keep: Tensor, columns: Tensor, gone: Tensor | None, own_mean: Tensor
) -> None:
    """Copy a cell's kept rows and columns; ``gone``: mean of the inputs, to fold what left."""
    if isinstance(old, LinearLTC):
        rows, weight = _rows(keep, old.units, 2), old.project.weight
        new.project.weight.copy_(weight[rows][:, columns])
        new.project.bias.copy_((old.project.bias + _folded(weight, columns, gone))[rows])
    elif isinstance(old, CfC):
        weight, size = old.backbone.weight, old.input_size
        folded = _folded(weight[:, :size], columns, gone)
        folded += _folded(weight[:, size:], keep, own_mean)
        new.backbone.weight.copy_(torch.cat([weight[:, columns], weight[:, size + keep]], dim=1))
        new.backbone.bias.copy_(old.backbone.bias + folded)
        for name in ("ff1", "ff2", "time_a", "time_b"):
            getattr(new, name).weight.copy_(getattr(old, name).weight[keep])
            getattr(new, name).bias.copy_(getattr(old, name).bias[keep])
    else:
        blocks = 4 if isinstance(old, LSTM) else 3
        rows, rnn = _rows(keep, old.units, blocks), old.rnn
        new.rnn.weight_ih_l0.copy_(rnn.weight_ih_l0[rows][:, columns])
        new.rnn.weight_hh_l0.copy_(rnn.weight_hh_l0[rows][:, keep])
        from_input = rnn.bias_ih_l0 + _folded(rnn.weight_ih_l0, columns, gone)
        from_state = rnn.bias_hh_l0 + _folded(rnn.weight_hh_l0, keep, own_mean)
        new.rnn.bias_ih_l0.copy_(from_input[rows])
        new.rnn.bias_hh_l0.copy_(from_state[rows])


# ---- convolutions ----


def _prune_convolutions(
    network: CNN, x: Tensor, threshold: float, saved: SavedModel
) -> tuple[Classifier | None, dict]:
    """Channels of the stem and of each pointwise convolution, with the filters behind them."""
    blocks = list(network.convolutions)
    x, outputs = network.standardised(x).transpose(1, 2), []
    for block in blocks:
        x = block(x)
        outputs.append(x)  # (batch, channel, time)
    keeps = []
    for number in range(0, len(blocks), 2):  # stem and pointwise ones
        last = number + 2 >= len(blocks)
        seen = outputs[number] if last else outputs[number + 1]  # behind the depthwise one
        reader = network.readout.weight if last else blocks[number + 2][0].weight.flatten(1)
        contribution = _deviation(seen.transpose(1, 2)) * reader.abs().sum(dim=0)
        keeps.append(_kept(contribution, threshold))
    widths = [len(keep) for keep in keeps]
    if widths == [block[0].out_channels for block in blocks[0::2]]:
        return None, saved.options
    options = saved.options | {"channels": widths}
    smaller = build(
        saved.name, len(network.offset), len(saved.classes), steps=saved.steps, **options
    )
    smaller.offset.copy_(network.offset)
    smaller.scale.copy_(network.scale)
    columns = torch.arange(blocks[0][0].in_channels)
    for number, (old, new) in enumerate(zip(blocks, smaller.convolutions, strict=True)):
        rows = keeps[(number + 1) // 2] if number % 2 == 0 else columns
        inputs = slice(None) if number % 2 else columns
        new[0].weight.copy_(old[0].weight[rows][:, inputs])
        _copy_normal(old[1], new[1], rows)
        if number and number % 2 == 0:  # what the channels that go gave on average
            lost = outputs[number - 1].mean(dim=(0, 2))
            folded = _folded(old[0].weight.flatten(1), columns, lost)[rows]
            new[1].running_mean.sub_(folded)
        columns = rows
    readout, mean = network.readout, outputs[-1].mean(dim=(0, 2))
    smaller.readout.weight.copy_(readout.weight[:, columns])
    smaller.readout.bias.copy_(readout.bias + _folded(readout.weight, columns, mean))
    return smaller, options


def _copy_normal(old: nn.BatchNorm1d, new: nn.BatchNorm1d, rows: Tensor) -> None:
    for name in ("weight", "bias", "running_mean", "running_var"):
        getattr(new, name).copy_(getattr(old, name)[rows])


