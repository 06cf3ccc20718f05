"""Power, latency, battery: the energy model's evidence, boards, and the documents' claims."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.experiments import LABELS
from lnnlab.reports.tables import COLUMNS, read, summary
from lnnlab.target.battery import CELLS, life
from lnnlab.target.boards import Board, board, boards
from lnnlab.target.energy import (
    active_power_mw,
    average_power_mw,
    energy_mj,
    energy_per_cycle,
    idle_power_mw,
    leave_one_benchmark_out,
    leave_one_chip_out,
)


def evidence() -> pd.DataFrame:
    """How wrong each way to an energy is on measured boards, in percent."""
    ways = {
        "calibrated on the board's other benchmarks": leave_one_benchmark_out()["error_percent"],
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
    cycles_by_board: dict[str, float], decisions_per_s: float, wakes_per_s: float, label: str
) -> pd.DataFrame:
    """Latency, power and battery life on each board for a model that always listens.

    Args:
        cycles_by_board: board → cycles of one decision on its core.
        decisions_per_s: how often; wakes_per_s: how often it wakes up for a frame.
        label: of the model.
    """
    rows = []
    for name, cycles in cycles_by_board.items():
        chosen = board(name)
        rate = cycles * decisions_per_s
        mean = average_power_mw(chosen, rate, wakes_per_s)
        coin = life(CELLS["CR2032"], mean, active_power_mw(chosen))
        figures = {
            "latency": (cycles / (1e3 * chosen.clock_mhz), "ms", "emulated"),
            "duty": (100 * rate / (1e6 * chosen.clock_mhz), "%", "emulated"),
            "energy": (1e3 * energy_mj(chosen, cycles)[0], "uJ", "modelled"),
            "average power": (mean, "mW", "modelled"),
            "active power": (active_power_mw(chosen), "mW", "modelled"),
            "sleep power": (1e3 * idle_power_mw(chosen), "uW", "modelled"),
            "AA pair": (life(CELLS["2 x AA alkaline"], mean, 0).hours / 24, "days", "modelled"),
            "CR2032 " + ("(beyond its current)" if coin.warning else ""):
                (coin.hours / 24, "days", "modelled"),
        }
        for metric, (value, unit, basis) in figures.items():
            rows.append({"model": f"{label}: {chosen.title}", "corpus": ""}
                        | summary(metric.strip(), [value], unit, basis) | {"board": name})
    return pd.DataFrame(rows, columns=COLUMNS)


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


def claims_audit(ours: dict[str, float]) -> pd.DataFrame:
    """Claims of the two documents, what boards allow, and what we get.

    Args:
        ours: of the liquid network and the CNN on an M4 at 80 MHz: ``liquid_ms``, ``cnn_ms``,
            ``liquid_uj``, ``cnn_uj``, ``liquid_ram``, ``cnn_ram``, ``liquid_weights``,
            ``liquid_accuracy``, ``cnn_accuracy``; of the liquid network of the keyword table
            ``keyword_power_stm32f407``, ``keyword_power_nrf52840``; what is missing stays empty.
    """
    f4, l4, nrf = board("stm32f407"), board("stm32l476"), board("nrf52840")
    get = ours.get
    ratio = None if not {"cnn_ms", "liquid_ms"} <= set(ours) else ours["cnn_ms"] / ours["liquid_ms"]
    saving = None if not {"cnn_uj", "liquid_uj"} <= set(ours) else ours["cnn_uj"] / ours["liquid_uj"]
    lines = [
        ("liquid network: ms per decision, M4 at 80 MHz", "ms", 0.3, "", get("liquid_ms"),
         "24,000 cycles do not pay for the spectrum of 1,024 samples; see table stages"),
        ("CNN: ms per decision, M4 at 80 MHz", "ms", 8.4, "", get("cnn_ms"), ""),
        ("liquid network faster than CNN", "x", 28, "", ratio, "depends on both front ends"),
        ("CNN: power while it computes (0.84 mJ in 8.4 ms)", "mW", 100,
         _power(l4), active_power_mw(l4), "higher than an L476 takes, near an F407"),
        ("CNN: energy per decision", "uJ", 840, "", get("cnn_uj"), ""),
        ("liquid network: energy per decision", "uJ", 28, "", get("liquid_uj"), ""),
        ("energy saving of the liquid network", "x", 30, "", saving, ""),
        ("liquid network: RAM", "B", 1800, "", get("liquid_ram"), ""),
        ("CNN: RAM", "B", 18000, "", get("cnn_ram"), "with int8 maps"),
        ("liquid network: int8 weights", "B", 2300, "", get("liquid_weights"), ""),
        ("liquid network: accuracy (their data are not published)", "%", 98.1, "",
         get("liquid_accuracy"), "ours: CWRU, unseen load"),
        ("CNN: accuracy (their data are not published)", "%", 97.2, "", get("cnn_accuracy"),
         "ours: CWRU, unseen load"),
        ("keyword spotting on STM32F4: mean power", "mW", 1.2,
         f"above {idle_power_mw(f4):.2f} (Stop)", get("keyword_power_stm32f407"),
         f"leaves {1.2 - idle_power_mw(f4):.2f} mW: {_duty(f4, 1.2):.2f} % of the time awake"),
        ("liquid-profile: idle power of STM32F407", "mW", 0.08,
         f"{idle_power_mw(f4):.2f}, RAM kept", idle_power_mw(f4), "not reachable with RAM kept"),
        ("liquid-profile: peak power of STM32F407", "mW", 2.45, _power(f4),
         active_power_mw(f4), "not reachable: the core alone takes more"),
        ("keyword spotting on nRF52840: mean power", "mW", 0.9,
         f"above {idle_power_mw(nrf):.4f} (System ON)", get("keyword_power_nrf52840"),
         f"possible: {_duty(nrf, 0.9):.1f} % of the time awake, without the microphone"),
        ("CR2032: hours at 0.9 mW", "h", 200, f"{life(CELLS['CR2032'], 0.9, 0).hours:.0f}", None,
         life(CELLS["CR2032"], 0.9, active_power_mw(f4)).warning + " on an F407"),
    ]
    columns = ["claim", "unit", "claimed", "a board allows (modelled)", "ours", "verdict"]
    frame = pd.DataFrame(lines, columns=columns)
    frame["ours"] = ["" if pd.isna(value) else f"{value:.4g}" for value in frame["ours"]]
    return frame


def ours_of(table: pd.DataFrame, corpus: str) -> dict[str, float]:
    """What :func:`claims_audit` compares with, from table 1's rows of a corpus."""
    rows = table[(table["corpus"] == corpus) & (table["basis"] != "claimed")]
    names = {"liquid (LinearLTC)": "liquid", "CNN 42k (MobileNet-style)": "cnn"}
    metrics = {"latency": "ms", "energy": "uj", "ram": "ram", "weight_bytes_int8": "weights",
               "accuracy_int8": "accuracy"}
    return {
        f"{names[row.model]}_{metrics[row.metric]}": float(row.value)
        for row in rows.itertuples() if row.model in names and row.metric in metrics
    }


def ours_in(folder: Path, corpus: str) -> dict[str, float]:
    """:func:`ours_of` the tables in a profile's folder; nothing where 04, 05 have not run yet."""
    found = {}
    if (folder / "tables" / "vibration_benchmark.csv").exists():
        found |= ours_of(read("vibration_benchmark", folder), corpus)
    if (folder / "tables" / "keyword_benchmark.csv").exists():
        rows = read("keyword_benchmark", folder)
        liquid = rows[(rows["model"] == LABELS["keyword_linear_ltc"]) & (rows["unit"] == "mW")]
        found |= {f"keyword_{row.metric}": float(row.value) for row in liquid.itertuples()}
    return found


def _power(chosen: Board) -> str:
    energy = energy_per_cycle(chosen)
    low, high = (1e-3 * pj * chosen.clock_mhz for pj in (energy.low_pj, energy.high_pj))
    return f"{low:.0f}–{high:.0f} at {chosen.clock_mhz:g} MHz"


def _duty(chosen: Board, mean_mw: float) -> float:
    """Percent of the time that a mean power leaves for computing."""
    idle = idle_power_mw(chosen)
    return 100 * max(0.0, (mean_mw - idle) / (active_power_mw(chosen) - idle))
