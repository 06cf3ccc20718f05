"""A Power Profiler Kit II: a port that speaks its protocol, and its library's calls."""

import contextlib
import os
import select
import threading
import time
import tty

META = "Calibrated: 0\n" + "".join(
    f"{name}{k}: {value}\n" for name, value in
    (("GS", 0), ("GI", 1), ("O", 0), ("S", 0), ("I", 0), ("UG", 1)) for k in range(5)
) + "".join(f"R{k}: {value}\n" for k, value in enumerate((1000, 100, 10, 1, 0.05))
            ) + "HW: 9173\nIA: 59\nEND"
ADC_A = 4 * 1.8 / 163840  # amperes of a code, times ohms of the range


def word(code, high, number, scale=4):
    """A sample: 14 bits of current, 3 of range, 6 of counter, 8 of logic."""
    return (code | scale << 14 | (number & 63) << 18 | int(high) << 24).to_bytes(4, "little")


class Script:
    """What the kit sees: (code, pin, samples), over and over from each start on."""

    def __init__(self, *parts, lose=0):
        self.parts, self.lose = parts, lose

    def words(self):
        number = 0
        for code, high, count in self.parts:
            for _ in range(count):
                number += 1 + (self.lose == number + 1)
                yield word(code, high, number)


@contextlib.contextmanager
def kit(script):
    """A port with the kit behind it."""
    outer, inner = os.openpty()
    tty.setraw(inner)
    closing = threading.Event()

    def serve():
        with contextlib.suppress(OSError):
            while not closing.is_set():
                if not select.select([outer], [], [], 0.02)[0]:
                    continue
                for command in os.read(outer, 256):
                    if command == 0x19:
                        os.write(outer, META.encode())
                    elif command == 0x06:  # AVERAGE_START; arguments never have this value here
                        time.sleep(0.01)
                        os.write(outer, b"".join(script.words()))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield os.ttyname(inner)
    finally:
        closing.set()
        thread.join()
        os.close(outer)
        os.close(inner)


class PPK2_API:  # noqa: N801 - the library's name
    """The library's calls, without a port."""

    script, ports, calls = Script(), ["/dev/ttyACM7"], []

    def __init__(self, port: str, **kwargs):
        self.calls.append(("port", port))
        self._pending = b""

    def __getattr__(self, name):
        raise AssertionError(f"{name}: not among the calls that this stand-in knows")

    @staticmethod
    def list_devices():
        return PPK2_API.ports

    def get_modifiers(self):
        return True

    def set_source_voltage(self, mV):  # noqa: N803 - the library's name
        self.calls.append(("mV", mV))

    def use_ampere_meter(self):
        self.calls.append(("ampere",))

    def use_source_meter(self):
        self.calls.append(("source",))

    def toggle_DUT_power(self, state):  # noqa: N802 - the library's name
        self.calls.append(("power", state))

    def start_measuring(self):
        self._pending = b"".join(self.script.words())

    def stop_measuring(self):
        self._pending = b""

    def get_data(self):
        some, self._pending = self._pending[:997], self._pending[997:]
        return some

    def get_samples(self, buf):
        words = [int.from_bytes(buf[k : k + 4], "little") for k in range(0, len(buf), 4)]
        return [1e6 * ADC_A / 0.05 * (each & 0x3FFF) for each in words], [w >> 24 for w in words]

    def digital_channels(self, bits):
        return [[each >> k & 1 for each in bits] for k in range(8)]
