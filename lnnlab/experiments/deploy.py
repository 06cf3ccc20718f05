"""Trained networks of a benchmark on a microcontroller: int8, C, cycles, bytes, energy, parity."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from lnnlab import lnn_file
from lnnlab.compress import FineTuning, finetune, quantise
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.deployment import Deployment, Target
from lnnlab.experiments.probes import deployment_probe
from lnnlab.experiments.results import Answers, RunRecord
from lnnlab.experiments.run import Run
from lnnlab.experiments.trained import FOLDER, basis_of, judged, place_of, trained
from lnnlab.integer import IntegerModel
from lnnlab.models.kinds import require_form
from lnnlab.profiling import Measured, measure
from lnnlab.profiling.stream import stream_costs, streams
from lnnlab.records import Subject
from lnnlab.target.batch import BatchRunner
from lnnlab.target.boards import Board, board, boards, flashes
from lnnlab.target.energy import energy_mj
from lnnlab.target.toolchain import compiler_version
from lnnlab.training.predictions import one_thread

TABLE = "deployment"
PROFILED_WINDOWS = 4  # cycles hardly differ between windows


def deploy(records: Sequence[RunRecord], target: Target, work: Work) -> list[Deployment]:
    """Quantise each run's network, try it on its test windows, and measure it on a board.

    Networks are taken from ``work.folder/networks`` or trained again; what is recorded, with the
    same board, compiler and code, is not done again. The integer network is written beside the
    float one as ``.lnn``.

    Args:
        records: of :func:`lnnlab.experiments.benchmark`; null baselines are passed over.
        target: board and comparisons.
        work: where records and networks lie.

    Raises:
        UserError: the board is unknown, or a network has no form on the target.
    """
    board(target.board_name)
    wanted = [each for each in records if not each.run.null]
    for each in wanted:
        require_form(each.recipe.model)
    first = min((each.seed for each in wanted), default=0)
    plan = [(each.run, target, _cores(each, target, first)) for each in wanted]
    found = work.recorded(
        TABLE, [_subject(*each) for each in plan], [(*each, work.folder / FOLDER) for each in plan],
        _deployed, f"{wanted[0].run.dataset.name}: on the target" if wanted else "")
    return [Deployment(each, target.board_name, *one)
            for each, one in zip(wanted, found, strict=True)]


def first_of(records: Sequence[RunRecord], count: int) -> list[RunRecord]:
    """The first ``count`` trained runs of each row; 0: all of them."""
    taken: dict[str, list[RunRecord]] = {}
    for each in records:
        own = taken.setdefault(each.label, [])
        if not each.run.null and (not count or len(own) < count):
            own.append(each)
    return [each for own in taken.values() for each in own]


def on_target(
    model: IntegerModel, run: Run, chosen: Board, cores: Sequence[str], parity_windows: int = 0,
) -> dict:
    """Figures of an integer network as plain values: answers, cycles, bytes, energy, parity.

    Args:
        model: the network.
        run: for its test windows.
        chosen: the board.
        cores: on which the C must equal the twin; parity_windows: how many windows, 0: all.
    """
    blob = lnn_file.to_bytes(model)
    samples = model.quantise(run.dataset.x[run.split.test])
    outputs = model.run(samples)
    spread = np.linspace(0, len(samples) - 1, min(PROFILED_WINDOWS, len(samples))).astype(int)
    measured = measure(blob, chosen.core, samples[spread], chosen.port())
    compared = slice(None, parity_windows or None)
    results = {
        "int8": Answers.of(run.dataset, run.split.test, outputs.decision).as_dict(),
        "cycles": measured.cycles, "worst_cycles": measured.worst_cycles,
        "step_cycles": measured.step_cycles, "stages": measured.by_stage,
        "steps": measured.steps, "flash_bytes": measured.flash_bytes,
        "ram_bytes": measured.ram_bytes, "compile_line": "zig cc " + " ".join(
            part for part in measured.compile_line.split() if part.startswith(("-O", "-m", "-std"))
        ),
        "parity": {
            core: parity(blob, core, samples[compared], outputs.digests[compared],
                         outputs.logits[compared])
            for core in cores
        },
    }
    if measured.cycles:
        results["energy_mj"] = energy_mj(chosen, sum(measured.cycles) / 2)
        results["flash"] = with_flash(blob, samples[spread[:1]], measured, chosen)
        if streams(blob):
            results["stream"] = asdict(stream_costs(blob, chosen, samples[spread[0]]))
        results["latency_ms"] = [each / (1e3 * chosen.clock_mhz) for each in measured.cycles]
    return results


def with_flash(blob: bytes, samples: np.ndarray, measured: Measured, chosen: Board) -> dict:
    """What a decision, and a frame of a stream, wait for the flash of each board with that core.

    Args:
        blob: a ``.lnn`` file.
        samples: one int16 window, (1, time, channel).
        measured: of it on ``chosen``, with its flash.

    Returns:
        Board → ``waits`` (stage → cycles of a decision) and, where it streams, ``frame_waits``
        (cycles of a frame).
    """
    found, seen = {}, {_flash_key(chosen): measured}
    for name in _alike(chosen):
        each = board(name)
        key = _flash_key(each)
        if key not in seen:
            seen[key] = measure(blob, each.core, samples, each.port())
        found[each.name] = {"waits": seen[key].flash_waits}
        if streams(blob):
            found[each.name]["frame_waits"] = stream_costs(blob, each, samples[0]).flash_waits
    return found


def _alike(chosen: Board) -> list[str]:
    """The boards with the core of a board."""
    return [name for name, each in boards().items() if each.core == chosen.core]


def _flash_key(chosen: Board) -> tuple:
    """Boards with the same one wait the same."""
    return chosen.flash, chosen.wait_states.value


def parity(
    blob: bytes, core: str, samples: np.ndarray, digests: np.ndarray, logits: np.ndarray
) -> dict:
    """Windows on which the C differs from the twin in any logit or any layer's output."""
    ran = BatchRunner(blob, core).run(samples)
    outputs = ran.digests != digests  # (window, observed output)
    windows = outputs.any(axis=1) | (ran.logits != logits).any(axis=1)
    return {"windows": len(samples), "outputs": int(outputs.shape[1]),
            "mismatches": int(windows.sum())}


