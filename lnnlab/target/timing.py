"""One door to the cycle tables: what instructions in a row cost on a core."""

from lnnlab.target import timing_cortex_m as cortex_m
from lnnlab.target import timing_ibex as ibex
from lnnlab.target import timing_m33 as m33

Range = tuple[float, float]


def block_cost(instructions: list, table: str) -> Range:
    """Cycles (low, high) of instructions in a row when no branch is taken.

    Args:
        instructions: of capstone, with details.
        table: ``timing`` of a core.
    """
    if table == "m33":
        return m33.block_cost(instructions)
    if table in ibex.TABLES:
        costs = ibex.costs(instructions, ibex.TABLES[table])
    elif table in cortex_m.SIMPLE:
        costs = cortex_m.simple_costs(instructions, cortex_m.SIMPLE[table])
    else:
        costs = cortex_m.paired_costs(instructions, table == "m4")
    return tuple(sum(each[end] for each in costs) for end in (0, 1))


def taken_cost(instructions: list, table: str) -> Range:
    """What the branch at the end costs more where it is taken."""
    last = instructions[-1]
    if table == "m33":
        return m33.taken(instructions)
    if table in ibex.TABLES:
        return ibex.taken(last, ibex.TABLES[table])
    if table in cortex_m.SIMPLE:
        return cortex_m.simple_taken(last, cortex_m.SIMPLE[table])
    return cortex_m.paired_taken()


def is_branch(instruction, table: str) -> bool:
    """Whether control may go elsewhere after it."""
    return (ibex if table in ibex.TABLES else cortex_m).is_branch(instruction)
