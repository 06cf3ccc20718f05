"""Float32 files (FORMAT.md, section 5): writing, reading, and what they compute, in numpy."""

from dataclasses import dataclass, field, replace

import numpy as np

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, band_edges, extract
from lnnlab.features.bands import window_of
from lnnlab.features.spec import KINDS, LOG_BANDS, RAW
from lnnlab.lnn_file.codec import convolved_steps
from lnnlab.lnn_file.container import FLOAT32, join
from lnnlab.lnn_file.feat import decode_spec, described
from lnnlab.lnn_file.float_layers import RUNNERS
from lnnlab.lnn_file.packing import Pool, Reader
from lnnlab.lnn_file.reading import chain, labels_of, meta_of, opened, reader_of
from lnnlab.lnn_file.structures import (
    ABSOLUTE,
    LAST,
    RELU,
    RESIDUAL,
    FeatureRecord,
    Header,
    LayerKind,
    LayerRecord,
)
from lnnlab.lnn_file.writing import written
from lnnlab.models import KeywordClassifier
from lnnlab.models.folded import Folded, Matrix, fold
from lnnlab.models.saved import SavedModel, board_rate_hz

KINDS_BY_NAME = {kind.name.lower(): kind for kind in RUNNERS}
TABLES = ("window_at", "twiddle_at", "split_at")


@dataclass(frozen=True)
class FloatModel:
    """What a float32 file computes: the oracle of a float runtime.

    Attributes:
        spec, channels, window, rate_hz: of the features, as in an integer network.
        offset, factor: (feature,); a network is fed (v − offset)·factor.
        layers: record and matrices of each layer.
        classes, meta: as in an integer network.
    """

    spec: FeatureSpec
    channels: int
    window: int
    rate_hz: float
    offset: np.ndarray
    factor: np.ndarray
    layers: list[tuple[LayerRecord, list[Matrix]]]
    classes: tuple[str, ...]
    meta: dict = field(default_factory=dict)

    def run(self, samples: np.ndarray) -> np.ndarray:
        """int16 samples (window, time, channel) → logits (window, class), float32."""
        unit = replace(self.spec, full_scale=1.0)
        values = extract(samples[:, : self.window] / np.float32(32768), unit)
        x = pooled = ((values - self.offset) * self.factor).astype(np.float32)
        for record, matrices in self.layers:
            if record.kind == LayerKind.POOL:
                last = record.flags & LAST
                x = pooled[:, -1:] if last else pooled.mean(axis=1, keepdims=True)
            else:
                x = pooled = RUNNERS[record.kind](record, matrices, x)
        return x[:, 0]


