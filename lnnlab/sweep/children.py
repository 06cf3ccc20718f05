"""Child processes that make points, seen from whoever starts them."""

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path

import psutil

from lnnlab import paths
from lnnlab.sweep.outcome import DIED, STUCK, Outcome, failure

LEAVE_S = 2.0  # for a child to end by itself, before it is killed


class Child:
    """One process that makes points, one at a time; started when the first is asked for.

    It ends when this process does, however that ends, because its standard input is a pipe from
    here. Choose one a thread: :meth:`make` waits.

    Attributes:
        folder: where it works; whatever lies there is removed after each point and at the end.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.gettempdir()) / f"lnnlab-sweep-{uuid.uuid4().hex[:12]}"
        self._process: subprocess.Popen | None = None

    def make(self, task: dict, timeout_s: float | None = None) -> Outcome:
        """How a task ended: done, raised, refused, stuck (then it is killed), or died."""
        try:
            process = self._running()
            process.stdin.write(json.dumps(task).encode() + b"\n")
            process.stdin.flush()
            return self._answers.get(timeout=timeout_s) or self._death(process)
        except BrokenPipeError:
            return self._death(process)
        except queue.Empty:
            self.close()
            return Outcome(STUCK, f"took longer than {timeout_s:g} s and was ended")
        except OSError as error:  # no room for one more process, or on the disk
            return failure(error)

    def close(self) -> None:
        """End the process and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()  # at which it ends what it started, cleans up and goes
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LEAVE_S)
        with contextlib.suppress(psutil.NoSuchProcess):
            child = psutil.Process(process.pid)
            for each in (child, *child.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
        process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _running(self) -> subprocess.Popen:
        if self._process is not None and self._process.poll() is not None:
            self.close()  # it died since the last task
        if self._process is None:
            self._said = tempfile.TemporaryFile()  # noqa: SIM115, read when it dies
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lnnlab.sweep.child", self.folder],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
                start_new_session=True,
                env={"OMP_NUM_THREADS": "1"} | os.environ, cwd=paths.ROOT,
            )
            self._answers: queue.Queue[Outcome | None] = queue.Queue()
            threading.Thread(target=_read, args=(self._process, self._answers),
                             daemon=True).start()
        return self._process

    def _death(self, process: subprocess.Popen) -> Outcome:
        status = process.wait()
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip().splitlines()[-1:]
        self.close()
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return Outcome(DIED, ": ".join([f"its process ended with {how}", *said]))


def _read(process: subprocess.Popen, answers: queue.Queue) -> None:
    """Put each answer into the queue, and None when there will be no more."""
    for line in process.stdout:
        head = json.loads(line)
        archive = process.stdout.read(head["bytes"])
        if len(archive) < head["bytes"]:
            break
        answers.put(Outcome(head["state"], head["words"], archive))
    answers.put(None)
