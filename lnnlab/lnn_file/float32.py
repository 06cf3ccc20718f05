"""Float32 files (FORMAT.md, section 5): writing, reading, and what they compute, in numpy."""

import struct
from dataclasses import dataclass, field, replace

import numpy as np

from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, band_edges, extract
from lnnlab.features.spec import KINDS, LOG_BANDS, RAW
from lnnlab.lnn_file.codec import RESIDUAL, Record
from lnnlab.lnn_file.container import FLOAT32, join
from lnnlab.lnn_file.feat import Feat, decode_spec, described
from lnnlab.lnn_file.float_layers import RUNNERS
from lnnlab.lnn_file.packing import Pool, Reader
from lnnlab.lnn_file.reading import POOL, chain, labels_of, meta_of, opened, reader_of
from lnnlab.lnn_file.writing import written
from lnnlab.models import KeywordClassifier
from lnnlab.models.folded import Folded, Matrix, fold
from lnnlab.models.saved import SavedModel

NUMBERS = {"linear_ltc": 1, "cfc": 2, "lstm": 3, "gru": 4, "mix": 5, "convolution": 6,
           "depthwise": 7, "readout": 9}


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
    layers: list[tuple[Record, list[Matrix]]]
    classes: tuple[str, ...]
    meta: dict = field(default_factory=dict)

    def run(self, samples: np.ndarray) -> np.ndarray:
        """int16 samples (window, time, channel) → logits (window, class), float32."""
        unit = replace(self.spec, full_scale=1.0)
        values = extract(samples[:, : self.window] / np.float32(32768), unit)
        x = pooled = ((values - self.offset) * self.factor).astype(np.float32)
        for record, matrices in self.layers:
            if record.kind == POOL:
                x = pooled[:, -1:] if record.flags & 1 else pooled.mean(axis=1, keepdims=True)
            else:
                x = pooled = RUNNERS[record.kind](record, matrices, x)
        return x[:, 0]