def _cores(record: RunRecord, target: Target, first: int) -> list[str]:
    return list(target.parity_cores) if record.seed == first else []


def _subject(run: Run, target: Target, cores: list[str]) -> Subject:
    """What a deployment's record is about: the run, the board's entry, the compiler, the code."""
    chosen = board(target.board_name)
    identity = run.identity | {
        "board": chosen.name, "cores": cores, "parity_windows": target.parity_windows,
        "tune_epochs": target.tune_epochs,
    }
    if target.tune_as_trained:
        identity["tune_as_trained"] = True
    basis = basis_of(run) | {
        "board": asdict(chosen) | {"flashes": flashes(_alike(chosen))},
        "compiler": compiler_version(), "target": deployment_probe(run, chosen),
    }
    return Subject(run.name, run.label, identity, basis)


def _tuning(run: Run, target: Target) -> FineTuning:
    shared = {"input_noise", "noise_unit", "label_smoothing"} if target.tune_as_trained else ()
    return FineTuning(target.tune_epochs, **{name: value for name, value in
                                             run.recipe.config.items() if name in shared})


def _deployed(run: Run, target: Target, cores: list[str], networks: Path) -> dict:
    saved = trained(run, networks)
    windows, classes = run.dataset.x[run.split.train], run.dataset.y[run.split.train]
    with one_thread():
        tuned = finetune(saved, windows, classes, _tuning(run, target))
    model = quantise(tuned)
    lnn_file.write(model, place_of(run, networks).with_suffix(".lnn"))
    chosen = board(target.board_name)
    return on_target(model, run, chosen, cores, target.parity_windows) | {
        "float": judged(run, saved).as_dict(), "tuned": tuned is not saved}
