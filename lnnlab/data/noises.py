"""Recordings of noises, in parts that share none: what speech is mixed with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.sounds.file import SUFFIXES, read_sound
from lnnlab.data.word_folder import PARTS, RATE_HZ
from lnnlab.errors import UserError

CORPORA = ("esc10", "esc50_wildlife")
SOURCE = "github.com/karolpiczak/ESC-50 (and ESC-10)"
TEST_FOLD = "3"
VALIDATION_EVERY = 6  # of the recordings of the other folds
SILENT = 2.0**-14  # of full scale: two steps of 16 bits
QUIETEST = 1e-4  # root mean square of full scale; a quieter recording is no noise


@dataclass(frozen=True)
class Noise:
    """One recording of a noise.

    Attributes:
        x: float32 (time,), full scale at 1.
        kind: what makes it: the folder's name.
        recording: what it is cut from; no two parts share one.
        part: ``"train"``, ``"validation"`` or ``"test"``.
    """

    x: np.ndarray
    kind: str
    recording: str
    part: str


def load_noises(
    folders: Sequence[str | Path] = CORPORA, test_fold: str = TEST_FOLD,
    rate_hz: int = RATE_HZ,
) -> list[Noise]:
    """Noises of ESC-10, ESC-50 or a folder of one's own, a folder for each kind.

    Files named as ESC names them, ``<fold>-<recording>-<take>…``, are tested where their fold is
    ``test_fold``; of the others every sixth recording is for validation. Other files are
    recordings by themselves, every fifth of a kind tested, every sixth of the rest validated.

    Args:
        folders: names below the data folder, or paths.
        test_fold: first part of the names of files to test on.
        rate_hz: what they are resampled to.

    Raises:
        UserError: a folder is absent, holds no sound, or a part is empty.
    """
    found = [each for folder in folders for each in _noises(folder, test_fold, rate_hz)]
    unique = {(each.kind, each.recording, len(each.x), each.x[:64].tobytes()): each
              for each in found}
    for part in PARTS:
        if not any(each.part == part for each in unique.values()):
            raise UserError(f"noises of {', '.join(map(str, folders))}: none to {part} on; give "
                            "ten recordings or more, or another test_fold")
    return list(unique.values())


def of_part(noises: Sequence[Noise], part: str) -> list[np.ndarray]:
    """The recordings of one part."""
    return [each.x for each in noises if each.part == part]


def _noises(folder: str | Path, test_fold: str, rate_hz: int) -> list[Noise]:
    place = Path(folder) if Path(folder).is_dir() else paths.corpus(str(folder), SOURCE)
    files = sorted(each for each in place.rglob("*") if each.suffix.lower() in SUFFIXES)
    if not files:
        raise UserError(f"{place}: no sound file; give a folder of recordings of noises, a folder "
                        "for each kind")
    recordings = {each: _recording(each) for each in files}
    others = sorted({name for fold, name in recordings.values() if fold not in ("", test_fold)})
    checked = set(others[::VALIDATION_EVERY])
    made = []
    for number, (path, (fold, name)) in enumerate(recordings.items()):
        part = "test" if fold == test_fold else "validation" if name in checked else "train"
        if not fold:
            part = "test" if number % 5 == 4 else "validation" if number % 6 == 5 else "train"
        x = _sounding(read_sound(path, rate_hz).x)
        if len(x) and np.sqrt(np.mean(x**2)) > QUIETEST:
            made.append(Noise(x, path.parent.name.split(" - ")[-1], name, part))
    return made


def _sounding(x: np.ndarray) -> np.ndarray:
    """Without the silence that ESC fills short sounds up with."""
    heard = np.flatnonzero(np.abs(x) > SILENT)
    return x[heard[0] : heard[-1] + 1] if len(heard) else x[:0]


def _recording(path: Path) -> tuple[str, str]:
    """Fold and recording of a name as ESC gives it; of another name no fold."""
    words = path.stem.split("-")
    if len(words) >= 3 and words[0].isdigit() and words[1].isdigit():
        return words[0], words[1]
    return "", f"{path.parent.name}/{path.stem}"
