"""A folder of recordings of one machine while it is sound: CSV or sound files, no classes."""

from pathlib import Path

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.data.sounds.file import SUFFIXES, read_sound
from lnnlab.data.tables import agree, folders
from lnnlab.data.tables.roles import Wanted, find_roles
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError

TABLES = (".csv", ".tsv", ".txt")
CLASSES = ("normal", "anomalous")  # of the second there are no windows
SOUND_HZ = 16_000


def load_machine(folder: Path, window: int, rate_hz: float | None = None) -> Dataset:
    """Windows of normal running, for a detector of anomalies that no fault was recorded for.

    Choose it where nothing has gone wrong yet; with faults in folders of their own
    :func:`lnnlab.data.load` reads them, so that a test can say how many are found.

    Args:
        folder: files of one kind, in it or in folders below, each a recording.
        window: samples a decision.
        rate_hz: of tables, samples a second, if known; sound is resampled to it, else to 16 kHz.

    Raises:
        UserError: there are no such files, of both kinds, one is damaged or too short.
    """
    files = sorted(each for each in folder.rglob("*") if not each.name.startswith("."))
    tables = [each for each in files if each.suffix.lower() in TABLES]
    sounds = [each for each in files if each.suffix.lower() in SUFFIXES]
    if bool(tables) == bool(sounds):
        raise UserError(f"{folder}: {len(tables)} tables and {len(sounds)} sound files; give a "
                        "folder of one kind, each file a recording of the machine while it is well")
    if sounds:
        rate, channels = float(rate_hz or SOUND_HZ), ("sound",)
        found = [read_sound(each, round(rate)).x[:, None] for each in sounds]
    else:
        rate = rate_hz
        found, channels = _columns(tables)
    recordings = [Recording(str(path.relative_to(folder)), CLASSES[0], x, {})
                  for path, x in zip(sounds or tables, found, strict=True)]
    return cut_windows(recordings, window, 0.0, Corpus(
        folder.name, channels, rate, CLASSES, background_classes=CLASSES[:1]))


def _columns(files: list[Path]) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Columns of numbers that all files have, without times, (time, channel) of each."""
    tables = agree.read_all([folders.Source(each, each.name) for each in files])
    tables, _ = agree.with_same_columns(tables, None)
    channels = find_roles(tables, Wanted(), None).channels
    return [table.numbers(list(channels)) for table in tables], tuple(channels)
