"""A corpus as the options of a command describe it, and the paragraph that says what was taken."""

import argparse
import re
from collections import Counter

from lnnlab.data import Dataset, load, options_of
from lnnlab.data.splits import FILE_ORDER, OFFICIAL, TIME
from lnnlab.data.tables.names import words_of
from lnnlab.errors import UserError

GROUPINGS = ("load", "speaker")  # that a split holds out where no rule is named
PEOPLE = {"subject", "user", "person", "participant", "patient"}  # groupings of people, too
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
    known = options_of(options.corpus)
    for name, value in given.items():
        if value is not None and name not in known:
            fit = ", ".join(_option(each) for each in GIVEN if each in known) or "none of them"
            raise UserError(f"{options.corpus}: {_option(name)} is not for it; of the options of "
                            f"recordings it takes {fit}")
    if "window" in known:  # clips of sound have a length of their own
        given["window"] = given["window"] or window
    try:
        dataset = load(options.corpus, **given)
    except UserError as error:
        raise _as_options(error) from error
    if dataset.account is not None:
        print(dataset.account.text())
    return dataset


def default_rule(dataset: Dataset) -> str:
    """The rule of a split where none is named: the publisher's, else a grouping's, else by order.

    Of groupings ``load`` is taken, ``speaker``, and one of people such as ``subject`` where each
    class has three; a grouping of few labels leaves too little to train on. Files are taken in
    order where each class has three, else time is.
    """
    if dataset.part is not None:
        return OFFICIAL
    for name in GROUPINGS:
        if len(set(dataset.groups.get(name, ())) - {""}) > 2:
            return name
    for name, labels in dataset.groups.items():
        of_class = {(k, each) for k, each in zip(dataset.y, labels, strict=True) if each}
        fewest = min(Counter(k for k, _ in of_class).values(), default=0)
        if PEOPLE & set(words_of(name)) and fewest >= 3:
            return name
    of_class = {(k, name) for k, name in zip(dataset.y, dataset.groups["recording"], strict=True)}
    counts = Counter(k for k, _ in of_class)
    return FILE_ORDER if min(counts.values()) >= 3 else TIME


def _as_options(error: UserError) -> UserError:
    """A message of a loader, with its arguments as the command calls them."""
    text = str(error)
    for name in GIVEN:
        text = re.sub(rf"\b{name}( = |=(?='))", f"{_option(name)} ", text)
    return UserError(text)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
