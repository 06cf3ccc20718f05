"""The processor cores of the lab: how to compile for them and how to count their cycles."""

from dataclasses import dataclass

from lnnlab.errors import unknown


@dataclass(frozen=True)
class Core:
    """A processor core.

    Attributes:
        name: key of ``CORES``.
        title: as people write it.
        zig_target, zig_cpu: for zig's clang. The FPU must be named in the CPU, else floats are
            computed in software without a word.
        gcc: the name of gcc for it, with the package of Debian that has it.
        gcc_flags: for that.
        fpu: whether it has single-precision floats.
        timing: name of its cycle table, or None where no validated one exists: then it serves
            to check results, and no cycles are given.
        fetch_ahead_bytes: how far it fetches ahead of what it executes (assumed: two words, one
            on the smallest cores).
    """

    name: str
    title: str
    zig_target: str
    zig_cpu: str
    gcc: str
    gcc_flags: tuple[str, ...]
    fpu: bool = False
    timing: str | None = None
    fetch_ahead_bytes: int = 8

    @property
    def arm(self) -> bool:
        """Whether it is an Arm core; the other family is RISC-V."""
        return self.zig_target.startswith("thumb")


_ARM_GCC, _RISCV_GCC = "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc"
_HARD, _SOFT = "thumb-freestanding-eabihf", "thumb-freestanding-eabi"


def _arm(cpu: str, *fpu: str) -> tuple[str, tuple[str, ...]]:
    return _ARM_GCC, ("-mthumb", f"-mcpu={cpu}", *(fpu or ("-mfloat-abi=soft",)))


def _riscv(extensions: str) -> tuple[str, tuple[str, ...]]:
    return _RISCV_GCC, (f"-march={extensions}", "-mabi=ilp32", "-ffreestanding")


CORES: dict[str, Core] = {
    core.name: core
    for core in (
        Core("cortex-m0", "Cortex-M0", _SOFT, "cortex_m0", *_arm("cortex-m0"), timing="m0",
             fetch_ahead_bytes=4),
        Core("cortex-m0plus", "Cortex-M0+", _SOFT, "cortex_m0plus", *_arm("cortex-m0plus"),
             timing="m0plus", fetch_ahead_bytes=4),
        Core("cortex-m3", "Cortex-M3", _SOFT, "cortex_m3", *_arm("cortex-m3"), timing="m3"),
        Core("cortex-m4", "Cortex-M4F", _HARD, "cortex_m4+vfp4d16sp",
             *_arm("cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"), fpu=True, timing="m4"),
        Core("cortex-m7", "Cortex-M7", _HARD, "cortex_m7+fp_armv8d16sp",
             *_arm("cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"), fpu=True),
        Core("cortex-m33", "Cortex-M33", _HARD, "cortex_m33+fp_armv8d16sp+dsp",
             *_arm("cortex-m33", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"), fpu=True, timing="m33"),
        Core("rv32imc", "RV32IMC (Ibex class)", "riscv32-freestanding-none", "generic_rv32+m+c",
             *_riscv("rv32imc"), timing="ibex"),
    )
}
# With bit manipulation: the emulator does not know it, QEMU does.
RV32_ZBB = Core("rv32imc_zbb", "RV32IMC with Zbb", "riscv32-freestanding-none",
                "generic_rv32+m+c+zbb", *_riscv("rv32imc_zbb"))


def core(name: str) -> Core:
    """A core by name.

    Raises:
        UserError: there is no such core; the nearest is suggested.
    """
    if name not in CORES:
        raise unknown("core", name, CORES)
    return CORES[name]
