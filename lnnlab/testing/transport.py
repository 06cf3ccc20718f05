"""How a tester reaches a board: emulated, or over a wire to a real one, by the same calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig
from lnnlab.profiling import measure
from lnnlab.target.batch import BatchRunner
from lnnlab.target.boards import Board
from lnnlab.target.stream import StreamRunner

BATCH = 16  # windows at a time, so that progress shows


class OtherBoard(UserError):
    """What answers is no longer what a run began with: nothing that it said is kept."""


@dataclass(frozen=True)
class StreamDecisions:
    """What a board said of one uninterrupted recording.

    Attributes:
        hop: that each decision came with, (decision,).
        timestep: hops since the decision before, (decision,).
        label: class index, (decision,).
        confidence_q15: its smoothed probability, (decision,).
        detected: whether a keyword was reported, (decision,) of bool.
        heard, computed, skipped: frames that ended, that went through the layers, that a policy
            passed over.
        cycles: of each decision, with the frames passed over before it, (decision,); None where
            the board cannot say.
    """

    hop: np.ndarray
    timestep: np.ndarray
    label: np.ndarray
    confidence_q15: np.ndarray
    detected: np.ndarray
    heard: int
    computed: int
    skipped: int
    cycles: np.ndarray | None = None


class Transport(Protocol):
    """What a tester asks of a board; ``take`` comes first."""

    basis: str  # what its figures rest on: ``"emulated"`` or ``"measured"``
    identity: str  # of what answers, so that a run that broke off goes on there; "" for none
    clock_hz: float  # that its cycles are of

    def take(self, board: Board, blob: bytes) -> None:
        """Make ready for a model.

        Raises:
            UserError: there is another board or another model.
        """

    def decide(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Logits of int16 windows (window, time, channel), some windows at a time, (n, class)."""

    def cycles(self, samples: np.ndarray) -> list[float] | None:
        """Cycles of each window's decision; None where the board cannot say."""

    def stream(self, samples: np.ndarray, config: StreamConfig) -> StreamDecisions:
        """One int16 recording (time, channel), from a fresh state on."""


class EmulatedBoard:
    """A board's core under emulation; cycles of windows from the timing model."""

    basis, identity = "emulated", ""

    def take(self, board: Board, blob: bytes) -> None:
        """See :class:`Transport`."""
        self.board, self.blob, self.clock_hz = board, blob, 1e6 * board.clock_mhz
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

    def stream(self, samples: np.ndarray, config: StreamConfig) -> StreamDecisions:
        """See :class:`Transport`; without cycles, which :mod:`lnnlab.profiling.stream` counts."""
        said = StreamRunner(self.blob, self.board.core, whole=False).run(samples, config)
        return StreamDecisions(said.hop, said.timestep, said.label, said.confidence_q15,
                               said.detected, said.heard, said.steps, said.skipped)
