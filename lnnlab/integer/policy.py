"""Timestep policies: at which hops of a stream a network computes (FORMAT.md, section 6).

A policy says after each hop how many hops may pass between two computed frames. The kinds differ
in what they look at; :mod:`lnnlab.integer.gate` runs them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lnnlab.errors import UserError
from lnnlab.integer.features import IntegerFeatures
from lnnlab.integer.layers import Dense, Layer, LeakyPool, LinearLTC, Mix
from lnnlab.integer.ranges import INT16, Q15, UINT16, Range, all_within, integers, sequence, within

MOST_HOPS, MOST_LOOK_BACK, MOST_FALL, MOST_BETWEEN = 255, 16, 8, 3
MOST_HIDDEN, INPUTS, LARGEST_WEIGHT = 8, 5, 2047
MOST_HOP_VALUES = 512  # samples of all channels in a hop: a sum of squares fits 39 bits
HOPS, WEIGHTS = (1, MOST_HOPS), (-LARGEST_WEIGHT, LARGEST_WEIGHT)
# field of the file → what every of its numbers may be, for policies as for their records
LIMITS: dict[str, Range] = {
    "look_back": (0, MOST_LOOK_BACK), "steps": HOPS, "hangover": UINT16, "rise": UINT16,
    "fall": (0, MOST_FALL), "open": INT16, "close": INT16, "thresholds": INT16, "decay": Q15,
    "hidden": (0, MOST_HIDDEN), "bias": INT16, "enough": Q15, "w": WEIGHTS, "b": INT16,
    "v": WEIGHTS,
}


@dataclass(frozen=True)
class Uniform:
    """Every ``step``-th frame, whatever is heard; 1 is always-on.

    Choose it as the rival that a gate has to beat.

    Raises:
        UserError: the step is not 1 to 255 hops.
    """

    step: int = 1
    look_back = 0

    def __post_init__(self) -> None:
        within("step", self.step, HOPS, "hops")

    @property
    def steps(self) -> tuple[int, ...]:
        """The five timesteps of the file, hops."""
        return (self.step,) * 5


@dataclass(frozen=True)
class _Gate:
    """Timesteps and a hysteresis: what the gates share.

    Attributes:
        least, most: hops between frames while open and while closed, 1 to 255.
        open, close: where the gate opens and below which it closes, in the kind's own unit.
        hangover: hops that it stays open after that.
        between: steps on the way from least to most after closing, one computed frame each: up to
            three, not falling, within least..most; empty: most at once. Those at the end that
            equal most are dropped, as they say nothing.
        enough: smoothed probability of a keyword, Q15, from which on an open gate has heard
            enough: it closes, and stays so until its level has fallen below ``close``; 0: never.
            Below the threshold of detection, a gate may be shut before a report.
    """

    least: int
    most: int
    open: int
    close: int
    hangover: int
    between: tuple[int, ...] = field(default=(), kw_only=True)
    enough: int = field(default=0, kw_only=True)
    look_back = 0

    def __post_init__(self) -> None:
        within("least", self.least, HOPS, "hops")
        within("most", self.most, HOPS, "hops")
        if self.least > self.most:
            raise UserError(f"least {self.least} is above most {self.most}: swap them")
        _check(self, "open", "close")
        if self.close > self.open:
            raise UserError(f"close {self.close} is above open {self.open}: a gate closes below")
        _check(self, "hangover", unit="hops")
        _check(self, "enough")
        between = list(integers("between", self.between))
        all_within("between", between, (self.least, self.most))
        if len(between) > MOST_BETWEEN or between != sorted(between):
            raise UserError(f"between {self.between}: up to {MOST_BETWEEN} that do not fall")
        while between and between[-1] == self.most:
            between.pop()
        object.__setattr__(self, "between", tuple(between))

    @property
    def steps(self) -> tuple[int, ...]:
        """The five timesteps of the file, hops."""
        return (self.least, *self.between) + (self.most,) * (4 - len(self.between))

    @property
    def listens(self) -> bool:
        """Whether decisions of the network reach the gate."""
        return self.enough > 0


@dataclass(frozen=True)
class EnergyGate(_Gate):
    """Open while the samples are louder than their floor; costs no transform while closed.

    Choose it first. :func:`lnnlab.integer.gate_settings.energy_gate` makes one from seconds.

    Attributes:
        open, close: log2 of the energy above its floor, Q10.
        look_back: hops before the opening that are computed after all, 0 to 16.
        rise: of the floor, octaves a hop in Q14, 0 to 65535.
        fall: it falls by 2^−fall of the difference a hop, 0 to 8.

    Raises:
        UserError: a field is out of range, ``least`` above ``most``, ``close`` above ``open``.
    """

    look_back: int = 0
    rise: int = 64
    fall: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_floors(self)


@dataclass(frozen=True)
class FluxGate(_Gate):
    """Open while features rise: Σ max(0, q − q of the hop before), in steps of int8.

    Choose it to compare with; the features of every hop are computed, only the layers sleep.
    """


@dataclass(frozen=True)
class DeltaGate(_Gate):
    """Open while features differ: Σ |q − q of the last frame the layers saw|, in steps of int8.

    Choose it to compare with delta networks; the features of every hop are computed.
    """


@dataclass(frozen=True)
class LearnedGate:
    """A small network on raw-sample statistics and the posterior chooses of five timesteps.

    Choose it where its training found something that :class:`EnergyGate` misses. Its inputs are
    energy above the floor, that of the samples' changes, the energy's rise, changes less energy
    (octaves in Q10), and the smoothed probability of the likeliest keyword (Q10).

    Attributes:
        steps: hops between frames, five, not falling, 1 to 255.
        thresholds: four in Q10, not rising: below each, the next longer step.
        decay: what the score may fall in a hop, Q10, 0 to 32767.
        bias: Q10; w: J rows of five, Q8; b: (J,) Q10; v: (J,) Q8; weights up to ±2047, J ≤ 8.
        look_back, rise, fall: as of :class:`EnergyGate`.

    Raises:
        UserError: a field is out of range or out of order.
    """

    steps: tuple[int, ...]
    thresholds: tuple[int, ...]
    decay: int = 32767
    bias: int = 0
    w: tuple[tuple[int, ...], ...] = ()
    b: tuple[int, ...] = ()
    v: tuple[int, ...] = ()
    look_back: int = 0
    rise: int = 64
    fall: int = 2

    def __post_init__(self) -> None:
        for name in ("steps", "thresholds", "b", "v"):
            object.__setattr__(self, name, integers(name, getattr(self, name)))
        object.__setattr__(self, "w", tuple(integers("w", row) for row in sequence("w", self.w)))
        if len(self.steps) != 5 or list(self.steps) != sorted(self.steps):
            raise UserError(f"steps {self.steps}: five that do not fall")
        if len(self.thresholds) != 4 or list(self.thresholds) != sorted(self.thresholds)[::-1]:
            raise UserError(f"thresholds {self.thresholds}: four that do not rise")
        hidden = len(self.w)
        if hidden > MOST_HIDDEN or {len(self.b), len(self.v)} != {hidden}:
            raise UserError(f"w, b, v have {hidden}, {len(self.b)}, {len(self.v)} hidden units: "
                            f"the same number, at most {MOST_HIDDEN}")
        if any(len(row) != INPUTS for row in self.w):
            raise UserError(f"a row of w is not of {INPUTS} weights")
        rows = (("w", row) for row in self.w)
        own = ((name, getattr(self, name)) for name in ("steps", "thresholds", "b", "v"))
        for name, values in (*own, *rows):
            all_within(name, values, LIMITS[name])
        _check(self, "bias", "decay")
        _check_floors(self)

    @property
    def listens(self) -> bool:
        """Whether decisions of the network reach the gate."""
        return any(row[4] and out for row, out in zip(self.w, self.v, strict=True))


Policy = Uniform | EnergyGate | FluxGate | DeltaGate | LearnedGate


def refuse_unfit(features: IntegerFeatures, layers: Sequence[Layer]) -> None:
    """A policy needs a network that can be stepped by any timestep.

    Raises:
        UserError: no leaky pool, other layers than dense, mix and LinearLTC, frames that do not
            overlap or touch, or more than 512 samples a hop.
    """
    spec = features.spec
    if not isinstance(layers[-2], LeakyPool):
        raise UserError("a timestep policy needs a leaky pool; train a keyword_… network")
    for layer in layers[:-2]:
        if not isinstance(layer, Dense | Mix | LinearLTC):
            raise UserError(f"a timestep policy cannot step {type(layer).__name__}; "
                            "take LinearLTC, mix and dense layers")
    if spec.hop > spec.frame or spec.hop * features.channels > MOST_HOP_VALUES:
        raise UserError(f"hop {spec.hop} of {features.channels} channels: a timestep policy takes "
                        f"up to the frame ({spec.frame}) and {MOST_HOP_VALUES} samples in all")


def _check(policy: _Gate | LearnedGate, *names: str, unit: str = "") -> None:
    for name in names:
        within(name, getattr(policy, name), LIMITS[name], unit)


def _check_floors(policy: EnergyGate | LearnedGate) -> None:
    _check(policy, "look_back", unit="hops")
    _check(policy, "rise", "fall")


ALWAYS = Uniform(1)
# name → class, numbered as in the file
KINDS = {"uniform": Uniform, "energy": EnergyGate, "flux": FluxGate, "delta": DeltaGate,
         "learned": LearnedGate}


def kind_of(policy: Policy) -> str:
    """The name of a policy's kind."""
    return next(name for name, each in KINDS.items() if type(policy) is each)
