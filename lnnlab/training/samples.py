"""What a trainer is given and what it gives back."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Samples:
    """What a network trains on or is tested on.

    Attributes:
        x: features, (window, step, feature).
        y: class indices, (window,).
        timespans: time since the step before in units of a typical step, (window, step), or None.
    """

    x: np.ndarray
    y: np.ndarray
    timespans: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)

    def batch(self, rows: np.ndarray) -> tuple[Tensor, Tensor, Tensor | None]:
        """The windows of those rows as tensors."""
        spans = None if self.timespans is None else torch.from_numpy(self.timespans[rows]).float()
        return torch.from_numpy(self.x[rows]).float(), torch.from_numpy(self.y[rows]).long(), spans

    def for_epoch(self, random: np.random.Generator) -> "Samples":
        """What one epoch trains on: always the same here."""
        return self


@dataclass(frozen=True)
class Versions:
    """Windows of which several versions exist, such as augmented ones; an epoch draws one each.

    Attributes:
        x: features, (version, window, step, feature), of any float type, possibly on disk.
        y: class indices, (window,).
    """

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def for_epoch(self, random: np.random.Generator) -> Samples:
        """One version of each window."""
        drawn = random.integers(len(self.x), size=len(self.y))
        return Samples(self.x[drawn, np.arange(len(self.y))], self.y)


@dataclass(frozen=True)
class FitResult:
    """How a fit went: the losses of each epoch and the epoch whose weights were kept."""

    best_epoch: int
    epochs: int
    history: list[dict] = field(repr=False)
