"""What a model costs on a board."""

from lnnlab.profiling.measure import Measured, measure

__all__ = ["Measured", "measure"]
