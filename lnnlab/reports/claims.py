"""The documents' claims beside what boards allow and what we get; verdicts are computed."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from lnnlab.models import KINDS
from lnnlab.reports.numbers import number
from lnnlab.reports.sentences import short
from lnnlab.reports.tables import read
from lnnlab.reports.views import together
from lnnlab.target.battery import BATTERIES, life
from lnnlab.target.boards import Board, board, boards
from lnnlab.target.energy import active_power_mw, energy_per_cycle, idle_power_mw

COLUMNS = ["claim", "unit", "claimed", "a board allows (modelled)", "ours", "verdict"]
CLOCK_MHZ = 80.0  # of the Cortex-M4 that the first document speaks of
MISSING = "not measured yet"
ACCURACY = 98.1  # %, claimed of the liquid network
LIQUID, CNN = "linear_ltc", "cnn_42k"  # kinds that the first document's two networks stand for
FIGURES = {"latency": "ms", "energy": "uj", "ram": "ram", "weight_bytes_int8": "weights",
           "accuracy_int8": "accuracy"}  # metric of table 1 → end of a key of Ours.figures


@dataclass(frozen=True)
class Ours:
    """What we got.

    Attributes:
        figures: of the liquid network and the CNN on an M4 at 80 MHz: ``liquid_ms``, ``cnn_ms``,
            ``liquid_uj``, ``cnn_uj``, ``liquid_ram``, ``cnn_ram``, ``liquid_weights``,
            ``liquid_accuracy``, ``cnn_accuracy``, ``liquid_feature_cycles``; of the liquid network
            of the keyword table ``keyword_power_stm32f407``, ``keyword_power_nrf52840``.
            Of the liquid row that takes the fewest cycles at the claimed accuracy or above it:
            ``fast_ms``, ``fast_uj``, ``fast_accuracy``.
        vibration, keywords: corpus and split that they come from, for verdicts.
        fast: how tables call that row.
    """

    figures: dict[str, float] = field(default_factory=dict)
    vibration: str = ""
    keywords: str = ""
    fast: str = ""

    def ratio(self, kind: str) -> float | None:
        """The CNN's figure over the liquid network's."""
        own, other = self.least(kind), self.figures.get(f"cnn_{kind}")
        return None if own is None or other is None else other / own

    def least(self, kind: str) -> float | None:
        """The fast row's figure where there is one, else that of the usual liquid network."""
        return self.figures.get(f"fast_{kind}", self.figures.get(f"liquid_{kind}"))

    def by(self, kind: str, claimed: float | None = None) -> str:
        """Which row :meth:`least` is of, and how the usual one stands to what is claimed."""
        if f"fast_{kind}" not in self.figures:
            return ""
        usual = self.figures.get(f"liquid_{kind}")
        other = "" if claimed is None or usual is None else (
            f"; the row of as many parameters as claimed: {number(usual / claimed, 2)} times")
        return f", by {self.fast} ({number(self.figures['fast_accuracy'], 1)} %){other}"


def claims_audit(ours: Ours) -> pd.DataFrame:
    """Claims of the two documents, what boards allow, what we get, and a verdict on each."""
    lines = [*_decisions(ours), *_sizes(ours), *_accuracies(ours), *_boards(ours)]
    frame = pd.DataFrame(lines, columns=COLUMNS)
    frame["ours"] = [number(each) for each in frame["ours"]]
    return frame


def at_most(ours: float | None, claimed: float) -> str:
    """Whether a figure that should be low is reached, and else by how much it is missed."""
    if ours is None:
        return MISSING
    share = ours / claimed
    return f"{'reached' if share <= 1 else 'missed'}: {number(share, 2)} times the claim"


def at_least(ours: float | None, claimed: float) -> str:
    """The same of a figure that should be high."""
    if ours is None:
        return MISSING
    return f"{'reached' if ours >= claimed else 'missed'}: {number(ours)} of {number(claimed)}"


def points_apart(ours: float | None, claimed: float, data: str) -> str:
    """How far an accuracy on other data lies from a claimed one."""
    if ours is None:
        return MISSING
    apart = ours - claimed
    where = f"{number(abs(apart), 2)} points {'above' if apart >= 0 else 'below'} the claim"
    return f"not comparable: {where}, on {data or 'other data'}"


