"""The running gates of timestep policies (FORMAT.md, section 6): hop by hop, what they want.

A gate is asked ``wanted(t)`` once for every hop in order; it is told which frames were computed
and what a decision found.
"""

from collections.abc import Callable, Sequence

import numpy as np

from lnnlab.integer.arithmetic import log2_q10, uint32
from lnnlab.integer.policy import (
    DeltaGate,
    EnergyGate,
    FluxGate,
    LearnedGate,
    Policy,
    Uniform,
)

CHUNK = 1000  # hops at a time: the memory of squares
LARGEST_INPUT = 8191
RESTS = 3  # computed frames after which a closed gate has come to its longest step


def statistics(samples: np.ndarray, frame: int, hop: int) -> tuple[np.ndarray, np.ndarray]:
    """Energy of the samples and of their changes in every hop of a stream.

    Args:
        samples: int16 (time, channel), a frame or longer.
        frame, hop: samples; hop t is the last ``hop`` samples of frame t.

    Returns:
        a and d, log2 in Q10, (hop,).
    """
    count = 1 + (len(samples) - frame) // hop
    new = samples[frame - hop :][: count * hop].reshape(count, hop, -1)
    found = []
    for first in range(0, count, CHUNK):
        x = new[first : first + CHUNK].astype(np.int64)  # (hop, sample, channel)
        change = (x[:, 2:] - x[:, :-2]) >> 1
        found.append([(x * x).sum(axis=(1, 2)), (change * change).sum(axis=(1, 2))])
    energy, change = np.concatenate(found, axis=1)
    return log2_q10(uint32((energy >> 8) | 1)), log2_q10(uint32((change >> 8) | 1))


def above_floor(values: np.ndarray, rise: int, fall: int) -> np.ndarray:
    """How far values (hop,) in Q10 lie above a floor that falls fast and rises slowly."""
    floors, floor = np.empty_like(values), None
    for t, value in enumerate((16 * values).tolist()):
        if floor is None:
            floor = value
        elif value < floor:
            floor -= (floor - value) >> fall
        else:
            floor = min(floor + rise, value)
        floors[t] = floor
    return values - (floors >> 4)


class Gate:
    """A gate whose wishes are known beforehand; the others refine it.

    Attributes:
        listens: whether decisions change what it wants.
    """

    listens = False

    def __init__(self, wanted: Sequence[int] = ()) -> None:
        self._wanted = wanted

    def wanted(self, hop: int) -> int:
        """Hops that may lie between computed frames, after this hop."""
        return self._wanted[hop]

    def computed(self, hop: int) -> None:
        """The layers saw the frame of this hop."""

    def heard(self, keyword_q15: int) -> None:
        """A decision left the likeliest keyword with this smoothed probability."""


class Hysteresis(Gate):
    """Opens at ``open``, stays while at ``close`` or above, and for the hangover after that.

    A keyword heard with ``enough`` closes it at once, until the level has fallen below ``close``.
    Once closed, the step grows with every frame that is computed.

    Args:
        policy: of kind energy, flux or delta.
        levels: of every hop; those of delta are found hop by hop.
    """

    def __init__(
        self, policy: EnergyGate | FluxGate | DeltaGate, levels: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self._policy, self._levels, self._steps = policy, levels, policy.steps
        self.listens = policy.listens
        self._hold = self._heard = 0
        self._sated = False
        self._rest = RESTS  # frames computed since it closed, at most RESTS

    def level(self, hop: int) -> int:
        """What is held against ``open`` and ``close``."""
        return self._levels[hop]

    def wanted(self, hop: int) -> int:
        policy, level = self._policy, self.level(hop)
        if self._hold > 0 and policy.enough and self._heard >= policy.enough:
            self._sated, self._hold = True, 0
        self._sated = self._sated and level >= policy.close
        opens = level >= policy.open or (self._hold > 0 and level >= policy.close)
        if opens and not self._sated:
            self._hold = policy.hangover + 1
        elif self._hold > 0:
            self._hold -= 1
        if self._hold > 0:
            self._rest = 0
            return self._steps[0]
        return self._steps[1 + self._rest]

    def computed(self, hop: int) -> None:
        if self._hold == 0:
            self._rest = min(self._rest + 1, RESTS)

    def heard(self, keyword_q15: int) -> None:
        self._heard = keyword_q15


class _Difference(Hysteresis):
    """Delta: features against those of the last frame that the layers saw."""

    def __init__(self, policy: DeltaGate, features: np.ndarray) -> None:
        super().__init__(policy)
        self._features = features.astype(np.int16)
        self._seen = self._features[0]

    def level(self, hop: int) -> int:
        return int(abs(self._features[hop] - self._seen).sum(dtype=np.int64))

    def computed(self, hop: int) -> None:
        super().computed(hop)
        self._seen = self._features[hop]


class _Score(Gate):
    """Learned: a score that follows its peaks, against four thresholds."""

    def __init__(self, policy: LearnedGate, energy: np.ndarray, change: np.ndarray) -> None:
        super().__init__()
        self.listens, self._policy = policy.listens, policy
        inputs = np.stack([
            above_floor(energy, policy.rise, policy.fall),
            above_floor(change, policy.rise, policy.fall),
            np.diff(energy, prepend=energy[:1]), change - energy,
        ], axis=1)  # (hop, input)
        w = np.array(policy.w, np.int64).reshape(-1, 5)
        known = np.clip(inputs, -LARGEST_INPUT, LARGEST_INPUT) @ w[:, :4].T
        self._known = known.tolist()  # (hop, unit): what the samples add to the hidden units
        self._heard = [0] * len(w)  # what the posterior adds
        self._score = -32768

    def wanted(self, hop: int) -> int:
        policy, total = self._policy, 128
        for known, heard, b, v in zip(
            self._known[hop], self._heard, policy.b, policy.v, strict=True
        ):
            total += v * min(32767, max(0, ((known + heard + 128) >> 8) + b))
        z = min(32767, max(-32768, (total >> 8) + policy.bias))
        self._score = u = max(z, self._score - policy.decay, -32768)
        return policy.steps[sum(u < threshold for threshold in policy.thresholds)]

    def heard(self, keyword_q15: int) -> None:
        posterior = min(LARGEST_INPUT, keyword_q15 >> 5)
        self._heard = [row[4] * posterior for row in self._policy.w]


def gate_of(
    policy: Policy, statistics: tuple[np.ndarray, np.ndarray],
    features: Callable[[], np.ndarray],
) -> Gate:
    """The gate of a policy on one stream.

    Args:
        policy: any of the five kinds.
        statistics: a and d of every hop, from :func:`statistics`.
        features: gives the int8 features of every hop, (hop, feature); called if needed.
    """
    energy, change = statistics
    if isinstance(policy, Uniform):
        return Gate([policy.step] * len(energy))
    if isinstance(policy, LearnedGate):
        return _Score(policy, energy, change)
    if isinstance(policy, DeltaGate):
        return _Difference(policy, features())
    if isinstance(policy, FluxGate):
        rises = np.maximum(0, np.diff(features(), axis=0)).sum(axis=1)
        levels = np.concatenate([[0], rises])
    else:
        levels = above_floor(energy, policy.rise, policy.fall)
    return Hysteresis(policy, levels.tolist())
