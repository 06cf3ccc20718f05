"""Logarithms of band powers in integers, as ``lnnlab/runtime/FORMAT.md``, section 2, has them."""

import numpy as np

from lnnlab.integer.arithmetic import log2_q10, uint32, wide_log2_q10


def band_logs(bands: np.ndarray, e: np.ndarray, floor: int) -> np.ndarray:
    """log2 of powers in Q10.

    Args:
        bands: (…, band), each times 2^(2e); e: (…,), the shift of each frame.
        floor: added, in the unit of a power that was not shifted.
    """
    e = e[..., None]
    return log2_q10(uint32(bands + (floor << (2 * e)))) - 2048 * e


def bands_of_parts(bands: np.ndarray, e: np.ndarray, floor: int) -> np.ndarray:
    """Of the parts of each frame the log2 of their powers' sum in Q10, (…, part, band) → (…, band).

    Args:
        bands, e, floor: as of :func:`band_logs`, of each part.
    """
    parts = bands.shape[-2]
    if parts == 1:
        return band_logs(bands[..., 0, :], e[..., 0], floor)
    e = e[..., None]
    q10 = (bands << np.maximum(10 - 2 * e, 0)) >> np.maximum(2 * e - 10, 0)
    return wide_log2_q10(q10.sum(axis=-2) + (parts * floor << 10)) - 10 * 1024
