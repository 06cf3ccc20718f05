"""Meters: what a board took while its pin was high, through stand-ins and a library itself."""

import inspect
import sys
from types import SimpleNamespace

import numpy as np
import ppk2_kit
import pytest
from ppk2_kit import ADC_A, Script, kit
from wires import BLOB, HASTY, NUCLEO, bearings, pty_board, said

from lnnlab.target.boards import board
from lnnlab.target.energy import idle_power_mw
from lnnlab.testing import HILTester, PowerTrace, SerialBoard
from lnnlab.testing.meters import Joulescope, Ppk2, meter_named
from lnnlab.testing.power import Busy, MeasuredPower, busy_of, measured_power

MADE = Script((100, 0, 300), (1000, 1, 200), (100, 0, 50), (1000, 1, 100), (100, 0, 400))
BUSY_UJ = 1e6 * 3.3 * 1000 * ADC_A / 0.05 * 300 / 1e5


@pytest.fixture
def ppk2(monkeypatch):
    """The library's stand-in, in its place."""
    monkeypatch.setitem(sys.modules, "ppk2_api", SimpleNamespace(ppk2_api=ppk2_kit))
    monkeypatch.setitem(sys.modules, "ppk2_api.ppk2_api", ppk2_kit)
    monkeypatch.setattr(ppk2_kit.PPK2_API, "script", MADE)
    monkeypatch.setattr(ppk2_kit.PPK2_API, "calls", [])
    return ppk2_kit.PPK2_API


class Scope:
    """A Joulescope, by the calls of its library; the scope's clock runs at 1 kHz."""

    def __init__(self, gap=0):
        self.called, self.gap, self.stream_buffer = [], gap, self
        self.sampling_frequency, self.sample_id_range = 1000, (7, 107)

    def open(self, event_callback_fn=None, mode=None, timeout=None):
        self.called.append("open")

    def close(self, timeout=None):
        self.called.append("close")

    def parameter_set(self, name, value):
        self.called.append((name, value))

    def start(self, stop_fn=None, duration=None, contiguous_duration=None):
        self.called.append("start")

    def stop(self):
        self.called.append("stop")

    def samples_get(self, start, stop, fields=None):
        pin = np.zeros(stop - start, np.uint8)
        pin[40:60] = 1
        current = np.where(pin, 0.02, 0.001).astype(np.float32)
        current[:5] = np.nan  # as its first samples are
        current[70 : 70 + self.gap] = np.nan
        values = {"current": current, "voltage": np.full(stop - start, 3.0, np.float32),
                  "current_lsb": pin}
        return {"signals": {each: {"value": values[each]} for each in fields}}


@pytest.fixture
def scope(monkeypatch):
    found = Scope()
    library = SimpleNamespace(scan_require_one=lambda name=None, config=None: found)
    monkeypatch.setitem(sys.modules, "joulescope", library)
    return found


def test_energy_and_time_lie_between_the_edges():
    pin = np.array([0, 1, 1, 0, 0, 1, 0], bool)
    trace = PowerTrace(1000, np.array([1, 2, 2, 1, 1, 4, 1]) * 1e-3, 2.0, pin)
    found = busy_of(trace)
    assert (found.time_ms, found.pulses) == (pytest.approx(3), 2)
    assert found.energy_uj == pytest.approx(1e3 * (4 + 4 + 8) / 1000)  # mW ms
    assert busy_of(PowerTrace(1000, trace.current_a, 2.0)) is None


@pytest.mark.parametrize("pin, words", [
    ([0, 0, 0], "the meter saw no pulse"), ([1, 0, 0], "high at an end"),
    ([0, 1, 1], "high at an end")])
def test_a_pin_that_tells_nothing(pin, words):
    assert words in said(busy_of, PowerTrace(10, np.ones(3), 1.0, np.array(pin)))


def test_a_duty_cycle_of_measured_work():
    chosen = board(NUCLEO)
    found = MeasuredPower((Busy(2, 100, 1), Busy(4, 200, 1)), 9.0)
    awake = 0.003 * 10 + chosen.wake_us.value * 1e-6 * 10
    assert found.average_mw(chosen, 10, 10) == pytest.approx(
        awake * 50 + (1 - awake) * idle_power_mw(chosen))
    assert found.average_mw(chosen, 1000, 10) == pytest.approx(50)
    assert MeasuredPower((), 9.0).average_mw(chosen, 10, 10) is None


def test_the_kit_through_its_librarys_stand_in(ppk2):
    meter = Ppk2()
    meter.start()
    found = busy_of(meter.stop())
    assert (found.time_ms, found.pulses) == (pytest.approx(3), 2)
    assert found.energy_uj == pytest.approx(BUSY_UJ)
    assert ppk2.calls == [("port", "/dev/ttyACM7"), ("mV", 3300), ("ampere",), ("power", "ON")]
    Ppk2("COM4", voltage_v=1.8, source=True).close()
    assert ppk2.calls[4:] == [("port", "COM4"), ("mV", 1800), ("source",), ("power", "ON")]


def test_the_kit_through_its_library_itself():
    pytest.importorskip("ppk2_api", reason="no ppk2-api here: pip install 'lnnlab[power]'")
    with kit(MADE) as port:
        meter = Ppk2(port)
        for _ in range(2):
            meter.start()
            trace = meter.stop()
            found = busy_of(trace)
            assert len(trace.pin) == 1050 and (found.time_ms, found.pulses) == (
                pytest.approx(3), 2)
            assert found.energy_uj == pytest.approx(BUSY_UJ)
        meter.close()


