"""From a float network to the integer one: scales, folding, rounding.

Weights are int8 with one scale per output row, activations int8 with one scale per layer, states
int16. The standardiser folds into the features' affine map, batch normalisation into its
convolution, the scale of what a layer is fed into its weights.
"""

import json

import numpy as np
from torch import nn

from lnnlab.compress import cells
from lnnlab.compress.calibrate import Ranges, best_scale, calibrate
from lnnlab.compress.scales import LargeWeights, filters, matrix, pool_layer
from lnnlab.errors import UserError
from lnnlab.integer import IntegerFeatures, IntegerModel
from lnnlab.integer import layers as integer
from lnnlab.integer.features import LARGEST_FACTOR
from lnnlab.models import CNN, SequenceClassifier
from lnnlab.models.saved import SavedModel

Q10, Q15, Q8 = 1024, 32768, 256
LOG_OFFSET = np.log2(16 / 3) - 30  # between lnnlab.features and the integer log, in octaves


def quantise(saved: SavedModel, ranges: Ranges | None = None) -> IntegerModel:
    """The integer twin of a trained network.

    Args:
        saved: the network, with calibration windows.
        ranges: what :func:`lnnlab.compress.calibrate` found; None: look now.

    Raises:
        UserError: the calibration set is empty, or the network holds what the target lacks (an
            ODE solver, a CfC mode, timed gates, more than 514 inputs to a product).
    """
    ranges = calibrate(saved) if ranges is None else ranges
    scale = best_scale(ranges.inputs)
    features = _features(saved, scale)
    build = _convolutional if isinstance(saved.network, CNN) else _sequential
    try:
        layers = build(saved, ranges, scale)
    except LargeWeights as error:
        raise UserError(f"{saved.name}: {error}") from error
    meta = {"model": saved.name, "channels": list(saved.channels)}
    meta |= json.loads(json.dumps(saved.origin, default=str))
    return IntegerModel(features, layers, saved.classes, meta)


def _features(saved: SavedModel, scale: float) -> IntegerFeatures:
    """Features whose affine map gives (feature − mean)/spread in steps of ``scale``."""
    spec = saved.features
    spec = type(spec)(**spec.as_dict() | {"full_scale": float(np.float32(spec.full_scale))})
    bands = spec.kind == "log_bands"
    unit = Q10 if bands else Q15  # of the integer value
    shift_by = LOG_OFFSET if bands and not spec.relative else 0.0
    mean = saved.network.offset.double().numpy()
    gain = saved.network.scale.double().numpy() / (unit * scale)
    offset = np.clip(np.round((mean - shift_by) * unit), -32768, 32767).astype(np.int64)
    shift = int(np.clip(np.floor(np.log2(LARGEST_FACTOR / gain.max())), 1, 30))
    factor = np.clip(np.round(gain * 2.0**shift), 0, LARGEST_FACTOR).astype(np.int64)
    rate_hz = float(np.float32(saved.rate_hz))
    return IntegerFeatures(
        spec, len(saved.channels), saved.window, rate_hz, offset, factor, shift
    )


def _sequential(saved: SavedModel, ranges: Ranges, scale: float) -> list[integer.Layer]:
    network: SequenceClassifier = saved.network
    layers, number, state_scale = [], 0, 1 / Q15
    for place, cell in enumerate(network.cells):
        make = cells.MAKERS.get(type(cell))
        if make is None:
            raise UserError(
                f"{saved.name}: {type(cell).__name__} has no integer form (an ODE solver does "
                "not run on the target); use linear_ltc, cfc, lstm, gru or a CNN"
            )
        layer, state_scale = make(cell, scale, ranges.outputs[number], ranges.cells[number])
        layers.append(layer)
        scale = state_scale * 2.0**layer.out_shift
        number += 1
        if place < len(network.mixers) and network.mixers[place] is not None:
            mixer = network.mixers[place]
            after = best_scale(ranges.outputs[number])
            weight = mixer.weight.detach().double().numpy()[:, 0].T  # (tap, unit)
            layers.append(integer.Mix(*filters(weight * scale, _array(mixer.bias), 1 / after)))
            scale, number = after, number + 1
    return layers + _ending(network.readout, ranges, state_scale, saved.steps, network.pool)


def _convolutional(saved: SavedModel, ranges: Ranges, scale: float) -> list[integer.Layer]:
    layers, steps = [], saved.steps
    for number, block in enumerate(saved.network.convolutions):
        convolution, normal = block[0], block[1]
        after = best_scale(ranges.outputs[number])
        gain = _array(normal.weight) / np.sqrt(_array(normal.running_var) + normal.eps)
        weight = _array(convolution.weight) * gain[:, None, None]  # (unit, channel, tap)
        bias = _array(normal.bias) - _array(normal.running_mean) * gain
        stride, taps = convolution.stride[0], convolution.kernel_size[0]
        if convolution.groups > 1:
            parts = filters(weight[:, 0].T * scale, bias, 1 / after)
            layers.append(integer.Depthwise(*parts, stride))
        else:
            rows = weight.transpose(0, 2, 1).reshape(len(weight), -1)  # column: tap, channel
            layers.append(integer.Convolution(
                matrix(rows * scale, bias, np.full(len(rows), 1 / after)), taps, stride
            ))
        steps = (steps + 2 * (taps // 2) - taps) // stride + 1
        scale = after
    return layers + _ending(saved.network.readout, ranges, scale, steps, "mean")


def _ending(
    readout: nn.Linear, ranges: Ranges, scale: float, steps: int, pool: str
) -> list[integer.Layer]:
    after = best_scale(ranges.pooled)
    last = pool == "last"
    weight, bias = _array(readout.weight) * after, _array(readout.bias)
    logits = matrix(weight, bias, np.full(len(weight), float(Q8)))
    return [pool_layer(scale / (after * (1 if last else steps)), last), integer.Readout(logits)]


def _array(x) -> np.ndarray:
    return x.detach().double().numpy()
