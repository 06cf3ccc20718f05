"""How far a network can be made smaller: int8, then fewer units, then fine-tuned."""

from dataclasses import asdict, dataclass

import numpy as np

from lnnlab import lnn_file
from lnnlab.compress import FineTuning, finetune, prune, quantise
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.probes import deployment_probe
from lnnlab.experiments.run import Run
from lnnlab.experiments.trained import FOLDER, basis_of, judged, trained
from lnnlab.models import parameter_count
from lnnlab.models.saved import SavedModel
from lnnlab.profiling import measure
from lnnlab.records import Subject, stale_line
from lnnlab.target.boards import board
from lnnlab.target.toolchain import compiler_version

TABLE = "compression"


@dataclass(frozen=True)
class Ladder:
    """How a network is made smaller, step by step.

    Attributes:
        thresholds: of pruning, rising; see :func:`lnnlab.compress.prune`.
        board_name: whose core counts the cycles.
        epochs: of fine-tuning after each pruning.
    """

    thresholds: tuple[float, ...]
    board_name: str = "stm32l476"
    epochs: int = 10


def compression_ladder(run: Run, how: Ladder, work: Work) -> list[dict]:
    """Test accuracy, bytes and cycles of a run's network at every step of its way down.

    Returns:
        One dictionary a step: ``step``, ``parameters``, ``accuracy``, ``model_bytes``,
        ``cycles`` (both None for float32, which is not run on the target). What is recorded is not
        done again.
    """
    chosen, records = board(how.board_name), work.records(TABLE)
    basis = basis_of(run) | {"board": asdict(chosen), "compiler": compiler_version(),
                             "target": deployment_probe(run, chosen)}
    subject = Subject(run.name, run.label, run.identity | asdict(how), basis)
    results, stale = records.kept(
        subject, lambda: {"steps": _steps(run, how, trained(run, work.folder / FOLDER))})
    records.settle()
    line = stale_line(TABLE, [(run.label, stale)])
    if line:
        print(line)
    return results["steps"]


def _steps(run: Run, how: Ladder, saved: SavedModel) -> list[dict]:
    train_x, train_y = run.dataset.x[run.split.train], run.dataset.y[run.split.train]
    steps = [{"step": "float32", "parameters": parameter_count(saved.network),
              "accuracy": judged(run, saved).accuracy, "model_bytes": None, "cycles": None}]
    steps.append(_step("int8", saved, run, how))
    for threshold in how.thresholds:
        smaller = prune(saved, threshold)
        name = f"int8, pruned at {threshold:g}"
        steps.append(_step(name, smaller, run, how))
        tuned = finetune(smaller, train_x, train_y, FineTuning(how.epochs))
        steps.append(_step(f"{name}, fine-tuned", tuned, run, how))
    return steps


def _step(name: str, saved: SavedModel, run: Run, how: Ladder) -> dict:
    chosen, model = board(how.board_name), quantise(saved)
    blob = lnn_file.to_bytes(model)
    rows = run.split.test
    samples = model.quantise(run.dataset.x[rows])
    measured = measure(blob, chosen.core, samples[:2])
    return {
        "step": name, "parameters": parameter_count(saved.network),
        "accuracy": float(np.mean(model.run(samples).decision == run.dataset.y[rows])),
        "model_bytes": len(blob),
        "cycles": None if measured.cycles is None else sum(measured.cycles) / 2,
    }
