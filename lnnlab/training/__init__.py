"""Training: the configuration, the losses, the loop with checkpoint and resume."""

from lnnlab.training.config import TrainingConfig
from lnnlab.training.trainer import FitResult, LNNTrainer, Samples

__all__ = ["FitResult", "LNNTrainer", "Samples", "TrainingConfig"]
