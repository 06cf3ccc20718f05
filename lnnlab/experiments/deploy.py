"""Trained networks of a benchmark on a microcontroller: int8, C, cycles, bytes, energy, parity."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm.auto import tqdm

from lnnlab import lnn_file, records, runtime
from lnnlab.compress import finetune, quantise
from lnnlab.data import Dataset, Split, make_splits
from lnnlab.experiments.recipes import NULLS, recorded
from lnnlab.experiments.trained import judged, trained
from lnnlab.integer import IntegerModel
from lnnlab.profiling import measure
from lnnlab.profiling.stream import stream_costs, streams
from lnnlab.scoring.confusion import figures
from lnnlab.target.batch import HOST, BatchRunner
from lnnlab.target.boards import Board, board
from lnnlab.target.energy import energy_mj
from lnnlab.training.predictions import one_thread

TABLE = "deployment"
PROFILED_WINDOWS = 4  # cycles hardly differ between windows
CORES = (HOST, "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "rv32imc")


def deploy(
    dataset: Dataset,
    rule: str,
    runs: Sequence[dict],
    folder: Path,
    board_name: str = "stm32l476",
    parity_cores: Sequence[str] = CORES,
    parity_windows: int = 0,
    tune_epochs: int = 5,
    jobs: int = 1,
    progress: bool = True,
) -> list[dict]:
    """Quantise each run's network, try it on its test windows, and measure it on a board.

    Networks are taken from ``folder/models`` or trained again; what is recorded is not done again.

    Args:
        dataset, rule: what the runs were made on.
        runs: records of :func:`lnnlab.experiments.benchmark`; null baselines are passed over.
        folder: of the profile's reports, such as ``reports/full``.
        board_name: whose cycles, milliseconds and energy are given.
        parity_cores: cores on which the C must equal the twin, for runs of the first seed.
        parity_windows: test windows per core; 0: all of them.
        tune_epochs: of int8 training, whose best epoch replaces a network where its validation
            windows say so; 0: none. A record's ``tuned`` says whether it did.
        jobs: runs at a time.
        progress: show a bar.

    Returns:
        One record a run. ``results`` holds figures of test windows: ``float``, what the run
        recorded; ``float_own``, of the network at hand before int8 training, which is another one
        if it was trained again on another machine; ``int8``, to be compared with ``float_own``.

    Raises:
        UserError: the board is unknown.
    """
    chosen = board(board_name)
    splits = {split.name: split for split in make_splits(dataset, rule)}
    wanted = [run for run in runs if run["recipe"]["model"] not in NULLS]
    first = min((run["seed"] for run in wanted), default=0)

    def one(run: dict) -> dict:
        cores = list(parity_cores) if run["seed"] == first else []
        split = splits[run["fold"]]
        return _record(dataset, split, run, folder, chosen, cores, parity_windows, tune_epochs)

    done = Parallel(n_jobs=jobs, return_as="generator")(delayed(one)(run) for run in wanted)
    bar = tqdm(done, total=len(wanted), disable=not progress, unit="network",
               desc=f"{dataset.name}, {rule}: on the target")
    return list(bar)


def first_of(runs: Sequence[dict], count: int) -> list[dict]:
    """The first ``count`` trained runs of each model and variant."""
    taken: dict[str, list[dict]] = {}
    for run in runs:
        own = taken.setdefault(recorded(run).label, [])
        if run["recipe"]["model"] not in NULLS and len(own) < count:
            own.append(run)
    return [run for own in taken.values() for run in own]


def _record(
    dataset: Dataset, split: Split, run: dict, folder: Path, chosen: Board, cores: list[str],
    parity_windows: int, tune_epochs: int,
) -> dict:
    keys = ("corpus", "data_hash", "rule", "fold", "seed", "recipe", "epochs", "patience")
    described = {key: run[key] for key in keys} | {
        "table": TABLE, "board": chosen.name, "cores": cores, "parity_windows": parity_windows,
        "runtime": runtime.fingerprint(), "tune_epochs": tune_epochs,
    }
    recipe = recorded(run)
    stem = f"{recipe.model}-{records.key(described)}"
    place = folder / "records" / TABLE / dataset.name / run["rule"] / f"{stem}.json"
    found = records.read(place)
    if found is not None and "float_own" in found["results"]:  # older records lack it
        return found
    saved = trained(dataset, split, recipe, run["seed"], folder / "models", run["epochs"],
                    run["patience"])
    with one_thread():
        tuned = finetune(saved, dataset.x[split.train], dataset.y[split.train], tune_epochs)
    model = quantise(tuned)
    record = described | {
        "split": run["split"], "synthetic": run["synthetic"], "versions": records.versions(),
        "results": on_target(model, dataset, split, chosen, cores, parity_windows)
        | {"float": run["results"]["test"], "float_own": judged(saved, dataset, split.test),
           "parameters": run["results"]["parameters"],
           "macs": run["results"]["macs"], "tuned": tuned is not saved},
    }
    records.write(place, record)
    return record


def on_target(
    model: IntegerModel, dataset: Dataset, split: Split, chosen: Board, cores: Sequence[str],
    parity_windows: int = 0,
) -> dict:
    """Figures of an integer network: test accuracy, cycles, bytes, energy, and parity."""
    blob = lnn_file.to_bytes(model)
    samples = model.quantise(dataset.x[split.test])
    outputs = model.run(samples)
    spread = np.linspace(0, len(samples) - 1, min(PROFILED_WINDOWS, len(samples))).astype(int)
    measured = measure(blob, chosen.core, samples[spread], int(chosen.wait_states.value))
    compared = slice(None, parity_windows or None)
    results = {
        "int8": figures(dataset.y[split.test], outputs.decision, len(dataset.classes)),
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
        middle = sum(measured.cycles) / 2
        results["energy_mj"] = energy_mj(chosen, middle)
        if streams(blob):
            results["stream"] = asdict(stream_costs(blob, chosen, samples[spread[0]]))
        results["latency_ms"] = [each / (1e3 * chosen.clock_mhz) for each in measured.cycles]
    return results


def parity(
    blob: bytes, core: str, samples: np.ndarray, digests: np.ndarray, logits: np.ndarray
) -> dict:
    """Windows on which the C differs from the twin in any logit or any layer's output."""
    said = BatchRunner(blob, core).run(samples)
    outputs = said.digests != digests  # (window, observed output)
    windows = outputs.any(axis=1) | (said.logits != logits).any(axis=1)
    return {"windows": len(samples), "outputs": int(outputs.shape[1]),
            "mismatches": int(windows.sum())}
