"""A stream under a timestep policy: cycles a second by stage, power, worst-case latency.

Counting runs three million instructions a second. For hours of audio count a few seconds once
(:func:`unit_costs`) and multiply by what the C runtime computed on the whole stream.
"""

from dataclasses import dataclass, replace

import numpy as np

from lnnlab import lnn_file
from lnnlab.errors import UserError
from lnnlab.integer import StreamConfig
from lnnlab.integer.decisions import refuse_window_models
from lnnlab.integer.policy import ALWAYS, LearnedGate, Policy, Uniform
from lnnlab.integer.ranges import INT16
from lnnlab.profiling.measure import NAMES, STAGES, Range, form_of, program_of
from lnnlab.target.boards import Board
from lnnlab.target.emulator import Machine
from lnnlab.target.energy import average_power_mw
from lnnlab.target.profile import OTHER, Profile, profile
from lnnlab.target.stream import StreamRecord, StreamRunner

AWAKE_HOPS = 24  # that an open gate is counted on
LONG_STEPS = 8  # that a closed gate takes at least while it is counted
MEASURED = StreamConfig(3, 25, 0.8)  # what measure_stream_setup sets


@dataclass(frozen=True)
class UnitCosts:
    """Cycles (low, high) of each thing that a stream does, means of what was counted.

    Attributes:
        gate: of a hop that the policy looked at.
        features, step: of a frame after the shortest step, and of its way through the layers.
        long_features, long_step: of one after a longer step.
        readout: of a decision.
        call: of everything else, a wake without a decision.
        deciding: what a wake with a decision takes more than that.
    """

    gate: Range
    features: Range
    step: Range
    long_features: Range
    long_step: Range
    readout: Range
    call: Range
    deciding: Range

    def by_stage(self, counts: "Counts") -> dict[str, Range]:
        """Cycles of a stream of so many of each, by stage."""
        def total(*pairs: tuple[Range, int]) -> Range:
            return tuple(float(sum(cost[k] * times for cost, times in pairs)) for k in (0, 1))

        long = counts.long_steps
        return {
            "gate": total((self.gate, counts.gated)),
            "features": total((self.features, counts.features - long), (self.long_features, long)),
            "layers": total((self.step, counts.steps - long), (self.long_step, long)),
            "readout": total((self.readout, counts.decisions)),
            OTHER: total((self.call, counts.calls), (self.deciding, counts.decisions)),
        }

    def dearest(self, policy: Policy) -> Range:
        """Cycles of the dearest wake: after the longest step, with all frames looked back on."""
        frames = 1 + policy.look_back // policy.steps[0]
        stages = self.by_stage(Counts(1, 1, frames, frames, 1, 0.0, 1))
        return tuple(sum(each[k] for each in stages.values()) for k in (0, 1))


@dataclass(frozen=True)
class Counts:
    """How often a stream did what: wakes, hops the policy looked at, frames, steps, decisions;
    and how many of the steps were longer than the policy's shortest."""

    calls: int
    gated: int
    features: int
    steps: int
    decisions: int
    seconds: float
    long_steps: int = 0


@dataclass(frozen=True)
class PolicyCosts:
    """What a stream takes on a board.

    Attributes:
        cycles_per_s: (low, high).
        by_stage: gate, features, layers, readout, other → (low, high) a second.
        worst_cycles: (low, high) of the dearest wake.
        counts: how often what was done.
        average_mw: modelled, at the middle of the band.
        latency_ms: from the end of a hop to the decision on a frame that holds it, at worst: the
            policy's longest step and the dearest wake.
        basis: ``"emulated"``: every cycle counted; ``"modelled"``: unit costs times counts.
    """

    cycles_per_s: Range
    by_stage: dict[str, Range]
    worst_cycles: Range
    counts: Counts
    average_mw: float
    latency_ms: float
    basis: str


def policy_costs(
    blob: bytes, board: Board, samples: np.ndarray, units: UnitCosts | None = None
) -> PolicyCosts:
    """Cycles, power and latency of a stream, counted or modelled.

    Args:
        blob: a ``.lnn`` file that ends in a leaky pool, with a policy or without.
        board: whose core, clock and energy are taken.
        samples: int16 (time, channel).
        units: of :func:`unit_costs` for the same file and board: cycles are then modelled.
            None: every cycle is counted on the emulated core.

    Raises:
        UserError: the model cannot stream, the board cannot keep up or has no cycle model.
    """
    model = lnn_file.from_bytes(blob)
    if not model.features.rate_hz:
        raise UserError("the model knows no sampling rate, so nothing is known per second; train "
                        "it with rate_hz (--rate-hz)")
    counts = stream_counts(blob, samples)
    policy, spec = model.policy or ALWAYS, model.features.spec
    if units is None:
        calls = _counted(blob, board, samples)
        stages = {name: _sum(calls, name) for name in NAMES}
        worst = max(each.cycles for each in calls)
    else:
        stages, worst = units.by_stage(counts), units.dearest(policy)
    by_stage = {name: tuple(each / counts.seconds for each in cost)
                for name, cost in stages.items()}
    cycles = tuple(sum(each[k] for each in by_stage.values()) for k in (0, 1))
    rate, clock_hz = sum(cycles) / 2, 1e6 * board.clock_mhz
    if rate > clock_hz:
        raise UserError(f"{board.title}: {rate / 1e6:.1f} MHz are needed to keep up, it runs at "
                        f"{board.clock_mhz:g}; take a smaller model or a sparser policy")
    latency_s = policy.steps[-1] * spec.hop / model.features.rate_hz + worst[1] / clock_hz
    return PolicyCosts(
        cycles, by_stage, worst, counts,
        average_power_mw(board, rate, counts.calls / counts.seconds), 1e3 * latency_s,
        "emulated" if units is None else "modelled",
    )


