"""What a reader took of a person's recordings, told before anything else is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_NAMED = 5  # files, classes or groups that a sentence lists before it says how many more
_ENDING = re.compile(r"^\S[^:]*\.\w+$")  # of a file that a sentence is about


@dataclass(frozen=True)
class Account:
    """What was taken, and what was left out.

    A reader fills it, :attr:`lnnlab.data.Dataset.account` carries it, commands print
    :meth:`text` first. It stands beside the data and is no part of their hash.

    Attributes:
        source: the file or folder, as the user named it.
        kind: what its files are, in words, such as ``"CSV, UTF-16, semicolons, decimal comma"``.
        files: how many were read.
        left_out: file → why it was not.
        classes: class → recordings or clips.
        classes_from: where the classes stand, such as ``"column 'state'"`` or ``"folders"``.
        channels: channel → unit, ``""`` where none is known.
        rate_hz: samples per second; None where it is unknown or irregular.
        rate_from: where the rate comes from, such as ``"column 't_ms' in milliseconds"``; of an
            unknown one what to do about it.
        groups: grouping → how many different labels it has.
        parts_from: how the parts of its own split came about, in words; ``""`` where it has none.
        columns: column → its role: ``"channel"``, ``"class"``, ``"time"``, ``"recording"``,
            ``"group"`` or ``""``, left out; empty where there are no columns.
        notes: further sentences, each with its full stop: what was repaired, resampled, taken as
            an index, found constant.
    """

    source: str
    kind: str
    files: int
    classes: Mapping[str, int]
    classes_from: str
    channels: Mapping[str, str]
    rate_hz: float | None
    rate_from: str
    groups: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    parts_from: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """One paragraph of plain sentences."""
        channels = _listed([f"{name} ({unit})" if unit and unit not in name else name
                            for name, unit in self.channels.items()])
        classes = _listed([f"{name} {count}" for name, count in self.classes.items()])
        rate = "no rate" if self.rate_hz is None else f"{self.rate_hz:.6g} Hz"
        sentences = [
            f"{self.source}: {_counted(self.files, 'file')} read ({self.kind}).",
            f"{_counted(len(self.classes), 'class', 'classes')} from {self.classes_from}: "
            f"{classes}.",
            f"{_counted(len(self.channels), 'channel')}: {channels}.",
            f"Rate: {rate}, {self.rate_from}.",
        ]
        if self.groups:
            groups = _listed([f"{name} ({count})" for name, count in self.groups.items()])
            sentences.append(f"Groups: {groups}.")
        if self.left_out:
            listed = _listed([f"{file} ({why})" for file, why in self.left_out.items()])
            sentences.append(f"Left out: {listed}.")
        return " ".join([*sentences, *_together(self.notes)])


def _together(notes: tuple[str, ...]) -> list[str]:
    """Sentences ``"file: what"`` that differ by file and numbers alone, as one."""
    alike: dict[str, list[str]] = {}
    for note in notes:
        file, _, what = note.partition(": ")
        plain = re.sub(r"\d[\d,]*", "#", what) if _ENDING.search(file) else note
        alike.setdefault(plain, []).append(note)
    return [first if not rest else f"{first.removesuffix('.')}; and the like in "
            f"{_counted(len(rest), 'more file')}." for first, *rest in alike.values()]


def _counted(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _listed(words: list[str]) -> str:
    shown = ", ".join(words[:MOST_NAMED])
    rest = len(words) - MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown
