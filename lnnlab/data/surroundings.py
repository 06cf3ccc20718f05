"""Sounds without voices, by part: what speech is mixed with, and what is no speech.

Recordings of ESC-50 and ESC-10 say in their names which fold they belong to; no source lies in two
folds, so that a fold held back is of places never heard.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.sounds.file import SUFFIXES, read_sound
from lnnlab.data.word_folder import NOISE, background
from lnnlab.errors import UserError

FOLDERS = ("esc10", "esc50_wildlife")
VOICES = ("baby cry", "crying_baby", "person sneeze", "sneezing", "coughing", "laughing",
          "breathing", "snoring", "dude_miaowing")  # what people make with their throats
PARTS = {"1": "train", "2": "validation", "3": "test"}  # fold → part
SOURCE = "ESC-10 or ESC-50 as published"
LEAST_S = 1.0  # of a recording without the zeros that it was filled up with


def load_surroundings(
    folders: Sequence[str] = FOLDERS, words: str = "speech_commands", rate_hz: int = 16_000
) -> dict[str, tuple[np.ndarray, ...]]:
    """Part → recordings of surroundings (time,), full scale at 1.

    Fold 1 trains, fold 2 validates, fold 3 tests. Classes of ``VOICES`` are left out, and so is a
    clip of both corpora that was read before, zeros at both ends of a clip, and what is then
    shorter than a second. The background noises of a folder of words are all for training, so
    that places of the other parts were never heard.

    Args:
        folders: below the data folder, ``<class>/<fold>-<id>-<take>….ogg``.
        words: a folder below the data folder with ``_background_noise_``; ``""``: none.
        rate_hz: of what is given back.

    Raises:
        UserError: a folder is absent, or a part remains without a recording.
    """
    found: dict[str, list[np.ndarray]] = {part: [] for part in PARTS.values()}
    seen: set[str] = set()
    for folder in folders:
        for path in sorted(paths.corpus(folder, SOURCE).glob("*/*")):
            source = "-".join(path.stem.split("-")[:3])
            known = path.parent.name.split(" - ")[-1].lower() in VOICES or source in seen
            if path.suffix.lower() in SUFFIXES and not known and path.name[0] in PARTS:
                seen.add(source)
                found[PARTS[path.name[0]]] += _trimmed(path, rate_hz)
    if words:
        place = paths.corpus(words, SOURCE)
        found["train"] += background(each for each in sorted((place / NOISE).glob("*.wav"))
                                     if each.stem not in VOICES)
    empty = [part for part, each in found.items() if not each]
    if empty:
        raise UserError(f"{', '.join(folders)}: no recordings without voices to {empty[0]} with; "
                        "name them <fold>-<id>-<take>, folds 1 to 3")
    return {part: tuple(each) for part, each in found.items()}


def _trimmed(path: Path, rate_hz: int) -> list[np.ndarray]:
    """A recording without the zeros around it, or none where too little is left."""
    x = read_sound(path, rate_hz).x
    loud = np.flatnonzero(np.abs(x) > 1e-4)
    if not len(loud) or loud[-1] - loud[0] < LEAST_S * rate_hz:
        return []
    return [x[loud[0] : loud[-1] + 1]]
