"""What a keyword network takes when it listens all the time, for every family on the same terms."""

from collections.abc import Iterable
from dataclasses import dataclass

from lnnlab.experiments.recipes import CONVOLUTIONAL
from lnnlab.target.battery import CELLS, Life, life
from lnnlab.target.boards import board
from lnnlab.target.energy import active_power_mw, average_power_mw

DECISIONS_PER_S = 4.0  # of networks that do not decide after every frame
# models that the exporter and the runtime know
ON_TARGET = ("keyword_linear_ltc", "linear_ltc", "lstm", "gru", "cfc", *CONVOLUTIONAL)


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


def always_on(deployed: dict, board_name: str, frame_ms: float = 20.0) -> AlwaysOn:
    """Costs of one deployed network.

    A recurrent network keeps its state and runs after every frame; the liquid one in blocks
    decides each time, the others and the CNN, which runs over the whole last second,
    ``DECISIONS_PER_S`` times a second. Features are made once a frame for all.

    Args:
        deployed: a record of :func:`lnnlab.experiments.deploy.deploy`.
        board_name: on which; its core is the record's.
        frame_ms: from frame to frame.
    """
    chosen, results = board(board_name), deployed["results"]
    stages = {name: sum(band) / 2 for name, band in results["stages"].items()}
    frames_per_s, steps = 1000.0 / frame_ms, results["steps"]
    model = deployed["recipe"]["model"]
    whole = model in CONVOLUTIONAL
    features = (stages["features"] + stages["other"]) / steps
    layers = stages["layers"] if whole else stages["layers"] / steps
    decisions_per_s = frames_per_s if model.startswith("keyword_") else DECISIONS_PER_S
    layers_per_s = decisions_per_s if whole else frames_per_s
    cycles_per_s = (features * frames_per_s + layers * layers_per_s
                    + stages["readout"] * decisions_per_s)
    power = average_power_mw(chosen, cycles_per_s, frames_per_s)
    latency = (features + layers + stages["readout"]) / (1e3 * chosen.clock_mhz)
    return AlwaysOn(
        board_name, cycles_per_s, power, latency,
        life(CELLS["CR2032"], power, active_power_mw(chosen)),
        life(CELLS["2 x AA alkaline"], power, 0.0),
    )


def deployable(runs: Iterable[dict]) -> list[dict]:
    """The runs whose networks have a form on the target."""
    return [run for run in runs if run["recipe"]["model"] in ON_TARGET]
