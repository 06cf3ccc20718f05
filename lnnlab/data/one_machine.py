"""A folder of recordings of one machine while it is sound: CSV or sound files, no classes."""

from pathlib import Path

from lnnlab.data.account import Account
from lnnlab.data.clips import SOUND
from lnnlab.data.dataset import Dataset
from lnnlab.data.own_files import of_kinds, walk
from lnnlab.data.sensor_csv import load_csv
from lnnlab.data.sounds.file import FASTEST, SLOWEST, SUFFIXES, at_one_scale, read_sound
from lnnlab.data.sounds.layout import TABLES, mostly_sound, refuse_unread
from lnnlab.data.sounds.table import ENDINGS, beside_clips
from lnnlab.data.tables.normal import CLASSES, SAID, refuse_told, taken_alike
from lnnlab.data.tables.pieces import copies
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
        UserError: there are no such files, as many tables as sound files, one is damaged, silent or
            too short, or an argument is wrong.
    """
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    sounds, left_out = _sounds(path)
    given = {name: each for name, each in columns.items() if each is not None}
    if not sounds:
        return load_csv(path, window, rate_hz=rate_hz, all_normal=True, **given)
    if given:
        raise UserError(f"{path}: sound files have no columns; leave {next(iter(given))} out")
    rate_hz = float(SOUND_HZ if rate_hz is None else rate_hz)
    if not SLOWEST <= rate_hz <= FASTEST or rate_hz != round(rate_hz):
        raise UserError(f"rate_hz = {rate_hz:g}: sound is taken at a whole number of samples a "
                        f"second, {SLOWEST} to {FASTEST}")
    return _of_sound(path, sounds, left_out, (window, rate_hz))


def _sounds(path: Path) -> tuple[list[Path], dict[str, str]]:
    """The sound files of a folder of sound, or a sound file; and what else lies there, file → why.

    Raises:
        UserError: it cannot be told whether it is a folder of sound, some is of no known kind, or a
            list tells classes.
    """
    if path.is_file():
        refuse_unread(path.parent, [Path(path.name)])
        return [path] * (path.suffix.lower() in SUFFIXES), {}
    files, left_out = walk(path)
    sounds, tables = of_kinds(files, SUFFIXES), of_kinds(files, TABLES)
    if not mostly_sound(path):
        if sounds:
            raise UserError(f"{path}: tables ({len(tables)}) and sound files ({len(sounds)}), such "
                            f"as {tables[0]} and {sounds[0]}; give a folder of one kind")
        return [], {}
    refuse_unread(path, files)
    refuse_told(path, [each.as_posix() for each in beside_clips(files, sounds)],
                [each.as_posix() for each in sounds], ENDINGS)
    rest = set(files) - set(sounds)
    return [path / each for each in sounds], left_out | {
        str(each): "no sound" for each in files if each in rest}


def _of_sound(
    path: Path, sounds: list[Path], left_out: dict[str, str], cut: tuple[int, float]
) -> Dataset:
    """Windows of sound files, at one rate.

    Args:
        cut: samples a window, and samples a second.

    Raises:
        UserError: a file is damaged, or silent throughout.
    """
    (window, rate_hz), folder = cut, path if path.is_dir() else path.parent
    recordings, changes = [], []
    read = at_one_scale([read_sound(each, round(rate_hz)) for each in sounds])
    for each, sound in zip(sounds, read, strict=True):
        name = str(each.relative_to(folder))
        if sound.silent:
            raise UserError(f"{each}: silence throughout, of which a detector learns nothing; "
                            "leave it out")
        changes += [f"{name}: {change}." for change in sound.changes]
        recordings.append(Recording(name, CLASSES[0], sound.x[:, None], {}))
    kinds = {each.suffix.lower() for each in sounds}
    account = Account(
        source=path.name, kind=", ".join(sorted(kinds)), files=len(sounds),
        classes={CLASSES[0]: len(sounds)}, classes_from=SAID,
        channels=dict.fromkeys(SOUND, ""), rate_hz=rate_hz, rate_from="to which all is brought",
        left_out=left_out, notes=(*taken_alike([each.relative_to(folder) for each in sounds]),
                                  *changes, *copies(recordings)))
    return cut_windows(recordings, window, 0.0, Corpus(
        path.stem, SOUND, rate_hz, classes=CLASSES, background_classes=CLASSES[:1],
        account=account))
