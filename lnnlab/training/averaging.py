"""A running average of a network's weights: steadier than the weights of any one step."""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

WARM_UP = 9.0  # steps after which the average holds half of what came before


def averaged(
    model: nn.Module, decay: float, device: torch.device | str | None = None
) -> AveragedModel | None:
    """An average that follows a model's weights with exponential decay; None without decay.

    The first steps count more, for want of others: step k keeps at most k / (k + 9) of the
    average. Buffers, such as running statistics, are those of the model itself.

    Args:
        model: whose weights are followed.
        decay: share of the average that a step keeps; 0: no average.
        device: where the steps are counted, for :func:`follow`; None: on the CPU.

    Source: B. T. Polyak and A. B. Juditsky, Acceleration of stochastic approximation by
    averaging, 1992; exponential form and warm-up as in TensorFlow's ExponentialMovingAverage.
    """
    if not decay:
        return None

    def step(average: list[Tensor], weights: list[Tensor], steps: Tensor) -> None:
        taken = int(steps) + 1
        torch._foreach_lerp_(average, weights, 1 - min(decay, taken / (taken + WARM_UP)))

    return AveragedModel(model, device, multi_avg_fn=step)


def share_of(taken: Tensor, decay: float, held: Tensor) -> Tensor:
    """The share of the next step's weights in an average, on the device.

    Args:
        taken: steps before it.
        decay: as of :func:`averaged`.
        held: 1 where the average is to stay as it is, else 0; as many as ``taken``.
    """
    following = taken + 1
    share = 1 - (following / (following + WARM_UP)).clamp(max=decay)
    return torch.where(taken == 0, 1.0, share) * (1 - held)


def follow(average: nn.Module, model: nn.Module, share: Tensor) -> None:
    """Move an average's weights by a share, (), toward a model's, without waiting for the device.

    With the shares of :func:`share_of`, and their buffers copied, it is
    ``average.update_parameters(model)`` within its last bits.
    """
    with torch.no_grad():
        kept, now = list(average.parameters()), list(model.parameters())
        moved = torch._foreach_sub(now, kept)
        torch._foreach_mul_(moved, share.to(kept[0].dtype))
        torch._foreach_add_(kept, moved)
