"""The stack that the C takes by core, as ``stack.csv`` has it from measurements.

``tests/bench_stack.py`` writes that file. It holds what ``lnn_init``, ``lnn_push`` and what they
call take, not a task's whole stack: callers and interrupts have frames of their own.
"""

import csv
from pathlib import Path

STACKS = Path(__file__).with_name("stack.csv")
ARCHITECTURES = {  # what the preprocessor asks → cores
    "defined(__ARM_ARCH_6M__)": ("cortex-m0", "cortex-m0plus"),
    "defined(__ARM_ARCH_7M__)": ("cortex-m3",),
    "defined(__ARM_ARCH_7EM__)": ("cortex-m4", "cortex-m7"),
    "defined(__ARM_ARCH_8M_MAIN__)": ("cortex-m33",),
    "defined(__riscv) && __riscv_xlen == 32": ("rv32imc",),
}


def stack_bytes_of(optimised: bool) -> dict[str, int]:
    """Key of :data:`ARCHITECTURES` → the most bytes of its cores, a multiple of 8.

    Args:
        optimised: of builds at -Og, -Os, -O2; else at -O0.
    """
    with STACKS.open(encoding="utf-8", newline="") as stream:
        worst = {row["core"]: int(row["stack_bytes"]) for row in csv.DictReader(stream)
                 if (row["optimised"] == "1") == optimised}
    return {asked: -(-max(worst[core] for core in cores) // 8) * 8
            for asked, cores in ARCHITECTURES.items()}


def other_stack_bytes(optimised: bool = True) -> int:
    """For cores that nobody measured, 64-bit machines among them: twice the most."""
    return 2 * max(stack_bytes_of(optimised).values())


def stack_macros(upper: str) -> str:
    """``<NAME>_STACK_BYTES`` for each core, with and without optimisation."""
    lines = ["/* stack of lnn_init, lnn_push and what they call: the most that was measured, of\n"
             " * models of every kind, under gcc and clang; interrupts take their own */\n"]
    for optimised in (True, False):
        lines.append("#ifdef __OPTIMIZE__\n" if optimised else "#else /* -O0 */\n")
        for number, (asked, most) in enumerate(stack_bytes_of(optimised).items()):
            cores = ", ".join(ARCHITECTURES[asked])
            lines.append(f"#{'el' * (number > 0)}if {asked} /* {cores} */\n"
                         f"#define {upper}_STACK_BYTES {most}u\n")
        lines.append(f"#else\n#define {upper}_STACK_BYTES {other_stack_bytes(optimised)}u\n"
                     "#endif\n")
    return "".join([*lines, "#endif\n"])
