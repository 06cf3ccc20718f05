"""Cycles of an Ibex-class RV32IMC core, from lowRISC's pipeline documentation.

The two-stage "small" configuration with the three-cycle multiplier; memory answers at once.
"""

Cost = tuple[float, float]
LOADS_STORES = ("lb", "lbu", "lh", "lhu", "lw", "sb", "sh", "sw")
JUMPS = ("j", "jal", "jr", "jalr", "ret")
BRANCHES = ("beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "blez", "bgez", "bltz",
            "bgtz")
MULTIPLY, MULTIPLY_HIGH, DIVIDE = 3, 4, 38


def mnemonic(instruction) -> str:
    """The mnemonic without the mark of a compressed form."""
    name = instruction.mnemonic.removeprefix("c.")
    return {"lwsp": "lw", "swsp": "sw"}.get(name, name)


def is_branch(instruction) -> bool:
    """Whether control may go elsewhere after it."""
    return mnemonic(instruction) in JUMPS + BRANCHES


def costs(instructions: list) -> list[Cost]:
    """Cost of each instruction when no branch is taken."""
    found = []
    for each in instructions:
        name, cycles = mnemonic(each), 1
        if name in LOADS_STORES:
            cycles = 2
        elif name == "mul":
            cycles = MULTIPLY
        elif name.startswith("mulh"):
            cycles = MULTIPLY_HIGH
        elif name in ("div", "divu", "rem", "remu"):
            cycles = DIVIDE
        found.append((cycles, cycles))
    return found


def taken(last) -> Cost:
    """What a taken branch or a jump costs beyond one cycle."""
    extra = 2 if mnemonic(last) in BRANCHES else 1
    return (extra, extra)
