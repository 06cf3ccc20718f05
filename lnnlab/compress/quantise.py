"""From a float network to the integer one: scales, folding, rounding.

Weights are int8 with one scale per output row, activations int8 with one scale per layer, states
int16. The standardiser folds into the features' affine map, batch normalisation into its
convolution, the scale of what a layer is fed into its weights.
"""

import contextlib
import json
from collections.abc import Sequence

import numpy as np
import torch
from scipy.special import log_softmax

from lnnlab.compress import cells
from lnnlab.compress.calibrate import Ranges, best_scale, calibrate, clipped_steps
from lnnlab.compress.scales import LargeWeights, filters, matrix, pool_layer
from lnnlab.errors import UserError
from lnnlab.features import extract
from lnnlab.integer import IntegerFeatures, IntegerModel
from lnnlab.integer import layers as integer
from lnnlab.integer import ranges as allowed
from lnnlab.integer.decisions import frame_logits
from lnnlab.integer.twin import unit_of
from lnnlab.models.folded import Folded, fold
from lnnlab.models.frames import by_frame
from lnnlab.models.saved import SavedModel, board_rate_hz

Q8 = 256
HEAVY = 2.0  # full range over the narrowest percentile: from here on, clipping is worth a trial
TRIED = 128  # windows that it is tried on
CLOSE_NATS = 1e-5  # as close to the float network's answers, whatever the range


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
    try:
        return _rounded(saved, folded, ranges, input_step(saved, ranges))
    except LargeWeights as error:
        raise UserError(f"{saved.name}: {error}") from error


def _rounded(
    saved: SavedModel, folded: list[Folded], ranges: Ranges, step: float
) -> IntegerModel:
    """Every layer rounded, for inputs in steps of ``step``."""
    layers = _layers(saved, folded, ranges, step)
    meta = {"model": saved.name, "channels": list(saved.channels)}
    meta |= json.loads(json.dumps(saved.origin, default=str))
    return IntegerModel(_features(saved, step), layers, saved.classes, meta)


def input_step(saved: SavedModel, ranges: Ranges) -> float:
    """The value of one int8 step of what the first layer sees.

    Usually the step with the least error on the calibration windows. Where a few values lie far
    beyond the others, as one transient of a machine does, that step may be too coarse for all the
    rest, or too coarse for any integer weights; then the full range and each percentile of
    ``PERCENTILES`` are tried, and the widest is taken whose integer network lies at most twice as
    far from the float network's answers to validation windows as the best.
    """
    steps = clipped_steps(ranges.inputs)
    if steps[0] < HEAVY * steps[-1]:
        return best_scale(ranges.inputs)
    folded, (windows, logits) = fold(saved.network), _answers(saved)
    apart = {}
    for step in steps:
        with contextlib.suppress(LargeWeights):
            model = _rounded(saved, folded, ranges, step)
            apart[step] = _distance(logits, integer_answers(saved, model, windows), saved)
    if not apart:
        return best_scale(ranges.inputs)
    least = min(apart.values())
    return max(step for step, each in apart.items() if each <= 2 * least + CLOSE_NATS)


def integer_answers(saved: SavedModel, model: IntegerModel, windows: np.ndarray) -> np.ndarray:
    """Logits of the integer network, (window, class); (window, frame, class or output) of one
    that answers by frame."""
    samples = model.quantise(windows)
    by_it = frame_logits(model, samples) if by_frame(saved.check_y) else model.run(samples).logits
    return by_it / Q8


def _distance(wanted: np.ndarray, got: np.ndarray, saved: SavedModel) -> float:
    """Kullback–Leibler divergence of the integer network's probabilities from the float ones, in
    nats; of a network that answers with values the mean squared difference."""
    if saved.check_y.ndim == 3:
        return float(np.mean((wanted - got) ** 2))
    wanted, got = log_softmax(wanted, axis=-1), log_softmax(got, axis=-1)
    return float(np.mean(np.sum(np.exp(wanted) * (wanted - got), axis=-1)))


def _answers(saved: SavedModel) -> tuple[np.ndarray, np.ndarray]:
    """Windows, validation's or else calibration's, and the float network's logits of them."""
    windows = saved.check_x if len(saved.check_x) else saved.calibration
    windows = windows[np.linspace(0, len(windows) - 1, min(len(windows), TRIED)).astype(int)]
    with torch.no_grad():
        x = torch.from_numpy(extract(windows, saved.features).copy())
        answer = saved.network.stream if by_frame(saved.check_y) else saved.network
        return windows, answer(x).double().numpy()


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
    unit, shift_by = unit_of(spec, len(saved.channels))
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
