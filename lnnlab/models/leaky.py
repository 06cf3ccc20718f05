"""The smallest cell: what CONTRIBUTING's "To add a cell" and the guides show by adding it.

    h ← h + a ⊙ (W x − h),   a = sigmoid(r), one number a unit

It is in no table, as its memory does not depend on the input: choose :class:`LinearLTC`.
"""

import torch
from torch import Tensor, nn

from lnnlab.models.cell import Cell


class Leaky(Cell):
    """A leaky integrator; a cell of one's own starts as a copy of it.

    Not to be confused with :class:`LinearLTC`, whose leak follows the input. Elapsed times mean
    nothing to it.

    Args:
        input_size: features per step.
        units: length of the state.
        return_sequences: give every step's output or the last one's.
    """

    def __init__(self, input_size: int, units: int, return_sequences: bool = True) -> None:
        super().__init__(input_size, units, return_sequences)
        self.drive = nn.Linear(input_size, units)
        self.rate = nn.Parameter(torch.zeros(units))

    def products(self, x: Tensor, sequence: Tensor) -> list[tuple[Tensor, Tensor]]:
        """One product a step, of the input."""
        return [(self.drive.weight, x)]

    def _run(self, x: Tensor, state: Tensor | None, spans: Tensor | None) -> tuple[Tensor, Tensor]:
        h = x.new_zeros(x.shape[0], self.units) if state is None else state
        outputs, rate = [], torch.sigmoid(self.rate)
        for seen in self.drive(x).unbind(1):  # (batch, unit)
            h = h + rate * (seen - h)
            outputs.append(h)
        return torch.stack(outputs, dim=1), h
