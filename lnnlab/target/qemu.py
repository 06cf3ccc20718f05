"""Exported models as firmware on whole machines, which QEMU emulates.

Choose this to see that a build starts, finds its memory and its FPU, and decides as the twin does:
reset, vectors, RAM of the board's size. It counts no cycles; :mod:`lnnlab.target.profile` does, on
a bare core.
"""

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import lnn_file, store
from lnnlab.errors import UserError, unknown
from lnnlab.runtime.export import export
from lnnlab.target.cores import CORES, RV32_ZBB, Core
from lnnlab.target.elf import Program
from lnnlab.target.toolchain import Compiler, build

FIRMWARE = Path(__file__).with_name("firmware") / "qemu"
MAIN, COMPILER = FIRMWARE / "main.c", Compiler(level="-O2")
PACKAGES = {"qemu-system-arm": "qemu-system-arm", "qemu-system-riscv32": "qemu-system-misc"}
REFUSED, FAULT = 110, 101  # exit codes of host.h
COUNTED = ("-icount", "shift=4,sleep=off")  # an instruction takes 16 ns; a sleep takes no time here
_ROW = np.dtype([("moments", "<u4"), ("decisions", "<u2"), ("timestep", "<u2"), ("label", "<i2"),
                 ("confidence_q15", "<i2"), ("detected", "<i2"), ("float_q15", "<i2")])


@dataclass(frozen=True)
class QemuMachine:
    """A machine of QEMU.

    Attributes:
        name: as QEMU's option ``-machine`` has it.
        core: its processor.
        flash_at, ram_at: addresses of memory for code and for variables.
        ram_bytes: variables and stack.
        options: further ones of QEMU.
    """

    name: str
    core: Core
    flash_at: int
    ram_at: int
    ram_bytes: int
    options: tuple[str, ...] = ()

    @property
    def emulator(self) -> str:
        """The program that emulates it."""
        return "qemu-system-arm" if self.core.arm else "qemu-system-riscv32"


_MB = 1 << 20
# Memory maps: nRF51822 product specification; STM32F405 reference manual RM0090; Arm's application
# notes AN385, AN386, AN500 and AN505 of the MPS2 boards; QEMU's documentation of "virt".
MACHINES = {
    "microbit": QemuMachine("microbit", CORES["cortex-m0"], 0, 0x20000000, 16 << 10),
    "mps2-an385": QemuMachine("mps2-an385", CORES["cortex-m3"], 0, 0x20000000, 4 * _MB),
    "mps2-an386": QemuMachine("mps2-an386", CORES["cortex-m4"], 0, 0x20000000, 4 * _MB),
    "netduinoplus2": QemuMachine("netduinoplus2", CORES["cortex-m4"], 0x08000000, 0x20000000,
                                 128 << 10),
    "mps2-an500": QemuMachine("mps2-an500", CORES["cortex-m7"], 0, 0x20000000, 4 * _MB),
    "mps2-an505": QemuMachine("mps2-an505", CORES["cortex-m33"], 0x10000000, 0x38000000, 4 * _MB),
    "virt": QemuMachine("virt", CORES["rv32imc"], 0x80000000, 0x80400000, 4 * _MB,
                        ("-bios", "none", "-cpu", "rv32,zba=false,zbb=false,zbc=false,zbs=false")),
    "virt-zbb": QemuMachine("virt", RV32_ZBB, 0x80000000, 0x80400000, 4 * _MB,
                            ("-bios", "none", "-cpu", "rv32,zba=false,zbc=false,zbs=false")),
}


@dataclass(frozen=True)
class FirmwareRun:
    """What a machine's firmware decided.

    Attributes:
        moments: heard when each decision was told, (decision,).
        decisions: ended by that call of ``lnn_push``, (decision,).
        timestep: hops since the decision before, (decision,).
        label: class index, (decision,).
        confidence_q15, float_q15: the confidence as int16, and as float times 2^15, (decision,).
        detected: whether a keyword was reported, (decision,) of bool.
        logits: (decision, class).
        heard, computed, skipped: frames, as ``lnn_counts`` has them.
        stack_bytes: high-water mark of main and what it calls.
    """

    moments: np.ndarray
    decisions: np.ndarray
    timestep: np.ndarray
    label: np.ndarray
    confidence_q15: np.ndarray
    float_q15: np.ndarray
    detected: np.ndarray
    logits: np.ndarray
    heard: int
    computed: int
    skipped: int
    stack_bytes: int


