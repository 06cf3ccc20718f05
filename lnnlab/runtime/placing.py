"""Where exported files go: nothing of somebody else's is overwritten, nothing is left half done."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from lnnlab import __version__, store
from lnnlab.errors import UserError
from lnnlab.runtime.export_text import SPDX

MARK = ".lnnlab.json"  # beside a layout: what lnnlab wrote there
_OWN_WORDS = ("lnnlab", "Compile for this machine:", "hears silence, a hop at a time",
              "A liquid network on a microcontroller")  # one of them in each first comment


def place(folder: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write exported files; of those that are there already, each must be one of lnnlab's.

    Args:
        texts: file → text.

    Raises:
        UserError: the folder is a file or cannot be written, or a file there is somebody else's.
    """
    _check_folder(folder)
    for file in texts:
        if (folder / file).exists() and not _is_ours(folder / file):
            raise UserError(f"{folder / file}: is there and was not written by lnnlab; choose "
                            "another --folder or --name, or move it away")
    store.write_tree(folder, texts)
    return [folder / file for file in texts]


def place_layout(
    folder: Path, texts: Mapping[str, str], overwrite: bool = False
) -> list[Path]:
    """Write a whole folder, or renew one that this function wrote.

    What was added to it since stays; what lnnlab wrote and no longer needs goes.

    Args:
        folder: absent, empty, or of an earlier layout.
        texts: path below the folder → text.
        overwrite: whether files that were changed since are replaced too.

    Raises:
        UserError: the folder holds other things, a file of it was changed or would take the place
            of another, or it cannot be written; nothing was changed then.
    """
    _check_folder(folder)
    before = _written_before(folder)
    if before is None:
        raise UserError(f"{folder}: holds {_first(folder)}, and nothing says that lnnlab wrote "
                        "it; choose another --folder, or empty this one")
    changed = [each for each in sorted({*before, *texts})
               if (folder / each).exists() and _digest(folder / each) != before.get(each)]
    if changed and not overwrite:
        raise UserError(f"{folder / changed[0]}: was changed or added since lnnlab wrote this "
                        f"folder{_and_more(changed)}; choose another --folder, move it away, or "
                        "replace it with --overwrite")
    said = {"written_by": f"lnnlab {__version__}",
            "files": {each: _sum(text.encode()) for each, text in sorted(texts.items())}}
    mark = json.dumps(said, indent=1) + "\n"
    store.write_tree(folder, {**texts, MARK: mark}, gone=sorted({*before} - {*texts}))
    return [folder / each for each in texts]


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; give a folder")


def _written_before(folder: Path) -> dict[str, str] | None:
    """Of a layout: path → checksum; nothing for an empty folder, None for any other."""
    if not folder.is_dir() or not _first(folder):
        return {}
    try:
        files = dict(json.loads((folder / MARK).read_text())["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {each: said for each, said in files.items()
            if not Path(each).is_absolute() and ".." not in Path(each).parts}


def _first(folder: Path) -> str:
    return min((each.name for each in folder.iterdir()), default="")


def _and_more(names: list[str]) -> str:
    return f", and {len(names) - 1} more" if len(names) > 1 else ""


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    comment = path.read_text(errors="replace").partition("*/")[0]
    return SPDX in comment and any(word in comment for word in _OWN_WORDS)


def _digest(path: Path) -> str:
    return _sum(path.read_bytes()) if path.is_file() else ""


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
