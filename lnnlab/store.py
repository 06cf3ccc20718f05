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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from lnnlab import __version__
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
    unless ``path`` exists.

    Raises:
        UserError: the folder cannot be written, or the disk is full.
    """
    place = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:12]}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield place
        os.replace(place, path)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); nothing was changed there"
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
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from error
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


def _save_array(array: np.ndarray, path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, array)


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
