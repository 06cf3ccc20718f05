"""One step of a whole network: standardiser, layers, pool, readout."""

import numpy as np
from torch import nn

from lnnlab.errors import UserError
from lnnlab.models.classifier import Classifier, SequenceClassifier
from lnnlab.models.folded import array
from lnnlab.models.keyword import FLOOR, KeywordClassifier
from lnnlab.runtime.steps import WINDOWED
from lnnlab.runtime.steps.cells import STEPS, takes_timespans
from lnnlab.runtime.steps.graph import FEATURES, TIMESPAN, Step, Value

INPUT = "input"  # in place of a timespan: it comes in with every step


def step_of(network: Classifier, timespan: float | str = 1.0) -> Step:
    """The step of a network: features of a frame and states in, logits and states out.

    After the frames of a window the logits are what ``network(x)`` says of it; in a stream they
    are there after every frame. The states are zeros at the start of a window or a stream.

    Args:
        network: in evaluation mode.
        timespan: how long each step stands for, in steps of the usual length; ``"input"``: it
            comes in with each step.

    Raises:
        UserError: the network has no step (a convolutional network needs the whole window at
            once, an adaptive solver decides by what it sees, nobody has written a cell's), or its
            cells do not take that timespan.
    """
    if not isinstance(network, SequenceClassifier | KeywordClassifier):
        raise UserError(f"{type(network).__name__}: {WINDOWED}")
    for cell in network.cells:
        if type(cell) not in STEPS:
            ready = ", ".join(each.__name__ for each in STEPS)
            raise UserError(f"{type(cell).__name__}: has no step for other runtimes; choose one of "
                            f"{ready}, or add it to lnnlab/runtime/steps/cells.py")
    _check_timespan(network, timespan)
    step = Step(Value(FEATURES, (len(network.offset),)))
    if timespan == INPUT:
        step.timespan = Value(TIMESPAN, (1,))
    span = step.timespan or float(timespan)
    x = step.mul(step.sub(step.features, array(network.offset)), array(network.scale))
    blocks = isinstance(network, KeywordClassifier)
    pooled = (_blocks if blocks else _stack)(step, network, x, span)
    step.scope = ""
    step.logits = step.affine(pooled, *_linear(network.readout))
    return step


def _check_timespan(network: SequenceClassifier | KeywordClassifier, timespan: float | str) -> None:
    if timespan == 1.0:
        return
    blocks, given = isinstance(network, KeywordClassifier), timespan == INPUT
    if not given and not (np.isfinite(timespan) and timespan > 0):
        raise UserError(f"timespan {timespan}: give a number of usual steps above zero, or "
                        f"'{INPUT}'")
    if not blocks and not any(map(takes_timespans, network.cells)):
        raise UserError(f"timespan {timespan}: elapsed times mean nothing to "
                        f"{type(network.cells[0]).__name__}; leave it out, or train a liquid cell")
    if blocks and (given or timespan != round(timespan)):
        raise UserError(f"timespan {timespan}: the convolutions of blocks count usual steps; give "
                        "a whole number")


def _stack(step: Step, network: SequenceClassifier, x: Value, span: float | Value) -> Value:
    for number, cell in enumerate(network.cells):
        step.scope = f"cell{number}_"
        x = STEPS[type(cell)](step, cell, x, span)
        if number < len(network.mixers) and network.mixers[number] is not None:
            step.scope = f"mixer{number}_"
            mixer = network.mixers[number]
            x = _mixed(step, x, array(mixer.weight)[:, 0].T, array(mixer.bias))
    step.scope = "pool_"
    if network.pool == "last":
        return x
    total, count = step.state("sum", *x.shape), step.state("count", 1)
    return step.div(step.keep(total, step.add(total, x)), step.keep(count, step.add(count, 1.0)))


def _blocks(step: Step, network: KeywordClassifier, x: Value, span: float) -> Value:
    step.scope, held = "stem_", round(span)
    weight, bias = _normalised(network.stem)  # (unit, feature, 1)
    x = step.relu(step.affine(x, weight[:, :, 0], bias))
    for number, (mixer, cell) in enumerate(zip(network.mixers, network.cells, strict=True)):
        step.scope = f"mixer{number}_"
        weight, bias = _normalised(mixer)  # (unit, 1, tap)
        mixed = _mixed(step, x, _held(weight[:, 0].T, held), bias)
        step.scope = f"cell{number}_"
        x = step.add(mixed, STEPS[type(cell)](step, cell, mixed, span))
    step.scope = "pool_"
    kappa = 1.0 - (1.0 - 1.0 / network.memory) ** span
    gate = step.sigmoid(step.affine(x, *_linear(network.gate)))
    above, below = step.state("p", *x.shape), step.state("d", 1)
    moved = step.mul(step.sub(step.mul(gate, x), above), kappa)
    after = step.keep(above, step.add(above, moved))
    share = step.keep(below, step.add(below, step.mul(step.sub(gate, below), kappa)))
    return step.div(after, step.add(share, FLOOR))


def _mixed(step: Step, x: Value, weight: np.ndarray, bias: np.ndarray) -> Value:
    """A causal depthwise convolution and ReLU; weight (tap, unit), the present last."""
    if len(weight) == 1:
        return step.relu(step.add(step.mul(x, weight[0]), bias))
    past = step.state("past", len(weight) - 1, *x.shape)
    seen = step.concat(past, step.row(x))  # (tap, unit)
    step.keep(past, step.without_first(seen))
    return step.relu(step.add(step.sum(step.mul(seen, weight)), bias))


def _held(weight: np.ndarray, steps: int) -> np.ndarray:
    """The taps (tap, unit) where an input is held over ``steps``: those that see it, summed."""
    late = weight[::-1]  # the present first
    return np.stack([late[k : k + steps].sum(axis=0) for k in range(0, len(late), steps)])[::-1]


def _normalised(block: nn.Sequential) -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias of a convolution with its normalisation in them."""
    convolution, normal = block[0], block[1]
    gain = array(normal.weight) / np.sqrt(array(normal.running_var) + normal.eps)
    return (array(convolution.weight) * gain[:, None, None],
            array(normal.bias) - array(normal.running_mean) * gain)


def _linear(layer: nn.Linear) -> tuple[np.ndarray, np.ndarray]:
    return array(layer.weight), array(layer.bias)
