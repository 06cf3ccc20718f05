"""Where in a clip somebody speaks, by level: truth for voice activity and for levels of speech."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_closing, binary_opening

BLOCK_MS = 10.0  # of one level


@dataclass(frozen=True)
class EndpointRule:
    """How a clip of one utterance is cut into speech and pauses; the clip must be clean.

    The level of every 10 ms is compared with the quietest and the loudest of the clip. It is an
    energy rule with a threshold of each clip's own, after L. R. Rabiner and M. R. Sambur, An
    algorithm for determining the endpoints of isolated utterances, 1975, without their zero
    crossings: weak fricatives at the ends of words may be cut off.

    Attributes:
        share: of the way in decibels from the quiet to the loud level where speech begins.
        quiet, loud: percentiles of the clip's levels that stand for them.
        range_db: speech lies at most so far below the loud level.
        least_db: from quiet to loud; a clip with less tells no endpoints.
        gap_ms: shorter pauses belong to the word, such as a stop's closure.
        burst_ms: shorter speech is none, such as a click.
    """

    share: float = 0.3
    quiet: float = 10.0
    loud: float = 98.0
    range_db: float = 35.0
    least_db: float = 15.0
    gap_ms: float = 150.0
    burst_ms: float = 50.0


USUAL = EndpointRule()


def speech_in(
    clip: np.ndarray, rate_hz: float, rule: EndpointRule = USUAL
) -> np.ndarray | None:
    """Which samples of a clean clip are speech, (time,) of bool; None where it cannot be told.

    Args:
        clip: (time,), full scale at 1.
        rate_hz: samples per second.
        rule: the thresholds.
    """
    block = round(rate_hz * BLOCK_MS / 1000)
    count = len(clip) // block
    if count < 3:
        return None
    power = np.square(clip[: count * block], dtype=np.float64).reshape(count, block).mean(axis=1)
    level_db = 10 * np.log10(power + 1e-10)
    quiet_db, loud_db = np.percentile(level_db, [rule.quiet, rule.loud])
    if loud_db - quiet_db < rule.least_db:
        return None
    threshold_db = max(quiet_db + rule.share * (loud_db - quiet_db), loud_db - rule.range_db)
    active = binary_opening(level_db >= threshold_db, np.ones(_blocks(rule.burst_ms)))
    wide = _blocks(rule.gap_ms)
    active = binary_closing(np.pad(active, wide), np.ones(wide))[wide:-wide]
    if not active.any():
        return None
    return np.pad(np.repeat(active, block), (0, len(clip) - count * block))


def rms(x: np.ndarray) -> float:
    """Root mean square, 0 of nothing."""
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) if len(x) else 0.0


def _blocks(length_ms: float) -> int:
    return max(1, round(length_ms / BLOCK_MS))
