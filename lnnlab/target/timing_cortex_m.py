"""Cycles of Cortex-M instructions, from Arm's manuals; each rule names its source.

M3, M4: Arm DDI0337 and 100166 (tables 3-1 and 7-1, section 3.3.3). M0+: DDI0484C table 3.1.
M0: DDI0432. Where the manuals leave a range (pipeline refill P of 1 to 3, early division, folded
IT), the cost is a pair (low, high); P counts 1 in the low and 2 in the high figure. Pairing of
stores and loads follows measurements on F103 and F407 (jnk0le, "random", cortex_m3m4.md).
"""

from dataclasses import dataclass

from capstone import arm as arm_const

Cost = tuple[float, float]
LOADS = ("ldr", "ldrb", "ldrh", "ldrsb", "ldrsh", "vldr")
STORES = ("str", "strb", "strh", "vstr")
BLOCKS = ("ldm", "stm", "push", "pop", "vldmia", "vstmia", "vpush", "vpop")
LONG = ("smull", "umull", "smlal", "umlal", "umaal")
BRANCHES = ("b", "bl", "bx", "blx", "cbz", "cbnz", "tbb", "tbh")
FPU_LONG = {"vdiv": 14, "vsqrt": 14, "vmla": 3, "vmls": 3, "vfma": 3, "vfms": 3, "vfnma": 3,
            "vfnms": 3, "vnmla": 3, "vnmls": 3}
