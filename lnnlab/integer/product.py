"""What integer layers share: the requantised product, and what a layer shows of itself."""

from dataclasses import dataclass

import numpy as np

from lnnlab.integer.arithmetic import product, requantise


@dataclass(frozen=True)
class Product:
    """A matrix with its bias and requantisation.

    Attributes:
        weight: int8 values (row, input); bias: (row,); factor: (row,), 0 … 32767.
        up, down: shifts of the requantisation.
    """

    weight: np.ndarray
    bias: np.ndarray
    factor: np.ndarray
    up: int = 0
    down: int = 0

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """x (…, input) → requantised (…, row), not yet clamped."""
        return requantise(product(x, self.weight, self.bias), self.factor, self.up, self.down)


@dataclass
class Seen:
    """What a layer gives: the int8 that the next one sees, its state, and what is compared."""

    output: np.ndarray  # (window, step, unit) of int8 values
    observed: list[np.ndarray]  # of each step, (window, step, value)
    pooled: np.ndarray | None = None  # what a pool sums: the int16 state, or the output
