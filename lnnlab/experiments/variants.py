"""Further rows of a benchmark: what may help across fault sizes, and networks for few cycles.

The list of fault-size variants was set down before any of it was tried and is published whole.
"""

from collections.abc import Sequence

import numpy as np

from lnnlab.data import Dataset
from lnnlab.errors import unknown
from lnnlab.experiments.recipes import VIBRATION, Recipe
from lnnlab.features import FeatureSpec

ACF_SHAPES = ((2, 4, 8), (2, 2, 12), (4, 2, 12))  # steps of a window, stride, units
_BASE = {"frame": 64, "hop": 32, "bands": 16}
_CONFIG = {"learning_rate": 1e-2, "input_noise": 0.3, "weight_decay": 0.1} | VIBRATION


def level_variants() -> list[Recipe]:
    """Without level, with more noise, with more frames; the plain one first, then the null."""
    relative = FeatureSpec(**_BASE, relative=True)
    fast = FeatureSpec(**_BASE | {"hop": 16})
    return [
        _liquid("plain", FeatureSpec(**_BASE)),
        _liquid("level removed from bands", relative),
        _liquid("three times the noise", FeatureSpec(**_BASE), input_noise=0.9),
        _liquid("frames every 16 samples", fast),
        _null("plain", FeatureSpec(**_BASE)),
        _null("level removed from bands", relative),
    ]


def long_window_variants() -> list[Recipe]:
    """The variants on longer windows than usual, of several turns of a shaft."""
    everything = FeatureSpec(**_BASE | {"hop": 16}, relative=True)
    return [
        _liquid("long windows", FeatureSpec(**_BASE)),
        _liquid("long windows and all of these", everything, input_noise=0.9),
        _null("long windows", FeatureSpec(**_BASE)),
    ]


def lean_family(trials: int) -> list[Recipe]:
    """Liquid networks that need few cycles a decision; validation windows choose among them.

    Transforms take most of the cycles, so each sample is transformed once (hop = frame). Shapes
    (length of a frame, bands, units) are drawn from a grid that was set beforehand, as many as
    any row has candidates, with the learning rate, noise and decay of any row's ranges.

    Args:
        trials: how many to draw.
    """
    shapes = [
        (frame, bands, units)
        for frame, bands in ((64, 16), (128, 16), (128, 32), (256, 16), (256, 32))
        for units in (8, 12, 16, 24)
    ]
    random, drawn = np.random.default_rng(0), []
    for number in random.permutation(len(shapes))[:trials]:
        frame, bands, units = shapes[number]
        config = {
            "learning_rate": float(random.choice([1e-3, 3e-3, 1e-2])),
            "input_noise": float(random.choice([0.0, 0.3, 0.6])),
            "weight_decay": float(random.choice([0.0, 0.1])),
        } | VIBRATION
        features = FeatureSpec(frame=frame, hop=frame, bands=bands)
        drawn.append(Recipe("linear_ltc", features, {"units": units}, config, "lean"))
    return drawn


def acf_families(samples: int, trials: int, mean: bool = False) -> list[list[Recipe]]:
    """Liquid networks on autocorrelations, a row a shape, from few cycles to more.

    The first of two steps hardly uses a liquid cell's dynamics: the row of four steps stands
    beside them for that. Of each, validation windows choose among as many recipes as of any row;
    so few inputs bear a faster start.

    Args:
        samples: of a window; it is cut into as many blocks as a network takes steps.
        trials: how many recipes a row has.
        mean: give each block's mean too, see :class:`lnnlab.features.FeatureSpec`.
    """
    random, rows = np.random.default_rng(0), []
    configs = [{"learning_rate": 1e-2, "input_noise": 0.3, "weight_decay": 0.0}]
    while len(configs) < trials:
        configs.append({
            "learning_rate": float(random.choice([5e-3, 1e-2, 2e-2])),
            "input_noise": float(random.choice([0.1, 0.3, 0.6])),
            "weight_decay": float(random.choice([0.0, 0.1])),
        })
    for steps, stride, units in ACF_SHAPES:
        block = samples // steps // 2 * 2
        features = FeatureSpec("acf", block=block, lags=16, stride=stride, mean=mean)
        variant = f"autocorrelation, {steps} steps, {units} units" + ", with means" * mean
        rows.append([Recipe("linear_ltc", features, {"units": units}, each | VIBRATION, variant)
                     for each in configs[:trials]])
    return rows


def families(names: Sequence[str], dataset: Dataset, trials: int) -> list[list[Recipe]]:
    """Further rows of a benchmark, by the name of their family.

    Args:
        names: ``"lean"``, ``"acf"``, or ``"acf_mean"`` where the sensor's standing value tells.
        dataset: what they are for. trials: recipes that each row may choose from.

    Raises:
        UserError: a family is unknown.
    """
    samples = dataset.x.shape[1]
    makers = {"lean": lambda: [lean_family(trials)], "acf": lambda: acf_families(samples, trials),
              "acf_mean": lambda: acf_families(samples, trials, mean=True)}
    for each in names:
        if each not in makers:
            raise unknown("family of rows", each, makers)
    return [row for each in names for row in makers[each]()]


def _liquid(variant: str, features: FeatureSpec, **config: float) -> Recipe:
    return Recipe("linear_ltc", features, {}, _CONFIG | config, variant)


def _null(variant: str, features: FeatureSpec) -> Recipe:
    return Recipe("logistic_regression", features, variant=variant)
