"""The stack that exported models take, by core, compiler and level, measured on the emulator.

Choose this for what ``<NAME>_STACK_BYTES`` says; it is not the size of a task's stack, which holds
the caller's own frames and those of interrupts too.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lnnlab import lnn_file
from lnnlab.integer import IntegerModel
from lnnlab.runtime.arena import arena_bytes
from lnnlab.runtime.export import export_together
from lnnlab.target.emulator import Machine
from lnnlab.target.toolchain import FIRMWARE, Compiler, build

HOPS = 40  # of a stream: the first frames, a gate opening and closing
CALLS = ("stack_init", "stack_window", "stack_stream")


def stack_bytes(blobs: Mapping[str, bytes], core: str, compiler: Compiler) -> dict[str, int]:
    """High-water mark of ``lnn_init`` and ``lnn_process``, of each model over one runtime.

    A runtime for several kinds of layers takes more than one for a single kind: its compiler has
    joined more into one frame.

    Args:
        blobs: name → int8 ``.lnn`` file, all served by the runtime that is built.
        core: key of :data:`lnnlab.target.cores.CORES`.
        compiler: which builds it, at which level.

    Raises:
        UserError: the compiler is missing, or refuses.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runtime = next(each for each in export_together(blobs, folder) if each.suffix == ".c")
        program = build([runtime, FIRMWARE / "stack.c"], core, include=[folder],
                        defines={"LNN_NO_STATIC": 1}, compiler=compiler, keep=CALLS)
    return {name: _one(program, blob) for name, blob in blobs.items()}


def _one(program, blob: bytes) -> int:
    machine, model = Machine(program), lnn_file.from_bytes(blob)
    room = 2 * arena_bytes(blob, policy_built=True)
    status = machine.call("stack_init", machine.put(blob), len(blob), machine.allocate(room), room)
    if status:
        raise RuntimeError(f"lnn_init gave status {status}")
    most = machine.stack_bytes
    samples = _loud_and_silent(model)
    given = machine.put(samples.tobytes())
    window = 2 * model.features.window * samples.shape[1]
    for call, size in (("stack_window", window), ("stack_stream", samples.nbytes)):
        machine.call(call, given, size)
        most = max(most, machine.stack_bytes)
    return most


def _loud_and_silent(model: IntegerModel) -> np.ndarray:
    """int16 (time, channel), a window and ``HOPS`` hops or longer."""
    front = model.features
    count = -(-max(front.window, HOPS * front.spec.hop) // 4)
    loud = np.repeat([0.0, 30000.0, 30.0, 3000.0], count)[:, None]
    noise = np.random.default_rng(0).standard_normal((len(loud), front.channels)) * loud
    return noise.clip(-32768, 32767).astype("<i2")
