"""The liquid network that a config describes."""

from torch import nn

from lnnlab.models import build
from lnnlab.training.config import TrainingConfig


def liquid(config: TrainingConfig) -> nn.Module:
    """A network of its cells, as wide and as deep as it says."""
    options = {"units": config.hidden_dim, "layers": config.layers, "mixing": config.mixing,
               "pool": config.pool}
    if config.model == "ltc":
        options["ode_solver"] = config.ode_solver
    return build(config.model, config.input_dim, config.output_dim, **options)
