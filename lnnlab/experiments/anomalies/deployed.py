"""The liquid detector as a file on a board: its C against the twin, cycles, power."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from lnnlab import lnn_file, store
from lnnlab.experiments.anomalies import liquid
from lnnlab.experiments.anomalies.mounted import Mounted
from lnnlab.experiments.anomalies.own import OWN, OWN_ROWS, mounted_predictor, own_subject
from lnnlab.experiments.anomalies.own import TABLE as OWN_TABLE
from lnnlab.experiments.anomalies.problem import Problem
from lnnlab.experiments.anomalies.study import LIQUID, ROWS, TABLE, subject
from lnnlab.experiments.benchmark import Work
from lnnlab.integer.judging import score_windows
from lnnlab.profiling.stream import stream_costs
from lnnlab.records import Subject, stale_line
from lnnlab.runtime.arena import room_bytes
from lnnlab.target.anomaly import AnomalyRunner, differing
from lnnlab.target.boards import board
from lnnlab.target.toolchain import compiler_version

FOLDER = "networks"


@dataclass(frozen=True)
class Target:
    """Where a detector goes.

    Attributes:
        boards: whose cycles and power are told.
        cores: on which every test window is scored again, ``"host"`` being this machine.
    """

    boards: tuple[str, ...] = ("nrf52840", "stm32l476")
    cores: tuple[str, ...] = ("host", "cortex-m4")


def deployed(problem: Problem, seed: int, target: Target, work: Work) -> dict:
    """What the first fold's detector takes on boards, and how often its C differs from the twin.

    The file lies in ``networks/<corpus>-anomaly.lnn`` of the profile's reports, that of a
    network that calibrates on the machine in ``<corpus>-anomaly-own.lnn``.

    Returns:
        ``model_bytes``, ``arena_bytes``, ``frames`` compared, ``differ`` by core, and by board
        ``frame_cycles``, ``frames_per_s`` and ``average_mw``; see :func:`stream_costs`.
    """
    own = isinstance(problem, Mounted)
    about = (own_subject(OWN_ROWS[LIQUID + OWN], problem, seed) if own
             else subject(ROWS[LIQUID], problem, seed))
    boards = [board(name) for name in target.boards]
    basis = about.basis | {"board": [asdict(each) for each in boards],
                           "compiler": compiler_version()}
    on_boards = Subject(f"{about.name}, on boards", f"{about.label}, on boards",
                        about.identity | {"target": asdict(target)}, basis)
    table = OWN_TABLE if own else TABLE
    records = work.records(table)
    results, stale = records.kept(on_boards, lambda: _deployed(problem, seed, target, work))
    records.settle()
    line = stale_line(table, [(on_boards.label, stale)])
    if line:
        print(line)
    return results


def place(problem: Problem, work: Work):
    """Where the file lies."""
    own = "-own" if isinstance(problem, Mounted) else ""
    return work.folder / FOLDER / f"{problem.dataset.name}-anomaly{own}.lnn"


def _deployed(problem: Problem, seed: int, target: Target, work: Work) -> dict:
    if isinstance(problem, Mounted):
        return _calibrating(problem, seed, target, work)
    made = liquid.predictor(problem, seed)
    blob = lnn_file.to_bytes(made.model)
    store.write_bytes(place(problem, work), blob)
    samples = made.model.quantise(problem.dataset.x[problem.split.test])
    wanted = score_windows(made.model, samples)
    differ = {core: differing(AnomalyRunner(blob, core, whole=False), samples, wanted)
              for core in target.cores}
    return {"model_bytes": len(blob), "frames": int(wanted.size), "differ": differ,
            "parameters": made.parameters,
            "boards": {name: _costs(blob, name, samples) for name in target.boards}}


def _calibrating(problem: Mounted, seed: int, target: Target, work: Work) -> dict:
    """The same of a network that calibrates on each tested machine: its first sound windows, then
    all others, with a reset between windows and a detector set up anew for each machine."""
    made = mounted_predictor(problem, seed)
    blob = lnn_file.to_bytes(made.model)
    store.write_bytes(place(problem, work), blob)
    samples = made.model.quantise(problem.dataset.x)
    machines, length = problem.machines, samples.shape[1]
    heard = [samples[machines == each] for each in np.unique(machines[problem.split.test])]
    wanted = [score_windows(made.model, each) for each in heard]
    runners = {core: AnomalyRunner(blob, core, whole=False) for core in target.cores}
    differ = {core: sum(int((runner.run(each.reshape(-1, each.shape[2]), window=length).score
                             != said.ravel()).sum())
                        for each, said in zip(heard, wanted, strict=True))
              for core, runner in runners.items()}
    boards = {}
    for name in target.boards:  # a frame more calibrates, and then none does
        costs = _costs(_with_frames(made, 1), name, samples)
        learning = _costs(_with_frames(made, 65535), name, samples)
        boards[name] = costs | {"calibration_cycles": learning["frame_cycles"]}
    return {"model_bytes": len(blob), "frames": sum(each.size for each in wanted),
            "differ": differ, "parameters": made.parameters, "boards": boards,
            "arena_bytes": room_bytes(blob)}


def _with_frames(made: liquid.Predictor, frames: int) -> bytes:
    score = replace(made.score, calibration_frames=frames)
    return lnn_file.to_bytes(made.with_score(score).model)


def _costs(blob: bytes, name: str, samples: np.ndarray) -> dict:
    found = stream_costs(blob, board(name), samples[0])
    return {"frame_cycles": float(np.mean(found.frame_cycles)),
            "score_cycles": float(np.mean(found.by_stage["other"])),
            "frames_per_s": found.frames_per_s, "average_mw": found.average_mw}


def target_of(boards: Sequence[str], cores: Sequence[str]) -> Target:
    """From lists, as notebooks give them."""
    return Target(tuple(boards), tuple(cores))
