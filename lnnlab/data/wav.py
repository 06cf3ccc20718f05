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
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            rate, samples = wavfile.read(path)
        except FileNotFoundError:
            raise UserError(f"{path}: no such file") from None
        except (ValueError, struct.error, EOFError, OSError) as error:
            what = "is empty" if path.is_file() and not path.stat().st_size else (
                f"is no readable wav file ({str(error).splitlines()[0]})"
            )
            raise UserError(f"{path}: {what}; copy or record it again, or remove it") from error
    if any("EOF" in str(each.message) for each in said):
        raise UserError(f"{path}: is truncated; copy or record it again, or remove it")
    return rate, samples
