"""The ``ANOM`` section: outputs that are the next frame's features (FORMAT.md, section 10)."""

import ctypes

from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.anomaly import (
    ERROR_FACTOR,
    KEY,
    LIMITS,
    OWN_LIMITS,
    AnomalyScore,
    why_no_score,
)
from lnnlab.integer.ranges import Range, fits
from lnnlab.lnn_file.container import damaged
from lnnlab.lnn_file.reading import Sections
from lnnlab.lnn_file.structures import AnomalyFeature, AnomalyRecord, OwnRecord


def anomaly_sections(model: IntegerModel) -> list[tuple[str, bytes, int]]:
    """The section of a network whose meta says that its outputs are its next features, in a list;
    else an empty one.

    Raises:
        UserError: a setting is out of range, or the outputs cannot be that.
    """
    score = AnomalyScore.of(model.meta)
    if score is None:
        return []
    if why := why_no_score(model):
        raise UserError(why)
    if len(score.factor) != len(model.classes):
        raise UserError(f"anomaly score of {len(score.factor)} features for a network of "
                        f"{len(model.classes)}")
    record = AnomalyRecord(features=len(score.factor),
                           **{name: getattr(score, name) for name in LIMITS})
    own = [AnomalyFeature(*each) for each in zip(score.factor, score.offset, strict=True)]
    content = bytes(record) + b"".join(map(bytes, own))
    said = {name: getattr(score, name) for name in OWN_LIMITS}
    if not any(said.values()):  # as before there was such a thing
        return [("ANOM", content, 1)]
    return [("ANOM", content + bytes(OwnRecord(**said)), 2)]


def check_anomaly(model: IntegerModel, sections: Sections, name: str) -> IntegerModel:
    """A model that was read, with what its ``ANOM`` section says in its meta.

    Raises:
        UserError: the section breaks a rule; the message names the check and its offset.
    """
    model.meta.pop(KEY, None)
    if "ANOM" not in sections:
        return model
    at, content, items = sections["ANOM"]
    head, each = ctypes.sizeof(AnomalyRecord), ctypes.sizeof(AnomalyFeature)
    count = model.features.size
    wanted = head + count * each + ctypes.sizeof(OwnRecord) * (items == 2)
    if len(content) != wanted or items not in (1, 2):
        raise damaged(name, at, f"ANOM has {len(content)} bytes, not {wanted}")
    record = AnomalyRecord.from_buffer_copy(content)
    said = _checked(record, LIMITS, name, at)
    if record.features != count:
        raise damaged(name, at + AnomalyRecord.features.offset,
                      f"{record.features} features where FEAT has {count}")
    own = [AnomalyFeature.from_buffer_copy(content, head + k * each) for k in range(count)]
    for k, feature in enumerate(own):
        if not fits(feature.factor, ERROR_FACTOR):
            raise damaged(name, at + head + k * each, f"factor {feature.factor}")
    if why := why_no_score(model):
        raise damaged(name, at, why)
    score = AnomalyScore(**said, factor=tuple(each.factor for each in own),
                         offset=tuple(each.offset for each in own),
                         **(_own(content, name, at) if items == 2 else {}))
    model.meta.update(score.into({}))
    return model


def _own(content: bytes, name: str, at: int) -> dict[str, int]:
    start = len(content) - ctypes.sizeof(OwnRecord)
    record = OwnRecord.from_buffer_copy(content, start)
    said = _checked(record, OWN_LIMITS, name, at + start)
    if record.reserved or not any(said.values()):
        raise damaged(name, at + start, "two items of ANOM, and the second says nothing")
    return said


def _checked(record: ctypes.Structure, limits: dict[str, Range], name: str, at: int
             ) -> dict[str, int]:
    """The fields of a record that lies at an offset, each within its limits."""
    for field, allowed in limits.items():
        if not fits(getattr(record, field), allowed):
            raise damaged(name, at + getattr(type(record), field).offset,
                          f"{field} {getattr(record, field)}")
    return {field: getattr(record, field) for field in limits}
