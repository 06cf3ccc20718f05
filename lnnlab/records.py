"""Run records: one JSON file a run, from which every table is built."""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from lnnlab import __version__
from lnnlab.errors import UserError

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "torchdiffeq")


def versions() -> dict[str, str]:
    """Versions of Python, this package and the libraries that decide a result's last bits."""
    found = {name: version(name).split("+")[0] for name in LIBRARIES}
    return {"python": platform.python_version(), "lnnlab": __version__} | found


def key(description: dict) -> str:
    """Twelve hex digits that stand for a run's description; equal descriptions, equal key."""
    text = json.dumps(description, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def write(path: Path, record: dict) -> None:
    """Write a record atomically: a reader finds the whole file or none."""
    write_text(path, json.dumps(record, indent=1, sort_keys=True) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write any text file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(text)
    os.replace(partial, path)


def read(path: Path) -> dict | None:
    """The record at ``path``, or None where there is none.

    Raises:
        UserError: the file is not a record.
    """
    if not path.exists():
        return None
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise UserError(f"{path}: not a run record; delete it to run again") from error


def read_all(folder: Path) -> list[dict]:
    """Every record below a folder, in the order of their names."""
    return [read(path) for path in sorted(folder.rglob("*.json"))]
