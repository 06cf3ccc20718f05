"""The loop of a sweep: what is missing is made, what fails is tried again, all is collected."""

import time
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from filelock import FileLock
from tqdm.auto import tqdm

from lnnlab.sweep import data
from lnnlab.sweep.collect import collect
from lnnlab.sweep.grid import Grid, Point, part_of
from lnnlab.sweep.outcome import DONE, RAISED, Outcome
from lnnlab.sweep.shelf import Shelf, failed_row
from lnnlab.sweep.version import versions

POLL_S = 0.2  # between two looks at what ended


class Pool(Protocol):
    """Where points are made: :class:`~lnnlab.sweep.local.Local` or a cluster."""

    def room(self) -> int:
        """How many points may be under way."""

    def start(self, task: dict, avoid: Collection[str] = ()) -> None:
        """Begin with a task, elsewhere than at ``avoid`` if there is a choice."""

    def ended(self, timeout_s: float) -> list[tuple[str, Outcome]]:
        """(key, outcome) of tasks that ended, waiting at most so long for the first."""

    def close(self) -> None:
        """End what is under way."""


@dataclass(frozen=True)
class Options:
    """How a sweep goes about it.

    Attributes:
        retries: of a point that failed.
        part: ``"i/n"``: only every n-th point from the i-th on; ``""``: all.
        renew: make anew what is done.
        progress: show a bar.
    """

    retries: int = 2
    part: str = ""
    renew: bool = False
    progress: bool = True


@dataclass(frozen=True)
class Result:
    """What became of a sweep.

    Attributes:
        asked: points of the part.
        skipped: that were done before.
        failed: key → how its last attempt ended.
        stale: of the skipped, those that another version of the package made.
        place: the folder of the grid's results.
    """

    asked: int
    skipped: int
    failed: dict[str, Outcome]
    stale: int
    place: Path


def sweep(grid: Grid, pool: Pool, options: Options = Options()) -> Result:  # noqa: B008, frozen
    """Make every point of a grid that is not done, and collect all that are.

    Other sweeps of the same grid may run at once, here or on machines with the same disk: each
    point is made by one of them.

    Args:
        grid: see :func:`lnnlab.sweep.grid.read_grid`.
        pool: where points are made; the caller closes it.
        options: retries, part, renewal.

    Raises:
        UserError: the part is out of range, or results cannot be written here.
    """
    points = part_of(grid.points, options.part) if options.part else grid.points
    shelf = Shelf(grid)
    missing = [each for each in points if options.renew or not _recorded(shelf, each)]
    if options.renew:
        shelf.forget(missing)
    stale = shelf.of_other_code(points)
    with tqdm(total=len(points), initial=len(points) - len(missing), desc=grid.name, unit="run",
              disable=not options.progress) as bar:
        work = _Work(shelf, pool, options.retries, bar)
        try:
            work.make(missing)
        finally:  # also of a sweep that was stopped
            work.let_go()
            shelf.write_failed(missing, [failed_row(work.points[key], *work.attempts[key])
                                         for key in work.failed])
    _collect(shelf)
    failed = {key: work.attempts[key][1] for key in work.failed}
    return Result(len(points), len(points) - len(missing), failed, stale, grid.folder)


def _collect(shelf: Shelf) -> None:
    grid = shelf.grid
    with shelf.collecting():
        collect(shelf)
        if grid.table:
            from lnnlab.sweep.run_table import write_table  # with torch: notebooks do without

            made = [each.parameters for each in grid.points if _recorded(shelf, each)]
            write_table(grid.table, made, grid.profile_folder)


def _recorded(shelf: Shelf, point: Point) -> bool:
    """Whether a point is done, or its runs are recorded otherwise."""
    grid = shelf.grid
    records = grid.profile_folder / "records"
    if shelf.has(point) or not grid.table or not any(records.glob(f"{grid.table}.*")):
        return shelf.has(point)
    from lnnlab.sweep import runs

    return runs.are_recorded(grid.table, point.parameters, grid.profile_folder)


