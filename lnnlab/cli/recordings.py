"""A corpus as the options of a command describe it, and the paragraph that says what was taken."""

import argparse
import re

from lnnlab import paths
from lnnlab.data import Dataset, load, options_of
from lnnlab.data.one_machine import load_machine
from lnnlab.errors import UserError

NORMAL_WINDOW = 2048  # samples a decision, where normal running alone was recorded
GIVEN = ("label", "time", "rate_hz", "channels", "groups", "layout", "recording", "window")


def recordings(options: argparse.Namespace, window: int | None = None) -> Dataset:
    """Load ``options.corpus``; of a person's own recordings say first what was read.

    Args:
        options: with those of :func:`lnnlab.cli.parsers.workbench`.
        window: samples per decision where the options name none.

    Raises:
        UserError: the data are wrong, or an option is not for them.
    """
    refuse_window(options)
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


def refuse_window(options: argparse.Namespace) -> None:
    """Refuse windows that hold no time: 0 would pass for "as usual".

    Raises:
        UserError: ``options.window`` is below 2.
    """
    if options.window is not None and options.window < 2:
        raise UserError(f"--window {options.window}: choose 2 samples or more")


def normal_recordings(options: argparse.Namespace) -> Dataset:
    """Load ``options.corpus``, a person's own, all of it normal running; say what was read.

    Raises:
        UserError: the data are wrong, or an option is not for them.
    """
    refuse_window(options)
    for name in ("label", "layout"):
        if getattr(options, name) is not None:
            raise UserError(f"{options.corpus}: {_option(name)} tells classes, and --normal all "
                            "says that there are none; leave one out")
    path = paths.user_file(options.corpus)
    if path.is_dir() and (path / "all").is_dir():
        raise UserError(f"{path / 'all'}: --normal all says that everything is normal running, and "
                        "is no folder's name; call the folder otherwise")
    columns = {name: getattr(options, name)
               for name in ("channels", "time", "recording", "groups")}
    window = NORMAL_WINDOW if options.window is None else options.window
    try:
        dataset = load_machine(path, window, options.rate_hz, **columns)
    except UserError as error:
        raise _as_options(error) from error
    print(dataset.account.text())
    return dataset


def _as_options(error: UserError) -> UserError:
    """A message of a loader, with its arguments as the command calls them."""
    text = str(error)
    for name in GIVEN:
        text = re.sub(rf"\b{name}( = |=(?='))", f"{_option(name)} ", text)
    return type(error)(text)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
