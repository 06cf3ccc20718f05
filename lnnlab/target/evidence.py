"""Is the cycle model right? Two workloads on every core, beside published scores per MHz.

A published score says how many rounds of its own benchmark a core finishes in a million cycles. The
workloads here are of the same kinds of work but not those benchmarks, so no figure of one core can
be compared. The ratio of two cores can: the work cancels, as far as its mix of instructions is
alike; and how far another mix could shift it is seen from the parts of the workload, each taken
alone. A ratio between cores of different instruction sets rests on the compilers of both as well,
and those of the published scores are other ones.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from lnnlab.target.boards import Board, board
from lnnlab.target.cores import Core, core
from lnnlab.target.emulator import Machine
from lnnlab.target.flash import FlashPort
from lnnlab.target.profile import profile
from lnnlab.target.toolchain import FIRMWARE, Compiler, build, build_host

FOLDER = FIRMWARE / "evidence"
SCORES = Path(__file__).with_name("facts") / "published_scores.csv"
ON_FLASH = Path(__file__).with_name("facts") / "published_flash.csv"
PARTS = ("list", "matrix", "scanner", "crc")  # of the first workload
WORKLOADS = {"mixed": "CoreMark", "records": "DMIPS"}  # workload → whose kinds of work it does
SEED = 9
CORES = {  # as the published scores call them
    **{name: core(name) for name in ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4",
                                     "cortex-m33")},
    "ibex small": core("rv32imc"),
    "ibex maxperf": replace(core("rv32imc"), timing="ibex_maxperf"),
}
PAIRS = [  # a core over another, and whether their instruction sets are the same
    ("cortex-m0", "cortex-m3", True), ("cortex-m0plus", "cortex-m3", True),
    ("cortex-m4", "cortex-m3", True), ("cortex-m33", "cortex-m3", True),
    ("cortex-m33", "cortex-m4", True), ("ibex maxperf", "ibex small", True),
    ("ibex small", "cortex-m3", False), ("ibex maxperf", "cortex-m3", False),
]


@dataclass(frozen=True)
class Ratio:
    """How much faster one core is than another at the same clock.

    Attributes:
        core, over: names of ``CORES``.
        score: ``"CoreMark"`` or ``"DMIPS"``, whose kinds of work were done.
        one_set: whether both run the same family of instructions.
        builds: ratio of cycles by each compiler and level, middles of the bands.
        parts: the same of each part of the workload alone; empty where it has none.
        published: ratios of published scores, every source of one over every one of the other.
    """

    core: str
    over: str
    score: str
    one_set: bool
    builds: tuple[float, ...]
    parts: tuple[float, ...]
    published: tuple[float, ...]

    @property
    def modelled(self) -> float:
        """Geometric mean over the builds."""
        return float(np.exp(np.mean(np.log(self.builds))))

    @property
    def difference_percent(self) -> float:
        """The model's ratio against the median of the published ones."""
        return 100 * (self.modelled / float(np.median(self.published)) - 1)


@dataclass(frozen=True)
class Waits:
    """What a board's flash adds to the first workload.

    Attributes:
        board: see :mod:`lnnlab.target.boards`; wait_states: of its array.
        builds: waits over all other cycles by each compiler and level, percent.
        published: the same from published scores of another program, percent.
    """

    board: Board
    wait_states: int
    builds: tuple[float, ...]
    published: tuple[float, ...]


def ratios(builders: Sequence[Compiler]) -> list[Ratio]:
    """Run the workloads on every core and compare.

    Args:
        builders: the compilers and levels that the workloads are built with.

    Raises:
        UserError: a compiler is missing.
        RuntimeError: a core computes another checksum than this machine.
    """
    names = (*WORKLOADS, *PARTS)
    cycles = {(name, builder): _cycles(each, builder, names)
              for name, each in CORES.items() for builder in builders}
    published = pd.read_csv(SCORES).groupby(["core", "score"])["per_mhz"].apply(list)
    found = []
    for (one, other, one_set), (work, score) in product(PAIRS, WORKLOADS.items()):
        if (one, score) in published and (other, score) in published:
            faster = [{name: cycles[other, each][name] / cycles[one, each][name] for name in names}
                      for each in builders]
            parts = PARTS if work == "mixed" else ()
            found.append(Ratio(
                one, other, score, one_set, tuple(each[work] for each in faster),
                tuple(each[part] for each in faster for part in parts),
                tuple(a / b for a, b in product(published[one, score], published[other, score])),
            ))
    return found


def waits(builders: Sequence[Compiler]) -> list[Waits]:
    """The flash model beside published scores from flash.

    Args:
        builders: the compilers and levels that the workloads are built with.
    """
    found = []
    for (name, wait_states), rows in pd.read_csv(ON_FLASH).groupby(
            ["board", "wait_states"], sort=False):
        chosen, work = board(name), f"evidence_{next(iter(WORKLOADS))}"
        shares = []
        for builder in builders:
            program = build(_sources(), chosen.core, include=[FOLDER], compiler=builder,
                            keep=[work])
            port = FlashPort(chosen.flash, int(wait_states), core(chosen.core).fetch_ahead_bytes)
            ran = profile(Machine(program), work, SEED, flash=port)
            shares.append(200 * sum(ran.flash_waits.values()) / sum(ran.cycles))
        found.append(Waits(chosen, int(wait_states), tuple(shares),
                           tuple(rows["waits_percent"])))
    return found


def _cycles(chosen: Core, builder: Compiler, names: Sequence[str]) -> dict[str, float]:
    """Workload or part → cycles at the middle of the band."""
    program = build(_sources(), chosen, include=[FOLDER], compiler=builder,
                    keep=[f"evidence_{name}" for name in names])
    found = {}
    for name in names:
        ran = profile(Machine(program), f"evidence_{name}", SEED)
        if ran.result != _on_host()[name]:
            raise RuntimeError(f"{chosen.name}, {builder}: {name} gives {ran.result}, this machine "
                               f"{_on_host()[name]}")
        found[name] = sum(ran.cycles) / 2
    return found


@cache
def _on_host() -> dict[str, int]:
    library = ctypes.CDLL(str(build_host(_sources(), include=[FOLDER], sanitize=False,
                                         shared=True)))
    return {name: getattr(library, f"evidence_{name}")(SEED) for name in (*WORKLOADS, *PARTS)}


def _sources() -> list[Path]:
    return sorted(FOLDER.glob("*.c"))
