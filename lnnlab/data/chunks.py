"""Arrays larger than memory, a piece at a time: windows that lie on disk, mapped, not held."""

import mmap
from collections.abc import Iterator

import numpy as np

CHUNK = 1024  # windows at a time
LARGE_BYTES = 2**29  # windows and features beyond it stay on disk


def pieces(
    array: np.ndarray, rows: np.ndarray, size: int | None = None
) -> Iterator[np.ndarray]:
    """Those rows of an array, so many at a time; what was read of a file is let go again.

    Args:
        array: (row, …), in memory or mapped.
        rows: numbers of rows, in any order.
        size: of a piece; None: ``CHUNK``.
    """
    size = size or CHUNK
    for first in range(0, len(rows), size):
        yield array[rows[first : first + size]]
        let_go(array)


def let_go(array: object) -> None:
    """Tell the system that what was read of a mapped file need not stay in memory; nothing for
    other arrays."""
    while isinstance(array, np.ndarray) and not isinstance(array, np.memmap):
        array = array.base
    held = getattr(array, "_mmap", None)
    if held is not None and hasattr(mmap, "MADV_DONTNEED"):
        held.madvise(mmap.MADV_DONTNEED)


def large(array: object, rows: int | None = None) -> bool:
    """Whether so many rows of an array, or all, are more than is to be held in memory; what lies on
    a GPU is not."""
    if not isinstance(array, np.ndarray):
        return False
    return (array.nbytes if rows is None else rows * array[:1].nbytes) > LARGE_BYTES
