"""LSTM and GRU with the liquid cells' calls: the recurrent baselines, on torch's own kernels."""

import torch
from torch import Tensor, nn

from lnnlab.models.cell import Cell, previous
from lnnlab.models.scan import full_precision


class _Gated(Cell):
    """A torch recurrent layer. Elapsed times mean nothing to it; they are taken as a feature.

    Where ``timespans`` are given they enter as one more input, so that a baseline sees what a
    liquid cell sees; build it with ``timed=True``.
    """

    layer: type[nn.RNNBase]

    def __init__(
        self, input_size: int, units: int, return_sequences: bool = True, timed: bool = False
    ) -> None:
        super().__init__(input_size, units, return_sequences)
        self.timed = timed
        self.rnn = self.layer(input_size + timed, units, batch_first=True)

    def products(self, x: Tensor, sequence: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The input's and the state's product, all gates stacked."""
        if self.timed:
            x = torch.cat([x, x.new_ones(*x.shape[:2], 1)], dim=2)
        return [(self.rnn.weight_ih_l0, x), (self.rnn.weight_hh_l0, previous(sequence))]

    def _run(self, x: Tensor, state: Tensor | None, spans: Tensor | None) -> tuple[Tensor, Tensor]:
        if self.timed:
            spans = x.new_ones(*x.shape[:2], 1) if spans is None else spans
            x = torch.cat([x, spans], dim=2)
        if x.device.type == "cpu":  # not every processor has these layers in half precision
            with full_precision(x):
                return self.rnn(x.to(self.rnn.weight_hh_l0.dtype), state)
        return self.rnn(x, state)


class GRU(_Gated):
    """Gated recurrent unit (Cho et al. 2014); state (1, batch, unit)."""

    layer = nn.GRU

    def _with_batch(self, state: Tensor) -> Tensor:
        return state.unsqueeze(1)

    def _without_batch(self, state: Tensor) -> Tensor:
        return state.squeeze(1)


class LSTM(_Gated):
    """Long short-term memory (Hochreiter and Schmidhuber 1997); state (h, c), each
    (1, batch, unit)."""

    layer = nn.LSTM

    def _with_batch(self, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return state[0].unsqueeze(1), state[1].unsqueeze(1)

    def _without_batch(self, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return state[0].squeeze(1), state[1].squeeze(1)
