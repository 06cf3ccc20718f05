"""Compiling C: for the emulated cores with zig (or their gcc), and for this machine."""

import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import capstone

from lnnlab.compiling import HARDEST, STRICT, compiled, zig
from lnnlab.errors import UserError, unknown
from lnnlab.target.cores import Core, core
from lnnlab.target.elf import Program

FIRMWARE = Path(__file__).with_name("firmware")
LINKER_SCRIPT, MEMORY = FIRMWARE / "link.ld", FIRMWARE / "memory.c"
LEAN = (
    "-ffunction-sections", "-fdata-sections", "-fomit-frame-pointer", "-ffp-contract=off",
    "-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-fno-stack-protector",
    "-Wl,--gc-sections", "-Wl,--entry=0", "-g",  # without -g zig strips symbols at -Os
)
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g")
COMPILERS = ("zig", "gcc")


@dataclass(frozen=True)
class Compiler:
    """A cross compiler and how hard it works.

    Attributes:
        name: ``"zig"`` (from pip) or ``"gcc"`` (the core's, such as arm-none-eabi-gcc).
        level: ``-O3``, ``-O2``, ``-Os`` or ``-Oz``.
    """

    name: str = "zig"
    level: str = "-O3"


def build(
    sources: Sequence[Path],
    target_core: str | Core,
    *,
    include: Sequence[Path] = (),
    defines: Mapping[str, object] | None = None,
    compiler: Compiler = Compiler(),
    keep: Sequence[str] = (),
) -> Program:
    """Compile and link for a core; what was built before is taken from the cache.

    Args:
        sources: C (or .S) files; a .ld file among them is the linker's script, else the one for
            the emulator.
        target_core: a core, or a key of :data:`lnnlab.target.cores.CORES`.
        include: folders of headers.
        defines: macro → value; None defines it empty.
        compiler: which, at which level.
        keep: functions that must survive though nothing calls them.

    Raises:
        UserError: a compiler is missing or refuses the sources.
    """
    chosen = core(target_core) if isinstance(target_core, str) else target_core
    flags = [*STRICT, *_optimisation(compiler.level, compiler.name), *LEAN]
    scripts = [each for each in sources if each.suffix == ".ld"] or [LINKER_SCRIPT]
    flags += [f"-Wl,-u,{name}" for name in keep] + [f"-Wl,-T,{scripts[0]}"]
    flags += [f"-I{folder}" for folder in include] + _macros(defines)
    sources = [*(each for each in sources if each not in scripts),
               *[MEMORY] * (compiler.name == "gcc")]
    command = [*_compiler(compiler.name, chosen), *flags, *map(str, sources)]
    command += ["-lgcc"] * (compiler.name == "gcc")
    target = compiled(command, ".elf", [*sources, *scripts], include)
    return Program(target, chosen, shlex.join([*command, "-o", "firmware.elf"]))


def build_host(
    sources: Sequence[Path],
    *,
    include: Sequence[Path] = (),
    defines: Mapping[str, object] | None = None,
    sanitize: bool = True,
    shared: bool = False,
) -> Path:
    """Compile for this machine: an executable, or a shared object for ctypes.

    The system's ``cc`` or ``gcc`` is taken, with address and undefined-behaviour sanitizers
    unless ``sanitize`` is false; else zig's, whose sanitizer traps on undefined behaviour.

    Raises:
        UserError: the sources are refused.
    """
    own = shutil.which("cc") or shutil.which("gcc")
    command = [own] if own else zig()
    command += [*STRICT, "-pedantic", "-O2"]
    if sanitize:
        command += SANITIZERS if own else ("-fsanitize=undefined", "-fsanitize-trap=undefined")
    command += (["-shared", "-fPIC"] if shared else []) + [f"-I{each}" for each in include]
    command += [*_macros(defines), *map(str, sources)]
    return compiled(command, ".so" if shared else "", sources, include)


def compiler_version() -> str:
    """The default compiler with its version, such as ``"zig 0.13.0"``."""
    return f"zig {version('ziglang')}"


def disassemble(program: Program, function: str) -> str:
    """The instructions of a function, one a line: address, bytes, mnemonic, operands.

    Raises:
        UserError: the program has no such function.
    """
    symbol = program.symbols.get(function)
    if symbol is None:
        raise unknown("function", function, program.symbols)
    code = program.sections[".text"]
    first = symbol.address - code.address
    content = code.content[first : first + symbol.size]
    return "\n".join(
        f"{each.address:08x}  {each.bytes.hex():<8}  {each.mnemonic:<8} {each.op_str}"
        for each in decoder(program.core).disasm(content, symbol.address)
    )


def decoder(chosen: Core) -> capstone.Cs:
    """Capstone for a core's instructions, with operand details."""
    if chosen.arm:
        mode = capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
        made = capstone.Cs(capstone.CS_ARCH_ARM, mode)
    else:
        made = capstone.Cs(
            capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV32 | capstone.CS_MODE_RISCVC
        )
    made.detail = True
    return made


def _compiler(compiler: str, chosen: Core) -> list[str]:
    if compiler not in COMPILERS:
        raise unknown("compiler", compiler, COMPILERS)
    if compiler == "gcc":
        found = shutil.which(chosen.gcc)
        if found is None:
            package = "-".join(["gcc", *chosen.gcc.split("-")[:-1]])
            raise UserError(
                f"no {chosen.gcc} for {chosen.name}: install the package {package}, or build "
                "with Compiler('zig'), which pip installs"
            )
        return [found, *chosen.gcc_flags, "-nostdlib"]
    return [
        *zig(), "-target", chosen.zig_target,
        f"-mcpu={chosen.zig_cpu}", "-fhosted", "-fno-builtin-printf",
    ]


def _optimisation(level: str, compiler: str) -> list[str]:
    if level == "-O3" and compiler == "zig":
        return list(HARDEST)
    return [level]


def _macros(defines: Mapping[str, object] | None) -> list[str]:
    return [
        f"-D{name}" if value is None else f"-D{name}={value}"
        for name, value in (defines or {}).items()
    ]
