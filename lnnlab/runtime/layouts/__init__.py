"""Exports that a build tool takes as they are: a folder with the tool's own files about the C.

A layout is a row of ``LAYOUTS`` and a folder of templates beside this file. Every file there is
written once, or, where ``MODEL`` is in its path, once for each model; ``@{name}`` in a text stands
for a value of :mod:`lnnlab.runtime.layouts.values`. ``USE.md`` is a part of the README. Of a model
that does not decide, ``main.denoise.c`` or ``main.anomaly.c`` stands in the place of ``main.c``,
where there is one (:func:`lnnlab.runtime.service_of`); of ``USE.md`` the first model counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from lnnlab import paths
from lnnlab.errors import unknown
from lnnlab.runtime import CPP_FOLDER, CPP_HEADERS, CRATE, RUST_FOLDER, SERVICES, service_of
from lnnlab.runtime.export import texts_together
from lnnlab.runtime.layouts.values import of_all, of_model, project_of
from lnnlab.runtime.names import check_layout_names
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
        like: another layout, whose templates hold where this one has none of that name.
        cpp: its programs are in C++.
        whole: its programs read ``.lnn`` files of other models too: the runtime is all there.
        beside: a folder of sources that it brings beside the C, called as its crate is.
    """

    tool: str
    programs: str = ""
    like: str = ""
    cpp: bool = False
    whole: bool = False
    beside: Path | None = None


LAYOUTS = {
    "cmake": Layout("CMake", programs="examples"),
    "cpp": Layout("CMake and C++", like="cmake", cpp=True, whole=True),
    "rust": Layout("cargo", whole=True, beside=RUST_FOLDER),
    "arduino": Layout("the Arduino IDE"),
    "platformio": Layout("PlatformIO"),
    "esp-idf": Layout("ESP-IDF"),
    "zephyr": Layout("Zephyr"),
}


_LANGUAGES = {  # of a layout's programs: C++ or not
    False: {"languages": "C", "suffix": "c", "standard": "c_std_99"},
    True: {"languages": "C CXX", "suffix": "cpp", "standard": "cxx_std_17"},
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
    check_layout_names([*blobs], layout)
    texts = {"LICENSE": paths.LICENSE.read_text()}
    texts |= {f"{CODE}/{header}": (CPP_FOLDER / header).read_text() for header in CPP_HEADERS}
    mains = {f"{name}_main.c" for name in blobs}
    for file, text in texts_together(blobs, _built_by, chosen.whole).items():
        if file not in mains:
            texts[f"{CODE}/{file}"] = text
        elif chosen.programs:
            programs[f"{chosen.programs}/{file}"] = text
    templates = _templates(chosen.like) | _templates(layout)
    values = of_all(blobs, chosen.whole) | _LANGUAGES[chosen.cpp] | {"tool": chosen.tool}
    first = service_of(next(iter(blobs.values())))
    values["use"] = _filled(_for_service(templates, first).pop(USE), values).rstrip()
    texts[README] = _filled(TEMPLATES / README, values)
    for name, blob in blobs.items():
        for place, path in sorted(_for_service(templates, service_of(blob)).items()):
            if MODEL in place:
                texts[place.replace(MODEL, name)] = _filled(path, values | of_model(name, blob))
            elif place != USE:
                texts[place] = _filled(path, values)
    return texts | programs | _brought(chosen.beside)


def _brought(folder: Path | None) -> dict[str, str]:
    """Path below a layout → text of what it brings beside the C."""
    if folder is None:
        return {}
    return {f"{CRATE}/{path.relative_to(folder).as_posix()}": path.read_text()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def _templates(layout: str) -> dict[str, Path]:
    """Path below the folder → template; none for no layout."""
    folder = TEMPLATES / layout
    return {path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*") if layout and path.is_file()}


def _for_service(templates: Mapping[str, Path], service: str) -> dict[str, Path]:
    """Those for decisions, or in their place the service's own."""
    plain = {place: path for place, path in templates.items()
             if not {*Path(place).suffixes} & {f".{each}" for each in SERVICES}}
    own = {place: place.replace(f".{service}.", ".") for place in templates
           if service and f".{service}." in place}
    return plain | {instead: templates[place] for place, instead in own.items()}


def _filled(path: Path, values: Mapping[str, object]) -> str:
    return _Template(path.read_text()).substitute(values)


def _built_by(name: str, sources: str) -> str:
    """The end of a model's first comment: here the tool's files say how it is built."""
    return f" * {README} says how {name} is built and what it takes.\n */\n"