def float_to_bytes(saved: SavedModel) -> bytes:
    """The float32 file of a trained network.

    Raises:
        UserError: a layer has no form on the target.
    """
    pool, network, spec = Pool(), saved.network, saved.features
    *folded, readout = fold(network)
    if (spec.kind not in (RAW, LOG_BANDS) or spec.average > 1
            or isinstance(network, KeywordClassifier)):
        raise UserError("float32 files hold raw frames and log-bands of one transform, and no "
                        "keyword networks: take int8")
    feat = described(spec, len(saved.channels), saved.window, board_rate_hz(saved))
    if spec.kind != RAW:
        feat.power_floor = spec.floor
        for name, table in zip(TABLES, _tables(spec), strict=True):
            setattr(feat, name, pool.add(table, "<f4"))
        bits = (spec.frame // 2).bit_length() - 1
        order = [int(f"{n:0{bits}b}"[::-1], 2) for n in range(spec.frame // 2)]
        feat.reversed_at = pool.add(np.array(order), "<u2")
        feat.edges_at = pool.add(band_edges(spec), "<u2")
    feat.offset_at = pool.add(network.offset.double().numpy(), "<f4")
    feat.factor_at = pool.add(network.scale.double().numpy(), "<f4")
    inputs, steps, records = feat.size, feat.steps, []
    for layer in folded:
        records.append(_record(layer, inputs, steps, pool))
        inputs, steps = layer.units, records[-1].steps_out
    last = LAST if getattr(network, "pool", "mean") == "last" else 0
    records.append(LayerRecord(LayerKind.POOL, last, inputs, inputs, steps_in=steps, steps_out=1))
    records.append(_record(readout, inputs, 1, pool))
    meta = {"model": saved.name, "channels": list(saved.channels)}
    return join(written(bytes(feat), records, pool, saved.classes, meta), FLOAT32)


def float_from_bytes(data: bytes, name: str = "model") -> FloatModel:
    """Read and check a float32 file.

    Raises:
        UserError: it is damaged or no float32 file; the message names the check and its offset.
    """
    arithmetic, sections = opened(data, name)
    reader = reader_of(sections, name)
    at, content, _ = sections["FEAT"]
    if arithmetic != FLOAT32:
        raise reader.refuse(Header.arithmetic.offset, "an int8 file where a float32 one belongs")
    for tag, what in (("PLCY", "a timestep policy"), ("STRM", "a stream's settings")):
        if tag in sections:
            raise reader.refuse(sections[tag][0], f"{what} in a float32 file")
    feat = FeatureRecord.from_buffer_copy(content)
    if feat.kind > KINDS.index(LOG_BANDS):
        raise reader.refuse(at, f"feature kind {feat.kind} in a float32 file")
    if feat.average:
        raise reader.refuse(at + FeatureRecord.average.offset, "parts of a frame in a float32 file")
    spec = decode_spec(feat, feat.power_floor, at, reader, "<f4")
    arrays = [_finite(reader, getattr(feat, key), feat.size, _place(at, key))
              for key in ("offset_at", "factor_at")]
    if feat.kind:
        for key, table in zip(TABLES, _tables(spec), strict=True):
            stored = _finite(reader, getattr(feat, key), table.size, _place(at, key))
            if np.abs(stored - table.ravel()).max() > 1e-6:
                raise reader.refuse(_place(at, key), "a table is not the defined one")
    layers = [(record, _matrices(record, where, reader))
              for where, record in _known(chain(sections, name), reader)]
    return FloatModel(
        spec, feat.channels, feat.window, feat.rate_hz, *arrays, layers,
        labels_of(sections, name), meta_of(sections, name),
    )


def _place(at: int, name: str) -> int:
    """Of a field of the features' record."""
    return at + getattr(FeatureRecord, name).offset


def _known(found: list[tuple[int, LayerRecord]], reader: Reader) -> list[tuple[int, LayerRecord]]:
    """The layers, refused where float32 files have none of the kind."""
    for where, record in found:
        if record.kind not in (*RUNNERS, LayerKind.POOL) or record.flags & RESIDUAL:
            raise reader.refuse(where, f"layer kind {record.kind} in a float32 file")
    return found


def _tables(spec: FeatureSpec) -> list[np.ndarray]:
    """Window (frame,), twiddle and split (frame/4, 2), unrounded."""
    frame = spec.frame
    turn = np.arange(frame // 4)
    twiddle = np.exp(-4j * np.pi * turn / frame)
    split = -1j * np.exp(-2j * np.pi * turn / frame)
    window = window_of(spec.window, frame)
    return [window, *(np.stack([each.real, each.imag], axis=-1) for each in (twiddle, split))]


def _record(layer: Folded, inputs: int, steps: int, pool: Pool) -> LayerRecord:
    record = LayerRecord(KINDS_BY_NAME[layer.kind], ABSOLUTE if layer.absolute else 0, inputs,
                         layer.units, steps_in=steps, steps_out=steps)
    if layer.kind == "cfc":
        record.hidden = len(layer.products[0][1])
    if layer.kind in ("mix", "convolution", "depthwise"):
        record.taps = layer.taps
    if layer.kind in ("convolution", "depthwise"):
        record.flags |= RELU if layer.relu else 0  # a mix has it without a flag
        record.stride = layer.stride
        record.steps_out = convolved_steps(steps, layer.taps, layer.stride)
    for number, (weight, bias) in enumerate(layer.products):
        record.products[number] = pool.add(weight, "<f4"), pool.add(bias, "<f4"), 0
    return record


def _shapes(record: LayerRecord) -> list[tuple[int, int, int]]:
    """Rows, columns and number of biases of each product."""
    n, u, hidden, taps = record.inputs, record.units, record.hidden, record.taps
    shapes = {
        LayerKind.LINEAR_LTC: [(2 * u, n)], LayerKind.CFC: [(hidden, n + u), (3 * u, hidden)],
        LayerKind.LSTM: [(4 * u, n + u)], LayerKind.GRU: [(2 * u, n + u), (u, n), (u, u)],
        LayerKind.CONVOLUTION: [(u, n * taps)], LayerKind.POOL: [], LayerKind.READOUT: [(u, n)],
    }
    if record.kind in (LayerKind.MIX, LayerKind.DEPTHWISE):
        return [(taps, u, u)]
    return [(rows, columns, rows) for rows, columns in shapes[record.kind]]


def _matrices(record: LayerRecord, where: int, reader: Reader) -> list[Matrix]:
    found = []
    for number, (rows, columns, biases) in enumerate(_shapes(record)):
        arrays, at = record.products[number], where + LayerRecord.place(number)
        weight = _finite(reader, arrays.weights, rows * columns, at).reshape(rows, columns)
        place = where + LayerRecord.place(number, "bias")
        found.append((weight, _finite(reader, arrays.bias, biases, place)))
    return found


def _finite(reader: Reader, offset: int, count: int, where: int) -> np.ndarray:
    values = reader.take(offset, count, "<f4", where).astype(np.float32)
    if not np.isfinite(values).all():
        raise reader.refuse(where, "a value that is not finite")
    return values
