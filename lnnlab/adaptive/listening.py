"""A network that listens to one stream under a policy: how well, at what cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lnnlab import lnn_file
from lnnlab.adaptive.costs import PolicyCostModel, cost_of
from lnnlab.data.streams import Stream
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel, StreamConfig
from lnnlab.integer.decisions import detections
from lnnlab.integer.policy import EnergyGate, LearnedGate, Policy, Uniform, kind_of
from lnnlab.profiling.policy import Counts, UnitCosts, stream_counts
from lnnlab.scoring import events
from lnnlab.scoring.events import Score
from lnnlab.scoring.reporting import WORD_REPORTING, Reporting
from lnnlab.target.boards import Board
from lnnlab.target.energy import average_power_mw
from lnnlab.target.stream import StreamRecord, StreamRunner

# of detection: 0.15 to 0.95, finer where words are told apart
FINE_THRESHOLDS = tuple(k / 40 for k in (*range(6, 22), *range(22, 39, 2)))
RATE_DEVIATION = 1e-3  # that a stream's rate may have from the network's


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
        mean_wait_ms, longest_wait_ms: from a sample to the start of the next computation. What
            then lies further back than a frame and the look-back only the gate has seen.
        busy_ms: of the dearest wake.
        scores: at every threshold that was tried.
    """

    policy: Policy
    threshold: float
    score: Score
    counts: Counts
    hops: int
    cycles_per_s: float
    power_mw: float
    mean_wait_ms: float
    longest_wait_ms: float
    busy_ms: float
    scores: Mapping[float, Score] = field(default_factory=dict, repr=False, compare=False)

    @property
    def kind(self) -> str:
        """Of its policy."""
        return kind_of(self.policy)

    @property
    def steps_percent(self) -> float:
        """Share of the frames that went through the layers."""
        return 100 * self.counts.steps / self.hops

    @property
    def mean_latency_ms(self) -> float:
        """From a sample to the end of the next computation, mean."""
        return self.mean_wait_ms + self.busy_ms

    @property
    def worst_latency_ms(self) -> float:
        """From a sample to the end of the next computation, at worst."""
        return self.longest_wait_ms + self.busy_ms


def describe(policy: Policy) -> str:
    """A policy in a few words."""
    if isinstance(policy, Uniform):
        return "always" if policy.step == 1 else f"one frame in {policy.step}"
    if isinstance(policy, LearnedGate):
        return (f"learned gate, steps {', '.join(map(str, policy.steps))}, "
                f"look-back {policy.look_back}")
    steps = (policy.least, *policy.between, policy.most)
    steps = (f"steps {', '.join(map(str, steps))}" if policy.between
             else f"{policy.least} to {policy.most} hops")
    until = f", until a keyword has {policy.enough / 32768:.0%}" if policy.enough else ""
    if isinstance(policy, EnergyGate):
        return (f"energy gate {policy.open / 1024:.2f}/{policy.close / 1024:.2f} octaves, "
                f"{steps}, hangover {policy.hangover}, look-back {policy.look_back}{until}")
    return (f"{kind_of(policy)} gate {policy.open}/{policy.close}, {steps}, "
            f"hangover {policy.hangover}{until}")


def refuse_strange_stream(model: IntegerModel, stream: Stream) -> None:
    """A network can only listen to what it was made for.

    Raises:
        UserError: other channels, another rate, or no event that it could report.
    """
    channels, rate_hz = stream.samples.shape[1], model.features.rate_hz
    if channels != model.features.channels:
        raise UserError(f"a stream of {channels} channels, but the network takes "
                        f"{model.features.channels}")
    if abs(stream.rate_hz / rate_hz - 1) > RATE_DEVIATION:
        raise UserError(f"a stream of {stream.rate_hz:g} Hz, but the network takes "
                        f"{rate_hz:g}: resample it")
    known = set(model.classes) - set(events.background_of(model))
    if not any(each.label in known for each in stream.events):
        raise UserError("the stream has no event that the network reports; it reports "
                        f"{', '.join(sorted(known))}")


