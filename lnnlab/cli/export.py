"""``lnnlab export``: ``.lnn`` files as C that stands alone."""

import argparse
import re
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.runtime.export import export, export_together


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add ``export`` to the parser's commands."""
    parser = commands.add_parser("export", help="write .lnn files as C that stands alone")
    parser.add_argument("models", type=Path, nargs="+",
                        help="a .lnn file, or several that share one runtime")
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the files go")
    parser.add_argument("--name", nargs="+", help="of files and data, one for each model; C "
                        "identifiers (default: model, of several the files' own names)")
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> None:
    blobs = []
    for path in options.models:
        lnn_file.read(path)  # refuses a damaged file by name
        blobs.append(path.read_bytes())
    names = options.name or (
        ["model"] if len(blobs) == 1 else
        [re.sub(r"\W", "_", path.stem, flags=re.ASCII) for path in options.models])
    if len(names) != len(blobs):
        raise UserError(f"{len(names)} names for {len(blobs)} models: give one for each")
    if len(set(names)) < len(names):
        raise UserError(f"names {', '.join(names)}: two models cannot share one; see --name")
    written = (export(blobs[0], options.folder, names[0]) if len(blobs) == 1
               else export_together(dict(zip(names, blobs, strict=True)), options.folder))
    for path in written:
        print(path)
