"""The process that makes points: one after the other, each in a folder of its own.

``python -m lnnlab.sweep.child FOLDER`` reads one task a line from its standard input and answers on
its standard output with a line of JSON and as many bytes of zip as the line says. When its standard
input ends, it ends too, with every kernel it started, in the middle of a run if need be: whoever
started it is dead, and nobody waits for the answer.
"""

import json
import os
import queue
import shutil
import sys
import threading
from pathlib import Path
from typing import IO

import psutil

from lnnlab.errors import UserError
from lnnlab.records import Records
from lnnlab.sweep import data
from lnnlab.sweep.outcome import DONE, REFUSED, Outcome, failure
from lnnlab.sweep.version import MADE_BY, unlike, versions


def main() -> None:
    """Make tasks until the standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not come between answers
    folder = Path(sys.argv[1])
    tasks: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, tasks, folder), daemon=True).start()
    while True:
        outcome = answer(json.loads(tasks.get()), folder)
        shutil.rmtree(folder, ignore_errors=True)
        head = {"state": outcome.state, "words": outcome.words, "bytes": len(outcome.archive)}
        answers.write(json.dumps(head).encode() + b"\n" + outcome.archive)
        answers.flush()


def _listen(tasks_in: IO[bytes], tasks: queue.Queue, folder: Path) -> None:
    for line in tasks_in:
        tasks.put(line)
    for process in psutil.Process().children(recursive=True):  # kernels, in sessions of their own
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def answer(task: dict, folder: Path) -> Outcome:
    """Make one task in a folder; what goes wrong is an outcome in words, never an exception."""
    try:
        other = unlike(task["versions"], versions())
        if other:
            return Outcome(REFUSED, other)
        folder.mkdir(exist_ok=True)
        return Outcome(DONE, "", made(task, folder))
    except Exception as error:  # whatever a run raises
        return failure(error)


def made(task: dict, folder: Path) -> bytes:
    """What a task leaves in a profile's folder, as a zip: records, tables, figures, networks.

    Raises:
        UserError: the data here are not those of the grid, or the run stopped at a mistake.
    """
    _check_data(task)
    os.environ["LNNLAB_REPORTS"] = str(folder / "reports")
    place = folder / "reports" / task["profile"]
    if task["notebook"]:
        from lnnlab import pipeline  # with papermill, which runs do without

        notebook = Path(task["notebook"])
        pipeline.run_notebook(notebook, task["parameters"], place / "notebooks" / notebook.name,
                              progress=False)
    else:
        from lnnlab.sweep import runs  # with torch, which a notebook's kernel loads itself

        runs.make_records(task["table"], task["parameters"], place)
    for pending in place.glob("records/*.json"):
        Records(pending.with_name(f"{pending.name.split('.')[0]}.jsonl")).settle()
    files = {path.relative_to(place).as_posix(): path.read_bytes()
             for path in place.rglob("*") if path.is_file() and not path.name.startswith(".")}
    return data.zipped(files | {MADE_BY: json.dumps(versions()).encode()})


def _check_data(task: dict) -> None:
    found = data.hashes(task["recordings"])
    for name, wanted in task["data"].items():
        if found.get(name) != wanted:
            what = "other data lie here" if name in found else "this machine has no such data"
            raise UserError(f"{name} '{task['recordings'][name]}': {what}; copy what was there "
                            "where the grid was read, or point LNNLAB_DATA at it")


if __name__ == "__main__":
    main()