def ours_of(table: pd.DataFrame, corpus: str) -> dict[str, float]:
    """What :func:`claims_audit` compares with, from table 1's rows of a corpus."""
    rows = together(table)
    rows = rows[(rows["corpus"] == corpus) & (rows["basis"] != "claimed")]
    names = {KINDS[LIQUID].label: "liquid", KINDS[CNN].label: "cnn"}
    return {
        f"{names[row.model]}_{FIGURES[row.metric]}": float(row.value)
        for row in rows.itertuples() if row.model in names and row.metric in FIGURES
    }


def fast_of(table: pd.DataFrame, corpus: str) -> tuple[str, dict[str, float]]:
    """The liquid row that takes the fewest cycles at the claimed accuracy or above, int8 on the
    target; its name and its figures, both empty where there is none."""
    rows = together(table)
    rows = rows[(rows["corpus"] == corpus) & (rows["basis"] != "claimed")]
    own = rows[rows["model"].str.startswith(KINDS[LIQUID].label + ",")]
    wide = own.drop_duplicates(["model", "metric"]).pivot(
        index="model", columns="metric", values="value").reindex(columns=[*FIGURES, "cycles"])
    able = wide[wide["accuracy_int8"] >= ACCURACY].dropna(subset=["cycles", "latency", "energy"])
    if not len(able):
        return "", {}
    name = able["cycles"].idxmin()
    return name, {f"fast_{FIGURES[each]}": float(able.loc[name, each])
                  for each in ("latency", "energy", "accuracy_int8")}


def ours_in(folder: Path, corpus: str) -> Ours:
    """What stands in the tables of a profile's folder; empty where 04 and 05 have not run yet.

    Args:
        folder: of the profile's reports.
        corpus: whose rows of table 1 are taken, such as ``"cwru"``.
    """
    figures, vibration, keywords, fast = {}, "", "", ""
    if (folder / "tables" / "vibration_benchmark.csv").exists():
        table = read("vibration_benchmark", folder)
        fast, more = fast_of(table, corpus)
        figures |= ours_of(table, corpus) | more
        deployed = table[(table["corpus"] == corpus) & (table["metric"] == "accuracy_int8")]
        vibration = _where(deployed)
    if (folder / "tables" / "stages.csv").exists():
        rows = read("stages", folder)
        rows = rows[(rows["corpus"] == corpus) & (rows["model"] == KINDS[LIQUID].label)
                    & (rows["metric"] == "features")]
        if len(rows):
            figures["liquid_feature_cycles"] = float(rows["value"].iloc[0])
    if (folder / "tables" / "keyword_benchmark.csv").exists():
        rows = read("keyword_benchmark", folder)
        rows = rows[(rows["model"] == KINDS["keyword_linear_ltc"].label) & (rows["unit"] == "mW")]
        rows = rows[rows["corpus"] == rows["corpus"].iloc[-1]] if len(rows) else rows
        figures |= {f"keyword_{row.metric}": float(row.value) for row in rows.itertuples()}
        keywords = _where(rows)
    return Ours(figures, vibration, keywords, fast)


def _where(rows: pd.DataFrame) -> str:
    return f"{rows['corpus'].iloc[0]}, {short(rows['split'].iloc[0])}" if len(rows) else ""


def _decisions(ours: Ours) -> list[tuple]:
    get, faster, saving = ours.figures.get, ours.ratio("ms"), ours.ratio("uj")
    cycles = 0.3e3 * CLOCK_MHZ
    features = get("liquid_feature_cycles")
    pay = "" if features is None else (
        f"; the claim is {number(cycles)} cycles, its features alone take {number(features)}")
    same = "; as the line 'faster' by construction: modelled energy is cycles times a constant"
    return [
        ("liquid network: ms per decision, M4 at 80 MHz", "ms", 0.3, "", ours.least("ms"),
         at_most(ours.least("ms"), 0.3) + ours.by("ms", 0.3) + pay),
        ("CNN: ms per decision, M4 at 80 MHz", "ms", 8.4, "", get("cnn_ms"),
         at_most(get("cnn_ms"), 8.4)),
        ("liquid network faster than CNN", "x", 28, "", faster,
         at_least(faster, 28) + ours.by("ms")),
        ("CNN: power while it computes (0.84 mJ in 8.4 ms)", "mW", 100, _band(board("stm32l476")),
         active_power_mw(board("stm32l476")), _within_a_band(100, board("stm32l476"))),
        ("CNN: energy per decision", "uJ", 840, "", get("cnn_uj"), at_most(get("cnn_uj"), 840)),
        ("liquid network: energy per decision", "uJ", 28, "", ours.least("uj"),
         at_most(ours.least("uj"), 28) + ours.by("uj", 28)),
        ("energy saving of the liquid network", "x", 30, "", saving,
         at_least(saving, 30) + ours.by("uj") + (same if saving is not None else "")),
    ]


