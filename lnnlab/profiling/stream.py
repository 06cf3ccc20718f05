"""A keyword model that computes every frame: cycles of one, power.

Under a timestep policy see :mod:`lnnlab.profiling.policy`.
"""

from dataclasses import dataclass

import numpy as np

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.decisions import refuse_window_models
from lnnlab.integer.layers import LeakyPool
from lnnlab.profiling.measure import SHOWN, STAGES, Range, form_of, program_of
from lnnlab.runtime import has_anomaly_score
from lnnlab.target.boards import Board
from lnnlab.target.emulator import Machine
from lnnlab.target.energy import average_power_mw
from lnnlab.target.profile import profile

WARM_UP = 3  # hops before the first frame is counted


@dataclass(frozen=True)
class StreamCosts:
    """What a stream takes on a board.

    Attributes:
        frame_cycles: (low, high) of one frame with its decision, mean.
        worst_cycles: (low, high) of the dearest frame.
        by_stage: stage → (low, high) of one frame, mean.
        frames_per_s: decisions a second.
        average_mw: modelled, at the middle of the band, of a flash that answers at once.
        flash_waits: cycles of one frame that wait for the board's flash, mean, on top.
        flash_average_mw: modelled with them.
    """

    frame_cycles: Range
    worst_cycles: Range
    by_stage: dict[str, Range]
    frames_per_s: float
    average_mw: float
    flash_waits: float
    flash_average_mw: float

    @property
    def flash_share(self) -> float:
        """Waits for the board's flash over all other cycles."""
        return 2 * self.flash_waits / sum(self.frame_cycles)

    @property
    def flash_cycles_per_s(self) -> float:
        """At the middle of the band, with the board's flash."""
        return self.cycles_per_s + self.flash_waits * self.frames_per_s

    @property
    def cycles_per_s(self) -> float:
        """At the middle of the band."""
        return sum(self.frame_cycles) / 2 * self.frames_per_s


def streams(blob: bytes) -> bool:
    """Whether the network of a checked file can decide after every frame."""
    return not lnn_file.is_float32(blob) and isinstance(
        lnn_file.from_bytes(blob).layers[-2], LeakyPool)


def noise(model: IntegerModel, hops: int | None = None) -> np.ndarray:
    """Noise to count on, int16 (time, channel): of so many hops, or 16,000 moments."""
    spec = model.features.spec
    length = 16000 if hops is None else spec.frame + (hops - 1) * spec.hop
    values = 3000 * np.random.default_rng(0).standard_normal((length, model.features.channels))
    return values.clip(-32768, 32767).astype(np.int16)


def stream_costs(
    blob: bytes, board: Board, samples: np.ndarray | None = None, frames: int = 20
) -> StreamCosts:
    """Emulate a stream hop by hop; a detector of anomalies judges each frame.

    Args:
        blob: a ``.lnn`` file whose network ends in a leaky pool.
        board: whose core, clock, wait states and energy are taken.
        samples: int16 (time, channel), repeated where too short; None: noise.
        frames: how many to count.

    Raises:
        UserError: the model cannot stream, or the board cannot keep up.
    """
    model = lnn_file.from_bytes(blob)
    refuse_window_models(model)
    if samples is None:
        samples = noise(model)
    machine = Machine(program_of(blob, form_of(blob), board.core))
    machine.call("measure_setup")
    judges = has_anomaly_score(blob)
    machine.call("measure_anomaly_setup" if judges else "measure_stream_setup")
    called = "measure_anomaly_hop" if judges else "measure_hop"
    hop, found = model.features.spec.hop, []
    needed, flash = (frames + WARM_UP) * hop, board.port()
    samples = np.ascontiguousarray(np.resize(samples, (needed, samples.shape[1])), dtype="<i2")
    given = machine.put(samples.tobytes())
    for number in range(frames + WARM_UP):
        at = given + 2 * number * hop * samples.shape[1]
        found.append(profile(machine, called, at, hop, stages=STAGES, flash=flash))
    return _costs(found[WARM_UP:], board, model.features.rate_hz / hop)


def _costs(found: list, board: Board, frames_per_s: float) -> StreamCosts:
    def mean(bands: list[Range]) -> Range:
        return tuple(float(np.mean([each[k] for each in bands])) for k in (0, 1))

    frame = mean([each.cycles for each in found])
    rate = sum(frame) / 2 * frames_per_s
    waits = float(np.mean([sum(each.flash_waits.values()) for each in found]))
    if rate > 1e6 * board.clock_mhz:
        raise UserError(
            f"{board.title}: {rate / 1e6:.1f} MHz are needed to keep up, it runs at "
            f"{board.clock_mhz:g}; take a smaller model or a larger hop"
        )
    stages = {name: mean([each.by_stage.get(name, (0, 0)) for each in found]) for name in SHOWN}
    return StreamCosts(frame, max(each.cycles for each in found), stages, frames_per_s,
                       average_power_mw(board, rate, frames_per_s), waits,
                       average_power_mw(board, rate + waits * frames_per_s, frames_per_s))