CONDITIONS = ("eq", "ne", "hs", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")


@dataclass(frozen=True)
class SimpleTable:
    """M0 and M0+: no pairing, no ranges."""

    taken: int  # a taken conditional branch, and B
    call: int  # BL
    to_register: int  # BX, BLX
    pop_pc: int  # POP with PC takes this plus the registers, PC among them
    system: int  # MRS, MSR, barriers


SIMPLE = {
    "m0": SimpleTable(taken=3, call=4, to_register=3, pop_pc=4, system=4),
    "m0plus": SimpleTable(taken=2, call=3, to_register=2, pop_pc=3, system=3),
}


def mnemonic(instruction) -> str:
    """The bare mnemonic: without width, condition, data type, address mode or flag suffix."""
    name = instruction.mnemonic.split(".")[0]
    if instruction.cc not in (arm_const.ARM_CC_AL, arm_const.ARM_CC_INVALID):
        for each in CONDITIONS:
            if name.endswith(each) and name != each and name not in BRANCHES:
                name = name[: -len(each)]
                break
    if name.startswith(("ldm", "stm")):
        name = name[:3]
    return "it" if name.startswith("it") else name


def is_branch(instruction) -> bool:
    """Whether control may go elsewhere after it."""
    if mnemonic(instruction) in BRANCHES:
        return True
    return _writes_pc(instruction)


def simple_costs(instructions: list, table: SimpleTable) -> list[Cost]:
    """Cost of each instruction when no branch is taken."""
    found = []
    for each in instructions:
        name = mnemonic(each)
        cycles = 1
        if name in LOADS + STORES:
            cycles = 2
        elif name in BLOCKS:
            cycles = 1 + _registers(each)
        elif name in ("mrs", "msr", "dmb", "dsb", "isb"):
            cycles = table.system
        found.append((cycles, cycles))
    return found


def simple_taken(last, table: SimpleTable) -> Cost:
    """What a taken branch costs beyond its cost when not taken."""
    totals = {"bl": table.call, "bx": table.to_register, "blx": table.to_register,
              "pop": table.pop_pc}  # POP without PC costs 1 plus the registers, with it pop_pc plus
    extra = totals.get(mnemonic(last), table.taken) - 1
    return (extra, extra)


def paired_costs(instructions: list, m4: bool) -> list[Cost]:
    """M3 and M4: cost of each instruction when no branch is taken."""
    found, before = [], None
    for number, each in enumerate(instructions):
        after = instructions[number + 1] if number + 1 < len(instructions) else None
        found.append(_paired(each, before, after, m4))
        before = each
    return found


def paired_taken() -> Cost:
    """The refill P of a taken branch, the same for all of them."""
    return (1, 2)


def _paired(each, before, after, m4: bool) -> Cost:
    name = mnemonic(each)
    if name in LOADS + STORES:
        return _access(each, name, before)
    if name in ("ldrd", "strd"):
        return (3, 3)
    if name in BLOCKS:
        return (1 + transferred_words(each, name),) * 2
    if name in ("udiv", "sdiv"):
        return (2, 12)
    if name in ("tbb", "tbh"):
        return (2, 2)
    if name == "it":
        folds = before is not None and before.size == 2
        return (0 if folds else 1, 1)
    if name in ("mrs", "msr", "cps", "cpsie", "cpsid"):
        return (1, 2)
    if name.startswith("v"):
        return _floating(each, name, after)
    if not m4 and name in LONG:
        return (3, 5) if name in ("smull", "umull") else (4, 7)
    if not m4 and name in ("mla", "mls"):
        return (2, 2)
    return (1, 1)


def _access(each, name: str, before) -> Cost:
    """A load or store: pairing with the access before, and waiting for its address."""
    wait = 1 if before is not None and _address_from_alu(each, before) else 0
    double = name.startswith("v") and ".64" in each.mnemonic
    if name in STORES:
        indexed = any(op.type == arm_const.ARM_OP_MEM and op.mem.index for op in each.operands)
        base = 2 if indexed or name == "vstr" else 1
        return (base + double + wait,) * 2
    paired = (
        before is not None and mnemonic(before) in LOADS and not _depends(each, before)
        and not _writes_pc(each)
    )
    literal = any(
        op.type == arm_const.ARM_OP_MEM and op.mem.base == arm_const.ARM_REG_PC
        for op in each.operands
    )
    base = (1 if paired else 2) + double + wait
    return (base, base + literal)


def _floating(each, name: str, after) -> Cost:
    if name == "vmov" and sum(op.type == arm_const.ARM_OP_REG for op in each.operands) == 4:
        return (2, 2)
    base = FPU_LONG.get(name, 1)
    if name in ("vmrs", "vmsr", "vmov") or after is None or base > 3:
        return (base, base)
    used = set(each.regs_access()[1]) & set(after.regs_access()[0])
    return (base + bool(used),) * 2


def _address_registers(instruction) -> set[int]:
    found = set()
    for op in instruction.operands:
        if op.type == arm_const.ARM_OP_MEM:
            found |= {op.mem.base, op.mem.index}
    return found - {0}


def _address_from_alu(each, before) -> bool:
    name = mnemonic(before)
    if name in LOADS + STORES + BLOCKS + BRANCHES or name in ("ldrd", "strd"):
        return False
    return bool(set(before.regs_access()[1]) & _address_registers(each))


def _depends(each, before) -> bool:
    return bool(set(before.regs_access()[1]) & _address_registers(each))


def _registers(instruction) -> int:
    count = sum(op.type == arm_const.ARM_OP_REG for op in instruction.operands)
    return count - (mnemonic(instruction) in ("ldm", "stm"))


def transferred_words(instruction, name: str) -> int:
    """Words that a load or store of several registers moves."""
    count = sum(op.type == arm_const.ARM_OP_REG for op in instruction.operands)
    count -= name in ("ldm", "stm", "vldmia", "vstmia")
    names = [instruction.reg_name(op.reg) for op in instruction.operands]
    return count * (2 if name.startswith("v") and names[-1].startswith("d") else 1)


def _writes_pc(instruction) -> bool:
    if mnemonic(instruction) in STORES + ("push", "stm"):
        return False
    first = instruction.operands[:1] if mnemonic(instruction) not in ("pop", "ldm") else (
        instruction.operands
    )
    return any(op.type == arm_const.ARM_OP_REG and op.reg == arm_const.ARM_REG_PC for op in first)
