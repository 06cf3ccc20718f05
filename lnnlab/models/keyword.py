"""A streaming classifier of sound: stem, causal blocks around any cell, a leaky pool."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from lnnlab.models.cell import Cell
from lnnlab.models.classifier import Classifier, Layer
from lnnlab.models.depthwise import causal_depthwise
from lnnlab.models.timespans import per_step

FLOOR = 1 / 32  # ε: the mean gate below which the pool forgets


class KeywordClassifier(Classifier):
    """Choose it for keywords and other sounds in a stream; it decides after every step.

    Each step runs once through a pointwise stem; then through blocks of a causal depthwise
    convolution, a cell, and the sum of what the cell was given and what it says; then into a
    leaky pool that a linear readout sees: the mean of y weighted with a = σ(w·y + b), which
    forgets, P / (D + ε) with P ← P + κ(a·y − P) and D ← D + κ(a − D). ε lets a stream forget
    even where every gate is closed. So a stream keeps a few past steps, one state per cell, and
    the pool.

    Steps may be left out: ``timespans`` says how long each one stands for, in steps of the usual
    length, and its input is held over that time. The convolution then sees the held signal, the
    cells and the pool step exactly by the elapsed time.

    Args:
        input_size: features per step.
        classes: number of classes.
        cell: makes a cell from (input size, units); liquid or a rival in the same frame.
        channels: width of the stem, of every block and of the pool.
        blocks: how many.
        taps: of the depthwise convolutions.
        memory: 1/κ, steps until the pool has forgotten about two thirds; 1: it holds this step
            alone.
        dropout: share of the stem's and the pool's values that training leaves out.
    """

    def __init__(
        self, input_size: int, classes: int, cell: Callable[[int, int], Cell],
        channels: int = 40, blocks: int = 2, taps: int = 5, memory: float = 25.0,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(input_size)
        self.memory, self.taps = memory, taps
        self.stem = _normalised(nn.Conv1d(input_size, channels, 1, bias=False))
        self.mixers = nn.ModuleList(
            _normalised(nn.Conv1d(channels, channels, taps, groups=channels, bias=False))
            for _ in range(blocks)
        )
        self.cells = nn.ModuleList(cell(channels, channels) for _ in range(blocks))
        self.sums = nn.ModuleList(nn.Identity() for _ in range(blocks))  # where a block ends
        self.gate = nn.Linear(channels, 1)
        self.dropout = nn.Dropout(dropout)
        self.readout = nn.Linear(channels, classes)

    def trace(
        self, x: Tensor, timespans: Tensor | None = None, layers: bool = True
    ) -> tuple[Tensor, list[Layer]]:
        """See :meth:`Classifier.trace`; the logits are those after the last step."""
        spans = per_step(timespans, x)
        y, found = self._blocks(x, timespans, layers)
        pooled = self.pooled(y, spans, last=True)[:, 0]  # (batch, channel)
        if layers:
            found.append(Layer("gate", self.gate.weight, y, 1.0))
            found.append(Layer("readout", self.readout.weight, pooled, 1.0 / x.shape[1]))
        return self.readout(self.dropout(pooled)), found

    def stream(self, x: Tensor, timespans: Tensor | None = None) -> Tensor:
        """Logits after every step, (batch, time, class).

        With ``memory`` 1 the pool holds one step alone, so that the network answers about the
        step itself (labels or values by frame); see :mod:`lnnlab.models.frames`.
        """
        y, _ = self._blocks(x, timespans, layers=False)
        return self.readout(self.dropout(self.pooled(y, per_step(timespans, x))))

    def _blocks(
        self, x: Tensor, timespans: Tensor | None, layers: bool
    ) -> tuple[Tensor, list[Layer]]:
        """What the pool is fed, (batch, time, channel), and the matrices on the way."""
        found, spans, y = [], per_step(timespans, x), self.standardised(x)
        if layers:
            found.append(Layer("stem", self.stem[0].weight, y, 1.0))
        y = self.dropout(self.stemmed(y))
        for number, cell in enumerate(self.cells):
            mixed = self.mixed(number, y, spans)
            sequence, _ = cell(mixed, timespans=timespans)
            if layers:
                found.append(Layer(f"mixer{number}", self.mixers[number][0].weight, y, 1.0))
                products = enumerate(cell.products(mixed, sequence))
                found += [Layer(f"cell{number}.{k}", w, seen, 1.0) for k, (w, seen) in products]
            y = self.sums[number](mixed + sequence)
        return y, found

    def stemmed(self, x: Tensor) -> Tensor:
        """The stem's output on standardised features, (batch, time, channel)."""
        convolution, *rest = self.stem
        rows = x.transpose(0, 1).contiguous()  # (time, batch, feature), as all that follows
        return _followed(nn.functional.linear(rows, convolution.weight[:, :, 0]), rest)

    def mixed(self, number: int, x: Tensor, spans: Tensor | None = None) -> Tensor:
        """The causal depthwise convolution before cell ``number``, (batch, time, channel).

        Args:
            x: (batch, time, channel).
            spans: how long each step stands for, (batch, time, 1); None: 1.
        """
        convolution, *rest = self.mixers[number]
        weight = convolution.weight[:, 0].t()  # (tap, channel), the present last
        if spans is None:
            return _followed(causal_depthwise(x.transpose(0, 1), weight), rest)
        y = (held(x, spans, self.taps) * weight).sum(dim=2)
        return _followed(y.transpose(0, 1), rest)

    def pooled(self, y: Tensor, spans: Tensor | None = None, last: bool = False) -> Tensor:
        """The pool after every step or the ``last`` alone, (batch, time or 1, channel); spans as
        in :meth:`mixed`."""
        kappa, steps = 1.0 / self.memory, y.shape[1]
        gate = torch.sigmoid(self.gate(y.transpose(0, 1))).transpose(0, 1)  # (batch, time, 1)
        if spans is None:
            age = torch.arange(steps, device=y.device, dtype=y.dtype)
            share = kappa
        else:
            age = spans.cumsum(dim=1)[..., 0]  # (batch, time)
            share = 1 - (1 - kappa) ** spans.transpose(1, 2)  # (batch, 1, source)
        lag = age[..., :, None] - age[..., None, :]  # (…, time, source)
        past = torch.ones(steps, steps, device=y.device, dtype=torch.bool).tril()
        weight = share * (1 - kappa) ** lag.clamp_min(0) * past
        weight = weight[..., -1:, :] if last else weight
        if last and spans is None:  # one product a step for all windows, time first
            shares = (weight.view(steps, 1, 1) * gate.transpose(0, 1))
            summed = (shares * y.transpose(0, 1)).sum(dim=0) / (shares.sum(dim=0) + FLOOR)
            return summed[:, None]
        return (weight @ (gate * y)) / (weight @ gate + FLOOR)

    def outputs(self, x: Tensor) -> list[Tensor]:
        """Of standardised features, without dropout: what the stem gives, then each block's
        convolution and sum, (batch, time, channel) each."""
        found = [self.stemmed(x)]
        for number, cell in enumerate(self.cells):
            mixed = self.mixed(number, found[-1])
            found += [mixed, mixed + cell(mixed)[0]]
        return found


