"""Cycles of an Ibex-class RV32IMC core, from lowRISC's pipeline documentation.

Memory answers at once. ``SMALL``, the one that boards are counted with: two stages, multiplication
in three cycles. ``MAXPERF``: a third stage for writing back, multiplication in one cycle, an adder
for the targets of branches; it serves to hold the rules against a second published score.
"""

from dataclasses import dataclass

from capstone import riscv

Cost = tuple[float, float]
LOADS = ("lb", "lbu", "lh", "lhu", "lw")
LOADS_STORES = (*LOADS, "sb", "sh", "sw")
JUMPS = ("j", "jal", "jr", "jalr", "ret")
BRANCHES = ("beq", "bne", "blt", "bge", "bltu", "bgeu", "beqz", "bnez", "blez", "bgez", "bltz",
            "bgtz")
DIVIDE = 38


@dataclass(frozen=True)
class Table:
    """One configuration of the core.

    Attributes:
        memory: a load or a store; ``used_at_once``: more where the next instruction needs what was
            loaded.
        multiply, multiply_high: the lower and the upper word of a product.
        branch_taken: more than a branch that is not taken.
    """

    memory: int
    used_at_once: int
    multiply: int
    multiply_high: int
    branch_taken: int


SMALL = Table(memory=2, used_at_once=0, multiply=3, multiply_high=4, branch_taken=2)
MAXPERF = Table(memory=1, used_at_once=1, multiply=1, multiply_high=2, branch_taken=1)
TABLES = {"ibex": SMALL, "ibex_maxperf": MAXPERF}


def mnemonic(instruction) -> str:
    """The mnemonic without the mark of a compressed form."""
    name = instruction.mnemonic.removeprefix("c.")
    return {"lwsp": "lw", "swsp": "sw"}.get(name, name)


def is_branch(instruction) -> bool:
    """Whether control may go elsewhere after it."""
    return mnemonic(instruction) in JUMPS + BRANCHES


def costs(instructions: list, table: Table = SMALL) -> list[Cost]:
    """Cost of each instruction when no branch is taken."""
    found = []
    for number, each in enumerate(instructions):
        name, cycles = mnemonic(each), 1
        if name in LOADS_STORES:
            after = instructions[number + 1 : number + 2]
            waits = name in LOADS and any(_uses(next_one, each) for next_one in after)
            cycles = table.memory + table.used_at_once * waits
        elif name == "mul":
            cycles = table.multiply
        elif name.startswith("mulh"):
            cycles = table.multiply_high
        elif name in ("div", "divu", "rem", "remu"):
            cycles = DIVIDE
        found.append((cycles, cycles))
    return found


def taken(last, table: Table = SMALL) -> Cost:
    """What a taken branch or a jump costs beyond one cycle."""
    extra = table.branch_taken if mnemonic(last) in BRANCHES else 1
    return (extra, extra)


def _uses(instruction, load) -> bool:
    """Whether an instruction reads what the load before it fetched."""
    fetched = load.operands[0].reg
    keeps = mnemonic(instruction) in (*BRANCHES, "sb", "sh", "sw", "jr", "jalr")
    keeps |= instruction.size == 2 and mnemonic(instruction) not in (*LOADS, "mv", "li")
    read = instruction.operands[0 if keeps else 1 :]  # others only write their first operand
    return any(
        fetched in (op.reg if op.type == riscv.RISCV_OP_REG else 0,
                    op.mem.base if op.type == riscv.RISCV_OP_MEM else 0)
        for op in read
    )
