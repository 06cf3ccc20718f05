"""FastGRNN (Kusupati et al. 2018): a gated cell whose gate and candidate share their matrices."""

import torch
from torch import Tensor, nn

from lnnlab.models.cell import Cell, previous


class FastGRNN(Cell):
    """The smallest gated recurrent cell in wide use; choose it as a rival of few parameters.

        z = σ(W x + U h + b_z),  c = tanh(W x + U h + b_h),  h ← (ζ(1 − z) + ν) ⊙ c + z ⊙ h

    ζ and ν are learned, each through a sigmoid. The matrices keep their full rank. Elapsed times
    mean nothing to it.

    Args:
        input_size: features per step.
        units: length of the state.
        return_sequences: give every step's output or the last one's.
    """

    def __init__(self, input_size: int, units: int, return_sequences: bool = True) -> None:
        super().__init__(input_size, units, return_sequences)
        self.own = nn.Linear(input_size, units, bias=False)
        self.back = nn.Linear(units, units, bias=False)
        self.gate_bias = nn.Parameter(torch.ones(units))
        self.candidate_bias = nn.Parameter(torch.ones(units))
        self.zeta = nn.Parameter(torch.tensor(1.0))
        self.nu = nn.Parameter(torch.tensor(-4.0))

    def products(self, x: Tensor, sequence: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The input's product and the state's."""
        return [(self.own.weight, x), (self.back.weight, previous(sequence))]

    def _run(self, x: Tensor, state: Tensor | None, spans: Tensor | None) -> tuple[Tensor, Tensor]:
        h = x.new_zeros(x.shape[0], self.units) if state is None else state
        zeta, nu = torch.sigmoid(self.zeta), torch.sigmoid(self.nu)
        outputs = []
        for seen in self.own(x).unbind(1):
            pre = seen + self.back(h)
            z = torch.sigmoid(pre + self.gate_bias)
            h = (zeta * (1 - z) + nu) * torch.tanh(pre + self.candidate_bias) + z * h
            outputs.append(h)
        return torch.stack(outputs, dim=1), h
