"""How far a network can be made smaller: int8, then fewer units, then fine-tuned."""

from collections.abc import Sequence

import numpy as np

from lnnlab import lnn_file
from lnnlab.compress import finetune, prune, quantise
from lnnlab.data import Dataset, Split
from lnnlab.experiments.trained import judged
from lnnlab.models import parameter_count
from lnnlab.models.saved import SavedModel
from lnnlab.profiling import measure
from lnnlab.target.boards import board


def compression_ladder(
    saved: SavedModel, dataset: Dataset, split: Split, thresholds: Sequence[float],
    board_name: str = "stm32l476", epochs: int = 10,
) -> list[dict]:
    """Test accuracy, bytes and cycles of a network at every step of its way down.

    Args:
        saved: a trained network of that split.
        dataset, split: training windows to fine-tune on, test windows to report.
        thresholds: of pruning, rising; see :func:`lnnlab.compress.prune`.
        board_name: whose core counts the cycles.
        epochs: of fine-tuning after each pruning.

    Returns:
        One dictionary a step: ``step``, ``parameters``, ``accuracy``, ``model_bytes``,
        ``cycles`` (both None for float32, which is not run on the target).
    """
    train_x, train_y = dataset.x[split.train], dataset.y[split.train]
    steps = [{"step": "float32", "parameters": parameter_count(saved.network),
              "accuracy": judged(saved, dataset, split.test)["accuracy"], "model_bytes": None,
              "cycles": None}]
    steps.append(_step("int8", saved, dataset, split, board_name))
    for threshold in thresholds:
        smaller = prune(saved, threshold)
        name = f"int8, pruned at {threshold:g}"
        steps.append(_step(name, smaller, dataset, split, board_name))
        tuned = finetune(smaller, train_x, train_y, epochs)
        steps.append(_step(f"{name}, fine-tuned", tuned, dataset, split, board_name))
    return steps


def _step(
    name: str, saved: SavedModel, dataset: Dataset, split: Split, board_name: str
) -> dict:
    chosen, model = board(board_name), quantise(saved)
    blob = lnn_file.to_bytes(model)
    samples = model.quantise(dataset.x[split.test])
    measured = measure(blob, chosen.core, samples[:2], int(chosen.wait_states.value))
    return {
        "step": name, "parameters": parameter_count(saved.network),
        "accuracy": float(np.mean(model.run(samples).decision == dataset.y[split.test])),
        "model_bytes": len(blob),
        "cycles": None if measured.cycles is None else sum(measured.cycles) / 2,
    }
