"""The scan of LinearLTC with its gradient: what every backend computes, and which one does.

    k_t = e^(−λ_t Δt_t),  λ = softplus(z),  g = tanh(a) or |a|,  h_t = g_t + k_t ⊙ (h_{t−1} − g_t)

A backend is a module with ``forward`` and ``backward``, called as those of
:mod:`lnnlab.models.scan_loop` are: operations of torch on any device and type. In float32 a fused
kernel takes their place: C on the CPU (:mod:`lnnlab.models.scan_native`), Triton on CUDA
(:mod:`lnnlab.models.scan_triton`); where one does not build, the loop stays.

Backends work on rows: a row holds one step of one sequence, and rows lie time first or batch first,
as the input did, so that nothing is copied.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import torch
from torch import Tensor, nn

from lnnlab.models import scan_loop, scan_native

_forced: list[ModuleType] = []


@dataclass(frozen=True)
class Rows:
    """How the rows of a batch of sequences lie.

    Attributes:
        time, batch: how many steps and sequences.
        batch_first: the steps of one sequence lie together; else the sequences of one step.
    """

    time: int
    batch: int
    batch_first: bool

    @classmethod
    def of(cls, x: Tensor, batch_first: bool) -> "Rows":
        """Of a tensor (time, batch, …) that lies batch first or time first; if neither, as
        ``batch_first`` says after a copy."""
        lies = x.transpose(0, 1).is_contiguous()
        return cls(x.shape[0], x.shape[1], batch_first and (lies or not x.is_contiguous()))

    @property
    def strides(self) -> tuple[int, int]:
        """Rows from a step to the next, and from a sequence to the next."""
        return (1, self.time) if self.batch_first else (self.batch, 1)

    def flat(self, x: Tensor) -> Tensor:
        """(time, batch, …) as (row, …), contiguous."""
        x = x.transpose(0, 1) if self.batch_first else x
        return x.reshape(self.time * self.batch, *x.shape[2:])

    def wide(self, rows: Tensor) -> Tensor:
        """(row, …) as (time, batch, …), without a copy."""
        if self.batch_first:
            return rows.view(self.batch, self.time, *rows.shape[1:]).transpose(0, 1)
        return rows.view(self.time, self.batch, *rows.shape[1:])


class Layer(torch.autograd.Function):
    """Projection, nonlinearities and scan as one operation, with its gradient written by hand.

    The gradient needs no more than k, g and h:

        δ_t = ∂L/∂h_t + k_{t+1} ⊙ δ_{t+1};   ∂L/∂g_t = (1 − k_t) ⊙ δ_t;
        ∂L/∂k_t = (h_{t−1} − g_t) ⊙ δ_t;     ∂L/∂h_0 = k_1 ⊙ δ_1;
        ∂k/∂z = −Δt σ(z) k;                  ∂k/∂Δt = −λ k

    At Δt = 1, k is σ(−z) and σ(z) is 1 − k. autograd would keep four nodes and three tensors a
    step.
    """

    @staticmethod
    def forward(ctx, x, weight, bias, initial, spans, activation):
        """x (time, batch, feature), initial (batch, unit), spans (time, batch, 1) or None."""
        backend = backend_for(x)
        rows = Rows.of(x, batch_first=backend is not scan_loop)
        x = rows.flat(x)
        pre = torch.addmm(bias, x, weight.t())  # (row, 2·unit): z, then a
        spans = None if spans is None else rows.flat(spans)[:, 0].contiguous()  # (row,)
        initial = initial.contiguous()
        sequence, kept = backend.forward(rows, pre, initial, spans, activation == "abs")
        ctx.save_for_backward(x, weight, initial, spans, sequence, *kept)
        ctx.backend, ctx.rows, ctx.absolute = backend, rows, activation == "abs"
        return rows.wide(sequence)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        """Gradients of x, weight, bias, initial and spans, from the last step to the first."""
        with full_precision(grad):
            x, weight, initial, spans, sequence, *kept = ctx.saved_tensors
            state = (initial, spans, sequence, kept)
            pre_grad, initial_grad, spans_grad = ctx.backend.backward(
                ctx.rows, grad, state, ctx.absolute, ctx.needs_input_grad[4])
            x_grad = ctx.rows.wide(pre_grad @ weight) if ctx.needs_input_grad[0] else None
            if spans_grad is not None:
                spans_grad = ctx.rows.wide(spans_grad)[..., None]
            return x_grad, pre_grad.t() @ x, pre_grad.sum(dim=0), initial_grad, spans_grad, None


class Scan(torch.autograd.Function):
    """The scan alone, with its gradient, on pre-activations in rows that nobody else needs."""

    @staticmethod
    def forward(ctx, pre, initial, rows, absolute):
        """pre (row, 2·unit): z, then a; initial (batch, unit); gives (row, unit)."""
        ctx.backend, ctx.rows, ctx.absolute = backend_for(pre), rows, absolute
        sequence, kept = ctx.backend.forward(rows, pre, initial, None, absolute)
        ctx.save_for_backward(initial, sequence, *kept)
        return sequence

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        """Gradients of pre and initial."""
        initial, sequence, *kept = ctx.saved_tensors
        pre_grad, initial_grad, _ = ctx.backend.backward(
            ctx.rows, ctx.rows.wide(grad), (initial, None, sequence, kept), ctx.absolute, False)
        return pre_grad, initial_grad, None, None


def folded(
    x: Tensor, weight: Tensor, bias: Tensor, initial: Tensor, activation: str
) -> Tensor:
    """:class:`Layer` for a stack of networks at Δt = 1: their sequences are one batch of the scan.

    Args:
        x: (network, time, batch, feature).
        weight: (network, 2·unit, feature).
        bias: (network, 2·unit).
        initial: (network, batch, unit).
        activation: of g.

    Returns:
        (network, time, batch, unit).
    """
    networks, time, batch, _ = x.shape
    units = initial.shape[2]
    pre = torch.baddbmm(bias[:, None], x.reshape(networks, time * batch, -1),
                        weight.transpose(1, 2))
    pre = pre.view(networks, time, batch, -1).transpose(0, 1).reshape(-1, 2 * units)
    rows = Rows(time, networks * batch, batch_first=False)
    sequence = Scan.apply(pre, initial.reshape(-1, units).contiguous(), rows, activation == "abs")
    return sequence.view(time, networks, batch, units).transpose(0, 1)


def plain(
    x: Tensor, weight: Tensor, bias: Tensor, initial: Tensor, spans: Tensor | None, activation: str
) -> Tensor:
    """What :class:`Layer` computes, in operations that ``torch.func`` can transform and
    ``torch.compile`` trace, which unrolls the steps."""
    z, g = nn.functional.linear(x, weight, bias).chunk(2, dim=2)
    k = torch.sigmoid(-z) if spans is None else torch.exp(-nn.functional.softplus(z) * spans)
    g = torch.tanh(g) if activation == "tanh" else g.abs()
    h, sequence = initial, []
    for keep, target in zip(k.unbind(0), g.unbind(0), strict=True):
        h = torch.lerp(target, h, keep)
        sequence.append(h)
    return torch.stack(sequence)


def backend_for(x: Tensor) -> ModuleType:
    """The backend that a tensor's device and type have; of subclasses, whose memory may be none
    or not theirs, torch's operations."""
    if _forced:
        return _forced[-1]
    if type(x) not in (Tensor, nn.Parameter):
        return scan_loop
    if x.dtype == torch.float32 and x.device.type == "cpu" and scan_native.library() is not None:
        return scan_native
    if x.dtype == torch.float32 and x.device.type == "cuda":
        return _triton() or scan_loop
    return scan_loop


def _triton() -> ModuleType | None:
    try:  # torch brings Triton where it has CUDA, except on Windows
        from lnnlab.models import scan_triton
    except ImportError:
        return None
    return scan_triton


@contextlib.contextmanager
def using(backend: ModuleType) -> Iterator[None]:
    """Inside, every scan runs on one backend; choose it to compare two, which agree to 1e-6."""
    _forced.append(backend)
    try:
        yield
    finally:
        _forced.pop()


def full_precision(x: Tensor) -> contextlib.AbstractContextManager:
    """Inside, autocast is off for the device of ``x``."""
    device = x.device.type
    if torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
        return torch.autocast(device, enabled=False)
    return contextlib.nullcontext()
