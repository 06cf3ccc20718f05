"""``SerialBoard``: a board behind a serial line."""

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig
from lnnlab.target.boards import Board
from lnnlab.target.wire import BAUD
from lnnlab.testing.hello import Hello, check_hello, read_hello
from lnnlab.testing.line import Line, Patience
from lnnlab.testing.transport import OtherBoard, StreamDecisions

HELLO, BEGIN, SAMPLES = 1, 2, 3  # kinds, as firmware/serial/serve.c has them
DONE, ELSEWHERE, OTHER_MODEL, NO_STREAM = range(4)
WINDOWS, STREAM = range(2)
PATIENCE = Patience()
RESTARTS = 10  # of one recording, before the board counts as broken
LEAST_BYTES = 32  # of samples in a frame on a bad line
_BEGIN, _SAMPLES = struct.Struct("<IIBBHH"), struct.Struct("<II")
_STATE = struct.Struct("<BBIIIII")


@dataclass(frozen=True)
class _Recording:
    """What the board said of a recording: rows (decision,), counts of the last answer."""

    rows: np.ndarray
    heard: int
    computed: int
    skipped: int


class SerialBoard:
    """A board behind a serial line, with the firmware of ``lnnlab flash``.

    Choose this for silicon, or for the same firmware under QEMU; :class:`EmulatedBoard` needs
    neither. What its figures rest on, the board says itself.

    Args:
        url: a port such as ``/dev/ttyACM0`` or ``COM3``, or a URL of pyserial's such as
            ``socket://host:port``.
        baud: bits a second, as the firmware was built for.
        patience: how long a silent or cut line is waited for.

    Attributes:
        hello: what the board said of itself.
        restarts: recordings that began anew, as the board had lost them.

    Raises:
        UserError: the port cannot be opened, nobody answers, or in another version.
    """

    def __init__(self, url: str, baud: int = BAUD, patience: Patience = PATIENCE) -> None:
        self.url, self.restarts = url, 0
        self.line = Line(url, baud, patience)
        self.hello = self._hello()
        self._random, self._bytes = random.SystemRandom(), self.hello.most_bytes

    @property
    def basis(self) -> str:
        """``"measured"`` on silicon, ``"emulated"`` under QEMU."""
        return self.hello.basis

    @property
    def identity(self) -> str:
        """See :class:`lnnlab.testing.transport.Transport`."""
        return self.hello.identity

    @property
    def clock_hz(self) -> float:
        """Of the board's core, nominal: an internal oscillator may be a percent off."""
        return float(self.hello.clock_hz)

    def take(self, board: Board, blob: bytes) -> None:
        """See :class:`lnnlab.testing.transport.Transport`."""
        check_hello(self.hello, self.url, board, blob)
        self.board, self.blob = board, blob
        self._frame = lnn_file.from_bytes(blob).features.spec.frame
        self._row = np.dtype([
            ("moment", "<u4"), ("cycles", "<u4"), ("label", "<i2"), ("confidence_q15", "<i2"),
            ("timestep", "<u2"), ("detected", "<u2"), ("logits", "<i2", (self.hello.classes,))])

    def decide(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """See :class:`lnnlab.testing.transport.Transport`."""
        for window in samples:
            yield self._window(window)["logits"].astype(np.int64)[None]
        self._check_same()

    def cycles(self, samples: np.ndarray) -> list[float] | None:
        """See :class:`lnnlab.testing.transport.Transport`; by the board's own counter."""
        if self.hello.emulated:
            return None
        found = [float(self._window(window)["cycles"]) for window in samples]
        self._check_same()  # its clock, too
        return found

    def stream(self, samples: np.ndarray, config: StreamConfig) -> StreamDecisions:
        """See :class:`lnnlab.testing.transport.Transport`."""
        told = self._recording(samples, STREAM, config)
        self._check_same()
        rows = {name: told.rows[name].astype(np.int64) for name in told.rows.dtype.names}
        return StreamDecisions(
            (rows["moment"] - self._frame) // self.hello.hop, rows["timestep"], rows["label"],
            rows["confidence_q15"], rows["detected"] > 0, told.heard, told.computed, told.skipped,
            None if self.hello.emulated else rows["cycles"])

    def close(self) -> None:
        """Give the port back."""
        self.line.close()

    def _window(self, window: np.ndarray) -> np.void:
        rows = self._recording(window, WINDOWS, StreamConfig()).rows
        if len(rows) != 1:  # it comes with the last frame, which may end before the window does
            raise UserError(f"{self.url}: {len(rows)} decisions on one window: flash the board "
                            "anew with 'lnnlab flash'")
        return rows[0]

    def _hello(self) -> Hello:
        return read_hello(self.line.ask(HELLO), self.url)

    def _check_same(self) -> None:
        """Refuse what was said if another board may have said it."""
        now = self._hello()
        if now != self.hello:
            raise OtherBoard(
                f"{self.url}: {now.identity} answers, where {self.hello.identity} did: run again "
                "with one board and one model alone")

    def _recording(self, samples: np.ndarray, kind: int, config: StreamConfig) -> _Recording:
        """Give the board a recording; where it loses it, once more from the start."""
        content = np.ascontiguousarray(samples, "<i2").reshape(len(samples), -1)
        for _ in range(RESTARTS):
            told = self._attempt(content, kind, config)
            if told is not None:
                return told
            self.restarts += 1
            self._check_same()
        raise UserError(f"{self.url}: the board lost one recording {RESTARTS} times: it resets in "
                        "between; look at its supply and its reset pin")

    def _attempt(self, content: np.ndarray, kind: int, config: StreamConfig) -> _Recording | None:
        """One pass over a recording; None where the board has lost it."""
        number = self._random.randrange(1, 1 << 32)
        setup = _BEGIN.pack(number, self.hello.model_crc, kind, config.smoothing_shift,
                            config.refractory, config.threshold_q15)
        at, parts = 0, []
        state, _ = self._state(BEGIN, setup)
        if state[:1] + state[2:4] != (DONE, number, 0):
            return None
        while at < len(content):
            piece = content[at : at + max(1, self._bytes // (2 * content.shape[1]))]
            before = self.line.counts.again
            state, rows = self._state(SAMPLES, _SAMPLES.pack(number, at) + piece.tobytes())
            self._adapt(self.line.counts.again - before)
            if state[0] != DONE or state[2] != number:
                return None
            if not at < state[3] <= at + len(piece) or (rows["moment"] <= at).any():
                raise UserError(f"{self.url}: the board took samples up to {state[3]} where "
                                f"{at + len(piece)} were due: flash it anew with 'lnnlab flash'")
            parts.append(rows)
            at = state[3]
        return _Recording(np.concatenate(parts), *state[4:])

    def _state(self, kind: int, payload: bytes) -> tuple[tuple[int, ...], np.ndarray]:
        """Status, rows, recording, moments and counts of an answer; the rows themselves."""
        answer = self.line.ask(kind, payload)
        if len(answer) < _STATE.size:
            raise self._misfit(len(answer), _STATE.size)
        state = _STATE.unpack_from(answer)
        due = _STATE.size + state[1] * self._row.itemsize
        if len(answer) != due:
            raise self._misfit(len(answer), due)
        if state[0] == OTHER_MODEL:
            self._check_same()
        if state[0] == NO_STREAM:
            raise UserError(f"{self.url}: the board's model cannot stream; give it windows")
        if state[0] not in (DONE, ELSEWHERE):
            raise UserError(f"{self.url}: the board refuses with status {state[0]}: flash it anew "
                            "with 'lnnlab flash'")
        return state, np.frombuffer(answer, self._row, state[1], _STATE.size)

    def _misfit(self, found: int, due: int) -> UserError:
        return UserError(f"{self.url}: an answer of {found} bytes where {due} were due: flash the "
                         "board anew with 'lnnlab flash'")

    def _adapt(self, again: int) -> None:
        """Shorter frames on a line that damages them, longer ones where it does not."""
        wanted = self._bytes // 2 if again else self._bytes * 5 // 4
        self._bytes = min(self.hello.most_bytes, max(LEAST_BYTES, wanted))
