"""A job from outside: its folder, its processes, what its files say."""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from lnnlab import paths, store
from lnnlab.errors import UserError
from lnnlab.jobs.files import from_json, value_of
from lnnlab.jobs.progress import FAILED, STARTING, STOP, Status
from lnnlab.jobs.settings import Settings

LOCK, PROCESS, LOG = "alive.lock", "process.json", "log.txt"
RESULT, SHOWN, ZIP = "result.json", "result.html", "trained.zip"
READING, PICTURE, NAME = "reading.json", "read.png", "name.json"
STARTS_S = 60.0  # that a process may take before it holds its lock
ENDS_S = 10.0  # that a process may take to end
LOOK_S = 0.05
KEPT_DAYS = 7
CUT_OFF_S = 3600.0  # that an upload may take
UPLOAD = "upload"  # as it came
LONGEST_NAME = 120  # of an upload
NAMELESS = "your recordings"
LITTLE_BYTES = 20 << 20  # of room, below which a process that vanished had none
_ID = re.compile(r"[0-9a-f]{32}")
READ, TRAIN = "read", "train"  # what processes do


@dataclass(frozen=True)
class Job:
    """One upload and what is made of it, in a folder that nobody can guess.

    Everything that is known of it lies in the folder: an object of this class may be made anew at
    any time, by another process too, and says the same.
    """

    folder: Path

    @classmethod
    def new(cls) -> "Job":
        """An empty job.

        Raises:
            UserError: the folder cannot be made.
        """
        folder = paths.jobs() / secrets.token_hex(16)
        try:
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise UserError(f"no folder for a job can be made ({error.strerror}); make room, or "
                            "point LNNLAB_JOBS at a folder that may be written") from error
        return cls(folder)

    @classmethod
    def find(cls, name: str) -> "Job | None":
        """The job of an identity as :attr:`id` gives it; None where there is none."""
        folder = paths.jobs() / name if _ID.fullmatch(name) else None
        return cls(folder) if folder and folder.is_dir() else None

    @property
    def id(self) -> str:
        """128 random bits in hexadecimal."""
        return self.folder.name

    @property
    def upload_name(self) -> str:
        """What the person calls the upload; never a place on the disk."""
        with contextlib.suppress(UserError):  # the line that says what is damaged needs a name
            return from_json(self.folder / NAME, value_of(str)) or NAMELESS
        return NAMELESS

    def used(self) -> None:
        """Remember that somebody uses it now; :func:`sweep` counts from here."""
        with contextlib.suppress(OSError):  # deleted meanwhile
            os.utime(self.folder)

    def called(self, name: str) -> None:
        """Remember what the person calls the upload."""
        last = name.replace("\\", "/").rsplit("/", 1)[-1]
        shown = "".join(each if each.isprintable() else " " for each in last).strip()
        store.write_text(self.folder / NAME, json.dumps(shown[-LONGEST_NAME:]))

    @property
    def settings(self) -> Settings:
        """What was chosen."""
        return Settings.of(self.folder)

    @property
    def reading(self) -> dict | None:
        """What was read, as :func:`lnnlab.jobs.reading.read` tells it; None before."""
        return from_json(self.folder / READING, value_of(dict))

    @property
    def result(self) -> dict | None:
        """What came of the training, as :func:`lnnlab.jobs.training.trained` tells it."""
        return from_json(self.folder / RESULT, value_of(dict))

    @property
    def picture(self) -> Path:
        """A picture of what was read; there once it is."""
        return self.folder / PICTURE

    @property
    def zip(self) -> Path:
        """What a person takes home; there once a training is done."""
        return self.folder / ZIP

    @property
    def shown(self) -> str:
        """The result as HTML, to stand within a page."""
        return (self.folder / SHOWN).read_text()

    @property
    def alive(self) -> bool:
        """Whether a process of the job is at work."""
        if not self.folder.is_dir():
            return False
        try:
            FileLock(self.folder / LOCK).acquire(timeout=0).lock.release()
        except Timeout:
            return True
        return False

    def status(self) -> Status:
        """How far it is; a process that vanished is said to have failed."""
        found = Status.of(self.folder)
        if not found.running or self._starting() or self.alive:
            return found
        found = Status.of(self.folder)  # it may have ended between the two looks
        return Status(FAILED, self._why_gone(), found.epochs, found.curves) if (
            found.running) else found

    def start(self, task: str, settings: Settings) -> None:
        """Start a process that reads or trains; it outlives whoever started it.

        Args:
            task: ``READ`` or ``TRAIN``.
            settings: that it works by.

        Raises:
            UserError: another one is at work, or the folder cannot be written.
        """
        if self.alive or self.status().running:
            raise UserError("this job is at work: wait for it, or stop it first")
        for name in (STOP, PROCESS, RESULT, ZIP, *((READING,) if task == READ else ())):
            (self.folder / name).unlink(missing_ok=True)
        settings.save(self.folder)
        Status(STARTING, "starting").save(self.folder)
        with (self.folder / LOG).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "lnnlab.jobs", task, str(self.folder)], stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd=paths.ROOT,
                env=os.environ | {"OMP_NUM_THREADS": "1"})
        store.write_text(self.folder / PROCESS, json.dumps(process.pid))

    def stop(self) -> None:
        """Ask the process to end; it does so at once, and leaves nothing half written."""
        store.write_text(self.folder / STOP, "")
        if self.alive:  # the lock says that the number is still its own
            self._signal(signal.SIGTERM)

    def wait(self, limit_s: float = 600.0) -> Status:
        """How it ended; for scripts and tests.

        Raises:
            UserError: it takes longer than ``limit_s``.
        """
        end = time.monotonic() + limit_s
        while (found := self.status()).running:
            if time.monotonic() > end:
                raise UserError(f"the job takes longer than {limit_s:g} s: {found.stage}")
            time.sleep(0.1)
        return found

    def delete(self) -> None:
        """Stop it and remove everything, the upload too; nothing of it comes back.

        It waits for the process to end, which would write into the folder else.
        """
        if self.alive:
            self.stop()
            end = time.monotonic() + ENDS_S
            while self.alive and time.monotonic() < end:
                time.sleep(LOOK_S)
        if self.alive or self._starting():  # or it has no handler for a softer signal yet
            self._signal(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _starting(self) -> bool:
        """Whether a process was started that does not hold its lock yet."""
        with contextlib.suppress(UserError):
            found = Status.of(self.folder)
            return found.state == STARTING and time.time() - found.written_s < STARTS_S
        return False

    def _signal(self, number: int) -> None:
        """Send a signal to the process, which is known to run; after SIGKILL it is waited for."""
        process = None
        with contextlib.suppress(UserError):
            process = from_json(self.folder / PROCESS, value_of(int))
        if process is None or process <= 1:  # 0 and below are many processes
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, number)
        end = time.monotonic() + ENDS_S
        while number == signal.SIGKILL and _runs(process) and time.monotonic() < end:
            time.sleep(LOOK_S)

    def _why_gone(self) -> str:
        if shutil.disk_usage(self.folder).free < LITTLE_BYTES:
            return "no space is left on the disk: make room, then train again"
        return "the process ended before it was done, perhaps for want of memory; train again, " \
               "or upload fewer recordings"


def _runs(process: int) -> bool:
    """Whether a process is there; one of our own that ended is taken note of."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(process, os.WNOHANG)[0] == 0
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(process, 0)
        return True
    return False


def sweep(days: float = KEPT_DAYS) -> None:
    """Remove jobs that nobody used for some days, and cut off uploads; what runs stays.

    A job is used where its page is opened, its zip is saved (:meth:`Job.used`) or a process writes.
    """
    root = paths.jobs()
    for folder in root.iterdir() if root.is_dir() else ():
        if not _ID.fullmatch(folder.name):
            continue
        kept_s = 86_400 * days if (folder / UPLOAD).exists() else CUT_OFF_S
        with contextlib.suppress(FileNotFoundError):  # another sweep was faster
            if time.time() - folder.stat().st_mtime > kept_s and not Job(folder).alive:
                shutil.rmtree(folder, ignore_errors=True)
