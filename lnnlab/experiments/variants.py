"""Further rows of a benchmark: what may carry over to fault sizes, speeds and loads that were not
recorded, networks for few cycles, and one for accuracy.

The variants of bands were set down before any of them was tried on unseen fault sizes. Those of
autocorrelations were added after a look at these very tests; unseen speeds and loads came later.
All are published.
"""

import itertools
from collections.abc import Sequence

import numpy as np

from lnnlab.data import Dataset
from lnnlab.errors import UserError, unknown
from lnnlab.experiments.recipes import VIBRATION, Recipe
from lnnlab.features import FeatureSpec
from lnnlab.features.spec import RECT, REMOVED
from lnnlab.integer.ranges import FRAME

ACF_SHAPES = ((2, 4, 8), (2, 2, 12), (4, 2, 12))  # steps of a window, stride, units
NOISES = (0.15, 0.2, 0.3)  # octaves, and ratios
PLAIN, NO_BAND_LEVEL = "plain", "level removed from bands"
CORRELATED, NO_LEVEL = "autocorrelation", "autocorrelation without level"
WITHOUT_LEVEL = {PLAIN: NO_BAND_LEVEL, CORRELATED: NO_LEVEL}  # variant → the same without level
WITH_MEANS, WITHOUT_MEANS = "with means", "means removed"  # of a block's samples
_BASE = {"frame": 64, "hop": 32, "bands": 16}
_CONFIG = {"learning_rate": 1e-2, "input_noise": 0.3, "weight_decay": 0.1} | VIBRATION


def level_variants(samples: int, channels: int = 1) -> list[list[Recipe]]:
    """Without level, with more noise, with more frames; the plain one first, then the null.

    Of autocorrelations, validation windows choose the shape and the noise: a row with their level
    and one without it, and the null on the same.

    Args:
        samples, channels: of a window.
    """
    relative = FeatureSpec(**_BASE, relative=True)
    fast = FeatureSpec(**_BASE | {"hop": 16})
    single = [
        _liquid(PLAIN, FeatureSpec(**_BASE)),
        _liquid(NO_BAND_LEVEL, relative),
        _liquid("three times the noise", FeatureSpec(**_BASE), input_noise=0.9),
        _liquid("frames every 16 samples", fast),
        _null(PLAIN, FeatureSpec(**_BASE)),
        _null(NO_BAND_LEVEL, relative),
    ]
    rows = [[each] for each in single]
    for variant, without in ((CORRELATED, False), (NO_LEVEL, True)):
        configs = [_settings(1e-2, noise, 0.1) for noise in NOISES[::2]]
        tried = [_acf((samples, channels), shape, config, variant, relative=without)
                 for shape in ACF_SHAPES for config in configs]
        rows += [tried, [_null(variant, each.features) for each in tried[:: len(configs)]]]
    return rows


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


def acf_family(samples: int, channels: int, trials: int) -> list[list[Recipe]]:
    """Liquid networks on autocorrelations, a row a shape, from few cycles to more.

    Two steps hardly use a liquid cell's dynamics: the row of four steps stands beside them for
    that. Of each, validation windows choose among as many recipes as of any row; so few inputs
    bear a faster start. Of several channels fewer places are looked at, as many in all, and half
    the lags, so that a decision takes about as long.

    Args:
        samples: of a window; it is cut into as many blocks as a network takes steps.
        channels: of a window.
        trials: how many recipes a row has.
    """
    return [
        [_acf((samples, channels), shape, _settings(*each),
              f"{CORRELATED}, {shape[0]} steps, {shape[2]} units")
         for each in _drawn(trials, NOISES)]
        for shape in ACF_SHAPES
    ]


