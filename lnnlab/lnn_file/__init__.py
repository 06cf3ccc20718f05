"""``.lnn`` files: an integer network as a microcontroller uses it in place from flash.

``lnnlab/runtime/FORMAT.md`` defines them. Reading checks everything before use.
"""

import json
import os
import struct
from pathlib import Path

from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.layers import Convolution, Depthwise
from lnnlab.lnn_file.codec import (
    FEAT,
    KINDS,
    LAYR,
    Record,
    decode_features,
    decode_layer,
    encode_features,
    encode_layer,
)
from lnnlab.lnn_file.container import INT8, damaged, join, split
from lnnlab.lnn_file.packing import Pool, Reader

__all__ = ["from_bytes", "read", "records_of", "to_bytes", "write"]

SECTIONS = ("FEAT", "LAYR", "DATA", "LABL", "META")


def to_bytes(model: IntegerModel) -> bytes:
    """The file of a network."""
    pool = Pool()
    feat = encode_features(model.features, pool)
    inputs, steps, layers = model.features.size, model.features.steps, b""
    for layer in model.layers:
        record = encode_layer(layer, inputs, steps, pool)
        layers += record.pack()
        inputs, steps = record.units, record.steps_out
    labels = b"".join(name.encode() + b"\0" for name in model.classes)
    meta = json.dumps(model.meta, sort_keys=True, ensure_ascii=False).encode()
    contents = (
        (feat, 1), (layers, len(model.layers)), (bytes(pool.content), len(pool.content)),
        (labels, len(model.classes)), (meta, len(meta)),
    )
    return join([(tag, *each) for tag, each in zip(SECTIONS, contents, strict=True)], INT8)


def write(model: IntegerModel, path: Path) -> None:
    """Write a network's file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(to_bytes(model))
    os.replace(partial, path)


def read(path: Path) -> IntegerModel:
    """Read and check a file.

    Raises:
        UserError: it is absent, damaged or of a newer version; the message names the check that
            failed and its offset.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file; 'liquid-compress' writes .lnn files")
    return from_bytes(path.read_bytes(), str(path))


def from_bytes(data: bytes, name: str = "model") -> IntegerModel:
    """A network from the bytes of its file; see :func:`read`."""
    arithmetic, sections = split(data, name)
    if arithmetic != INT8:
        raise UserError(f"{name}: a float32 file; the integer twin reads int8 ones")
    for tag in SECTIONS:
        if tag not in sections:
            raise damaged(name, 32, f"section {tag} is missing")
    start, content, _ = sections["DATA"]

    def refuse(offset: int, what: str) -> UserError:
        return damaged(name, offset, what)

    reader = Reader(content, start, refuse)
    at, feat, _ = sections["FEAT"]
    if len(feat) != FEAT.size:
        raise refuse(at, f"FEAT has {len(feat)} bytes, not {FEAT.size}")
    try:
        features = decode_features(feat, at, reader)
        layers = [
            decode_layer(record, where, reader) for where, record in _chain(sections, name)
        ]
        names = _labels(sections["LABL"], name)
        meta = json.loads(sections["META"][1])
    except (ValueError, struct.error) as error:
        raise refuse(at, f"values that do not fit together ({error})") from error
    model = IntegerModel(features, layers, names, meta)
    if to_bytes(model) != data:
        raise refuse(at, "fields that contradict each other")
    return model


def records_of(data: bytes) -> list[Record]:
    """The layer records of a file that was read before."""
    _, content, count = split(data, "model")[1]["LAYR"]
    return [Record.unpack(content, LAYR.size * number) for number in range(count)]


def _chain(sections: dict, name: str) -> list[tuple[int, Record]]:
    """Each layer's place in the file and record, after checking that they follow each other."""
    at, content, count = sections["LAYR"]
    if not 3 <= count <= 32 or len(content) != count * LAYR.size:
        raise damaged(name, at, f"{count} layers in {len(content)} bytes")
    found = []
    _, feat, _ = sections["FEAT"]
    inputs, steps = struct.unpack_from("<2H", feat, 12)
    for number in range(count):
        where = at + number * LAYR.size
        record = Record.unpack(content, number * LAYR.size)
        if record.kind not in KINDS:
            raise damaged(name, where, f"layer {number} is of unknown kind {record.kind}")
        if (record.inputs, record.steps_in) != (inputs, steps) or not record.units:
            raise damaged(name, where + 4, f"layer {number} does not follow the one before")
        last = {count - 2: 8, count - 1: 9}.get(number)
        if (record.kind if record.kind > 7 else None) != last:
            raise damaged(name, where, "a network ends with one pool and one readout")
        _check_shifts(record, where, name)
        inputs, steps = record.units, record.steps_out
        found.append((where, record))
    if inputs != sections["LABL"][2]:
        raise damaged(name, where + 6, f"{inputs} logits for {sections['LABL'][2]} labels")
    forms = {issubclass(KINDS[r.kind], Convolution | Depthwise) for _, r in found[:-2]}
    if len(forms) > 1:
        raise damaged(name, at, "recurrent layers and convolutions over windows mixed")
    return found


def _check_shifts(record: Record, where: int, name: str) -> None:
    ups, downs = record.shifts[0::2], record.shifts[1::2]
    if max(ups) > 6 or max(downs) > 15:
        raise damaged(name, where + 16, "a shift out of range")
    if record.kind <= 4 and not 1 <= record.out_shift <= 8:
        raise damaged(name, where + 19, f"out shift {record.out_shift}")
    if record.kind == 3 and not 2 <= record.cell_shift <= 5:
        raise damaged(name, where + 24, f"cell shift {record.cell_shift}")
    if record.kind in (5, 6, 7) and not 1 <= record.hidden <= 64:
        raise damaged(name, where + 8, f"{record.hidden} taps")
    if record.kind in (6, 7) and not record.stride:
        raise damaged(name, where + 10, "stride 0")
    if record.kind == 2 and not 1 <= record.hidden <= 512:
        raise damaged(name, where + 8, f"{record.hidden} hidden units")


def _labels(section: tuple[int, bytes, int], name: str) -> tuple[str, ...]:
    at, content, count = section
    pieces = content.split(b"\0")
    if len(pieces) != count + 1 or pieces[-1]:
        raise damaged(name, at, f"{len(pieces) - 1} labels where {count} belong")
    return tuple(piece.decode() for piece in pieces[:-1])
