"""What a keyword network takes when it listens all the time, for every family on the same terms."""

from dataclasses import dataclass

from lnnlab.experiments.deployment import Deployment
from lnnlab.models.kinds import CONVOLUTION, kind_of
from lnnlab.target.battery import BATTERIES, Life, life
from lnnlab.target.boards import board
from lnnlab.target.energy import active_power_mw, average_power_mw

DECISIONS_PER_S = 4.0  # of networks that do not decide after every frame


@dataclass(frozen=True)
class AlwaysOn:
    """A network on a board.

    Attributes:
        cycles_per_s: features of every frame, layers and readout as often as they run.
        power_mw: mean, modelled.
        frame_latency_ms: from the last sample of a frame to the decision.
        coin: life of a CR2032, with a warning where the board draws more than it may give.
        pair: life of two AA cells.
    """

    board: str
    cycles_per_s: float
    power_mw: float
    frame_latency_ms: float
    coin: Life
    pair: Life


def always_on(deployed: Deployment, board_name: str, frame_ms: float = 20.0) -> AlwaysOn:
    """Costs of one deployed network.

    A recurrent network keeps its state and runs after every frame. The liquid one in blocks
    decides each time, emulated as a stream; the others and the CNN, which runs over the whole
    last second, decide ``DECISIONS_PER_S`` times a second. Features are made once a frame for
    all.

    Args:
        deployed: of :func:`lnnlab.experiments.deploy.deploy`.
        board_name: on which; its core is the record's.
        frame_ms: from frame to frame.
    """
    chosen = board(board_name)
    frames_per_s = 1000.0 / frame_ms
    if deployed.stream_frame_cycles:
        decision = sum(deployed.stream_frame_cycles) / 2
        cycles_per_s = decision * frames_per_s
    else:
        cycles_per_s, decision = _by_stages(deployed, frames_per_s)
    power = average_power_mw(chosen, cycles_per_s, frames_per_s)
    latency = decision / (1e3 * chosen.clock_mhz)
    return AlwaysOn(
        board_name, cycles_per_s, power, latency,
        life(BATTERIES["CR2032"], power, active_power_mw(chosen)),
        life(BATTERIES["2 x AA alkaline"], power, 0.0),
    )


def _by_stages(deployed: Deployment, frames_per_s: float) -> tuple[float, float]:
    """Cycles a second, and cycles from a frame's last sample to a decision."""
    stages = {name: sum(band) / 2 for name, band in deployed.stages.items()}
    whole = kind_of(deployed.record.recipe.model).family == CONVOLUTION
    features = (stages["features"] + stages["other"]) / deployed.steps
    layers = stages["layers"] if whole else stages["layers"] / deployed.steps
    layers_per_s = DECISIONS_PER_S if whole else frames_per_s
    cycles_per_s = (features * frames_per_s + layers * layers_per_s
                    + stages["readout"] * DECISIONS_PER_S)
    return cycles_per_s, features + layers + stages["readout"]
