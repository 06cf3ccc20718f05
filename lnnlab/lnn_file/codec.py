"""``LAYR`` records to and from the twin's layers (FORMAT.md, section 3)."""

import struct
from dataclasses import dataclass

import numpy as np

from lnnlab.integer import layers as kinds
from lnnlab.integer.arithmetic import MOST_INPUTS
from lnnlab.integer.cells import Residual
from lnnlab.integer.layers import Product
from lnnlab.lnn_file.packing import Pool, Reader, pack_pairs, pack_taps, unpack_pairs

LAYR = struct.Struct("<8H 9B 3x 9I")
KINDS = {
    1: kinds.LinearLTC, 2: kinds.CfC, 3: kinds.LSTM, 4: kinds.GRU, 5: kinds.Mix,
    6: kinds.Convolution, 7: kinds.Depthwise, 8: kinds.Pool, 9: kinds.Readout, 10: kinds.Dense,
    11: kinds.LeakyPool,
}
NUMBERS = {kind: number for number, kind in KINDS.items()}
LARGEST_BIAS = 2**23
RESIDUAL = 2  # bit of a LinearLTC's flags
LARGEST_RESIDUAL = 2**30  # of 32768·state + 128·input: no sum leaves int32


@dataclass
class Record:
    """One ``LAYR`` record as named fields."""

    kind: int
    flags: int = 0
    inputs: int = 0
    units: int = 0
    hidden: int = 0
    stride: int = 0
    steps_in: int = 0
    steps_out: int = 0
    shifts: tuple[int, ...] = (0, 0)  # up, down of each product
    out_shift: int = 0
    cell_shift: int = 0
    arrays: tuple[int, ...] = ()  # weights, bias, factor of each product

    def pack(self) -> bytes:
        """The 64 bytes."""
        s = (*self.shifts, *[0] * (6 - len(self.shifts)))
        return LAYR.pack(
            self.kind, self.flags, self.inputs, self.units, self.hidden, self.stride,
            self.steps_in, self.steps_out, s[0], s[1], 0, self.out_shift, *s[2:],
            self.cell_shift, *self.arrays, *[0] * (9 - len(self.arrays)),
        )

    @classmethod
    def unpack(cls, data: bytes, offset: int) -> "Record":
        """The record at ``offset``."""
        v = LAYR.unpack_from(data, offset)
        return cls(*v[:8], (*v[8:10], *v[12:16]), v[11], v[16], v[17:])


