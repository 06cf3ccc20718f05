"""``lnnlab export``: a ``.lnn`` file as one self-contained C file."""

import argparse
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.runtime.export import export


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add ``export`` to the parser's commands."""
    parser = commands.add_parser("export", help="write a .lnn file as one self-contained C file")
    parser.add_argument("model", type=Path, help="a .lnn file")
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the files go")
    parser.add_argument("--name", default="model", help="of files and data; a C identifier")
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> None:
    lnn_file.read(options.model)  # refuses a damaged file by name
    for path in export(options.model.read_bytes(), options.folder, options.name):
        print(path)
