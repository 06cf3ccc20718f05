"""An upload in slices: whole at the end, or not there."""

import contextlib
import shutil
from pathlib import Path

from lnnlab import store
from lnnlab.errors import UserError
from lnnlab.jobs.job import UPLOAD, Job

MOST_BYTES = 1 << 30  # of an upload
SLICE_BYTES = 1 << 20
ROOM = 3  # times the upload that has to be free: it is unpacked, and features are kept
FULL = "no space is left for {size}: make room on the disk, or upload fewer recordings"


class Incoming:
    """One file on its way into a job.

    Slices come in order; what was taken lies beside its place until the last one. Leave it by
    :meth:`take`'s last slice or by :meth:`abandon`.

    Args:
        job: that it is for.
        name: what the person calls it; it is shown, and never a place on the disk.
        size: bytes that are announced.

    Raises:
        UserError: it is empty or too large, or there is no room.
    """

    def __init__(self, job: Job, name: str, size: int) -> None:
        self.job, self.size, self.taken = job, size, 0
        job.called(name)
        shown = job.upload_name
        if size <= 0:
            raise UserError(f"{shown}: the file is empty; save it again")
        if size > MOST_BYTES:
            raise UserError(f"{shown}: {in_words(size)}, more than {in_words(MOST_BYTES)}; upload "
                            "fewer recordings, or train by 'lnnlab train'")
        if shutil.disk_usage(job.folder).free < ROOM * size:
            raise UserError(FULL.format(size=in_words(size)))
        self._whole = contextlib.ExitStack()
        place = self._whole.enter_context(store.replacing(job.folder / UPLOAD))
        self._file = place.open("wb")
        self._whole.callback(self._file.close)

    @property
    def done(self) -> bool:
        """Whether all of it is there."""
        return self.taken >= self.size

    def take(self, at: int, data: bytes) -> int:
        """Take a slice; returns the byte at which the next one starts.

        A slice that does not continue what is there is passed over: the answer says from where.

        Raises:
            UserError: the disk is full, or it is more than was announced.
        """
        if at != self.taken:
            return self.taken
        if at + len(data) > self.size:
            self.abandon()
            raise UserError(f"{self.job.upload_name}: longer than announced; upload it again")
        try:
            self._file.write(data)
            if self.taken + len(data) == self.size:
                self._file.flush()
        except OSError as error:
            self.abandon()
            raise UserError(FULL.format(size=in_words(self.size))) from error
        self.taken += len(data)
        if self.done:
            self._whole.close()
        return self.taken

    def abandon(self) -> None:
        """Leave nothing of it."""
        gone = UserError("the upload was given up")
        with contextlib.suppress(UserError, OSError):
            self._whole.__exit__(UserError, gone, None)


def upload(path: Path) -> Job:
    """A job with a file of this machine as its upload; for scripts.

    Raises:
        UserError: there is no such file, or see :class:`Incoming`.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; of a folder give a zip")
    job = Job.new()
    try:
        incoming = Incoming(job, path.name, path.stat().st_size)
        with path.open("rb") as file:
            while not incoming.done:
                incoming.take(incoming.taken, file.read(SLICE_BYTES))
    except UserError:
        job.delete()
        raise
    return job


def in_words(size_bytes: int) -> str:
    """Bytes for people."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size_bytes >= step:
            return f"{size_bytes / step:.3g} {unit}"
    return f"{size_bytes} bytes"


def upload_of(job: Job) -> Path:
    """Where the upload of a job lies."""
    return job.folder / UPLOAD