def float_to_bytes(saved: SavedModel) -> bytes:
    """The float32 file of a trained network.

    Raises:
        UserError: a layer has no form on the target.
    """
    pool, network, spec = Pool(), saved.network, saved.features
    if spec.kind not in (RAW, LOG_BANDS) or isinstance(network, KeywordClassifier):
        raise UserError(
            "float32 files hold raw frames and log-bands, and no keyword networks: take int8"
        )
    (floor,) = struct.unpack("<I", struct.pack("<f", spec.floor)) if spec.kind != "raw" else (0,)
    feat = described(spec, len(saved.channels), saved.window, saved.rate_hz, floor)
    if feat.kind:
        feat.window_at, feat.twiddle_at, feat.split_at = (
            pool.add(each, "<f4") for each in _tables(spec.frame)
        )
        bits = (spec.frame // 2).bit_length() - 1
        order = [int(f"{n:0{bits}b}"[::-1], 2) for n in range(spec.frame // 2)]
        feat.reversed_at = pool.add(np.array(order), "<u2")
        feat.edges_at = pool.add(band_edges(spec), "<u2")
    feat.offset_at = pool.add(network.offset.double().numpy(), "<f4")
    feat.factor_at = pool.add(network.scale.double().numpy(), "<f4")
    inputs, steps, records = feat.size, feat.steps, []
    *folded, readout = fold(network)
    for layer in folded:
        records.append(_record(layer, inputs, steps, pool))
        inputs, steps = layer.units, records[-1].steps_out
    last = int(getattr(network, "pool", "mean") == "last")
    records.append(Record(POOL, last, inputs, inputs, 0, 0, steps, 1))
    records.append(_record(readout, inputs, 1, pool))
    meta = {"model": saved.name, "channels": list(saved.channels)}
    return join(written(feat.pack(), records, pool, saved.classes, meta), FLOAT32)


def float_from_bytes(data: bytes, name: str = "model") -> FloatModel:
    """Read and check a float32 file.

    Raises:
        UserError: it is damaged or no float32 file; the message names the check and its offset.
    """
    arithmetic, sections = opened(data, name)
    reader = reader_of(sections, name)
    at, content, _ = sections["FEAT"]
    if arithmetic != FLOAT32:
        raise reader.refuse(6, "an int8 file where a float32 one belongs")
    if "PLCY" in sections:
        raise reader.refuse(sections["PLCY"][0], "a timestep policy in a float32 file")
    feat = Feat.unpack(content)
    if feat.kind > KINDS.index(LOG_BANDS):
        raise reader.refuse(at, f"feature kind {feat.kind} in a float32 file")
    (floor,) = struct.unpack("<f", struct.pack("<I", feat.floor))
    spec = decode_spec(feat, floor, at, reader)
    arrays = [_finite(reader, offset, feat.size, at + 56 + 4 * number) for number, offset in
              enumerate((feat.offset_at, feat.factor_at))]
    if feat.kind:
        offsets = (feat.window_at, feat.twiddle_at, feat.split_at)
        for number, (table, offset) in enumerate(zip(_tables(feat.frame), offsets, strict=True)):
            stored = _finite(reader, offset, table.size, at + 36 + 4 * number)
            if np.abs(stored - table.ravel()).max() > 1e-6:
                raise reader.refuse(at + 36 + 4 * number, "a table is not the defined one")
    layers = [(record, _matrices(record, where, reader))
              for where, record in _known(chain(sections, name), reader)]
    return FloatModel(
        spec, feat.channels, feat.window, feat.rate_hz, *arrays, layers,
        labels_of(sections, name), meta_of(sections, name),
    )


def _known(found: list[tuple[int, Record]], reader: Reader) -> list[tuple[int, Record]]:
    """The layers, refused where float32 files have none of the kind."""
    for where, record in found:
        if record.kind not in (*NUMBERS.values(), POOL) or record.flags & RESIDUAL:
            raise reader.refuse(where, f"layer kind {record.kind} in a float32 file")
    return found


def _tables(frame: int) -> list[np.ndarray]:
    """Window (frame,), twiddle and split (frame/4, 2), unrounded."""
    turn = np.arange(frame // 4)
    twiddle = np.exp(-4j * np.pi * turn / frame)
    split = -1j * np.exp(-2j * np.pi * turn / frame)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
    return [window, *(np.stack([each.real, each.imag], axis=-1) for each in (twiddle, split))]


def _record(layer: Folded, inputs: int, steps: int, pool: Pool) -> Record:
    record = Record(NUMBERS[layer.kind], int(layer.flag), inputs, layer.units, layer.taps, 0,
                    steps, steps)
    if layer.kind == "cfc":
        record.hidden = len(layer.products[0][1])
    if layer.kind in ("convolution", "depthwise"):
        record.stride = layer.stride
        record.steps_out = (steps + 2 * (layer.taps // 2) - layer.taps) // layer.stride + 1
    record.arrays = tuple(
        offset for weight, bias in layer.products
        for offset in (pool.add(weight, "<f4"), pool.add(bias, "<f4"), 0)
    )
    return record


def _matrices(record: Record, where: int, reader: Reader) -> list[Matrix]:
    n, u, hidden = record.inputs, record.units, record.hidden
    shapes = {  # (rows, columns) and number of biases of each product
        1: [(2 * u, n)], 2: [(hidden, n + u), (3 * u, hidden)], 3: [(4 * u, n + u)],
        4: [(2 * u, n + u), (u, n), (u, u)], 5: [(hidden, u)], 6: [(u, n * hidden)],
        7: [(hidden, u)], 8: [], 9: [(u, n)],
    }[record.kind]
    found = []
    for number, (rows, columns) in enumerate(shapes):
        at = where + 28 + 12 * number
        weight, bias = record.arrays[3 * number : 3 * number + 2]
        biases = u if record.kind in (5, 7) else rows
        found.append((
            _finite(reader, weight, rows * columns, at).reshape(rows, columns),
            _finite(reader, bias, biases, at + 4),
        ))
    return found


def _finite(reader: Reader, offset: int, count: int, where: int) -> np.ndarray:
    values = reader.take(offset, count, "<f4", where).astype(np.float32)
    if not np.isfinite(values).all():
        raise reader.refuse(where, "a value that is not finite")
    return values
