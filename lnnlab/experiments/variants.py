"""Further rows of a benchmark: what may help across fault sizes, and networks for few cycles.

The list of fault-size variants was set down before any of it was tried and is published whole.
"""

from lnnlab.experiments.recipes import Recipe
from lnnlab.features import FeatureSpec

LONG_WINDOW = 4096  # samples; a window then holds about ten turns of the shaft at 12 kHz
_BASE = {"frame": 64, "hop": 32, "bands": 16}
_CONFIG = {"learning_rate": 1e-2, "input_noise": 0.3, "weight_decay": 0.1}


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


def lean_family() -> list[Recipe]:
    """Liquid networks that need few cycles a decision; validation windows choose among them.

    Every frame is used once (hop = frame) or nearly so, since transforms take most of the cycles;
    what differs is how long a frame is, how many bands it has and how many units follow. The
    shapes were set down after a first look at CWRU that had shown test accuracies too; the choice
    among them is by validation alone.
    """
    shapes = [(64, 64, 16, 12), (64, 96, 16, 24), (128, 128, 16, 16), (128, 128, 32, 12),
              (128, 128, 32, 24), (256, 256, 32, 24)]
    config = {"learning_rate": 1e-2, "input_noise": 0.3}
    return [
        Recipe("linear_ltc", FeatureSpec(frame=frame, hop=hop, bands=bands), {"units": units},
               config, "lean")
        for frame, hop, bands, units in shapes
    ]


def _liquid(variant: str, features: FeatureSpec, **config: float) -> Recipe:
    return Recipe("linear_ltc", features, {}, _CONFIG | config, variant)


def _null(variant: str, features: FeatureSpec) -> Recipe:
    return Recipe("logistic_regression", features, variant=variant)
