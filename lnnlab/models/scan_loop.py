"""The scan of LinearLTC in operations of torch, step by step: any device, any floating type.

The other backends are held against it; what they compute is told in :mod:`lnnlab.models.scan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from lnnlab.models.scan import Rows


def forward(
    rows: Rows, pre: Tensor, initial: Tensor, spans: Tensor | None, absolute: bool
) -> tuple[Tensor, tuple[Tensor | None, ...]]:
    """States after each step.

    Args:
        rows: how they lie.
        pre: pre-activations, z then a, (row, 2·unit); changed in place.
        initial: (batch, unit).
        spans: Δt, (row,), or None: 1.
        absolute: g is |a|, else tanh(a).

    Returns:
        The sequence (row, unit), and what :func:`backward` needs beside it.
    """
    k, g = pre.chunk(2, dim=1)
    rate = slope = bend = None
    if spans is None:
        k.neg_().sigmoid_()
    else:
        spans = spans[:, None]
        rate, slope = nn.functional.softplus(k), torch.sigmoid(k) * spans
        torch.exp(-rate * spans, out=k)
    if absolute:
        bend = g.sign()
        g.abs_()
    else:
        g.mul_(2).sigmoid_().mul_(2).sub_(1)  # tanh(g) = 2σ(2g) − 1; torch's σ is the faster
    sequence = pre.new_empty(len(pre), g.shape[1])
    steps = (rows.wide(each).unbind(0) for each in (k, g, sequence))
    before = initial
    for keep, target, h in zip(*steps, strict=True):
        torch.lerp(target, before, keep, out=h)
        before = h
    return sequence, (pre, rate, slope, bend)


def backward(
    rows: Rows, grad: Tensor, state: tuple, absolute: bool, timed: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Gradients from the last step to the first.

    Args:
        rows: how they lie.
        grad: of the sequence, (time, batch, unit).
        state: initial, spans, the sequence, and what :func:`forward` kept.
        absolute: as there.
        timed: the gradient of the spans is asked for.

    Returns:
        Gradients of pre (row, 2·unit), of initial (batch, unit), of spans (row,) or None.
    """
    initial, _, sequence, (pre, rate, slope, bend) = state
    k, g = pre.chunk(2, dim=1)
    pre_grad = torch.empty_like(pre)
    z_grad, g_grad = pre_grad.chunk(2, dim=1)
    g_grad.copy_(rows.flat(grad))
    delta, keep = rows.wide(g_grad).unbind(0), rows.wide(k).unbind(0)
    for t in range(rows.time - 1, 0, -1):
        delta[t - 1].addcmul_(keep[t], delta[t])
    initial_grad = keep[0] * delta[0]

    moved, target, after = (rows.wide(each) for each in (z_grad, g, sequence))
    torch.sub(target[0], initial, out=moved[0])
    torch.sub(target[1:], after[:-1], out=moved[1:])
    z_grad.mul_(g_grad).mul_(k)  # −k ∂L/∂k, what ∂L/∂z and ∂L/∂Δt share
    spans_grad = (z_grad * rate).sum(dim=1) if timed else None
    passed = 1 - k
    z_grad.mul_(passed if slope is None else slope)
    g_grad.mul_(passed)
    g_grad.mul_(bend if absolute else torch.mul(g, g, out=passed).neg_().add_(1))
    return pre_grad, initial_grad, spans_grad
