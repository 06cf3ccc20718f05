"""``.lnn`` files: a network as a microcontroller uses it in place from flash.

``lnnlab/runtime/FORMAT.md`` defines them. Reading checks everything before use.
"""

from ctypes import sizeof
from pathlib import Path

from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.layers import Layer
from lnnlab.lnn_file.anomaly import anomaly_sections, check_anomaly
from lnnlab.lnn_file.codec import decode_layer, encode_layer
from lnnlab.lnn_file.container import FLOAT32, INT8, join, split
from lnnlab.lnn_file.costs import cost_sections, with_costs
from lnnlab.lnn_file.feat import decode_features, encode_features
from lnnlab.lnn_file.float32 import FloatModel, float_from_bytes, float_to_bytes
from lnnlab.lnn_file.gains import check_gains, gain_sections
from lnnlab.lnn_file.packing import Pool, Reader
from lnnlab.lnn_file.policy import encode_policy, policy_of
from lnnlab.lnn_file.reading import chain, check_shifts, labels_of, meta_of, opened, reader_of
from lnnlab.lnn_file.stream import stream_sections, with_stream
from lnnlab.lnn_file.structures import Header, LayerRecord
from lnnlab.lnn_file.writing import written
from lnnlab.store import write_bytes

__all__ = [
    "FloatModel", "checked_bytes", "float_from_bytes", "float_to_bytes", "from_bytes",
    "is_float32", "read", "records_of", "to_bytes", "verify", "write", "write_bytes",
]


def to_bytes(model: IntegerModel) -> bytes:
    """The int8 file of a network."""
    pool = Pool()
    feat = encode_features(model.features, pool)
    inputs, steps, records = model.features.size, model.features.steps, []
    for layer in model.layers:
        records.append(encode_layer(layer, inputs, steps, pool))
        inputs, steps = records[-1].units, records[-1].steps_out
    policy = None if model.policy is None else encode_policy(model.policy)
    further = [] if policy is None else [("PLCY", policy, 1)]
    further += stream_sections(model.meta, model.layers) + cost_sections(model.meta)
    further += gain_sections(model) + anomaly_sections(model)
    return join(written(feat, records, pool, model.classes, model.meta, further), INT8)


def is_float32(data: bytes) -> bool:
    """Whether the header names float32; says nothing about the rest of the file."""
    place = Header.arithmetic
    stored = data[place.offset : place.offset + place.size]
    return len(stored) == place.size and int.from_bytes(stored, "little") == FLOAT32


def write(model: IntegerModel, path: Path) -> None:
    """Write a network's int8 file atomically."""
    write_bytes(path, to_bytes(model))


def read(path: Path) -> IntegerModel:
    """Read and check an int8 file.

    Raises:
        UserError: it is absent, damaged, of a newer version or a float32 file; the message names
            the check that failed and its offset.
    """
    return from_bytes(_content(path), str(path))


def checked_bytes(path: Path) -> bytes:
    """The content of a file of either arithmetic, checked.

    Raises:
        UserError: as :func:`read`.
    """
    data = _content(path)
    verify(data, str(path))
    return data


def from_bytes(data: bytes, name: str = "model") -> IntegerModel:
    """A network from the bytes of its int8 file; see :func:`read`."""
    arithmetic, sections = opened(data, name)
    if arithmetic != INT8:
        raise UserError(
            f"{name}: a float32 file; the integer twin reads int8 ones (float_from_bytes reads it)"
        )
    reader = reader_of(sections, name)
    at, feat, _ = sections["FEAT"]
    features, layers = decode_features(feat, at, reader), []
    for where, record in chain(sections, name):
        check_shifts(record, where, name)
        layers.append(decode_layer(record, where, reader))
        _compare(layers[-1], record, where, reader)
    policy = policy_of(sections, name, features, layers)
    meta = with_stream(meta_of(sections, name), sections, name, layers)
    meta = with_costs(meta, sections, name)
    model = IntegerModel(features, layers, labels_of(sections, name), dict(meta), policy)
    return check_anomaly(check_gains(model, sections, name), sections, name)


def verify(data: bytes, name: str = "model") -> None:
    """Check a file of either arithmetic as reading it would.

    Raises:
        UserError: naming the check that failed and its offset.
    """
    arithmetic, _ = opened(data, name)
    (from_bytes if arithmetic == INT8 else float_from_bytes)(data, name)


def records_of(data: bytes) -> list[LayerRecord]:
    """The layer records of a file that was read before."""
    _, content, count = split(data, "model")[1]["LAYR"]
    return [LayerRecord.read(content, sizeof(LayerRecord) * number) for number in range(count)]


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise UserError(f"{path}: no such file; 'liquid-compress' writes .lnn files")
    return path.read_bytes()


def _compare(layer: Layer, record: LayerRecord, where: int, reader: Reader) -> None:
    """Refuse fields that the layer would not have been written with."""
    again = encode_layer(layer, record.inputs, record.steps_in, Pool())
    if again.without_offsets() != record.without_offsets():
        raise reader.refuse(where, "fields that contradict each other")
