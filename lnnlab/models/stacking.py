"""Several networks of one shape as one: what a layer does where a leading dimension stacks them.

Weights, states and batches of K networks lie one behind the other, and ``torch.func.vmap`` takes a
network's code over all of them at once. What it cannot take, operations with a gradient of their
own, folds the K into a dimension that it has already; random masks are drawn as each network alone
would have drawn them.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

_drawing: list[Sequence[torch.Generator]] = []


@contextlib.contextmanager
def drawn_by(generators: Sequence[torch.Generator]) -> Iterator[None]:
    """Inside, dropout of the k-th network in a stack draws from the k-th generator; outside a stack
    from the first."""
    _drawing.append(generators)
    try:
        yield
    finally:
        _drawing.pop()


def stacked() -> bool:
    """Whether networks run as a stack: a transform is under way, inside :func:`drawn_by`."""
    return bool(_drawing) and torch._C._are_functorch_transforms_active()


class Folding(torch.autograd.Function):
    """What takes a function of one network over a stack, as ``fold`` says.

    ``Folding.apply(fold, *tensors)`` inside a stack gives ``fold`` the tensors with the networks in
    front, (network, …), and takes the answer so.
    """

    @staticmethod
    def forward(fold: Callable, *tensors: Tensor) -> Tensor:
        return fold(*(each[None] for each in tensors))[0]

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def vmap(info, in_dims, fold, *tensors):
        """See ``torch.func``."""
        wide = (each.expand(info.batch_size, *each.shape) if dim is None else each.movedim(dim, 0)
                for each, dim in zip(tensors, in_dims[1:], strict=True))
        return fold(*wide), 0


class Dropout(nn.Module):
    """Dropout as ``nn.Dropout`` has it, bit for bit on the CPU, and with each network's own draws
    in a stack.

    Args:
        p: share of the values that training leaves out.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """x with a share of zeros, the others larger by as much; x itself in evaluation."""
        if not self.training or not self.p:
            return x
        generators = _drawing[-1] if _drawing else [None]
        if not stacked():
            return x * self._drawn(x, generators[0]).div_(1 - self.p)
        return x * Folding.apply(lambda wide: torch.stack(
            [self._drawn(*each) for each in zip(wide, generators, strict=True)]).div_(1 - self.p),
            x.detach())

    def _drawn(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return torch.empty_like(x).bernoulli_(1 - self.p, generator=generator)

    def extra_repr(self) -> str:
        """The share."""
        return f"p={self.p}"
