"""What a run did, block by block: how often each followed which, and in which order."""

from collections import Counter
from collections.abc import Mapping

from unicorn import UC_HOOK_BLOCK, UC_HOOK_MEM_READ

from lnnlab.target.emulator import FLASH, FLASH_BYTES, Machine

OTHER = "other"
Block = tuple[int, int]  # address, bytes
Edge = tuple[str, Block, Block]  # stage, block before, block


class Recorder:
    """Counts edges and keeps the stack of stages; a context in which a machine is listened to.

    Args:
        machine: that runs.
        stages: function → stage.
        traced: keep the order of blocks and their reads of the flash as well.
    """

    def __init__(self, machine: Machine, stages: Mapping[str, str], traced: bool = False) -> None:
        self.machine = machine
        self.entries = {machine.address(name): stage for name, stage in stages.items()
                        if name in machine.program.symbols}
        self.edges: Counter[Edge] = Counter()
        self.stack: list[tuple[str, int]] = [(OTHER, 0)]
        self.before: Block = (0, 0)
        self._traced = traced
        self.order: list[Edge] = []  # as they ran, where traced
        self.first_read, self.reads = [], []  # where an edge's reads start; addresses read
        self._hooks: list[int] = []

    def __enter__(self) -> "Recorder":
        uc = self.machine.uc
        uc.ctl_flush_tb()  # blocks that an earlier call translated would not call the hooks
        self._hooks.append(uc.hook_add(UC_HOOK_BLOCK, self.enter))
        if self._traced:
            self._hooks.append(uc.hook_add(UC_HOOK_MEM_READ, self._read, None, FLASH,
                                           FLASH + FLASH_BYTES - 1))
        return self

    def __exit__(self, *_error: object) -> None:
        while self._hooks:
            self.machine.uc.hook_del(self._hooks.pop())

    def enter(self, _uc, address: int, size: int, _data) -> None:
        """unicorn's hook: a block is about to run."""
        if address == self.stack[-1][1]:
            self.stack.pop()
        stage = self.entries.get(address)
        if stage is not None:
            self.stack.append((stage, self.machine.link_register()))
        block = (address, size)
        edge = (self.stack[-1][0], self.before, block)
        self.edges[edge] += 1
        if self._traced:
            self.order.append(edge)
            self.first_read.append(len(self.reads))
        self.before = block

    def _read(self, _uc, _access, address: int, _size, _value, _data) -> None:
        self.reads.append(address)
        self.machine.leave_conditional()
