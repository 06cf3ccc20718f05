"""Boards: sourced facts from ``boards.toml``, by name."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lnnlab.errors import UserError, unknown

FILE = Path(__file__).with_name("boards.toml")


@dataclass(frozen=True)
class Figure:
    """A number with what it rests on."""

    value: float
    condition: str
    basis: str
    source: str


@dataclass(frozen=True)
class Board:
    """A board, or the microcontroller on it.

    Attributes:
        name, title: key of ``boards.toml``; as people write it.
        core: key of :data:`lnnlab.target.cores.CORES`.
        max_mhz, clock_mhz: highest clock; the clock of our tables.
        flash_bytes, ram_bytes: what it has.
        wait_states: of the flash, as the cycle model takes them.
        supply_v: voltage that its currents and energies are stated at.
        run_ua_per_mhz: datasheet's current at full activity.
        stop_ua: current of the deepest sleep that keeps RAM; wake_us: time to leave it.
        mlperf_chip: chip of the MLPerf Tiny results that calibrate its energy; "" where none.
    """

    name: str
    title: str
    core: str
    max_mhz: float
    clock_mhz: float
    flash_bytes: int
    ram_bytes: int
    wait_states: Figure
    supply_v: float
    run_ua_per_mhz: Figure
    stop_ua: Figure
    wake_us: Figure
    mlperf_chip: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def datasheet_pj_per_cycle(self) -> float:
        """The datasheet's energy of one cycle at ``supply_v``."""
        return self.run_ua_per_mhz.value * self.supply_v


@cache
def boards() -> dict[str, Board]:
    """Every board by name."""
    figures = ("wait_states", "run_ua_per_mhz", "stop_ua", "wake_us")
    found = {}
    for name, given in tomllib.loads(FILE.read_text()).items():
        read = {key: Figure(*given[key]) for key in figures}
        found[name] = Board(
            name, **given | read | {"aliases": tuple(given.get("aliases", ()))}
        )
    return found


def board(name: str) -> Board:
    """A board by name or alias.

    Raises:
        UserError: there is none; the nearest and the list are given.
    """
    known = {alias: each for each in boards().values() for alias in (each.name, *each.aliases)}
    if name not in known:
        raise unknown("board", name, known)
    return known[name]


def refuse_if_too_big(
    chosen: Board, flash_bytes: dict[str, int], ram_bytes: dict[str, int]
) -> None:
    """Refuse a model that a board cannot hold.

    Args:
        flash_bytes, ram_bytes: section or part → bytes.

    Raises:
        UserError: bytes needed against bytes there, by section.
    """
    for kind, needed, there in (
        ("flash", flash_bytes, chosen.flash_bytes), ("RAM", ram_bytes, chosen.ram_bytes)
    ):
        total = sum(needed.values())
        if total > there:
            parts = ", ".join(f"{name} {count:,}" for name, count in needed.items())
            raise UserError(
                f"{chosen.title}: the model needs {total:,} bytes of {kind} ({parts}), the board "
                f"has {there:,}; take a smaller model or a larger board"
            )
