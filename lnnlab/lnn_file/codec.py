"""``LAYR`` records to and from the twin's layers (FORMAT.md, section 3)."""

import numpy as np

from lnnlab.integer import layers as kinds
from lnnlab.integer import ranges
from lnnlab.integer.cells import Residual
from lnnlab.integer.layers import Product
from lnnlab.integer.ranges import fits
from lnnlab.lnn_file.packing import Pool, Reader, pack_pairs, pack_taps, unpack_pairs
from lnnlab.lnn_file.structures import ABSOLUTE, LAST, RELU, RESIDUAL, LayerKind, LayerRecord

KINDS = {
    LayerKind.LINEAR_LTC: kinds.LinearLTC, LayerKind.CFC: kinds.CfC, LayerKind.LSTM: kinds.LSTM,
    LayerKind.GRU: kinds.GRU, LayerKind.MIX: kinds.Mix, LayerKind.CONVOLUTION: kinds.Convolution,
    LayerKind.DEPTHWISE: kinds.Depthwise, LayerKind.POOL: kinds.Pool,
    LayerKind.READOUT: kinds.Readout, LayerKind.DENSE: kinds.Dense,
    LayerKind.LEAKY_POOL: kinds.LeakyPool,
}
NUMBERS = {kind: number for number, kind in KINDS.items()}


def encode_layer(layer: kinds.Layer, inputs: int, steps: int, pool: Pool) -> LayerRecord:
    """A layer's record, given how many values and steps come in."""
    record = LayerRecord(
        kind=NUMBERS[type(layer)], flags=_flags(layer), inputs=inputs,
        units=_units(layer, inputs), steps_in=steps, steps_out=steps,
        out_shift=getattr(layer, "out_shift", 0), cell_shift=getattr(layer, "cell_shift", 0),
    )
    for number, each in enumerate(_products(layer)):
        record.set_product(number, (each.up, each.down), *_arrays(each, pool))
    if isinstance(layer, kinds.LinearLTC) and layer.residual is not None:
        residual = layer.residual
        factors = pool.add(np.array([residual.state, residual.input]), "<i4")
        record.set_product(1, (0, residual.shift), factors)
    if isinstance(layer, kinds.LeakyPool):
        record.rate, record.steps_out = layer.rate, 1
        _put_pool_factor(record, 1, layer, pool)
    if isinstance(layer, kinds.Pool):
        record.steps_out = 1
        _put_pool_factor(record, 0, layer, pool)
    if isinstance(layer, kinds.Readout):
        record.background = layer.background
    if isinstance(layer, kinds.CfC):
        record.hidden = len(layer.shared.bias)
    if isinstance(layer, kinds.Mix | kinds.Depthwise):
        record.taps = len(layer.weight)
        weights, bias = pool.add(pack_taps(layer.weight), "<i1"), pool.add(layer.bias, "<i4")
        record.set_product(0, (layer.up, layer.down), weights, bias, pool.add(layer.factor, "<i2"))
    if isinstance(layer, kinds.Convolution):
        record.taps = layer.taps
    if isinstance(layer, kinds.Convolution | kinds.Depthwise):
        record.stride = layer.stride
        record.steps_out = convolved_steps(steps, record.taps, layer.stride)
    return record


