"""CfC: the closed-form continuous-time cell (Hasani et al. 2022, Nature Machine Intelligence 4).

    h ← σ(−t) ⊙ f₁ + σ(t) ⊙ f₂,   t = A·Δt + B,   f, A, B linear in a shared layer of [x, h]

Weights are laid out so that ``load_ncps`` takes those of ``ncps.torch.CfC``.
"""

from typing import Self

import torch
from torch import Tensor, nn

from lnnlab.errors import unknown
from lnnlab.models.cell import Cell, previous

MODES = ("default", "pure", "no_gate")
LECUN = 1.7159, 0.666  # LeCun's tanh, as the reference uses it in the shared layer


class CfC(Cell):
    """Choose it where the state must act on itself and an ODE solver is too slow.

    Args:
        input_size: features per step.
        units: length of the state.
        mode: ``"default"`` (two targets mixed by a gate), ``"no_gate"`` (f₁ + σ(t) ⊙ f₂) or
            ``"pure"`` (the closed-form solution itself).
        backbone_units: width of the shared layer.
        return_sequences: give every step's output or the last one's.
    """

    def __init__(
        self,
        input_size: int,
        units: int,
        mode: str = "default",
        backbone_units: int = 128,
        return_sequences: bool = True,
    ) -> None:
        super().__init__(input_size, units, return_sequences)
        if mode not in MODES:
            raise unknown("CfC mode", mode, MODES)
        self.mode = mode
        self.backbone = nn.Linear(input_size + units, backbone_units)
        self.ff1 = nn.Linear(backbone_units, units)
        if mode == "pure":
            self.w_tau = nn.Parameter(torch.zeros(1, units))
            self.A = nn.Parameter(torch.ones(1, units))
        else:
            self.ff2 = nn.Linear(backbone_units, units)
            self.time_a = nn.Linear(backbone_units, units)
            self.time_b = nn.Linear(backbone_units, units)
        for layer in self.children():
            nn.init.xavier_uniform_(layer.weight)

    @classmethod
    def as_layer(cls, input_size: int, units: int, **options: object) -> Self:
        """With a shared layer as wide as the state unless ``backbone_units`` says otherwise."""
        return cls(input_size, units, **{"backbone_units": units} | options)

    def products(self, x: Tensor, sequence: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The shared layer's product first, then the heads'."""
        inputs = torch.cat([x, previous(sequence)], dim=2)
        shared, *heads = self.children()
        hidden = self._shared(inputs)
        return [(shared.weight, inputs), *((head.weight, hidden) for head in heads)]

    def _run(self, x: Tensor, state: Tensor | None, spans: Tensor | None) -> tuple[Tensor, Tensor]:
        if state is None:
            state = x.new_zeros(x.shape[0], self.units)
        outputs = []
        for t in range(x.shape[1]):
            state = self._step(x[:, t], state, 1.0 if spans is None else spans[:, t])
            outputs.append(state)
        return torch.stack(outputs, dim=1), state

    def _shared(self, inputs: Tensor) -> Tensor:
        return LECUN[0] * torch.tanh(LECUN[1] * self.backbone(inputs))

    def _step(self, x: Tensor, state: Tensor, span: Tensor | float) -> Tensor:
        shared = self._shared(torch.cat([x, state], dim=1))  # (batch, backbone)
        first = self.ff1(shared)
        if self.mode == "pure":
            decay = torch.exp(-span * (self.w_tau.abs() + first.abs()))
            return self.A - self.A * decay * first
        first, second = torch.tanh(first), torch.tanh(self.ff2(shared))
        gate = torch.sigmoid(self.time_a(shared) * span + self.time_b(shared))
        if self.mode == "no_gate":
            return first + gate * second
        return first * (1 - gate) + gate * second


def load_ncps(cell: CfC, weights: dict[str, Tensor]) -> CfC:
    """Give a cell the weights of an ``ncps.torch.CfC`` with the same sizes and mode.

    Args:
        cell: the cell to fill.
        weights: the reference layer's ``state_dict()``; its shared layer must be one layer deep.
    """
    ours = {}
    for name, value in weights.items():
        name = name.removeprefix("rnn_cell.")
        ours[name.replace("backbone.0.", "backbone.")] = value
    cell.load_state_dict(ours)
    return cell
