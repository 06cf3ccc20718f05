"""The step of every cell: ``STEPS[type(cell)](step, cell, x, span) -> output``.

``span`` is how long the step stands for, in usual steps: a number, or a value that comes in.
LTC's step is in :mod:`lnnlab.runtime.steps.neurons`.
"""

from collections.abc import Callable

import numpy as np
from torch import Tensor, nn

from lnnlab.models.cell import Cell
from lnnlab.models.cfc import LECUN, CfC
from lnnlab.models.fastgrnn import FastGRNN
from lnnlab.models.folded import array
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.ltc import LTC
from lnnlab.models.recurrent import GRU, LSTM
from lnnlab.runtime.steps.graph import Step, Value
from lnnlab.runtime.steps.neurons import ltc

Span = float | Value


def linear_ltc(step: Step, cell: LinearLTC, x: Value, span: Span) -> Value:
    """h + (1 − e^(−λΔt)) ⊙ (g − h); at Δt = 1 the gate is a sigmoid."""
    h, u = step.state("h", cell.units), cell.units
    weight, bias = array(cell.project.weight), array(cell.project.bias)
    z = step.affine(x, weight[:u], bias[:u])
    target = step.affine(x, weight[u:], bias[u:])
    target = step.abs(target) if cell.activation == "abs" else step.tanh(target)
    if span == 1.0:
        moved = step.mul(step.sigmoid(z), step.sub(target, h))
        return step.keep(h, step.add(h, moved))
    stays = step.exp(step.mul(step.softplus(z), _negative(step, span)))
    return step.keep(h, step.add(target, step.mul(stays, step.sub(h, target))))


def cfc(step: Step, cell: CfC, x: Value, span: Span) -> Value:
    """The closed form, LeCun's constants in the weights as in a ``.lnn`` file."""
    h = step.state("h", cell.units)
    shared = step.tanh(step.affine(step.concat(x, h), LECUN[1] * array(cell.backbone.weight),
                                  LECUN[1] * array(cell.backbone.bias)))

    def head(layer: nn.Linear) -> Value:
        return step.affine(shared, LECUN[0] * array(layer.weight), array(layer.bias))

    if cell.mode == "pure":
        first, own = head(cell.ff1), array(cell.A)[0]
        rate = step.add(step.abs(first), np.abs(array(cell.w_tau)[0]))
        decay = step.exp(step.mul(rate, _negative(step, span)))
        return step.keep(h, step.sub(own, step.mul(step.mul(decay, first), own)))
    first, second = step.tanh(head(cell.ff1)), step.tanh(head(cell.ff2))
    if isinstance(span, Value):
        gate = step.sigmoid(step.add(step.mul(head(cell.time_a), span), head(cell.time_b)))
    else:
        both = [LECUN[0] * (array(cell.time_a.weight) * span + array(cell.time_b.weight)),
                array(cell.time_a.bias) * span + array(cell.time_b.bias)]
        gate = step.sigmoid(step.affine(shared, *both))
    if cell.mode == "no_gate":
        return step.keep(h, step.add(first, step.mul(gate, second)))
    return step.keep(h, step.add(first, step.mul(gate, step.sub(second, first))))


def lstm(step: Step, cell: LSTM, x: Value, span: Span) -> Value:
    """Rows of torch: i, f, g, o."""
    h, c = step.state("h", cell.units), step.state("c", cell.units)
    x, own, own_bias = _own(step, cell, x, span)
    seen = step.concat(x, h)
    weight = np.concatenate([own, array(cell.rnn.weight_hh_l0)], axis=1)
    bias = own_bias + array(cell.rnn.bias_hh_l0)
    enter, forget, new, leave = (
        step.affine(seen, *each)
        for each in zip(np.split(weight, 4), np.split(bias, 4), strict=True))
    entered = step.mul(step.sigmoid(enter), step.tanh(new))
    after = step.keep(c, step.add(step.mul(step.sigmoid(forget), c), entered))
    return step.keep(h, step.mul(step.sigmoid(leave), step.tanh(after)))


def gru(step: Step, cell: GRU, x: Value, span: Span) -> Value:
    """Rows of torch: r, z, n; the candidate's two parts stay apart, as the reset gate asks."""
    h = step.state("h", cell.units)
    x, *of_input = _own(step, cell, x, span)
    of_state = array(cell.rnn.weight_hh_l0), array(cell.rnn.bias_hh_l0)
    own, own_bias, back, back_bias = (np.split(each, 3) for each in (*of_input, *of_state))
    both = step.concat(x, h)
    reset, update = (
        step.sigmoid(step.affine(both, np.concatenate([own[k], back[k]], axis=1),
                                own_bias[k] + back_bias[k])) for k in (0, 1))
    recalled = step.mul(reset, step.affine(h, back[2], back_bias[2]))
    new = step.tanh(step.add(step.affine(x, own[2], own_bias[2]), recalled))
    return step.keep(h, step.add(new, step.mul(update, step.sub(h, new))))


def fastgrnn(step: Step, cell: FastGRNN, x: Value, span: Span) -> Value:
    """Gate and candidate from one product; elapsed times mean nothing to it."""
    h = step.state("h", cell.units)
    weight = np.concatenate([array(cell.own.weight), array(cell.back.weight)], axis=1)
    pre = step.affine(step.concat(x, h), weight)
    gate = step.sigmoid(step.add(pre, array(cell.gate_bias)))
    candidate = step.tanh(step.add(pre, array(cell.candidate_bias)))
    zeta, nu = (_sigmoid(each) for each in (cell.zeta, cell.nu))
    # ζ(1 − z) + ν = (ζ + ν) − ζ z
    share = step.sub(zeta + nu, step.mul(gate, zeta))
    return step.keep(h, step.add(step.mul(share, candidate), step.mul(gate, h)))


STEPS: dict[type[Cell], Callable[[Step, Cell, Value, Span], Value]] = {
    LinearLTC: linear_ltc, CfC: cfc, LTC: ltc, LSTM: lstm, GRU: gru, FastGRNN: fastgrnn,
}


LIQUID = (LinearLTC, CfC, LTC)  # elapsed times mean something to them


def takes_timespans(cell: Cell) -> bool:
    """Whether elapsed times mean something to a cell: liquid ones, and gates built as timed."""
    return isinstance(cell, LIQUID) or getattr(cell, "timed", False)


def _own(
    step: Step, cell: LSTM | GRU, x: Value, span: Span
) -> tuple[Value, np.ndarray, np.ndarray]:
    """What the gates are given, and their weight (row, input) and bias for it: of timed ones the
    span is the last input, or lies in the bias."""
    weight, bias = array(cell.rnn.weight_ih_l0), array(cell.rnn.bias_ih_l0)
    if not cell.timed:
        return x, weight, bias
    if isinstance(span, Value):
        return step.concat(x, span), weight, bias
    return x, weight[:, :-1], bias + weight[:, -1] * span


def _negative(step: Step, span: Span) -> Span:
    return step.mul(span, -1.0) if isinstance(span, Value) else -span


def _sigmoid(x: Tensor) -> float:
    return float(1.0 / (1.0 + np.exp(-array(x))))
