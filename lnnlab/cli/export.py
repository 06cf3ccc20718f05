"""``lnnlab export``: models as C that stands alone, as a folder for a build tool, or for ONNX and
TensorFlow Lite Micro."""

import argparse
import re
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.errors import UserError, unknown
from lnnlab.runtime.export import export, export_together
from lnnlab.runtime.layouts import LAYOUTS, export_layout
from lnnlab.runtime.names import check_names
from lnnlab.runtime.steps import GUIDE
from lnnlab.runtime.steps.export import FORMATS, export_steps, summary
from lnnlab.runtime.steps.networks import INPUT

C = "c"  # the format of a plain export and of layouts


def export_models(options: argparse.Namespace) -> None:
    """Write the files and print their names.

    Raises:
        UserError: a model is damaged, a name is no C identifier or not the only one, or the folder
            holds what lnnlab did not write.
    """
    if options.layout is not None and options.layout not in LAYOUTS:
        raise unknown("layout", options.layout, LAYOUTS)
    if options.format not in (C, *FORMATS):
        raise unknown("format", options.format, (C, *FORMATS))
    names = _names(options)
    if options.format != C:
        _export_steps(options, names)
        return
    if options.timespan is not None:
        raise UserError("--timespan: is for --format onnx and tflite; in C the file's policy or "
                        "the caller says how long a step stands for")
    if options.overwrite and not options.layout:
        raise UserError("--overwrite: is for --layout; a plain export replaces its own files")
    blobs = []
    for path in options.models:
        if path.suffix == ".pt":
            raise UserError(f"{path}: a trained network, and C takes .lnn files; "
                            "'liquid-compress' makes one of it (or choose --format onnx or tflite)")
        lnn_file.read(path)  # refuses a damaged file by name
        blobs.append(path.read_bytes())
    named, here = dict(zip(names, blobs, strict=True)), options.folder or Path(".")
    if options.layout:
        written = export_layout(named, options.layout, options.folder, options.overwrite)
    elif len(blobs) == 1:
        written = export(blobs[0], here, names[0])
    else:
        written = export_together(named, here)
    for path in written:
        print(path)


def _names(options: argparse.Namespace) -> list[str]:
    names = options.name or (
        ["model"] if len(options.models) == 1 else
        [re.sub(r"\W", "_", path.stem, flags=re.ASCII) for path in options.models])
    if len(names) != len(options.models):
        raise UserError(f"{len(names)} names for {len(options.models)} models: give one for each")
    if len(set(names)) < len(names):
        raise UserError(f"names {', '.join(names)}: two models cannot share one; see --name")
    return names


def _export_steps(options: argparse.Namespace, names: list[str]) -> None:
    if options.layout or options.overwrite:
        given = "--layout" if options.layout else "--overwrite"
        raise UserError(f"{given}: is for C; --format {options.format} writes one file a model")
    check_names(names)
    models = dict(zip(names, options.models, strict=True))
    found = export_steps(models, options.format, options.folder or Path("."),
                         _timespan(options.timespan))
    for place, each in found.items():
        print("\n".join(summary(place, each, options.format)))
    print(f"how to run it: {GUIDE}")


def _timespan(given: str | None) -> float | str:
    if given in (None, INPUT):
        return given or 1.0
    try:
        return float(given)
    except ValueError:
        raise UserError(f"timespan {given}: give a number of usual steps above zero, or "
                        f"'{INPUT}'") from None
