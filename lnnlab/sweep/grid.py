"""A grid file as points: what is varied, what is fixed, each name and value checked."""

import itertools
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lnnlab import paths, pipeline, store
from lnnlab.data import options_of
from lnnlab.errors import UserError, unknown
from lnnlab.sweep import data
from lnnlab.sweep.parameters import DEFAULTS, check_run, variant_of

KEYS = ("notebook", "runs", "profile", "parameters", "grid")
MANY = 10_000  # points from which on a grid has to be confirmed
NOT_RESULTS = ("jobs", "profile")  # parameters that decide where and how fast, not what


@dataclass(frozen=True)
class Point:
    """One run of a grid.

    Attributes:
        key: twelve hex digits that stand for notebook or table, parameters and data.
        varied: the parameters that the grid varies.
        parameters: all that are given; the others keep their defaults.
        data: parameter that names recordings → hash of them.
    """

    key: str
    varied: dict
    parameters: dict
    data: dict


@dataclass(frozen=True)
class Grid:
    """A grid that was read and checked.

    Attributes:
        name: of its file, without the suffix; its folder is called so.
        notebook: that each point runs; None: each point is a ``Run``.
        table: of the records of ``Run``s, such as ``"vibration_benchmark"``; ``""`` of a notebook.
        profile: whose records and tables it adds to.
        defaults: of every parameter that a point may be given.
        points: in the order of the file, the last name varying fastest; no two are equal.
    """

    name: str
    notebook: Path | None
    table: str
    profile: str
    defaults: dict
    points: tuple[Point, ...]

    @property
    def profile_folder(self) -> Path:
        """Whose records and tables it adds to, such as ``reports/quick``."""
        return paths.reports(self.profile)

    @property
    def folder(self) -> Path:
        """Where its own results lie, such as ``reports/quick/sweeps/grid``."""
        return self.profile_folder / "sweeps" / self.name

    def value(self, point: Point, name: str) -> object:
        """A parameter of a point, given or by default."""
        return point.parameters.get(name, self.defaults.get(name))


def read_grid(file: str | Path, confirmed: bool = False) -> Grid:
    """Read a grid file and check all of it.

    Args:
        file: the TOML file; see SWEEPS.md for its keys.
        confirmed: whether a grid of more than ``MANY`` points is meant.

    Raises:
        UserError: it cannot be read, is empty or very large, or a name or value in it is wrong.
    """
    path = paths.user_file(file)
    given = _parsed(path)
    notebook, table = _what(path, given)
    profile, fixed = given.get("profile", "quick"), given.get("parameters", {})
    if not isinstance(profile, str) or not isinstance(fixed, dict):
        wrong = "parameters" if isinstance(profile, str) else "profile"
        raise UserError(f"{path}: '{wrong}' is {given[wrong]!r}; write profile = \"quick\", and "
                        "[parameters] as a table of names and values")
    blocks = _blocks(path, given)
    count = sum(math.prod(map(len, block.values())) for block in blocks)
    if count > MANY and not confirmed:
        raise UserError(f"{path}: the grid is one of {count:,} runs; say --yes if that is meant")
    inspected = pipeline.defaults(notebook) if notebook else {}
    for block in blocks:
        _check(notebook, inspected, fixed, block)
    base = {"notebook": notebook.name} if notebook else {"runs": table}
    known = {name: each["default"] for name, each in inspected.items()} if notebook else DEFAULTS
    points = (_point(base, known, fixed, varied)
              for block in blocks for varied in _combinations(block))
    distinct = {each.key: each for each in points}
    return Grid(path.stem, notebook, table, profile, known, tuple(distinct.values()))


