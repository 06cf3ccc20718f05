"""What a day in the field brings at some calls an hour, and how many of them a battery lasts.

It is worked out from what streams gave: the share of calls that is found, false detections an hour
while nobody calls, and the power of both kinds of time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lnnlab.errors import UserError
from lnnlab.target.battery import HOURS_PER_YEAR, cell, life
from lnnlab.target.boards import board
from lnnlab.target.energy import active_power_mw

CALLS_PER_H = (1.0, 5.0, 20.0)
BATTERY = "2 x AA alkaline"


@dataclass(frozen=True)
class Day:
    """What a day in the field brings, worked out from the streams.

    Attributes:
        calls_per_h: of animals; missed, false: calls missed, and detections of nothing, a day.
        power_mw: mean; battery_days: of two AA cells.
    """

    calls_per_h: float
    missed: float
    false: float
    power_mw: float
    battery_days: float


def day(lines: Sequence[Mapping], calls_per_h: float, call_s: float, board_name: str) -> Day:
    """A day under a policy.

    Args:
        lines: of that policy, one a fold.
        calls_per_h: of animals; call_s: how long one is.
        board_name: of the recorder.

    Raises:
        UserError: so many calls do not fit into an hour.
    """
    share = calls_per_h * call_s / 3600
    if not 0 <= share < 1:
        raise UserError(f"{calls_per_h:g} calls of {call_s:g} s an hour: do not fit into it")
    hits, misses, false = (sum(each[name] for each in lines)
                           for name in ("hits", "misses", "false"))
    weather, calls = (float(np.mean([each[name] for each in lines]))
                      for name in ("weather_mw", "power_mw"))
    power = (1 - share) * weather + share * max(calls, weather)
    hours = life(cell(BATTERY), power, active_power_mw(board(board_name))).hours
    return Day(calls_per_h, 24 * calls_per_h * misses / max(hits + misses, 1),
               24 * (1 - share) * false / sum(each["hours"] for each in lines), power,
               min(hours, HOURS_PER_YEAR * 10) / 24)
