"""A denoiser on a board: cycles of a hop by stage, bytes, power."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import lnn_file, runtime
from lnnlab.errors import UserError
from lnnlab.profiling.measure import COMPILER, Range, flash_by_part
from lnnlab.runtime.export import export
from lnnlab.target.boards import Board
from lnnlab.target.elf import Program
from lnnlab.target.emulator import Machine
from lnnlab.target.energy import average_power_mw
from lnnlab.target.profile import OTHER, profile
from lnnlab.target.toolchain import build

HARNESS = runtime.FOLDER / "lnn_measure_denoise.c"
CALLS = ("measure_denoise_setup", "measure_denoise_hop", "measure_denoise_arena_bytes",
         "measure_denoise_static_bytes")
STAGES = {
    "lnn_half_spectrum": "analysis", "lnn_powers": "features", "lnn_stage_features": "features",
    "lnn_stage_layers": "layers", "lnn_stage_readout": "readout", "to_bins": "synthesis",
    "lnn_headroom": "synthesis", "attenuated": "synthesis", "summed": "synthesis",
    "overlapped": "synthesis",
}
SHOWN = (*dict.fromkeys(STAGES.values()), OTHER)
WARM_UP = 3  # hops before the first is counted


@dataclass(frozen=True)
class DenoiseCosts:
    """What a denoiser takes on a board.

    Attributes:
        hop_cycles: (low, high) of one hop, mean; worst_cycles: of the dearest.
        by_stage: stage → (low, high) of one hop, mean; ``analysis`` is the spectrum that features
            and synthesis share.
        hops_per_s: how often.
        duty_percent: share of time that the core computes, at the middle of the band.
        average_mw: modelled, of a flash that answers at once; flash_average_mw: of the board's own.
        compute_ms: of one hop, what the latency is longer by than the frame.
        flash_bytes: ``code``, ``tables``, ``model``; ram_bytes: ``arena``, ``static``, ``stack``.
    """

    hop_cycles: Range
    worst_cycles: Range
    by_stage: dict[str, Range]
    hops_per_s: float
    duty_percent: float
    average_mw: float
    flash_average_mw: float
    compute_ms: float
    flash_bytes: dict[str, int]
    ram_bytes: dict[str, int]


def program_of(blob: bytes, core: str) -> Program:
    """The exported denoiser, compiled with the harness that measures it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = export(blob, folder, "model")[1]
        return build([source, HARNESS], core, include=[folder], compiler=COMPILER,
                     defines={"LNN_NO_STATIC": 1}, keep=CALLS)


def denoise_costs(
    blob: bytes, board: Board, samples: np.ndarray, hops: int = 20
) -> DenoiseCosts:
    """Emulate a denoiser hop by hop.

    Args:
        blob: a ``.lnn`` file whose outputs are gains.
        board: whose core, clock, flash and energy are taken.
        samples: int16 (time,), repeated where too short.
        hops: how many to count.

    Raises:
        UserError: the outputs are no gains, or the board cannot keep up.
    """
    if not runtime.has_gains(blob):
        raise UserError("the file has no section GAIN: its outputs are no gains")
    front = lnn_file.from_bytes(blob).features
    hop, machine = front.spec.hop, Machine(program_of(blob, board.core))
    machine.call("measure_denoise_setup")
    sound = np.ascontiguousarray(np.resize(samples, (hops + WARM_UP) * hop), "<i2")
    given, out = machine.put(sound.tobytes()), machine.allocate(2 * hop)
    found = [profile(machine, "measure_denoise_hop", given + 2 * number * hop, out,
                     stages=STAGES, flash=board.port())
             for number in range(hops + WARM_UP)][WARM_UP:]
    stack = machine.stack_bytes
    ram = {"arena": machine.call("measure_denoise_arena_bytes"),
           "static": machine.call("measure_denoise_static_bytes"), "stack": stack}
    return _costs(found, board, front.rate_hz / hop, flash_by_part(machine.program, blob), ram)


def _costs(
    found: list, board: Board, hops_per_s: float, flash: dict[str, int], ram: dict[str, int]
) -> DenoiseCosts:
    def mean(bands: list[Range]) -> Range:
        return tuple(float(np.mean([each[k] for each in bands])) for k in (0, 1))

    cycles = mean([each.cycles for each in found])
    rate = sum(cycles) / 2 * hops_per_s
    waits = float(np.mean([sum(each.flash_waits.values()) for each in found])) * hops_per_s
    if rate + waits > 1e6 * board.clock_mhz:
        raise UserError(f"{board.title}: {(rate + waits) / 1e6:.1f} MHz are needed to keep up, it "
                        f"runs at {board.clock_mhz:g}; take a smaller network")
    stages = {name: mean([each.by_stage.get(name, (0, 0)) for each in found]) for name in SHOWN}
    return DenoiseCosts(
        cycles, max(each.cycles for each in found), stages, hops_per_s,
        rate / (1e4 * board.clock_mhz), average_power_mw(board, rate, hops_per_s),
        average_power_mw(board, rate + waits, hops_per_s),
        sum(cycles) / 2 / (1e3 * board.clock_mhz), flash, ram)
