"""Further rows of a benchmark: what may help across fault sizes, and networks for few cycles.

The list of fault-size variants was set down before any of it was tried and is published whole.
"""

import numpy as np

from lnnlab.experiments.recipes import VIBRATION, Recipe
from lnnlab.features import FeatureSpec

LONG_WINDOW = 4096  # samples; a window then holds about ten turns of the shaft at 12 kHz
_BASE = {"frame": 64, "hop": 32, "bands": 16}
_CONFIG = {"learning_rate": 1e-2, "input_noise": 0.3, "weight_decay": 0.1} | VIBRATION


def size_variants() -> list[Recipe]:
    """The variants on usual windows, the plain one first, then the null with the same bands."""
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
    """The variants on windows of ``LONG_WINDOW`` samples."""
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


def _liquid(variant: str, features: FeatureSpec, **config: float) -> Recipe:
    return Recipe("linear_ltc", features, {}, _CONFIG | config, variant)


def _null(variant: str, features: FeatureSpec) -> Recipe:
    return Recipe("logistic_regression", features, variant=variant)
