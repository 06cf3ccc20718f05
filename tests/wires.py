"""Lines for tests: a board on this machine, a proxy that damages and cuts, words of a board."""

import contextlib
import os
import random
import socket
import subprocess
import tempfile
import threading
import tty
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from lnnlab import paths
from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.runtime.export import export
from lnnlab.target.toolchain import build_host
from lnnlab.target.wire import FIRMWARE
from lnnlab.testing.frames import Frame, Reader
from lnnlab.testing.line import Patience

HERE = Path(__file__).with_name("wire")
BLOB = (paths.ROOT / "reports" / "full" / "c" / "cwru.lnn").read_bytes()
NUCLEO = "nucleo-f446re"
HASTY = Patience(answer_s=0.3, silence_s=2.0, reopen_s=3.0)


@cache
def bearings():
    return load("bearing_sim")


def said(work, *given, **more):
    """The one line that something ends with."""
    with pytest.raises(UserError) as caught:
        work(*given, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@cache
def host_board(blob):
    """The firmware's protocol over a model, as a program of this machine, see board_host.c."""
    with tempfile.TemporaryDirectory() as name:
        source = export(blob, Path(name), "model")[1]
        return build_host(
            [source, HERE / "board_host.c", FIRMWARE / "frames.c", FIRMWARE / "serve.c"],
            include=[FIRMWARE, Path(name)],
            defines={"LNN_NO_STATIC": 1, "LNN_NO_FLOAT": 1, "BOARD_NAME": '"stm32f446"'})


@contextlib.contextmanager
def pty_board(blob):
    """A port of this machine with that program behind it."""
    outer, inner = os.openpty()
    tty.setraw(inner)
    process = subprocess.Popen([host_board(blob)], stdin=outer, stdout=outer,
                               stderr=subprocess.DEVNULL)
    try:
        yield os.ttyname(inner)
    finally:
        process.kill()
        process.wait()
        os.close(outer)
        os.close(inner)


@dataclass
class Faults:
    """Chances of each byte."""

    flip: float = 0
    drop: float = 0
    insert: float = 0

    def applied(self, received, chance):
        """The bytes as they arrive; draws go by place in the stream, whatever its pieces."""
        out = bytearray()
        for byte in received:
            draw = chance.random()
            if draw < self.drop:
                continue
            if draw < self.drop + self.flip:
                byte ^= 1 << chance.randrange(8)
            elif draw < self.drop + self.flip + self.insert:
                out.append(chance.randrange(256))
            out.append(byte)
        return bytes(out)


@dataclass
class Proxy:
    """Stands between a host and a socket; damages bytes by a seed, and can cut the line."""

    target: str
    faults: Faults = field(default_factory=Faults)
    seed: int = 0
    after: int = 0  # answers, behind which `then` is called, once
    then: object = None
    refusing: bool = False
    answers: set = field(default_factory=set)  # their numbers: one that comes twice counts once

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self._pairs, self._closed = [], False
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._closed = True
        self._server.close()
        self.cut()

    @property
    def url(self):
        return f"socket://127.0.0.1:{self._server.getsockname()[1]}"

    def cut(self, for_s=None):
        """End every line; no new one for so long, None: for good."""
        self.refusing = True
        _end(*self._pairs)
        if for_s is not None:
            threading.Timer(for_s, lambda: setattr(self, "refusing", False)).start()

    def _accept(self):
        while not self._closed:
            try:
                host = self._server.accept()[0]
            except OSError:
                return
            if self.refusing:
                host.close()
                continue
            place = self.target.removeprefix("socket://").split(":")
            board = socket.create_connection((place[0], int(place[1])))
            for each in (host, board):
                each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs += [host, board]
            for way, ends in enumerate(((host, board), (board, host))):
                threading.Thread(target=self._pump, args=(*ends, way), daemon=True).start()

    def _pump(self, source, sink, way):
        chance, reader = random.Random(2 * self.seed + way), Reader()
        with contextlib.suppress(OSError):
            while received := source.recv(4096):
                if way:
                    self.answers |= {each.number for each in reader.take(received) if each}
                if self.then is not None and self.after <= len(self.answers):
                    then, self.then = self.then, None
                    then(self)
                sink.sendall(self.faults.applied(received, chance))
        _end(source, sink)


def _end(*sockets):
    for each in sockets:  # a close alone waits for the thread that reads
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def talker(answer):
    """A board whose words a test chooses: ``answer(frame)`` gives bytes, or None for silence."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            line, reader = server.accept()[0], Reader()
            while received := line.recv(4096):
                for frame in reader.take(received):
                    said = answer(frame)
                    if said:
                        line.sendall(said)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()


def answer_to(frame, payload):
    """An answer's bytes."""
    return Frame(frame.kind | 0x80, frame.number, payload).on_the_line()