class _Work:
    """The points of one sweep that are under way, claimed, and tried again.

    Attributes:
        points: key → point.
        attempts: key → (how many were counted, how the last one ended).
        failed: keys of points that are given up.
    """

    def __init__(self, shelf: Shelf, pool: Pool, retries: int, bar: tqdm) -> None:
        self.points: dict[str, Point] = {}
        self.attempts: dict[str, tuple[int, Outcome]] = {}
        self.failed: list[str] = []
        self._shelf, self._pool, self._retries, self._bar = shelf, pool, retries, bar
        self._claims: dict[str, FileLock] = {}
        self._tried_at: dict[str, set[str]] = {}
        self._under_way: set[str] = set()

    def make(self, points: Sequence[Point]) -> None:
        """Make all points; returns when each is done, here or by another sweep, or given up."""
        self.points = {each.key: each for each in points}
        waiting = deque(points)
        while waiting or self._under_way:
            self._begin(waiting)
            if not self._under_way:  # other sweeps make the rest, or no worker is there
                time.sleep(POLL_S)
            for key, outcome in self._pool.ended(POLL_S) if self._under_way else ():
                self._under_way.discard(key)
                if self._again(self.points[key], outcome):
                    waiting.append(self.points[key])

    def let_go(self) -> None:
        """End all claims."""
        for key in list(self._claims):
            self._shelf.let_go(self.points[key], self._claims.pop(key))

    def _begin(self, waiting: deque[Point]) -> None:
        """Start waiting points while there is room."""
        for _ in range(len(waiting)):
            if len(self._under_way) >= self._pool.room():
                return
            point = waiting.popleft()
            lock = self._claims.get(point.key) or self._shelf.claim(point)
            if lock is None:
                waiting.append(point)  # another sweep makes it: look again later
                continue
            self._claims[point.key] = lock
            if self._shelf.has(point):
                self._finish(point)
                continue
            self._pool.start(task_of(self._shelf.grid, point),
                             self._tried_at.get(point.key, ()))
            self._under_way.add(point.key)

    def _again(self, point: Point, outcome: Outcome) -> bool:
        """Take in how an attempt ended; whether the point has to be tried again."""
        if outcome.archive:
            self._shelf.put(point, outcome.archive)
        elif outcome.state == DONE and not self._shelf.has(point):
            outcome = replace(outcome, state=RAISED, words=f"{self._shelf.place(point)}: not here, "
                              "though its worker wrote it; is the disk shared?")
        if outcome.state == DONE:
            self._finish(point)
            return False
        counted, _ = self.attempts.get(point.key, (0, outcome))
        counted += outcome.counts
        self.attempts[point.key] = (counted, outcome)
        self._tried_at.setdefault(point.key, set()).add(outcome.where)
        if counted <= self._retries:
            return True
        self.failed.append(point.key)
        self._finish(point)
        self._bar.set_postfix_str(f"{len(self.failed)} failed")
        return False

    def _finish(self, point: Point) -> None:
        self._shelf.let_go(point, self._claims.pop(point.key))
        self._bar.update()


def task_of(grid: Grid, point: Point) -> dict:
    """A point as plain values, as child processes take it."""
    parameters = dict(point.parameters)
    recordings = {name: grid.value(point, name) for name in point.data}
    for name, value in recordings.items():
        if not data.published(value):  # a path means the same whatever folder a process starts in
            parameters[name] = recordings[name] = str(data.place_of(name, value))
    if grid.notebook:
        usual = {"profile": grid.profile, "jobs": 1}
        parameters = {name: value for name, value in usual.items() if name in grid.defaults
                      } | parameters
    return {
        "key": point.key, "notebook": str(grid.notebook or ""), "table": grid.table,
        "profile": grid.profile, "parameters": parameters, "recordings": recordings,
        "data": point.data, "versions": versions(),
    }
