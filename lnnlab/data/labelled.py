"""Recordings with labels beside them: when somebody speaks, and what is said.

Each recording lies beside a text file of the same name with a line for each word: start and end in
seconds and, where it is known, the word. Audacity writes its label tracks so. The Lithuanian
commands (``lt_commands``) are such a folder, named by speakers; your own is another.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.sounds.file import SUFFIXES, read_sound
from lnnlab.data.streams.words import Event, Stream
from lnnlab.errors import UserError

RATE_HZ = 16_000
LT_COMMANDS = "lt_commands/raw"
SOURCE = "14 speakers of Lithuanian commands, <speaker>.wav and <speaker>.txt"


@dataclass(frozen=True)
class LabelledRecording:
    """An uninterrupted recording of one person, with its words.

    Attributes:
        who: the file's name without its ending, which is the speaker.
        stream: the sound, mono, and the words as events.
        changes: what was changed when it was read, in words, such as a resampling.
    """

    who: str
    stream: Stream
    changes: tuple[str, ...] = ()

    @property
    def active(self) -> np.ndarray:
        """Which samples lie within a word, (time,) of bool."""
        found = np.zeros(len(self.stream.x), bool)
        for each in self.stream.events:
            first, last = (round(end * self.stream.rate_hz) for end in (each.start_s, each.end_s))
            found[first:last] = True
        return found

    def words(self) -> list[np.ndarray]:
        """The samples of each word, float32 (time,)."""
        ends = [[round(end * self.stream.rate_hz) for end in (each.start_s, each.end_s)]
                for each in self.stream.events]
        return [self.stream.x[first:last] for first, last in ends if last > first]


def load_labelled(folder: str | Path = LT_COMMANDS) -> tuple[LabelledRecording, ...]:
    """Every recording of a folder with its labels, in the order of names, at 16 kHz.

    Args:
        folder: below the data folder, such as ``"lt_commands/raw"``, or a path of your own.

    Raises:
        UserError: a recording lacks its labels or labels their recording; a line is no word, or a
            word ends before it begins, begins before the last one ends or lies outside the
            recording; a recording is silent throughout or no sound file. One line says which.
    """
    place = paths.user_file(str(folder))
    place = place if place.is_dir() else paths.corpus(str(folder), SOURCE)
    sounds = {each.stem: each for each in sorted(place.iterdir())
              if each.suffix.lower() in SUFFIXES}
    texts = {each.stem: each for each in sorted(place.glob("*.txt"))}
    if not sounds or not texts:
        raise UserError(f"{place}: {len(sounds)} recordings and {len(texts)} files of labels; put "
                        "NAME.wav and NAME.txt with lines 'start end word' there")
    for name in sorted(set(sounds) ^ set(texts)):
        there, lacks = (sounds, ".txt of labels") if name in sounds else (texts, "recording")
        raise UserError(f"{there[name]}: has no {lacks} of the same name beside it; add it or "
                        "move the file away")
    return tuple(_read(name, sounds[name], texts[name]) for name in sounds)


def _read(name: str, sound: Path, text: Path) -> LabelledRecording:
    found = read_sound(sound, RATE_HZ)
    if found.silent:
        raise UserError(f"{sound}: is silent throughout; record it again or move it away")
    events = _events(text, len(found.x) / RATE_HZ)
    return LabelledRecording(name, Stream(found.x, float(RATE_HZ), events), found.changes)


def _events(text: Path, duration_s: float) -> tuple[Event, ...]:
    events, last_s = [], 0.0
    for number, line in enumerate(text.read_text(errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        where, parts = f"{text}, line {number}", line.split(maxsplit=2)
        try:
            start_s, end_s = float(parts[0]), float(parts[1])
        except (ValueError, IndexError):
            raise UserError(f"{where}: '{line.strip()}' is no start and end in seconds, such as "
                            "'0.76 1.84 yes'") from None
        if not start_s < end_s:
            raise UserError(f"{where}: a word from {start_s:g} s ends at {end_s:g} s, before it "
                            "begins; correct its times")
        if start_s < last_s:
            raise UserError(f"{where}: a word begins at {start_s:g} s, before the last one ends at "
                            f"{last_s:g} s; words must not overlap")
        if end_s > duration_s + 0.05:
            raise UserError(f"{where}: a word ends at {end_s:g} s, the recording at "
                            f"{duration_s:.2f} s; correct its times")
        events.append(Event(parts[2].strip() if len(parts) > 2 else "speech", start_s, end_s))
        last_s = end_s
    if not events:
        raise UserError(f"{text}: holds no words; write lines 'start end word'")
    return tuple(events)
