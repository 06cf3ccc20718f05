"""What a job says of itself while it runs: one small file, always whole."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lnnlab import store
from lnnlab.jobs.files import from_json

FILE, STOP = "status.json", "stop"
EMPTY, STARTING, RUNNING = "empty", "starting", "running"
READ, DONE, FAILED, STOPPED = "read", "done", "failed", "stopped"
ENDED = (EMPTY, READ, DONE, FAILED, STOPPED)
BOARD_S = 6.0  # compiling and emulating a network, about


class Stopped(Exception):
    """A person asked a process to end."""


def end_if_asked(folder: Path) -> None:
    """Look whether a person stopped a job, at any place where its process may end.

    Raises:
        Stopped: they did, or deleted it.
    """
    if (folder / STOP).exists() or not folder.is_dir():
        raise Stopped


@dataclass
class Status:
    """How far a job is.

    Attributes:
        state: ``"starting"``, ``"running"``, ``"read"``, ``"done"``, ``"failed"``, ``"stopped"``;
            ``"empty"`` before anything was asked.
        stage: what it does, or what is wrong, in one line.
        epochs: of each network in all.
        curves: network → its losses after each epoch, ``[train, validation]``.
        ends_s: when it may be done, in seconds since 1970; None while nothing tells.
        written_s: when, in seconds since 1970.
    """

    state: str = EMPTY
    stage: str = ""
    epochs: int = 0
    curves: dict[str, list[list[float]]] = field(default_factory=dict)
    ends_s: float | None = None
    written_s: float = 0.0

    @property
    def running(self) -> bool:
        """Whether a process is, or should be, at work."""
        return self.state not in ENDED

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest may take; None while nothing tells, or where it took longer."""
        left = 0.0 if self.ends_s is None else self.ends_s - time.time()
        return left if left > 0 else None

    def save(self, folder: Path) -> None:
        """Write it into a job's folder."""
        self.written_s = time.time()
        store.write_text(folder / FILE, json.dumps(asdict(self)))

    @classmethod
    def of(cls, folder: Path) -> "Status":
        """That of a job.

        Raises:
            UserError: its file is damaged.
        """
        return from_json(folder / FILE, cls._checked) or cls()

    @classmethod
    def _checked(cls, told: dict) -> "Status":
        found = cls(**told)
        kinds = ((found.state, str), (found.stage, str), (found.epochs, int), (found.curves, dict),
                 (found.ends_s, int | float | None), (found.written_s, int | float))
        if not all(isinstance(value, kind) for value, kind in kinds) or not all(
                isinstance(loss, int | float) for curve in found.curves.values()
                for train_loss, validation_loss in curve for loss in (train_loss, validation_loss)):
            raise TypeError("a field of another type")
        return found


class Progress:
    """Writes the status of a job from within its process.

    Args:
        folder: of the job.
        asked_to_stop: looked at after each epoch and before each stage; what it raises ends the
            job.
    """

    def __init__(self, folder: Path, asked_to_stop: Callable[[], None] = lambda: None) -> None:
        self.folder, self.status = folder, Status(RUNNING)
        self._check = asked_to_stop
        self._networks, self._begun = 1, time.monotonic()
        self._spent: dict[str, float] = {}

    def stage(self, text: str) -> None:
        """Say what is done now."""
        self._check()
        self.status.stage = text
        self.status.save(self.folder)

    def begin(self, networks: int, epochs: int) -> None:
        """Say how much there is to train."""
        self._networks, self.status.epochs = networks, epochs

    def epoch_of(self, network: str) -> Callable[[int, dict], None]:
        """What ``fit`` calls after each epoch of a network."""
        curve: list[list[float]] = []
        self.status.curves[network], begun = curve, time.monotonic()

        def told(epoch: int, losses: dict) -> None:
            self._check()
            curve.append([round(losses["train_loss"], 5), round(losses["validation_loss"], 5)])
            self._spent[network] = (time.monotonic() - begun) / epoch
            self.status.ends_s = time.time() + self._left_s(network, epoch)
            self.status.save(self.folder)

        return told

    def end(self, state: str, line: str = "") -> None:
        """Say how it ended."""
        self.status.state, self.status.stage, self.status.ends_s = state, line, None
        self.status.save(self.folder)

    def _left_s(self, network: str, epoch: int) -> float:
        """Epochs to come at the pace of those that were; a network not begun as the others."""
        later = self._networks - len(self.status.curves)
        a_epoch = sum(self._spent.values()) / len(self._spent)
        own = (self.status.epochs - epoch) * self._spent[network]
        return own + later * self.status.epochs * a_epoch + self._networks * BOARD_S
