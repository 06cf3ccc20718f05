"""What a model costs on a board."""

from lnnlab.profiling.costs import Costs, costs
from lnnlab.profiling.measure import Measured, measure

__all__ = ["Costs", "Measured", "costs", "measure"]
