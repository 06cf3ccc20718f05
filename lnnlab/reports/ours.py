"""Our figure for a cell of a printed table: looked up in the tables, or worked out from them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd
from scipy.stats import binomtest

from lnnlab.reports import tables
from lnnlab.reports.claims import power_band_mw
from lnnlab.reports.documents import Claimed, Column, Printed
from lnnlab.reports.numbers import number
from lnnlab.reports.views import together
from lnnlab.target.battery import BATTERIES, life
from lnnlab.target.boards import board
from lnnlab.target.energy import active_power_mw, idle_power_mw, rests_on

KEYWORDS = "keyword_benchmark"


@dataclass(frozen=True)
class Figure:
    """One of ours: value, 95 % interval where there is one, deviation over seeds, basis."""

    value: float
    basis: str
    low: float | None = None
    high: float | None = None
    deviation: float | None = None
    note: str = ""  # that belongs to the verdict


@dataclass
class Results:
    """The tables of a profile, read when they are asked for.

    Attributes:
        folder: of the profile's reports.
    """

    folder: Path
    _read: dict[str, pd.DataFrame] = field(default_factory=dict)

    def rows(self, name: str, corpus: str, split: str) -> pd.DataFrame:
        """Rows of a table that are not claims, of a corpus and split where it has them, else of its
        last corpus; empty where there is no such table."""
        if name not in self._read:
            path = self.folder / "tables" / f"{name}.csv"
            frame = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=tables.COLUMNS)
            self._read[name] = together(frame.reindex(columns=tables.COLUMNS))
        own = self._read[name]
        own = own[own["basis"] != "claimed"]
        given = own["corpus"].dropna()
        if not len(given):
            return own
        own = own[own["corpus"] == (corpus if corpus in set(given) else given.iloc[-1])]
        splits = own["split"].fillna("")
        chosen = splits[splits.str.startswith(split)]
        return own[splits == (chosen if len(chosen) else splits).iloc[0]]


@dataclass(frozen=True)
class Asked:
    """What a cell asks for: a printed table's row and column, and one of our models.

    Attributes:
        results: where ours are looked up.
    """

    results: Results
    table: Printed
    row: Claimed
    column: Column
    model: str

    @cached_property
    def metric(self) -> str:
        """Of our tables."""
        return self.column.metric.format(board=self.row.board)

    @property
    def claimed(self) -> float:
        """What is claimed in this cell."""
        return self.claimed_of(self.column.metric)

    def claimed_of(self, metric: str) -> float:
        """What the same row claims of another column."""
        return next(value for column, value in zip(self.table.columns, self.row.values, strict=True)
                    if column.metric == metric)

    def rows(self, source: str = "") -> pd.DataFrame:
        """Of our table, or of another one on the same corpus."""
        return self.results.rows(source or self.table.source, self.table.corpus, self.table.split)

    def found(self, metric: str, model: str = "", source: str = "") -> Figure | None:
        """A figure of our table."""
        own = self.rows(source)
        own = own[(own["model"] == (model or self.model)) & (own["metric"] == metric)]
        if not len(own):
            return None
        row = own.iloc[0]
        low, high, deviation = (None if pd.isna(row[name]) else float(row[name])
                                for name in ("low", "high", "spread"))
        return Figure(float(row["value"]), row["basis"], low, high, deviation)


def figure_of(asked: Asked) -> Figure | None:
    """Ours of a cell; None where there is none."""
    metric = asked.column.metric
    for start, special in _SPECIAL.items():
        if metric.startswith(start):
            return special(asked)
    return asked.found(asked.metric)


def _battery(asked: Asked) -> Figure | None:
    """Hours at our power from the energy that the row's own figures imply."""
    power = asked.found(f"power_{asked.row.board}")
    if power is None:
        return None
    energy_mwh = asked.claimed * asked.claimed_of("power_{board}")
    return Figure(energy_mwh / power.value, "modelled",
                  note=f"from the {number(energy_mwh, 0)} mWh that its own power implies")


def _coin_cell(asked: Asked) -> Figure | None:
    network = asked.model.rpartition(": ")[0]
    days = asked.found(f"cr2032_days_{asked.row.board}", network, KEYWORDS)
    if days is None:
        return None
    chosen = board(asked.row.board)
    warning = life(BATTERIES["CR2032"], 1.0, active_power_mw(chosen)).warning
    return Figure(24 * days.value, days.basis, note=f"but {warning}" if warning else "")


def _found_words(asked: Asked) -> Figure | None:
    """With the exact binomial interval: a stream's words are few."""
    missed = asked.found("miss_rate")
    if missed is None:
        return None
    own = asked.rows()
    events = int(own[own["model"] == asked.model]["items"].iloc[0])
    band = binomtest(round(events * (1 - missed.value / 100)), events).proportion_ci()
    return Figure(100 - missed.value, missed.basis, 100 * band.low, 100 * band.high)


def _accuracy(asked: Asked) -> Figure | None:
    """In int8 where the row is on a board, as its bytes, time and energy are."""
    return asked.found("accuracy_int8") or asked.found("accuracy")


def _false_accepts(asked: Asked) -> Figure | None:
    rate, low, high = (asked.found(f"false_accepts{end}") for end in ("", "_low", "_high"))
    return rate and Figure(rate.value, rate.basis, low and low.value, high and high.value)


def _power(asked: Asked) -> Figure | None:
    return asked.found(asked.metric) or asked.found(
        asked.metric, asked.model.rpartition(": ")[0], KEYWORDS)


def _peak(asked: Asked) -> Figure:
    chosen = board(asked.row.board)
    return Figure(active_power_mw(chosen), rests_on(chosen, "run"), *power_band_mw(chosen))


def _idle(asked: Asked) -> Figure:
    chosen = board(asked.row.board)
    return Figure(idle_power_mw(chosen), rests_on(chosen, "sleep"))


def _share(asked: Asked) -> Figure | None:
    own = asked.rows("stages")
    own = own[own["model"] == asked.model]
    stage = own[own["metric"] == asked.metric.removeprefix("share_")]
    if not len(stage):
        return None
    return Figure(100 * stage["value"].iloc[0] / own["value"].sum(), stage["basis"].iloc[0])


def _parameters(asked: Asked) -> Figure | None:
    counts = asked.rows()
    counts = counts[counts["model"] == asked.model]["parameters"].dropna()
    return Figure(float(counts.max()), "measured") if len(counts) else None


_SPECIAL: dict[str, Callable[[Asked], Figure | None]] = {  # start of a metric → what gives it
    "parameters": _parameters, "accuracy": _accuracy, "battery": _battery, "cr2032": _coin_cell,
    "words_found": _found_words, "false_accepts": _false_accepts, "power_": _power,
    "peak_power": _peak, "idle_power": _idle, "share_": _share,
}
