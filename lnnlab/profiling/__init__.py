"""What a model costs on a board."""

from lnnlab.profiling.costs import Costs, FlashCosts, costs
from lnnlab.profiling.measure import Measured, measure

__all__ = ["Costs", "FlashCosts", "Measured", "costs", "measure"]
