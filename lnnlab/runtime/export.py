"""One self-contained C file of a model: the runtime parts that it needs, and its data."""

import re
from pathlib import Path

from lnnlab import lnn_file, records
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.runtime import FOLDER, PARTS, POLICY_HEADER, POLICY_PARTS, defines, has_policy

HEADER, INTERNAL = "liquid_audio_lnn.h", "lnn_internal.h"
POLICY_ARENA_BYTES = 16384  # beside the buffer of hops
STREAM = {"smoothing_shift": 3, "refractory": 25, "threshold_q15": 26214}  # where META has none
STRICT = "-std=c99 -Wall -Wextra -Werror -O2"
M4 = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
_LOCAL_INCLUDE = re.compile(r'^#include "[a-z_]+\.h"\n', flags=re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def export(blob: bytes, folder: Path, name: str = "model") -> list[Path]:
    """Write ``<name>.c``, ``<name>.h`` and the example ``<name>_main.c``.

    The C file needs nothing else of this project and no library; any C99 compiler takes it. Its
    first lines say how to compile it.

    Args:
        blob: a ``.lnn`` file.
        folder: where the files go.
        name: of the files and of the data in them; a C identifier.

    Raises:
        UserError: the name is no C identifier, or the file is damaged.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"name '{name}': give a C identifier, such as bearing_model")
    model = lnn_file.from_bytes(blob)
    texts = {
        f"{name}.h": header(model, blob, name), f"{name}.c": source(model, blob, name),
        f"{name}_main.c": example(model, name),
    }
    for file, text in texts.items():
        records.write_text(folder / file, text)
    return [folder / file for file in texts]


def header(model: IntegerModel, blob: bytes, name: str) -> str:
    """The interface of the runtime, and the sizes of this model."""
    features = model.features
    interface = (FOLDER / HEADER).read_text()
    guard = f"{name.upper()}_H"
    return (
        f"/* {name}: a liquid network of lnnlab for {_title(model)}. */\n"
        f"#ifndef {guard}\n#define {guard}\n\n{_room(model)}{interface}\n"
        f"#define {name.upper()}_BYTES {len(blob)}u\n"
        f"#define {name.upper()}_CLASSES {len(model.classes)}\n"
        f"#define {name.upper()}_CHANNELS {features.channels}\n"
        f"#define {name.upper()}_WINDOW {features.window} /* moments per decision */\n"
        f"#define {name.upper()}_FULL_SCALE {features.spec.full_scale:.9g}f"
        " /* sensor value of sample 32768 */\n\n"
        f"extern const uint8_t {name}_data[{name.upper()}_BYTES];\n\n#endif\n"
    )


def source(model: IntegerModel, blob: bytes, name: str) -> str:
    """The runtime parts that the model needs, and its data."""
    macros = "".join(f"#define {macro} {value}\n" for macro, value in defines(blob).items())
    internal = _inner(INTERNAL) + (f"\n{_inner(POLICY_HEADER)}" if has_policy(blob) else "")
    parts = "\n".join(f"/* ---- {part} ---- */\n\n{_inner(part)}" for part in _needed(model, blob))
    return (
        f"/* {name}: {_title(model)}.\n *\n{_layers(model, blob)} *\n"
        f" * Compile for this machine:  cc {STRICT} {name}.c {name}_main.c -o {name}\n"
        f" * For a Cortex-M4:           arm-none-eabi-gcc {M4} {STRICT} -c {name}.c\n */\n"
        f'#include "{name}.h"\n\n{macros}\n{internal}\n{parts}\n'
        f"/* ---- the model, a .lnn file ---- */\n\n"
        f"LNN_ALIGNED8 const uint8_t {name}_data[{name.upper()}_BYTES] = {{\n{_bytes(blob)}\n}};\n"
    )


def example(model: IntegerModel, name: str) -> str:
    """A program that decides on one window of silence; with a timestep policy, that streams it."""
    upper = name.upper()
    start, push = "", f"lnn_push(&model, samples, {upper}_WINDOW, &result)"
    if model.policy:
        said = STREAM | model.meta.get("stream", {})
        start = (
            f"    if (!lnn_set_streaming(&model, {said['smoothing_shift']}, {said['refractory']}))"
            " return 3;\n"
            f"    lnn_set_threshold(&model, {said['threshold_q15']}); /* Q15 */\n"
        )
    return f"""/* Example: one decision of {name}; link it with {name}.c. */
#include <stdio.h>

#include "{name}.h"

static int16_t samples[{upper}_WINDOW * {upper}_CHANNELS]; /* [moment][channel], all zero */
static int32_t arena[16384];

int main(void) {{
    lnn_model_t model;
    lnn_result_t result;
    if (lnn_arena_bytes({name}_data) > sizeof arena) return 2;
    if (lnn_init(&model, {name}_data, {upper}_BYTES, arena, sizeof arena) != LNN_OK) return 1;
{start}    if ({push})
        printf("%s, confidence %.3f\\n", result.keyword, (double)result.confidence);
    return 0;
}}
"""


def _needed(model: IntegerModel, blob: bytes) -> list[str]:
    idle = {"lnn_cells.c" if model.windowed else "lnn_convolution.c"}
    if model.features.filters is None:
        idle.add("lnn_mel.c")
    if not has_policy(blob):
        idle |= set(POLICY_PARTS)
    return [part for part in PARTS if part not in idle]


def _inner(part: str) -> str:
    return _LOCAL_INCLUDE.sub("", (FOLDER / part).read_text())


def _room(model: IntegerModel) -> str:
    """A larger static arena with a policy: its frame and look-back lie in a buffer."""
    if not model.policy:
        return ""
    spec, channels = model.features.spec, model.features.channels
    moments = 2 * spec.frame + model.policy.look_back * spec.hop  # or fewer
    room = POLICY_ARENA_BYTES + 2 * moments * channels
    return (f"#ifndef LNN_STATIC_ARENA_BYTES\n#define LNN_STATIC_ARENA_BYTES {-(-room // 8) * 8}\n"
            "#endif\n\n")


def _title(model: IntegerModel) -> str:
    return f"{model.meta.get('label', 'network')}, {len(model.classes)} classes"


def _layers(model: IntegerModel, blob: bytes) -> str:
    features = model.features
    lines = [
        f"{features.spec.kind}: frame {features.spec.frame}, hop {features.spec.hop}, "
        f"{features.size} features, {features.steps} frames a decision",
    ]
    for layer, record in zip(model.layers, lnn_file.records_of(blob), strict=True):
        lines.append(f"{type(layer).__name__}: {record.inputs} -> {record.units}")
    lines.append("classes: " + ", ".join(model.classes))
    return "".join(f" * {line}\n" for line in lines).replace("*/", "* /")


def _bytes(blob: bytes) -> str:
    rows = [blob[first : first + 16] for first in range(0, len(blob), 16)]
    return ",\n".join("    " + ", ".join(f"0x{value:02x}" for value in row) for row in rows)
