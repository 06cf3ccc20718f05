"""What a mean power is made of, and how long cells last on it: a figure to play with."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lnnlab.target.battery import BATTERIES, life
from lnnlab.target.boards import board as board_named
from lnnlab.target.energy import active_power_mw, power_parts_mw

PARTS = {"computing": "#0b6e99", "waking up": "#d99a3d", "sleeping": "#9a9a9a",
         "outside": "#b5541c"}
CELLS = ("CR2032", "2 x AA alkaline", "LiPo 100 mAh")


def power_budget(
    board: str, million_cycles_per_s: float, wakes_per_s: float, outside_ua: float
) -> Figure:
    """Mean power of a board that listens, part by part, and the days of some cells.

    A star marks a cell that may not give the board's peak by itself.

    Args:
        board: see :func:`lnnlab.target.boards.board`.
        million_cycles_per_s: what is computed.
        wakes_per_s: how often it wakes up for that.
        outside_ua: microphone, leaks and the like, at the board's supply.

    Raises:
        UserError: the board is unknown.
    """
    chosen = board_named(board)
    parts = power_parts_mw(chosen, 1e6 * million_cycles_per_s, wakes_per_s)
    parts["outside"] = 1e-3 * outside_ua * chosen.supply_v
    total, start = sum(parts.values()), 0.0
    figure, axis = plt.subplots(figsize=(6.4, 1.7), layout="constrained")
    for name, mw in parts.items():
        axis.barh([0], [mw], left=start, color=PARTS[name], label=f"{name} {mw:.3g}")
        start += mw
    axis.set(yticks=[], xlabel=f"mW, {chosen.title} (modelled; outside: assumed)")
    axis.legend(ncols=len(parts), fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0),
                frameon=False)
    axis.set_title(f"{total:.3g} mW; days: " + ", ".join(
        _days(name, total, active_power_mw(chosen)) for name in CELLS), fontsize=8, y=1.2)
    return figure


def _days(name: str, mean_mw: float, peak_mw: float) -> str:
    found = life(BATTERIES[name], mean_mw, peak_mw)
    return f"{name} {found.hours / 24:,.0f}{'*' if found.warning else ''}"
