"""Streams of a machine cut into labelled windows: what a streaming network is trained on."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.data.streams.words import Stream
from lnnlab.errors import UserError

PARTS = ("train", "validation", "test")


def cut_stream_windows(
    dataset: Dataset, streams: Mapping[str, Stream], window: int, hop: int, settled: float = 0.5
) -> Dataset:
    """Windows of streams, with the streams as the parts of the split ``"official"``.

    Choose it to train a network that will listen to streams: windows hold what it will meet, the
    changes from one state to the next too, and may be longer than the corpus's recordings. A
    window's class is the state at its end; windows in whose last part the state changes are left
    out.

    Args:
        dataset: what the streams were built from; it gives names, classes and channels.
        streams: part (``"train"``, ``"validation"``, ``"test"``) → stream with states.
        window: samples per window.
        hop: samples from one window's start to the next.
        settled: the part of a window, from its end, in which the state does not change, 0 to 1.

    Raises:
        UserError: a part or a stream's states are absent, or a number is out of range.
    """
    if set(streams) != set(PARTS):
        raise UserError(f"streams of {', '.join(streams) or 'no part'}: give {', '.join(PARTS)}")
    if window < 2 or hop < 1 or not 0 <= settled <= 1:
        raise UserError(
            f"window = {window}, hop = {hop}, settled = {settled:g}: choose 2 samples or more, "
            "1 or more, and a share from 0 to 1"
        )
    xs, ys, starts, parts = [], [], [], []
    for part, stream in streams.items():
        if not stream.states:
            raise UserError(f"the {part} stream has no states; build_machine_stream gives them")
        if len(stream.x) < window:
            raise UserError(f"the {part} stream is shorter than a window of {window} samples")
        start, label = _labelled(dataset, stream, window, hop, settled)
        views = np.lib.stride_tricks.sliding_window_view(stream.samples, window, axis=0)
        xs.append(np.moveaxis(views[start], -1, 1))
        ys.append(label)
        starts.append(start)
        parts += [part] * len(start)
    part = np.array(parts)
    return replace(
        dataset, x=np.concatenate(xs), y=np.concatenate(ys), start=np.concatenate(starts),
        part=part, groups={"recording": np.char.add(part, " stream")}, background={},
        note=f"{dataset.note} Windows of {window / dataset.rate_hz:.2g} s of streams.".strip(),
    )


def _labelled(
    dataset: Dataset, stream: Stream, window: int, hop: int, settled: float
) -> tuple[np.ndarray, np.ndarray]:
    """First samples of the windows that are kept, and their classes, (window,) each."""
    ends = np.round([each.end_s * stream.rate_hz for each in stream.states]).astype(int)
    labels = np.array([dataset.classes.index(each.label) for each in stream.states])
    start = np.arange(0, len(stream.x) - window + 1, hop)
    last = start + window - 1
    first = np.maximum(start, last - int(settled * window))
    now, before = (np.searchsorted(ends, each, side="right") for each in (last, first))
    kept = (now == before) & (now < len(labels))
    return start[kept], labels[now[kept]]
