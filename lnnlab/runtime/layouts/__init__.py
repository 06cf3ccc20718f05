"""Exports that a build tool takes as they are: a folder with the tool's own files about the C.

A layout is a row of ``LAYOUTS`` and a folder of templates beside this file. Every file there is
written once, or, where ``MODEL`` is in its path, once for each model; ``@{name}`` in a text stands
for a value of :mod:`lnnlab.runtime.layouts.values`. ``USE.md`` is a part of the README.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from lnnlab import paths
from lnnlab.errors import unknown
from lnnlab.runtime.export import texts_together
from lnnlab.runtime.layouts.values import of_all, of_model, project_of
from lnnlab.runtime.placing import place_layout

TEMPLATES = Path(__file__).parent
README, USE, MODEL = "README.md", "USE.md", "MODEL"
CODE = "src"  # where every layout keeps the C and its headers


@dataclass(frozen=True)
class Layout:
    """What differs between layouts beside their templates.

    Attributes:
        tool: who takes the folder, as its README says it.
        programs: the folder of the plain examples ``<name>_main.c``; empty where the templates
            have an example of the tool's own kind.
    """

    tool: str
    programs: str = ""


LAYOUTS = {
    "cmake": Layout("CMake", programs="examples"),
    "arduino": Layout("the Arduino IDE"),
    "platformio": Layout("PlatformIO"),
    "esp-idf": Layout("ESP-IDF"),
    "zephyr": Layout("Zephyr"),
}


class _Template(Template):
    """With ``@{name}``: CMake has ``${name}`` for itself."""

    delimiter = "@"


def export_layout(
    blobs: Mapping[str, bytes], layout: str, folder: Path | None = None, overwrite: bool = False
) -> list[Path]:
    """Write a folder that a build tool takes as it is: manifests, C, an example, a README.

    Choose :func:`lnnlab.runtime.export.export` for a project with a build of its own.

    Args:
        blobs: name → ``.lnn`` file; several share one runtime.
        layout: one of ``LAYOUTS``.
        folder: absent, empty, or of an earlier layout (default: called as the project here).
        overwrite: whether files of an earlier layout that were changed since are replaced.

    Raises:
        UserError: the layout is unknown, a name cannot be one, a file is damaged, or the folder
            holds something that would be lost; nothing is written then.
    """
    if layout not in LAYOUTS:
        raise unknown("layout", layout, LAYOUTS)
    texts = layout_texts(blobs, layout)
    return place_layout(folder or Path(project_of([*blobs])), texts, overwrite)


def layout_texts(blobs: Mapping[str, bytes], layout: str) -> dict[str, str]:
    """What :func:`export_layout` writes, path below the folder → text."""
    chosen, programs = LAYOUTS[layout], {}
    texts = {"LICENSE": paths.LICENSE.read_text()}
    mains = {f"{name}_main.c" for name in blobs}
    for file, text in texts_together(blobs, _built_by).items():
        if file not in mains:
            texts[f"{CODE}/{file}"] = text
        elif chosen.programs:
            programs[f"{chosen.programs}/{file}"] = text
    values = of_all(blobs) | {"tool": chosen.tool}
    values["use"] = _filled(TEMPLATES / layout / USE, values).rstrip()
    texts[README] = _filled(TEMPLATES / README, values)
    for path in sorted((TEMPLATES / layout).rglob("*")):
        place = path.relative_to(TEMPLATES / layout).as_posix()
        if place == USE or path.is_dir():
            continue
        if MODEL not in place:
            texts[place] = _filled(path, values)
            continue
        for name, blob in blobs.items():
            texts[place.replace(MODEL, name)] = _filled(path, values | of_model(name, blob))
    return texts | programs


def _filled(path: Path, values: Mapping[str, object]) -> str:
    return _Template(path.read_text()).substitute(values)


def _built_by(name: str, sources: str) -> str:
    """The end of a model's first comment: here the tool's files say how it is built."""
    return f" * {README} says how {name} is built and what it takes.\n */\n"
