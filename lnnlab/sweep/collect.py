"""All that a grid's points gave, laid into the profile in the order of the grid."""

import io
from pathlib import Path

import pandas as pd

from lnnlab import store
from lnnlab.errors import UserError
from lnnlab.records import Records
from lnnlab.reports import tables
from lnnlab.sweep import data
from lnnlab.sweep.grid import Point
from lnnlab.sweep.shelf import Shelf, told
from lnnlab.sweep.version import MADE_BY


def collect(shelf: Shelf) -> None:
    """Lay all that is done into the profile's folder.

    Records are added, tables updated in the order of the grid, so that they are what running one
    by one leaves, whoever finished first. The grid's own folder gets the notebooks as they ran, and
    tables of all points with the varied parameters beside. Call it inside ``shelf.collecting()``.

    Raises:
        UserError: a zip holds a file that would lie outside, or the folder cannot be written.
    """
    profile, folder = shelf.grid.profile_folder, shelf.grid.folder
    records: dict[Path, list[bytes]] = {}
    parts: dict[str, list[tuple[Point, bytes]]] = {}
    for point in filter(shelf.has, shelf.grid.points):
        for name, content in data.unzipped(shelf.place(point).read_bytes()).items():
            path = _inside(name, shelf, point)
            kind = path.parts[0] if len(path.parts) == 2 else ""
            if kind == "records":
                records.setdefault(path, []).append(content)
            elif kind == "tables" and path.suffix == ".csv":
                parts.setdefault(path.stem, []).append((point, content))
            elif kind == "notebooks":
                _write(folder / "notebooks" / f"{path.stem} {point.key}.ipynb", content)
            elif kind != "tables" and name != MADE_BY:  # views are written with their tables
                _write(profile / path, content)
    for path, lines in records.items():
        Records(profile / path).adopt(b"\n".join(lines), str(path))
    for name, contents in parts.items():
        _update(name, [content for _, content in contents], profile)
        store.write_text(folder / "tables" / f"{name}.csv", _together(contents))


def _inside(name: str, shelf: Shelf, point: Point) -> Path:
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        raise UserError(f"{shelf.place(point)}: holds '{name}', which lies outside; delete it, and "
                        "the run is made again")
    return path


def _write(path: Path, content: bytes) -> None:
    """Write a file unless it is as it should be."""
    if not path.exists() or path.read_bytes() != content:
        store.write_bytes(path, content)


def _update(name: str, contents: list[bytes], profile: Path) -> None:
    """Update a table of the profile with those of points, one after the other.

    A point of which later ones replace every row leaves no trace, and is passed over.
    """
    frames, replaced = [], set()
    for content in reversed(contents):
        frame = pd.read_csv(io.BytesIO(content))
        whole = not {"corpus", "split"} <= set(frame)
        keys = {()} if whole else set(
            map(tuple, frame[["corpus", "split"]].fillna("").to_numpy()))
        if keys - replaced:
            frames.append((tables.write_plain if whole else tables.update, frame))
        replaced |= keys
    for write, frame in reversed(frames):
        write(name, frame, profile)


def _together(contents: list[tuple[Point, bytes]]) -> str:
    """The tables of points below one another, each row with its point's key and parameters."""
    frames = []
    for point, content in contents:
        frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
        frames.append(pd.concat([pd.DataFrame(told(point), index=frame.index), frame], axis=1))
    return pd.concat(frames).to_csv(index=False, lineterminator="\n")
