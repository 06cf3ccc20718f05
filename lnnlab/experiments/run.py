"""One run: a recipe, a split and a seed in; test figures out."""

from pathlib import Path

import numpy as np
import torch

from lnnlab.data import Dataset, Split
from lnnlab.experiments.recipes import CONVOLUTIONAL, NULLS, PARAMETER_BUDGET, Recipe
from lnnlab.features import FeatureSpec, extract, extract_timespans
from lnnlab.models import BandStatistics, Majority, build, parameter_count, units_for_budget
from lnnlab.training import LNNTrainer, Samples


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
) -> dict:
    """Train on one split and test.

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
        trainer, described = _train(dataset, parts, recipe, spec, seed, budget)
        guesses = {name: trainer.predict(part).argmax(axis=1) for name, part in parts.items()}
    classes = len(dataset.classes)
    return described | {
        "full_scale": spec.full_scale,
        "train_items": len(parts["train"]),
        "validation": figures(parts["validation"].y, guesses["validation"], classes),
        "test": figures(parts["test"].y, guesses["test"], classes),
    }


def figures(truth: np.ndarray, guess: np.ndarray, classes: int) -> dict:
    """Accuracy, balanced accuracy and confusion counts (truth, guess)."""
    confusion = np.zeros((classes, classes), dtype=int)  # (truth, guess)
    np.add.at(confusion, (truth, guess), 1)
    return {
        "items": int(len(truth)),
        "accuracy": float(np.mean(truth == guess)),
        "balanced_accuracy": balanced_accuracy(confusion),
        "confusion": confusion.tolist(),
    }


def balanced_accuracy(confusion: np.ndarray) -> float:
    """Mean recall of the classes that occur, from counts (truth, guess)."""
    present = confusion.sum(axis=1) > 0
    return float(np.mean(np.diag(confusion)[present] / confusion.sum(axis=1)[present]))


def _train(
    dataset: Dataset, parts: dict[str, Samples], recipe: Recipe, spec: FeatureSpec, seed: int,
    budget: dict,
) -> tuple[LNNTrainer, dict]:
    x = parts["train"].x  # (window, step, feature)
    size, classes, steps = x.shape[2], len(dataset.classes), x.shape[1]
    options = dict(recipe.options)
    if recipe.model not in CONVOLUTIONAL and "units" not in options:
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
    result = trainer.fit(parts["train"], parts["validation"], progress=False, **budget)
    parameters = parameter_count(model)
    return trainer, {
        "parameters": parameters,
        "options": options,
        "macs": int(model.macs(steps)),
        "best_epoch": result.best_epoch,
        "validation_loss": min(each["validation_loss"] for each in result.history),
    }
