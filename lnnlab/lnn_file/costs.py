"""The ``COST`` section: what a network takes on a board (FORMAT.md, section 8)."""

import ctypes
from dataclasses import asdict, dataclass

from lnnlab.errors import UserError
from lnnlab.integer.ranges import fits
from lnnlab.lnn_file.container import damaged
from lnnlab.lnn_file.reading import Sections
from lnnlab.lnn_file.structures import CostRecord

KEY = "costs"  # of a network's meta
MOST_NAME = CostRecord.board.size - 1
FIGURES = 3  # of a kind of policy: hop, frame, long frame
KINDS = CostRecord.by_policy.size // ctypes.sizeof(ctypes.c_uint32) // FIGURES
Q8_NJ = 256  # a nanojoule in the file's unit
U32 = (0, 2**32 - 1)


@dataclass(frozen=True)
class BoardCosts:
    """Energy of what a network does on a board, for programs that count how often it does it.

    Attributes:
        board: its name, 1 to 23 bytes.
        idle_nw: power asleep.
        by_policy: for no policy or a uniform one, energy, flux, delta, learned: energy on top of
            idling in nJ, Q8, of a hop that ends, of a computed frame, and of one that stands for
            several hops; zeros where nobody counted.

    Raises:
        UserError: the name does not fit, or a figure its field.
    """

    board: str
    idle_nw: int
    by_policy: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        rows = tuple(tuple(int(each) for each in row) for row in self.by_policy)
        object.__setattr__(self, "by_policy", rows)
        if not 1 <= len(self.board.encode()) <= MOST_NAME or "\0" in self.board:
            raise UserError(f"board {self.board!r}: a name of 1 to {MOST_NAME} bytes")
        if [len(row) for row in rows] != [FIGURES] * KINDS:
            raise UserError(f"costs by policy: {KINDS} rows of hop, frame and long frame")
        for number in (self.idle_nw, *(each for row in rows for each in row)):
            if not fits(number, U32):
                raise UserError(f"cost {number}: choose {U32[0]} to {U32[1]}")

    @classmethod
    def of(cls, meta: dict) -> "BoardCosts | None":
        """Those of a network's meta; None without any.

        Raises:
            UserError: they are no such figures.
        """
        if KEY not in meta:
            return None
        try:
            said = meta[KEY]
            return cls(str(said["board"]), int(said["idle_nw"]), tuple(said["by_policy"]))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"meta {KEY}: {error} missing or no number") from error

    def into(self, meta: dict) -> dict:
        """A network's meta with these."""
        return meta | {KEY: asdict(self) | {"by_policy": [list(row) for row in self.by_policy]}}


def cost_sections(meta: dict) -> list[tuple[str, bytes, int]]:
    """The section of a network whose meta says what it takes, in a list; else an empty one.

    Raises:
        UserError: a figure is out of range.
    """
    costs = BoardCosts.of(meta)
    if costs is None:
        return []
    name = costs.board.encode()
    figures = tuple(each for row in costs.by_policy for each in row)
    record = CostRecord(tuple(name.ljust(MOST_NAME + 1, b"\0")), costs.idle_nw, figures)
    return [("COST", bytes(record), 1)]


def with_costs(meta: dict, sections: Sections, name: str) -> dict:
    """The meta of a file, with what its ``COST`` section says if it has one.

    Raises:
        UserError: the section breaks a rule; the message names the check and its offset.
    """
    if "COST" not in sections:
        return {key: value for key, value in meta.items() if key != KEY}
    at, content, items = sections["COST"]
    size = ctypes.sizeof(CostRecord)
    if len(content) != size or items != 1:
        raise damaged(name, at, f"COST has {len(content)} bytes, not {size}")
    record = CostRecord.from_buffer_copy(content)
    board, end, rest = bytes(record.board).partition(b"\0")
    if not board or not end or any(rest):
        raise damaged(name, at, "a board's name that does not end")
    figures = list(record.by_policy)
    rows = tuple(tuple(figures[k : k + FIGURES]) for k in range(0, len(figures), FIGURES))
    for number, (hop, frame, long_frame) in enumerate(rows):
        if not frame and (hop or long_frame):
            place = CostRecord.by_policy.offset + 4 * FIGURES * number
            raise damaged(name, at + place, "a hop's cost without a frame's")
    try:
        return BoardCosts(board.decode(), record.idle_nw, rows).into(meta)
    except UnicodeDecodeError as error:
        raise damaged(name, at, "a board's name that is no UTF-8") from error
