"""Classifiers of whole windows: what every model of a benchmark has in common."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lnnlab.errors import UserError, unknown
from lnnlab.models.cell import Cell

POOLS = ("mean", "last")
MOST_GAIN = 64  # of a feature, by how much less it varies than the median one


@dataclass(frozen=True)
class Layer:
    """One matrix of a network with what a batch made it multiply.

    Attributes:
        name: where it is.
        weight: (output, input), or a convolution's (output, input, tap).
        inputs: (batch, time, feature), or (batch, feature) after pooling.
        calls_per_step: how often it is applied per step of the network's input.
    """

    name: str
    weight: Tensor
    inputs: Tensor
    calls_per_step: float


def parameter_count(model: nn.Module) -> int:
    """Trained numbers of a model."""
    return sum(each.numel() for each in model.parameters())


class Classifier(nn.Module):
    """Base of all trained models: ``model(x, timespans) -> logits (batch, class)``.

    x is (batch, time, feature). The features are brought to mean 0 and spread 1 by constants that
    ``fit_standardiser`` takes from training windows; as constants they fold into the first
    layer's weights and are not counted as parameters.
    """

    def __init__(self, input_size: int) -> None:
        super().__init__()
        self.register_buffer("offset", torch.zeros(input_size))
        self.register_buffer("scale", torch.ones(input_size))

    def fit_standardiser(self, x: np.ndarray, noise: np.ndarray | None = None) -> None:
        """Take the constants from training features.

        A feature that hardly varies is not blown up to the spread of the others. Nor is one that
        the target's integers would drown: where their noise is n times its spread, n above 1, its
        gain is n² times smaller, so that the noise arrives at 1/n of a usual feature's spread.

        Args:
            x: (window, time, feature).
            noise: of the target's integers in each feature, (feature,), see
                :func:`lnnlab.integer.twin.rounding_noise`; None: none.
        """
        flat = np.asarray(x, dtype=np.float64).reshape(-1, x.shape[-1])
        spread = flat.std(axis=0)
        least = max(float(np.median(spread)) / MOST_GAIN, 1e-6)
        spread = np.maximum(spread, least)
        if noise is not None:
            spread = spread * np.maximum(noise / spread, 1.0) ** 2
        self.offset.copy_(torch.from_numpy(flat.mean(axis=0)))
        self.scale.copy_(torch.from_numpy(1.0 / spread))

    @property
    def spread(self) -> Tensor:
        """What counts as 1 of each feature, in its own unit, (feature,)."""
        return 1.0 / self.scale

    def forward(self, x: Tensor, timespans: Tensor | None = None) -> Tensor:
        """Logits (batch, class)."""
        return self.trace(x, timespans, layers=False)[0]

    def trace(
        self, x: Tensor, timespans: Tensor | None = None, layers: bool = True
    ) -> tuple[Tensor, list[Layer]]:
        """Logits, and every matrix with its inputs (an empty list with ``layers=False``)."""
        raise TypeError(f"{type(self).__name__} defines no trace")

    def stream(self, x: Tensor, timespans: Tensor | None = None) -> Tensor:
        """Logits after every step, (batch, time, class).

        Raises:
            UserError: the network answers whole windows alone.
        """
        raise UserError(f"{type(self).__name__} answers whole windows; for an answer after every "
                        "step choose a keyword_… network, or pool 'last'")

    def macs(self, steps: int) -> int:
        """Multiply-accumulates for one window of that many steps."""
        was_training = self.training
        self.eval()
        with torch.no_grad():
            _, layers = self.trace(self.offset.new_zeros(1, steps, len(self.offset)))
        self.train(was_training)
        return round(sum(steps * each.calls_per_step * each.weight.numel() for each in layers))

    def standardised(self, x: Tensor) -> Tensor:
        """Features at mean 0 and spread 1, (batch, time, feature)."""
        return (x - self.offset) * self.scale


class SequenceClassifier(Classifier):
    """A stack of recurrent cells, a pool over time and a linear readout.

    Args:
        cells: the layers, each fed by the one before.
        classes: number of classes.
        mixing: taps of a causal depthwise convolution with ReLU between two cells; 0: none.
        pool: the readout sees the ``"mean"`` over time, or the ``"last"`` step.

    Raises:
        UserError: the pool is unknown.
    """

    def __init__(
        self, cells: list[Cell], classes: int, mixing: int = 0, pool: str = "mean"
    ) -> None:
        super().__init__(cells[0].input_size)
        if pool not in POOLS:
            raise unknown("pool", pool, POOLS)
        self.cells = nn.ModuleList(cells)
        self.pool, self.mixing = pool, mixing
        self.mixers = nn.ModuleList(
            nn.Conv1d(cell.units, cell.units, mixing, groups=cell.units) if mixing else None
            for cell in cells[:-1]
        )
        self.readout = nn.Linear(cells[-1].units, classes)

    def trace(
        self, x: Tensor, timespans: Tensor | None = None, layers: bool = True
    ) -> tuple[Tensor, list[Layer]]:
        """See :meth:`Classifier.trace`."""
        steps = x.shape[1]
        x, found = self._sequence(x, timespans, layers)
        pooled = x.mean(dim=1) if self.pool == "mean" else x[:, -1]  # (batch, unit)
        if layers:
            found.append(Layer("readout", self.readout.weight, pooled, 1.0 / steps))
        return self.readout(pooled), found

    def stream(self, x: Tensor, timespans: Tensor | None = None) -> Tensor:
        """See :meth:`Classifier.stream`; the mean over a window is known at its end alone."""
        if self.pool == "mean":
            return super().stream(x, timespans)
        return self.readout(self._sequence(x, timespans, False)[0])

    def _sequence(
        self, x: Tensor, timespans: Tensor | None, layers: bool
    ) -> tuple[Tensor, list[Layer]]:
        """The last cell's outputs, (batch, time, unit), and the matrices before the readout."""
        x, found = self.standardised(x), []
        for number, cell in enumerate(self.cells):
            sequence, _ = cell(x, timespans=timespans)
            if layers:
                products = enumerate(cell.products(x, sequence))
                found += [Layer(f"cell{number}.{k}", w, seen, 1.0) for k, (w, seen) in products]
            x = sequence
            if number < len(self.mixers) and self.mixers[number] is not None:
                if layers:
                    found.append(Layer(f"mixer{number}", self.mixers[number].weight, x, 1.0))
                x = self.mixed(number, x)
        return x, found

    def mixed(self, number: int, x: Tensor) -> Tensor:
        """Causal depthwise convolution and ReLU after cell ``number``, (batch, time, unit)."""
        mixer = self.mixers[number]
        padded = nn.functional.pad(x.transpose(1, 2), (mixer.kernel_size[0] - 1, 0))
        return torch.relu(mixer(padded)).transpose(1, 2)
