"""``lnnlab fetch``: a published corpus into the data folder."""

import argparse

from lnnlab.data.fetch import ARCHIVES, fetch


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add ``fetch`` to the parser's commands."""
    parser = commands.add_parser("fetch", help="download a corpus, checked and resumed")
    parser.add_argument("name", help=", ".join(ARCHIVES))
    parser.set_defaults(command=lambda options: print(fetch(options.name)))
