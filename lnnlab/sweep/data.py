"""The recordings that a point rests on: named, hashed, packed for machines that lack them."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from lnnlab import paths, store
from lnnlab.errors import UserError

MOST_BYTES = 256 * 2**20  # of a person's recordings that travel to workers
_DATE = (1980, 1, 1, 0, 0, 0)  # of everything in a zip, so that equal files make equal zips


def hashes(parameters: dict) -> dict[str, str]:
    """Parameter that names recordings → hash of what lies there; names that are none are absent.

    A published corpus is known by the names and sizes of its files, since its publisher does not
    change them; a person's own files by every byte. Corpora that code generates have none.
    """
    found = {name: place_of(name, value) for name, value in parameters.items()}
    return {name: _hash(str(place), published(parameters[name]))
            for name, place in found.items() if place}


def place_of(name: str, value: object) -> Path | None:
    """The file or folder of recordings that a parameter names; None: it names none."""
    if not isinstance(value, str) or not value:
        return None
    if published(value):
        return paths.data_root() / value
    if name != "corpus" and "/" not in value and not Path(value).suffix:
        return None  # a word, though a folder here may have that name
    path = paths.user_file(value)
    return path if path.exists() else None


def published(value: str) -> bool:
    """Whether it is a corpus below ``LNNLAB_DATA``, which every machine has to have itself."""
    return Path(value).name == value and (paths.data_root() / value).is_dir()


@lru_cache(maxsize=1024)
def _hash(place: str, by_size: bool) -> str:
    digest = hashlib.sha256()
    for name, path in _files(Path(place)):
        what = path.stat().st_size if by_size else hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{name}\0{what}\n".encode())
    return digest.hexdigest()[:16]


def _files(place: Path) -> list[tuple[str, Path]]:
    """Files at or below a place with their names as seen from the folder that holds it."""
    every = sorted(place.rglob("*")) if place.is_dir() else [place]
    return [(path.relative_to(place.parent).as_posix(), path) for path in every if path.is_file()]


def packed(place: Path) -> bytes:
    """A person's file or folder as a zip.

    Raises:
        UserError: it is too large to travel with runs.
    """
    files = _files(place)
    size = sum(path.stat().st_size for _, path in files)
    if size > MOST_BYTES:
        raise UserError(f"{place}: {size / 2**20:.0f} MB are too many to send to workers (at most "
                        f"{MOST_BYTES // 2**20}); put it on a disk that all share and say "
                        "--shared-disk")
    return zipped({name: path.read_bytes() for name, path in files})


def zipped(files: dict[str, bytes]) -> bytes:
    """Name → content as a zip; equal files give equal bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return whole.getvalue()


def unzipped(archive: bytes, names: Sequence[str] = ()) -> dict[str, bytes]:
    """The files of a zip, or those of some names."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in names or opened.namelist()}


def unpacked(archive: bytes, folder: Path) -> Path:
    """Lay what :func:`packed` gave into a folder; returns the file's or folder's path there."""
    files = unzipped(archive)
    for name, content in files.items():
        store.write_bytes(folder / name, content)
    return folder / Path(next(iter(files))).parts[0]
