"""The command line: ``lnnlab reports | run | inspect | fetch | train | export |
clean-notebooks``.

``liquid-compress`` and ``liquid-profile`` stand in modules of their own.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import nbformat
import yaml

from lnnlab import __version__, paths, pipeline
from lnnlab.cli import export, fetch, train
from lnnlab.cli.guard import guarded
from lnnlab.errors import UserError
from lnnlab.notebooks import clean
from lnnlab.records import RENEW, check_renewal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a user's mistake is one line on stderr and exit status 1."""
    options = _parser().parse_args(arguments)
    return guarded("lnnlab", lambda: options.command(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lnnlab", description="Workbench for liquid neural networks on microcontrollers."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    reports = commands.add_parser("reports", help="run a profile's notebooks and write its page")
    reports.add_argument("--profile", default="quick", help="quick (default) or full")
    reports.add_argument("--renew", nargs="?", const="stale", default="", metavar="ROW",
                         help="make stale records anew, or all of the row with this label")
    reports.set_defaults(command=_reports)

    run = commands.add_parser("run", help="run one notebook headless")
    run.add_argument("notebook", help="number, name or path, such as 04")
    run.add_argument(
        "-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
        help="a parameter of the notebook; the value is read as YAML, such as '[0, 1, 2]'",
    )
    run.add_argument("--profile", default="quick", help="folder under reports/ (default quick)")
    run.add_argument("--output", type=Path, help="where the notebook is written as it ran")
    run.set_defaults(command=_run)

    inspect = commands.add_parser("inspect", help="list a notebook's parameters")
    inspect.add_argument("notebook")
    inspect.set_defaults(command=_inspect)

    fetch.add_command(commands)
    train.add_command(commands)
    export.add_command(commands)

    cleaning = commands.add_parser(
        "clean-notebooks", help="strip run times and the like before a commit"
    )
    cleaning.add_argument("notebook", nargs="*", help="default: all numbered notebooks")
    cleaning.set_defaults(command=_clean)
    return parser


def _reports(options: argparse.Namespace) -> None:
    if options.renew:
        check_renewal(options.renew, paths.reports(options.profile))
        os.environ[RENEW] = options.renew  # the notebooks' kernels read it
    page = pipeline.run_profile(options.profile)
    print(f"tables and figures: {page}")


def _run(options: argparse.Namespace) -> None:
    notebook = pipeline.find(options.notebook)
    parameters = {"profile": options.profile} | dict(map(_parameter, options.parameter))
    folder = paths.reports(parameters["profile"])
    output = options.output or folder / "notebooks" / notebook.name
    print(pipeline.run_notebook(notebook, parameters, output))


def _parameter(given: tuple[str, str]) -> tuple[str, object]:
    name, text = given
    try:
        return name, yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"parameter '{name}': cannot read {text!r} as YAML") from error


def _inspect(options: argparse.Namespace) -> None:
    for name, each in pipeline.defaults(pipeline.find(options.notebook)).items():
        print(f"{name}: {each['type']} = {each['default']!r}  {each['help']}".rstrip())


def _clean(options: argparse.Namespace) -> None:
    chosen = [pipeline.find(name) for name in options.notebook] or pipeline.notebooks()
    for path in chosen:
        nbformat.write(clean(nbformat.read(path, as_version=4)), path)
        print(path)