def _sizes(ours: Ours) -> list[tuple]:
    claimed = (("liquid network: RAM", "liquid_ram", 1800), ("CNN: RAM", "cnn_ram", 18000),
               ("liquid network: int8 weights", "liquid_weights", 2300))
    return [(text, "B", most, "", ours.figures.get(key), at_most(ours.figures.get(key), most))
            for text, key, most in claimed]


def _accuracies(ours: Ours) -> list[tuple]:
    claimed = (("liquid network", "liquid_accuracy", ACCURACY), ("CNN", "cnn_accuracy", 97.2))
    return [(f"{text}: accuracy (their data are not published)", "%", share, "",
             ours.figures.get(key), points_apart(ours.figures.get(key), share, ours.vibration))
            for text, key, share in claimed]


def _boards(ours: Ours) -> list[tuple]:
    f4, nrf = board("stm32f407"), board("nrf52840")
    coin, idle = BATTERIES["CR2032"], idle_power_mw(f4)
    hours, warning = life(coin, 0.9, 0).hours, life(coin, 0.9, active_power_mw(f4)).warning
    return [
        _keyword_line("keyword spotting on STM32F4: mean power", 1.2, f4, ours),
        ("liquid-profile: idle power of STM32F407", "mW", 0.08, f"{number(idle, 2)}, RAM kept",
         idle, no_less(0.08, idle, "with RAM kept")),
        ("liquid-profile: peak power of STM32F407", "mW", 2.45, _band(f4), active_power_mw(f4),
         no_less(2.45, power_band_mw(f4)[0], "of the core alone")),
        _keyword_line("keyword spotting on nRF52840: mean power", 0.9, nrf, ours),
        ("CR2032: hours at 0.9 mW", "h", 200, number(hours, 0), None,
         f"{'possible' if hours >= 200 else 'a cell cannot'} at that mean power"
         + (f"; but {warning} on an {f4.title}" if warning else "")),
    ]


def _keyword_line(text: str, claimed: float, chosen: Board, ours: Ours) -> tuple:
    """The line of a claimed mean power of keyword spotting."""
    idle, got = idle_power_mw(chosen), ours.figures.get(f"keyword_power_{chosen.name}")
    awake = 100 * max(0.0, (claimed - idle) / (active_power_mw(chosen) - idle))
    room = (f"the claim leaves {number(awake)} % of the time awake, without the microphone"
            if claimed > idle else f"a board cannot: at least {number(idle)} mW asleep")
    where = f" ({ours.keywords})" if ours.keywords and got is not None else ""
    return (text, "mW", claimed, f"above {number(idle)} asleep", got,
            f"{at_most(got, claimed)}{where}; {room}")


def no_less(claimed: float, least: float, what: str) -> str:
    """Whether a board can take as little as claimed, in mW; ``what`` its least is of."""
    if claimed >= least:
        return f"possible: at least {number(least)} mW {what}"
    return f"a board cannot: at least {number(least)} mW {what}, {number(least / claimed)} times it"


def _within_a_band(claimed: float, chosen: Board) -> str:
    """Whether a board's band of active power holds a claimed one, and which boards' bands do."""
    low, high = power_band_mw(chosen)
    if low <= claimed <= high:
        return f"within the band of an {chosen.title}"
    others = [each.title for each in boards().values()
              if power_band_mw(each)[0] <= claimed <= power_band_mw(each)[1]]
    side = "above" if claimed > high else "below"
    return f"{side} the band of an {chosen.title}" + (
        f", within that of {', '.join(others)}" if others else "")


def power_band_mw(chosen: Board) -> tuple[float, float]:
    """(low, high) of a board's active power at its clock, modelled."""
    energy = energy_per_cycle(chosen)
    return 1e-3 * energy.low_pj * chosen.clock_mhz, 1e-3 * energy.high_pj * chosen.clock_mhz


def _band(chosen: Board) -> str:
    low, high = power_band_mw(chosen)
    return f"{low:.0f}–{high:.0f} at {chosen.clock_mhz:g} MHz"
