"""A causal depthwise convolution, time first: a shifted multiply-add a tap, quick on small batches.

Equal to ``conv1d`` with one group a channel on a signal that is padded in front, up to the order
of its sums.
"""

import torch
from torch import Tensor

from lnnlab.models.stacking import Folding, stacked


def causal_depthwise(x: Tensor, weight: Tensor) -> Tensor:
    """y_t = Σ_k w_k x_{t − (taps − 1 − k)}, zero before the start; as long as x.

    Args:
        x: (time, batch, channel).
        weight: (tap, channel), the present last.
    """
    if stacked():
        return Folding.apply(_folded, x, weight)
    return _CausalDepthwise.apply(x.contiguous(), weight.contiguous())


def _folded(x: Tensor, weight: Tensor) -> Tensor:
    """The same for a stack: its networks are more channels, as each channel is on its own.

    Args:
        x: (network, time, batch, channel).
        weight: (network, tap, channel).
    """
    networks, time, batch, channels = x.shape
    wide = x.permute(1, 2, 0, 3).reshape(time, batch, networks * channels)
    taps = weight.transpose(0, 1).reshape(-1, networks * channels)
    y = _CausalDepthwise.apply(wide.contiguous(), taps.contiguous())
    return y.view(time, batch, networks, channels).permute(2, 0, 1, 3)


class _CausalDepthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        y = x * weight[-1]
        for k, back in _past(x, weight):
            y[back:].addcmul_(x[:-back], weight[k])
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        x_grad, weight_grad = grad * weight[-1], torch.zeros_like(weight)
        weight_grad[-1] = (grad * x).flatten(0, 1).sum(dim=0)
        for k, back in _past(x, weight):
            x_grad[:-back].addcmul_(grad[back:], weight[k])
            weight_grad[k] = (grad[back:] * x[:-back]).flatten(0, 1).sum(dim=0)
        return x_grad, weight_grad


def _past(x: Tensor, weight: Tensor) -> list[tuple[int, int]]:
    """Each tap that looks back, and how far; those from before the start are left out."""
    taps = len(weight)
    return [(k, taps - 1 - k) for k in range(taps - 1) if taps - 1 - k < len(x)]
