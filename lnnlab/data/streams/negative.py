"""Sound in which nobody says a command: what false accepts are counted on, hours of it at best.

Every second is played once, so the hours that a rate rests on are hours of different sound.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.sounds.file import read_sound
from lnnlab.data.streams.words import Stream

FADE = 160  # samples over which a clip rises and falls: a click is no sound of its own
VALIDATION_FOLD = "1"  # of ESC; the other folds test
VALIDATION_SHARE = 1 / 3  # of the Lithuanian speakers, in the order of their names
PARTS = ("validation", "test")


def negative_streams(part: str, rate_hz: float = 16_000.0) -> dict[str, Stream]:
    """What is at hand of sound without commands, a stream a source, without events.

    ``esc10`` and ``esc50_wildlife`` (environmental sounds, by folds), ``lt_commands`` (people who
    speak another language, by speakers), and for the test ``on and off`` (two words of Speech
    Commands that the wide task never trains). A source that is absent is left out.

    Args:
        part: ``"validation"`` or ``"test"``.
        rate_hz: of the streams.
    """
    found = {}
    for name, files in SOURCES.items():
        chosen = list(files(paths.data_root(), part))
        if chosen:
            x = np.concatenate([_faded(read_sound(path, int(rate_hz)).x) for path in chosen])
            found[name] = Stream(x, rate_hz, ())
    return found


def _esc(folder: str) -> Callable[[Path, str], Iterable[Path]]:
    """The clips of a folder of ESC by fold, the first character of a file's name."""
    def files(root: Path, part: str) -> Iterable[Path]:
        every = sorted((root / folder).glob("*/*.ogg"), key=lambda path: (path.name, str(path)))
        return [each for each in every
                if (each.name[0] == VALIDATION_FOLD) == (part == "validation")]
    return files


def _speakers(root: Path, part: str) -> Iterable[Path]:
    every = sorted((root / "lt_commands" / "raw").glob("*.wav"))
    count = round(VALIDATION_SHARE * len(every))
    return every[:count] if part == "validation" else every[count:]


def _untrained(root: Path, part: str) -> Iterable[Path]:
    if part == "validation":
        return []
    return [path for word in ("on", "off")
            for path in sorted((root / "speech_commands" / word).glob("*.wav"))]


SOURCES: dict[str, Callable[[Path, str], Iterable[Path]]] = {
    "esc10": _esc("esc10"), "esc50_wildlife": _esc("esc50_wildlife"),
    "lt_commands": _speakers, "on and off": _untrained,
}


def _faded(x: np.ndarray) -> np.ndarray:
    """A clip that rises from and falls to silence, (time,)."""
    count = min(FADE, len(x) // 2)
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    return np.concatenate([x[:count] * ramp, x[count : len(x) - count],
                           x[len(x) - count :] * ramp[::-1]])
