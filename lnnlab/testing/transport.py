"""How a tester reaches a board: emulated today, over a wire to a real one by the same calls."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from lnnlab.profiling import measure
from lnnlab.target.batch import BatchRunner
from lnnlab.target.boards import Board

BATCH = 16  # windows at a time, so that progress shows


class Transport(Protocol):
    """What a tester asks of a board."""

    basis: str  # what its figures rest on, such as ``"emulated"``

    def decide(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Logits of int16 windows (window, time, channel), some windows at a time, (n, class)."""

    def cycles(self, samples: np.ndarray) -> list[float] | None:
        """Cycles of each window's decision; None where the board cannot say."""


class EmulatedBoard:
    """A board's core under emulation; cycles from the timing model.

    Args:
        board: whose core and flash are taken.
        blob: the ``.lnn`` file that it runs.
    """

    basis = "emulated"

    def __init__(self, board: Board, blob: bytes) -> None:
        self.board, self.blob = board, blob
        self._runner = BatchRunner(blob, board.core)

    def decide(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """See :class:`Transport`."""
        for first in range(0, len(samples), BATCH):
            yield self._runner.run(samples[first : first + BATCH]).logits

    def cycles(self, samples: np.ndarray) -> list[float] | None:
        """See :class:`Transport`; the middle of the timing model's band, with the board's flash."""
        found, flash = [], self.board.port()
        for window in samples:
            measured = measure(self.blob, self.board.core, window[None], flash)
            if measured.flash_cycles is None:
                return None
            found.append(sum(measured.flash_cycles) / 2)
        return found
