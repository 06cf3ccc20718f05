"""Sound files as mono samples at one rate, whatever they were recorded with."""

import struct
import warnings
from math import gcd
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import resample_poly

from lnnlab.errors import UserError

FULL_SCALE = {"uint8": 2.0**7, "int16": 2.0**15, "int32": 2.0**31}  # scipy gives 24 bits as int32


def read_wav(path: Path, rate_hz: int = 16_000) -> tuple[np.ndarray, str]:
    """The samples of a wav file, mono, at ``rate_hz``.

    Args:
        path: 8-, 16-, 24- or 32-bit integers, or floats; any rate, any number of channels.
        rate_hz: what the samples are resampled to where the file differs.

    Returns:
        float32 (time,), full scale at 1; and what was changed, in words: ``""`` for nothing.

    Raises:
        UserError: the file is empty, truncated or no wav file.
    """
    rate, samples = _content(path)
    kind = samples.dtype.name
    x = samples.astype(np.float64)
    if kind in FULL_SCALE:
        x = (x - 128 * (kind == "uint8")) / FULL_SCALE[kind]
    changes = []
    if x.ndim > 1:
        changes.append(f"{x.shape[1]} channels mixed down")
        x = x.mean(axis=1)
    if not len(x):
        raise UserError(f"{path}: holds no samples; record it again or remove it")
    if not np.isfinite(x).all():
        raise UserError(f"{path}: holds samples that are not finite; record it again or remove it")
    if rate != rate_hz:
        changes.append(f"resampled from {rate} to {rate_hz} Hz")
        divisor = gcd(int(rate), rate_hz)
        x = resample_poly(x, rate_hz // divisor, int(rate) // divisor)
    return x.astype(np.float32), ", ".join(changes)


def write_wav(path: Path, x: np.ndarray, rate_hz: int = 16_000) -> None:
    """Write samples (time,) with full scale at 1 as 16-bit mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate_hz, np.clip(np.round(x * 32768), -32768, 32767).astype(np.int16))


def _content(path: Path) -> tuple[int, np.ndarray]:
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    if not path.stat().st_size:
        raise UserError(f"{path}: is empty; copy or record it again, or remove it")
    try:
        if _cut_short(path):
            raise UserError(f"{path}: is truncated; copy or record it again, or remove it")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)  # of chunks that hold no sound
            return wavfile.read(path)
    except (ValueError, struct.error, EOFError, OSError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"{path}: is no readable wav file ({said}); copy or record it again, or remove it"
        ) from error


def _cut_short(path: Path) -> bool:
    """Whether fewer samples follow than the file announces, read from its chunks.

    scipy only warns of it, and warnings get lost between threads.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        order = ">" if file.read(4) == b"RIFX" else "<"
        file.seek(12)
        while len(head := file.read(8)) == 8:
            name, length = head[:4], struct.unpack(f"{order}I", head[4:])[0]
            if name == b"data":
                return file.tell() + length > size
            file.seek(length + length % 2, 1)
    return False
