"""How smoothed probabilities become reports: the settings of words and of faults, in seconds."""

from dataclasses import dataclass

import numpy as np

from lnnlab.integer import IntegerModel, StreamConfig


@dataclass(frozen=True)
class Reporting:
    """How probabilities become reports, in seconds, and how reports are scored.

    Attributes:
        smoothed_s: time over which probabilities are smoothed, rounded to a power of two of hops.
        refractory_s: silence after a report.
        forgive_repeats: see :func:`score`.
    """

    smoothed_s: float = 0.16
    refractory_s: float = 0.5
    forgive_repeats: bool = False

    def config(self, model: IntegerModel, threshold: float) -> StreamConfig:
        """The same for a network's hops."""
        hops_per_s = model.features.rate_hz / model.features.spec.hop
        shift = int(np.clip(round(np.log2(self.smoothed_s * hops_per_s)), 0, 8))
        return StreamConfig(shift, min(65535, round(self.refractory_s * hops_per_s)), threshold)


WORD_REPORTING = Reporting()
FAULT_REPORTING = Reporting(0.2, 2.0, True)
