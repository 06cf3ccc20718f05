"""Points on a cluster of Dask: workers checked for their version, lost connections taken up."""

import time
import warnings
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from lnnlab.sweep import data
from lnnlab.sweep.connection import Access, connected, say
from lnnlab.sweep.outcome import DIED, FULL, LOST, REFUSED, Outcome
from lnnlab.sweep.remote import make_here
from lnnlab.sweep.workers import Workers

LOOK_S = 1.0  # between two looks at who is there


class Cluster:
    """Workers of a Dask scheduler.

    A point goes to a worker of the package's own version whose disk is not full; one that failed
    goes to another worker if there is one. While the scheduler is away, points are kept and given
    again to the one that comes back.

    Args:
        access: of the scheduler.
        timeout_s: of one point; None: none.
        shelf: the folder, on a disk that all workers see, that they write results to; None: what
            they need and give travels over the network.
    """

    def __init__(self, access: Access, timeout_s: float | None = None,
                 shelf: Path | None = None) -> None:
        self._access, self._timeout_s, self._shelf = access, timeout_s, shelf
        self._futures: dict[str, Any] = {}  # key → future
        self._given: dict[str, list[str]] = {}  # key → workers that may make it
        self._packed: dict[str, bytes] = {}  # hash of recordings → zip
        self._sent: dict[str, Any] = {}  # the same → future
        self._stranded: set[str] = set()  # keys
        self._client = connected(access)
        self._workers = Workers(self._client, access.wait_s)
        self._looked_s = 0.0
        self._away = False  # whether it was said that the scheduler is
        self._workers.wait()

    def room(self) -> int:
        """How many points may be under way: one more than threads, so that none waits for us."""
        self._look()
        return self._workers.threads + len(self._workers.usable)

    def start(self, task: dict, avoid: Collection[str] = ()) -> None:
        """Begin with a task, elsewhere than at ``avoid`` if there is a choice."""
        usable = self._workers.usable
        chosen = [each for each in usable if each not in avoid] or usable
        task = dict(task)
        if self._shelf is None:
            task["notebook_text"] = Path(task["notebook"]).read_text() if task["notebook"] else ""
            self._pack(task)
        else:
            task["shelf"] = str(self._shelf)
        self._given[task["key"]] = chosen
        try:
            self._futures[task["key"]] = self._submitted(task, chosen)
        except (OSError, RuntimeError):  # the scheduler went away just now
            self._futures[task["key"]] = None

    def ended(self, timeout_s: float) -> list[tuple[str, Outcome]]:
        """(key, outcome) of points that ended, waiting at most so long for the first."""
        until = time.monotonic() + timeout_s
        while not (found := self._ended_now()) and time.monotonic() < until:
            time.sleep(0.05)
        lost = [outcome for _, outcome in found if outcome.state == LOST]
        if lost and not self._away:
            say(f"{lost[0].line}; what was under way is begun again")
        if lost:
            time.sleep(LOOK_S)  # nobody is there to give it to: not at once
        self._away = bool(lost) or self._away and not found
        self._look()
        return found

    def close(self) -> None:
        """Cancel what is under way and leave the scheduler, which goes on."""
        with suppress(Exception):
            self._client.cancel(list(filter(None, self._futures.values())))
        with suppress(Exception):
            self._client.close(timeout=2)

    def _pack(self, task: dict) -> None:
        """Have a person's recordings ready to be sent."""
        for name, value in task["recordings"].items():
            if not data.published(value) and task["data"][name] not in self._packed:
                self._packed[task["data"][name]] = data.packed(Path(value))

    def _submitted(self, task: dict, workers: list[str]) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")
            needed = {name: self._sent_once(key) for name, key in task["data"].items()
                      if key in self._packed}
            return self._client.submit(
                make_here, task, needed, self._timeout_s, workers=workers, pure=False, retries=0,
                key=f"lnnlab-run-{task['key']}-{time.monotonic_ns()}")

    def _sent_once(self, key: str) -> Any:
        """Recordings at the scheduler, which gives them to each worker that needs them."""
        sent = self._sent.get(key)
        if sent is None or sent.status in ("cancelled", "lost", "error"):
            sent = self._client.submit(bytes, self._packed[key], key=f"lnnlab-data-{key}")
            self._sent[key] = sent
        return sent

    def _ended_now(self) -> list[tuple[str, Outcome]]:
        found = [(key, self._outcome(key, future)) for key, future in self._futures.items()
                 if future is None or future.status != "pending" or key in self._stranded]
        for key, _ in found:
            del self._futures[key], self._given[key]
        return found

    def _outcome(self, key: str, future: Any) -> Outcome:
        if key in self._stranded:
            self._stranded.discard(key)
            return Outcome(DIED, "every worker that might have made it went away")
        if future is None or future.status in ("cancelled", "lost"):
            return Outcome(LOST, "the scheduler went away", counts=False)
        try:
            if future.status == "error":
                error = future.exception(timeout=5)
                died = type(error).__name__ == "KilledWorker"
                words = ("the workers that had it were killed, one after the other" if died
                         else f"{type(error).__name__}: {error}")
                return Outcome(DIED, words)
            outcome = Outcome(**future.result(timeout=60))
        except Exception as error:  # gone between the status and the answer
            with suppress(Exception):
                future.cancel()
            return Outcome(LOST, f"{type(error).__name__}: {error}", counts=False)
        if outcome.state in (REFUSED, FULL):
            self._workers.ban(outcome.where, f"{outcome.state}: {outcome.line}")
            return replace(outcome, counts=False)
        return outcome

    def _look(self) -> None:
        """See who is there, now and then; take the connection up again where it is lost."""
        if time.monotonic() - self._looked_s < LOOK_S:
            return
        try:
            self._workers.look()
        except (OSError, RuntimeError, TimeoutError):
            self._connect_again()
        self._looked_s = time.monotonic()
        for key, chosen in self._given.items():
            future = self._futures[key]
            stranded = not set(chosen) & set(self._workers.present)
            if stranded and future is not None and future.status == "pending":
                self._stranded.add(key)  # its workers do not come back under these addresses
                with suppress(Exception):
                    future.cancel()

    def _connect_again(self) -> None:
        """A new connection; what was under way is lost, and given again by whoever asked for it."""
        self._futures = dict.fromkeys(self._futures)
        self._sent = {}
        self._stranded.clear()
        with suppress(Exception):
            self._client.close(timeout=2)
        self._client = connected(self._access)
        self._workers.move(self._client)
