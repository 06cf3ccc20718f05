"""Where things are. No other module knows a path.

``LNNLAB_DATA`` names the folder of downloaded corpora (default: ``datasets/``),
``LNNLAB_REPORTS`` the folder that reports are written to (default: ``reports/``),
``LNNLAB_CACHE`` that of what can be made again, ``LNNLAB_JOBS`` that of people's uploads. All may
be relative to the folder that holds this project, so that papermill, nbval and Jupyter, which
start kernels in different folders, agree.
"""

import os
from pathlib import Path

from lnnlab.errors import UserError

ROOT = Path(__file__).resolve().parent.parent  # the checkout: lnnlab is installed editable
NOTEBOOKS = ROOT / "notebooks"
EMBEDDED = ROOT / "datasets"  # small data that every clone has
PUBLISHED = ROOT / "reports" / "full"  # committed: tables, records, networks of real corpora
LICENSE = ROOT / "LICENSE"


def data_root() -> Path:
    """The folder in which downloaded corpora lie."""
    return _from_environment("LNNLAB_DATA", EMBEDDED)


def reports(profile: str) -> Path:
    """The folder of one profile's tables, figures and records, such as ``reports/quick``."""
    return _from_environment("LNNLAB_REPORTS", ROOT / "reports") / profile


def cache() -> Path:
    """What can be made again: compiled programs; ``LNNLAB_CACHE`` or ``~/.cache/lnnlab``."""
    return _from_environment("LNNLAB_CACHE", Path.home() / ".cache" / "lnnlab")


def jobs() -> Path:
    """Uploads and what was trained on them; ``LNNLAB_JOBS`` or below :func:`cache`."""
    return _from_environment("LNNLAB_JOBS", cache() / "jobs")


def user_file(name: str | Path) -> Path:
    """A path as the user wrote it: absolute, below here, or below the project's folder."""
    given = Path(name).expanduser()
    if given.is_absolute() or given.exists():
        return given.resolve()
    return (ROOT / given).resolve()


def corpus(name: str, source: str) -> Path:
    """The folder of a downloaded corpus.

    Args:
        name: the folder's name below :func:`data_root`.
        source: where the publisher offers it, for the message when it is absent.

    Raises:
        UserError: the folder is not there.
    """
    folder = data_root() / name
    if not folder.is_dir():
        raise UserError(
            f"{folder}: corpus '{name}' is not here; get it from {source} and put it there, "
            "or point LNNLAB_DATA at the folder that holds it"
        )
    return folder


def _from_environment(variable: str, default: Path) -> Path:
    given = os.environ.get(variable)
    return (ROOT / Path(given).expanduser()).resolve() if given else default