def test_the_stand_in_has_the_librarys_calls():
    library = pytest.importorskip("ppk2_api.ppk2_api", reason="no ppk2-api here").PPK2_API
    names = [each for each in vars(ppk2_kit.PPK2_API)
             if callable(getattr(ppk2_kit.PPK2_API, each)) and each != "__getattr__"
             and (not each.startswith("_") or each == "__init__")]
    assert len(names) == 12
    for name in names:
        ours, theirs = (inspect.signature(getattr(each, name))
                        for each in (ppk2_kit.PPK2_API, library))
        assert [*ours.parameters] == [*theirs.parameters], name


def test_the_other_stand_in_too(monkeypatch):
    monkeypatch.setenv("JOULESCOPE_BACKEND", "none")
    device = pytest.importorskip("joulescope.v1.device", reason="no joulescope here: "
                                 "pip install 'lnnlab[power]'").Device
    buffer = sys.modules["joulescope.v1.stream_buffer"].StreamBuffer
    for name in ("open", "close", "parameter_set", "start", "stop", "samples_get"):
        theirs = getattr(buffer if name == "samples_get" else device, name)
        assert [*inspect.signature(theirs).parameters] == [
            *inspect.signature(getattr(Scope, name)).parameters], name
    assert hasattr(device, "sampling_frequency") and hasattr(buffer, "sample_id_range")


def test_a_joulescope_through_its_librarys_stand_in(scope):
    meter = Joulescope()
    meter.start()
    trace = meter.stop()
    found = busy_of(trace)
    assert len(trace.pin) == 95 and found.time_ms == pytest.approx(20)
    assert found.energy_uj == pytest.approx(20 * 60, rel=1e-5)
    meter.close()
    assert scope.called == ["open", ("current_lsb", "gpi0"), "start", "stop", "close"]
    plain = Joulescope(pin=False)
    plain.start()
    assert plain.stop().pin is None


def test_a_board_under_a_meter(ppk2):
    pytest.importorskip("serial", reason="no pyserial here: pip install 'lnnlab[wire]'")
    with pty_board(BLOB) as url:
        serial = SerialBoard(url, patience=HASTY)
        tester = HILTester(NUCLEO, BLOB, serial, Ppk2())
        report = tester.run_tests(bearings(), split="load", limit=16, progress=False)
    assert report.energy_uj == pytest.approx(BUSY_UJ)
    assert report.pin_latency_ms == pytest.approx(3) and report.mismatches == 0
    assert report.basis["energy"] == "measured" and report.wire_power_mw > 0
    assert report.basis["power"] == "measured while it computes, sleep and wake-up modelled"
    assert report.avg_power_mw == pytest.approx(MeasuredPower(
        (Busy(3, BUSY_UJ, 2),), 0).average_mw(board(NUCLEO), *tester._paces()))


class Losing:
    """A transport that loses its first windows."""

    def __init__(self, times):
        self.times, self.restarts = times, 0

    def decide(self, samples):
        self.restarts += self.times > 0
        self.times -= 1
        yield samples


def test_a_window_that_was_begun_anew_is_measured_again(ppk2):
    windows, board_there = np.zeros((2, 8, 1), np.int16), Losing(3)
    assert len(measured_power(board_there, Ppk2(), windows).busy) == 2
    assert board_there.restarts == 3
    assert "lost each of 5 windows" in said(measured_power, Losing(9), Ppk2(), windows)


def test_what_a_meter_cannot_do(ppk2, scope, monkeypatch):
    assert "emulated there, and takes no power" in said(HILTester, NUCLEO, BLOB, None, Ppk2())
    assert "unknown meter 'ppk'" in said(meter_named, "ppk")
    for ports, words in (([], "0 ports are there: plug one in"), (["a", "b"], "(a, b): name one")):
        monkeypatch.setattr(ppk2, "ports", ports)
        assert words in said(Ppk2)
    monkeypatch.setattr(ppk2, "script", Script((100, 0, 90), (5, 1, 90), (1, 0, 90), lose=100))
    meter = Ppk2("COM4")
    meter.start()
    assert "PPK2: 1 gaps in 270 samples" in said(meter.stop)
    monkeypatch.setattr(ppk2, "script", Script())
    meter.start()
    assert "it sent no samples" in said(meter.stop)
    monkeypatch.setattr(ppk2, "get_modifiers", lambda self: None)
    assert "does not tell its calibration" in said(Ppk2, "COM4")
    scope.gap = 3
    meter = Joulescope()
    meter.start()
    assert "3 samples are missing" in said(meter.stop)


@pytest.mark.parametrize("name, package", [("ppk2", "ppk2_api"), ("joulescope", "joulescope")])
def test_a_library_that_is_not_there(name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"{package}.ppk2_api", raising=False)
    assert said(meter_named, name) == (
        f"no {package} for this meter: pip install 'lnnlab[power]'")


def test_two_joulescopes_are_one_too_many(monkeypatch):
    def two(name=None, config=None):
        raise RuntimeError("multiple devices found")

    monkeypatch.setitem(sys.modules, "joulescope", SimpleNamespace(scan_require_one=two))
    assert said(Joulescope) == "Joulescope: multiple devices found; plug in exactly one"
