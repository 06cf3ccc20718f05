"""The scan of LinearLTC in Triton for CUDA, in float32: one kernel forward, one backward.

Called as :mod:`lnnlab.models.scan_loop` is. A lane is one unit of one sequence; it keeps its state
in a register over all steps, and nothing but pre-activations and states is kept for the gradient.
Imported only where it is used: torch brings Triton with CUDA. ``TRITON_INTERPRET=1`` runs the
kernels without a GPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import triton
import triton.language as tl
from torch import Tensor

if TYPE_CHECKING:
    from lnnlab.models.scan import Rows

FEW_LANES = 1 << 16  # below, blocks of one warp keep more of the card at work
AHEAD = 4  # steps whose inputs are on their way at once


@triton.jit
def _log1p_unit(e):
    """ln(1 + e), 0 ≤ e ≤ 1: 2 artanh(e / (2 + e)), whose series is 1.4e-8 short at most."""
    s = e / (2.0 + e)
    q = s * s
    p = 1 / 13
    p = p * q + 1 / 11
    p = p * q + 1 / 9
    p = p * q + 1 / 7
    p = p * q + 1 / 5
    p = p * q + 1 / 3
    return 2.0 * s * (1.0 + q * p)


@triton.jit
def _gate(z, span, TIMED: tl.constexpr):
    """k = e^(−λΔt), λ, and Δt σ(z)."""
    if TIMED:
        e = tl.exp(-tl.abs(z))
        rate = tl.maximum(z, 0.0) + _log1p_unit(e)
        slope = span * tl.where(z > 0, 1.0, e) / (1.0 + e)
        k = tl.exp(-rate * span)
    else:
        k = 1.0 / (1.0 + tl.exp(z))
        rate = k
        slope = 1.0 - k
    return k, rate, slope


@triton.jit
def _target(a, ABSOLUTE: tl.constexpr):
    """g, and ∂g/∂a."""
    if ABSOLUTE:
        g = tl.abs(a)
        bend = tl.where(a > 0, 1.0, tl.where(a < 0, -1.0, 0.0))
    else:
        g = 2.0 / (1.0 + tl.exp(-2.0 * a)) - 1.0
        bend = 1.0 - g * g
    return g, bend


@triton.jit
def _forward(
    pre, initial, spans, sequence, steps, lanes, units, time_rows, batch_rows,
    TIMED: tl.constexpr, ABSOLUTE: tl.constexpr, STAGES: tl.constexpr, BLOCK: tl.constexpr,
):
    lane = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = lane < lanes
    unit = lane % units
    row = (lane // units) * batch_rows
    z_at = pre + 2 * row * units + unit
    h_at = sequence + row * units + unit
    span_at = spans + row
    h = tl.load(initial + lane, mask=inside, other=0.0)
    for _step in tl.range(0, steps, num_stages=STAGES):
        z = tl.load(z_at, mask=inside, other=0.0)
        a = tl.load(z_at + units, mask=inside, other=0.0)
        span = tl.load(span_at, mask=inside, other=0.0) if TIMED else 1.0
        k, rate, slope = _gate(z, span, TIMED)
        g, bend = _target(a, ABSOLUTE)
        # exactly g at k = 0, and h at k = 1
        h = tl.where(k < 0.5, g + k * (h - g), h - (h - g) * (1.0 - k))
        tl.store(h_at, h, mask=inside)
        z_at += 2 * time_rows * units
        h_at += time_rows * units
        span_at += time_rows


@triton.jit
def _step_back(z, a, span, before, delta, TIMED: tl.constexpr, ABSOLUTE: tl.constexpr):
    """Gradients of z, a and Δt at one step, and what it passes to the step before."""
    k, rate, slope = _gate(z, span, TIMED)
    g, bend = _target(a, ABSOLUTE)
    passed = k * delta
    shared = (g - before) * passed
    return shared * slope, (1.0 - k) * delta * bend, shared * rate, passed


@triton.jit
def _backward(
    pre, initial, spans, sequence, grad, pre_grad, initial_grad, span_grad,
    steps, lanes, units, time_rows, batch_rows, time_grad, batch_grad, unit_grad,
    TIMED: tl.constexpr, WANTED: tl.constexpr, ABSOLUTE: tl.constexpr, STAGES: tl.constexpr,
    BLOCK: tl.constexpr,
):
    lane = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = lane < lanes
    unit = lane % units
    last = tl.full((BLOCK,), steps - 1, tl.int64)
    row = (lane // units) * batch_rows + last * time_rows
    here = 2 * row * units + unit  # of z in pre and its gradient
    at = row * units + unit  # of h in the sequence
    grad_at = grad + last * time_grad + (lane // units) * batch_grad + unit * unit_grad
    span_at = spans + row
    passed = tl.zeros((BLOCK,), tl.float32)
    for _step in tl.range(0, steps - 1, num_stages=STAGES):
        z = tl.load(pre + here, mask=inside, other=0.0)
        a = tl.load(pre + here + units, mask=inside, other=0.0)
        before = tl.load(sequence + at - time_rows * units, mask=inside, other=0.0)
        delta = passed + tl.load(grad_at, mask=inside, other=0.0)
        span = tl.load(span_at, mask=inside, other=0.0) if TIMED else 1.0
        dz, da, ds, passed = _step_back(z, a, span, before, delta, TIMED, ABSOLUTE)
        tl.store(pre_grad + here, dz, mask=inside)
        tl.store(pre_grad + here + units, da, mask=inside)
        if WANTED:
            tl.store(span_grad + at, ds, mask=inside)
        here -= 2 * time_rows * units
        at -= time_rows * units
        grad_at -= time_grad
        span_at -= time_rows
    z = tl.load(pre + here, mask=inside, other=0.0)
    a = tl.load(pre + here + units, mask=inside, other=0.0)
    before = tl.load(initial + lane, mask=inside, other=0.0)
    delta = passed + tl.load(grad_at, mask=inside, other=0.0)
    span = tl.load(span_at, mask=inside, other=0.0) if TIMED else 1.0
    dz, da, ds, passed = _step_back(z, a, span, before, delta, TIMED, ABSOLUTE)
    tl.store(pre_grad + here, dz, mask=inside)
    tl.store(pre_grad + here + units, da, mask=inside)
    if WANTED:
        tl.store(span_grad + at, ds, mask=inside)
    tl.store(initial_grad + lane, passed, mask=inside)


def forward(
    rows: Rows, pre: Tensor, initial: Tensor, spans: Tensor | None, absolute: bool
) -> tuple[Tensor, tuple[Tensor | None, ...]]:
    """See :func:`lnnlab.models.scan_loop.forward`; ``pre`` stays as it was."""
    sequence = pre.new_empty(len(pre), initial.shape[1])
    timed = spans is not None
    grid, block = _blocks(initial)
    with _on(pre):
        _forward[grid](
            pre, initial, spans if timed else pre, sequence, rows.time, initial.numel(),
            initial.shape[1], *rows.strides, TIMED=timed, ABSOLUTE=absolute,
            STAGES=AHEAD, BLOCK=block, num_warps=block // 32)
    return sequence, (pre,)


def backward(
    rows: Rows, grad: Tensor, state: tuple, absolute: bool, timed: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    """See :func:`lnnlab.models.scan_loop.backward`."""
    initial, spans, sequence, (pre,) = state
    pre_grad, initial_grad = torch.empty_like(pre), torch.empty_like(initial)
    span_grad = torch.empty_like(sequence) if timed else None  # of each unit
    grid, block = _blocks(initial)
    with _on(pre):
        _backward[grid](
            pre, initial, pre if spans is None else spans, sequence, grad, pre_grad, initial_grad,
            span_grad if timed else pre, rows.time, initial.numel(), initial.shape[1],
            *rows.strides, *grad.stride(), TIMED=spans is not None, WANTED=timed,
            ABSOLUTE=absolute, STAGES=AHEAD, BLOCK=block, num_warps=block // 32)
    return pre_grad, initial_grad, span_grad.sum(dim=1) if timed else None


def _blocks(initial: Tensor) -> tuple[tuple[int], int]:
    """The grid, and how many lanes a block has."""
    lanes = initial.numel()
    block = 32 if lanes < FEW_LANES else 128
    return (triton.cdiv(lanes, block),), block


def _on(x: Tensor):
    """Inside, kernels start on the card that holds ``x``."""
    return torch.cuda.device(x.device if x.is_cuda else -1)