class Listener:
    """One network on one stream and board, ready for policies.

    Args:
        model: ends in a leaky pool.
        stream: with its events.
        board: whose power is modelled.
        costs: what each stage takes there.
        reporting: how probabilities become reports.

    Raises:
        UserError: see :func:`refuse_strange_stream`.
    """

    def __init__(
        self, model: IntegerModel, stream: Stream, board: Board, costs: PolicyCostModel,
        reporting: Reporting = WORD_REPORTING,
    ) -> None:
        refuse_strange_stream(model, stream)
        self.model, self.stream, self.board, self.costs = model, stream, board, costs
        self.reporting = reporting
        self.samples = model.quantise(stream.samples)
        self.hop_s = model.features.spec.hop / model.features.rate_hz
        self.background = events.background_of(model)

    def config(self, threshold: float) -> StreamConfig:
        """How probabilities become reports."""
        return self.reporting.config(self.model, threshold)

    def hear(self, policy: Policy) -> StreamRecord:
        """The stream under a policy, by the C runtime on this machine."""
        return self._runner(policy).run(self.samples, self.config(0.5))

    def arena_bytes(self, policy: Policy) -> int:
        """Working memory of the network with a policy: frames that it looks back on lie there."""
        return self._runner(policy).arena_bytes

    def _runner(self, policy: Policy) -> StreamRunner:
        return StreamRunner(lnn_file.to_bytes(replace(self.model, policy=policy)))

    def reports(self, heard: StreamRecord, threshold: float) -> list[tuple[float, str]]:
        """What is reported at a threshold: (time in s, label)."""
        said = detections(heard.smoothed_q15, len(self.background), self.config(threshold),
                          heard.timestep)
        spec, rate_hz = self.model.features.spec, self.model.features.rate_hz
        times = (heard.hop[said] * spec.hop + spec.frame) / rate_hz
        labels = [self.model.classes[k] for k in heard.smoothed_q15[said].argmax(axis=1)]
        return list(zip(times.tolist(), labels, strict=True))

    def score(self, heard: StreamRecord, threshold: float) -> Score:
        """Events found at a threshold."""
        return events.score(self.reports(heard, threshold), self.stream.events,
                            self.stream.hours, self.background,
                            forgive_repeats=self.reporting.forgive_repeats)

    def outcome(
        self, policy: Policy, threshold: float | None = None, units: UnitCosts | None = None,
        heard: StreamRecord | None = None,
    ) -> Outcome:
        """Quality and costs of a policy.

        Args:
            policy: which.
            threshold: of detection; None: the one of the best F1.
            units: of this very policy; None: those of the listener's costs.
            heard: what :meth:`hear` gave before.
        """
        heard = heard or self.hear(policy)
        scores = {each: self.score(heard, each)
                  for each in (FINE_THRESHOLDS if threshold is None else (threshold,))}
        chosen = events.choose_threshold(scores) if threshold is None else threshold
        units = units or self.costs.of(policy)
        return replace(self._outcome(policy, heard, chosen, scores[chosen], units), scores=scores)

    def _outcome(
        self, policy: Policy, heard: StreamRecord, threshold: float, score: Score,
        units: UnitCosts,
    ) -> Outcome:
        blob = lnn_file.to_bytes(replace(self.model, policy=policy))
        counts = stream_counts(blob, self.samples, heard)
        cost = cost_of(units, counts, policy)
        waits = heard.timestep * (heard.timestep + 1) / 2  # hops that each sample of a step waits
        hop_ms = 1e3 * self.hop_s
        return Outcome(
            policy, threshold, score, counts, heard.hops, cost.cycles_per_s,
            average_power_mw(self.board, cost.cycles_per_s, counts.calls / counts.seconds),
            hop_ms * (float(waits.sum() / heard.timestep.sum()) - 0.5), hop_ms * policy.steps[-1],
            cost.busy_cycles / (1e3 * self.board.clock_mhz),
        )


def power_on(
    board: Board, counts: Counts, cycles_per_s: float, wakes_per_s: float | None = None
) -> float:
    """Modelled power of a stream on any board with the same core, mW.

    Args:
        counts: of the stream.
        cycles_per_s: that it took.
        wakes_per_s: None: one a hop that the policy looks at. Fewer where samples are collected
            without the processor for some hops; decisions are the same, but come later by that.
    """
    usual = counts.calls / counts.seconds
    wakes = usual if wakes_per_s is None else min(usual, wakes_per_s)
    return average_power_mw(board, cycles_per_s, wakes)