def encode_layer(layer: kinds.Layer, inputs: int, steps: int, pool: Pool) -> Record:
    """A layer's record, given how many values and steps come in."""
    record = Record(NUMBERS[type(layer)], inputs=inputs, steps_in=steps, steps_out=steps)
    products = _products(layer)
    record.shifts = tuple(n for each in products for n in (each.up, each.down))
    record.arrays = tuple(n for each in products for n in _arrays(each, pool))
    record.out_shift = getattr(layer, "out_shift", 0)
    record.cell_shift = getattr(layer, "cell_shift", 0)
    record.units = _units(layer, inputs)
    record.flags = int(
        getattr(layer, "absolute", False) or getattr(layer, "relu", False)
        or getattr(layer, "last", False)
    )
    if isinstance(layer, kinds.LinearLTC) and layer.residual is not None:
        residual = layer.residual
        record.flags |= RESIDUAL
        record.shifts += (0, residual.shift)
        record.arrays += (pool.add(np.array([residual.state, residual.input]), "<i4"),)
    if isinstance(layer, kinds.LeakyPool):
        record.hidden, record.steps_out = layer.rate, 1
        record.shifts += (layer.up, layer.down)
        record.arrays += (0, 0, pool.add(np.array([layer.factor]), "<i2"))
    if isinstance(layer, kinds.Readout):
        record.hidden = layer.background
    if isinstance(layer, kinds.CfC):
        record.hidden = len(layer.shared.bias)
    if isinstance(layer, kinds.Mix | kinds.Depthwise):
        record.hidden = len(layer.weight)
        record.shifts = (layer.up, layer.down)
        record.arrays = (
            pool.add(pack_taps(layer.weight), "<i1"), pool.add(layer.bias, "<i4"),
            pool.add(layer.factor, "<i2"),
        )
    if isinstance(layer, kinds.Convolution):
        record.hidden = layer.taps
    if isinstance(layer, kinds.Convolution | kinds.Depthwise):
        record.stride = layer.stride
        record.steps_out = (steps + 2 * (record.hidden // 2) - record.hidden) // layer.stride + 1
    if isinstance(layer, kinds.Pool):
        record.shifts, record.steps_out = (layer.up, layer.down), 1
        record.arrays = (0, 0, pool.add(np.array([layer.factor]), "<i2"))
    return record


def decode_layer(record: Record, where: int, reader: Reader) -> kinds.Layer:
    """The layer of a record whose place in the file is ``where``."""
    kind, n, u, hidden = KINDS[record.kind], record.inputs, record.units, record.hidden
    flag, shifts = bool(record.flags & 1), record.shifts
    if kind in (kinds.Mix, kinds.Depthwise):
        filters = _filters(record, where, reader)
        return kind(*filters) if kind is kinds.Mix else kind(*filters, record.stride, flag)
    if kind is kinds.Pool:
        return kind(_pool_factor(record, 2, where, reader), *shifts[:2], flag)
    shapes = {  # (rows, columns) of each product
        kinds.LinearLTC: [(2 * u, n)], kinds.CfC: [(hidden, n + u), (3 * u, hidden)],
        kinds.LSTM: [(4 * u, n + u)], kinds.GRU: [(2 * u, n + u), (u, n), (u, u)],
        kinds.Convolution: [(u, n * hidden)], kinds.Readout: [(u, n)], kinds.Dense: [(u, n)],
        kinds.LeakyPool: [(1, n)],
    }[kind]
    products = [
        _matrix(record, number, *shape, where, reader) for number, shape in enumerate(shapes)
    ]
    if kind is kinds.LinearLTC:
        return kind(*products, flag, record.out_shift, _residual(record, where, reader))
    if kind is kinds.LeakyPool:
        return kind(*products, hidden, _pool_factor(record, 5, where, reader), *shifts[2:4])
    further = {
        kinds.CfC: (record.out_shift,), kinds.LSTM: (record.cell_shift, record.out_shift),
        kinds.GRU: (record.out_shift,), kinds.Convolution: (hidden, record.stride, flag),
        kinds.Readout: (hidden,), kinds.Dense: (flag,),
    }.get(kind, ())
    return kind(*products, *further)


def _residual(record: Record, where: int, reader: Reader) -> Residual | None:
    if not record.flags & RESIDUAL:
        return None
    state, own = (int(each) for each in reader.take(record.arrays[3], 2, "<i4", where + 40))
    if record.inputs != record.units:
        raise reader.refuse(where + 4, "a residual between layers of different width")
    if min(state, own) < 0 or 32768 * state + 128 * own > LARGEST_RESIDUAL:
        raise reader.refuse(where + 40, "residual factors out of range")
    return Residual(state, own, record.shifts[3])


def _pool_factor(record: Record, number: int, where: int, reader: Reader) -> int:
    factor = int(reader.take(record.arrays[number], 1, "<i2", where + 28 + 4 * number)[0])
    if factor < 0:
        raise reader.refuse(where + 28 + 4 * number, "a factor below zero")
    return factor


def _matrix(
    record: Record, number: int, rows: int, columns: int, where: int, reader: Reader
) -> Product:
    at, pairs = where + 28 + 12 * number, -(-rows // 2)
    weights, bias, factor = record.arrays[3 * number : 3 * number + 3]
    packed = reader.take(weights, pairs * (columns + columns % 2), "<i2", at).reshape(pairs, -1)
    return _checked(Product(
        unpack_pairs(packed, rows, columns), reader.take(bias, rows, "<i4", at + 4),
        reader.take(factor, rows, "<i2", at + 8), *record.shifts[2 * number : 2 * number + 2],
    ), reader, at)


def _filters(record: Record, where: int, reader: Reader) -> tuple:
    units, width = record.units, record.units + -record.units % 4
    weights, bias, factor = record.arrays[:3]
    taps = reader.take(weights, record.hidden * width, "<i1", where + 28)
    weight = taps.reshape(record.hidden, width)[:, :units]
    bias, factor = (reader.take(bias, units, "<i4", where + 32),
                    reader.take(factor, units, "<i2", where + 36))
    _check_values(weight, bias, factor, reader, where + 28)
    return weight, bias, factor, *record.shifts[:2]


def _products(layer: kinds.Layer) -> list[Product]:
    return [each for each in vars(layer).values() if isinstance(each, Product)]


def _arrays(matrix: Product, pool: Pool) -> tuple[int, int, int]:
    return (
        pool.add(pack_pairs(matrix.weight), "<i2"), pool.add(matrix.bias, "<i4"),
        pool.add(matrix.factor, "<i2"),
    )


def _units(layer: kinds.Layer, inputs: int) -> int:
    rows = {kinds.LinearLTC: 2, kinds.LSTM: 4, kinds.Convolution: 1, kinds.Readout: 1,
            kinds.Dense: 1}
    if isinstance(layer, kinds.CfC):
        return len(layer.heads.bias) // 3
    if isinstance(layer, kinds.GRU):
        return len(layer.from_state.bias)
    return len(layer.matrix.bias) // rows[type(layer)] if type(layer) in rows else inputs


def _checked(matrix: Product, reader: Reader, where: int) -> Product:
    if matrix.weight.shape[1] > MOST_INPUTS:
        raise reader.refuse(where, f"{matrix.weight.shape[1]} inputs, the most are {MOST_INPUTS}")
    _check_values(matrix.weight, matrix.bias, matrix.factor, reader, where)
    return matrix


def _check_values(
    weight: np.ndarray, bias: np.ndarray, factor: np.ndarray, reader: Reader, where: int
) -> None:
    """``where``: place of the offset of the weights; bias and factor follow."""
    if abs(weight).max() > 127:
        raise reader.refuse(where, "a weight of −128")
    if abs(bias).max() > LARGEST_BIAS:
        raise reader.refuse(where + 4, "a bias beyond 2^23")
    if factor.min() < 0:
        raise reader.refuse(where + 8, "a factor below zero")
