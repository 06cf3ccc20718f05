"""What an exported model's files say: sizes as macros, data, an example."""

import re

from lnnlab import lnn_file
from lnnlab.integer import IntegerModel, StreamConfig
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.runtime import has_anomaly_score, has_gains
from lnnlab.runtime.stack import stack_macros

SPDX = "SPDX-License-Identifier: MIT"
STRICT = "-std=c99 -Wall -Wextra -Werror -O2"
M4 = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"


def header(model: IntegerModel, blob: bytes, name: str, room: int, interface: str) -> str:
    """The interface of the runtime, and the sizes of this model.

    Args:
        room: bytes of its arena.
        interface: the runtime's header, or a line that includes it.
    """
    front, upper = model.features, name.upper()
    rate = max(0, int(front.rate_hz + 0.5))
    sizes = (
        ("BYTES", f"{len(blob)}u", "of the .lnn file"),
        ("ARENA_BYTES", f"{room}u", "working memory, at a multiple of 4"),
        ("HOP", str(front.spec.hop), "moments from one frame to the next"),
        ("WINDOW", str(front.window), "moments of a decision on windows"),
        ("RATE_HZ", str(rate), "moments a second" + ("" if front.rate_hz else "; 0: unknown")),
        ("CHANNELS", str(front.channels), "samples of a moment"),
        ("CLASSES", str(len(model.classes)), ""),
        ("FULL_SCALE", _float(front.spec.full_scale), "sensor value of sample 32768"),
    )
    macros = "".join(f"#define {upper}_{each} {value}{f' /* {what} */' if what else ''}\n"
                     for each, value, what in sizes)
    return (
        f"/* {SPDX}\n *\n * {name}: a liquid network of lnnlab for {title_of(model)}. */\n"
        f"#ifndef {upper}_H\n#define {upper}_H\n\n{interface}\n{macros}{stack_macros(upper)}\n"
        '#ifdef __cplusplus\nextern "C" {\n#endif\n'
        f"extern const uint8_t {name}_data[{upper}_BYTES];\n"
        "#ifdef __cplusplus\n}\n#endif\n\n#endif\n"
    )


def static_arena(room: int) -> str:
    """The size of ``lnn_load_from_flash``'s memory, by the model."""
    return (f"#ifndef LNN_STATIC_ARENA_BYTES\n#define LNN_STATIC_ARENA_BYTES {room}\n#endif\n\n")


def headline(model: IntegerModel, blob: bytes, name: str) -> str:
    """The first comment of a model's C file, left open."""
    front = model.features
    lines = [
        SPDX, "", f"{name}: {title_of(model)}.", "",
        f"{front.spec.kind}: frame {front.spec.frame}, hop {front.spec.hop}, "
        f"{front.size} features, {front.steps} frames a decision",
    ]
    for layer, record in zip(model.layers, lnn_file.records_of(blob), strict=True):
        lines.append(f"{type(layer).__name__}: {record.inputs} -> {record.units}")
    lines.append("classes: " + ", ".join(map(plain, model.classes)))
    return "/*" + "".join(f" {line}\n *".replace(" \n", "\n") for line in lines) + "\n"


def how_to_compile(name: str, sources: str) -> str:
    """The end of that comment."""
    each = "".join(f" {source}" for source in sources.split())
    return (
        f" * Compile for this machine:  cc {STRICT}{each} {name}_main.c -o {name}\n"
        f" * For a Cortex-M4:           arm-none-eabi-gcc {M4} {STRICT} -c{each}\n"
        " * Without an FPU's registers: add -DLNN_NO_FLOAT everywhere.\n */\n"
    )


def data(blob: bytes, name: str) -> str:
    """The model's bytes, aligned."""
    rows = [blob[first : first + 16] for first in range(0, len(blob), 16)]
    text = ",\n".join("    " + ", ".join(f"0x{value:02x}" for value in row) for row in rows)
    return (
        "#if defined(__GNUC__)\n__attribute__((aligned(8)))\n#endif\n"
        f"const uint8_t {name}_data[{name.upper()}_BYTES] = {{\n{text}\n}};\n"
    )


def example(model: IntegerModel, blob: bytes, name: str) -> str:
    """A program that hears silence: one window of it, or a second of a stream."""
    if has_gains(blob):
        return _frames_example(name, "denoise", "lnn_denoise_hop(&denoise, samples, samples);",
                               ("%u moments behind", "lnn_denoise_latency(&denoise)"))
    if has_anomaly_score(blob):
        return _frames_example(
            name, "anomaly", f"lnn_anomaly_push(&anomaly, samples, {name.upper()}_HOP);",
            ("anomaly %d, score %u, threshold %u (Q8)",
             "lnn_is_anomaly(&anomaly), (unsigned)lnn_anomaly_score_q8(&anomaly)",
             "(unsigned)lnn_anomaly_threshold_q8(&anomaly)"))
    return _decisions_example(model, name)


