"""What policies take on a board, stage by stage, counted on the emulated core."""

from dataclasses import dataclass, replace

import numpy as np

from lnnlab import lnn_file
from lnnlab.data.streams import Stream
from lnnlab.integer import IntegerModel
from lnnlab.integer.policy import Policy, Uniform, kind_of
from lnnlab.profiling.policy import Counts, UnitCosts, unit_costs
from lnnlab.target.boards import Board

COUNTED_S = 1.5  # of a stream around its first event
FAR = 4  # hops of look-back; longer rings of hops take the same within 0.1 % of always-on


@dataclass(frozen=True)
class Cost:
    """What a stream takes under a policy, middles of the bands.

    Attributes:
        cycles_per_s: what each stage takes times how often it ran.
        busy_cycles: of the dearest wake.
    """

    cycles_per_s: float
    busy_cycles: float


def cost_of(units: UnitCosts, counts: Counts, policy: Policy) -> Cost:
    """The cost of a stream on which a policy let so much be computed."""
    cycles = sum(sum(band) / 2 for band in units.by_stage(counts).values())
    return Cost(cycles / counts.seconds, sum(units.dearest(policy)) / 2)


class PolicyCostModel:
    """Cycles of each stage under policies, counted when they are first asked for.

    Networks of the same layers and front end take the same; count once for all of them.

    Args:
        model: the network; its own policy plays no part.
        board: whose core is meant.
        samples: to count on, int16 (time, channel), of :func:`excerpt`.
        exact: count every policy by itself, as tables need it; otherwise uniform ones by
            themselves, and gates once for those of a kind that look back as far, up to some hops,
            and are alike in whether they compute every hop while open: near enough to search by.
    """

    def __init__(
        self, model: IntegerModel, board: Board, samples: np.ndarray, exact: bool = False
    ) -> None:
        self._model, self._board, self._samples, self._exact = model, board, samples, exact
        self._found: dict[object, UnitCosts] = {}

    def of(self, policy: Policy) -> UnitCosts:
        """What each stage takes under a policy."""
        alike = (kind_of(policy), min(policy.steps[0], 2), min(policy.look_back, FAR))
        key = policy if self._exact or isinstance(policy, Uniform) else alike
        if key not in self._found:
            blob = lnn_file.to_bytes(replace(self._model, policy=policy))
            self._found[key] = unit_costs(blob, self._board, self._samples)
        return self._found[key]


def excerpt(model: IntegerModel, stream: Stream, seconds: float = COUNTED_S) -> np.ndarray:
    """Samples around a stream's first event, to count cycles on, int16 (time, channel)."""
    start_s = max(0.0, stream.events[0].start_s - seconds / 2) if stream.events else 0.0
    first = int(start_s * stream.rate_hz)
    length = max(int(seconds * stream.rate_hz), 40 * model.features.spec.hop)
    return model.quantise(stream.samples[first : first + length])