def convolved_steps(steps: int, taps: int, stride: int) -> int:
    """How many steps a convolution gives that sees zeros outside."""
    return (steps + 2 * (taps // 2) - taps) // stride + 1


def decode_layer(record: LayerRecord, where: int, reader: Reader) -> kinds.Layer:
    """The layer of a record whose place in the file is ``where``."""
    kind, n, u, hidden = KINDS[record.kind], record.inputs, record.units, record.hidden
    if kind in (kinds.Mix, kinds.Depthwise):
        filters = _filters(record, where, reader)
        return kind(*filters) if kind is kinds.Mix else kind(
            *filters, record.stride, bool(record.flags & RELU))
    if kind is kinds.Pool:
        return kind(*_pool_factor(record, 0, where, reader), bool(record.flags & LAST))
    shapes = {  # (rows, columns) of each product
        kinds.LinearLTC: [(2 * u, n)], kinds.CfC: [(hidden, n + u), (3 * u, hidden)],
        kinds.LSTM: [(4 * u, n + u)], kinds.GRU: [(2 * u, n + u), (u, n), (u, u)],
        kinds.Convolution: [(u, n * record.taps)], kinds.Readout: [(u, n)],
        kinds.Dense: [(u, n)], kinds.LeakyPool: [(1, n)],
    }[kind]
    products = [
        _matrix(record, number, *shape, where, reader) for number, shape in enumerate(shapes)
    ]
    if kind is kinds.LinearLTC:
        residual = _residual(record, where, reader)
        return kind(*products, bool(record.flags & ABSOLUTE), record.out_shift, residual)
    if kind is kinds.LeakyPool:
        return kind(*products, record.rate, *_pool_factor(record, 1, where, reader))
    relu = bool(record.flags & RELU)
    further = {
        kinds.CfC: (record.out_shift,), kinds.LSTM: (record.cell_shift, record.out_shift),
        kinds.GRU: (record.out_shift,), kinds.Convolution: (record.taps, record.stride, relu),
        kinds.Readout: (record.background,), kinds.Dense: (relu,),
    }.get(kind, ())
    return kind(*products, *further)


def _residual(record: LayerRecord, where: int, reader: Reader) -> Residual | None:
    if not record.flags & RESIDUAL:
        return None
    at = where + LayerRecord.place(1)
    state, own = (int(each) for each in reader.take(record.products[1].weights, 2, "<i4", at))
    if record.inputs != record.units:
        raise reader.refuse(where + LayerRecord.inputs.offset,
                            "a residual between layers of different width")
    if min(state, own) < 0 or not fits(32768 * state + 128 * own, ranges.RESIDUAL_SUM):
        raise reader.refuse(at, "residual factors out of range")
    return Residual(state, own, record.requantisation(1).down)


def _put_pool_factor(
    record: LayerRecord, number: int, layer: kinds.Pool | kinds.LeakyPool, pool: Pool
) -> None:
    factor = pool.add(np.array([layer.factor]), "<i2")
    record.set_product(number, (layer.up, layer.down), 0, 0, factor)


def _pool_factor(
    record: LayerRecord, number: int, where: int, reader: Reader
) -> tuple[int, int, int]:
    """A pool's factor and its shifts."""
    at, shifts = where + LayerRecord.place(number, "factor"), record.requantisation(number)
    factor = int(reader.take(record.products[number].factor, 1, "<i2", at)[0])
    if not fits(factor, ranges.FACTOR):
        raise reader.refuse(at, "a factor below zero")
    return factor, shifts.up, shifts.down


def _matrix(
    record: LayerRecord, number: int, rows: int, columns: int, where: int, reader: Reader
) -> Product:
    pairs, arrays, shifts = -(-rows // 2), record.products[number], record.requantisation(number)
    places = [where + LayerRecord.place(number, name) for name in ("weights", "bias", "factor")]
    size = pairs * (columns + columns % 2)
    packed = reader.take(arrays.weights, size, "<i2", places[0]).reshape(pairs, -1)
    bias = reader.take(arrays.bias, rows, "<i4", places[1])
    factor = reader.take(arrays.factor, rows, "<i2", places[2])
    if not fits(columns, ranges.PRODUCT_INPUTS):
        most = ranges.PRODUCT_INPUTS[1]
        raise reader.refuse(places[0], f"{columns} inputs, the most are {most}")
    weight = unpack_pairs(packed, rows, columns)
    _check_values(weight, bias, factor, reader, places)
    return Product(weight, bias, factor, shifts.up, shifts.down)


def _filters(record: LayerRecord, where: int, reader: Reader) -> tuple:
    units, width, arrays = record.units, record.units + -record.units % 4, record.products[0]
    places = [where + LayerRecord.place(0, name) for name in ("weights", "bias", "factor")]
    taps = reader.take(arrays.weights, record.taps * width, "<i1", places[0])
    weight = taps.reshape(record.taps, width)[:, :units]
    bias = reader.take(arrays.bias, units, "<i4", places[1])
    factor = reader.take(arrays.factor, units, "<i2", places[2])
    _check_values(weight, bias, factor, reader, places)
    return weight, bias, factor, record.first.up, record.first.down


def _products(layer: kinds.Layer) -> list[Product]:
    return [each for each in vars(layer).values() if isinstance(each, Product)]


def _arrays(matrix: Product, pool: Pool) -> tuple[int, int, int]:
    return (
        pool.add(pack_pairs(matrix.weight), "<i2"), pool.add(matrix.bias, "<i4"),
        pool.add(matrix.factor, "<i2"),
    )


def _flags(layer: kinds.Layer) -> int:
    flags = ABSOLUTE if getattr(layer, "absolute", False) else 0
    flags |= RELU if getattr(layer, "relu", False) else 0
    flags |= LAST if getattr(layer, "last", False) else 0
    return flags | (RESIDUAL if getattr(layer, "residual", None) is not None else 0)


def _units(layer: kinds.Layer, inputs: int) -> int:
    rows = {kinds.LinearLTC: 2, kinds.LSTM: 4, kinds.Convolution: 1, kinds.Readout: 1,
            kinds.Dense: 1}
    if isinstance(layer, kinds.CfC):
        return len(layer.heads.bias) // 3
    if isinstance(layer, kinds.GRU):
        return len(layer.from_state.bias)
    return len(layer.matrix.bias) // rows[type(layer)] if type(layer) in rows else inputs


def _check_values(
    weight: np.ndarray, bias: np.ndarray, factor: np.ndarray, reader: Reader, places: list[int]
) -> None:
    """``places`` in the file: of the offsets of weights, bias and factor."""
    if not fits(weight, ranges.WEIGHT):
        raise reader.refuse(places[0], "a weight of −128")
    if not fits(bias, ranges.BIAS):
        raise reader.refuse(places[1], "a bias beyond 2^23")
    if not fits(factor, ranges.FACTOR):
        raise reader.refuse(places[2], "a factor below zero")
