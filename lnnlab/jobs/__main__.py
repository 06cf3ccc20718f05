"""The processes of a job: ``python -m lnnlab.jobs read FOLDER`` and ``… train FOLDER``."""

import json
import signal
import sys
import traceback
from pathlib import Path

from filelock import FileLock

from lnnlab import places, store
from lnnlab.errors import UserError
from lnnlab.jobs.job import LOCK, READ, READING, RESULT, SHOWN, TRAIN, Job
from lnnlab.jobs.names import in_words
from lnnlab.jobs.progress import DONE, FAILED, STOPPED, Progress, Stopped, end_if_asked
from lnnlab.jobs.progress import READ as WAS_READ

LOCKED_S = 10.0  # that looking whether a process is alive may hold its lock


def main(task: str, folder: Path) -> int:
    """Do one task of a job; what came of it is in its folder, however it ends."""
    job = Job(folder)
    if not folder.is_dir():  # deleted meanwhile; the lock would make it again
        return 1
    signal.signal(signal.SIGTERM, _stop)
    with FileLock(folder / LOCK, timeout=LOCKED_S):
        progress = Progress(folder, lambda: end_if_asked(folder))
        try:
            progress.stage("starting")
            {READ: _read, TRAIN: _train}[task](job, progress)
            return 0
        except Stopped:
            _end(progress, STOPPED, "stopped; nothing is half written, and it may start again")
        except Exception as error:
            traceback.print_exc()  # to the job's log
            _end(progress, FAILED, _line(error, job))
    return 1


def _end(progress: Progress, state: str, line: str) -> None:
    """Say how it ended, unless the job was deleted: writing would make its folder again."""
    if progress.folder.is_dir():
        progress.end(state, line)


def _read(job: Job, progress: Progress) -> None:
    from lnnlab.jobs.reading import column_names, read

    progress.stage("reading the recordings")
    try:
        told = read(job)
    except UserError:
        columns = dict.fromkeys(column_names(job), "")
        store.write_text(job.folder / READING, json.dumps({"columns": columns}))
        raise
    store.write_text(job.folder / READING, json.dumps(told))
    progress.end(WAS_READ, "read")


def _train(job: Job, progress: Progress) -> None:
    from lnnlab.jobs.report import shown
    from lnnlab.jobs.training import trained

    result = trained(job, progress)
    store.write_text(job.folder / SHOWN, shown(result))
    store.write_text(job.folder / RESULT, json.dumps(result))
    progress.end(DONE, "done")


def _line(error: Exception, job: Job) -> str:
    """What a person is told, in one line without places on the disk."""
    if isinstance(error, UserError):
        cause = error.__cause__
        full = isinstance(cause, OSError) and cause.errno in places.FULL
        line = _full() if full else str(error)
    elif isinstance(error, OSError):
        line = _full() if error.errno in places.FULL else places.said_of(error)
    elif isinstance(error, MemoryError):
        line = "not enough memory for these recordings: upload fewer"
    else:
        line = f"a fault of lnnlab ({type(error).__name__}): please report it with these recordings"
    return in_words(" ".join(line.split()), job)


def _full() -> str:
    return "no space is left on the disk: make room, then try again"


def _stop(*_: object) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
