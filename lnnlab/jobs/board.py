"""A trained network of a job on the chosen board: integers, cycles, bytes, energy, parity."""

from dataclasses import dataclass, field

import numpy as np

from lnnlab import lnn_file
from lnnlab.compress import FineTuning, finetune, quantise
from lnnlab.errors import UserError
from lnnlab.experiments.deploy import parity
from lnnlab.experiments.deployment import HOST
from lnnlab.experiments.results import Answers
from lnnlab.experiments.run import Run
from lnnlab.experiments.trained import judged
from lnnlab.jobs.settings import Settings
from lnnlab.models import parameter_count
from lnnlab.models.saved import SavedModel
from lnnlab.profiling import Costs, costs
from lnnlab.scoring.confusion import confusion_counts
from lnnlab.target.battery import cell, life
from lnnlab.target.boards import board
from lnnlab.training.predictions import one_thread

TUNED_EPOCHS = 3  # of int8 training; kept only where validation says so
PARITY_WINDOWS = 50  # test windows that the C is compared on, on each core
PROFILED_WINDOWS = 2
HOURS_PER_DAY = 24.0


@dataclass(frozen=True)
class Network:
    """A network as the zip has it.

    Attributes:
        blob: the ``.lnn`` file.
        answers: of the integer network to the test windows; the C answers the same.
        figures: plain values for the report.
    """

    blob: bytes
    answers: Answers
    figures: dict = field(repr=False)


def on_board(saved: SavedModel, run: Run, settings: Settings) -> Network:
    """Quantise a network, compare its C with the integer definition, and measure it."""
    windows, classes = run.dataset.x[run.split.train], run.dataset.y[run.split.train]
    shared = {name: value for name, value in run.recipe.config.items()
              if name in ("input_noise", "noise_unit", "label_smoothing")}
    with one_thread():
        model = quantise(finetune(saved, windows, classes, FineTuning(TUNED_EPOCHS, **shared)))
    blob, chosen = lnn_file.to_bytes(model), board(settings.board)
    samples = model.quantise(run.dataset.x[run.split.test])
    outputs = model.run(samples)
    answers = Answers.of(run.dataset, run.split.test, outputs.decision)
    some, cores = _spread(len(samples), PARITY_WINDOWS), dict.fromkeys((HOST, chosen.core))
    count = len(run.dataset.classes)
    figures = {
        "parameters": parameter_count(saved.network), "model_bytes": len(blob),
        "float_accuracy": judged(run, saved).accuracy, "accuracy": answers.accuracy,
        "confusion": confusion_counts(answers.truth, answers.guess, count).tolist(),
        "parity": {core: parity(blob, core, samples[some], outputs.digests[some],
                                outputs.logits[some]) for core in cores},
    }
    try:
        found = costs(blob, chosen, samples[_spread(len(samples), PROFILED_WINDOWS)])
        figures |= _of_costs(found, settings)
    except UserError as error:  # too large or too slow for the board: the report says so
        figures["board_says"] = str(error)
    return Network(blob, answers, figures)


def _of_costs(found: Costs, settings: Settings) -> dict:
    measured = found.measured
    figures = {
        "flash_bytes": sum(measured.flash_bytes.values()),
        "ram_bytes": sum(measured.ram_bytes.values()), "basis": found.basis,
    }
    if measured.cycles is None:
        return figures | {"board_says": found.basis["cycles"].replace("none:", "no cycles:")}
    figures |= {
        "cycles": list(measured.cycles), "latency_ms": list(found.latency_ms),
        "energy_mj": [1e-3 * each for each in found.energy_uj],
        "stages": {name: list(each) for name, each in measured.by_stage.items()},
    }
    if found.average_mw is not None:
        lasts = life(cell(settings.battery), found.average_mw, found.peak_mw)
        figures |= {"average_mw": found.average_mw, "battery_days": lasts.hours / HOURS_PER_DAY,
                    "battery_warning": lasts.warning}
    return figures


def _spread(count: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))