def acf_mean_family(samples: int, trials: int) -> list[list[Recipe]]:
    """Of the middle shape two rows, for sensors that stand at an angle, such as accelerometers.

    Each block's mean is taken off its samples. One row is given it as a feature, the other is not:
    what it loses is what the way the sensor stands tells. A mean has no unit that noise could count
    in, so here it counts in spreads.
    """
    steps, _, units = shape = ACF_SHAPES[1]
    variant = f"{CORRELATED}, {steps} steps, {units} units"
    return [
        [_acf((samples, 1), shape, _settings(*each, "spread"), f"{variant}, {words}", mean=mean)
         for each in _drawn(trials, (0.1, 0.3, 0.6))]
        for words, mean in ((WITH_MEANS, True), (WITHOUT_MEANS, REMOVED))
    ]


def rect_family(trials: int) -> list[Recipe]:
    """Liquid networks for the best accuracy: powers without a window, averaged before the log.

    Shapes (samples of a transform, bands, transforms averaged) are drawn from a grid that was set
    beforehand, as many as any row has candidates; units are as many as the budget holds.

    Args:
        trials: how many to draw.
    """
    grid = list(itertools.product((64, 128), (16, 32), (2, 4, 8)))
    shapes, recipes = np.random.default_rng(0).permutation(len(grid))[:trials], []
    for number, settings in zip(shapes, _drawn(trials, NOISES), strict=True):
        length, bands, average = grid[number]
        features = FeatureSpec(block=length * average, bands=bands, window=RECT, average=average)
        recipes.append(
            Recipe("linear_ltc", features, {}, _settings(*settings), "averaged powers"))
    return recipes


def families(names: Sequence[str], dataset: Dataset, trials: int) -> list[list[Recipe]]:
    """Further rows of a benchmark, by the name of their family.

    Args:
        names: ``"lean"``, ``"acf"``, ``"acf_mean"`` where the sensor's standing value may tell,
            or ``"rect"`` for the best accuracy.
        dataset: what they are for. trials: recipes that each row may choose from.

    Raises:
        UserError: a family is unknown, or windows are too long for its blocks.
    """
    samples, channels = dataset.x.shape[1:]
    longest = FRAME[1] * min(steps for steps, _, _ in ACF_SHAPES)
    if samples > longest and not {"acf", "acf_mean"}.isdisjoint(names):
        raise UserError(f"families: autocorrelations of windows of {samples} samples would take "
                        f"blocks of more than {FRAME[1]}; choose windows of at most {longest}")
    makers = {"lean": lambda: [lean_family(trials)],
              "acf": lambda: acf_family(samples, channels, trials),
              "acf_mean": lambda: acf_mean_family(samples, trials),
              "rect": lambda: [rect_family(trials)]}
    for each in names:
        if each not in makers:
            raise unknown("family of rows", each, makers)
    return [row for each in names for row in makers[each]()]


def _acf(window: tuple[int, int], shape: tuple[int, int, int], config: dict, variant: str,
         **left_out: bool | str) -> Recipe:
    (samples, channels), (steps, stride, units) = window, shape
    features = FeatureSpec("acf", block=samples // steps // 2 * 2, lags=16 if channels == 1 else 8,
                           stride=stride * channels, **left_out)
    return Recipe("linear_ltc", features, {"units": units}, config, variant)


def _drawn(trials: int, noises: Sequence[float]) -> list[tuple[float, float, float]]:
    """Learning rate, noise and decay of so many recipes, from a grid."""
    grid = list(itertools.product((1e-2, 2e-2), noises, (0.0, 0.1)))
    return [grid[k] for k in np.random.default_rng(0).permutation(len(grid))[:trials]]


def _settings(rate: float, noise: float, decay: float, unit: str = "own") -> dict:
    """Noise in octaves and ratios, unless told otherwise: what another load moves in them is alike,
    however much they vary over the loads that are known.
    """
    return {"learning_rate": rate, "input_noise": noise, "weight_decay": decay,
            "noise_unit": unit} | VIBRATION


def _liquid(variant: str, features: FeatureSpec, **config: float) -> Recipe:
    return Recipe("linear_ltc", features, {}, _CONFIG | config, variant)


def _null(variant: str, features: FeatureSpec) -> Recipe:
    return Recipe("logistic_regression", features, variant=variant)
