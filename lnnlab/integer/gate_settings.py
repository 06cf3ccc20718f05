"""Timestep policies from seconds: the words of the configuration in C, C++ and Rust."""

import math
from dataclasses import asdict, dataclass

from lnnlab.errors import UserError
from lnnlab.integer.policy import MOST_HOPS, MOST_LOOK_BACK, EnergyGate

OCTAVE_DB = 10 * math.log10(2)  # of energy


@dataclass(frozen=True)
class Margins:
    """What is computed beyond the sound that opens a gate.

    Attributes:
        hangover: seconds that the gate stays open.
        look_back: seconds before its opening that are computed after all, as far as 16 hops reach.
    """

    hangover: float = 0.2
    look_back: float = 0.04


@dataclass(frozen=True)
class NoiseFloor:
    """How the floor that a gate compares with follows the energy.

    Attributes:
        rise_db_per_s: towards a noise that stays, dB a second.
        fall: by 2^−fall of the difference a hop.
    """

    rise_db_per_s: float = 1.0
    fall: int = 2


def energy_gate(
    min_timestep: float, max_timestep: float, energy_threshold: float, *, hop_s: float,
    margins: Margins = Margins(), floor: NoiseFloor = NoiseFloor(),
) -> EnergyGate:
    """An energy gate from seconds.

    Args:
        min_timestep: seconds between computed frames while something is heard; a time below a
            hop means every hop.
        max_timestep: seconds that may at most pass between computed frames, a hop or more.
        energy_threshold: by which share the energy of a hop must exceed its floor to open the
            gate: 0.1 is a tenth more, 1.72 one nat. It closes at half as many octaves.
        hop_s: seconds between two frames of the features.
        margins: what is computed before and after.
        floor: how the floor moves.

    Raises:
        UserError: a time or the threshold is out of range, or ``min_timestep > max_timestep``.
    """
    times = {"min_timestep": min_timestep, "max_timestep": max_timestep}
    for name, value in times.items():
        if not (math.isfinite(value) and value > 0):
            raise UserError(f"{name} {value:g} s: choose a time above 0")
    if min_timestep > max_timestep:
        raise UserError(f"min_timestep {min_timestep:g} s is above max_timestep "
                        f"{max_timestep:g} s: swap them")
    most = math.floor(max_timestep / hop_s + 1e-6)
    if not 1 <= most <= MOST_HOPS:
        raise UserError(f"max_timestep {max_timestep:g} s is {max_timestep / hop_s:.4g} hops of "
                        f"{1000 * hop_s:g} ms: choose 1 to {MOST_HOPS} hops")
    if not (math.isfinite(energy_threshold) and energy_threshold > 0):
        raise UserError(f"energy_threshold {energy_threshold:g}: choose a share above 0")
    for name, value in (asdict(margins) | {"rise_db_per_s": floor.rise_db_per_s}).items():
        if not (math.isfinite(value) and value >= 0):
            raise UserError(f"{name} {value:g}: choose 0 or more")
    opening = round(1024 * math.log2(1 + energy_threshold))  # Q10
    return EnergyGate(
        least=min(most, max(1, round(min_timestep / hop_s))), most=most,
        open=opening, close=opening // 2, hangover=round(margins.hangover / hop_s),
        look_back=min(MOST_LOOK_BACK, round(margins.look_back / hop_s)),
        rise=round(16384 * floor.rise_db_per_s / OCTAVE_DB * hop_s), fall=floor.fall,
    )
