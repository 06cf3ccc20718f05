"""``lnnlab tasks`` and ``lnnlab train --task``: what can be asked, and one model of it."""

import argparse

from lnnlab import lnn_file, paths, pipeline
from lnnlab.cli.recordings import GIVEN, normal_recordings, recordings
from lnnlab.data import CORPORA, Dataset
from lnnlab.data.clips import SOUND
from lnnlab.errors import OneClass, UserError
from lnnlab.experiments.tasks import EVERY, TASKS, Order, Task
from lnnlab.training.device import CPU

UNFIT = ("model", "split", "recipe", "from_record", "fold", "trials", "versions")


def list_tasks(_: argparse.Namespace) -> None:
    """Print every task with its notebook, corpora and what an own folder holds."""
    for name, task in TASKS.items():
        print(f"{name}: {task.question}")
        print(f"  notebook  {pipeline.find(task.notebook).stem}")
        print(f"  corpora   {', '.join(task.corpora)}")
        print(f"  your own  {task.own}")
        print(f"  train     lnnlab train --task {name} --corpus FOLDER")


def refuse_soundless(task: Task, name: str, corpus: str) -> None:
    """Say of a folder without any file that a task about sound was given nothing to hear.

    Raises:
        UserError: the folder is there and holds no file at all.
    """
    folder = paths.user_file(corpus)
    if folder.is_dir() and not any(each.is_file() for each in folder.rglob("*")):
        raise UserError(f"{folder}: no file in it; task '{name}' takes {task.own}")


def suits(task: Task, name: str, dataset: Dataset) -> None:
    """Refuse recordings that are no sound for a task about sound.

    Raises:
        UserError: they are none.
    """
    if task.sound and dataset.channels != SOUND:
        raise UserError(f"{dataset.name}: task '{name}' is about sound, and these are columns "
                        f"({', '.join(dataset.channels[:4])}); give {task.own}")


def train_frames(task: Task, options: argparse.Namespace) -> None:
    """Train the int8 network of a task about frames, and write it as ``.lnn``.

    Raises:
        UserError: an option is not for such a task, or the recordings are not.
    """
    known = options.corpus in task.corpora
    names = (*UNFIT, *GIVEN) if known else UNFIT
    unfit = [f"--{name.replace('_', '-')}" for name in names if getattr(options, name)]
    unfit += ["--device"] if options.device != CPU else []
    if unfit:
        raise UserError(f"{unfit[0]} is not for task '{options.task}', which has a recipe of its "
                        f"own; notebook {task.notebook} has its settings")
    if options.output.suffix != ".lnn":
        raise UserError(f"{options.output}: task '{options.task}' writes an int8 network; name the "
                        "output *.lnn")
    if task.sound and not known:
        refuse_soundless(task, options.task, options.corpus)
    if options.corpus in CORPORA and options.normal == EVERY:
        raise UserError(f"--normal {EVERY} is for recordings of your own; {options.corpus} has "
                        "classes of its own")
    dataset = None if known else _own(options)
    if dataset is not None:
        suits(task, options.task, dataset)
    order = Order(options.corpus, options.seed, options.epochs, options.normal or "", dataset)
    model, found = task.make(order)
    lnn_file.write(model, options.output)
    print(f"{task.question} {found} (measured, int8 twin)")
    print(f"{options.output}: {len(lnn_file.to_bytes(model)):,} B")


def _own(options: argparse.Namespace) -> Dataset:
    """A person's own recordings.

    Raises:
        UserError: they are wrong, or tell no classes where the task needs them.
    """
    if options.normal == EVERY:
        return normal_recordings(options)
    try:
        return recordings(options)
    except OneClass as error:
        hint = f"; if all of it is normal running, add --normal {EVERY}"
        raise UserError(f"{error}{hint * (options.task == 'anomaly')}") from error
