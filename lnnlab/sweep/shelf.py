"""What a grid's points gave: one zip each, laid into the profile in the order of the grid."""

import io
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from lnnlab import store
from lnnlab.errors import UserError
from lnnlab.records import Records
from lnnlab.reports import tables
from lnnlab.sweep import data
from lnnlab.sweep.grid import Grid, Point
from lnnlab.sweep.outcome import Outcome
from lnnlab.sweep.version import MADE_BY, versions

FAILED = "failed.csv"
PREFIX = "grid_"  # of the columns that say which point a row is of


class Shelf:
    """The results of a grid on disk; many processes may put and read at once.

    Args:
        grid: whose results; they lie in ``grid.folder``.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.folder = grid.folder / "done"

    def place(self, point: Point) -> Path:
        """Where a point's zip lies once it is done."""
        return self.folder / f"{point.key}.zip"

    def has(self, point: Point) -> bool:
        """Whether a point is done."""
        return self.place(point).exists()

    def forget(self, points: Sequence[Point]) -> None:
        """Remove the results of points, which are then made anew."""
        for point in points:
            self.place(point).unlink(missing_ok=True)

    def of_other_code(self, points: Sequence[Point]) -> int:
        """How many of the points that are done another version of the package made."""
        made = [data.unzipped(self.place(each).read_bytes(), [MADE_BY])[MADE_BY]
                for each in points if self.has(each)]
        return sum(json.loads(each) != versions() for each in made)

    def put(self, point: Point, archive: bytes) -> None:
        """Keep what a point left."""
        store.write_bytes(self.place(point), archive)

    def claim(self, point: Point) -> FileLock | None:
        """The right to make a point; None: another sweep has it. Ends with this process."""
        path = self.place(point).with_name(f".{point.key}.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return None
        return lock

    def let_go(self, point: Point, lock: FileLock) -> None:
        """End a claim. Its file goes once the point is done: whoever locks it then looks first."""
        if self.has(point):
            self.place(point).with_name(f".{point.key}.lock").unlink(missing_ok=True)
        lock.release()

    def write_failed(self, tried: Sequence[Point], rows: Sequence[dict]) -> Path:
        """Renew ``failed.csv``: lines of other parts stay, lines of what was tried are these.

        Args:
            tried: points whose lines are renewed.
            rows: key, varied parameters, attempts, state, where, words of each that failed.
        """
        path = self.grid.folder / FAILED
        done = {each.key for each in tried} | {
            each.key for each in self.grid.points if self.has(each)}
        with store.locked(path):
            kept = pd.read_csv(path, dtype=str).fillna("") if path.exists() else pd.DataFrame()
            kept = kept[~kept["key"].isin(done)] if len(kept) else kept
            both = pd.concat([kept, pd.DataFrame(rows)]) if len(kept) else pd.DataFrame(rows)
            if len(both):
                store.write_text(path, both.to_csv(index=False, lineterminator="\n"))
            else:
                path.unlink(missing_ok=True)
        return path

    def collecting(self) -> AbstractContextManager[None]:
        """Inside, no other sweep of the grid is: what is done then is all that either has seen."""
        return store.locked(self.grid.folder / "collected")

    def collect(self) -> None:
        """Lay all that is done into the profile's folder.

        Records are added, tables updated point by point in the order of the grid, so that they
        are what running one by one leaves, whoever finished first. The grid's own folder gets the
        notebooks as they ran, and tables of all points with the varied parameters beside.
        """
        folder = self.grid.folder
        whole: dict[str, list[pd.DataFrame]] = {}
        for point in filter(self.has, self.grid.points):
            files = data.unzipped(self.place(point).read_bytes())
            for name, frame in _lay(point, files, self.grid).items():
                whole.setdefault(name, []).append(frame)
        for name, parts in whole.items():
            text = pd.concat(parts).to_csv(index=False, lineterminator="\n")
            store.write_text(folder / "tables" / f"{name}.csv", text)


def _lay(point: Point, files: dict[str, bytes], grid: Grid) -> dict[str, pd.DataFrame]:
    """Lay the files of one point into its profile; returns its tables with its parameters."""
    profile = grid.profile_folder
    told = {"key": point.key} | {
        PREFIX + name: _plain(value) for name, value in point.varied.items()}
    found = {}
    for name, content in files.items():
        path = Path(name)
        if path.is_absolute() or ".." in path.parts:
            raise UserError(f"{grid.folder}: run {point.key} holds '{name}', which lies outside")
        kind = path.parts[0] if len(path.parts) == 2 else ""
        if kind == "records" and path.suffix == ".jsonl":
            Records(profile / path).adopt(content, name)
        elif kind == "tables" and path.suffix == ".csv":
            text = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
            found[path.stem] = pd.concat(
                [pd.DataFrame(told, index=text.index), text], axis=1)
            frame = pd.read_csv(io.BytesIO(content))
            whole = {"corpus", "split"} <= set(frame)
            (tables.update if whole else tables.write_plain)(path.stem, frame, profile)
        elif kind == "notebooks":
            store.write_bytes(
                grid.folder / "notebooks" / f"{path.stem} {point.key}.ipynb", content)
        elif kind != "tables" and name != MADE_BY:  # whose views are written with them
            store.write_bytes(profile / path, content)
    return found


def failed_row(point: Point, attempts: int, outcome: Outcome) -> dict:
    """The line of a point that failed."""
    return {"key": point.key} | {name: _plain(value) for name, value in point.varied.items()} | {
        "attempts": attempts, "state": outcome.state, "where": outcome.where,
        "words": outcome.line}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
