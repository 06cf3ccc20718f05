"""What a search tries: policies of one kind, drawn from sensible ranges and varied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lnnlab.integer.policy import (
    MOST_HOPS,
    DeltaGate,
    EnergyGate,
    FluxGate,
    LearnedGate,
    Policy,
    Uniform,
    kind_of,
)

UNIFORM = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)
IDLE_S = (0.06, 1.0)  # range that the longest step is drawn from; variations leave it
# what a search begins with: steps, hangover and look-back; octaves; the floor's; Q15
START_S, START_HANGOVER_S, START_LOOK_BACK_S = (0.02, 0.04, 0.08, 0.18, 2.4), 0.2, 0.2
START_OCTAVES, START_FLOOR, START_ENOUGH = (4.0, 2.5), {"rise": 50, "fall": 3}, 11500
HANGOVER_S, LOOK_BACK = (0.02, 0.5), 16  # hops
OCTAVES = (0.3, 6.0)  # of energy above the floor that open a gate
GROWTH, AT_ONCE = (1.5, 4.0), 0.3  # of the step after closing; share of gates without
ENOUGH, NEVER = (0.15, 0.6), 0.3  # of a keyword's probability; share of gates that do not listen
QUANTILES = (0.5, 0.995)  # of a feature gate's level on the stream
VARIED, ANEW = 0.25, 0.3  # share of a policy's numbers that are varied; of these, drawn anew


@dataclass(frozen=True)
class Ground:
    """What the ranges depend on.

    Attributes:
        hop_s: seconds a hop.
        flux, delta: levels of the two feature gates on the stream's hops, (hop,) each; delta's
            after several hops, as its reference is the last computed frame.
        learned: trained gates that learned candidates start from, each with its score on every
            hop, (hop,), Q10. Only the kind that needs them looks at them.
        longest: hops that a step may last.
    """

    hop_s: float
    flux: np.ndarray | None = None
    delta: np.ndarray | None = None
    learned: Sequence[tuple[LearnedGate, np.ndarray]] = ()
    longest: int = MOST_HOPS


def draw(kind: str, ground: Ground, random: np.random.Generator) -> Policy:
    """A random policy of a kind."""
    return _DRAW[kind](ground, random)


def start(kind: str, ground: Ground) -> Policy:
    """Where the search for a kind begins: what is known from streams of words. Gates on features
    and the learned one open on as many hops as an energy gate does there."""
    if kind == "uniform":
        return Uniform(min(2, ground.longest))
    steps = tuple(min(ground.longest, max(1, round(each / ground.hop_s))) for each in START_S)
    shape = {"between": steps[1:4], "enough": START_ENOUGH}
    hangover = round(START_HANGOVER_S / ground.hop_s)
    look_back = min(LOOK_BACK, round(START_LOOK_BACK_S / ground.hop_s))
    if kind == "energy":
        levels = (round(1024 * each) for each in START_OCTAVES)
        return EnergyGate(steps[0], steps[4], *levels, hangover, look_back, **START_FLOOR, **shape)
    if kind == "learned":
        gate, scores = ground.learned[0]
        levels = np.quantile(scores, (0.9, 0.88, 0.86, 0.84)).astype(int).tolist()
        return replace(gate, steps=steps, thresholds=tuple(levels), look_back=look_back,
                       decay=int(np.clip(_span(scores) / max(hangover, 1), 0, 32767)))
    make, own = (FluxGate, ground.flux) if kind == "flux" else (DeltaGate, ground.delta)
    opening, closing = (int(np.clip(np.quantile(own, each), 1, 32767)) for each in (0.9, 0.8))
    return make(steps[0], steps[4], opening, closing, hangover, **shape)


def vary(policy: Policy, ground: Ground, random: np.random.Generator) -> Policy:
    """A policy near another: some of its numbers are drawn anew, others moved a little."""
    if isinstance(policy, LearnedGate):  # thresholds mean something for the same weights only
        own = [pair for pair in ground.learned if _weights(pair[0]) == _weights(policy)]
        ground = replace(ground, learned=own)
    fresh = draw(kind_of(policy), ground, random)
    if isinstance(policy, Uniform):
        return fresh
    names = [name for name in _FREE[type(policy)] if random.random() < VARIED]
    names = names or [str(random.choice(_FREE[type(policy)]))]
    moved = {name: getattr(fresh, name) if random.random() < ANEW or name not in _RANGES
             else _near(getattr(policy, name), *_RANGES[name], random)
             for name in names if hasattr(policy, name)}
    if isinstance(policy, LearnedGate):
        if "most" in names:
            moved["steps"] = fresh.steps
        return replace(policy, **moved)
    if "open" in moved:
        share = policy.close / max(policy.open, 1)
        opening = int(policy.open * np.exp(random.normal(0, 0.25)))
        share = float(np.clip(share + random.normal(0, 0.15), 0.1, 1.0))
        moved |= {"open": min(32767, max(1, opening)), "close": min(32767, int(opening * share))}
        moved["close"] = min(moved["close"], moved["open"])
    least, most = moved.get("least", policy.least), moved.get("most", policy.most)
    most = min(most, ground.longest)
    least, between = min(least, most), moved.get("between", policy.between)
    between = tuple(min(max(each, least), most) for each in between)
    return replace(policy, **moved | {"least": least, "most": most, "between": between})


def _near(value: int, least: int, most: int, random: np.random.Generator) -> int:
    return int(np.clip(round(value * np.exp(random.normal(0, 0.3))), least, most))


def _weights(gate: LearnedGate) -> tuple:
    return gate.w, gate.b, gate.v, gate.bias, gate.rise, gate.fall


def _idle(ground: Ground, random: np.random.Generator) -> int:
    low, high = (min(ground.longest, max(1, round(each / ground.hop_s))) for each in IDLE_S)
    return round(np.exp(random.uniform(np.log(low), np.log(high))))


def _hangover(ground: Ground, random: np.random.Generator) -> int:
    low, high = HANGOVER_S
    return round(np.exp(random.uniform(np.log(low), np.log(high))) / ground.hop_s)


def _floors(random: np.random.Generator) -> dict:
    return {"rise": int(np.exp(random.uniform(np.log(6), np.log(256)))),
            "fall": int(random.integers(1, 5)), "look_back": int(random.integers(LOOK_BACK + 1))}


def _uniform(ground: Ground, random: np.random.Generator) -> Uniform:
    return Uniform(int(random.choice([each for each in UNIFORM if each <= ground.longest])))


def _pair(ground: Ground, random: np.random.Generator) -> tuple[int, int]:
    most = _idle(ground, random)
    return min(most, int(random.choice([1, 1, 1, 1, 2, 2, 3]))), most


def _between(least: int, most: int, random: np.random.Generator) -> tuple[int, ...]:
    """Steps that grow by a factor once a gate has closed; in some, the longest at once."""
    if random.random() < AT_ONCE:
        return ()
    growth = np.exp(random.uniform(*np.log(GROWTH)))
    return tuple(int(min(most, round(least * growth**k))) for k in (1, 2, 3))


def _enough(random: np.random.Generator) -> int:
    return 0 if random.random() < NEVER else round(32768 * random.uniform(*ENOUGH))


def _energy(ground: Ground, random: np.random.Generator) -> EnergyGate:
    opening = round(1024 * np.exp(random.uniform(*np.log(OCTAVES))))
    least, most = _pair(ground, random)
    return EnergyGate(least, most, opening, int(opening * random.uniform(0.2, 1.0)),
                      _hangover(ground, random), **_floors(random),
                      between=_between(least, most, random), enough=_enough(random))


def _on_features(make: Callable, levels: str) -> Callable:
    def drawn(ground: Ground, random: np.random.Generator) -> FluxGate | DeltaGate:
        own = getattr(ground, levels)
        opening = int(np.clip(np.quantile(own, random.uniform(*QUANTILES)), 1, 32767))
        least, most = _pair(ground, random)
        hangover = _hangover(ground, random)
        return make(least, most, opening, int(opening * random.uniform(0.3, 1.0)), hangover,
                    between=_between(least, most, random), enough=_enough(random))

    return drawn


def _learned(ground: Ground, random: np.random.Generator) -> LearnedGate:
    """Thresholds between quantiles of the trained score, steps that grow towards idleness."""
    gate, scores = ground.learned[random.integers(len(ground.learned))]
    levels = np.quantile(scores, np.sort(random.uniform(0.4, 0.995, 4))[::-1])
    least, most = _pair(ground, random)
    inner = np.sort(np.exp(random.uniform(np.log(least), np.log(most + 1e-9), 3)).round())
    steps = (least, *(int(np.clip(each, least, most)) for each in inner), most)
    if random.random() < 0.5:  # two steps only, as other gates may have
        steps, levels = (least,) + (most,) * 4, np.full(4, levels[0])
    decay = _span(scores) * ground.hop_s / np.exp(random.uniform(*np.log(HANGOVER_S)))
    return replace(
        gate, steps=steps, thresholds=tuple(int(each) for each in levels),
        decay=int(np.clip(decay, 0, 32767)), look_back=int(random.integers(LOOK_BACK + 1)),
    )


def _span(scores: np.ndarray) -> float:
    """How far a trained score falls from what is surely needed to what is not."""
    return float(np.quantile(scores, 0.98) - np.quantile(scores, 0.3))


_DRAW = {
    "uniform": _uniform, "energy": _energy, "flux": _on_features(FluxGate, "flux"),
    "delta": _on_features(DeltaGate, "delta"), "learned": _learned,
}
_RANGES = {"most": (1, MOST_HOPS), "hangover": (0, 1000), "look_back": (0, LOOK_BACK),
           "rise": (0, 4096), "enough": (0, 32767), "decay": (0, 32767)}  # may move a little
_FREE = {
    EnergyGate: ("least", "most", "open", "hangover", "look_back", "rise", "fall",
                 "between", "enough"),
    FluxGate: ("least", "most", "open", "hangover", "between", "enough"),
    DeltaGate: ("least", "most", "open", "hangover", "between", "enough"),
    LearnedGate: ("most", "thresholds", "decay", "look_back"),
}
