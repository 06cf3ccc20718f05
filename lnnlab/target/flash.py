"""Flash behind wait states: what fetching code and reading constants from it costs a core.

A port serves code in pieces as wide as the array. Code is looked for in the piece in use, in the
one read ahead, in the instruction cache, and then in the array, which answers after its wait states
and does one thing at a time (ST RM0090, section 3.5.2). The core itself fetches a few bytes ahead
of what it executes, a word a cycle, and waits only for what is not there in time. Constants have a
cache of their own, share the one of the code, or have none.

Assumed where manuals are silent: a read ahead that is under way is finished; what a cache holds is
not read ahead; what was read ahead and used stays in the cache (else CoreMark would be 10 to 15 %
slower at 5 wait states, where ST says that it is as fast as at none); loads are spread evenly over
the time of their block.
"""

import ctypes
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np

from lnnlab.errors import UserError, unknown
from lnnlab.target.figures import Figure, figure_of
from lnnlab.target.toolchain import build_host

FILE = Path(__file__).with_name("flash.toml")
NATIVE = Path(__file__).with_name("host") / "flash_port.c"
MOST_LINES, MOST_PIECES = 4096, 32  # of a cache, of a line, as in the C


@dataclass(frozen=True)
class Flash:
    """What lies between a core and its flash.

    Attributes:
        name: key of ``flash.toml``.
        read_bytes: that one read of the array gives.
        read_ahead: 1 where the piece behind the one in use is read while the array is idle.
        instruction_cache_bytes, data_cache_bytes: 0 for none.
        shared: 1 where constants go through the instruction cache.
        cache_line_bytes, cache_ways: of both caches; 0 ways: an address can lie in any line.
    """

    name: str
    read_bytes: Figure
    read_ahead: Figure
    instruction_cache_bytes: Figure
    data_cache_bytes: Figure
    shared: Figure
    cache_line_bytes: Figure
    cache_ways: Figure


@cache
def flashes() -> dict[str, Flash]:
    """Every kind of flash by name.

    Raises:
        UserError: an entry lacks a figure or a source.
    """
    keys = [each.name for each in fields(Flash) if each.name != "name"]
    return {
        name: Flash(name, **{key: figure_of(f"{FILE.name}: flash '{name}': '{key}'",
                                            given.get(key)) for key in keys})
        for name, given in tomllib.loads(FILE.read_text()).items()
    }


def flash(name: str) -> Flash:
    """A kind of flash by name.

    Raises:
        UserError: there is none; the nearest and the list are given.
    """
    if name not in flashes():
        raise unknown("flash", name, flashes())
    return flashes()[name]


@dataclass(frozen=True)
class Trace:
    """Blocks in the order in which they ran.

    Attributes:
        address, size: of each block, bytes, (block,).
        cycles: of each, with the branch that led to it, flash answering at once, (block,).
        first_read: where its reads start in ``reads``, (block + 1,).
        reads: addresses in the flash that were read as data, (read,).
    """

    address: np.ndarray
    size: np.ndarray
    cycles: np.ndarray
    first_read: np.ndarray
    reads: np.ndarray


class _Config(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in (
        "piece_bytes", "wait_states", "core_ahead_bytes", "read_ahead", "shared", "code_lines",
        "data_lines", "code_ways", "data_ways", "line_pieces")]


class FlashPort:
    """A core's way to its flash, with the state of its buffers and caches.

    Args:
        kind: what lies between.
        wait_states: of the array at the core's clock; 0: nothing ever waits.
        fetch_ahead_bytes: how far the core fetches ahead of what it executes.

    Raises:
        UserError: the sizes of a cache do not go into one another.
    """

    def __init__(self, kind: Flash, wait_states: int, fetch_ahead_bytes: int) -> None:
        self._native = _native()
        self._state = ctypes.create_string_buffer(self._native.flash_state_bytes())
        config = _config(kind, wait_states, fetch_ahead_bytes)
        self._native.flash_start(self._state, ctypes.byref(config))
        self._cold = True

    def waits(self, trace: Trace) -> np.ndarray:
        """Cycles that each block waits, (block,).

        The first run goes through twice and counts once: a device that listens finds its caches
        as the run before left them.
        """
        if self._cold:
            self._cold = False
            self.run(trace)
        return self.run(trace)

    def run(self, trace: Trace) -> np.ndarray:
        """The same from the state in which the port is."""
        count = len(trace.address)
        waited = np.zeros(count)
        given = [np.ascontiguousarray(values, form) for values, form in (
            (trace.address, np.uint32), (trace.size, np.uint32), (trace.cycles, np.float64),
            (trace.first_read, np.int32), (trace.reads, np.uint32))]
        self._native.flash_run(
            self._state, count,
            *(each.ctypes.data_as(ctypes.c_void_p) for each in (*given, waited)))
        return waited


@cache
def _native() -> ctypes.CDLL:
    library = ctypes.CDLL(str(build_host([NATIVE], sanitize=False, shared=True)))
    library.flash_state_bytes.restype = ctypes.c_size_t
    return library


def _config(kind: Flash, wait_states: int, fetch_ahead_bytes: int) -> _Config:
    def whole(figure: Figure) -> int:
        return int(figure.value)

    piece, line = whole(kind.read_bytes), whole(kind.cache_line_bytes)
    sizes = [whole(each) for each in (kind.instruction_cache_bytes, kind.data_cache_bytes)]
    lines = [size // max(line, 1) for size in sizes]
    ways = [whole(kind.cache_ways) or max(each, 1) for each in lines]
    fits = piece and line % piece == 0 and 0 < line // piece <= MOST_PIECES and all(
        size % line == 0 and each % way == 0 and each <= MOST_LINES
        for size, each, way in zip(sizes, lines, ways, strict=True))
    if not fits:
        raise UserError(
            f"{FILE.name}: flash '{kind.name}': reads of {piece} bytes, lines of {line}, caches of "
            f"{sizes[0]} and {sizes[1]} in {whole(kind.cache_ways)} ways do not go into one "
            f"another; give whole lines (up to {MOST_LINES}) of whole reads (up to {MOST_PIECES})")
    return _Config(piece, wait_states, fetch_ahead_bytes, whole(kind.read_ahead),
                   whole(kind.shared), *lines, *ways, line // piece)
