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
        flash_cycles_per_s, flash_power_mw, flash_frame_latency_ms: the same with the board's flash
            where the others have one that answers at once; None where its waits are not recorded.
        coin: life of a CR2032, with a warning where the board draws more than it may give.
        pair: life of two AA cells.
    """

    board: str
    cycles_per_s: float
    power_mw: float
    frame_latency_ms: float
    coin: Life
    pair: Life
    flash_cycles_per_s: float | None = None
    flash_power_mw: float | None = None
    flash_frame_latency_ms: float | None = None


def always_on(deployed: Deployment, board_name: str) -> AlwaysOn:
    """Costs of one deployed network.

    A recurrent network keeps its state and runs after every frame. The liquid one in blocks
    decides each time, emulated as a stream; the others and the CNN, which runs over the whole
    last second, decide ``DECISIONS_PER_S`` times a second. Features are made once a frame for
    all.

    Args:
        deployed: of :func:`lnnlab.experiments.deploy.deploy`.
        board_name: on which; its core is the record's.
    """
    chosen = board(board_name)
    frames_per_s = deployed.frames_per_s
    cycles_per_s, decision = _rates(deployed, frames_per_s)
    power = average_power_mw(chosen, cycles_per_s, frames_per_s)
    waits_per_s, waited = _waits(deployed, board_name, frames_per_s)
    with_flash = (None, None, None) if waits_per_s is None else (
        cycles_per_s + waits_per_s,
        average_power_mw(chosen, cycles_per_s + waits_per_s, frames_per_s),
        (decision + waited) / (1e3 * chosen.clock_mhz))
    return AlwaysOn(
        board_name, cycles_per_s, power, decision / (1e3 * chosen.clock_mhz),
        life(BATTERIES["CR2032"], power, active_power_mw(chosen)),
        life(BATTERIES["2 x AA alkaline"], power, 0.0), *with_flash,
    )


def _rates(deployed: Deployment, frames_per_s: float) -> tuple[float, float]:
    """Cycles a second, and cycles from a frame's last sample to a decision."""
    if deployed.stream_frame_cycles:
        decision = sum(deployed.stream_frame_cycles) / 2
        return decision * frames_per_s, decision
    stages = {name: sum(band) / 2 for name, band in deployed.stages.items()}
    return _by_stages(deployed, stages, frames_per_s)


def _waits(
    deployed: Deployment, board_name: str, frames_per_s: float
) -> tuple[float | None, float | None]:
    """Of these cycles, those that wait for a board's flash come on top."""
    waited, stages = deployed.frame_waits(board_name), deployed.waits(board_name)
    if deployed.stream_frame_cycles and waited is not None:
        return waited * frames_per_s, waited
    if deployed.stream_frame_cycles or stages is None:
        return None, None
    return _by_stages(deployed, {name: stages.get(name, 0.0) for name in deployed.stages},
                      frames_per_s)


def _by_stages(
    deployed: Deployment, stages: dict[str, float], frames_per_s: float
) -> tuple[float, float]:
    """Cycles a second and to a decision of a network that decides now and then.

    Args:
        stages: stage → cycles of one decision over a whole window.
    """
    whole = kind_of(deployed.record.recipe.model).family == CONVOLUTION
    features = (stages["features"] + stages["other"]) / deployed.steps
    layers = stages["layers"] if whole else stages["layers"] / deployed.steps
    layers_per_s = DECISIONS_PER_S if whole else frames_per_s
    cycles_per_s = (features * frames_per_s + layers * layers_per_s
                    + stages["readout"] * DECISIONS_PER_S)
    return cycles_per_s, features + layers + stages["readout"]
