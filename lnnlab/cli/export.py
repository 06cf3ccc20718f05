"""``lnnlab export``: ``.lnn`` files as C that stands alone, or as a folder for a build tool."""

import argparse
import re
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.errors import UserError, unknown
from lnnlab.runtime.export import export, export_together
from lnnlab.runtime.layouts import LAYOUTS, export_layout


def export_models(options: argparse.Namespace) -> None:
    """Write the files and print their names.

    Raises:
        UserError: a model is damaged, a name is no C identifier or not the only one, or the folder
            holds what lnnlab did not write.
    """
    if options.layout is not None and options.layout not in LAYOUTS:
        raise unknown("layout", options.layout, LAYOUTS)
    if options.overwrite and not options.layout:
        raise UserError("--overwrite: is for --layout; a plain export replaces its own files")
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
    named, here = dict(zip(names, blobs, strict=True)), options.folder or Path(".")
    if options.layout:
        written = export_layout(named, options.layout, options.folder, options.overwrite)
    elif len(blobs) == 1:
        written = export(blobs[0], here, names[0])
    else:
        written = export_together(named, here)
    for path in written:
        print(path)
