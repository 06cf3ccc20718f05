"""What a network says to windows, without training."""

import contextlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from lnnlab.training.samples import Samples


def predict(model: nn.Module, samples: Samples, batch_size: int = 512) -> np.ndarray:
    """Logits (window, class) of a model as it stands; leaves it in evaluation mode."""
    model.eval()
    pieces = []
    with torch.no_grad(), one_thread():
        for first in range(0, len(samples), batch_size):
            rows = np.arange(first, min(first + batch_size, len(samples)))
            x, _, timespans = samples.batch(rows)
            pieces.append(model(x, timespans).numpy())
    return np.concatenate(pieces)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Hold torch to one thread: the order of its sums, and so the last bits, depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
