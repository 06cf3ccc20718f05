"""LinearLTC: the liquid time-constant cell that is linear in its state.

    dh/dt = λ(x) ⊙ (g(x) − h),   λ = softplus(W_λ x + b_λ),   g = tanh(W_g x + b_g) or |W_g x + b_g|

Where x is held between samples the solution is exact for any Δt:

    h ← h + (1 − e^(−λΔt)) ⊙ (g − h)

At Δt = 1 the gate 1 − e^(−softplus(z)) is sigmoid(z), and the cell coincides with minGRU (Feng et
al. 2024, "Were RNNs All We Needed?"). The liquid time constant is that of Hasani et al. 2021,
"Liquid Time-constant Networks", with the state taken out of the nonlinearity.
"""

import torch
from torch import Tensor, nn

from lnnlab.errors import unknown
from lnnlab.models.cell import Cell

ACTIVATIONS = ("tanh", "abs")


class LinearLTC(Cell):
    """The flagship cell; choose it first.

    It has no recurrent matrix: a step on a microcontroller is two matrix–vector products of the
    input, two table look-ups and one multiplication per unit, and Δt = 2^k is k squarings of
    1 − gate. Choose ``CfC`` or ``LTC`` where the state must act on itself nonlinearly.

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

    def weights(self) -> list[Tensor]:
        """The matrices that multiply the input, (output, input)."""
        return [self.project.weight]

    def _run(self, x: Tensor, state: Tensor | None, spans: Tensor | None) -> tuple[Tensor, Tensor]:
        batch, time, _ = x.shape
        if state is None:
            state = x.new_zeros(batch, self.units)
        steps = x.transpose(0, 1).reshape(time * batch, -1)  # time first: each step is contiguous
        z, g = self.project(steps).view(time, batch, 2 * self.units).split(self.units, dim=2)
        if spans is None:
            gate = torch.sigmoid(z)
        else:
            rate = nn.functional.softplus(z) * spans.transpose(0, 1)
            gate = -torch.expm1(-rate)
        g = torch.tanh(g) if self.activation == "tanh" else g.abs()
        sequence = LeakyScan.apply(gate, g, state)  # (time, batch, unit)
        return sequence.transpose(0, 1), sequence[-1]


class LeakyScan(torch.autograd.Function):
    """h_t = h_{t−1} + a_t ⊙ (g_t − h_{t−1}) over time, with its gradient written by hand.

    autograd would keep three tensors and four nodes a step; the sum needs the sequence only:

        δ_t = ∂L/∂h_t + (1 − a_{t+1}) ⊙ δ_{t+1};  ∂L/∂g_t = a_t ⊙ δ_t;
        ∂L/∂a_t = (g_t − h_{t−1}) ⊙ δ_t;  ∂L/∂h_0 = (1 − a_1) ⊙ δ_1
    """

    @staticmethod
    def forward(ctx, gate: Tensor, target: Tensor, initial: Tensor) -> Tensor:
        """(time, batch, unit), (time, batch, unit), (batch, unit) → (time, batch, unit)."""
        sequence = torch.empty(gate.shape, dtype=gate.dtype)
        before = initial
        for a, g, h in zip(gate.unbind(0), target.unbind(0), sequence.unbind(0), strict=True):
            torch.lerp(before, g, a, out=h)
            before = h
        ctx.save_for_backward(gate, target, initial, sequence)
        return sequence

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The three gradients, from last step to first."""
        gate, target, initial, sequence = ctx.saved_tensors
        keep = (1.0 - gate).unbind(0)
        delta = grad.contiguous().clone()
        rows = delta.unbind(0)
        for t in range(len(rows) - 1, 0, -1):
            rows[t - 1].addcmul_(keep[t], rows[t])
        gate_grad = torch.empty_like(delta)
        torch.sub(target[1:], sequence[:-1], out=gate_grad[1:])
        torch.sub(target[0], initial, out=gate_grad[0])
        return gate_grad.mul_(delta), gate * delta, keep[0] * rows[0]
