"""Recordings cut into windows: the last step of every loader."""

from dataclasses import dataclass, field

import numpy as np

from lnnlab.data.account import Account
from lnnlab.data.dataset import Dataset
from lnnlab.errors import UserError


@dataclass(frozen=True)
class Recording:
    """One uninterrupted stretch of signal with one label.

    Attributes:
        name: unique in its corpus; ends up in messages and as the group ``"recording"``.
        label: class name.
        x: (time, channel), in the sensor's unit.
        groups: grouping → this recording's label in it.
        timespans: seconds since the sample before, (time,), where sampling is irregular.
    """

    name: str
    label: str
    x: np.ndarray
    groups: dict[str, str] = field(default_factory=dict)
    timespans: np.ndarray | None = None


@dataclass(frozen=True)
class Corpus:
    """What all recordings of a corpus share.

    Attributes:
        name, channels, synthetic, note, background_classes, account: see :class:`Dataset`.
        rate_hz: samples per second; None where the recordings have ``timespans``, or where it is
            unknown.
        classes: class names in their order; None: the sorted labels.
    """

    name: str
    channels: tuple[str, ...]
    rate_hz: float | None
    classes: tuple[str, ...] | None = None
    synthetic: bool = False
    note: str = ""
    background_classes: tuple[str, ...] = ()
    account: Account | None = None


def cut_windows(
    recordings: list[Recording], window: int, overlap: float, corpus: Corpus
) -> Dataset:
    """Windows of equal length; none crosses from one recording into another.

    Args:
        recordings: in the order in which they were made, as far as it is known.
        window: samples per window.
        overlap: part of a window that the next one repeats, 0 to below 1.
        corpus: that they are from.

    Raises:
        UserError: a recording is shorter than a window, or window or overlap are out of range.
    """
    if window < 2:
        raise UserError(f"window = {window}: choose 2 samples or more")
    if not 0 <= overlap < 1:
        raise UserError(f"overlap = {overlap}: choose 0 to below 1 (0.5: every sample twice)")
    for each in recordings:
        if len(each.x) < window:
            most_fit = 2 * sum(len(other.x) >= window for other in recordings) > len(recordings)
            raise UserError(
                f"{each.name}: {len(each.x)} samples, fewer than a window of {window}; " + (
                    "it is too short beside the others: leave it out" if most_fit
                    else f"choose window = {len(each.x)} or less"))
    hop = max(1, round(window * (1 - overlap)))
    counts = [1 + (len(each.x) - window) // hop for each in recordings]
    classes = corpus.classes or tuple(sorted({str(each.label) for each in recordings}))
    groupings = recordings[0].groups if recordings else {}
    labels = {key: [each.groups[key] for each in recordings] for key in groupings}
    labels["recording"] = [each.name for each in recordings]
    irregular = corpus.rate_hz is None and any(each.timespans is not None for each in recordings)
    return Dataset(
        name=corpus.name,
        x=_windows([each.x for each in recordings], window, hop).astype(np.float32),
        y=np.repeat([classes.index(each.label) for each in recordings], counts),
        classes=classes,
        channels=corpus.channels,
        rate_hz=corpus.rate_hz,
        groups={key: np.repeat(np.array(values, dtype=str), counts)
                for key, values in labels.items()},
        start=np.concatenate([hop * np.arange(count) for count in counts]),
        timespans=(
            _windows([each.timespans for each in recordings], window, hop) if irregular else None
        ),
        synthetic=corpus.synthetic,
        note=corpus.note,
        background_classes=corpus.background_classes,
        account=corpus.account,
    )


def _windows(signals: list[np.ndarray], window: int, hop: int) -> np.ndarray:
    """(time, …) each → (window, time, …)"""
    pieces = [
        np.moveaxis(np.lib.stride_tricks.sliding_window_view(each, window, axis=0), -1, 1)[::hop]
        for each in signals
    ]
    return np.concatenate(pieces)
