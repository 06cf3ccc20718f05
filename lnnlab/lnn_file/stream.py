"""The ``STRM`` section: how a network reports in a stream (FORMAT.md, section 7)."""

import ctypes
from collections.abc import Sequence

from lnnlab.errors import UserError
from lnnlab.integer.decisions import StreamConfig
from lnnlab.integer.layers import Layer, LeakyPool
from lnnlab.lnn_file.container import damaged
from lnnlab.lnn_file.reading import Sections
from lnnlab.lnn_file.structures import StreamRecord

STREAMS = 1  # bit of the flags: decide after every frame
KEY = "stream"  # of a network's meta
MOST_SMOOTHING = 8  # 2^8 frames
FIELDS = ("smoothing_shift", "refractory", "threshold_q15")


def stream_sections(meta: dict, layers: Sequence[Layer]) -> list[tuple[str, bytes, int]]:
    """The section of a network whose meta says how it streams, in a list; else an empty one.

    Raises:
        UserError: a setting is out of range, or no stream can be had of the network.
    """
    if KEY not in meta:
        return []
    if not isinstance(layers[-2], LeakyPool):
        raise UserError("meta has settings of a stream, but the network decides on whole windows")
    config = StreamConfig.of(meta[KEY])
    record = StreamRecord(STREAMS, *(getattr(config, name) for name in FIELDS))
    return [("STRM", bytes(record), 1)]


def with_stream(meta: dict, sections: Sections, name: str, layers: Sequence[Layer]) -> dict:
    """The meta of a file, with the settings of its ``STRM`` section if it has one.

    Raises:
        UserError: the section breaks a rule; the message names the check and its offset.
    """
    if "STRM" not in sections:
        return meta
    at, content, items = sections["STRM"]
    size = ctypes.sizeof(StreamRecord)
    if len(content) != size or items != 1:
        raise damaged(name, at, f"STRM has {len(content)} bytes, not {size}")
    record = StreamRecord.from_buffer_copy(content)
    for field, fits in (
        ("flags", record.flags <= STREAMS),
        ("smoothing_shift", record.smoothing_shift <= MOST_SMOOTHING),
        ("threshold_q15", record.threshold_q15 > 0),
    ):
        if not fits:
            place = at + getattr(StreamRecord, field).offset
            raise damaged(name, place, f"{field} {getattr(record, field)}")
    if not isinstance(layers[-2], LeakyPool):
        raise damaged(name, at, "a stream of a network that needs windows")
    if not record.flags & STREAMS:
        return {key: value for key, value in meta.items() if key != KEY}
    return meta | {KEY: {field: getattr(record, field) for field in FIELDS}}
