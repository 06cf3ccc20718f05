"""A corpus as the options of a command describe it, and the paragraph that says what was taken."""

import argparse
from collections import Counter

from lnnlab.data import Dataset, load
from lnnlab.data.splits import FILE_ORDER, OFFICIAL, TIME
from lnnlab.errors import UserError

CLIPS = ("spoken_words", "speech_commands")
GROUPINGS = ("load", "speaker")  # that a split holds out where no rule is named
GIVEN = ("label", "time", "rate_hz", "channels", "groups", "layout", "recording", "window")


def recordings(options: argparse.Namespace, window: int | None = None) -> Dataset:
    """Load ``options.corpus``; of a person's own recordings say first what was read.

    Args:
        options: with those of :func:`lnnlab.cli.parsers.workbench`.
        window: samples per decision where the options name none.

    Raises:
        UserError: the data are wrong, or an option is not for them.
    """
    given = {name: getattr(options, name) for name in GIVEN}
    if given["groups"] and "/" not in given["groups"]:
        given["groups"] = [each.strip() for each in given["groups"].split(",")]
    given["window"] = given["window"] or window
    if options.corpus in CLIPS:
        given["window"] = None  # clips have a length of their own
    try:
        dataset = load(options.corpus, **given)
    except UserError as error:
        raise _as_options(error) from error
    if dataset.account is not None:
        print(dataset.account.text())
    return dataset


def default_rule(dataset: Dataset) -> str:
    """The rule of a split where none is named: the publisher's, else a grouping's, else by order.

    Of groupings ``load`` is taken, and ``speaker``; a grouping of few labels leaves too little to
    train on. Files are taken in order where each class has three, else time is.
    """
    if dataset.part is not None:
        return OFFICIAL
    for name in GROUPINGS:
        if len(set(dataset.groups.get(name, ())) - {""}) > 2:
            return name
    of_class = {(k, name) for k, name in zip(dataset.y, dataset.groups["recording"], strict=True)}
    counts = Counter(k for k, _ in of_class)
    return FILE_ORDER if min(counts.values()) >= 3 else TIME


def _as_options(error: UserError) -> UserError:
    """A message of a loader, with its arguments as the command calls them."""
    text = str(error)
    for name in GIVEN:
        text = text.replace(f"{name} = ", f"--{name.replace('_', '-')} ")
    return UserError(text)
