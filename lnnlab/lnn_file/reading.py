"""What reading a file of either arithmetic has in common: sections, layers in a chain, labels."""

import json
import struct

from lnnlab.integer.layers import Convolution, Depthwise
from lnnlab.lnn_file.codec import KINDS, LAYR, RESIDUAL, Record
from lnnlab.lnn_file.container import damaged, split
from lnnlab.lnn_file.feat import FEAT
from lnnlab.lnn_file.packing import Reader

NEEDED = ("FEAT", "LAYR", "DATA", "LABL")
MOST_UNITS, MOST_TAPS, MOST_LAYERS = 512, 64, 32
POOL, READOUT, DENSE, LEAKY_POOL = 8, 9, 10, 11
POOLS = (POOL, LEAKY_POOL)
Sections = dict[str, tuple[int, bytes, int]]  # tag → (offset in the file, content, items)


def opened(data: bytes, name: str) -> tuple[int, Sections]:
    """The arithmetic and the sections of a file, all that are needed in their places.

    Raises:
        UserError: a check failed; the message names it and its offset.
    """
    arithmetic, sections = split(data, name)
    for number, (tag, found) in enumerate(zip(NEEDED, [*sections, *[None] * 4], strict=False)):
        if tag != found:
            raise damaged(name, 32 + 16 * number, f"section {found} where {tag} belongs")
    at, feat, items = sections["FEAT"]
    if len(feat) != FEAT.size or items != 1:
        raise damaged(name, at, f"FEAT has {len(feat)} bytes, not {FEAT.size}")
    return arithmetic, sections


def reader_of(sections: Sections, name: str) -> Reader:
    """A reader of the ``DATA`` section."""
    start, content, _ = sections["DATA"]
    return Reader(content, start, lambda offset, what: damaged(name, offset, what))


def chain(sections: Sections, name: str) -> list[tuple[int, Record]]:
    """Each layer's place in the file and record, after checking that they follow each other."""
    at, content, count = sections["LAYR"]
    if not 3 <= count <= MOST_LAYERS or len(content) != count * LAYR.size:
        raise damaged(name, at, f"{count} layers in {len(content)} bytes")
    inputs, steps = struct.unpack_from("<2H", sections["FEAT"][1], 12)
    found = []
    for number in range(count):
        where = at + number * LAYR.size
        record = Record.unpack(content, number * LAYR.size)
        if record.kind not in KINDS:
            raise damaged(name, where, f"layer {number} is of unknown kind {record.kind}")
        if (record.inputs, record.steps_in) != (inputs, steps):
            raise damaged(name, where + 4, f"layer {number} does not follow the one before")
        if not 1 <= record.units <= MOST_UNITS or not record.steps_out:
            raise damaged(name, where + 6, f"layer {number} has {record.units} units")
        if (record.kind in POOLS) != (number == count - 2) or (
            record.kind == READOUT) != (number == count - 1):
            raise damaged(name, where, "a network ends with one pool and one readout")
        _check_fields(record, where, name)
        inputs, steps = record.units, record.steps_out
        found.append((where, record))
    if inputs != sections["LABL"][2]:
        raise damaged(name, where + 6, f"{inputs} logits for {sections['LABL'][2]} labels")
    forms = {issubclass(KINDS[r.kind], Convolution | Depthwise) for _, r in found[:-2]}
    if len(forms) > 1 or (True in forms and found[-2][1].kind == LEAKY_POOL):
        raise damaged(name, at, "layers of a stream and convolutions over windows mixed")
    return found


def _check_fields(record: Record, where: int, name: str) -> None:
    if record.kind in (5, 6, 7) and not 1 <= record.hidden <= MOST_TAPS:
        raise damaged(name, where + 8, f"{record.hidden} taps")
    if record.kind in (6, 7) and not record.stride:
        raise damaged(name, where + 10, "stride 0")
    if record.kind == 2 and not 1 <= record.hidden <= MOST_UNITS:
        raise damaged(name, where + 8, f"{record.hidden} hidden units")
    if record.kind == LEAKY_POOL and not 1 <= record.hidden <= 32767:
        raise damaged(name, where + 8, f"leak {record.hidden}")
    if record.kind == READOUT and record.hidden >= record.units:
        raise damaged(name, where + 8, f"{record.hidden} background classes of {record.units}")
    if record.kind in (5, 7, *POOLS) and record.units != record.inputs:
        raise damaged(name, where + 6, f"{record.units} units of {record.inputs} inputs")


def check_shifts(record: Record, where: int, name: str) -> None:
    """Shifts of the integer arithmetic."""
    ups, downs = record.shifts[0::2], record.shifts[1::2]
    residual = record.kind == 1 and record.flags & RESIDUAL  # its shift stands at down 1
    if max(ups) > 6 or max(downs[0], downs[2], 0 if residual else downs[1]) > 15:
        raise damaged(name, where + 16, "a shift out of range")
    if residual and downs[1] > 30:
        raise damaged(name, where + 21, f"residual shift {downs[1]}")
    if record.kind <= 4 and not 1 <= record.out_shift <= 8:
        raise damaged(name, where + 19, f"out shift {record.out_shift}")
    if record.kind == 3 and not 2 <= record.cell_shift <= 5:
        raise damaged(name, where + 24, f"cell shift {record.cell_shift}")


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
