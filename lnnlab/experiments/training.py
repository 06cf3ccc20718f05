"""From a run to its trained network, alone or as one of a stack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.special import softmax

from lnnlab.errors import UserError
from lnnlab.experiments.recipes import PARAMETER_BUDGET
from lnnlab.experiments.run import Run, typical_timespan_s
from lnnlab.integer.twin import rounding_noise
from lnnlab.models import Classifier, build, kind_of, within_budget
from lnnlab.models.kinds import CELL
from lnnlab.models.saved import BACKGROUND, SavedModel
from lnnlab.training import LNNTrainer, Part, Samples, Versions, fit_together
from lnnlab.training.device import described
from lnnlab.training.samples import FitResult

CALIBRATION_WINDOWS = 128  # training windows that travel with a saved network
CHECK_WINDOWS = 400  # validation windows that do


@dataclass(frozen=True)
class Trained:
    """A network fresh from training.

    Attributes:
        saved: the network with its front end and calibration windows.
        fit: the losses of each epoch, and which was kept.
    """

    saved: SavedModel
    fit: FitResult


@dataclass(frozen=True)
class Given:
    """What a run trains with beside itself.

    Attributes:
        checkpoint: where its state is saved on the way.
        versions, teacher: see :func:`train`.
    """

    checkpoint: Path | None = None
    versions: np.ndarray | None = None
    teacher: np.ndarray | None = None


def train(
    run: Run, checkpoint: Path | None = None, versions: np.ndarray | None = None,
    teacher: np.ndarray | None = None, on_epoch: Callable[[int, dict], None] | None = None,
) -> Trained:
    """Train the network of a run; nothing is kept, see :func:`lnnlab.experiments.trained.trained`.

    Args:
        checkpoint: where its state is saved after each epoch, so that a killed run goes on there.
        versions: augmented features of the training windows, where the recipe asks for them; see
            :func:`lnnlab.experiments.augmented.augmented`.
        teacher: logits of the recipe's teachers for each version, see
            :func:`lnnlab.experiments.teacher.teacher_of`.
        on_epoch: told of each epoch, see :meth:`lnnlab.training.LNNTrainer.fit`.
    """
    part, options = _part(run, Given(checkpoint, versions, teacher))
    result = part.trainer.fit(
        part.train, part.validation, run.budget.epochs, run.budget.patience,
        checkpoint=checkpoint, progress=False, on_epoch=on_epoch)
    return Trained(as_saved(run, part.trainer.model.cpu().eval(), options), result)


def train_together(runs: Sequence[Run], given: Sequence[Given]) -> list[Trained]:
    """:func:`train` for runs whose networks are stacked, of one budget and device.

    Args:
        runs: whose recipes differ in learning rate and weight decay at most; seeds and folds may
            differ.
        given: what each trains with.
    """
    parts, options = zip(*map(_part, runs, given), strict=True)
    results = fit_together(parts, runs[0].budget.epochs, runs[0].budget.patience)
    return [Trained(as_saved(run, part.trainer.model.cpu().eval(), chosen), result)
            for run, part, chosen, result in zip(runs, parts, options, results, strict=True)]


def _part(run: Run, given: Given) -> tuple[Part, dict]:
    """A trainer with its windows, and the options of its network."""
    plain = run.samples("train")
    network, options = fresh(run, plain.x)
    trainer = LNNTrainer(training_config(run, options, plain.x.shape[2]), network)
    train: Samples | Versions = plain
    if given.versions is not None:
        answers = None if given.teacher is None else softmax(
            np.float32(given.teacher) / trainer.config.temperature, axis=-1)
        train = Versions(given.versions, plain.y, answers)
    return Part(trainer, train, run.samples("validation"), given.checkpoint), options


def fresh(run: Run, x: np.ndarray) -> tuple[Classifier, dict]:
    """A network as training starts from it, and the options it was built with.

    Args:
        x: features of the training windows (window, step, feature), for the standardiser.
    """
    recipe, size, classes = run.recipe, x.shape[2], len(run.dataset.classes)
    options = dict(recipe.options)
    if kind_of(recipe.model).family == CELL and "units" not in options:
        options |= within_budget(recipe.model, size, classes, PARAMETER_BUDGET, **options)
    torch.manual_seed(run.seed)
    network = build(recipe.model, size, classes, steps=x.shape[1], **options)
    network.fit_standardiser(x, _integer_noise(run))
    return network, options


def _integer_noise(run: Run) -> np.ndarray | None:
    """What the target's integers add to each feature of the training windows; None: no target."""
    dataset = run.dataset
    if dataset.timespans is not None:  # no board takes irregular samples
        return None
    try:
        x = dataset.x[_spread(run.split.train, CALIBRATION_WINDOWS)]
        return rounding_noise(x, run.spec, dataset.rate_hz)
    except UserError:  # the runtime has no room for such features
        return None


def training_config(run: Run, options: dict, inputs: int) -> dict:
    """Keys of :class:`lnnlab.training.TrainingConfig` for a run."""
    rate_hz = 1.0 / typical_timespan_s(run.dataset, run.spec)
    return {"input_dim": inputs, "output_dim": len(run.dataset.classes),
            "hidden_dim": options.get("units", 1), "seed": run.seed,
            "frame_rate_hz": rate_hz} | run.recipe.config | {"device": run.device}


def as_saved(run: Run, network: Classifier, options: dict) -> SavedModel:
    """A network with the windows that compression needs, and where it comes from."""
    dataset, split = run.dataset, run.split
    calibration = _spread(split.train, CALIBRATION_WINDOWS)
    check = _spread(split.validation, CHECK_WINDOWS)
    origin = {
        "corpus": dataset.name, "synthetic": dataset.synthetic, "data_hash": dataset.hash,
        "split": split.rule, "fold": split.name, "seed": run.seed, "label": run.recipe.label,
        "run": run.key,
    }
    if "device" in run.identity:
        origin["device"] = described(run.device)
    if dataset.timespans is not None:
        origin["irregular"] = True
    if "timesteps" in run.recipe.config:
        origin["timesteps"] = list(run.recipe.config["timesteps"])
    return SavedModel(
        run.recipe.model, options, network, run.spec, dataset.classes, dataset.channels,
        dataset.rate_hz, dataset.x.shape[1], dataset.x[calibration], dataset.x[check],
        dataset.y[check], origin, dataset.background_classes or BACKGROUND,
    )


def _spread(rows: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` of the rows, evenly spaced."""
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)]
