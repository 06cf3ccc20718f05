"""Training: the configuration, the losses, the loop with checkpoint and resume."""

from lnnlab.training.config import TrainingConfig
from lnnlab.training.samples import FitResult, Samples, Versions
from lnnlab.training.trainer import LNNTrainer

__all__ = ["FitResult", "LNNTrainer", "Samples", "TrainingConfig", "Versions"]
