"""A running average of a network's weights: steadier than the weights of any one step."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

WARM_UP = 9.0  # steps after which the average holds half of what came before


def averaged(model: nn.Module, decay: float) -> AveragedModel | None:
    """An average that follows a model's weights with exponential decay; None without decay.

    The first steps count more, for want of others: step k keeps at most k / (k + 9) of the
    average. Buffers, such as running statistics, are those of the model itself.

    Args:
        model: whose weights are followed.
        decay: share of the average that a step keeps; 0: no average.

    Source: B. T. Polyak and A. B. Juditsky, Acceleration of stochastic approximation by
    averaging, 1992; exponential form and warm-up as in TensorFlow's ExponentialMovingAverage.
    """
    if not decay:
        return None

    def step(average: list[Tensor], weights: list[Tensor], steps: Tensor) -> None:
        taken = int(steps) + 1
        torch._foreach_lerp_(average, weights, 1 - min(decay, taken / (taken + WARM_UP)))

    return AveragedModel(model, multi_avg_fn=step)
