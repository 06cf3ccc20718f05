"""What a grid's points gave, one zip each; who makes which; which ones failed."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from lnnlab import store
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


def failed_row(point: Point, attempts: int, outcome: Outcome) -> dict:
    """The line of a point that failed."""
    return told(point) | {"attempts": attempts, "state": outcome.state, "where": outcome.where,
                          "words": outcome.line}


def told(point: Point) -> dict[str, str]:
    """The columns that say which point a row is of: its key, and what the grid varies."""
    return {"key": point.key} | {
        PREFIX + name: _plain(value) for name, value in point.varied.items()}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
