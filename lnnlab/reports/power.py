"""Power, latency, battery: the energy model's evidence and the boards."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.reports.tables import COLUMNS, summary
from lnnlab.target.battery import BATTERIES, life
from lnnlab.target.boards import Board, board, boards
from lnnlab.target.energy import (
    active_power_mw,
    average_power_mw,
    energy_mj,
    energy_per_cycle,
    idle_power_mw,
    leave_one_benchmark_out,
    leave_one_chip_out,
    leave_one_submission_out,
    rests_on,
)

CELL = BATTERIES["CR2032"]
CALIBRATES_M4 = "L4R5ZI"  # the one chip that the ratio of Cortex-M4 boards stands on


def evidence() -> pd.DataFrame:
    """How wrong each way to an energy is on measured boards, in percent.

    The first way has seen the same board with the same software, the second is the one by which
    boards with measurements are calibrated here, the third the one of boards without any.
    """
    ways = {
        "calibrated on the board's other benchmarks": leave_one_benchmark_out()["error_percent"],
        "calibrated on the chip's other submissions": leave_one_submission_out()["error_percent"],
        f"the same, {CALIBRATES_M4} alone": leave_one_submission_out(CALIBRATES_M4)[
            "error_percent"],
        "datasheet x ratio of the other chips": leave_one_chip_out()["error_percent"],
        "datasheet alone": leave_one_chip_out()["datasheet_error_percent"],
    }
    rows = []
    for way, errors in ways.items():
        size = errors.abs()
        figures = {
            "median error": size.median(), "90th percentile": np.percentile(size, 90),
            "largest error": size.max(), "median signed error": errors.median(),
        }
        rows += [
            {"model": way, "items": len(errors), "corpus": "MLPerf Tiny, plain microcontrollers"}
            | summary(metric, [float(value)], "%", "measured")
            for metric, value in figures.items()
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


def predicted_against_measured() -> Figure:
    """Energy of each benchmark from the others of its board and stack, over what was measured."""
    rows = leave_one_benchmark_out()
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for chip, own in rows.groupby("chip"):
        left.loglog(own["energy_uj"], own["predicted_uj"], "o", ms=4, label=chip)
    ends = [rows["energy_uj"].min(), rows["energy_uj"].max()]
    left.plot(ends, ends, lw=0.8, color="#9a9a9a")
    left.set_xlabel("measured, uJ per inference")
    left.set_ylabel("predicted, uJ")
    left.legend(frameon=False, fontsize=7)
    right.hist(rows["error_percent"], bins=30, color="#0b6e99")
    right.set_xlabel("error, %")
    right.set_ylabel("benchmarks")
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def power_rows(
    cycles_by_board: Mapping[str, float], decisions_per_s: float, wakes_per_s: float, label: str,
    waits_by_board: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Latency, power and battery life on each board for a model that always listens.

    The peak current is a share of what a CR2032 may give for a moment: above 100 % its days are
    not to be had.

    Args:
        cycles_by_board: board → cycles of one decision on its core.
        decisions_per_s: how often; wakes_per_s: how often it wakes up for a frame.
        label: of the model.
        waits_by_board: board → cycles of one decision that wait for its flash, on top; where given,
            ``flash_…`` figures stand beside the others.
    """
    rows = []
    for name, cycles in cycles_by_board.items():
        chosen = board(name)
        figures = _figures(chosen, cycles, decisions_per_s, wakes_per_s)
        if waits_by_board:
            figures |= _with_flash(chosen, cycles + waits_by_board[name], decisions_per_s,
                                   wakes_per_s)
        for metric, (value, unit, basis) in figures.items():
            rows.append({"model": f"{label}: {chosen.title}", "corpus": ""}
                        | summary(metric, [value], unit, basis) | {"board": name})
    return pd.DataFrame(rows, columns=COLUMNS)


def _figures(
    chosen: Board, cycles: float, decisions_per_s: float, wakes_per_s: float
) -> dict[str, tuple[float, str, str]]:
    """Metric → (value, unit, basis)."""
    rate = cycles * decisions_per_s
    mean, active = average_power_mw(chosen, rate, wakes_per_s), active_power_mw(chosen)
    coin, every, run = life(CELL, mean, active), rests_on(chosen), rests_on(chosen, "run")
    pair = life(BATTERIES["2 x AA alkaline"], mean, 0)
    return {
        "latency": (cycles / (1e3 * chosen.clock_mhz), "ms", "emulated"),
        "duty": (100 * rate / (1e6 * chosen.clock_mhz), "%", "emulated"),
        "energy": (1e3 * energy_mj(chosen, cycles)[0], "uJ", run),
        "average power": (mean, "mW", every),
        "active power": (active, "mW", run),
        "sleep power": (1e3 * idle_power_mw(chosen), "uW", rests_on(chosen, "sleep")),
        "AA pair": (pair.hours / 24, "days", every),
        "CR2032": (coin.hours / 24, "days", every),
        "peak current": (100 * active / CELL.voltage_v / CELL.pulse_ma, "%", run),
    }


def _with_flash(
    chosen: Board, cycles: float, decisions_per_s: float, wakes_per_s: float
) -> dict[str, tuple[float, str, str]]:
    """The figures that the waits for a board's flash change."""
    plain = _figures(chosen, cycles, decisions_per_s, wakes_per_s)
    return {f"flash_{metric}": (*plain[metric][:2], chosen.on_flash(plain[metric][2]))
            for metric in ("latency", "energy", "average power")}


def boards_table() -> pd.DataFrame:
    """Every board: clock, joules per cycle with band, powers, and what they rest on."""
    lines = []
    for each in boards().values():
        energy = energy_per_cycle(each)
        lines.append({
            "board": each.title, "MHz": each.clock_mhz, "V": each.supply_v,
            "pJ/cycle": f"{energy.pj:.0f} ({energy.low_pj:.0f}–{energy.high_pj:.0f})",
            "datasheet alone": f"{each.datasheet_pj_per_cycle:.0f}",
            "active, mW": f"{active_power_mw(each):.1f}",
            "sleep, uW": f"{1e3 * idle_power_mw(each):.1f}",
            "energy rests on": energy.basis,
            "sleep rests on": f"{each.stop_ua.condition} ({each.stop_ua.basis})",
        })
    return pd.DataFrame(lines)
