"""LinearLTC: the liquid time-constant cell that is linear in its state.

    dh/dt = λ(x) ⊙ (g(x) − h),   λ = softplus(W_λ x + b_λ),   g = tanh(W_g x + b_g) or |W_g x + b_g|

Where x is held between samples the solution is exact for any Δt:

    h ← h + (1 − e^(−λΔt)) ⊙ (g − h)

At Δt = 1 the gate 1 − e^(−softplus(z)) is sigmoid(z), and the cell coincides with minGRU (Feng et
al. 2024, "Were RNNs All We Needed?"). The liquid time constant is that of Hasani et al. 2021,
"Liquid Time-constant Networks", with the state taken out of the nonlinearity.
"""

from functools import partial

import torch
from torch import Tensor, nn

from lnnlab.errors import unknown
from lnnlab.models.cell import Cell
from lnnlab.models.scan import Layer, folded, full_precision, plain
from lnnlab.models.stacking import Folding, stacked
from lnnlab.models.timespans import transformed

ACTIVATIONS = ("tanh", "abs")


class LinearLTC(Cell):
    """The flagship cell; choose it first.

    It has no recurrent matrix: a step on a microcontroller is two matrix–vector products of the
    input, two table look-ups and one multiplication per unit, and Δt = 2^k is k squarings of
    1 − gate. Choose ``CfC`` or ``LTC`` where the state must act on itself nonlinearly.

    Under autocast it computes, and answers, in the type of its weights: small steps of a long
    memory are lost in 16 bits. In float32 fused kernels compute it, see :mod:`lnnlab.models.scan`;
    in float64, under ``torch.func`` and under ``torch.compile`` operations of torch do. A timespan
    of 0 keeps the state, see :class:`Cell` for padding. Second derivatives are those of
    ``torch.func``: ``torch.autograd.functional`` answers 0 for them unless it is ``strict``.

    Args:
        input_size: features per step.
        units: length of the state.
        activation: g's nonlinearity; ``"abs"`` suits raw frames, where it rectifies.
        return_sequences: give every step's output or the last one's.
        tau_range: time constants at the start, log-spaced over the units, in steps.
    """

    def __init__(
        self,
        input_size: int,
        units: int,
        activation: str = "tanh",
        return_sequences: bool = True,
        tau_range: tuple[float, float] = (1.0, 50.0),
    ) -> None:
        super().__init__(input_size, units, return_sequences)
        if activation not in ACTIVATIONS:
            raise unknown("activation", activation, ACTIVATIONS)
        self.activation = activation
        self.project = nn.Linear(input_size, 2 * units)  # rows: λ's pre-activation z, then g's
        rate = 1.0 / torch.logspace(
            *(torch.log10(torch.tensor(tau)).item() for tau in tau_range), units
        )
        with torch.no_grad():  # softplus(b) = 1/τ
            self.project.bias[:units] = torch.log(torch.expm1(rate))
            self.project.bias[units:] = 0.0

    def products(self, x: Tensor, sequence: Tensor) -> list[tuple[Tensor, Tensor]]:
        """One product a step: λ's and g's rows with the input."""
        return [(self.project.weight, x)]

    def _run(self, x: Tensor, state: Tensor | None, spans: Tensor | None) -> tuple[Tensor, Tensor]:
        if state is None:
            state = x.new_zeros(x.shape[0], self.units)
        self._refuse_state(state, x)  # the kernels would read and write beyond it
        steps = x.transpose(0, 1)  # (time, batch, feature)
        spans = None if spans is None else spans.transpose(0, 1)  # (time, batch, 1)
        weight, bias = self.project.weight, self.project.bias
        with full_precision(x):
            steps, state = steps.to(weight.dtype), state.to(weight.dtype)
            spans = None if spans is None else spans.to(weight.dtype)
            if stacked() and spans is None:
                sequence = Folding.apply(
                    partial(folded, activation=self.activation), steps, weight, bias, state)
            else:
                traced = transformed() or torch.compiler.is_compiling()
                layer = plain if traced else Layer.apply
                sequence = layer(steps, weight, bias, state, spans, self.activation)
        return sequence.transpose(0, 1), sequence[-1]

    def _refuse_state(self, state: Tensor, x: Tensor) -> None:
        wanted = (x.shape[0], self.units)
        if state.shape != wanted or state.device != x.device:
            raise ValueError(f"state of shape {tuple(state.shape)} on {state.device} for input "
                             f"{tuple(x.shape)} on {x.device}: give {wanted} beside the input")
