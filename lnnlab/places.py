"""Folders that cannot be written, disks that are full, paths that are too long: said in a line."""

import atexit
import errno
import os
import shutil
import tempfile
import uuid
from pathlib import Path

from lnnlab import paths
from lnnlab.errors import UserError

SOCKET_PATH = 100  # bytes that the path of a socket may have; systems take 104 to 108
FULL = (errno.ENOSPC, errno.EDQUOT)


def said_of(error: OSError) -> str:
    """What an error of the system means and what to do, in one line.

    Args:
        error: with the file where the system names one.
    """
    place = error.filename if isinstance(error.filename, str | os.PathLike) else None
    what = error.strerror or str(error).splitlines()[0] if str(error) else type(error).__name__
    if error.errno in FULL:
        todo = "make room there" if place else "the disk is full: make room"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        todo = "choose a place that you may write"
    else:
        todo = "see whether it is there and may be read and written"
    variable = variable_for(Path(place)) if place else ""
    todo += f", or point {variable} at another folder" if variable else ""
    return f"{place}: {what}; {todo}" if place else f"{what}; {todo}"


def real_file(path: Path) -> Path:
    """Where a file is written to: what a link leads to, a loop of links itself.

    Raises:
        UserError: a pipe, a device or the like lies there.
    """
    real = Path(os.path.realpath(path)) if path.is_symlink() else path
    if real.exists() and not real.is_file() and not real.is_dir():
        raise UserError(f"{path}: is a pipe or a device; name a file")
    return real


def refuse_unwritable(path: Path) -> None:
    """Refuse a file that could not be written, before hours are spent on what goes into it.

    Nothing is made: the nearest folder that is there is asked.

    Raises:
        UserError: the path is a folder, or what it lies in, or leads to, is no folder or may not
            be written.
    """
    real = real_file(path)
    if real.is_dir():
        raise UserError(f"{path}: is a folder; name a file in it")
    above = next(each for each in real.absolute().parents if each.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        said = path if real == path else f"{path}, which leads to {real}"
        raise UserError(f"{said}: cannot be written, as {above} "
                        f"{'may not be written' if above.is_dir() else 'is no folder'}; choose "
                        "another place")


def variable_for(place: Path) -> str:
    """The environment variable that moves the folder in which a path lies; ``""``: none does."""
    folders = {"LNNLAB_REPORTS": paths.reports("x").parent, "LNNLAB_JOBS": paths.jobs(),
               "LNNLAB_CACHE": paths.cache(), "LNNLAB_DATA": paths.data_root()}
    whole = place.absolute()
    if whole.parent == Path(tempfile.gettempdir()) and whole.name.startswith(("tmp", "lnnlab-")):
        return "TMPDIR"
    return next((name for name, folder in folders.items()
                 if whole == folder or folder in whole.parents), "")


def spare_home() -> None:
    """Where the home cannot be written, let libraries keep their settings in a temporary folder.

    matplotlib and IPython would say so in several lines. The folder is removed at the end.
    """
    if os.access(os.path.expanduser("~"), os.W_OK):
        return
    wanted = [name for name in ("MPLCONFIGDIR", "IPYTHONDIR") if name not in os.environ]
    if wanted:
        folder = tempfile.mkdtemp(prefix="lnnlab-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ |= {name: os.path.join(folder, name) for name in wanted}
        for name in wanted:
            os.mkdir(os.environ[name])


def socket_name() -> str:
    """The beginning of paths for sockets, in a folder short enough and writable; ``""``: none is.

    The temporary folder, or the user's runtime folder, or the system's own temporary folders.
    """
    name = f"lnnlab-{uuid.uuid4().hex[:12]}"
    candidates = (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp",
                  "/dev/shm")
    for folder in candidates:
        path = os.path.join(folder, name)
        fits = len(os.fsencode(path)) + len("-12") <= SOCKET_PATH
        if folder and fits and os.access(folder, os.W_OK | os.X_OK):
            return path
    return ""
