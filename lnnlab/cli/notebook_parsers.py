"""What the commands over notebooks take; like :mod:`lnnlab.cli.parsers` it is quick to import."""

import argparse
from pathlib import Path


def add_reports(commands: argparse._SubParsersAction) -> None:
    """Add ``reports`` to the commands of ``lnnlab``."""
    parser = commands.add_parser("reports", help="run a profile's notebooks and write its page")
    parser.add_argument("--profile", default="quick", help="quick (default) or full")
    parser.add_argument("--jobs", type=int,
                        help="notebooks at a time (default: 2 where there are two cores)")
    parser.add_argument("--renew", nargs="?", const="stale", default="", metavar="ROW",
                        help="make stale records anew, or all of the row with this label")
    parser.set_defaults(work="notebooks:reports")


def add_page(commands: argparse._SubParsersAction) -> None:
    """Add ``page`` to the commands of ``lnnlab``."""
    parser = commands.add_parser("page", help="upload recordings, train, download, in a browser")
    parser.add_argument("--port", type=int, default=8866, help="on 127.0.0.1 (default 8866)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.set_defaults(work="page:serve_page")


def add_run(commands: argparse._SubParsersAction) -> None:
    """Add ``run`` to the commands of ``lnnlab``."""
    parser = commands.add_parser("run", help="run one notebook headless")
    parser.add_argument("notebook", help="number, name or path, such as 04")
    parser.add_argument(
        "-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
        help="a parameter of the notebook; the value is read as YAML, such as '[0, 1, 2]'",
    )
    parser.add_argument("--profile", default="quick", help="folder under reports/ (default quick)")
    parser.add_argument("--output", type=Path, help="where the notebook is written as it ran")
    parser.set_defaults(work="notebooks:run")


def add_inspect(commands: argparse._SubParsersAction) -> None:
    """Add ``inspect`` to the commands of ``lnnlab``."""
    parser = commands.add_parser("inspect", help="list a notebook's parameters")
    parser.add_argument("notebook")
    parser.set_defaults(work="notebooks:inspect")


def add_clean(commands: argparse._SubParsersAction) -> None:
    """Add ``clean-notebooks`` to the commands of ``lnnlab``."""
    parser = commands.add_parser(
        "clean-notebooks", help="strip run times and the like before a commit"
    )
    parser.add_argument("notebook", nargs="*", help="default: all numbered notebooks")
    parser.set_defaults(work="notebooks:clean_notebooks")
