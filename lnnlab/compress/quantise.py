"""From a float network to the integer one: scales, folding, rounding.

Weights are int8 with one scale per output row, activations int8 with one scale per layer, states
int16. The standardiser folds into the features' affine map, batch normalisation into its
convolution, the scale of what a layer is fed into its weights.
"""

import json
from collections.abc import Sequence

import numpy as np

from lnnlab.compress import cells
from lnnlab.compress.calibrate import Ranges, best_scale, calibrate
from lnnlab.compress.scales import LargeWeights, filters, matrix, pool_layer
from lnnlab.errors import UserError
from lnnlab.integer import IntegerFeatures, IntegerModel
from lnnlab.integer import layers as integer
from lnnlab.integer import ranges as allowed
from lnnlab.integer.twin import unit_of
from lnnlab.models.folded import Folded, fold
from lnnlab.models.saved import SavedModel, board_rate_hz

Q8 = 256


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
    folded = fold(saved.network)
    _refuse_too_large(saved, folded)
    scale = best_scale(ranges.inputs)
    features = _features(saved, scale)
    try:
        layers = _layers(saved, folded, ranges, scale)
    except LargeWeights as error:
        raise UserError(f"{saved.name}: {error}") from error
    meta = {"model": saved.name, "channels": list(saved.channels)}
    meta |= json.loads(json.dumps(saved.origin, default=str))
    return IntegerModel(features, layers, saved.classes, meta)


def background_count(classes: Sequence[str], background: Sequence[str]) -> int:
    """How many of the last classes a stream never reports.

    The runtime counts from the end, so it is all of the background or, where a class that is
    reported stands behind one of them, none.
    """
    own = [each for each in classes if each in background]
    return len(own) if own == list(classes[len(classes) - len(own) :]) else 0


def _features(saved: SavedModel, scale: float) -> IntegerFeatures:
    """Features whose affine map gives (feature − mean)/spread in steps of ``scale``."""
    spec = saved.features
    spec = type(spec)(**spec.as_dict() | {"full_scale": float(np.float32(spec.full_scale))})
    unit, shift_by = unit_of(spec)
    mean = saved.network.offset.double().numpy()
    gain = saved.network.scale.double().numpy() / (unit * scale)
    offset = np.clip(np.round((mean - shift_by) * unit), *allowed.INT16).astype(np.int64)
    largest = allowed.AFFINE_FACTOR[1]
    shift = int(np.clip(np.floor(np.log2(largest / gain.max())), *allowed.AFFINE_SHIFT))
    factor = np.clip(np.round(gain * 2.0**shift), *allowed.AFFINE_FACTOR).astype(np.int64)
    return IntegerFeatures(
        spec, len(saved.channels), saved.window, board_rate_hz(saved), offset, factor, shift
    )


def _refuse_too_large(saved: SavedModel, folded: list[Folded]) -> None:
    """Refuse what the runtime's tables and loader have no room for."""
    wide = max(layer.units for layer in folded)
    for count, (_, most), what in (
        (len(saved.channels), allowed.CHANNELS, "channels"),
        (saved.features.size(len(saved.channels)), allowed.FEATURES, "features"),
        (wide, allowed.UNITS, "units"), (len(folded) + 1, allowed.LAYERS, "layers"),
        (saved.window, allowed.SAMPLES, "samples a decision"),
    ):
        if count > most:
            raise UserError(
                f"{saved.name}: {count} {what}; the runtime takes up to {most}, make it smaller"
            )


def _layers(
    saved: SavedModel, folded: list[Folded], ranges: Ranges, scale: float
) -> list[integer.Layer]:
    """The folded layers, rounded one after the other; ``scale`` is the value of an input step."""
    *folded, readout = folded
    layers, steps, summed = [], saved.steps, scale  # summed: value of a step of what is pooled
    for number, layer in enumerate(folded):
        if layer.kind == "leaky_pool":
            break
        outputs = ranges.outputs[number]
        if layer.residual:
            made, scale = cells.residual_ltc(layer, scale, outputs)
        elif layer.kind in cells.MAKERS:
            made, summed = cells.MAKERS[layer.kind](layer, scale, outputs, ranges.cells[number])
            scale = summed * 2.0**made.out_shift
        else:
            after = best_scale(outputs)
            made, scale = _convolution(layer, scale, after), after
            if layer.kind not in ("mix", "dense"):
                summed = scale
                steps = (steps + 2 * (layer.taps // 2) - layer.taps) // layer.stride + 1
        layers.append(made)
    after = best_scale(ranges.pooled)
    weight, bias = readout.products[0]
    logits = matrix(weight * after, bias, np.full(len(bias), float(Q8)))
    ending = integer.Readout(logits, background_count(saved.classes, saved.background))
    if folded[-1].kind == "leaky_pool":
        return [*layers, cells.leaky_pool(folded[-1], scale, after), ending]
    last = getattr(saved.network, "pool", "mean") == "last"
    pool = pool_layer(summed / (after * (1 if last else steps)), last)
    return [*layers, pool, ending]


def _convolution(layer: Folded, scale: float, after: float) -> integer.Layer:
    """A mix, dense or convolutional layer, from steps of ``scale`` to steps of ``after``."""
    weight, bias = layer.products[0]
    if layer.kind in ("convolution", "dense"):
        product = matrix(weight * scale, bias, np.full(len(bias), 1 / after))
        if layer.kind == "dense":
            return integer.Dense(product, layer.relu)
        return integer.Convolution(product, layer.taps, layer.stride, layer.relu)
    parts = filters(weight * scale, bias, 1 / after)
    if layer.kind == "mix":
        return integer.Mix(*parts)
    return integer.Depthwise(*parts, layer.stride, layer.relu)
