"""Power of a board as a meter sees it: what a decision took while the board's pin was high."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lnnlab.errors import UserError
from lnnlab.target.boards import Board
from lnnlab.target.energy import idle_power_mw
from lnnlab.testing.transport import Transport

TRIES = 5  # of a window, where the line disturbs it
UNCONFIRMED_METER = ("No meter has confirmed how these figures are read: tests know the meters' "
                     "libraries alone, by stand-ins.")


@dataclass(frozen=True)
class PowerTrace:
    """What a meter saw.

    Attributes:
        rate_hz: samples a second.
        current_a: (sample,).
        voltage_v: (sample,), or one number where the meter knows no more.
        pin: whether the board's pin was high, (sample,) of bool; None where nothing is wired.
    """

    rate_hz: float
    current_a: np.ndarray
    voltage_v: np.ndarray | float
    pin: np.ndarray | None = None

    @property
    def power_mw(self) -> np.ndarray:
        """(sample,)."""
        return 1e3 * self.current_a * self.voltage_v


@dataclass(frozen=True)
class Busy:
    """What one decision took: time and energy while the pin was high, and how often it rose."""

    time_ms: float
    energy_uj: float
    pulses: int


@dataclass(frozen=True)
class MeasuredPower:
    """What some decisions took.

    Attributes:
        busy: of each, or empty where the meter sees no pin.
        wire_mw: mean power while samples came over the wire, all waits included.
    """

    busy: tuple[Busy, ...]
    wire_mw: float

    def average_mw(self, board: Board, decisions_per_s: float, wakes_per_s: float) -> float | None:
        """Mean power of a duty cycle; sleep and wake-up are the board's datasheet's.

        As :func:`lnnlab.target.energy.average_power_mw`, with measured work in it.
        """
        if not self.busy:
            return None
        time_s = 1e-3 * float(np.mean([each.time_ms for each in self.busy]))
        active_mw = 1e-3 * float(np.mean([each.energy_uj for each in self.busy])) / time_s
        awake = time_s * decisions_per_s + 1e-6 * board.wake_us.value * wakes_per_s
        if awake >= 1:
            return active_mw
        return awake * active_mw + (1 - awake) * idle_power_mw(board)


class PowerMeter(Protocol):
    """What a tester asks of a meter."""

    name: str

    def start(self) -> None:
        """Begin to record."""

    def stop(self) -> PowerTrace:
        """End it; what was recorded.

        Raises:
            UserError: the meter is gone, or has lost samples.
        """

    def close(self) -> None:
        """Give the meter back."""


def busy_of(trace: PowerTrace) -> Busy | None:
    """Time and energy while the pin was high; None where nothing is wired to the meter.

    An edge lies between two samples: the time of each pulse is known to a sample either way.

    Raises:
        UserError: the pin never rose, or was high at an end of the record.
    """
    if trace.pin is None:
        return None
    pin = np.asarray(trace.pin, bool)
    if not pin.any():
        raise UserError("the meter saw no pulse: wire the board's pin (see 'lnnlab flash') and "
                        "ground to its first digital input")
    if pin[0] or pin[-1]:
        raise UserError("the pin is high at an end of the record: another pin is wired, or the "
                        "board was busy before it was asked")
    power_mw = np.broadcast_to(trace.power_mw, pin.shape)
    return Busy(1e3 * pin.sum() / trace.rate_hz, 1e3 * float(power_mw[pin].sum()) / trace.rate_hz,
                int((np.diff(pin.astype(int)) > 0).sum()))


def measured_power(
    transport: Transport, meter: PowerMeter, samples: np.ndarray
) -> MeasuredPower:
    """Decide on windows one by one, each under the meter.

    A window that the board lost and began anew is measured again.

    Args:
        samples: int16 (window, time, channel).

    Raises:
        UserError: as the board and the meter do, or the line is too bad.
    """
    traces = [_undisturbed(transport, meter, window) for window in samples]
    busy = [busy_of(each) for each in traces]
    wire_mw = float(np.mean(np.concatenate(
        [np.broadcast_to(each.power_mw, each.current_a.shape) for each in traces])))
    return MeasuredPower(tuple(each for each in busy if each is not None), wire_mw)


def _undisturbed(transport: Transport, meter: PowerMeter, window: np.ndarray) -> PowerTrace:
    for _ in range(TRIES):
        before = getattr(transport, "restarts", 0)
        meter.start()
        try:
            for _ in transport.decide(window[None]):
                pass
        finally:
            trace = meter.stop()
        if getattr(transport, "restarts", 0) == before:
            return trace
    raise UserError(f"the board lost each of {TRIES} windows under the meter: look at its supply")