def machine_named(name: str) -> QemuMachine:
    """A machine by its key in :data:`MACHINES`.

    Raises:
        UserError: there is none, or QEMU is not installed.
    """
    if name not in MACHINES:
        raise unknown("machine", name, MACHINES)
    found = MACHINES[name]
    if not shutil.which(found.emulator):
        raise UserError(f"no {found.emulator} for {name}: install the package "
                        f"{PACKAGES[found.emulator]}")
    return found


def firmware(
    blob: bytes, machine: QemuMachine, compiler: Compiler = COMPILER,
    defines: dict[str, object] | None = None, main: Path | Sequence[Path] = MAIN,
    include: Sequence[Path] = (),
) -> Program:
    """Export a model and link it as the firmware of a machine.

    Args:
        blob: a ``.lnn`` file.
        machine: from :func:`machine_named`.
        compiler: zig, or the core's gcc.
        defines: macros: ``WINDOWS`` decides on windows where the file says a stream, ``PIECE``
            gives so many moments at a time instead of a hop, ``LNN_NO_FLOAT`` leaves the FPU off,
            ``LNN_NO_STATIC`` None keeps ``lnn_load_from_flash``.
        main: what runs, a C file, or several, that include ``model.h`` and ``host.h``.
        include: further folders of headers.

    Raises:
        UserError: the compiler is missing, or the machine has too little memory.
    """
    memory = {"flash_at": machine.flash_at, "ram_at": machine.ram_at,
              "ram_bytes": machine.ram_bytes}
    with tempfile.TemporaryDirectory() as name:
        folder, script = Path(name), Path(name) / "machine.ld"
        source = export(blob, folder, "model")[1]
        symbols = "".join(f"{symbol} = {value:#x};\n" for symbol, value in memory.items())
        store.write_text(script, symbols + (FIRMWARE / "link.ld").read_text())
        mains = [main] if isinstance(main, Path) else [*main]
        given = {"LNN_NO_STATIC": 1} | (defines or {})
        return build(
            [source, FIRMWARE / "start.c", FIRMWARE / "host.c", *mains, script], machine.core,
            include=[FIRMWARE, folder, *include], compiler=compiler,
            defines={macro: value for macro, value in given.items() if value is not None})


def run_firmware(
    program: Program, machine: QemuMachine, blob: bytes, samples: np.ndarray,
    timeout_s: float = 120,
) -> FirmwareRun:
    """Run firmware on samples until it ends.

    Args:
        program: from :func:`firmware`, of the same model and machine.
        machine: which.
        blob: the model.
        samples: int16 (moment, channel).
        timeout_s: wall-clock limit.

    Raises:
        UserError: the runtime refused the model.
        RuntimeError: the firmware ended in a fault, or not at all.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store.write_bytes(folder / "samples", np.ascontiguousarray(samples, "<i2").tobytes())
        execute(program, machine, folder, timeout_s)
        return _read(folder / "decisions", len(lnn_file.from_bytes(blob).classes))


def execute(
    program: Program, machine: QemuMachine, folder: Path, timeout_s: float = 120,
    options: Sequence[str] = (),
) -> None:
    """Run any firmware until it ends; the files that it opens lie in ``folder``.

    Args:
        options: of QEMU, such as :data:`COUNTED`.

    Raises:
        UserError: the runtime refused the model.
        RuntimeError: the firmware ended in a fault, with another code than 0, or not at all.
    """
    command = [
        machine.emulator, "-machine", machine.name, *machine.options, *options,
        "-kernel", str(program.elf),
        "-display", "none", "-serial", "none", "-monitor", "none",
        "-semihosting-config", "enable=on,target=native"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                              timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{machine.name}: no end within {timeout_s:g} s") from error
    if done.returncode > REFUSED:
        raise UserError(f"{machine.name}: lnn_init refused the model with status "
                        f"{done.returncode - REFUSED}")
    if done.returncode:
        what = "a fault" if done.returncode == FAULT else f"code {done.returncode}"
        raise RuntimeError(f"{machine.name}: ended with {what} {done.stderr[:500]}".strip())


def _read(path: Path, classes: int) -> FirmwareRun:
    content = path.read_bytes()
    rows = np.frombuffer(content[:-16], np.dtype(
        [*((each, _ROW[each]) for each in _ROW.names), ("logits", "<i2", (classes,))]))
    columns = {name: rows[name].astype(np.int64) for name in rows.dtype.names}
    columns["detected"] = columns["detected"] > 0
    return FirmwareRun(**columns, **dict(zip(
        ("heard", "computed", "skipped", "stack_bytes"), struct.unpack("<4I", content[-16:]),
        strict=True)))