def _normalised(convolution: nn.Conv1d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.BatchNorm1d(convolution.out_channels), nn.ReLU())


def _followed(y: Tensor, layers: Sequence[nn.Module]) -> Tensor:
    """(batch, time, channel) after normalisation and ReLU, from (time, batch, channel)."""
    rows = y.reshape(-1, y.shape[2])
    for layer in layers:
        rows = layer(rows)
    return rows.view(y.shape).transpose(0, 1)


def held(x: Tensor, spans: Tensor, taps: int) -> Tensor:
    """What the taps of a causal convolution see where every step's input is held over its span.

    Args:
        x: (batch, time, channel).
        spans: (batch, time, 1), in steps of the usual length.
        taps: one usual step apart.

    Returns:
        (batch, time, tap, channel), the present last; zero before the start.
    """
    end = spans.cumsum(dim=1)[..., 0]  # (batch, time): when each step's span ends
    back = torch.arange(taps - 1, -1, -1, device=x.device, dtype=x.dtype)
    wanted = end[..., None] - back  # (batch, time, tap)
    batch, time, channels = x.shape
    index = torch.searchsorted(end.contiguous(), wanted.reshape(batch, -1) - 1e-3)
    index = index.clamp_max(time - 1)[..., None].expand(-1, -1, channels)
    seen = x.gather(1, index).view(batch, time, taps, channels)
    return seen * (wanted > 1e-3)[..., None]
