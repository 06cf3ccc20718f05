"""A model on a board over time: power, latency, bytes, each with its basis."""

from dataclasses import dataclass

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
)


@dataclass(frozen=True)
class Costs:
    """What a model costs on a board that listens all the time.

    Attributes:
        measured: cycles and bytes, emulated.
        decisions_per_s: how often a window ends; None where the model knows no sampling rate. Then
            nothing that rests on it is known either.
        latency_ms: (low, high) of computing one decision; None without a cycle model.
        duty_percent: share of time that it computes.
        average_mw, peak_mw, idle_mw: modelled; the last two are the board's own.
        energy_uj: (value, low, high) of one decision, modelled.
        basis: figure → what it rests on.
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
    measured = measure(blob, board.core, samples, int(board.wait_states.value))
    refuse_if_too_big(board, measured.flash_bytes, measured.ram_bytes)
    decisions_per_s = form.rate_hz / form.window or None  # 0: the rate is unknown
    basis = {
        "cycles": "emulated; band of the pipeline refill, "
                  f"{board.wait_states.value:g} wait states ({board.wait_states.condition})",
        "flash, RAM": "emulated: sections of the linked program, stack by high-water mark",
        "energy": f"modelled: {energy_per_cycle(board).basis}",
        "idle": f"modelled: {board.stop_ua.condition} ({board.stop_ua.basis}, "
                f"{board.stop_ua.source})",
    }
    shared = (active_power_mw(board), idle_power_mw(board))
    if measured.cycles is None:
        basis["cycles"] = f"none: no validated cycle model for {board.core}"
        return Costs(board, measured, decisions_per_s, None, None, None, *shared, None, basis)
    cycles = sum(measured.cycles) / 2
    energy_uj = tuple(1e3 * each for each in energy_mj(board, cycles))
    latency_ms = tuple(each / (1e3 * board.clock_mhz) for each in measured.cycles)
    if decisions_per_s is None:
        return Costs(board, measured, None, latency_ms, None, None, *shared, energy_uj, basis)
    duty = cycles * decisions_per_s / (1e6 * board.clock_mhz)
    if duty > 1:
        raise UserError(
            f"{board.title}: {cycles:,.0f} cycles a decision at {decisions_per_s:.1f} decisions a "
            f"second need {duty * board.clock_mhz:.0f} MHz, the board runs at "
            f"{board.clock_mhz:g}; take a smaller model or a larger hop"
        )
    wakes_per_s = decisions_per_s * (1 if form.windowed else form.steps)
    return Costs(
        board, measured, decisions_per_s, latency_ms, 100 * duty,
        average_power_mw(board, cycles * decisions_per_s, wakes_per_s), *shared,
        energy_uj, basis,
    )
