"""LinearLTC: the liquid time-constant cell that is linear in its state.

    dh/dt = λ(x) ⊙ (g(x) − h),   λ = softplus(W_λ x + b_λ),   g = tanh(W_g x + b_g) or |W_g x + b_g|

Where x is held between samples the solution is exact for any Δt:

    h ← h + (1 − e^(−λΔt)) ⊙ (g − h)

At Δt = 1 the gate 1 − e^(−softplus(z)) is sigmoid(z), and the cell coincides with minGRU (Feng et
al. 2024, "Were RNNs All We Needed?"). The liquid time constant is that of Hasani et al. 2021,
"Liquid Time-constant Networks", with the state taken out of the nonlinearity.
"""

import contextlib

import torch
from torch import Tensor, nn

from lnnlab.errors import unknown
from lnnlab.models.cell import Cell
from lnnlab.models.timespans import transformed

ACTIVATIONS = ("tanh", "abs")


class LinearLTC(Cell):
    """The flagship cell; choose it first.

    It has no recurrent matrix: a step on a microcontroller is two matrix–vector products of the
    input, two table look-ups and one multiplication per unit, and Δt = 2^k is k squarings of
    1 − gate. Choose ``CfC`` or ``LTC`` where the state must act on itself nonlinearly.

    Under autocast it computes, and answers, in the type of its weights: small steps of a long
    memory are lost in 16 bits. A timespan of 0 keeps the state, see :class:`Cell` for padding.

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
        steps = x.transpose(0, 1).contiguous()  # (time, batch, feature): a step is one block
        spans = None if spans is None else spans.transpose(0, 1)  # (time, batch, 1)
        weight, bias = self.project.weight, self.project.bias
        with _full_precision(x):
            steps, state = steps.to(weight.dtype), state.to(weight.dtype)
            spans = None if spans is None else spans.to(weight.dtype)
            layer = _plain if transformed() else _Layer.apply
            sequence = layer(steps, weight, bias, state, spans, self.activation)
        return sequence.transpose(0, 1), sequence[-1]


def _full_precision(x: Tensor) -> contextlib.AbstractContextManager:
    """Inside, autocast is off for the device of ``x``."""
    device = x.device.type
    if torch.is_autocast_enabled(device):
        return torch.autocast(device, enabled=False)
    return contextlib.nullcontext()


def _plain(
    x: Tensor, weight: Tensor, bias: Tensor, initial: Tensor, spans: Tensor | None, activation: str
) -> Tensor:
    """What :class:`_Layer` computes, in operations that ``torch.func`` can transform."""
    z, g = nn.functional.linear(x, weight, bias).chunk(2, dim=2)
    k = torch.sigmoid(-z) if spans is None else torch.exp(-nn.functional.softplus(z) * spans)
    g = torch.tanh(g) if activation == "tanh" else g.abs()
    h, sequence = initial, []
    for keep, target in zip(k.unbind(0), g.unbind(0), strict=True):
        h = torch.lerp(target, h, keep)
        sequence.append(h)
    return torch.stack(sequence)


class _Layer(torch.autograd.Function):
    """Projection, nonlinearities and scan as one operation, with its gradient written by hand.

    With k_t = e^(−λ_t Δt_t) the scan is h_t = g_t + k_t ⊙ (h_{t−1} − g_t). Its gradient needs no
    more than k, g and h:

        δ_t = ∂L/∂h_t + k_{t+1} ⊙ δ_{t+1};   ∂L/∂g_t = (1 − k_t) ⊙ δ_t;
        ∂L/∂k_t = (h_{t−1} − g_t) ⊙ δ_t;     ∂L/∂h_0 = k_1 ⊙ δ_1;
        ∂k/∂z = −Δt σ(z) k;                  ∂k/∂Δt = −λ k

    At Δt = 1, k is σ(−z) and σ(z) is 1 − k. autograd would keep four nodes and three tensors a
    step; here the sums over time run in place.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, initial, spans, activation):
        """x (time, batch, feature), initial (batch, unit), spans (time, batch, 1) or None."""
        time, batch, features = x.shape
        pre = torch.addmm(bias, x.view(time * batch, features), weight.t())
        pre = pre.view(time, batch, len(bias))
        k, g = pre.chunk(2, dim=2)  # views of one block, changed in place
        rate = slope = bend = None
        if spans is None:
            k.neg_().sigmoid_()
        else:
            rate, slope = nn.functional.softplus(k), torch.sigmoid(k) * spans
            torch.exp(-rate * spans, out=k)
        if activation == "tanh":
            g.mul_(2).sigmoid_().mul_(2).sub_(1)  # tanh(g) = 2σ(2g) − 1; torch's σ is the faster
        else:
            bend = g.sign()
            g.abs_()
        sequence = x.new_empty(time, batch, g.shape[2])
        before = initial
        for keep, target, h in zip(k.unbind(0), g.unbind(0), sequence.unbind(0), strict=True):
            torch.lerp(target, before, keep, out=h)
            before = h
        ctx.save_for_backward(x, weight, initial, k, g, sequence, rate, slope, bend)
        return sequence

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        """Gradients of x, weight, bias, initial and spans, from the last step to the first."""
        with _full_precision(grad):
            return _Layer._gradients(ctx, grad)

    @staticmethod
    def _gradients(ctx, grad):
        x, weight, initial, k, g, sequence, rate, slope, bend = ctx.saved_tensors
        time, batch, units = g.shape
        pre_grad = grad.new_empty(time, batch, 2 * units)
        z_grad, g_grad = pre_grad.chunk(2, dim=2)
        g_grad.copy_(grad)
        delta, keep = g_grad.unbind(0), k.unbind(0)
        for t in range(time - 1, 0, -1):
            delta[t - 1].addcmul_(keep[t], delta[t])
        initial_grad = keep[0] * delta[0]

        torch.sub(g[0], initial, out=z_grad[0])
        torch.sub(g[1:], sequence[:-1], out=z_grad[1:])
        z_grad.mul_(g_grad).mul_(k)  # −k ∂L/∂k, what ∂L/∂z and ∂L/∂Δt share
        spans_grad = None if rate is None else (z_grad * rate).sum(dim=2, keepdim=True)
        passed = 1 - k
        z_grad.mul_(passed if slope is None else slope)
        g_grad.mul_(passed)
        g_grad.mul_(torch.mul(g, g, out=passed).neg_().add_(1) if bend is None else bend)

        rows = pre_grad.view(time * batch, 2 * units)
        x_grad = (rows @ weight).view_as(x) if ctx.needs_input_grad[0] else None
        weight_grad = rows.t() @ x.view(time * batch, x.shape[2])
        return x_grad, weight_grad, rows.sum(dim=0), initial_grad, spans_grad, None
