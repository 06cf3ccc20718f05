"""The firmware of a board on a wire, run whole by QEMU, its serial line on a socket."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from lnnlab.target.elf import Program
from lnnlab.target.qemu import QemuMachine, machine_named

MACHINE, USART = "netduinoplus2", 2  # an STM32F405; the line of firmware/serial/stm32f4.c
STARTS_WITHIN_S = 20.0


@dataclass(frozen=True)
class EmulatedWire:
    """A running machine.

    Attributes:
        url: of its serial line, for pyserial.
        process: QEMU.
    """

    url: str
    process: subprocess.Popen
    _monitor: socket.socket

    def reset(self) -> None:
        """Press its reset button."""
        self._monitor.sendall(b"system_reset\n")


@contextmanager
def emulated_wire(program: Program) -> Iterator[EmulatedWire]:
    """A machine that runs firmware of :func:`lnnlab.target.wire.wire_firmware`.

    Raises:
        UserError: QEMU is not installed.
        RuntimeError: it does not start.
    """
    machine = machine_named(MACHINE)
    for last in (False, False, True):  # another process may have taken a free port meanwhile
        line, monitor = _free_ports(2)
        process = _started(machine, program, line, monitor)
        try:
            control = _connected(monitor, process)
            break
        except RuntimeError:
            _end(process)
            if last:
                raise
    try:
        with control:
            yield EmulatedWire(f"socket://127.0.0.1:{line}", process, control)
    finally:
        _end(process)


def _started(
    machine: QemuMachine, program: Program, line: int, monitor: int
) -> subprocess.Popen:
    listening = "tcp:127.0.0.1:{},server=on,wait=off,nodelay=on"
    return subprocess.Popen(
        [machine.emulator, "-machine", machine.name, "-display", "none", "-kernel",
         str(program.elf), *["-serial", "null"] * (USART - 1), "-serial", listening.format(line),
         "-monitor", listening.format(monitor)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:  # all at once, so that they differ
        servers = [held.enter_context(socket.create_server(("127.0.0.1", 0)))
                   for _ in range(count)]
        return [server.getsockname()[1] for server in servers]


def _connected(port: int, process: subprocess.Popen) -> socket.socket:
    """The monitor; its prompt comes once the whole machine is there, its line too."""
    until = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            control = socket.create_connection(("127.0.0.1", port), STARTS_WITHIN_S)
            said = b""
            while b"(qemu)" not in said:
                received = control.recv(4096)
                if not received:
                    raise OSError("closed")
                said += received
            return control
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{MACHINE}: QEMU did not start") from error
            time.sleep(0.02)
