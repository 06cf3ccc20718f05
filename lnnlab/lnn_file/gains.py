"""The ``GAIN`` section: outputs that are gains of the bands (FORMAT.md, section 9)."""

import ctypes
from dataclasses import astuple

from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.gains import why_no_gains
from lnnlab.integer.ranges import fits
from lnnlab.integer.restraint import DEPTH, KEY, Gains, why_no_restraint
from lnnlab.lnn_file.container import damaged
from lnnlab.lnn_file.reading import Sections
from lnnlab.lnn_file.structures import GainRecord


def gain_sections(model: IntegerModel) -> list[tuple[str, bytes, int]]:
    """The section of a network whose meta says that its outputs are gains, in a list; else an
    empty one.

    Raises:
        UserError: a setting is out of range, or the outputs cannot be gains.
    """
    gains = Gains.of(model.meta)
    if gains is None:
        return []
    if why := why_no_gains(model):
        raise UserError(why)
    return [("GAIN", bytes(GainRecord(*astuple(gains))), 1)]


def check_gains(model: IntegerModel, sections: Sections, name: str) -> IntegerModel:
    """A model that was read, with what its ``GAIN`` section says in its meta.

    Raises:
        UserError: the section breaks a rule; the message names the check and its offset.
    """
    model.meta.pop(KEY, None)
    if "GAIN" not in sections:
        return model
    at, content, items = sections["GAIN"]
    size = ctypes.sizeof(GainRecord)
    if len(content) != size or items != 1:
        raise damaged(name, at, f"GAIN has {len(content)} bytes, not {size}")
    record = GainRecord.from_buffer_copy(content)
    if not fits(record.depth_q15, DEPTH):
        raise damaged(name, at, f"depth_q15 {record.depth_q15}")
    values = [getattr(record, field) for field, _ in GainRecord._fields_]
    if wrong := why_no_restraint(*values):
        field = wrong.split()[0]
        raise damaged(name, at + getattr(GainRecord, field).offset, wrong)
    if why := why_no_gains(model):
        raise damaged(name, at, why)
    model.meta.update(Gains(*values).into({}))
    return model
