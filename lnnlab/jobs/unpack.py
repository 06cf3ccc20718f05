"""An upload as a file or folder that the readers take: every stored name is ours."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from lnnlab import store
from lnnlab.data.own_files import litter
from lnnlab.data.sounds.file import SUFFIXES as SOUNDS
from lnnlab.data.sounds.file import UNREAD
from lnnlab.data.tables import SUFFIXES as TABLES
from lnnlab.errors import UserError
from lnnlab.jobs.names import WHOLE
from lnnlab.jobs.progress import end_if_asked
from lnnlab.jobs.stored import StoredNames

MOST_FILES = 20_000
MOST_UNPACKED_BYTES = 2 << 30
MOST_FOLD = 250  # times that a zip may grow beyond the first megabytes: text folds up 100 times
FREE_BYTES = 64 << 20  # that may unpack at any fold
DEEPEST = 8  # folders in folders
SLICE_BYTES = 1 << 20
ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OFFICE = ("[Content_Types].xml", "mimetype")  # a workbook is a zip as well


def unpacked(upload: Path, folder: Path, name: str) -> Path:
    """The recordings of an upload, below ``folder``; made once.

    A table lies there as it is; of a zip every table and sound file does, in folders as in the
    zip, under :class:`lnnlab.jobs.stored.StoredNames`.

    Args:
        upload: the file as it came.
        name: what the person calls it; its ending tells what it is.

    Raises:
        UserError: it is no zip or table that is read, its paths leave their folder, it would unpack
            to more than is sensible, or it is damaged. Nothing is left then.
        Stopped: a person asked for it; nothing is left either.
    """
    with upload.open("rb") as file:
        head = file.read(4)
    if head not in (ZIP, _EMPTY_ZIP):
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in (*SOUNDS, *UNREAD):
            raise UserError(f"{name}: one sound file; put the recordings into a folder for each "
                            "class and upload a zip of the folders")
        if suffix not in TABLES:
            raise UserError(f"{name}: neither a table nor a zip; upload a CSV, or a zip of CSVs or "
                            "of wavs")
        return _one_table(upload, folder / f"{WHOLE}{suffix}")
    place = folder / WHOLE
    if not place.is_dir():
        try:
            with zipfile.ZipFile(upload) as archive, store.replacing(place) as beside:
                _take(archive, _wanted(archive, name), beside, name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise UserError(f"{name}: the zip is damaged or packed in an unusual way; pack it "
                            "again") from error
    return place


def _one_table(upload: Path, place: Path) -> Path:
    if not place.exists():
        with store.replacing(place) as beside:
            shutil.copyfile(upload, beside)
    return place


def _wanted(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """Path as it is stored → entry of the zip; all that is dangerous is refused first."""
    entries = [each for each in archive.infolist() if _parts(each) and not (
        each.filename.endswith(("/", "\\")))]
    if len(entries) > MOST_FILES:
        raise UserError(f"{name}: {len(entries):,} files, more than {MOST_FILES:,}; upload fewer")
    if any(each.filename in _OFFICE for each in entries):
        raise UserError(f"{name}: an office document; save the table as CSV")
    total = sum(each.file_size for each in entries)
    folded = sum(each.compress_size for each in entries)
    if total > MOST_UNPACKED_BYTES or total > FREE_BYTES + MOST_FOLD * folded:
        raise UserError(f"{name}: would unpack to {total / 1e6:,.0f} MB; upload fewer recordings")
    wanted: dict[str, zipfile.ZipInfo] = {}
    names = StoredNames()
    for each in entries:
        parts = _parts(each)
        if each.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            raise UserError(f"{name}: holds a path that leaves its folder; pack it again")
        if each.flag_bits & 1:
            raise UserError(f"{name}: is encrypted; pack it without a password")
        link = stat.S_ISLNK(each.external_attr >> 16)
        known = PurePosixPath(parts[-1]).suffix.lower() in (*TABLES, *SOUNDS)
        if known and not link and len(parts) <= DEEPEST and not any(map(litter, parts)):
            wanted[names.of(parts)] = each
    if clash := names.clash():
        raise UserError(f"{name}: holds '{clash}' as a file and as a folder; rename one of them")
    if not wanted:
        raise UserError(f"{name}: no table and no sound file in it; a zip of CSVs or wavs is read")
    return _without_wrapper(wanted)


def _parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """Of an entry's path; none where it names nothing, such as ``.``."""
    return PurePosixPath(entry.filename.replace("\\", "/")).parts


def _without_wrapper(wanted: dict[str, zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Without a folder that holds all others, as systems pack one."""
    tops = {path.split("/")[0] for path in wanted}
    if len(tops) == 1 and all("/" in path for path in wanted) and any(
            path.count("/") > 1 for path in wanted):
        return _without_wrapper({path.split("/", 1)[1]: each for path, each in wanted.items()})
    return wanted


def _take(
    archive: zipfile.ZipFile, wanted: dict[str, zipfile.ZipInfo], folder: Path, name: str
) -> None:
    room = min(MOST_UNPACKED_BYTES, shutil.disk_usage(folder.parent).free - (16 << 20))
    for path, entry in wanted.items():
        end_if_asked(folder.parent)
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, place.open("wb") as target:
            while piece := source.read(SLICE_BYTES):  # what is announced may not be so
                room -= len(piece)
                if room < 0:
                    raise UserError(f"{name}: there is no room to unpack it; make room on the "
                                    "disk, or upload fewer recordings")
                target.write(piece)
