"""The recordings of a job: read as its settings say, and told."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

from lnnlab import store
from lnnlab.data import Dataset, Split, load, make_splits, options_of
from lnnlab.data.clips import SOUND
from lnnlab.data.default_rule import default_rule
from lnnlab.data.own_files import of_kinds, walk
from lnnlab.data.splits import FILE_ORDER, OFFICIAL, TIME
from lnnlab.data.tables import SUFFIXES, read_table
from lnnlab.errors import UserError
from lnnlab.jobs.inbox import upload_of
from lnnlab.jobs.job import Job
from lnnlab.jobs.names import WHOLE, in_words
from lnnlab.jobs.settings import Settings
from lnnlab.jobs.unpack import unpacked
from lnnlab.reports.inspection import inspection

MOST_CLASSES = 100  # that a person trains here


def recordings_of(job: Job) -> tuple[Dataset, Settings]:
    """The windows of a job's upload, and its settings.

    Raises:
        UserError: the data or a setting are wrong; no place on the disk is in the line.
    """
    settings, name = job.settings, job.upload_name
    with said_to_people(job):
        place = unpacked(upload_of(job), job.folder, name)
        dataset = load(str(place), **_options(settings, str(place)))
    if len(dataset.classes) > MOST_CLASSES:
        source = dataset.account.classes_from
        raise UserError(f"{name}: {len(dataset.classes):,} classes from {source}, more than "
                        f"{MOST_CLASSES}; choose the column that holds the class")
    return replace(dataset, account=replace(dataset.account, source=name)), settings


def split_of(dataset: Dataset, settings: Settings) -> Split:
    """The split that both networks are trained by: the first fold of the rule.

    Raises:
        UserError: the rule does not fit the recordings.
    """
    return make_splits(dataset, settings.rule or default_rule(dataset))[0]


def read(job: Job) -> dict:
    """What was read, as plain values; its picture is beside.

    Returns:
        ``text`` the reader's paragraph, ``columns`` column → role, ``classes`` and how many
        windows each has, ``channels``, ``rate_hz``, ``irregular``, ``sound``, ``windows``,
        ``rules`` rule → what it does of those that fit, ``rule`` the usual one.

    Raises:
        UserError: see :func:`recordings_of`.
    """
    dataset, _ = recordings_of(job)
    figure = inspection(replace(dataset, name=job.upload_name[:60]))
    with store.replacing(job.picture) as place:
        figure.savefig(place, format="png", dpi=90, metadata={"Software": None})
    plt.close(figure)
    rules = _rules(dataset)
    counts = np.bincount(dataset.y, minlength=len(dataset.classes))
    usual = default_rule(dataset)
    return {
        "text": in_words(dataset.account.text(), job), "columns": dict(dataset.account.columns),
        "classes": dict(zip(dataset.classes, counts.tolist(), strict=True)),
        "channels": list(dataset.channels), "rate_hz": dataset.rate_hz,
        "irregular": dataset.timespans is not None, "sound": dataset.channels == SOUND,
        "windows": len(dataset), "rules": rules,
        "rule": usual if usual in rules else next(iter(rules)),
    }


def column_names(job: Job) -> list[str]:
    """The columns of an upload that could not be read as it is, for a person to name their roles.

    Empty where there is no table that can be read.
    """
    whole = next((each for each in sorted(job.folder.glob(f"{WHOLE}*"))), None)
    if whole is None:
        return []
    files = [whole / each for each in of_kinds(walk(whole)[0], SUFFIXES)] if whole.is_dir() else (
        [whole])
    with contextlib.suppress(UserError):
        return read_table(files[0]).names if files else []
    return []


@contextlib.contextmanager
def said_to_people(job: Job) -> Iterator[None]:
    """Inside, a mistake is said in the words of the page: no place on the disk, no argument."""
    try:
        yield
    except UserError as error:
        raise UserError(in_words(str(error), job)) from error


def _options(settings: Settings, corpus: str) -> dict:
    """Those of the settings that the loader of these recordings takes."""
    given = {name: getattr(settings, name) or None for name in (
        "label", "channels", "time", "recording", "groups", "rate_hz", "window")}
    known = options_of(corpus)
    return {name: list(value) if isinstance(value, tuple) else value
            for name, value in given.items() if value and name in known}


def _rules(dataset: Dataset) -> dict[str, str]:
    """The rules that the recordings can be split by, and what each does.

    Raises:
        UserError: there is none; the line is that of the usual one.
    """
    found: dict[str, str] = {}
    names = [OFFICIAL, *(name for name, labels in dataset.groups.items() if name != "recording"
                         and 2 <= len(set(labels) - {""}) <= MOST_CLASSES), FILE_ORDER, TIME]
    for rule in names:
        with contextlib.suppress(UserError):
            found[rule] = make_splits(dataset, rule)[0].rule
    if not found:
        make_splits(dataset, default_rule(dataset))
        raise UserError(f"{dataset.name}: no rule splits these recordings; record more")
    return found
