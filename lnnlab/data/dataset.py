"""The one form in which every corpus enters the workbench."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lnnlab.data.account import Account
from lnnlab.data.chunks import pieces
from lnnlab.errors import OneClass


@dataclass(frozen=True)
class Dataset:
    """Labelled windows of a signal, with what a split must not tear apart.

    Attributes:
        name: the corpus, as it stands in tables.
        x: samples in the sensor's unit, float32, (window, time, channel); may be a mapped file,
            which is read piece by piece.
        y: class index of each window, int64, (window,).
        classes: class names, in the order of the indices in ``y``.
        channels: channel names.
        rate_hz: samples per second; None where the times are irregular (then ``timespans`` holds)
            or where the rate is unknown.
        groups: name of a grouping → label of each window, (window,) of str. ``"recording"`` (the
            file, or the uninterrupted piece of one) is always there; corpora add ``"load"``,
            ``"fault_size"`` and the like. A window whose label is ``""`` belongs to no group;
            splits by that grouping cut its recording in time.
        start: first sample of each window within its recording, int64, (window,).
        part: ``"train"``, ``"validation"`` or ``"test"`` of each window, (window,) of str, where
            the publisher fixed it; None elsewhere. The split ``"official"`` is this.
        timespans: seconds since the sample before, (window, time); None where sampling is steady.
        background: part → recordings of the surroundings, (time,) each; those of ``"train"`` are
            mixed in when training.
        synthetic: True for generated data; tables say so.
        note: one sentence for the caption of every table made from this dataset.
        background_classes: classes that a stream never reports, such as ``"silence"`` or
            ``"normal"``. A network keeps silent about them where they stand last in ``classes``:
            :func:`lnnlab.data.streams.view.for_stream` puts them there.
        account: what a reader took of a person's own recordings; None for published corpora.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]
    channels: tuple[str, ...]
    rate_hz: float | None
    groups: dict[str, np.ndarray]
    start: np.ndarray
    timespans: np.ndarray | None = None
    part: np.ndarray | None = None
    background: dict[str, tuple[np.ndarray, ...]] = field(default_factory=dict)
    synthetic: bool = False
    note: str = ""
    background_classes: tuple[str, ...] = ()
    account: Account | None = None

    def __post_init__(self) -> None:
        counts = {len(each) for each in (self.x, self.y, self.start)}
        counts |= {len(labels) for labels in self.groups.values()}
        counts |= {len(self.part)} if self.part is not None else set()
        if len(counts) != 1:
            raise ValueError(f"{self.name}: arrays of unequal length {sorted(counts)}")
        if "recording" not in self.groups:
            raise ValueError(f"{self.name}: groups lack 'recording'")
        if self.rate_hz is not None and self.timespans is not None:
            raise ValueError(f"{self.name}: give either rate_hz or timespans")
        strange = set(self.background_classes) - set(self.classes)
        if strange:
            raise ValueError(f"{self.name}: background classes {sorted(strange)} are no classes")
        present = np.unique(self.y)
        known = {self.classes[k] for k in present}
        if len(present) < 2 and not (known and known <= set(self.background_classes)):
            found = ", ".join(self.classes[k] for k in present) or "none"
            raise OneClass(
                f"{self.name}: a classifier needs two classes or more, found: {found}"
            )

    def __len__(self) -> int:
        return len(self.y)

    @cached_property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of everything that a split or a run can read.

        That is samples, timespans, labels, groups, parts, starts and backgrounds, with the names
        of classes and channels and the rate. ``dataclasses.replace`` gives a copy that is hashed
        anew.
        """
        digest = hashlib.sha256(repr((self.classes, self.channels, self.rate_hz)).encode())
        arrays = {"x": self.x, "y": self.y, "start": self.start, "timespans": self.timespans,
                  "part": self.part}
        arrays |= {f"group {name}": labels for name, labels in sorted(self.groups.items())}
        arrays |= {f"background {part} {k}": each for part, sounds in sorted(
            self.background.items()) for k, each in enumerate(sounds)}
        for name, array in arrays.items():
            if array is not None:
                digest.update(f"{name} {array.shape} {array.dtype.kind}".encode())
                for piece in _content(array):
                    digest.update(piece)
        return digest.hexdigest()[:16]

    @property
    def unit(self) -> str:
        """The grouping whose labels are drawn when a figure's uncertainty is asked for.

        Speakers or bearings where two or more are known, else recordings: windows of one are too
        alike to count as independent.
        """
        told = (name for name in UNITS if len(set(self.groups.get(name, ())) - {""}) > 1)
        return next(told, "recording")


UNITS = {"speaker": "speakers", "bearing": "bearings", "recording": "recordings"}  # → their plural


def _content(array: np.ndarray) -> Iterator[bytes | np.ndarray]:
    """The bytes of an array, in pieces."""
    if array.dtype.kind in "UO":
        yield "\0".join(map(str, array)).encode()
        return
    for piece in pieces(array, np.arange(len(array))):
        yield np.ascontiguousarray(piece)
