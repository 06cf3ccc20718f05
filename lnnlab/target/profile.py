"""Cycles of a run: static costs of the basic blocks that ran, plus what their branches cost."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from unicorn import UcError

from lnnlab.errors import UserError
from lnnlab.target import timing
from lnnlab.target.emulator import RETURN, Machine
from lnnlab.target.flash import FlashPort, Trace
from lnnlab.target.recorder import OTHER, Block, Edge, Recorder
from lnnlab.target.toolchain import decoder

__all__ = ["OTHER", "Profile", "Range", "profile"]

Range = tuple[float, float]


@dataclass(frozen=True)
class Profile:
    """What a run took.

    Attributes:
        result: what the function returned.
        cycles: (low, high): the pipeline refill of a taken branch counted as 1 and as 2, ranges
            of the manual at their ends. Flash without wait states.
        instructions: how many ran.
        by_stage: stage → (low, high), with ``other`` for the rest.
        by_function: function → (low, high), each its own code only.
        stack_bytes: high-water mark.
        flash_waits: stage → cycles that it waited for the flash, on top of the others; None where
            no flash was given.
    """

    result: int
    cycles: Range
    instructions: int
    by_stage: dict[str, Range]
    by_function: dict[str, Range]
    stack_bytes: int
    flash_waits: dict[str, float] | None = None

    @property
    def flash_cycles(self) -> Range | None:
        """(low, high) with the flash that was given."""
        if self.flash_waits is None:
            return None
        waited = sum(self.flash_waits.values())
        return (self.cycles[0] + waited, self.cycles[1] + waited)


@dataclass(frozen=True)
class _Decoded:
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
    flash: FlashPort | None = None,
) -> Profile:
    """Run a function and count its cycles.

    Args:
        machine: with a program whose core has a cycle table.
        function, arguments: what to call.
        stages: function → stage. All that runs in and below such a function counts to its
            stage; of nested ones the innermost. They must not be inlined.
        flash: what stands between the core and its code; its caches stay as they are from run to
            run. None: code and constants answer at once.

    Raises:
        UserError: no validated cycle table exists for the core.
    """
    core = machine.program.core
    if core.timing is None:
        raise UserError(
            f"{core.title}: no validated cycle model; it serves to check results. Cycles are "
            "given for Cortex-M0, M0+, M3, M4, M33 and RV32IMC"
        )
    recorder = Recorder(machine, stages or {}, traced=flash is not None)
    start = machine.prepare(function, *arguments)
    try:
        with recorder:
            machine.uc.emu_start(start, RETURN)
    except UcError as error:
        raise machine.fault(function, error) from error
    result = machine.finish(function)
    recorder.enter(machine.uc, RETURN, 0, None)  # the way back is a taken branch too
    return _Bill(machine).of(recorder, result, flash)


@dataclass
class _Bill:
    """What the blocks of a run cost together."""

    machine: Machine
    stages: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))
    functions: dict[str, list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0.0, 0.0]))

    def of(self, recorder: Recorder, result: int, flash: FlashPort | None) -> Profile:
        count = sum(times * self._decoded(now).instructions
                    for (_, _, now), times in recorder.edges.items())
        costs = self._charge(recorder.edges)
        waits = None if flash is None else _waits(recorder, costs, flash)
        total = tuple(sum(each[end] for each in self.stages.values()) for end in (0, 1))
        return Profile(
            result, total, count, {name: tuple(each) for name, each in self.stages.items()},
            {name: tuple(each) for name, each in self.functions.items()},
            self.machine.stack_bytes, waits,
        )

    def _charge(self, edges: Counter) -> dict[Edge, Range]:
        """Adds every block to its stage and function; what each edge costs at a time."""
        found = {}
        for (stage, before, now), times in edges.items():
            cost = self._decoded(now).cost
            follows = before[1] and sum(before) == now[0]
            if follows and not self._decoded(before).branches:
                cost = _rest_of_cut(self.machine, before, now)
            extra = (0.0, 0.0)
            if before[1] and self._decoded(before).branches and not follows:
                extra = self._decoded(before).taken
                _add(self.functions[self._decoded(before).function], extra, times)
                _add(self.stages[stage], extra, times)
            _add(self.stages[stage], cost, times)
            if now[1]:
                _add(self.functions[self._decoded(now).function], cost, times)
            found[stage, before, now] = (cost[0] + extra[0], cost[1] + extra[1])
        return found

    def _decoded(self, block: Block) -> _Decoded:
        known = self.machine.blocks
        if block not in known:
            known[block] = _decode(self.machine, *block)
        return known[block]


def _waits(recorder: Recorder, costs: Mapping[Edge, Range], flash: FlashPort) -> dict[str, float]:
    """Stage → cycles that it waits for the flash."""
    numbers = {edge: k for k, edge in enumerate(costs)}
    ran = np.fromiter(map(numbers.__getitem__, recorder.order), np.int64, len(recorder.order))
    address, size = np.array([edge[2] for edge in costs]).T
    middle = np.array([sum(band) / 2 for band in costs.values()])
    waited = flash.waits(Trace(
        address[ran], size[ran], middle[ran],
        np.array([*recorder.first_read, len(recorder.reads)]), np.array(recorder.reads, np.uint32),
    ))
    by_edge = np.bincount(ran, waited, len(costs))
    found: dict[str, float] = defaultdict(float)
    for edge, each in zip(costs, by_edge, strict=True):
        found[edge[0]] += float(each)
    return dict(found)


def _add(total: list[float], cost: Range, times: int) -> None:
    total[0] += cost[0] * times
    total[1] += cost[1] * times


def _rest_of_cut(machine: Machine, before: Block, now: Block) -> Range:
    """Cost of a block that goes on where the emulator cut straight code, as it does at its pages.

    Loads pair across the cut: where code lies must not change what it costs.
    """
    core = machine.program.core
    front, rest = (_instructions(machine, *each) for each in (before, now))
    joined, alone = (timing.block_cost(each, core.timing) for each in (front + rest, front))
    return (joined[0] - alone[0], joined[1] - alone[1])


def _instructions(machine: Machine, address: int, size: int) -> list:
    return list(decoder(machine.program.core).disasm(machine.read(address, size), address))


def _decode(machine: Machine, address: int, size: int) -> _Decoded:
    core = machine.program.core
    if not size:
        return _Decoded((0, 0), (0, 0), False, 0, "?")
    instructions, table = _instructions(machine, address, size), core.timing
    held_by = machine.program.function_at(address)
    return _Decoded(
        timing.block_cost(instructions, table), timing.taken_cost(instructions, table),
        timing.is_branch(instructions[-1], table), len(instructions), held_by,
    )
