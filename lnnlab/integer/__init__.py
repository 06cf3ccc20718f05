"""The integer network in numpy: the twin that the C runtime equals bit for bit."""

from lnnlab.integer.features import IntegerFeatures, quantise_samples
from lnnlab.integer.keywords import StreamConfig, StreamOutputs, run_stream
from lnnlab.integer.model import IntegerModel, Outputs
from lnnlab.integer.stream import Stepper

__all__ = ["IntegerFeatures", "IntegerModel", "Outputs", "Stepper", "StreamConfig",
           "StreamOutputs", "quantise_samples", "run_stream"]
