"""Fine-tuning with int8 in the loop: for networks that pruning or rounding has hurt.

Weights are rounded to int8 rows in the forward pass and trained as if they were not (the
straight-through estimator of Bengio et al. 2013). Activations stay float: their rounding cost
nothing on the corpora here (table ``compression``).
"""

import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from lnnlab.features import extract
from lnnlab.models.saved import SavedModel

LEVELS = 127


class Int8Rows(nn.Module):
    """A parametrization: each output row rounded to int8 steps, gradients passed through."""

    def forward(self, weight: Tensor) -> Tensor:
        """weight (output, …) → its int8 values times their step."""
        flat = weight.detach().flatten(1)
        step = flat.abs().amax(dim=1).clamp_min(1e-12) / LEVELS
        step = step.view(-1, *[1] * (weight.dim() - 1))
        rounded = (weight / step).round() * step
        return weight + (rounded - weight).detach()


def finetune(
    saved: SavedModel,
    x: np.ndarray,
    y: np.ndarray,
    epochs: int = 10,
    learning_rate: float = 1e-3,
    batch_size: int = 64,
    seed: int = 0,
) -> SavedModel:
    """The network after some epochs with rounded weights, if its check windows say it is better.

    Args:
        saved: the network; its ``check_x`` and ``check_y`` judge, by cross-entropy.
        x: training windows in the sensor's unit, (window, time, channel); y: classes (window,).
        epochs, learning_rate, batch_size, seed: of AdamW with a cosine.

    Returns:
        The tuned network, or the given one where tuning did not help.
    """
    features = torch.from_numpy(extract(x, saved.features).copy())
    check = torch.from_numpy(extract(saved.check_x, saved.features).copy())
    truth, wanted = torch.from_numpy(y).long(), torch.from_numpy(saved.check_y.copy()).long()
    network = copy.deepcopy(saved.network)
    rounded = _round_weights(network)
    before = _loss(network, check, wanted)
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        network.train()
        for rows in torch.randperm(len(truth)).split(batch_size):
            loss = nn.functional.cross_entropy(network(features[rows]), truth[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
    after = _loss(network, check, wanted)
    for module, name in rounded:
        parametrize.remove_parametrizations(module, name, leave_parametrized=True)
    return replace(saved, network=network.eval()) if after < before else saved


def _round_weights(network: nn.Module) -> list[tuple[nn.Module, str]]:
    """Put ``Int8Rows`` on every matrix of linear and convolutional layers."""
    found = []
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv1d):
            parametrize.register_parametrization(module, "weight", Int8Rows())
            found.append((module, "weight"))
    return found


def _loss(network: nn.Module, x: Tensor, y: Tensor) -> float:
    network.eval()
    with torch.no_grad():
        return float(nn.functional.cross_entropy(network(x), y))
