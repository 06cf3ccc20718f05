"""Meters: Nordic's Power Profiler Kit II and Jetperch's Joulescope, through their own libraries.

Both libraries are optional: ``pip install 'lnnlab[power]'``. Tests hold this module against
stand-ins with the libraries' calls, and the first also against the library itself over a port that
speaks the meter's protocol; no meter has confirmed it.
"""

import threading
import time
from importlib import import_module
from types import ModuleType

import numpy as np

from lnnlab.errors import UserError, unknown
from lnnlab.testing.power import PowerMeter, PowerTrace

PPK2_HZ = 100_000
MARGIN_S = 0.02  # before and behind what is measured, so that its edges are inside
_WORD_BYTES, _COUNTER_SHIFT, _COUNTER_MASK = 4, 18, 63


class Ppk2:
    """The Power Profiler Kit II; ``ppk2-api`` speaks to it.

    It stands in series with the board's supply (a Nucleo's jumper IDD) and knows no voltage, or
    supplies the board itself. Its logic port sees the board's pin at D0.

    Args:
        port: of the kit; "": the one that is there.
        voltage_v: of the board's supply.
        source: whether the kit supplies the board.

    Raises:
        UserError: no library, no kit or several, or the kit does not answer.
    """

    name = "PPK2"

    def __init__(self, port: str = "", voltage_v: float = 3.3, source: bool = False) -> None:
        library = _library("ppk2_api.ppk2_api")
        self.voltage_v = voltage_v
        self._api = library.PPK2_API(port or _only_port(library), timeout=1, write_timeout=1)
        if not self._api.get_modifiers():
            raise UserError("PPK2: it does not tell its calibration; plug it in anew")
        self._api.set_source_voltage(round(1e3 * voltage_v))
        (self._api.use_source_meter if source else self._api.use_ampere_meter)()
        self._api.toggle_DUT_power("ON")
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """See :class:`lnnlab.testing.power.PowerMeter`."""
        while self._api.get_data():  # of the recording before
            time.sleep(0.005)
        self._content, self._stopping = bytearray(), threading.Event()
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._api.start_measuring()
        self._thread.start()
        time.sleep(MARGIN_S)

    def stop(self) -> PowerTrace:
        """See :class:`lnnlab.testing.power.PowerMeter`."""
        time.sleep(MARGIN_S)
        self._stopping.set()
        self._thread.join()
        self._api.stop_measuring()
        count = len(self._content) // _WORD_BYTES
        if count == 0:
            raise UserError("PPK2: it sent no samples; plug it in anew")
        content = bytes(self._content[: _WORD_BYTES * count])  # the library wants whole words
        lost = _lost(np.frombuffer(content, "<u4"))
        if lost:
            raise UserError(f"PPK2: {lost} gaps in {count} samples; end other programs, use a port "
                            "of the computer itself")
        current_ua, bits = self._api.get_samples(content)
        pin = np.array(self._api.digital_channels(bits)[0], bool)
        return PowerTrace(PPK2_HZ, 1e-6 * np.array(current_ua), self.voltage_v, pin)

    def close(self) -> None:
        """See :class:`lnnlab.testing.power.PowerMeter`; the board keeps its supply."""
        self._api.stop_measuring()

    def _collect(self) -> None:
        while not self._stopping.is_set():
            received = self._api.get_data()
            self._content += received
            if not received:
                time.sleep(0.001)


class Joulescope:
    """A Joulescope JS110 or JS220; ``joulescope`` speaks to it.

    It stands in series with the board's supply, measures voltage too, and sees the board's pin at
    its general-purpose input 0.

    Args:
        pin: whether the board's pin is wired to that input.

    Raises:
        UserError: no library, no meter or several.
    """

    name = "Joulescope"

    def __init__(self, pin: bool = True) -> None:
        self._pin = pin
        try:
            self._device = _library("joulescope").scan_require_one(config="auto")
        except RuntimeError as error:
            raise UserError(f"Joulescope: {error}; plug in exactly one") from error
        self._device.open()
        if pin:
            self._device.parameter_set("current_lsb", "gpi0")  # a JS110 needs it, a JS220 does not

    def start(self) -> None:
        """See :class:`lnnlab.testing.power.PowerMeter`."""
        self._device.start()
        time.sleep(10 * MARGIN_S)  # its first samples are missing

    def stop(self) -> PowerTrace:
        """See :class:`lnnlab.testing.power.PowerMeter`."""
        time.sleep(MARGIN_S)
        self._device.stop()
        first, end = self._device.stream_buffer.sample_id_range
        if first is None or first == end:
            raise UserError("Joulescope: it sent no samples; plug it in anew")
        fields = ["current", "voltage", *["current_lsb"] * self._pin]
        found = self._device.stream_buffer.samples_get(first, end, fields=fields)
        current_a, voltage_v, *pin = (
            np.asarray(found["signals"][each]["value"]) for each in fields)
        there = np.isfinite(current_a) & np.isfinite(voltage_v)
        inside = slice(int(there.argmax()), len(there))
        if not there[inside].all():
            raise UserError(f"Joulescope: {(~there[inside]).sum()} samples are missing; end other "
                            "programs, use a port of the computer itself")
        return PowerTrace(
            float(self._device.sampling_frequency), current_a[inside].astype(float),
            voltage_v[inside].astype(float), pin[0][inside].astype(bool) if pin else None)

    def close(self) -> None:
        """See :class:`lnnlab.testing.power.PowerMeter`."""
        self._device.close()


METERS = {"ppk2": Ppk2, "joulescope": Joulescope}


def meter_named(name: str) -> PowerMeter:
    """A meter by its key in :data:`METERS`, ready.

    Raises:
        UserError: there is none of that name, or it cannot be reached.
    """
    if name not in METERS:
        raise unknown("meter", name, METERS)
    return METERS[name]()


def _library(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise UserError(f"no {name.split('.')[0]} for this meter: pip install 'lnnlab[power]'"
                        ) from error


def _only_port(library: ModuleType) -> str:
    ports = library.PPK2_API.list_devices()
    if len(ports) != 1:
        raise UserError(f"PPK2: {len(ports)} ports are there"
                        + (f" ({', '.join(map(str, ports))}): name one" if ports else
                           ": plug one in"))
    return ports[0]


def _lost(words: np.ndarray) -> int:
    """Places where the kit's counter of samples, six bits of each word, skips some."""
    counter = words >> _COUNTER_SHIFT & _COUNTER_MASK
    return int((np.diff(counter.astype(np.int64)) % (_COUNTER_MASK + 1) != 1).sum())
