"""Cycles of a run: static costs of the basic blocks that ran, plus what their branches cost."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from unicorn import UC_HOOK_BLOCK, UcError

from lnnlab.errors import UserError
from lnnlab.target import timing_cortex_m as cortex_m
from lnnlab.target import timing_ibex as ibex
from lnnlab.target.cores import Core
from lnnlab.target.emulator import RETURN, Machine
from lnnlab.target.toolchain import decoder

OTHER = "other"
Range = tuple[float, float]


@dataclass(frozen=True)
class Profile:
    """What a run took.

    Attributes:
        result: what the function returned.
        cycles: (low, high): the pipeline refill of a taken branch counted as 1 and as 2, ranges
            of the manual at their ends. Flash without wait states unless said otherwise.
        instructions: how many ran.
        by_stage: stage → (low, high), with ``other`` for the rest.
        by_function: function → (low, high), each its own code only.
        stack_bytes: high-water mark.
    """

    result: int
    cycles: Range
    instructions: int
    by_stage: dict[str, Range]
    by_function: dict[str, Range]
    stack_bytes: int


@dataclass(frozen=True)
class _Block:
    cost: Range
    taken: Range  # further cost where the branch at its end is taken
    branches: bool
    instructions: int
    function: str  # that holds it


def profile(
    machine: Machine,
    function: str,
    *arguments: int,
    stages: Mapping[str, str] | None = None,
    wait_states: int = 0,
) -> Profile:
    """Run a function and count its cycles.

    Args:
        machine: with a program whose core has a cycle table.
        function, arguments: what to call.
        stages: function → stage. All that runs in and below such a function counts to its
            stage; of nested ones the innermost. They must not be inlined.
        wait_states: of the flash. Prefetching is taken to hide them while code runs straight on;
            each taken branch pays them once. Reads of constants from flash are not counted.

    Raises:
        UserError: no validated cycle table exists for the core.
    """
    core = machine.program.core
    if core.timing is None:
        raise UserError(
            f"{core.title}: no validated cycle model; it serves to check results. Cycles are "
            "given for Cortex-M0, M0+, M3, M4 and RV32IMC"
        )
    recorder = _Recorder(machine, stages or {})
    start = machine.prepare(function, *arguments)
    hook = machine.uc.hook_add(UC_HOOK_BLOCK, recorder.enter)
    try:
        machine.uc.emu_start(start, RETURN)
    except UcError as error:
        raise machine.fault(function, error) from error
    finally:
        machine.uc.hook_del(hook)
    result = machine.finish(function)
    recorder.enter(machine.uc, RETURN, 0, None)  # the way back is a taken branch too
    return _totals(machine, recorder.edges, result, wait_states)


class _Recorder:
    """Counts (stage, block before, block) and keeps the stack of stages."""

    def __init__(self, machine: Machine, stages: Mapping[str, str]) -> None:
        self.machine = machine
        self.entries = {machine.address(name): stage for name, stage in stages.items()
                        if name in machine.program.symbols}
        self.edges: Counter = Counter()
        self.stack: list[tuple[str, int]] = [(OTHER, 0)]
        self.before = (0, 0)

    def enter(self, _uc, address: int, size: int, _data) -> None:
        """unicorn's hook: a block is about to run."""
        if address == self.stack[-1][1]:
            self.stack.pop()
        stage = self.entries.get(address)
        if stage is not None:
            self.stack.append((stage, self.machine.link_register()))
        block = (address, size)
        self.edges[self.stack[-1][0], self.before, block] += 1
        self.before = block


def _totals(machine: Machine, edges: Counter, result: int, wait_states: int) -> Profile:
    known: dict[tuple[int, int], _Block] = machine.blocks

    def block(key: tuple[int, int]) -> _Block:
        if key not in known:
            known[key] = _decode(machine, *key)
        return known[key]

    stages: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    functions: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    count = 0
    for (stage, before, now), times in edges.items():
        cost = list(block(now).cost)
        follows = before[1] and sum(before) == now[0]
        if follows and not block(before).branches:
            cost = _rest_of_cut(machine, before, now)
        if before[1] and block(before).branches and not follows:
            extra = [each + wait_states for each in block(before).taken]
            name = block(before).function
            _add(functions[name], extra, times)
            _add(stages[stage], extra, times)
        _add(stages[stage], cost, times)
        if now[1]:
            _add(functions[block(now).function], cost, times)
        count += times * block(now).instructions
    total = tuple(sum(each[end] for each in stages.values()) for end in (0, 1))
    return Profile(
        result, total, count, {name: tuple(each) for name, each in stages.items()},
        {name: tuple(each) for name, each in functions.items()}, machine.stack_bytes,
    )


def _add(total: list[float], cost, times: int) -> None:
    total[0] += cost[0] * times
    total[1] += cost[1] * times


def _rest_of_cut(machine: Machine, before: tuple[int, int], now: tuple[int, int]) -> Range:
    """Cost of a block that goes on where the emulator cut straight code, as it does at its pages.

    Loads pair across the cut: where code lies must not change what it costs.
    """
    core = machine.program.core
    front, rest = (_instructions(machine, *each) for each in (before, now))
    joined, alone = _cost(front + rest, core), _cost(front, core)
    return (joined[0] - alone[0], joined[1] - alone[1])


def _instructions(machine: Machine, address: int, size: int) -> list:
    return list(decoder(machine.program.core).disasm(machine.read(address, size), address))


def _cost(instructions: list, core: Core) -> Range:
    """Of instructions in a row, when no branch is taken."""
    if not core.arm:
        costs = ibex.costs(instructions)
    elif core.timing in cortex_m.SIMPLE:
        costs = cortex_m.simple_costs(instructions, cortex_m.SIMPLE[core.timing])
    else:
        costs = cortex_m.paired_costs(instructions, core.timing == "m4")
    return tuple(sum(each[end] for each in costs) for end in (0, 1))


def _decode(machine: Machine, address: int, size: int) -> _Block:
    core = machine.program.core
    if not size:
        return _Block((0, 0), (0, 0), False, 0, "?")
    instructions = _instructions(machine, address, size)
    last = instructions[-1]
    if not core.arm:
        branches, taken = ibex.is_branch(last), ibex.taken(last)
    elif core.timing in cortex_m.SIMPLE:
        branches = cortex_m.is_branch(last)
        taken = cortex_m.simple_taken(last, cortex_m.SIMPLE[core.timing])
    else:
        branches, taken = cortex_m.is_branch(last), cortex_m.paired_taken()
    held_by = machine.program.function_at(address)
    return _Block(_cost(instructions, core), taken, branches, len(instructions), held_by)
