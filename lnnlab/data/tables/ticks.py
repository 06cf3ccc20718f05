"""Times as seconds since the first row, and the resolution in which a clock writes them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Times:
    """When the rows of a table were taken.

    Attributes:
        s: seconds since the first row, (row,).
        tick_s: resolution of the clock as written; 0 where it shows none.
        words: the column and its unit.
        sure: whether something told the unit; else it was guessed.
        counts: whether it counts in whole numbers, of what nothing tells.
        instead: what to do where the guess is wrong; ``""``: to name the unit.
    """

    s: np.ndarray
    tick_s: float
    words: str
    sure: bool
    counts: bool = False
    instead: str = ""


def tick_of(values: np.ndarray, largest: float = 0.0) -> float:
    """The step in which values count: 1 for whole numbers, 0.01 for two decimals, 0 for none.

    Args:
        values: since the first.
        largest: magnitude of the values as written, whose last digit float64 cannot hold.
    """
    some = values[:20_000]
    for digits in range(10):
        scaled = some * 10.0**digits
        room = max(1e-5, 8 * np.finfo(float).eps * max(largest, 1.0) * 10.0**digits)
        if room > 0.05:
            break
        if np.abs(scaled - np.round(scaled)).max(initial=0.0) <= room:
            steps = np.abs(np.diff(np.round(scaled).astype(np.int64)))
            return float(np.gcd.reduce(steps)) / 10.0**digits if len(steps) else 0.0
    return 0.0
