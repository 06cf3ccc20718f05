"""The integer network in numpy: the twin that the C runtime equals bit for bit."""

from lnnlab.integer.features import IntegerFeatures, quantise_samples
from lnnlab.integer.model import IntegerModel, Outputs

__all__ = ["IntegerFeatures", "IntegerModel", "Outputs", "quantise_samples"]
