"""An emulated core: a program in flash, its RAM, and room for test data beside them."""

import struct

from unicorn import (
    UC_ARCH_ARM,
    UC_ARCH_RISCV,
    UC_MODE_MCLASS,
    UC_MODE_RISCV32,
    UC_MODE_THUMB,
    Uc,
    UcError,
    arm_const,
    riscv_const,
)

from lnnlab.target.elf import Program

FLASH, RAM, HOST, RETURN = 0x08000000, 0x20000000, 0x60000000, 0x0FFF0000
FLASH_BYTES, RAM_BYTES, HOST_BYTES = 16 << 20, 2 << 20, 512 << 20
STACK_BYTES, PAINT = 64 << 10, 0xA5
IT_STATE = 0x0600FC00  # of XPSR
ARM_CPUS = {
    "cortex-m0": arm_const.UC_CPU_ARM_CORTEX_M0, "cortex-m0plus": arm_const.UC_CPU_ARM_CORTEX_M0,
    "cortex-m3": arm_const.UC_CPU_ARM_CORTEX_M3, "cortex-m4": arm_const.UC_CPU_ARM_CORTEX_M4,
    "cortex-m7": arm_const.UC_CPU_ARM_CORTEX_M7, "cortex-m33": arm_const.UC_CPU_ARM_CORTEX_M33,
}


class Fault(Exception):
    """The program left its memory or met an instruction that its core does not have."""


class Machine:
    """One core with a program loaded.

    The stack lies at the top of RAM and is painted before each call, so that its high-water mark
    can be read. ``allocate`` hands out memory outside the board's RAM, for test data.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.stack_bytes = 0
        self.free = HOST
        self.blocks: dict = {}  # what the profile has decoded of the program
        arm = program.core.arm
        self.uc = (
            Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS) if arm
            else Uc(UC_ARCH_RISCV, UC_MODE_RISCV32)
        )
        if arm:
            self.uc.ctl_set_cpu_model(ARM_CPUS[program.core.name])
        for start, size in ((FLASH, FLASH_BYTES), (RAM, RAM_BYTES), (HOST, HOST_BYTES),
                            (RETURN, 0x1000)):
            self.uc.mem_map(start, size)
        for section in program.sections.values():
            if section.content is not None:
                self.uc.mem_write(section.address, section.content)
        if arm and program.core.fpu:  # CP10 and CP11 on, as a board's startup code does
            self.uc.reg_write(arm_const.UC_ARM_REG_FPEXC, 1 << 30)
        constants, prefix = (
            (arm_const, "UC_ARM_REG_") if arm else (riscv_const, "UC_RISCV_REG_")
        )
        self._reg = lambda name: getattr(constants, prefix + name)
        self._arguments = ["R0", "R1", "R2", "R3"] if arm else [f"A{k}" for k in range(8)]
        self._link = self._reg("LR" if arm else "RA")

    def address(self, symbol: str) -> int:
        """Where a function or object lies."""
        return self.program.symbols[symbol].address

    def allocate(self, size_bytes: int, align: int = 8) -> int:
        """Memory for test data; it lasts as long as the machine."""
        start = -(-self.free // align) * align
        if start + size_bytes > HOST + HOST_BYTES:
            raise MemoryError(f"{size_bytes} bytes do not fit beside the program")
        self.free = start + size_bytes
        return start

    def put(self, data: bytes) -> int:
        """Allocate and write; returns the address."""
        address = self.allocate(max(len(data), 1))
        self.write(address, data)
        return address

    def write(self, address: int, data: bytes) -> None:
        """Write bytes to memory."""
        self.uc.mem_write(address, bytes(data))

    def read(self, address: int, size: int) -> bytes:
        """Read bytes from memory."""
        return bytes(self.uc.mem_read(address, size))

    def call(self, function: str, *arguments: int, timeout_s: float = 0.0) -> int:
        """Call a function with integer arguments; returns its signed int result.

        Afterwards ``stack_bytes`` holds how much stack the call took.

        Raises:
            Fault: it left its memory, met an unknown instruction, or ran into the timeout.
        """
        start = self.prepare(function, *arguments)
        try:
            self.uc.emu_start(start, RETURN, timeout=int(timeout_s * 1e6))
        except UcError as error:
            raise self.fault(function, error) from error
        return self.finish(function)

    def prepare(self, function: str, *arguments: int) -> int:
        """Set registers and stack for a call; returns the address to start at."""
        arm = self.program.core.arm
        self._top = RAM + RAM_BYTES
        self.uc.mem_write(self._top - STACK_BYTES, bytes([PAINT]) * STACK_BYTES)
        here, beyond = self._arguments, arguments[len(self._arguments):]
        for name, value in zip(here, arguments, strict=False):
            self.uc.reg_write(self._reg(name), value & 0xFFFFFFFF)
        size = -(-4 * len(beyond) // 8) * 8
        stacked = struct.pack(f"<{len(beyond)}I", *(each & 0xFFFFFFFF for each in beyond))
        self._top -= size
        self.uc.mem_write(self._top, stacked)
        self.uc.reg_write(self._reg("SP"), self._top)
        self.uc.reg_write(self._link, RETURN | int(arm))
        return self.address(function) | int(arm)

    def finish(self, function: str) -> int:
        """The result after a run; takes the stack's high-water mark."""
        at = self.uc.reg_read(self._reg("PC")) & ~1
        if at != RETURN:
            raise Fault(f"{function}: stopped at {at:#x} in {self.program.function_at(at)}")
        painted = self.read(self._top - STACK_BYTES, STACK_BYTES)
        self.stack_bytes = len(painted.lstrip(bytes([PAINT])))
        value = self.uc.reg_read(self._reg(self._arguments[0])) & 0xFFFFFFFF
        return value - (1 << 32) if value >> 31 else value

    def fault(self, function: str, error: UcError) -> Fault:
        """The error for a run that unicorn stopped."""
        at = self.uc.reg_read(self._reg("PC")) & ~1
        return Fault(f"{function}: {error} at {at:#x} in {self.program.function_at(at)}")

    def leave_conditional(self) -> None:
        """Mend what a hook on reads leaves behind inside an IT block.

        unicorn tells the hook that the block's conditions hold and forgets to take that back, so
        that code behind the block would be taken for a part of it.
        """
        if self.program.core.arm:
            state = self.uc.reg_read(arm_const.UC_ARM_REG_XPSR)
            if state & IT_STATE:
                self.uc.reg_write(arm_const.UC_ARM_REG_XPSR, state & ~IT_STATE)

    def link_register(self) -> int:
        """Where the running function will return to."""
        return self.uc.reg_read(self._link) & ~1
