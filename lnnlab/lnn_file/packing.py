"""Arrays of the ``DATA`` section: packed weight pairs, offsets, alignment."""

import numpy as np


class Pool:
    """Collects arrays and hands out their offsets; equal arrays are stored once."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._known: dict[bytes, int] = {}

    def add(self, array: np.ndarray, kind: str) -> int:
        """Append an array as little-endian ``kind``, such as ``"<i2"``; returns its offset."""
        data = np.ascontiguousarray(array).astype(kind).tobytes()
        if data not in self._known:
            self.content += bytes(-len(self.content) % 4)
            self._known[data] = len(self.content)
            self.content += data
        return self._known[data]


class Reader:
    """Takes arrays from a ``DATA`` section, refusing what lies outside.

    Args:
        data: the section; start: its offset in the file, for messages; refuse: raises the error.
    """

    def __init__(self, data: bytes, start: int, refuse) -> None:
        self.data, self.start, self.refuse = data, start, refuse

    def take(self, offset: int, count: int, kind: str, where: int) -> np.ndarray:
        """``count`` numbers at ``offset``; ``where`` is the place of the offset in the file."""
        size = count * np.dtype(kind).itemsize
        if offset % 4 or offset + size > len(self.data):
            raise self.refuse(where, f"an array of {size} bytes at {offset} leaves DATA")
        values = np.frombuffer(self.data, kind, count, offset)
        return values.astype(np.float64 if kind == "<f4" else np.int64)


def pack_pairs(weight: np.ndarray) -> np.ndarray:
    """int8 values (row, input) → int16 (pair, inputs rounded up to even): 256·odd + even row."""
    rows, inputs = weight.shape
    full = np.zeros((rows + rows % 2, inputs + inputs % 2), np.int64)
    full[:rows, :inputs] = weight
    return 256 * full[1::2] + full[0::2]


def unpack_pairs(packed: np.ndarray, rows: int, inputs: int) -> np.ndarray:
    """The inverse of :func:`pack_pairs`."""
    low = ((packed & 255) ^ 128) - 128
    full = np.empty((2 * len(packed), packed.shape[1]), np.int64)
    full[0::2], full[1::2] = low, (packed - low) >> 8
    return full[:rows, :inputs]


def pack_taps(weight: np.ndarray) -> np.ndarray:
    """int8 values (tap, unit) → (tap, units rounded up to a multiple of 4)."""
    return np.pad(weight, ((0, 0), (0, -weight.shape[1] % 4)))
