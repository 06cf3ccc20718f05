"""A network that listens to one stream under a policy: how well, at what cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lnnlab import lnn_file
from lnnlab.data.streams import Stream
from lnnlab.experiments import events
from lnnlab.experiments.events import THRESHOLDS, Score
from lnnlab.experiments.reporting import WORDS, Reporting
from lnnlab.integer import IntegerModel, StreamConfig
from lnnlab.integer.keywords import detections
from lnnlab.integer.policy import (
    DeltaGate,
    EnergyGate,
    FluxGate,
    LearnedGate,
    Policy,
    Uniform,
)
from lnnlab.profiling.policy import Counts, UnitCosts, stream_counts, unit_costs
from lnnlab.target.boards import Board
from lnnlab.target.energy import average_power_mw
from lnnlab.target.stream import StreamRecord, StreamRunner

KINDS = {Uniform: "uniform", EnergyGate: "energy", FluxGate: "flux", DeltaGate: "delta",
         LearnedGate: "learned"}
COUNTED_S = 1.5  # of a stream around its first event, to count what each stage takes

# one of each kind that opens and closes, to count cycles by
EXAMPLES: dict[str, Policy] = {
    "uniform": Uniform(2),
    "energy": EnergyGate(1, 8, 1024, 512, 4, look_back=1),
    "flux": FluxGate(1, 8, 60, 40, 2),
    "delta": DeltaGate(1, 8, 120, 120, 0),
    "learned": LearnedGate((1, 2, 4, 8, 8), (512, 256, 128, 0), 200, 0, ((256, 64, 32, 16, 8),) * 8,
                           (0,) * 8, (32,) * 8, look_back=1),
}


@dataclass(frozen=True)
class Outcome:
    """What a policy did on a stream.

    Attributes:
        policy: which.
        threshold: of detection.
        score: events found and made up.
        counts: how often what was computed; hops: of the stream.
        cycles_per_s: counts times what each stage takes, middle of the band.
        power_mw: modelled, on the listener's board.
        mean_latency_ms, worst_latency_ms: from a sample to the end of the first computation that
            takes it in.
    """

    policy: Policy
    threshold: float
    score: Score
    counts: Counts
    hops: int
    cycles_per_s: float
    power_mw: float
    mean_latency_ms: float
    worst_latency_ms: float

    @property
    def kind(self) -> str:
        """Of its policy."""
        return KINDS[type(self.policy)]

    @property
    def steps_percent(self) -> float:
        """Share of the frames that went through the layers."""
        return 100 * self.counts.steps / self.hops


def describe(policy: Policy) -> str:
    """A policy in a few words."""
    if isinstance(policy, Uniform):
        return "always" if policy.step == 1 else f"every {policy.step}th frame"
    if isinstance(policy, LearnedGate):
        return (f"learned gate, steps {', '.join(map(str, policy.steps))}, "
                f"look-back {policy.look_back}")
    if isinstance(policy, EnergyGate):
        return (f"energy gate {policy.open / 1024:.2f}/{policy.close / 1024:.2f} octaves, "
                f"{policy.least} to {policy.most} hops, hangover {policy.hangover}, "
                f"look-back {policy.look_back}")
    return (f"{KINDS[type(policy)]} gate {policy.open}/{policy.close}, {policy.least} to "
            f"{policy.most} hops, hangover {policy.hangover}")


def count_units(
    model: IntegerModel, board: Board, stream: Stream, kinds: Sequence[str] = tuple(EXAMPLES)
) -> dict[str, UnitCosts]:
    """Cycles of each stage under each kind of policy, counted on the emulated core.

    Networks of the same layers and front end take the same; count once for all of them.
    """
    start_s = max(0.0, stream.events[0].start_s - COUNTED_S / 2) if stream.events else 0.0
    first = int(start_s * stream.rate_hz)
    length = max(int(COUNTED_S * stream.rate_hz), 40 * model.features.spec.hop)
    samples = model.quantise(stream.samples[first : first + length])
    return {kind: unit_costs(lnn_file.to_bytes(replace(model, policy=EXAMPLES[kind])), board,
                             samples)
            for kind in dict.fromkeys(("uniform", *kinds))}


class Listener:
    """One network on one stream and board, ready for policies.

    Args:
        model: ends in a leaky pool.
        stream: with its events.
        board: whose power is modelled.
        units: of :func:`count_units`.
        reporting: how probabilities become reports.
    """

    def __init__(
        self, model: IntegerModel, stream: Stream, board: Board, units: Mapping[str, UnitCosts],
        reporting: Reporting = WORDS,
    ) -> None:
        self.model, self.stream, self.board, self.units = model, stream, board, units
        self.reporting = reporting
        self.samples = model.quantise(stream.samples)
        self.hop_s = model.features.spec.hop / model.features.rate_hz
        self.background = events.background_of(model)

    def config(self, threshold: float) -> StreamConfig:
        """How probabilities become reports."""
        return self.reporting.config(self.model, threshold)

    def hear(self, policy: Policy) -> StreamRecord:
        """The stream under a policy, by the C runtime on this machine."""
        blob = lnn_file.to_bytes(replace(self.model, policy=policy))
        return StreamRunner(blob).run(self.samples, self.config(0.5))

    def score(self, heard: StreamRecord, threshold: float) -> Score:
        """Events found at a threshold."""
        said = detections(heard.smoothed_q15, len(self.background), self.config(threshold),
                          heard.timestep)
        spec, rate_hz = self.model.features.spec, self.model.features.rate_hz
        times = (heard.hop[said] * spec.hop + spec.frame) / rate_hz
        labels = [self.model.classes[k] for k in heard.smoothed_q15[said].argmax(axis=1)]
        return events.score(zip(times, labels, strict=True), self.stream.events,
                            self.stream.hours, self.background,
                            forgive_repeats=self.reporting.forgive_repeats)

    def outcome(self, policy: Policy, threshold: float | None = None) -> Outcome:
        """Quality and costs of a policy; without a threshold the one of the best F1."""
        heard = self.hear(policy)
        scores = {each: self.score(heard, each)
                  for each in (THRESHOLDS if threshold is None else (threshold,))}
        chosen = events.choose_threshold(scores) if threshold is None else threshold
        return self._outcome(policy, heard, chosen, scores[chosen])

    def _outcome(
        self, policy: Policy, heard: StreamRecord, threshold: float, score: Score
    ) -> Outcome:
        blob = lnn_file.to_bytes(replace(self.model, policy=policy))
        counts = stream_counts(blob, self.samples, heard)
        units = self.units[KINDS[type(policy)]]
        per_s = sum(sum(band) / 2 for band in units.by_stage(counts).values()) / counts.seconds
        frames = 1 + policy.look_back
        dearest = units.by_stage(Counts(1, 1, frames, frames, 1, 0))
        busy_ms = sum(sum(band) / 2 for band in dearest.values()) / (1e3 * self.board.clock_mhz)
        waits = heard.timestep * (heard.timestep + 1) / 2  # hops that each sample of a step waits
        hop_ms = 1e3 * self.hop_s
        return Outcome(
            policy, threshold, score, counts, heard.hops, per_s,
            average_power_mw(self.board, per_s, counts.calls / counts.seconds),
            hop_ms * (float(waits.sum() / heard.timestep.sum()) - 0.5) + busy_ms,
            hop_ms * policy.steps[-1] + busy_ms,
        )


def power_on(board: Board, outcome: Outcome, wakes_per_s: float | None = None) -> float:
    """Modelled power of an outcome on another board with the same core, mW.

    Args:
        wakes_per_s: None: one a hop that the policy looks at. Fewer where samples are collected
            without the processor for some hops; decisions are the same, but come later by that.
    """
    usual = outcome.counts.calls / outcome.counts.seconds
    wakes = usual if wakes_per_s is None else min(usual, wakes_per_s)
    return average_power_mw(board, outcome.cycles_per_s, wakes)
