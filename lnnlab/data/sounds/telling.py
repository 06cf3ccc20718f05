"""What was taken of a person's sound folder, in sentences."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lnnlab.data.account import Account
from lnnlab.data.sounds.file import Sound
from lnnlab.data.sounds.parts import voices
from lnnlab.data.sounds.row import Layout, Row
from lnnlab.data.word_folder import PARTS, RATE_HZ

SPARSE = 61  # every so many samples of a clip are compared first
MOST_NAMED = 3  # files that a sentence names


def account_of(
    read: tuple[Layout, str], rows: Sequence[Row], sounds: Sequence[Sound]
) -> Account:
    """The account of a sound folder.

    Args:
        read: how the folder was read, and how its parts came about, in words.
        rows: its clips with their parts, as they were used.
        sounds: what each clip's file was like, without samples.
    """
    layout, rule = read
    files = [_short(layout.folder, each.path) for each in rows]
    rates = Counter(each.rate_hz for each in sounds)
    others = [f"{rate:,} Hz ({count})" for rate, count in sorted(rates.items()) if rate != RATE_HZ]
    people = {each.speaker for each in rows} - {""}
    kinds = Counter(each.kind for each in sounds)
    parts = Counter(each.part for each in rows)
    counts = ", ".join(f"{part} {parts[part]}" for part in PARTS)
    said = voices([each.speaker for each in rows], [each.part for each in rows])
    who = f"Speakers from {layout.speakers_from}. " if people else ""
    groups = {"speaker": len(people)} if people else {}
    for name in dict.fromkeys(name for each in rows for name in each.groups):
        groups[name] = len({each.groups.get(name, "") for each in rows} - {""})
    return Account(
        source=str(layout.folder), kind=", ".join(kinds), files=len(rows) + len(layout.noises),
        classes=dict(sorted(Counter(each.word for each in rows).items())),
        classes_from=layout.classes_from, channels={"sound": "full scale 1"}, rate_hz=RATE_HZ,
        rate_from="resampled from " + ", ".join(others) if others else "the files' own",
        groups=groups, left_out=layout.left_out, parts_from=rule,
        notes=(f"{who}Parts: {rule}; {said}; {counts}.", *layout.notes,
               *changes_in_words(sounds, files), *warnings(sounds, files)),
    )


def changes_in_words(sounds: Sequence[Sound], files: Sequence[str]) -> list[str]:
    """A sentence for each kind of change, with the first files that it was made to."""
    alike: dict[str, list[int]] = {}
    for k, sound in enumerate(sounds):
        for change in sound.changes:
            alike.setdefault(re.sub(r"\d[\d.e+]*(?= bytes|$)", "#", change), []).append(k)
    return [
        f"Every clip: {_said(sounds, rows, template)}." if len(rows) == len(sounds) else
        f"{_counted(rows)}: {_said(sounds, rows, template)} ({_named(files, rows)})."
        for template, rows in alike.items()]


def warnings(sounds: Sequence[Sound], files: Sequence[str] = ()) -> list[str]:
    """A sentence for what a network may suffer from: slow rates, and silence."""
    lines = []
    for rate in sorted({each.rate_hz for each in sounds if each.rate_hz < RATE_HZ}):
        rows = [k for k, each in enumerate(sounds) if each.rate_hz == rate]
        lines.append(f"{_counted(rows)} of {rate:,} Hz: above {rate // 2:,} Hz there is nothing.")
    silent = [k for k, each in enumerate(sounds) if each.silent]
    if silent:
        named = f" ({_named(files, silent)})" if files else ""
        lines.append(f"{_counted(silent)} silent throughout{named}.")
    return lines


def copies(x: np.ndarray, rows: Sequence[Row], folder: Path) -> list[str]:
    """A sentence where clips hold the same samples: on two sides they are learned by heart.

    Args:
        x: of each clip (clip, time).
        rows: its clips with their parts.
        folder: that they lie in.
    """
    first: dict[bytes, int] = {}
    twice, apart = [], 0
    for k, row in enumerate(rows):
        some = x[k, ::SPARSE]
        other = first.setdefault(some.tobytes(), k) if some.any() else k
        if other != k and np.array_equal(x[k], x[other]):
            twice.append((k, other))
            apart += row.part != rows[other].part
    if not twice:
        return []
    one, other = (_short(folder, rows[k].path) for k in twice[0])
    sides = f"; {apart} of them on another side, figures are optimistic" if apart else ""
    hold = "holds" if len(twice) == 1 else "hold"
    return [f"{_counted([k for k, _ in twice])} {hold} what another clip holds ({one} is {other})"
            f"{sides}."]


def _said(sounds: Sequence[Sound], rows: list[int], template: str) -> str:
    texts = [each for k in rows for each in sounds[k].changes
             if re.sub(r"\d[\d.e+]*(?= bytes|$)", "#", each) == template]
    return texts[0] + (" and the like" if len(set(texts)) > 1 else "")


def _counted(rows: list[int]) -> str:
    return f"{len(rows):,} clip{'s' * (len(rows) != 1)}"


def _named(files: Sequence[str], rows: list[int]) -> str:
    more = len(rows) - MOST_NAMED
    shown = ", ".join(files[k] for k in rows[:MOST_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown


def _short(folder: Path, path: Path) -> str:
    return str(path.relative_to(folder))
