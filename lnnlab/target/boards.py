"""Boards: sourced facts from ``boards.toml``, by name."""

import tomllib
from collections.abc import Iterable
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cache
from pathlib import Path

from lnnlab.errors import UserError, unknown
from lnnlab.target.cores import CORES
from lnnlab.target.figures import BASES, FORM, Figure, figure_of, is_number
from lnnlab.target.flash import Flash, FlashPort, flash

FILE = Path(__file__).with_name("boards.toml")


@dataclass(frozen=True)
class Board:
    """A board, or the microcontroller on it.

    Attributes:
        name, title: key of ``boards.toml``; as people write it.
        core: key of :data:`lnnlab.target.cores.CORES`.
        max_mhz, clock_mhz: highest clock; the clock of our tables.
        flash_bytes, ram_bytes: what it has.
        wait_states: of the flash's array at ``clock_mhz``.
        flash: what lies between the core and that array.
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
    flash: Flash
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

    @property
    def weakest(self) -> str:
        """The weakest basis among the figures of its flash, wait states included."""
        figures = [self.wait_states, *(each for each in vars(self.flash).values()
                                       if isinstance(each, Figure))]
        return max((each.basis for each in figures), key=BASES.index)

    def on_flash(self, basis: str) -> str:
        """The basis of a figure that holds waits for its flash: what of that is not documented."""
        weak = self.weakest in ("memory", "assumed")
        return f"{basis}, flash {self.weakest}" if weak else basis

    def port(self) -> FlashPort:
        """A fresh way to its flash, caches empty."""
        return FlashPort(self.flash, int(self.wait_states.value),
                         CORES[self.core].fetch_ahead_bytes)


def flashes(names: Iterable[str]) -> dict[str, list]:
    """What waits for the flash of some boards rest on, as plain values, for records."""
    return {name: [asdict(board(name).flash), board(name).wait_states.value] for name in names}


@cache
def boards() -> dict[str, Board]:
    """Every board by name, of ``boards.toml``; raises what :func:`read_boards` does."""
    return read_boards(FILE)


def read_boards(file: Path) -> dict[str, Board]:
    """Every board of a file by name: how an entry is tried before it joins ``boards.toml``.

    Args:
        file: of the form of ``boards.toml``.

    Raises:
        UserError: an entry of the file lacks a figure or a source, or holds a key that no board
            has; the message names the board and the key.
    """
    try:
        entries = tomllib.loads(file.read_text())
    except (ValueError, OSError) as error:
        raise UserError(f"{file}: not readable as TOML ({error})") from error
    found = {name: _read(file.name, name, given) for name, given in entries.items()}
    names = set(found)
    for each in found.values():
        for alias in each.aliases:
            if alias in names:
                raise UserError(f"{file.name}: board '{each.name}': 'aliases' holds '{alias}', "
                                "which is taken; choose another")
            names.add(alias)
    return found


def _read(file: str, name: str, given: object) -> Board:
    """One entry of a file as a board."""
    if not isinstance(given, dict):
        raise UserError(f"{file}: '{name}' stands outside of any board; move it into one")
    wanted = {each.name: each for each in fields(Board) if each.name != "name"}
    for key in given:
        if key not in wanted:
            raise unknown(f"key of board '{name}' in {file}", key, wanted)
    read = {}
    for key, field in wanted.items():
        if key in given:
            read[key] = _value(f"{file}: board '{name}': '{key}'", given[key], field.type)
        elif field.default is MISSING:
            raise UserError(
                f"{file}: board '{name}': '{key}' is missing; give {FORMS[field.type]}"
            )
    if read["core"] not in CORES:
        raise unknown(f"core of board '{name}' in {file}", read["core"], CORES)
    return Board(name, **read)


FORMS = {  # of a field's type, in words
    str: "a text", float: "a number above 0", int: "a whole number above 0",
    Figure: FORM, Flash: "a name in flash.toml",
    tuple[str, ...]: "a list of names",
}


def _value(what: str, given: object, form: type) -> object:
    """A field's value, refused where it has not the field's form."""
    if form is Figure:
        return figure_of(what, given)
    text, number = isinstance(given, str), is_number(given)
    right = {
        str: text, Flash: text, float: number and given > 0,
        int: number and isinstance(given, int) and given > 0,
        tuple[str, ...]: isinstance(given, list) and all(isinstance(each, str) for each in given),
    }[form]
    if not right:
        raise UserError(f"{what} is {given!r}; give {FORMS[form]}")
    if form is Flash:
        return flash(given)
    return tuple(given) if isinstance(given, list) else given


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
