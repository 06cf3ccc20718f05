"""The command line: ``lnnlab``, ``liquid-compress`` and ``liquid-profile``.

:mod:`lnnlab.cli.parsers` says what each command takes, a module each does the work; it is imported
when its command runs.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module

from lnnlab.cli import parsers
from lnnlab.cli.guard import guarded


def main(arguments: Sequence[str] | None = None) -> int:
    """``lnnlab``: a user's mistake is one line on stderr and exit status 1."""
    return _run(parsers.workbench(), arguments)


def liquid_compress(arguments: Sequence[str] | None = None) -> int:
    """``liquid-compress``: a trained network to an int8 ``.lnn`` file for a microcontroller."""
    return _run(parsers.compress(), arguments)


def liquid_profile(arguments: Sequence[str] | None = None) -> int:
    """``liquid-profile``: power, cycles, latency, flash, RAM of a ``.lnn`` file."""
    return _run(parsers.profile(), arguments)


def _run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    options = parser.parse_args(arguments)
    module, function = options.work.split(":")
    return guarded(parser.prog, lambda: getattr(
        import_module(f"lnnlab.cli.{module}"), function)(options))
