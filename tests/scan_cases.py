"""How far a backend of LinearLTC's scan is from the loop, over odd shapes and every option.

As a program it prints the largest difference on Triton: in its interpreter where
``TRITON_INTERPRET=1``, else on the GPU.
"""

import itertools
import sys

import torch

from lnnlab.models import scan, scan_loop
from lnnlab.models.linear_ltc import LinearLTC

# batch, steps, features, units
SHAPES = ((1, 1, 1, 1), (1, 9, 2, 1), (2, 1, 3, 33), (3, 7, 5, 16), (5, 40, 4, 7), (17, 12, 3, 3))
OPTIONS = tuple(itertools.product(("tanh", "abs"), (False, True), (False, True), (False, True)))


def numbers(backend, shape, options, device="cpu"):
    """Output, last state and every gradient of a layer on a backend, on the CPU.

    Args:
        shape: batch, steps, features, units.
        options: activation; whether spans, an initial state and an input time first are given.
    """
    batch, steps, features, units = shape
    activation, timed, started, time_first = options
    torch.manual_seed(steps)
    cell = LinearLTC(features, units, activation).to(device)
    x = 2 * torch.randn(batch, steps, features)
    x = x.transpose(0, 1).contiguous().transpose(0, 1) if time_first else x
    spans = 3 * torch.rand(batch, steps) * (torch.rand(batch, steps) > 0.2)  # some are zero
    state, weight = torch.randn(batch, units), torch.randn(batch, steps, units)
    x, spans, state, weight = (each.to(device) for each in (x, spans, state, weight))
    for each in (x, spans, state):
        each.requires_grad_()
    wanted = [x, *cell.parameters()] + [spans] * timed + [state] * started
    with scan.using(backend):
        output, last = cell(x, state if started else None, spans if timed else None)
        gradients = torch.autograd.grad((output * weight).sum() + last.square().sum(), wanted)
    return [each.detach().cpu() for each in (output, last, *gradients)]


def difference(backend, shape, options, device="cpu"):
    """Largest difference from the loop, relative to the largest number where that is above 1."""
    pairs = zip(numbers(backend, shape, options, device),
                numbers(scan_loop, shape, options, device), strict=True)
    return max(float((ours - loop).abs().max() / loop.abs().max().clamp_min(1))
               for ours, loop in pairs)


def largest(backend, device="cpu"):
    """The largest difference over all shapes and options."""
    return max(difference(backend, shape, options, device)
               for shape in SHAPES for options in OPTIONS)


if __name__ == "__main__":
    from lnnlab.models import scan_triton

    print(largest(scan_triton, *sys.argv[1:]))
