"""Energy: active cycles × joules per cycle + sleep power × idle time.

Joules per cycle come from measured MLPerf Tiny energies where the board, or its twin in silicon,
was measured; otherwise from the datasheet, times the ratio of measured to datasheet energy that
boards of its family showed. A datasheet alone is too low (its benchmark fetches and computes less
than a network does). ``leave_one_submission_out`` and ``leave_one_chip_out`` say how far to trust
both; ``leave_one_benchmark_out`` is easier, as it has seen the same board with the same software.
Microphone, sensor, converter and radio are outside.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.target.boards import Board

MEASURED = Path(__file__).with_name("facts") / "mlperf_tiny.csv"
GROUP = ["round", "submitter", "chip", "mhz", "stack", "variant"]  # one board with one stack
BAND = (10, 90)  # percentiles of the spread over boards and stacks
OUTSIDE = "sensor, microphone, converter and radio are not counted"
PROXIES = {"L4R5ZI": "the STM32L476's", "L4R5ZI-P": "the STM32L476's"}  # chip → whose datasheet
PARTS = {"run": "run_ua_per_mhz", "sleep": "stop_ua", "wake-up": "wake_us"}  # of a mean power
FAMILIES = {"L4R5ZI": "cortex-m4", "U575": "cortex-m33", "U385": "cortex-m33", "H7A3": "cortex-m7"}


@dataclass(frozen=True)
class EnergyPerCycle:
    """Joules of an active cycle, in picojoule, with the band and what they rest on."""

    pj: float
    low_pj: float
    high_pj: float
    basis: str


@cache
def measurements() -> pd.DataFrame:
    """Measured energies of plain microcontrollers, with pJ per cycle and their datasheet's."""
    rows = pd.read_csv(MEASURED, dtype={"variant": str, "stack": str})
    rows = rows.fillna({"variant": "", "stack": ""})
    return rows[rows["pj_per_cycle"].notna()]


def energy_per_cycle(board: Board) -> EnergyPerCycle:
    """What a cycle costs on a board at its ``supply_v``."""
    if board.mlperf_chip:
        rows = measurements()
        own = rows[rows["chip"] == board.mlperf_chip].groupby(GROUP)["pj_per_cycle"].mean()
        low, high = np.percentile(own, BAND)
        return EnergyPerCycle(
            float(own.median()), float(low), float(high),
            f"calibrated on {len(own)} MLPerf Tiny submissions of {board.mlperf_chip} at 1.8 V",
        )
    ratios, family = _family_ratios(board.core)
    pj = board.datasheet_pj_per_cycle
    low, middle, high = np.percentile(ratios, (BAND[0], 50, BAND[1]))
    return EnergyPerCycle(
        pj * middle, pj * low, pj * high,
        f"run current of its datasheet ({board.run_ua_per_mhz.basis}) x {middle:.2f}, what "
        f"{family} measured over their datasheets",
    )


def rests_on(board: Board, *parts: str) -> str:
    """The basis of a modelled figure: ``"modelled"``, with what of it is only remembered.

    Args:
        parts: of ``PARTS`` that the figure rests on; none: all of them.
    """
    weak = [part for part in parts or PARTS if getattr(board, PARTS[part]).basis == "memory"
            and not (part == "run" and board.mlperf_chip)]
    return f"modelled ({' and '.join(weak)} from memory)" if weak else "modelled"


def energy_mj(board: Board, cycles: float) -> tuple[float, float, float]:
    """Millijoule of that many active cycles: value, low, high."""
    each = energy_per_cycle(board)
    return tuple(1e-9 * cycles * pj for pj in (each.pj, each.low_pj, each.high_pj))


def active_power_mw(board: Board, clock_mhz: float | None = None) -> float:
    """Power while it computes: the peak of a duty cycle."""
    return 1e-3 * energy_per_cycle(board).pj * (clock_mhz or board.clock_mhz)


def idle_power_mw(board: Board) -> float:
    """Power of the deepest sleep that keeps RAM."""
    return 1e-3 * board.stop_ua.value * board.supply_v


def average_power_mw(board: Board, cycles_per_s: float, wakes_per_s: float) -> float:
    """Mean power of a duty cycle: computing, waking up, sleeping.

    Waking up is charged at the active power; where there is no time left to sleep, nothing is
    slept.
    """
    awake = cycles_per_s / (1e6 * board.clock_mhz) + 1e-6 * board.wake_us.value * wakes_per_s
    if awake >= 1:
        return active_power_mw(board)
    return awake * active_power_mw(board) + (1 - awake) * idle_power_mw(board)