def _frames_example(name: str, kind: str, call: str, said: tuple[str, ...]) -> str:
    """Of a model with a call of its own a hop. kind: denoise or anomaly; said: format, values."""
    upper, (form, *values) = name.upper(), said
    values = ",\n           ".join(values).replace("lnn_denoise_l", "(unsigned)lnn_denoise_l")
    return f"""/* {SPDX}
 *
 * Example: {name} hears a window of silence, a hop at a time; a sensor's samples belong into
 * `samples`. */
#include <stdio.h>

#include "{name}.h"

static int16_t samples[{upper}_HOP * {upper}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[({upper}_ARENA_BYTES + 3) / 4];
static lnn_{kind}_t {kind};

int main(void) {{
    const lnn_status_t status =
        lnn_{kind}_init(&{kind}, {name}_data, {upper}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {{
        printf("%s\\n", lnn_status_text(status));
        return 1;
    }}
    for (uint32_t moments = 0; moments < {upper}_WINDOW; moments += {upper}_HOP)
        {call}
    printf("{form}\\n",
           {values});
    return 0;
}}
"""


def _decisions_example(model: IntegerModel, name: str) -> str:
    upper, asks = name.upper(), asked(model)
    call = set_streaming(model)
    settings = f"    if (!{call}) return 1;\n" if call else ""
    length = f"{upper}_{tried(model)}"
    return f"""/* {SPDX}
 *
 * Example: {name} hears silence, a hop at a time; a sensor's samples belong into `samples`. */
#include <stdio.h>

#include "{name}.h"

static int16_t samples[{upper}_HOP * {upper}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[{upper}_ARENA_BYTES / 4];
static lnn_model_t model;

int main(void) {{
    lnn_result_t result;
    const lnn_status_t status = lnn_init(&model, {name}_data, {upper}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {{
        printf("%s\\n", lnn_status_text(status));
        return 1;
    }}
{settings}    for (uint32_t moments = 0; moments < {length}; moments += {upper}_HOP)
        if (lnn_process(&model, samples, sizeof samples, &result){asks})
            printf("%s, confidence %.3f\\n", result.keyword, result.confidence_q15 / 32768.0);
    return 0;
}}
"""


def streams(model: IntegerModel) -> bool:
    """Whether an example runs it as a stream."""
    return bool(model.policy) or "stream" in model.meta


def tried(model: IntegerModel) -> str:
    """The macro, without the model's name, of the moments that an example runs for.

    A second of a stream; where the rate is unknown or makes no such loop, as long as a window.
    """
    rate_hz = model.features.rate_hz
    return "RATE_HZ" if streams(model) and 1 <= rate_hz < 2**31 else "WINDOW"


def asked(model: IntegerModel) -> str:
    """What an example asks of a decision before it says it: of a stream, that it is a report."""
    return " && result.keyword_detected" if streams(model) else ""


def set_streaming(model: IntegerModel) -> str:
    """The call that an example makes a stream with, empty where the file says so or there is none.
    """
    if not model.policy or "stream" in model.meta:
        return ""
    own = StreamConfig()
    return f"lnn_set_streaming(&model, {own.smoothing_shift}, {own.refractory})"


def plain(text: str) -> str:
    """A text that ends no comment and opens none."""
    text = re.sub(r"[\\?]", " ", text)
    text = "".join(each if each.isprintable() else " " for each in text)  # no order of letters
    return text.replace("*/", "* /").replace("/*", "/ *")


def _float(value: float) -> str:
    text = f"{value:.9g}"
    return text + ("f" if re.search(r"[.e]", text) else ".0f")


def calls_of(blob: bytes) -> str:
    """How a model is used whose outputs are no classes; empty: they are, by ``lnn_push``."""
    if has_gains(blob):
        return ("its outputs are gains of bands: `lnn_denoise_init`, then `lnn_denoise_hop` with "
                "every hop of samples, or `lnn_denoise_push` with pieces of any length; in C++ "
                "`liquid_audio::StaticDenoiser` and `Denoiser`, in Rust `DenoiserNet` and "
                "`Denoiser`")
    if has_anomaly_score(blob):
        score = AnomalyScore.of(lnn_file.from_bytes(blob).meta)
        first = score.calibration_frames if score else 0
        return ("its outputs are the features it expects: `lnn_anomaly_init`, then "
                "`lnn_anomaly_push` and `lnn_is_anomaly`; in C++ `liquid_audio::StaticAnomaly` and "
                "`Anomaly`, in Rust `AnomalyNet` and `AnomalyDetector`" + (
                    f"; on its first {first} frames it calibrates and reports nothing "
                    "(`lnn_anomaly_calibrating`)" if first else ""))
    return ""


def title_of(model: IntegerModel) -> str:
    """What a network is, in one line that no comment ends in."""
    return plain(f"{model.meta.get('label', 'network')}, {len(model.classes)} classes")
