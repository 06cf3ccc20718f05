"""A model, or several, as C: the runtime parts that they need, and their data."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.features.spec import ACF
from lnnlab.runtime import (
    FOLDER,
    HEADERS,
    PARTS,
    POLICY_HEADER,
    POLICY_PARTS,
    defines,
    has_anomaly_score,
    has_gains,
    has_policy,
)
from lnnlab.runtime.arena import room_bytes
from lnnlab.runtime.export_text import (
    SPDX,
    data,
    example,
    header,
    headline,
    how_to_compile,
    plain,
    static_arena,
)
from lnnlab.runtime.names import RUNTIME, check_names
from lnnlab.runtime.placing import place

HEADER = f"{RUNTIME}.h"
_LOCAL_INCLUDE = re.compile(r'^#include "[a-z_]+\.h"\n', flags=re.MULTILINE)
_MOST = ("LNN_MOST_FRAME", "LNN_MOST_LAGS")


def export(blob: bytes, folder: Path, name: str = "model") -> list[Path]:
    """Write ``<name>.c``, ``<name>.h`` and the example ``<name>_main.c``.

    The C file needs nothing else of this project and no library; any C99 compiler takes it. Its
    first lines say how to compile it. For several models in one program choose
    :func:`export_together`: two files of this function hold the runtime twice.

    Args:
        blob: a ``.lnn`` file.
        folder: where the files go.
        name: of the files and of the data in them; a C identifier.

    Raises:
        UserError: the name is no C identifier or is taken, the file is damaged, or a file that
            lnnlab did not write has one of the names.
    """
    check_names([name])
    model = lnn_file.from_bytes(blob)
    room = room_bytes(blob)
    said = how_to_compile(name, f"{name}.c")
    parts = f"{_runtime([blob])}\n/* ---- the model, a .lnn file ---- */\n\n{data(blob, name)}"
    return place(folder, {
        f"{name}.h": header(model, blob, name, room,
                            static_arena(room) + (FOLDER / HEADER).read_text()),
        f"{name}.c": f'{headline(model, blob, name)}{said}#include "{name}.h"\n\n{parts}',
        f"{name}_main.c": example(model, blob, name),
    })


def export_together(blobs: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write one runtime and, of each model, ``<name>.c``, ``<name>.h`` and ``<name>_main.c``.

    For a folder that a build tool takes as it is choose
    :func:`lnnlab.runtime.layouts.export_layout`.

    Args:
        blobs: name → ``.lnn`` file.
        folder: where the files go; ``liquid_audio_lnn.c`` and ``.h`` hold the runtime.

    Raises:
        UserError: a name is no C identifier or is taken, two are too much alike, a file is
            damaged, or a file that lnnlab did not write has one of the names.
    """
    return place(folder, texts_together(blobs))


def rooms_together(blobs: Mapping[str, bytes], whole: bool = False) -> dict[str, int]:
    """Bytes of each model's arena over one runtime: it has policies if one of them has.

    Args:
        whole: the runtime is all of it.
    """
    follows = whole or any(has_policy(blob) for blob in blobs.values())
    return {name: room_bytes(blob, follows) for name, blob in blobs.items()}


def texts_together(
    blobs: Mapping[str, bytes], how: Callable[[str, str], str] = how_to_compile,
    whole: bool = False,
) -> dict[str, str]:
    """What :func:`export_together` writes, file → text.

    Args:
        how: (name, C files) → the end of a model's first comment, which says how it is built.
        whole: all of the runtime, for programs that read files of other models too.

    Raises:
        UserError: a name is no C identifier or is taken, two are too much alike, or a file is
            damaged.
    """
    check_names([*blobs])
    rooms = rooms_together(blobs, whole)
    interface = static_arena(max(rooms.values())) + (FOLDER / HEADER).read_text()
    title = "any model" if whole else plain(", ".join(blobs))
    code = _code([*HEADERS, POLICY_HEADER], PARTS) if whole else _runtime([*blobs.values()])
    texts = {
        HEADER: interface,
        f"{RUNTIME}.c": f"/* {SPDX}\n *\n * The runtime of lnnlab for {title}. */\n"
                        f'#include "{HEADER}"\n\n{code}',
    }
    for name, blob in blobs.items():
        model = lnn_file.from_bytes(blob)
        said = how(name, f"{RUNTIME}.c {name}.c")
        texts |= {
            f"{name}.h": header(model, blob, name, rooms[name], f'#include "{HEADER}"\n'),
            f"{name}.c": f'{headline(model, blob, name)}{said}#include "{name}.h"\n\n'
                         f"{data(blob, name)}",
            f"{name}_main.c": example(model, blob, name),
        }
    return texts


def _runtime(blobs: list[bytes]) -> str:
    """The macros that say what is needed, and the runtime's parts for it."""
    needed: dict[str, int] = {}
    for blob in blobs:
        more = defines(blob)
        largest = {most: max(each.get(most, 0) for each in (needed, more)) for most in _MOST}
        needed |= more | {most: size for most, size in largest.items() if size}
    macros = "".join(f"#define {macro} {value}\n" for macro, value in needed.items())
    follows = any(has_policy(blob) for blob in blobs)
    headers = [*HEADERS, POLICY_HEADER] if follows else HEADERS
    return f"{macros}\n{_code(headers, _needed(blobs))}"


def _code(headers: Sequence[str], parts: Sequence[str]) -> str:
    """The runtime's inner headers and parts, one behind the other."""
    internal = "\n".join(_inner(each) for each in headers)
    return internal + "".join(f"\n/* ---- {part} ---- */\n\n{_inner(part)}" for part in parts)


def _needed(blobs: list[bytes]) -> list[str]:
    models = [lnn_file.from_bytes(blob) for blob in blobs]
    idle = {"lnn_acf.c", "lnn_anomaly.c", "lnn_cells.c", "lnn_convolution.c", "lnn_denoise.c",
            "lnn_mel.c", *POLICY_PARTS}
    for model, blob in zip(models, blobs, strict=True):
        idle -= {"lnn_convolution.c" if model.windowed else "lnn_cells.c"}
        if model.features.filters is not None:
            idle -= {"lnn_mel.c"}
        if model.features.spec.kind == ACF:
            idle -= {"lnn_acf.c"}
        if has_policy(blob):
            idle -= set(POLICY_PARTS)
        if has_gains(blob):
            idle -= {"lnn_denoise.c"}
        if has_anomaly_score(blob):
            idle -= {"lnn_anomaly.c"}
    return [part for part in PARTS if part not in idle]


def _inner(part: str) -> str:
    return _LOCAL_INCLUDE.sub("", (FOLDER / part).read_text())
