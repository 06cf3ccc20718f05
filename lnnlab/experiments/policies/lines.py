"""What a study of policies found, typed: a line a policy and stream."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field, fields

from lnnlab import store
from lnnlab.adaptive.costs import Cost
from lnnlab.adaptive.listening import Outcome, describe, power_on
from lnnlab.profiling.policy import Counts
from lnnlab.target.boards import board

LEVELS = (0.5, 0.2, 0.1)  # of always-on's cycles that a policy may take, on validation
FIFTH = LEVELS[1]
ALWAYS_ON = "always"  # the level of the network without a policy
BEST = "best"  # the level of the best of all kinds within FIFTH
FREE = "free"  # the level of the policy that costs least without losing on validation
BOARDS = ("nrf52840", "stm32f407")
BATCHES_PER_S = 10.0  # wakes where a buffer outside the processor collects 100 ms of samples


@dataclass(frozen=True)
class Heard:
    """What a policy found and let be computed on a stream, whatever it costs: records keep this.

    Attributes:
        level: what it was chosen for: a share of always-on's cycles, or a word; ``""``: not chosen.
        kind, policy, fields: the policy: its kind, in words, and as numbers.
        threshold: of detection.
        validation_f1: of the same policy on the validation streams, 0 to 1.
        f1, hits, misses, false_accepts, hours: on the stream, see
            :class:`lnnlab.scoring.events.Score`.
        delay_s: from an event's start to its report, mean; None without a hit.
        hops: of the stream; counts: how often what was computed.
        mean_wait_ms, longest_wait_ms: from a sample to the start of the next computation.
    """

    level: str
    kind: str
    policy: str
    fields: dict
    threshold: float
    validation_f1: float
    f1: float
    hits: int
    misses: int
    false_accepts: int
    hours: float
    delay_s: float | None
    hops: int
    counts: Counts
    mean_wait_ms: float
    longest_wait_ms: float

    @classmethod
    def of(cls, level: str, outcome: Outcome, found: Outcome) -> "Heard":
        """Of an outcome; ``found``: the same policy on the validation streams."""
        score = outcome.score
        return cls(
            level, outcome.kind, describe(outcome.policy), asdict(outcome.policy),
            outcome.threshold, found.score.f1, score.f1, score.hits, score.misses,
            score.false_accepts, score.hours, score.delay_s if score.hits else None,
            outcome.hops, outcome.counts, outcome.mean_wait_ms, outcome.longest_wait_ms,
        )

    @property
    def policy_key(self) -> str:
        """Twelve hex digits that stand for the policy."""
        return store.key({"kind": self.kind} | self.fields)

    @property
    def steps_percent(self) -> float:
        """Share of the frames that went through the layers."""
        return 100 * self.counts.steps / self.hops

    @property
    def features_percent(self) -> float:
        """Share of the frames that went through the transforms."""
        return 100 * self.counts.features / self.hops

    @property
    def miss_percent(self) -> float:
        """Share of the events that were not reported."""
        return 100 * self.misses / max(self.hits + self.misses, 1)


@dataclass(frozen=True)
class PolicyLine(Heard):
    """A policy on a stream: how well, at what cost on today's boards.

    Attributes:
        cycles_per_s: counted units times how often.
        power_mw, batched_mw: board → modelled; batched: at most ``BATCHES_PER_S`` wakes.
        flash_power_mw: board → modelled with as large a share of waits for its flash as the network
            takes while it computes every frame.
        busy_ms: of the dearest wake.
        arena_bytes: working memory.
    """

    cycles_per_s: float
    power_mw: dict[str, float]
    batched_mw: dict[str, float]
    flash_power_mw: dict[str, float]
    busy_ms: float
    arena_bytes: int

    @classmethod
    def priced(
        cls, heard: Heard, cost: Cost, arena_bytes: int, flash_shares: Mapping[str, float]
    ) -> "PolicyLine":
        """What was heard, at a cost.

        Args:
            flash_shares: board → cycles that wait for its flash, over all others.
        """
        def power_mw(name: str, flash_share: float = 0.0, **wakes: float) -> float:
            cycles_per_s = cost.cycles_per_s * (1 + flash_share)
            return float(power_on(board(name), heard.counts, cycles_per_s, **wakes))

        return cls(
            **vars(heard), cycles_per_s=cost.cycles_per_s,
            power_mw={name: power_mw(name) for name in BOARDS},
            batched_mw={name: power_mw(name, wakes_per_s=BATCHES_PER_S) for name in BOARDS},
            flash_power_mw={name: power_mw(name, share) for name, share in flash_shares.items()},
            busy_ms=cost.busy_cycles / (1e3 * board(BOARDS[0]).clock_mhz),
            arena_bytes=arena_bytes,
        )

    @property
    def worst_latency_ms(self) -> float:
        """From a sample to the end of the next computation, at worst."""
        return self.longest_wait_ms + self.busy_ms


@dataclass(frozen=True)
class PolicyStudy:
    """Policies tried with one network.

    Attributes:
        corpus: as tables call it.
        label, seed, parameters: of the network.
        tests: what is active → lines on that test stream, always-on first.
        validation: every policy that was tried, on the stream searched on.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    corpus: str
    label: str
    seed: int
    parameters: int
    tests: dict[str, tuple[PolicyLine, ...]]
    validation: tuple[Heard, ...] = field(default=(), repr=False)
    stale: str = ""


def packed(lines: Sequence[Heard]) -> dict:
    """Lines as plain values, the names of their columns once, for records."""
    return {"columns": [each.name for each in fields(Heard)],
            "rows": [list(astuple(line)) for line in lines]}


def unpacked(given: dict) -> tuple[Heard, ...]:
    """The inverse of :func:`packed`."""
    named = [dict(zip(given["columns"], row, strict=True)) for row in given["rows"]]
    return tuple(Heard(**each | {"counts": Counts(*each["counts"])}) for each in named)
