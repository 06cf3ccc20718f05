"""A serial line to a board: one question, one answer, whatever happens in between.

Stop and wait: a frame is sent again until its answer comes; the board answers a frame that it has
heard before as it did then. A line that is cut is opened anew for a while.
"""

import errno
import os
import random
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lnnlab.errors import UserError
from lnnlab.testing.frames import Frame, Reader

DAMAGED, ANSWER = 0xFF, 0x80
TAKEN = r"exclusively lock|PermissionError"  # as POSIX and Windows say it
NETWORK = ("socket://", "rfc2217://")  # URLs of pyserial's with a host and a port
ANSWER_BYTES = 600  # about, of a long one
MOST_WAITING = 1 << 13  # bytes without an end that are no frame of any firmware of ours


@dataclass(frozen=True)
class Patience:
    """How long a line is waited for.

    Attributes:
        answer_s: for an answer, before the frame is sent again; bytes on the line take their
            time beside it.
        silence_s: without one sound frame, before the board counts as silent.
        reopen_s: for a line that is cut to come back.
        quiet_s: after a damaged frame, so that its rest has passed.
        tries: of one frame on a line that lets others through.
    """

    answer_s: float = 0.5
    silence_s: float = 5.0
    reopen_s: float = 5.0
    quiet_s: float = 0.005
    tries: int = 500


@dataclass
class LineCounts:
    """Frames: sent, of them again, that came damaged, that answered something else, that came back
    as they were sent; reopenings."""

    sent: int = 0
    again: int = 0
    damaged: int = 0
    stale: int = 0
    echoed: int = 0
    reopened: int = 0


