"""``lnnlab export --format onnx`` and ``tflite``: a network's step, compared before it is written.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import store
from lnnlab.errors import UserError, unknown
from lnnlab.models.cfc import CfC
from lnnlab.runtime.steps.graph import Step, Value
from lnnlab.runtime.steps.networks import INPUT, step_of
from lnnlab.runtime.steps.onnx_file import BATCH, OPSET, onnx_bytes, onnx_nodes
from lnnlab.runtime.steps.packages import EXTRA, PACKAGES, installed
from lnnlab.runtime.steps.run import OnnxRunner, Runner, TfliteRunner, torch_logits
from lnnlab.runtime.steps.source import Source, source_of
from lnnlab.runtime.steps.tflite_file import VERSION, tflite_bytes, tflite_nodes

# What a difference of a logit may be beside torch: a part of the largest one, and a multiple of
# what rounding alone does, as a network that feeds back much makes much of the last bit.
MOST_APART, TIMES = 1e-4, 10
OURS = b"lnnlab"  # in every file written here
MOST_WINDOWS = 64  # of check windows that are compared


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        title: as people call it.
        opset: version of its operators, of TensorFlow Lite that of its schema.
        write: step and what the file says of itself → its bytes.
        nodes: operations of a step in the bytes.
        runner: runs the bytes on this machine.
        runtime: the package that does so: a key of :data:`packages.PACKAGES`.
    """

    title: str
    opset: int
    write: Callable[[Step, Mapping[str, str]], bytes]
    nodes: Callable[[bytes], int]
    runner: Callable[[bytes], Runner]
    runtime: str

    @property
    def versioned(self) -> str:
        """The title with the version of its operators."""
        return f"{self.title} {'opset' if self.title == 'ONNX' else 'schema'} {self.opset}"


FORMATS = {
    "onnx": Format("ONNX", OPSET, onnx_bytes, onnx_nodes, OnnxRunner, "onnxruntime"),
    "tflite": Format("TensorFlow Lite Micro", VERSION, tflite_bytes, tflite_nodes, TfliteRunner,
                     "tflite_micro"),
}


@dataclass(frozen=True)
class Written:
    """A step as a file's bytes.

    Attributes:
        source: of what.
        step: its operations, inputs and states.
        content: of the file.
        windows: how many it was compared with torch on; 0: its runtime is not installed.
        apart: largest difference of a logit after a window's last frame.
        rounding: the same of torch in float32 from torch in float64: a network that feeds back
            much makes much of little.
        differ: windows whose largest logit is another.
    """

    source: Source
    step: Step
    content: bytes
    windows: int = 0
    apart: float = 0.0
    rounding: float = 0.0
    differ: int = 0


def written(source: Source, form: str, timespan: float | str = 1.0) -> Written:
    """A network's step in a format, run beside torch where the format's runtime is installed.

    Args:
        source: the network.
        form: key of ``FORMATS``.
        timespan: see :func:`lnnlab.runtime.steps.networks.step_of`.

    Raises:
        UserError: the network has no step, a package is missing, or what was written does not
            give torch's logits.
    """
    if form not in FORMATS:
        raise unknown("format", form, FORMATS)
    if source.irregular and timespan == 1.0:
        raise UserError("trained at irregular times; say how long a step lasts: --timespan STEPS, "
                        f"or --timespan {INPUT}")
    step = step_of(source.network, timespan)
    content = FORMATS[form].write(step, source.about(timespan))
    if not installed(FORMATS[form].runtime):
        return Written(source, step, content)
    x = source.windows[:MOST_WINDOWS]
    spans = np.full(x.shape[:2], 1.0 if timespan == INPUT else timespan, np.float32)
    given = spans if timespan == INPUT else None
    found = FORMATS[form].runner(content).stream(x, given)[:, -1]
    wanted, exact = (torch_logits(source.network, x, spans, double)[:, -1]
                     for double in (False, True))
    apart, rounding = (float(np.abs(each - wanted).max()) for each in (found, exact))
    if not apart <= MOST_APART * max(1.0, float(np.abs(wanted).max())) + TIMES * rounding:
        raise UserError(f"{FORMATS[form].title} differs from torch by {apart:.2g} "
                        "in a logit, so nothing is written; please report this network")
    differ = int((found.argmax(axis=1) != wanted.argmax(axis=1)).sum())
    return Written(source, step, content, len(x), apart, rounding, differ)


def export_steps(
    models: Mapping[str, Path], form: str, folder: Path, timespan: float | str = 1.0
) -> dict[Path, Written]:
    """Write ``<name>.onnx`` or ``<name>.tflite`` for each model; all of them or none.

    Args:
        models: name → ``.pt`` of ``lnnlab train``, or a ``.lnn`` of float32 layers.
        form: key of ``FORMATS``.
        folder: where the files go.
        timespan: see :func:`lnnlab.runtime.steps.networks.step_of`.

    Raises:
        UserError: as :func:`written`; or the folder is a file, or holds a file of one of the names
            that lnnlab did not write.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; give a folder")
    found = {}
    for name, path in models.items():
        place = folder / f"{name}.{form}"
        if place.exists() and OURS not in place.read_bytes():
            raise UserError(f"{place}: is there and was not written by lnnlab; choose another "
                            "--folder or --name, or move it away")
        source = source_of(path)
        if path.suffix == ".lnn" and timespan != 1.0 and any(
                isinstance(each, CfC) for each in source.network.cells):
            raise UserError(f"{path}: a .lnn holds CfC for steps of the usual length alone; give "
                            "the network's .pt for other timespans")
        try:
            found[place] = written(source, form, timespan)
        except UserError as error:
            raise UserError(f"{path}: {error}") from error
    for place, each in found.items():
        store.write_bytes(place, each.content)
    return found


def summary(place: Path, each: Written, form: str) -> list[str]:
    """What a person wants to know of a written file, in lines."""
    step, kind = each.step, FORMATS[form]

    def named(values: Iterable[Value]) -> str:
        return ", ".join(f"{value.name} {_shape(value.shape, form)}" for value in values)

    held = ("states, zeros at the start, in and out again as NAME_next" if form == "onnx"
            else "states, in variables that a reset sets to zero")
    lines = [
        f"{place}: {len(each.content):,} B, {kind.versioned}, "
        f"{kind.nodes(each.content)} nodes; weights, activations and states float32 (int8 is what "
        "'liquid-compress' and the C are for)",
        f"  in: {named(step.inputs)}; out: logits {_shape(step.logits.shape, form)}",
        f"  {held}: {named(state.before for state in step.states)}",
    ]
    if not each.windows:
        return [*lines, f"  not compared with torch: {PACKAGES[kind.runtime]} is not installed "
                f"({EXTRA})"]
    what = "windows of random features" if each.source.drawn else "validation windows"
    return [*lines, f"  largest difference of a logit from torch on {each.windows} {what}: "
                    f"{each.apart:.1e} (torch in float32 from float64: {each.rounding:.1e}); "
                    f"{each.differ} decisions differ"]


def _shape(shape: tuple[int, ...], form: str) -> str:
    return "×".join(map(str, (BATCH if form == "onnx" else 1, *shape)))
