"""A person's own recording through a denoiser: any file in, clean and aligned sound out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab.data.sounds.file import read_sound
from lnnlab.errors import UserError
from lnnlab.integer import Gains, IntegerModel, denoised, quantise_samples


@dataclass(frozen=True)
class Quieter:
    """A recording before and after.

    Attributes:
        before, after: float64 (time,), full scale at 1, neither late.
        rate_hz: samples per second, the network's.
        changes: what was done to the file's samples, in words; empty: nothing.
    """

    before: np.ndarray
    after: np.ndarray
    rate_hz: float
    changes: tuple[str, ...]


def denoise_file(path: Path, model: IntegerModel, depth: float | None = None) -> Quieter:
    """A sound file through the int8 twin, bit for bit what the C gives.

    Args:
        path: wav, flac, ogg, mp3 or aiff; other rates are resampled to the network's, several
            channels are mixed to one.
        model: its outputs are gains.
        depth: largest share of a band that is taken away, 0 to 1; None: the network's own.

    Raises:
        UserError: the file is no sound, shorter than a frame, or silent throughout, or the
            outputs are no gains.
    """
    front = model.features
    sound = read_sound(path, round(front.rate_hz))
    frame, hop = front.spec.frame, front.spec.hop
    if len(sound.x) < frame:
        raise UserError(f"{path}: {len(sound.x)} samples at {front.rate_hz:g} Hz, shorter than a "
                        f"frame; give {frame} or more")
    samples = quantise_samples(sound.x, 1.0)
    if not samples.any():
        raise UserError(f"{path}: silent throughout; there is nothing to make quieter")
    padded = np.concatenate([samples, np.zeros(hop + -len(samples) % hop, np.int16)])
    if depth == 0:
        return Quieter(samples / 32768, samples / 32768, front.rate_hz, tuple(sound.changes))
    gains = None if depth is None else Gains(round(32768 * depth))
    left = denoised(model, padded, gains)[hop : hop + len(samples)]
    return Quieter(samples / 32768, left / 32768, front.rate_hz, tuple(sound.changes))