def power_parts_mw(board: Board, cycles_per_s: float, wakes_per_s: float) -> dict[str, float]:
    """The mean power of :func:`average_power_mw` in its parts: computing, waking up, sleeping."""
    computing = min(1.0, cycles_per_s / (1e6 * board.clock_mhz))
    waking = min(1.0 - computing, 1e-6 * board.wake_us.value * wakes_per_s)
    active = active_power_mw(board)
    return {"computing": computing * active, "waking up": waking * active,
            "sleeping": (1 - computing - waking) * idle_power_mw(board)}


def average_power_band_mw(
    board: Board, cycles_per_s: float, wakes_per_s: float
) -> tuple[float, float, float]:
    """:func:`average_power_mw` with the band of :func:`energy_per_cycle`: value, low, high.

    Sleep has no band: it is a datasheet's typical figure, at room temperature.
    """
    each, parts = energy_per_cycle(board), power_parts_mw(board, cycles_per_s, wakes_per_s)
    awake = parts["computing"] + parts["waking up"]
    return tuple(parts["sleeping"] + awake * pj / each.pj
                 for pj in (each.pj, each.low_pj, each.high_pj))


def leave_one_benchmark_out() -> pd.DataFrame:
    """Each measured energy predicted from the others of the same board and stack.

    Returns:
        The measurements with ``predicted_uj`` and ``error_percent``; groups of one are left out.
    """
    rows = measurements().copy()
    groups = rows.groupby(GROUP)["pj_per_cycle"]
    count, total = groups.transform("size"), groups.transform("sum")
    rows = rows[count > 1].assign(others=(total - rows["pj_per_cycle"]) / (count - 1))
    rows["predicted_uj"] = rows["energy_uj"] * rows["others"] / rows["pj_per_cycle"]
    rows["error_percent"] = 100 * (rows["predicted_uj"] / rows["energy_uj"] - 1)
    return rows.drop(columns="others")


def leave_one_submission_out(chip: str = "") -> pd.DataFrame:
    """Each measured energy from the same chip's other submissions, as boards are calibrated.

    The error that a network has to be expected to have whose software nobody measured.

    Args:
        chip: one alone; ``""``: every chip with several submissions.

    Returns:
        The measurements with ``error_percent``; a submission is one board with one stack.
    """
    rows = measurements()
    rows = rows[rows["chip"] == chip].copy() if chip else rows.copy()
    names = pd.Series(list(map(tuple, rows[GROUP].to_numpy())), index=rows.index)
    means = rows["pj_per_cycle"].groupby([rows["chip"], names]).mean()
    predicted = []
    for index, own in rows["chip"].items():
        others = means[own].drop(names[index])
        predicted.append(others.median() if len(others) else np.nan)
    rows["error_percent"] = 100 * (np.array(predicted) / rows["pj_per_cycle"] - 1)
    return rows.dropna(subset="error_percent")


def leave_one_chip_out() -> pd.DataFrame:
    """Each measured energy from its chip's datasheet times the other chips' median ratio.

    The error that a board with a datasheet only must be expected to have.
    """
    rows = measurements().dropna(subset="datasheet_pj_per_cycle").copy()
    rows["ratio"] = rows["pj_per_cycle"] / rows["datasheet_pj_per_cycle"]
    medians = rows.groupby("chip")["ratio"].median()
    rows["others"] = [medians.drop(chip).median() for chip in rows["chip"]]
    rows["error_percent"] = 100 * (rows["others"] / rows["ratio"] - 1)
    rows["datasheet_error_percent"] = 100 * (1 / rows["ratio"] - 1)
    return rows


def _family_ratios(core: str) -> tuple[np.ndarray, str]:
    """Measured over datasheet energy, one a board and stack, and whose they are."""
    rows = measurements().dropna(subset="datasheet_pj_per_cycle")
    ratio = rows["pj_per_cycle"] / rows["datasheet_pj_per_cycle"]
    own = rows["chip"].map(FAMILIES) == core
    chosen = own if own.any() else np.ones(len(rows), dtype=bool)
    means = ratio[chosen].groupby([rows[key][chosen] for key in GROUP]).mean()
    family = {"cortex-m4": "Cortex-M4", "cortex-m33": "Cortex-M33", "cortex-m7": "Cortex-M7"}
    if not own.any():
        return means.to_numpy(), "boards of all families"
    return means.to_numpy(), f"{family[core]} boards ({_whose(sorted(set(rows['chip'][own])))})"


def _whose(chips: list[str]) -> str:
    """Chips in words, with those whose datasheet is another one's."""
    proxies = [f"the datasheet of {each} is {PROXIES[each]}" for each in chips if each in PROXIES]
    count = "one chip, " if len(chips) == 1 else ""
    return "; ".join([count + ", ".join(chips), *proxies])