@dataclass
class Line:
    """An open line.

    Args:
        url: a port such as ``/dev/ttyACM0`` or ``COM3``, or a URL of pyserial's such as
            ``socket://host:port``.
        baud: bits a second; a socket has none.
        patience: how long it is waited for.

    Raises:
        UserError: pyserial is missing, or the port cannot be opened.
    """

    url: str
    baud: int
    patience: Patience = Patience()
    counts: LineCounts = field(default_factory=LineCounts)

    def __post_init__(self) -> None:
        self._serial = _pyserial()
        self._number = random.SystemRandom().randrange(1 << 16)
        self._reader, self._heard_s = Reader(), 0.0
        self._port = self._open()

    def ask(self, kind: int, payload: bytes = b"") -> bytes:
        """The payload of the answer to a frame.

        Raises:
            UserError: the board is silent, the line is cut and does not come back, or nothing gets
                through it.
        """
        self._number = (self._number + 1) & 0xFFFF
        wire = Frame(kind, self._number, payload).on_the_line()
        self._line_s = 10 * (len(wire) + ANSWER_BYTES) / self.baud  # ten bits a byte
        self._heard_s = time.monotonic()
        for attempt in range(self.patience.tries):
            try:
                self._port.write(wire)
                self.counts.sent += 1
                self.counts.again += attempt > 0
                answer = self._answer(kind | ANSWER)
            except (OSError, self._serial.SerialException) as error:
                self._reopen(error)
                continue
            if answer is not None:
                return answer
            if time.monotonic() - self._heard_s > self.patience.silence_s + self._line_s:
                raise UserError(self._silent())
        raise UserError(f"{self.url}: {self.patience.tries} tries of one frame failed: shorten the "
                        "line, or flash and name a lower baud rate")

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def _answer(self, kind: int) -> bytes | None:
        """The answer, or None where the frame has to be sent again."""
        until = time.monotonic() + self.patience.answer_s + self._line_s
        while time.monotonic() < until:
            for frame in self._reader.take(self._received()):
                if frame is None:
                    self.counts.damaged += 1
                    return self._settle()
                if not frame.kind & ANSWER:  # no board says that; one may stand behind the echo
                    self.counts.echoed += 1
                    continue
                self._heard_s = time.monotonic()
                if frame.kind == DAMAGED:
                    return self._settle()
                if (frame.kind, frame.number) == (kind, self._number):
                    return frame.payload
                self.counts.stale += 1
            if len(self._reader.waiting) > MOST_WAITING:
                raise UserError(f"{self.url}: {MOST_WAITING} bytes without the end of a frame: "
                                "that is no firmware of lnnlab's, or another baud rate")
        return None

    def _received(self) -> bytes:
        return self._port.read(max(1, self._port.in_waiting))

    def _settle(self) -> None:
        """Let the rest of what was damaged pass, so that it is answered once."""
        until = time.monotonic() + self.patience.answer_s
        quiet_until = time.monotonic() + self.patience.quiet_s
        while time.monotonic() < min(until, quiet_until):
            if self._port.in_waiting:
                self._received()
                quiet_until = time.monotonic() + self.patience.quiet_s
            else:
                time.sleep(self.patience.quiet_s / 5)
        self._reader = Reader()

    def _silent(self) -> str:
        if self.counts.echoed:
            return (f"{self.url}: this line echoes what is sent, and no board answered within "
                    f"{self.patience.silence_s:g} s: look whether RX and TX are joined, or name "
                    "the port of the board")
        heard = f", {self.counts.damaged} damaged frames: is it {self.baud} baud?" * (
            self.counts.damaged > 0)
        return (f"{self.url}: no answer within {self.patience.silence_s:g} s{heard}; is the "
                "firmware of 'lnnlab flash' on the board, and no other program on its port?")

    def _open(self):
        """The port, or the one line that says why not."""
        try:
            if "://" in self.url:
                return self._serial.serial_for_url(self.url, self.baud, timeout=0.05)
            return self._serial.serial_for_url(self.url, self.baud, timeout=0.05, exclusive=True)
        except (OSError, ValueError, self._serial.SerialException) as error:
            raise UserError(f"{self.url}: {_why_closed(self, error)}") from error

    def _reopen(self, cut: Exception) -> None:
        """Open the port again; what opens and stays mute is no line that came back."""
        self._port.close()
        while time.monotonic() - self._heard_s < self.patience.reopen_s:
            time.sleep(0.1)
            try:
                self._port, self._reader = self._open(), Reader()
            except UserError:
                continue
            self.counts.reopened += 1
            return
        raise UserError(f"{self.url}: the line was cut ({cut}) and did not come back within "
                        f"{self.patience.reopen_s:g} s; plug the board in and run again") from cut


def _pyserial():
    try:
        import serial
    except ImportError as error:
        raise UserError("no pyserial for boards on a wire: pip install 'lnnlab[wire]'") from error
    return serial


def _why_closed(line: Line, error: Exception) -> str:
    number, text, url = getattr(error, "errno", None), str(error), line.url
    if "baud" in text:
        return f"baud rate {line.baud} is none that the port has ({text})"
    if isinstance(error, ValueError):
        return f"no port that pyserial can open ({text}); give one, or socket://HOST:PORT"
    if url.startswith(NETWORK) and not _has_address(url):
        return "no host and port; give such as socket://HOST:PORT, with a port from 1 to 65535"
    if "://" in url:
        text = text.removeprefix(f"Could not open port {url}: ")
        return f"nobody answers there ({text}); start what listens, or check host and port"
    if number in (errno.EBUSY, errno.EAGAIN) or re.search(TAKEN, text):
        return "the port is taken by another program; close that"
    if number == errno.ENOENT or not os.path.exists(url):
        return f"no such port; there are: {', '.join(_ports()) or 'none'}"
    if number == errno.EACCES:
        return "the port may not be opened by you; on Debian join the group dialout"
    return f"the port cannot be opened ({text})"


def _has_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname and parts.port)
    except ValueError:  # a port that is no number, or above the most
        return False


def _ports() -> list[str]:
    from serial.tools import list_ports

    return sorted(each.device for each in list_ports.comports())
