"""Points on this machine: so many processes at a time."""

import queue
import threading
from collections.abc import Collection

from lnnlab.sweep.children import Child
from lnnlab.sweep.outcome import Outcome


class Local:
    """Child processes of this one, each making one point after the other.

    Args:
        jobs: how many.
        timeout_s: of one point; None: none.
    """

    def __init__(self, jobs: int, timeout_s: float | None = None) -> None:
        self.jobs = jobs
        self._timeout_s = timeout_s
        self._tasks: queue.Queue[dict | None] = queue.Queue()
        self._ended: queue.Queue[tuple[str, Outcome]] = queue.Queue()
        self._closed = False
        self._children = [Child() for _ in range(jobs)]
        for child in self._children:
            threading.Thread(target=self._work, args=(child,), daemon=True).start()

    def room(self) -> int:
        """How many points may be under way."""
        return self.jobs

    def start(self, task: dict, avoid: Collection[str] = ()) -> None:
        """Begin with a task; ``avoid`` has no meaning on one machine."""
        self._tasks.put(task)

    def ended(self, timeout_s: float) -> list[tuple[str, Outcome]]:
        """(key, outcome) of points that ended; waits so long for the first."""
        found = []
        try:
            found.append(self._ended.get(timeout=timeout_s))
            while True:
                found.append(self._ended.get_nowait())
        except queue.Empty:
            return found

    def close(self) -> None:
        """End all children."""
        self._closed = True
        for _ in self._children:
            self._tasks.put(None)
        for child in self._children:
            child.close()

    def _work(self, child: Child) -> None:
        while (task := self._tasks.get()) is not None and not self._closed:
            self._ended.put((task["key"], child.make(task, self._timeout_s)))
