"""What a worker of a cluster does with a point: its recordings laid out, a child, the outcome."""

import shutil
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from lnnlab import store
from lnnlab.errors import UserError
from lnnlab.sweep import data
from lnnlab.sweep.children import Child
from lnnlab.sweep.outcome import DONE, Outcome, failure

_own = threading.local()  # a child for each thread of the worker, alive until the worker ends


def make_here(task: dict, recordings: Mapping[str, bytes], timeout_s: float | None) -> dict:
    """Make a task in this process's child; returns the fields of an :class:`Outcome`.

    Args:
        task: see :func:`lnnlab.sweep.driver.task_of`; ``task["notebook_text"]``, where it is there,
            is the notebook itself, ``task["shelf"]`` the folder on a shared disk for what it gives.
        recordings: parameter → a person's recordings as a zip, for machines that lack them.
        timeout_s: of the run.
    """
    if not hasattr(_own, "child"):
        _own.child = Child()
    child = _own.child
    try:
        outcome = child.make(_laid_out(task, recordings, child.folder / "given"), timeout_s)
        if outcome.state == DONE and task.get("shelf"):
            store.write_bytes(Path(task["shelf"]) / f"{task['key']}.zip", outcome.archive)
            outcome = Outcome(DONE)
    except (OSError, UserError) as error:
        outcome = failure(error)
        shutil.rmtree(child.folder, ignore_errors=True)
    return {"state": outcome.state, "words": outcome.words, "archive": outcome.archive,
            "where": import_module("distributed").get_worker().address}


def _laid_out(task: dict, recordings: Mapping[str, bytes], folder: Path) -> dict:
    """The task with paths of this machine."""
    task = dict(task)
    for name, archive in recordings.items():
        place = str(data.unpacked(archive, folder / name))
        task["parameters"] = task["parameters"] | {name: place}
        task["recordings"] = task["recordings"] | {name: place}
    if task.get("notebook_text"):
        notebook = folder / Path(task["notebook"]).name
        store.write_text(notebook, task["notebook_text"])
        task["notebook"] = str(notebook)
    return task
