"""What a study of policies found, typed: a line a policy and stream."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, field, fields

from lnnlab.adaptive.listening import Outcome, describe, power_on
from lnnlab.target.boards import board

LEVELS = (0.5, 0.2, 0.1)  # of always-on's cycles that a policy may take, on validation
FIFTH = LEVELS[1]
ALWAYS_ON = "always"  # the level of the network without a policy
BEST = "best"  # the level of the best of all kinds within FIFTH
FREE = "free"  # the level of the policy that costs least without losing on validation
BOARDS = ("nrf52840", "stm32f407")
BATCHES_PER_S = 10.0  # wakes where a buffer outside the processor collects 100 ms of samples


@dataclass(frozen=True)
class PolicyLine:
    """A policy on a stream: how well, at what cost.

    Attributes:
        level: what it was chosen for: a share of always-on's cycles, or a word; ``""``: not chosen.
        kind, policy, fields: the policy: its kind, in words, and as numbers.
        threshold: of detection.
        validation_f1: of the same policy on the validation streams, 0 to 1.
        f1, hits, misses, false_accepts, hours: on the stream, see
            :class:`lnnlab.scoring.events.Score`.
        delay_s: from an event's start to its report, mean; None without a hit.
        steps_percent, features_percent: share of the frames that went through the layers, and
            through the transforms.
        cycles_per_s: counted units times how often.
        power_mw, batched_mw: board → modelled; batched: at most ``BATCHES_PER_S`` wakes.
        mean_latency_ms, worst_latency_ms: from a sample to the end of the next computation.
        arena_bytes: working memory; None where it was not asked.
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
    steps_percent: float
    features_percent: float
    cycles_per_s: float
    power_mw: dict[str, float]
    batched_mw: dict[str, float]
    mean_latency_ms: float
    worst_latency_ms: float
    arena_bytes: int | None = None

    @classmethod
    def of(
        cls, level: str, outcome: Outcome, found: Outcome, arena_bytes: int | None = None
    ) -> "PolicyLine":
        """The line of an outcome; ``found``: the same policy on the validation streams."""
        score = outcome.score
        return cls(
            level, outcome.kind, describe(outcome.policy), asdict(outcome.policy),
            outcome.threshold, found.score.f1, score.f1, score.hits, score.misses,
            score.false_accepts, score.hours, score.delay_s if score.hits else None,
            outcome.steps_percent, 100 * outcome.counts.features / outcome.hops,
            outcome.cycles_per_s,
            {name: power_on(board(name), outcome) for name in BOARDS},
            {name: power_on(board(name), outcome, BATCHES_PER_S) for name in BOARDS},
            outcome.mean_latency_ms, outcome.worst_latency_ms, arena_bytes,
        )

    @property
    def miss_percent(self) -> float:
        """Share of the events that were not reported."""
        return 100 * self.misses / max(self.hits + self.misses, 1)


@dataclass(frozen=True)
class PolicyStudy:
    """Policies tried with one network.

    Attributes:
        corpus: as tables call it.
        label, seed, parameters: of the network.
        tests: what is active → lines on that test stream, always-on first.
        validation: lines of every policy that was tried, on the stream searched on.
        stale: why the record is stale, in words; ``""``: it is not.
    """

    corpus: str
    label: str
    seed: int
    parameters: int
    tests: dict[str, tuple[PolicyLine, ...]]
    validation: tuple[PolicyLine, ...] = field(default=(), repr=False)
    stale: str = ""


def packed(lines: Sequence[PolicyLine]) -> dict:
    """Lines as plain values, the names of their columns once, for records."""
    return {"columns": [each.name for each in fields(PolicyLine)],
            "rows": [list(astuple(line)) for line in lines]}


def unpacked(given: dict) -> tuple[PolicyLine, ...]:
    """The inverse of :func:`packed`."""
    return tuple(PolicyLine(**dict(zip(given["columns"], row, strict=True)))
                 for row in given["rows"])
