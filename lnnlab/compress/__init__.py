"""From a trained float network to a small integer one."""

from lnnlab.compress.calibrate import Ranges, calibrate
from lnnlab.compress.describe import Described, describe, weight_bytes
from lnnlab.compress.finetune import FineTuning, finetune
from lnnlab.compress.prune import prune
from lnnlab.compress.quantise import quantise

__all__ = ["Described", "FineTuning", "Ranges", "calibrate", "describe", "finetune", "prune",
           "quantise", "weight_bytes"]
