"""A model on an emulated core: cycles by stage, flash, RAM, as the exported C takes them."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import lnn_file, runtime, store
from lnnlab.runtime.export import export
from lnnlab.target.cores import core as core_named
from lnnlab.target.elf import Program
from lnnlab.target.emulator import Machine
from lnnlab.target.flash import FlashPort
from lnnlab.target.profile import OTHER, Profile, profile
from lnnlab.target.toolchain import Compiler, build

STAGES = {
    "lnn_stage_gate": "gate", "lnn_stage_features": "features", "lnn_stage_layers": "layers",
    "lnn_window_layers": "layers", "lnn_stage_readout": "readout",
    "lnn_float_features": "features", "lnn_float_step": "layers", "lnn_float_window": "layers",
    "decide": "readout",
}
NAMES = (*dict.fromkeys(STAGES.values()), OTHER)
SHOWN = tuple(name for name in NAMES if name != "gate")  # of what follows no policy
HARNESS = runtime.FOLDER / "lnn_measure.c"
FLOAT_HARNESS = runtime.FLOAT_FOLDER / "lnn_float_measure.c"
COMPILER = Compiler(level="-O2")  # of the figures; -O3 gains under 2 % of cycles for 1 KB of code

Range = tuple[float, float]


@dataclass(frozen=True)
class Measured:
    """What a model takes on a core.

    Attributes:
        core: its name.
        cycles: (low, high) of one decision, features included, mean over the windows; None where
            the core has no validated cycle model.
        worst_cycles: (low, high) of the dearest window.
        step_cycles: (low, high) of one frame, features included; None for models that run over
            whole windows.
        by_stage: stage → (low, high) of one decision, mean over the windows.
        flash_waits: stage → cycles of one decision that it waits for the board's flash, on top of
            the others, which are those of a flash that answers at once; None where none was given.
        steps: frames per decision.
        flash_bytes: ``code``, ``tables`` (of the runtime) and ``model`` (the .lnn file).
        ram_bytes: ``arena``, ``static`` (the model's record) and ``stack`` (high-water mark).
        compile_line: what built it.
    """

    core: str
    cycles: Range | None
    worst_cycles: Range | None
    step_cycles: Range | None
    by_stage: dict[str, Range]
    steps: int
    flash_bytes: dict[str, int]
    ram_bytes: dict[str, int]
    compile_line: str
    flash_waits: dict[str, float] | None = None

    @property
    def flash_cycles(self) -> Range | None:
        """(low, high) of one decision with the board's flash."""
        if self.cycles is None or self.flash_waits is None:
            return None
        waited = sum(self.flash_waits.values())
        return (self.cycles[0] + waited, self.cycles[1] + waited)


def measure(
    blob: bytes,
    core: str,
    samples: np.ndarray,
    flash: FlashPort | None = None,
    compiler: Compiler = COMPILER,
) -> Measured:
    """Export a model, compile it for a core, run it on windows and count.

    Args:
        blob: a ``.lnn`` file.
        core: key of :data:`lnnlab.target.cores.CORES`.
        samples: int16 (window, time, channel); cycles differ a little from window to window.
        flash: of a board, see :meth:`lnnlab.target.boards.Board.port`; waits are counted on the
            first window.
        compiler: see :func:`lnnlab.target.toolchain.build`.
    """
    form = form_of(blob)
    machine = Machine(program_of(blob, form, core, compiler))
    machine.call("measure_setup")
    arena = machine.call("measure_arena_bytes")
    profiles = _runs(machine, samples, flash, core)
    stack = machine.stack_bytes
    cycles = worst = step = None
    by_stage: dict[str, Range] = {}
    if profiles:
        by_stage = {name: _mean([each.by_stage.get(name, (0, 0)) for each in profiles])
                    for name in SHOWN}
        cycles = _mean([each.cycles for each in profiles])
        worst = max(each.cycles for each in profiles)
        if not form.windowed:
            step = tuple((by_stage["features"][k] + by_stage["layers"][k]) / form.steps
                         for k in (0, 1))
    return Measured(
        core, cycles, worst, step, by_stage, form.steps,
        flash_by_part(machine.program, blob),
        {"arena": arena, "static": machine.call("measure_static_bytes"), "stack": stack},
        machine.program.compile_line, profiles[0].flash_waits if profiles else None,
    )


@dataclass(frozen=True)
class Form:
    """What a ``.lnn`` file asks of whoever runs it, int8 or float32."""

    float32: bool
    windowed: bool  # needs a whole window at once
    window: int  # moments per decision
    channels: int
    rate_hz: float
    steps: int  # frames per decision


def form_of(blob: bytes) -> Form:
    """Read and check a file.

    Raises:
        UserError: it is damaged.
    """
    if lnn_file.is_float32(blob):
        model = lnn_file.float_from_bytes(blob)
        windowed = any(record.kind in (6, 7) for record, _ in model.layers)
        return Form(True, windowed, model.window, model.channels, model.rate_hz,
                    model.spec.frames(model.window))
    model = lnn_file.from_bytes(blob)
    front = model.features
    return Form(False, model.windowed, front.window, front.channels, front.rate_hz, front.steps)


def flash_by_part(program: Program, blob: bytes) -> dict[str, int]:
    """Bytes of code, of the runtime's tables, of the model."""
    return {"code": program.code_bytes, "tables": program.rodata_bytes - len(blob),
            "model": len(blob)}


def program_of(
    blob: bytes, form: Form, core: str, compiler: Compiler = COMPILER
) -> Program:
    """The exported model, compiled with the harness that measures it."""
    judges = not form.float32 and runtime.has_anomaly_score(blob)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        harness = folder / "harness.c"
        if form.float32:
            text = ", ".join(map(str, blob))
            store.write_text(
                folder / "model.c",
                "#include <stdint.h>\nextern const uint8_t model_data[];\n"
                f"extern const uint32_t model_bytes;\nconst uint32_t model_bytes = {len(blob)};\n"
                f"__attribute__((aligned(8))) const uint8_t model_data[{len(blob)}] = {{{text}}};\n"
            )
            store.write_text(harness, FLOAT_HARNESS.read_text())
            sources = [folder / "model.c", *runtime.float_sources()]
            include = [runtime.FLOAT_FOLDER]
        else:
            sources, include = [export(blob, folder, "model")[1]], [folder]
            store.write_text(harness, HARNESS.read_text())
        return build(
            [*sources, harness], core, include=include, compiler=compiler,
            defines={"LNN_NO_STATIC": 1} | dict.fromkeys([runtime.ANOMALY] * judges, 1),
            keep=["measure_setup", "measure_window", "measure_arena_bytes", "measure_static_bytes",
                  *([] if form.float32 else [
                      "measure_stream_setup", "measure_hop", "measure_sleep"]),
                  *(["measure_anomaly_setup", "measure_anomaly_hop"] * judges)],
        )


def _runs(
    machine: Machine, samples: np.ndarray, flash: FlashPort | None, core: str
) -> list[Profile]:
    profiles = []
    for window in np.ascontiguousarray(samples, dtype="<i2"):
        given = machine.put(window.tobytes())
        if core_named(core).timing is None:
            machine.call("measure_window", given, len(window))
            continue
        profiles.append(profile(machine, "measure_window", given, len(window), stages=STAGES,
                                flash=None if profiles else flash))
    return profiles


def _mean(ranges: list[Range]) -> Range:
    return tuple(float(np.mean([each[k] for each in ranges])) for k in (0, 1))
