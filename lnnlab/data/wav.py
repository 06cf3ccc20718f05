"""Sound files as mono samples at one rate, and clips written as wav."""

from pathlib import Path

import numpy as np
from scipy.io import wavfile

from lnnlab.data.sounds.file import read_sound


def read_wav(path: Path, rate_hz: int = 16_000) -> tuple[np.ndarray, str]:
    """The samples of a sound file, mono, at ``rate_hz``.

    Args:
        path: wav of any kind, flac, ogg, mp3 or aiff; any rate, any number of channels.
        rate_hz: what the samples are resampled to where the file differs.

    Returns:
        float32 (time,), full scale at 1; and what was changed, in words: ``""`` for nothing.

    Raises:
        UserError: see :func:`lnnlab.data.sounds.file.read_sound`.
    """
    sound = read_sound(path, rate_hz)
    return sound.x, ", ".join(sound.changes)


def write_wav(path: Path, x: np.ndarray, rate_hz: int = 16_000) -> None:
    """Write samples (time,) with full scale at 1 as 16-bit mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate_hz, np.clip(np.round(x * 32768), -32768, 32767).astype(np.int16))
