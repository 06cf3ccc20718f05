"""The C runtime that reads ``.lnn`` files, and what a build for one model needs of it.

``c/liquid_audio_lnn.h`` is the interface, ``FORMAT.md`` the definition of file and arithmetic;
``float32/lnn_float.h`` is the path for float32 files on cores with an FPU.
"""

from collections.abc import Iterable
from pathlib import Path

from lnnlab import lnn_file
from lnnlab.features.spec import ACF, SPECTRAL_KINDS
from lnnlab.integer import arithmetic
from lnnlab.lnn_file.container import split
from lnnlab.lnn_file.structures import LayerKind, has_residual

FOLDER = Path(__file__).with_name("c")
CPP_FOLDER = Path(__file__).with_name("cpp")
CPP_HEADERS = tuple(f"liquid_audio/{each}.hpp" for each in ("lnn", "denoiser", "anomaly", "detail"))
RUST_FOLDER, CRATE = Path(__file__).with_name("rust"), "liquid_audio_nets"
CONTAINER = "lnn_container.c"
PARTS = ("lnn_tables.c", CONTAINER, "lnn_check.c", "lnn_product.c", "lnn_kernels.c",
         "lnn_transform.c", "lnn_spectrum.c", "lnn_acf.c", "lnn_features.c", "lnn_mel.c",
         "lnn_cells.c", "lnn_convolution.c", "lnn_gate.c", "lnn_policy.c", "lnn_adaptive.c",
         "lnn_setup.c", "lnn_stream.c", "lnn_about.c", "lnn_denoise.c",
         "lnn_anomaly.c")
POLICY_PARTS = ("lnn_gate.c", "lnn_policy.c", "lnn_adaptive.c")
HEADERS, POLICY_HEADER = ("lnn_internal.h", "lnn_complex.h"), "lnn_policy.h"
EXAMPLES = Path(__file__).with_name("examples")  # of firmware, for a person's own kernel and HAL
FLOAT_FOLDER = Path(__file__).with_name("float32")
FLOAT_BATCH = FLOAT_FOLDER / "lnn_float_batch.c"
BATCH_MAIN = Path(__file__).with_name("host") / "lnn_batch_main.c"
BATCH = FOLDER / "lnn_batch.c"
STREAM = FOLDER / "lnn_record.c"
DENOISED = FOLDER / "lnn_denoised.c"
SCORED = FOLDER / "lnn_scored.c"
STREAM_MAIN = Path(__file__).with_name("host") / "lnn_record_main.c"
MACROS = {kind: f"LNN_USE_{kind.name}" for kind in LayerKind
          if kind not in (LayerKind.POOL, LayerKind.READOUT)}  # which are always there
POLICY, RESIDUAL_PART = "LNN_USE_POLICY", "LNN_USE_RESIDUAL"
SERVICES = ("denoise", "anomaly")  # what a file can be for beside decisions
AVERAGE_PART, DENOISE, ANOMALY = "LNN_USE_AVERAGE", "LNN_USE_DENOISE", "LNN_USE_ANOMALY"


def sources() -> list[Path]:
    """The runtime's C files."""
    return [FOLDER / name for name in PARTS]


def float_sources() -> list[Path]:
    """The C files of the float32 path, and the checks that it shares with the int8 one."""
    own = [FLOAT_FOLDER / f"lnn_float{part}.c" for part in ("", "_check", "_layers")]
    return [*own, FOLDER / CONTAINER]


def defines(blob: bytes) -> dict[str, int]:
    """Macros that leave out what the model of a ``.lnn`` file does not need."""
    model = lnn_file.from_bytes(blob)
    spec = model.features.spec
    feature = f"LNN_USE_{spec.kind.upper()}"
    most = {"LNN_MOST_FRAME": spec.transform} if spec.kind in SPECTRAL_KINDS else {}
    most |= {"LNN_MOST_LAGS": spec.lags} if spec.kind == ACF else {}
    records = lnn_file.records_of(blob)
    kinds = {record.kind for record in records} & set(MACROS)
    names = ["LNN_ONLY", feature, *(MACROS[kind] for kind in sorted(kinds))]
    names += [AVERAGE_PART] * (spec.average > 1)
    names += [RESIDUAL_PART] * any(map(has_residual, records))
    names += [POLICY] * has_policy(blob) + [DENOISE] * has_gains(blob)
    names += [ANOMALY] * has_anomaly_score(blob)
    return dict.fromkeys(names, 1) | most


def has_policy(blob: bytes) -> bool:
    """Whether a ``.lnn`` file says at which hops of a stream its network computes."""
    return "PLCY" in split(blob, "model")[1]


def has_gains(blob: bytes) -> bool:
    """Whether a ``.lnn`` file says that its network's outputs are gains of its bands."""
    return "GAIN" in split(blob, "model")[1]


def has_anomaly_score(blob: bytes) -> bool:
    """Whether a ``.lnn`` file says that its network's outputs are its next features."""
    return "ANOM" in split(blob, "model")[1]


def service_of(blob: bytes) -> str:
    """What a ``.lnn`` file is for: ``"denoise"``, ``"anomaly"``, or ``""``, decisions.

    In C the calls of the first two are ``lnn_denoise_…`` and ``lnn_anomaly_…``.
    """
    return "denoise" if has_gains(blob) else "anomaly" if has_anomaly_score(blob) else ""


def tables() -> str:
    """The text of ``lnn_tables.c``, from the twin's tables."""
    return (
        "/* The runtime's tables; lnnlab.runtime.tables() writes this file from the twin's. */\n"
        '#include "lnn_internal.h"\n\n'
        + _array("int16_t lnn_sigmoid_table[257]", arithmetic.SIGMOID,
                 "sigmoid((256 i - 32768) / 4096), Q15")
        + _array("int16_t lnn_log_table[33]", arithmetic.LOG, "log2(1 + i / 32), Q10")
        + _array("uint16_t lnn_pow_table[33]", arithmetic.POW, "2^(-i / 32), Q15").rstrip("\n")
        + "\n"
    )


def _array(name: str, values: Iterable[int], comment: str) -> str:
    line, lines = "   ", []
    for value in values:
        item = f" {value},"
        if len(line) + len(item) > 96:
            lines.append(line)
            line = "   "
        line += item
    body = "\n".join([*lines, line]).rstrip(",")
    return f"/* {comment} */\nconst {name} = {{\n{body}\n}};\n\n"
