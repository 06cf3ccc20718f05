"""A model's file with what it takes on a board, for programs that count its frames as they run.

They ask for their mean power (``current_power_mw`` of the Rust crate, ``lnn_costs`` of the C);
:mod:`lnnlab.profiling.policy` is for one recording, here and now.
"""

from dataclasses import replace

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.policy import (
    KINDS,
    EnergyGate,
    FluxGate,
    Policy,
    Uniform,
    kind_of,
    refuse_unfit,
)
from lnnlab.lnn_file.costs import Q8_NJ, BoardCosts
from lnnlab.profiling.costs import costs
from lnnlab.profiling.policy import UnitCosts, unit_costs
from lnnlab.profiling.stream import noise, stream_costs, streams
from lnnlab.target.boards import Board
from lnnlab.target.energy import active_power_mw, idle_power_mw

COUNTED_HOPS = 120  # of noise, for each kind of policy
MOST_STEP = 8  # of the gates that are counted; what a frame takes hardly depends on it
Cycles = tuple[float, float, float]  # of a hop, of a frame, of a long frame


def with_board_costs(blob: bytes, board: Board) -> bytes:
    """The file with a ``COST`` section, in place of the one it had.

    Cycles are emulated, at the middle of the band and of a flash that answers at once; energy is
    modelled. Counted are no policy, gates on energy and on flux (a program may set these), and the
    model's own policy.

    Args:
        blob: a checked ``.lnn`` file.
        board: whose core, clock and energy are taken.

    Raises:
        UserError: a float32 file, no sampling rate, or a board without a model of cycles or too
            slow.
    """
    if lnn_file.is_float32(blob):
        raise UserError("costs are written into int8 files; this one is float32")
    model = lnn_file.from_bytes(blob)
    if not model.features.rate_hz:
        raise UserError("the model knows no sampling rate, so nothing is known of power; train it "
                        "with rate_hz (--rate-hz)")
    found = costs(blob, board)
    if found.measured.cycles is None:
        raise UserError(f"{board.title}: no cycles are counted for {board.core}, so no energy; "
                        "choose a board with another core")
    counted = {"uniform": _uniform(model, board, found.measured.cycles)}
    counted |= {kind_of(policy): _of_gate(unit_costs(
        _with(model, policy), board, noise(model, COUNTED_HOPS)), policy)
        for policy in _gates(model)}
    rows = tuple(_energies(board, kind, counted.get(kind)) for kind in KINDS)
    said = BoardCosts(board.name, round(1e6 * idle_power_mw(board)), rows)
    return lnn_file.to_bytes(replace(model, meta=said.into(model.meta)))


def _with(model: IntegerModel, policy: Policy | None) -> bytes:
    return lnn_file.to_bytes(replace(model, policy=policy))


def _adapts(model: IntegerModel) -> bool:
    try:
        refuse_unfit(model.features, model.layers)
    except UserError:
        return False
    return True


def _gates(model: IntegerModel) -> list[Policy]:
    """The gates that are counted: those that a program may set, and the model's own."""
    if not _adapts(model):
        return []
    own = model.policy
    kinds = {kind: kind(1, MOST_STEP, 0, 0, 0) for kind in (EnergyGate, FluxGate)}
    if own is not None and not isinstance(own, Uniform):
        kinds[type(own)] = own
    return [*kinds.values()]


def _uniform(model: IntegerModel, board: Board, decision: tuple[float, float]) -> Cycles:
    """Without a policy: of a stream a frame; of windows a frame's share of a decision."""
    bare = _with(model, None)
    if not streams(bare):
        share = sum(decision) / 2 / model.features.steps
        return 0.0, share, share
    frame = long_frame = sum(stream_costs(bare, board).frame_cycles) / 2
    if _adapts(model):
        units = unit_costs(_with(model, Uniform(2)), board, noise(model, COUNTED_HOPS))
        parts = (units.long_features, units.long_step, units.readout, units.call, units.deciding)
        long_frame = sum(map(sum, parts)) / 2
    return 0.0, frame, long_frame


def _of_gate(units: UnitCosts, policy: Policy) -> Cycles:
    """Under a gate every hop wakes the core; one on features computes these at every hop."""
    def middle(*parts: tuple[float, float]) -> float:
        return sum(map(sum, parts)) / 2

    looks = (units.gate, units.call)
    short, long = (units.step,), (units.long_step,)
    if kind_of(policy) in ("flux", "delta"):
        looks += (units.features,)
    else:
        short += (units.features,)
        long += (units.long_features,)
    decided = (units.readout, units.deciding)
    return middle(*looks), middle(*short, *decided), middle(*long, *decided)


def _energies(board: Board, kind: str, cycles: Cycles | None) -> tuple[int, int, int]:
    """nJ in Q8, on top of idling, with what a wake-up takes; zeros for what nobody counted."""
    if cycles is None:
        return 0, 0, 0
    above_mw = active_power_mw(board) - idle_power_mw(board)
    wake_nj = above_mw * board.wake_us.value  # mW times us
    hop, *frames = (above_mw * each / board.clock_mhz for each in cycles)
    if kind == "uniform":
        frames = [each + wake_nj for each in frames]
    else:
        hop += wake_nj
    return tuple(round(Q8_NJ * each) for each in (hop, *frames))
