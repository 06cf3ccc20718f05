"""One run: a recipe, a split and a seed in; test figures out."""

from pathlib import Path

import numpy as np
import torch
from scipy.special import softmax

from lnnlab.data import Dataset, Split
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.recipes import CONVOLUTIONAL, NULLS, PARAMETER_BUDGET, Recipe
from lnnlab.features import FeatureSpec, extract, extract_timespans
from lnnlab.models import (
    KEYWORD,
    BandStatistics,
    Classifier,
    Majority,
    build,
    parameter_count,
    units_for_budget,
)
from lnnlab.models.saved import WORDS, SavedModel, save
from lnnlab.scoring.confusion import figures
from lnnlab.training import LNNTrainer, Samples, Versions

CALIBRATION_WINDOWS = 128  # training windows that travel with a saved network
CHECK_WINDOWS = 400  # validation windows that do


def samples(dataset: Dataset, rows: np.ndarray, spec: FeatureSpec) -> Samples:
    """The features of some windows, with their labels and, where irregular, their timespans."""
    spans = None
    if dataset.timespans is not None:
        spans = extract_timespans(dataset.timespans[rows], spec)
        spans = spans / typical_timespan_s(dataset, spec)
    return Samples(extract(dataset.x[rows], spec), dataset.y[rows], spans)


def typical_timespan_s(dataset: Dataset, spec: FeatureSpec) -> float:
    """Median time from frame to frame; the unit of time of a network's constants."""
    if dataset.timespans is None:
        return spec.hop / dataset.rate_hz
    return float(np.median(dataset.timespans)) * spec.hop


def run(
    dataset: Dataset,
    split: Split,
    recipe: Recipe,
    seed: int,
    epochs: int,
    patience: int,
    checkpoint: Path | None = None,
    keep: Path | None = None,
    teacher: np.ndarray | None = None,
) -> dict:
    """Train on one split and test.

    Args:
        teacher: logits of the recipe's teachers, see
            :func:`lnnlab.experiments.teacher.teacher_of`.
        keep: where the trained network is saved, to be compressed and exported; None: nowhere.

    Returns:
        Figures on the validation and the test windows: see :func:`figures`; and what the model
        is: ``parameters``, ``weight_bytes``, ``macs`` per window.
    """
    spec = recipe.features.scaled_to(dataset.x[split.train])
    parts = {
        name: samples(dataset, getattr(split, name), spec)
        for name in ("train", "validation", "test")
    }
    if recipe.model in NULLS:
        model = Majority() if recipe.model == "majority" else BandStatistics()
        model.fit(parts["train"].x, parts["train"].y)
        guesses = {name: model.predict(part.x) for name, part in parts.items()}
        described = {"parameters": int(model.parameters)}
        if recipe.model == "logistic_regression":
            held = parts["validation"]
            described["validation_loss"] = model.log_loss(held.x, held.y)
    else:
        budget = {"epochs": epochs, "patience": patience, "checkpoint": checkpoint}
        trainer, described = _train(dataset, split, parts, recipe, spec, seed, budget, teacher)
        if keep is not None:
            options = described["options"]
            save(_as_saved(dataset, split, recipe, spec, trainer.model, options, seed), keep)
        guesses = {name: trainer.predict(part).argmax(axis=1) for name, part in parts.items()}
    classes = len(dataset.classes)
    return described | {
        "full_scale": spec.full_scale,
        "train_items": len(parts["train"]),
        "validation": figures(parts["validation"].y, guesses["validation"], classes),
        "test": figures(parts["test"].y, guesses["test"], classes),
    }


def _as_saved(
    dataset: Dataset, split: Split, recipe: Recipe, spec: FeatureSpec, network: Classifier,
    options: dict, seed: int,
) -> SavedModel:
    calibration = _spread(split.train, CALIBRATION_WINDOWS)
    check = _spread(split.validation, CHECK_WINDOWS)
    origin = {
        "corpus": dataset.name, "synthetic": dataset.synthetic, "data_hash": dataset.hash,
        "split": split.rule, "fold": split.name, "seed": seed, "label": recipe.label,
    }
    if "timesteps" in recipe.config:
        origin["timesteps"] = list(recipe.config["timesteps"])
    return SavedModel(
        recipe.model, options, network.eval(), spec, dataset.classes, dataset.channels,
        dataset.rate_hz, dataset.x.shape[1], dataset.x[calibration], dataset.x[check],
        dataset.y[check], origin, dataset.background_classes or WORDS,
    )


def _spread(rows: np.ndarray, count: int) -> np.ndarray:
    """At most ``count`` of the rows, evenly spaced."""
    return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)]


def _train(
    dataset: Dataset, split: Split, parts: dict[str, Samples], recipe: Recipe, spec: FeatureSpec,
    seed: int, budget: dict, teacher: np.ndarray | None,
) -> tuple[LNNTrainer, dict]:
    x = parts["train"].x  # (window, step, feature)
    size, classes, steps = x.shape[2], len(dataset.classes), x.shape[1]
    options = dict(recipe.options)
    framed = recipe.model.startswith(KEYWORD)
    if recipe.model not in CONVOLUTIONAL and not framed and "units" not in options:
        options["units"] = units_for_budget(
            recipe.model, size, classes, PARAMETER_BUDGET, **options
        )
    torch.manual_seed(seed)
    model = build(recipe.model, size, classes, steps=steps, **options)
    model.fit_standardiser(x)
    rate_hz = 1.0 / typical_timespan_s(dataset, spec)
    config = {"input_dim": size, "output_dim": classes, "hidden_dim": options.get("units", 1),
              "seed": seed, "frame_rate_hz": rate_hz} | recipe.config
    trainer = LNNTrainer(config, model)
    train = parts["train"]
    if recipe.versions:
        rows = split.train
        said = None if teacher is None else softmax(
            np.float32(teacher) / trainer.config.temperature, axis=-1)
        train = Versions(augmented(dataset, rows, spec, recipe.versions), dataset.y[rows], said)
    result = trainer.fit(train, parts["validation"], progress=False, **budget)
    parameters = parameter_count(model)
    return trainer, {
        "parameters": parameters,
        "options": options,
        "macs": int(model.macs(steps)),
        "best_epoch": result.best_epoch,
        "validation_loss": result.history[result.best_epoch - 1]["validation_loss"],
    }
