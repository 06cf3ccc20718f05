"""What reading a file of either arithmetic has in common: sections, layers in a chain, labels."""

import json
from ctypes import sizeof

from lnnlab.integer import ranges
from lnnlab.integer.layers import Convolution, Depthwise
from lnnlab.integer.ranges import fits
from lnnlab.lnn_file.codec import KINDS
from lnnlab.lnn_file.container import damaged, entry_place, split
from lnnlab.lnn_file.packing import Reader
from lnnlab.lnn_file.structures import (
    FeatureRecord,
    LayerKind,
    LayerRecord,
    Requantisation,
    has_residual,
)

NEEDED = ("FEAT", "LAYR", "DATA", "LABL")
POOLS = (LayerKind.POOL, LayerKind.LEAKY_POOL)
CONVOLUTIONS = (LayerKind.CONVOLUTION, LayerKind.DEPTHWISE)
Sections = dict[str, tuple[int, bytes, int]]  # tag → (offset in the file, content, items)


def opened(data: bytes, name: str) -> tuple[int, Sections]:
    """The arithmetic and the sections of a file, all that are needed in their places.

    Raises:
        UserError: a check failed; the message names it and its offset.
    """
    arithmetic, sections = split(data, name)
    for number, (tag, found) in enumerate(zip(NEEDED, [*sections, *[None] * 4], strict=False)):
        if tag != found:
            raise damaged(name, entry_place(number), f"section {found} where {tag} belongs")
    at, feat, items = sections["FEAT"]
    if len(feat) != sizeof(FeatureRecord) or items != 1:
        raise damaged(name, at, f"FEAT has {len(feat)} bytes, not {sizeof(FeatureRecord)}")
    return arithmetic, sections


def reader_of(sections: Sections, name: str) -> Reader:
    """A reader of the ``DATA`` section."""
    start, content, _ = sections["DATA"]
    return Reader(content, start, lambda offset, what: damaged(name, offset, what))


def chain(sections: Sections, name: str) -> list[tuple[int, LayerRecord]]:
    """Each layer's place in the file and record, after checking that they follow each other."""
    at, content, count = sections["LAYR"]
    size = sizeof(LayerRecord)
    if not fits(count, ranges.LAYERS) or len(content) != count * size:
        raise damaged(name, at, f"{count} layers in {len(content)} bytes")
    features = FeatureRecord.from_buffer_copy(sections["FEAT"][1])
    inputs, steps, found = features.size, features.steps, []
    for number in range(count):
        where, record = at + number * size, LayerRecord.read(content, number * size)
        if record.kind not in KINDS:
            raise damaged(name, where, f"layer {number} is of unknown kind {record.kind}")
        if (record.inputs, record.steps_in) != (inputs, steps):
            raise damaged(name, where + LayerRecord.inputs.offset,
                          f"layer {number} does not follow the one before")
        if not fits(record.units, ranges.UNITS) or not record.steps_out:
            raise damaged(name, where + LayerRecord.units.offset,
                          f"layer {number} has {record.units} units")
        if (record.kind in POOLS) != (number == count - 2) or (
            record.kind == LayerKind.READOUT) != (number == count - 1):
            raise damaged(name, where, "a network ends with one pool and one readout")
        _refuse_first(_own_checks(record), where, name)
        inputs, steps = record.units, record.steps_out
        found.append((where, record))
    labels = sections["LABL"][2]
    if inputs != labels:
        raise damaged(name, where + LayerRecord.units.offset,
                      f"{inputs} logits for {labels} labels")
    forms = {issubclass(KINDS[r.kind], Convolution | Depthwise) for _, r in found[:-2]}
    if len(forms) > 1 or (True in forms and found[-2][1].kind == LayerKind.LEAKY_POOL):
        raise damaged(name, at, "layers of a stream and convolutions over windows mixed")
    return found


Check = tuple[bool, int, str]  # whether a field is wrong, where it stands in its record, its name


def _refuse_first(checks: list[Check], where: int, name: str) -> None:
    for wrong, place, what in checks:
        if wrong:
            raise damaged(name, where + place, what)


def _own_checks(record: LayerRecord) -> list[Check]:
    """Of the fields that the kind uses."""
    kind, units, at = record.kind, record.units, LayerRecord
    same = kind in (LayerKind.MIX, LayerKind.DEPTHWISE, *POOLS)
    return [
        (kind in (LayerKind.MIX, *CONVOLUTIONS) and not fits(record.taps, ranges.TAPS),
         at.taps.offset, f"{record.taps} taps"),
        (kind in CONVOLUTIONS and not record.stride, at.stride.offset, "stride 0"),
        (kind == LayerKind.CFC and not fits(record.hidden, ranges.UNITS),
         at.hidden.offset, f"{record.hidden} hidden units"),
        (kind == LayerKind.LEAKY_POOL and not fits(record.rate, ranges.LEAK),
         at.rate.offset, f"leak {record.rate}"),
        (kind == LayerKind.READOUT and record.background >= units,
         at.background.offset, f"{record.background} background classes of {units}"),
        (same and units != record.inputs, at.units.offset,
         f"{units} units of {record.inputs} inputs"),
    ]


def check_shifts(record: LayerRecord, where: int, name: str) -> None:
    """Shifts of the integer arithmetic."""
    kind, at, own = record.kind, LayerRecord, [record.requantisation(k) for k in range(3)]
    residual = has_residual(record)
    shift = own[1].down  # of a residual, if there is one
    downs = [own[0].down, own[2].down] + ([] if residual else [shift])
    right = all(fits(each.up, ranges.UP) for each in own) and all(
        fits(each, ranges.DOWN) for each in downs)
    _refuse_first([
        (not right, at.first.offset, "a shift out of range"),
        (residual and not fits(shift, ranges.RESIDUAL_SHIFT),
         at.further.offset + Requantisation.down.offset, f"residual shift {shift}"),
        (kind <= LayerKind.GRU and not fits(record.out_shift, ranges.OUT_SHIFT),
         at.out_shift.offset, f"out shift {record.out_shift}"),
        (kind == LayerKind.LSTM and not fits(record.cell_shift, ranges.CELL_SHIFT),
         at.cell_shift.offset, f"cell shift {record.cell_shift}"),
    ], where, name)


def labels_of(sections: Sections, name: str) -> tuple[str, ...]:
    """Names of the classes."""
    at, content, count = sections["LABL"]
    pieces = content.split(b"\0")
    if len(pieces) != count + 1 or pieces[-1]:
        raise damaged(name, at, f"{len(pieces) - 1} labels where {count} belong")
    try:
        return tuple(piece.decode() for piece in pieces[:-1])
    except UnicodeDecodeError as error:
        raise damaged(name, at, "a label is not UTF-8") from error


def meta_of(sections: Sections, name: str) -> dict:
    """What the file says for people and tools; empty without a ``META`` section."""
    if "META" not in sections:
        return {}
    at, content, _ = sections["META"]
    try:
        meta = json.loads(content)
    except ValueError as error:
        raise damaged(name, at, "META is no JSON") from error
    if not isinstance(meta, dict):
        raise damaged(name, at, "META is no JSON object")
    return meta
