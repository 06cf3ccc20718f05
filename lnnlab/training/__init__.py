"""Training: the configuration, the losses, the loop with checkpoint and resume."""

from lnnlab.training.config import TrainingConfig
from lnnlab.training.samples import FitResult, Samples, Versions
from lnnlab.training.together import Part, fit_together
from lnnlab.training.trainer import LNNTrainer

__all__ = ["FitResult", "LNNTrainer", "Part", "Samples", "TrainingConfig", "Versions",
           "fit_together"]
