"""Cycles of Cortex-M33 instructions: a scoreboard over measured rules.

Arm publishes no table of this core. The rules are those that were measured on an RP2350 (jnk0le,
"random", pipeline cycle test, cortex_m33.md): one instruction a cycle in order; results of loads,
multiplications and shifted operands a cycle later than others, accumulators excepted; a branch,
``it`` or ``nop`` of 16 bits issues together with the 16-bit instruction before it. Division follows
the M4. What the page does not say, the return by a register or by ``pop``, is a range.
Flash and RAM answer at once.
"""

from capstone import CS_AC_WRITE
from capstone import arm as arm_const

from lnnlab.target.timing_cortex_m import (
    BLOCKS,
    BRANCHES,
    LOADS,
    LONG,
    STORES,
    Cost,
    is_branch,
    mnemonic,
    transferred_words,
)

ACCUMULATE = ("mla", "mls", "smlad", "smladx", "smlsd", "smlabb", "smlabt", "smlatb", "smlatt",
              "smlawb", "smlawt", "smmla", "smlal", "umlal", "umaal", "smlald", "smlsld",
              "uxtab", "uxtah", "sxtab", "sxtah", "uxtab16", "sxtab16")
MULTIPLY = ("mul", "muls", "smulbb", "smulbt", "smultb", "smultt", "smulwb", "smulwt", "smuad",
            "smusd", "smmul", *LONG)
FUSED = ("vmla", "vmls", "vfma", "vfms", "vfnma", "vfnms", "vnmla", "vnmls")
LATE = 2  # cycles until the result of a load, a product or a shifted operand can be used
FPU_BUSY, FUSED_LATENCY, FPU_DIVIDE = 3, 3, 14
FLAGS = arm_const.ARM_REG_CPSR


def block_cost(instructions: list) -> Cost:
    """Of instructions in a row, when no branch is taken.

    Waits for results of the block before are not counted: a taken branch hides them.
    """
    low = _cycles(instructions, divide=2)
    return (low, _cycles(instructions, divide=11))


def taken(instructions: list) -> Cost:
    """What the taken branch at the end costs beyond its cost when not taken."""
    last = instructions[-1]
    name = mnemonic(last)
    if name not in BRANCHES or name in ("tbb", "tbh"):  # pop, ldm or ldr into pc
        return (3, 4)  # 1 to 2 more than pop into lr and bx lr, which takes 2
    if name in ("bx", "blx"):
        return (1, 2)
    before = instructions[-2] if len(instructions) > 1 else None
    if not _joins(last, before):
        return (1, 1)  # 2 in place of 1
    return (2, 2) if before.update_flags else (1, 1)  # in place of 0


def _cycles(instructions: list, divide: int) -> int:
    """A scoreboard: when each register is ready, when the next instruction may issue."""
    ready: dict[int, int] = {}  # register → first cycle that can use it
    early: dict[int, int] = {}  # the same for accumulators and for data of stores
    clock = fpu_free = 0
    before = None
    for each in instructions:
        name = mnemonic(each)
        if _joins(each, before):
            before = None  # it issued with the instruction before; no third one does
            continue
        reads, writes = each.regs_access()
        lenient = _lenient(each, name)
        start = max([clock, *((early if register in lenient else ready).get(register, 0)
                              for register in reads if register != FLAGS)])
        if name.startswith("v") and name not in ("vldr", "vstr", "vmrs", "vmsr", *BLOCKS):
            start = max(start, fpu_free)
        if name in FUSED:
            fpu_free = start + FPU_BUSY
        busy, latency, soon = _issue(each, name, divide)
        clock = start + busy
        addresses = _base_registers(each) if name in (*LOADS, *STORES, "ldrd", "strd", *BLOCKS) \
            else set()
        for register in writes:
            ready[register] = start + (1 if register in addresses else latency)
            early[register] = start + (1 if register in addresses else soon)
        before = each
    return clock


def _joins(each, before) -> bool:
    """Whether it issues together with the instruction before it."""
    if before is None or before.size != 2 or is_branch(before) or mnemonic(before) == "it":
        return False
    name = mnemonic(each)
    if name == "it":
        return True
    return each.size == 2 and name in ("nop", "b", "cbz", "cbnz")


def _issue(each, name: str, divide: int) -> tuple[int, int, int]:
    """Cycles that it holds the pipeline, cycles until its result, the same for lenient readers."""
    if name in ("ldrd", "strd"):
        return (2, 1 + LATE, LATE)
    if name in BLOCKS:
        words = transferred_words(each, name)
        return (words, words + 1, words)
    if name in LOADS:
        return (1, LATE, 1)
    if name in ("udiv", "sdiv"):
        return (divide, divide, divide)
    if name in FUSED:
        return (1, FUSED_LATENCY, FUSED_LATENCY)
    if name in ("vdiv", "vsqrt"):
        return (1, FPU_DIVIDE, FPU_DIVIDE)
    if name in ("vadd", "vsub", "vmul", "vnmul", "vcvt", "vcmp"):
        return (1, LATE, LATE)
    if name == "vmov" and sum(op.type == arm_const.ARM_OP_REG for op in each.operands) == 4:
        return (2, LATE, LATE)
    if name in MULTIPLY:
        return (2, 2, 2) if each.size == 2 else (1, LATE, 1)  # 16 bits: it sets flags
    if name in ACCUMULATE:
        return (1, LATE, 1)
    if _shifted(each):
        return (1, LATE, 1)
    return (1, 1, 1)


def _shifted(each) -> bool:
    """Whether its second operand is a register with a shift."""
    return each.size == 4 and len(each.operands) > 1 and any(
        op.type == arm_const.ARM_OP_REG and op.shift.type != arm_const.ARM_SFT_INVALID
        for op in each.operands
    )


def _lenient(each, name: str) -> set[int]:
    """Registers that are needed a cycle later than others: accumulators, data of stores."""
    registers = [op.reg for op in each.operands if op.type == arm_const.ARM_OP_REG]
    if name in STORES:
        return set(registers[:1])
    if name in ("smlal", "umlal", "umaal", "smlald", "smlsld"):
        return set(registers[:2]) - set(registers[2:])
    if name in ACCUMULATE:
        late = 1 if "xta" in name else len(registers) - 1  # destination, then the others
        return set(registers[late : late + 1]) - {
            register for at, register in enumerate(registers[1:], 1) if at != late}
    return set()


def _base_registers(each) -> set[int]:
    """Base registers of an access; one that is written back is an address, not what was loaded."""
    bases = {op.mem.base for op in each.operands if op.type == arm_const.ARM_OP_MEM}
    written = [op for op in each.operands[:1] if op.access & CS_AC_WRITE]
    return bases - {op.reg for op in written}
