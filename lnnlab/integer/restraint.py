"""How much of what gains would take is taken: less where a sound is nearly clean (FORMAT.md,
section 9)."""

from dataclasses import asdict, astuple, dataclass

import numpy as np

from lnnlab.errors import UserError
from lnnlab.integer.arithmetic import ONE_Q15, int32, sat16, wide_log2_q10
from lnnlab.integer.ranges import UINT16, fits, within

KEY = "gains"  # of a network's meta
DEPTH = (1, ONE_Q15)
FROM = (0, 16 * 1024)  # octaves of power, Q10: up to 48 dB
MEMORY = 7  # a hop counts for 2^-7 of an energy's mean


@dataclass(frozen=True)
class Gains:
    """What a network whose outputs are gains does with them.

    Where the sound is noisy, up to ``depth_q15`` of a band is taken away. Where it is nearly clean
    there is more speech to lose than noise to lose, and less is taken: so much less for each octave
    by which what is left is stronger than what full gains take, both over the last second or so.

    Attributes:
        depth_q15: the largest share of a band that is taken away, 1 to 32768; 32768 less it is
            the least gain that is left.
        shallow_q15: what that share falls to at most; 0 without a slope.
        from_q10: octaves of power from which on it falls, up to 16; 3 dB each.
        slope_q15: by how much an octave, up to 65535; 0: it does not.

    Raises:
        UserError: out of range.
    """

    depth_q15: int = ONE_Q15
    shallow_q15: int = 0
    from_q10: int = 0
    slope_q15: int = 0

    def __post_init__(self) -> None:
        within("depth_q15", self.depth_q15, DEPTH)
        if wrong := why_no_restraint(*astuple(self)):
            raise UserError(f"gains: {wrong}")

    @classmethod
    def restrained(
        cls, depth: float, shallow: float, from_db: float, slope_per_db: float
    ) -> "Gains":
        """The same from shares of 1 and decibels."""
        octave_db = 10 * np.log10(2)
        return cls(round(ONE_Q15 * depth), round(ONE_Q15 * shallow),
                   round(1024 * from_db / octave_db), round(ONE_Q15 * slope_per_db * octave_db))

    @classmethod
    def of(cls, meta: dict) -> "Gains | None":
        """Those of a network's meta; None without any.

        Raises:
            UserError: they are no such settings.
        """
        if KEY not in meta:
            return None
        try:
            return cls(**{name: int(value) for name, value in meta[KEY].items()})
        except (AttributeError, TypeError, ValueError) as error:
            raise UserError(f"meta {KEY}: {error} missing or no number") from error

    def into(self, meta: dict) -> dict:
        """A network's meta with these; without a slope the depth says all."""
        return meta | {KEY: asdict(self) if self.slope_q15 else {"depth_q15": self.depth_q15}}


def why_no_restraint(depth_q15: int, shallow_q15: int, from_q10: int, slope_q15: int) -> str:
    """What is wrong with a slope and its ends, beginning with the field's name; empty: nothing."""
    on = slope_q15 != 0
    if not fits(slope_q15, UINT16):
        return f"slope_q15 {slope_q15}: choose a whole number from 0 to 65535"
    if not fits(shallow_q15, (1, depth_q15) if on else (0, 0)):
        return (f"shallow_q15 {shallow_q15}: choose a whole number from 1 to the depth, or 0 "
                "without a slope")
    if not fits(from_q10, FROM if on else (0, 0)):
        return (f"from_q10 {from_q10}: choose a whole number from 0 to {FROM[1]}, or 0 without "
                "a slope")
    return ""


def less(samples: np.ndarray, taken: np.ndarray, gains: Gains) -> np.ndarray:
    """Sound less a share of what full gains take of it.

    Args:
        samples: int16, as many hops as ``taken`` or more; taken: int16 (hop, sample).
        gains: says the share.

    Returns:
        int16 (hops · hop,)
    """
    hops, hop = taken.shape
    x, taken = samples[: hops * hop].reshape(hops, hop).astype(np.int64), taken.astype(np.int64)
    now = shares(x, taken, gains)[:, None]
    before = np.concatenate([[[gains.depth_q15]], now[:-1]])
    moved = int32((now - before) * np.arange(1, hop + 1)) >> (hop.bit_length() - 1)
    given = x - (int32((before + moved) * taken + 2**14) >> 15)
    return sat16(given).astype(np.int16).reshape(-1)


def shares(x: np.ndarray, taken: np.ndarray, gains: Gains) -> np.ndarray:
    """The share at the end of each hop, Q15 (hop,), of samples and what full gains take of them,
    (hop, sample) each."""
    if not gains.slope_q15:
        return np.full(len(x), gains.depth_q15)
    left, gone = (_lasting((each**2).sum(axis=1)) for each in (sat16(x - taken), taken))
    above = wide_log2_q10(left | 1) - wide_log2_q10(gone | 1) - gains.from_q10
    fallen = gains.depth_q15 - (np.maximum(above, 0) * gains.slope_q15 >> 10)
    return np.maximum(fallen, gains.shallow_q15)


def _lasting(energies: np.ndarray) -> np.ndarray:
    """2^MEMORY times the running mean of energies, from 0 on, (hop,)."""
    found, now = np.empty(len(energies), np.int64), 0
    for hop, energy in enumerate(energies.tolist()):
        now += energy - (now >> MEMORY)
        found[hop] = now
    return found
