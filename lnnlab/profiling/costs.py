"""A model on a board over time: power, latency, bytes, each with its basis."""

from dataclasses import asdict, dataclass

import numpy as np

from lnnlab.errors import UserError
from lnnlab.profiling.measure import Measured, form_of, measure
from lnnlab.target.boards import Board, refuse_if_too_big
from lnnlab.target.energy import (
    OUTSIDE,
    active_power_mw,
    average_power_mw,
    energy_mj,
    energy_per_cycle,
    idle_power_mw,
    rests_on,
)


@dataclass(frozen=True)
class FlashCosts:
    """The same figures where code and constants come from the board's flash.

    Attributes:
        cycles: (low, high) of one decision; waits: stage → cycles of them that wait.
        latency_ms, energy_uj, duty_percent, average_mw: as in :class:`Costs`.
    """

    cycles: tuple[float, float]
    waits: dict[str, float]
    latency_ms: tuple[float, float]
    energy_uj: tuple[float, float, float]
    duty_percent: float | None
    average_mw: float | None


@dataclass(frozen=True)
class Costs:
    """What a model costs on a board that listens all the time.

    Cycles, and what follows from them, are those of a flash that answers at once; ``flash`` has
    them with the board's own.

    Attributes:
        measured: cycles and bytes, emulated.
        decisions_per_s: how often a window ends; None where the model knows no sampling rate. Then
            nothing that rests on it is known either.
        latency_ms: (low, high) of computing one decision; None without a cycle model.
        duty_percent: share of time that it computes.
        average_mw, peak_mw, idle_mw: modelled; the last two are the board's own.
        energy_uj: (value, low, high) of one decision, modelled.
        basis: figure → what it rests on.
        flash: with the board's flash; None without a cycle model.
    """

    board: Board
    measured: Measured
    decisions_per_s: float | None
    latency_ms: tuple[float, float] | None
    duty_percent: float | None
    average_mw: float | None
    peak_mw: float
    idle_mw: float
    energy_uj: tuple[float, float, float] | None
    basis: dict[str, str]
    flash: FlashCosts | None = None

    def as_dict(self) -> dict:
        """Plain values, for JSON."""
        measured = self.measured
        return {
            "board": self.board.name, "core": self.board.core,
            "clock_mhz": self.board.clock_mhz, "supply_v": self.board.supply_v,
            "average_power_mw": self.average_mw, "peak_power_mw": self.peak_mw,
            "idle_power_mw": self.idle_mw, "energy_per_decision_uj": self.energy_uj,
            "decisions_per_s": self.decisions_per_s, "duty_percent": self.duty_percent,
            "cycles_per_decision": measured.cycles, "cycles_per_frame": measured.step_cycles,
            "cycles_by_stage": measured.by_stage, "latency_ms": self.latency_ms,
            "flash_bytes": measured.flash_bytes, "ram_bytes": measured.ram_bytes,
            "with_flash": self.flash and asdict(self.flash),
            "basis": self.basis, "not_counted": OUTSIDE,
        }


def costs(blob: bytes, board: Board, samples: np.ndarray | None = None) -> Costs:
    """Emulate a model on a board's core and model its power.

    Args:
        blob: a ``.lnn`` file.
        board: see :func:`lnnlab.target.boards.board`.
        samples: int16 windows to run, (window, time, channel); None: two of noise.

    Raises:
        UserError: the model does not fit the board, or cannot keep up with the sampling rate.
    """
    form = form_of(blob)
    if samples is None:
        random = np.random.default_rng(0)
        shape = (2, form.window, form.channels)
        samples = (3000 * random.standard_normal(shape)).clip(-32768, 32767).astype(np.int16)
    measured = measure(blob, board.core, samples, board.port())
    refuse_if_too_big(board, measured.flash_bytes, measured.ram_bytes)
    decisions_per_s = form.rate_hz / form.window or None  # 0: the rate is unknown
    basis, shared = _basis(board), (active_power_mw(board), idle_power_mw(board))
    if measured.cycles is None:
        basis["cycles"] = f"none: no validated cycle model for {board.core}"
        return Costs(board, measured, decisions_per_s, None, None, None, *shared, None, basis)
    wakes_per_s = (decisions_per_s or 0) * (1 if form.windowed else form.steps)
    duty, mean_mw, latency_ms, energy_uj = _over_time(
        board, measured.cycles, decisions_per_s, wakes_per_s)
    with_flash = _over_time(board, measured.flash_cycles, decisions_per_s, wakes_per_s)
    if with_flash[0] is not None and with_flash[0] > 1:
        cycles = sum(measured.flash_cycles) / 2
        raise UserError(
            f"{board.title}: {cycles:,.0f} cycles a decision at {decisions_per_s:.1f} decisions a "
            f"second need {with_flash[0] * board.clock_mhz:.0f} MHz, the board runs at "
            f"{board.clock_mhz:g}; take a smaller model or a larger hop"
        )
    return Costs(
        board, measured, decisions_per_s, latency_ms, _percent(duty), mean_mw, *shared, energy_uj,
        basis, FlashCosts(measured.flash_cycles, measured.flash_waits, *with_flash[2:],
                          _percent(with_flash[0]), with_flash[1]),
    )


def _over_time(
    board: Board, cycles: tuple[float, float], decisions_per_s: float | None, wakes_per_s: float
) -> tuple:
    """Duty (0 to 1), mean power in mW, latency in ms, energy in uJ; the first two are None where
    the rate is unknown."""
    middle = sum(cycles) / 2
    latency_ms = tuple(each / (1e3 * board.clock_mhz) for each in cycles)
    energy_uj = tuple(1e3 * each for each in energy_mj(board, middle))
    if decisions_per_s is None:
        return None, None, latency_ms, energy_uj
    rate = middle * decisions_per_s
    return (rate / (1e6 * board.clock_mhz), average_power_mw(board, rate, wakes_per_s),
            latency_ms, energy_uj)


def _percent(duty: float | None) -> float | None:
    return None if duty is None else 100 * duty


def _basis(board: Board) -> dict[str, str]:
    """What each figure of a board rests on."""
    return {
        "cycles": "emulated; band of the pipeline refill, a flash that answers at once",
        "with flash": f"emulated addresses through a model of {board.flash.name}, "
                      f"{board.wait_states.value:g} wait states ({board.wait_states.condition}; "
                      f"{board.weakest})",
        "flash, RAM": "emulated: sections of the linked program, stack by high-water mark",
        "energy": f"{rests_on(board, 'run')}: {energy_per_cycle(board).basis}",
        "idle": f"{rests_on(board, 'sleep')}: {board.stop_ua.condition} ({board.stop_ua.basis}, "
                f"{board.stop_ua.source})",
    }
