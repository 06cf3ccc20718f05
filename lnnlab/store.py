"""The one way to keep what was made: whole files, named by what decides them, safe for many.

Everything that is written goes through :func:`replacing`: a reader finds the old file or the new
one, never half of one, whichever process or host wrote it. :func:`kept` is for what can be made
again (features, teachers, networks); :mod:`lnnlab.records` builds on it for results.
"""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from lnnlab import __version__, places
from lnnlab.errors import UserError

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "torchdiffeq")


def versions() -> dict[str, str]:
    """Versions of Python, this package and the libraries that decide a result's last bits."""
    installed = {name: version(name).split("+")[0] for name in LIBRARIES}
    return {"python": platform.python_version(), "lnnlab": __version__} | installed


def key(description: object) -> str:
    """Twelve hex digits that stand for a description; equal descriptions, equal key.

    Args:
        description: plain values, as JSON takes them; tuples count as lists.
    """
    text = json.dumps(description, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A place beside ``path`` to write to; what lies there at the end replaces ``path`` at once.

    The place has a random name, so processes on any host may write the same path together. If the
    body fails, it is removed and ``path`` stays as it was. A folder may be written there too,
    unless ``path`` exists. Where ``path`` is a link, the file that it leads to is replaced.

    Raises:
        UserError: the folder cannot be written, the disk is full, or it is no place for a file.
    """
    real = places.real_file(path)
    with _beside(real, real) as place:
        yield place
        os.replace(place, real)


@contextlib.contextmanager
def _beside(path: Path, wanted: Path) -> Iterator[Path]:
    """A place beside ``path`` that is gone at the end; what fails is said of ``wanted``."""
    place = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:12]}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield place
    except OSError as error:
        raise UserError(
            f"{wanted}: cannot be written ({error.strerror or error}); nothing was changed there"
            f"{_elsewhere(wanted)}"
        ) from error
    finally:
        _remove(place)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole."""
    with replacing(path) as place:
        place.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, in UTF-8 with ``\\n`` line ends."""
    write_bytes(path, text.encode())


def write_tree(folder: Path, texts: Mapping[str, str], gone: Sequence[str] = ()) -> None:
    """Write text files below a folder; all of them lie beside it before the first goes there.

    Args:
        folder: absent (then it appears whole), or there (what else it holds stays).
        texts: path below it → text.
        gone: paths below it that are removed, with folders that they leave empty.

    Raises:
        UserError: it cannot be written, or the disk is full.
    """
    fresh = not folder.is_dir()
    with _beside(folder if fresh else folder / "export", folder) as place:
        for file, text in texts.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_bytes(text.encode())
        if fresh:
            os.replace(place, folder)
            return
        for file in texts:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            os.replace(place / file, folder / file)
        for file in gone:
            (folder / file).unlink(missing_ok=True)
            for parent in list(Path(file).parents)[:-1]:
                with contextlib.suppress(OSError):  # it holds something else
                    (folder / parent).rmdir()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Inside, no other process is inside for the same path; for reading, changing, writing back.

    Raises:
        UserError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name}.lock"))
        lock.acquire()
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})"
                        f"{_elsewhere(path)}") from error
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True)
class Form:
    """How a kind of thing lies on disk.

    Attributes:
        suffix: of its files, such as ``".npy"``.
        save: (thing, path) writes it; load: path → thing.
    """

    suffix: str
    save: Callable[[Any, Path], None]
    load: Callable[[Path], Any]


@dataclass(frozen=True)
class Streamed:
    """An array that is made piece by piece, so that memory never holds it whole.

    Attributes:
        shape: of the whole; dtype: of its numbers.
        pieces: its rows in order, some at a time.
    """

    shape: tuple[int, ...]
    dtype: type
    pieces: Iterable[np.ndarray]


def _save_array(array: np.ndarray | Streamed, path: Path) -> None:
    if isinstance(array, np.ndarray):
        with path.open("wb") as file:
            np.save(file, array)
        return
    head = {"descr": np.lib.format.dtype_to_descr(np.dtype(array.dtype)), "fortran_order": False,
            "shape": array.shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, head)
        for piece in array.pieces:
            file.write(np.ascontiguousarray(piece, array.dtype).data)


ARRAY = Form(".npy", _save_array, lambda path: np.load(path, mmap_mode="r"))


def kept(description: dict, make: Callable[[], Any], form: Form, folder: Path) -> Any:
    """What a description stands for: loaded where it lies in ``folder``, else made and kept.

    Of processes that ask together one makes it and the others wait. What decides the thing must
    be in the description, code by a probe of its behaviour, see
    :mod:`lnnlab.experiments.probes`; what lies there under another description is left alone.

    Args:
        description: plain values; ``description["name"]`` begins the file's name.
        make: makes the thing; called only where it is missing.
        form: how it is saved and loaded. It is loaded after saving, so the first caller gets what
            later ones do.
        folder: where such things lie.

    Raises:
        UserError: the folder cannot be written, or what lies there is damaged.
    """
    path = folder / f"{description['name']}-{key(description)}{form.suffix}"
    if not path.exists():
        with locked(path):
            if not path.exists():
                thing = make()
                with replacing(path) as place:
                    form.save(thing, place)
    try:
        return form.load(path)
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path}: damaged ({error}); delete it, and it is made again") from error


def _elsewhere(path: Path) -> str:
    variable = places.variable_for(path)
    return f"; point {variable} at a folder that can be" if variable else ""


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    elif place.exists():
        place.unlink(missing_ok=True)


def _plain(value: object) -> object:
    """Numbers and arrays of numpy as JSON has them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__}: not a plain value")
