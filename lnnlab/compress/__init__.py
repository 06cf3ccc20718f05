"""From a trained float network to a small integer one."""

from lnnlab.compress.calibrate import Ranges, calibrate
from lnnlab.compress.finetune import finetune
from lnnlab.compress.prune import prune
from lnnlab.compress.quantise import quantise

__all__ = ["Ranges", "calibrate", "finetune", "prune", "quantise"]