def unit_costs(blob: bytes, board: Board, samples: np.ndarray) -> UnitCosts:
    """Count a stream on the emulated core and share its cycles out over what it did.

    A gate is counted twice, always open and never, so that it need not open on these samples.

    Args:
        blob, board: as for :func:`policy_costs`.
        samples: int16 (time, channel), some dozens of hops.
    """
    model = lnn_file.from_bytes(blob)
    if isinstance(model.policy or ALWAYS, Uniform):
        awake = asleep = _counted_means(blob, board, samples)
    else:
        spec = model.features.spec
        some = samples[: spec.frame + AWAKE_HOPS * spec.hop]  # while open every wake is alike
        states = _open_and_closed(model.policy, len(samples) // spec.hop)
        awake, asleep = (
            _counted_means(lnn_file.to_bytes(replace(model, policy=each)), board, heard)
            for each, heard in zip(states, (some, samples), strict=True)
        )
    deciding = tuple(a - b for a, b in zip(awake["deciding"], asleep["call"], strict=True))
    return UnitCosts(
        asleep["gate"], awake["features"], awake["layers"], asleep["features"], asleep["layers"],
        awake["readout"], asleep["call"], deciding,
    )


def _open_and_closed(policy: Policy, hops: int) -> tuple[Policy, Policy]:
    """The same gate that never closes, and one that never opens but steps a few times."""
    most = max(2, min(policy.steps[-1], hops // LONG_STEPS))
    if isinstance(policy, LearnedGate):
        steps = tuple(min(each, most) for each in policy.steps)
        return (replace(policy, thresholds=(INT16[0],) * 4),
                replace(policy, steps=steps, thresholds=(INT16[1],) * 4))
    closed = replace(policy, least=min(policy.least, most), most=most, between=(),
                     open=INT16[1], close=INT16[1])
    deaf = INT16[1] if policy.enough else 0  # listens, and has never heard enough
    return replace(policy, open=INT16[0], close=INT16[0], enough=deaf), closed


def _counted_means(blob: bytes, board: Board, samples: np.ndarray) -> dict[str, Range]:
    """Mean cycles of each stage a time it ran, of a wake without a decision ("call") and of one
    with ("deciding"); the first hop, which lasts one whatever the policy, is left out."""
    calls, counts = _counted(blob, board, samples)[1:], stream_counts(blob, samples)
    quiet = [each for each in calls if not each.result] or calls
    deciding = [each for each in calls if each.result] or calls

    def mean(name: str, times: int, of: list[Profile] = calls) -> Range:
        return tuple(each / max(times, 1) for each in _sum(of, name))

    return {
        "gate": mean("gate", counts.gated - 1), "features": mean("features", counts.features - 1),
        "layers": mean("layers", counts.steps - 1),
        "readout": mean("readout", counts.decisions - 1),
        "call": mean(OTHER, len(quiet), quiet), "deciding": mean(OTHER, len(deciding), deciding),
    }


def stream_counts(
    blob: bytes, samples: np.ndarray, record: StreamRecord | None = None
) -> Counts:
    """What the runtime does on a stream, run on this machine; hours of audio take a minute.

    Args:
        blob: a ``.lnn`` file.
        samples: int16 (time, channel).
        record: of :class:`lnnlab.target.stream.StreamRunner`, if the stream was run already.
    """
    model = lnn_file.from_bytes(blob)
    refuse_window_models(model)
    record = record or StreamRunner(blob).run(samples, MEASURED)
    decisions, policy = int(record.decisions.sum()), model.policy or ALWAYS
    calls = decisions if isinstance(policy, Uniform) else record.hops
    long_steps = int((record.timestep > policy.steps[0]).sum())  # only a look-back's first frame
    return Counts(calls, calls if model.policy else 0, record.features, record.steps, decisions,
                  len(samples) / model.features.rate_hz, long_steps)


def _counted(blob: bytes, board: Board, samples: np.ndarray) -> list[Profile]:
    """A profile of each wake."""
    machine = Machine(program_of(blob, form_of(blob), board.core))
    machine.call("measure_setup")
    machine.call("measure_stream_setup")
    samples = np.ascontiguousarray(samples, dtype="<i2")
    given, done, found = machine.put(samples.tobytes()), 0, []
    while True:
        some = machine.call("measure_sleep")
        if done + some > len(samples):
            return found
        found.append(profile(machine, "measure_hop", given + 2 * done * samples.shape[1], some,
                             stages=STAGES))
        done += some


def _sum(calls: list[Profile], name: str) -> Range:
    found = [each.by_stage.get(name, (0, 0)) for each in calls]
    return tuple(float(sum(each[k] for each in found)) for k in (0, 1))
