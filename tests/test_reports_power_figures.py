"""The figure of a power budget shows the parts of the mean power that tables show."""

import matplotlib.pyplot as plt
import pytest

from lnnlab.errors import UserError
from lnnlab.reports.power_figures import CELLS, power_budget
from lnnlab.target.battery import BATTERIES, life
from lnnlab.target.boards import board
from lnnlab.target.energy import active_power_mw, average_power_mw


def test_the_bars_reach_the_mean_power_and_the_days_are_the_cells():
    chosen = board("stm32f407")
    figure = power_budget("stm32f407", 2.0, 50.0, 100.0)
    bars = figure.axes[0].patches
    mean = average_power_mw(chosen, 2e6, 50.0) + 0.1 * chosen.supply_v
    assert bars[-1].get_x() + bars[-1].get_width() == pytest.approx(mean)
    title = figure.axes[0].get_title()
    for name in CELLS:
        found = life(BATTERIES[name], mean, active_power_mw(chosen))
        star = "*" if found.warning else ""
        assert f"{name} {found.hours / 24:,.0f}{star}" in title
    plt.close(figure)


def test_an_unknown_board_is_refused():
    with pytest.raises(UserError, match="unknown board"):
        power_budget("stm32f408", 1, 1, 0)
