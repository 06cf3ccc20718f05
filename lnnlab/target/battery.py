"""How long a battery lasts, and whether it may give the current at all."""

from dataclasses import dataclass

from lnnlab.errors import unknown

HOURS_PER_YEAR = 8766.0


@dataclass(frozen=True)
class Cell:
    """A battery cell.

    Attributes:
        capacity_mah, voltage_v: nominal.
        continuous_ma, pulse_ma: what it may give for long, and for a short while.
        self_discharge_per_year: share of the capacity lost in a year.
        source: what the figures rest on.
    """

    name: str
    capacity_mah: float
    voltage_v: float
    continuous_ma: float
    pulse_ma: float
    self_discharge_per_year: float
    source: str


BATTERIES: dict[str, Cell] = {
    cell.name: cell
    for cell in (
        Cell("CR2032", 225, 3.0, 3.0, 15.0, 0.01,
             "Panasonic coin-cell handbook 2005 (capacity, to 2.0 V at 0.2 mA); currents and "
             "self-discharge from secondary pages"),
        Cell("2 x AA alkaline", 3000, 3.0, 1000, 1000, 0.03,
             "Energizer E91 as read by others (25 mA to 0.8 V); self-discharge from memory"),
        Cell("LiPo 100 mAh", 105, 3.7, 52, 105, 0.36,
             "a 105 mAh cell's page (0.5 C); self-discharge of 3 % a month from memory"),
        Cell("18650", 3350, 3.6, 7800, 13000, 0.2, "cell pages of NCR18650B and a 3 C cell"),
    )
}


@dataclass(frozen=True)
class Life:
    """Hours of battery life, and a warning where the load is beyond what the cell may give."""

    hours: float
    warning: str


def cell(name: str) -> Cell:
    """A cell by name.

    Raises:
        UserError: there is none; the nearest is suggested.
    """
    if name not in BATTERIES:
        raise unknown("battery", name, BATTERIES)
    return BATTERIES[name]


def life(chosen: Cell, mean_mw: float, peak_mw: float) -> Life:
    """Hours until the nominal capacity is used, self-discharge included.

    A regulator without loss is assumed; voltage sag and temperature are not modelled.

    Args:
        mean_mw: mean power of the load.
        peak_mw: power while it computes.
    """
    load_ma, peak_ma = mean_mw / chosen.voltage_v, peak_mw / chosen.voltage_v
    leak_ma = chosen.capacity_mah * chosen.self_discharge_per_year / HOURS_PER_YEAR
    hours = chosen.capacity_mah / (load_ma + leak_ma)
    warning = ""
    if peak_ma > chosen.pulse_ma:
        warning = (
            f"peaks of {peak_ma:.1f} mA are beyond its pulse current of {chosen.pulse_ma:g} mA"
        )
    elif load_ma > chosen.continuous_ma:
        warning = (
            f"{load_ma:.2f} mA are beyond its continuous current of {chosen.continuous_ma:g} mA"
        )
    return Life(hours, warning)
