"""The ``ANOM`` section: outputs that are the next frame's features (FORMAT.md, section 10)."""

import ctypes

from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.anomaly import ERROR_FACTOR, KEY, LIMITS, AnomalyScore, why_no_score
from lnnlab.integer.ranges import fits
from lnnlab.lnn_file.container import damaged
from lnnlab.lnn_file.reading import Sections
from lnnlab.lnn_file.structures import AnomalyFeature, AnomalyRecord


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
    return [("ANOM", bytes(record) + b"".join(map(bytes, own)), 1)]


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
    if len(content) != head + count * each or items != 1:
        raise damaged(name, at, f"ANOM has {len(content)} bytes, not {head + count * each}")
    record = AnomalyRecord.from_buffer_copy(content)
    for field, allowed in LIMITS.items():
        if not fits(getattr(record, field), allowed):
            place = at + getattr(AnomalyRecord, field).offset
            raise damaged(name, place, f"{field} {getattr(record, field)}")
    if record.features != count:
        raise damaged(name, at + AnomalyRecord.features.offset,
                      f"{record.features} features where FEAT has {count}")
    own = [AnomalyFeature.from_buffer_copy(content, head + k * each) for k in range(count)]
    for k, feature in enumerate(own):
        if not fits(feature.factor, ERROR_FACTOR):
            raise damaged(name, at + head + k * each, f"factor {feature.factor}")
    if why := why_no_score(model):
        raise damaged(name, at, why)
    score = AnomalyScore(*(getattr(record, field) for field in LIMITS),
                         tuple(each.factor for each in own), tuple(each.offset for each in own))
    model.meta.update(score.into({}))
    return model