def part_of(points: tuple[Point, ...], part: str) -> tuple[Point, ...]:
    """Every n-th point from the i-th on, of ``"i/n"``; parts 1/n to n/n make up the whole.

    Raises:
        UserError: it is not ``i/n``, or i is not among 1 to n.
    """
    number, _, count = part.partition("/")
    if not (number.isdecimal() and count.isdecimal()):
        raise UserError(f"--part {part}: write i/n, such as 1/8 for the first of eight parts")
    if not 1 <= int(number) <= int(count):
        raise UserError(f"--part {part}: out of range; the parts of {count} are 1/{count} to "
                        f"{count}/{count}")
    return points[int(number) - 1::int(count)]


def _parsed(path: Path) -> dict:
    try:
        given = tomllib.loads(path.read_bytes().decode())
    except FileNotFoundError:
        raise UserError(
            f"{path.name}: no such grid file here; lnnlab/sweep/SWEEPS.md shows one") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not TOML ({error}); SWEEPS.md shows a grid file") from None
    for name in given:
        if name not in KEYS:
            raise unknown(f"key of {path.name}", name, KEYS)
    return given


def _what(path: Path, given: dict) -> tuple[Path | None, str]:
    """The notebook, or the table of ``Run``s."""
    named = [name for name in ("notebook", "runs") if name in given]
    if len(named) != 1 or not isinstance(given[named[0]], str) or not given[named[0]]:
        raise UserError(f"{path}: say what is run: either notebook = \"04\", or "
                        "runs = \"vibration_benchmark\", the table of the runs")
    if named == ["notebook"]:
        beside = path.parent / given["notebook"]  # as a person with both in one folder writes it
        name = str(beside) if beside.suffix == ".ipynb" and beside.exists() else given["notebook"]
        return pipeline.find(name), ""
    if Path(given["runs"]).name != given["runs"]:
        raise UserError(f"{path}: runs = '{given['runs']}': a table's name, without a folder")
    return None, given["runs"]


def _blocks(path: Path, given: dict) -> list[dict]:
    """The tables ``[grid]`` or ``[[grid]]``: name → its values."""
    grid = given.get("grid", {})
    blocks = grid if isinstance(grid, list) else [grid]
    if not blocks or not all(isinstance(each, dict) and each for each in blocks):
        raise UserError(f"{path}: an empty grid; below [grid] write each varied parameter with the "
                        "list of its values, such as epochs = [10, 20]")
    for name, values in (pair for block in blocks for pair in block.items()):
        if not isinstance(values, list):
            raise UserError(f"{path}: grid.{name} = {values!r} is not a list of values; write "
                            f"[{values!r}], or put it below [parameters]")
        if not values:
            raise UserError(f"{path}: an empty grid: grid.{name} has no values")
    return blocks


def _check(notebook: Path | None, inspected: dict, fixed: dict, block: dict) -> None:
    """Refuse names and values that a run would stumble over."""
    doubly = sorted(set(fixed) & set(block))
    if doubly:
        raise UserError(f"'{doubly[0]}' stands below [parameters] and below [grid]; keep one")
    if "profile" in fixed or "profile" in block:
        raise UserError("'profile' is fixed for a whole grid: write profile = \"quick\" above its "
                        "tables")
    columns = itertools.zip_longest(*block.values(), fillvalue=None)
    for column in columns:  # every value of every name once
        named = {name: value for name, value in zip(block, column, strict=True)
                 if value is not None}
        if "corpus" in fixed | named:
            options_of((fixed | named)["corpus"])
        if notebook is None:
            check_run(fixed | named)
        else:
            pipeline.check_parameters(notebook, fixed | named, inspected)


def _combinations(block: dict) -> Iterator[dict]:
    for values in itertools.product(*block.values()):
        yield dict(zip(block, values, strict=True))


def _point(base: dict, known: dict, fixed: dict, varied: dict) -> Point:
    given = fixed | varied
    if "runs" in base:
        given["variant"] = variant_of(given, varied)
    every = {name: value for name, value in (known | given).items() if name not in NOT_RESULTS}
    hashes = data.hashes(every)
    key = store.key(base | {"parameters": every, "data": hashes})
    return Point(key, varied, given, hashes)
