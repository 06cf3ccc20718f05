"""A folder of recordings of one machine while it is sound: CSV or sound files, no classes."""

from collections import Counter
from pathlib import Path

import numpy as np

from lnnlab.data.account import Account
from lnnlab.data.clips import SOUND
from lnnlab.data.dataset import Dataset
from lnnlab.data.own_files import walk
from lnnlab.data.sensor_csv import ONE_CLASS, load_csv
from lnnlab.data.sounds.file import SUFFIXES, read_sound
from lnnlab.data.tables.listing import listed
from lnnlab.data.tables.reading import SUFFIXES as TABLES
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.errors import UserError

SOUND_HZ = 16_000


def load_machine(
    path: Path, window: int, rate_hz: float | None = None, **columns: object
) -> Dataset:
    """Windows of normal running, for a detector of anomalies that no fault was recorded for.

    Choose it where nothing has gone wrong yet; with faults in folders of their own
    :func:`lnnlab.data.load` reads them, so that a test can say how many are found.

    Args:
        path: a file, or files of one kind in a folder or in folders below, each a recording.
        window: samples a decision.
        rate_hz: samples a second; sound is resampled to it, else to 16 kHz. Of tables as
            :func:`lnnlab.data.sensor_csv.load_csv` takes it.
        columns: of tables, its further arguments, such as ``channels`` and ``time``.

    Raises:
        UserError: there are no such files, of both kinds, one is damaged or too short, or
            arguments of tables are given for sound.
    """
    files, tables = _files(path)
    sounds = [each for each in files if each.suffix.lower() in SUFFIXES]
    if bool(tables) == bool(sounds):
        raise UserError(f"{path}: {len(tables)} tables and {len(sounds)} sound files; give a "
                        "folder of one kind, each file a recording of the machine while it is well")
    if tables:
        return load_csv(path, window, rate_hz=rate_hz, normal=True, **columns)
    if any(each is not None for each in columns.values()):
        named = next(name for name, each in columns.items() if each is not None)
        raise UserError(f"{path}: sound files have no columns; leave {named} = "
                        f"'{columns[named]}' out")
    return _of_sound(path, sounds, window, float(rate_hz or SOUND_HZ))


def _files(path: Path) -> tuple[list[Path], list[str]]:
    """Every file, and the names of those that are tables; of one file it and itself.

    Raises:
        UserError: there is nothing of that name.
    """
    if path.is_dir():
        return [path / each for each in walk(path)[0]], listed(path)[0]
    if not path.is_file():
        raise UserError(f"{path}: no such file or folder")
    return [path], [path.name] if path.suffix.lower() in TABLES else []


def _of_sound(path: Path, sounds: list[Path], window: int, rate_hz: float) -> Dataset:
    """Windows of sound files, at one rate.

    Raises:
        UserError: a file is damaged, or silent throughout.
    """
    folder = path if path.is_dir() else path.parent
    recordings, changes = [], []
    for each in sounds:
        name, sound = str(each.relative_to(folder)), read_sound(each, round(rate_hz))
        if len(sound.x) and np.ptp(sound.x) == 0:
            raise UserError(f"{each}: silence throughout, of which a detector learns nothing; "
                            "leave it out")
        changes += [f"{name}: {change}." for change in sound.changes]
        recordings.append(Recording(name, ONE_CLASS[0], sound.x[:, None], {}))
    kinds = Counter(each.suffix.lower() for each in sounds)
    account = Account(
        source=path.name, kind=", ".join(sorted(kinds)), files=len(sounds),
        classes={ONE_CLASS[0]: len(sounds)}, classes_from="what was said: all is normal",
        channels=dict.fromkeys(SOUND, ""), rate_hz=rate_hz, rate_from="to which all is brought",
        notes=tuple(changes))
    return cut_windows(recordings, window, 0.0, Corpus(
        path.stem, SOUND, rate_hz, classes=ONE_CLASS, background_classes=ONE_CLASS[:1],
        account=account))
