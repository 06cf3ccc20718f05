"""What a network says to windows, without training."""

import contextlib
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from lnnlab.data.chunks import large, let_go
from lnnlab.models.frames import by_frame
from lnnlab.training.device import device_of, halved, moved, out_of_memory, repeatable
from lnnlab.training.samples import OnDevice, Samples


def predict(
    model: nn.Module, samples: Samples | OnDevice, batch_size: int = 512
) -> np.ndarray:
    """Logits (window, class) of a model as it stands, wherever it is; leaves it in evaluation mode.

    Of windows with targets for every frame, (window, step, class or output); of no windows (0, 0).
    Where a GPU's memory does not hold a batch, smaller ones give the same.
    """
    model.eval()
    device, pieces, first = device_of(model), [], 0
    answer = model.stream if by_frame(samples.y) else model
    with torch.no_grad(), one_thread(), repeatable(device.type):
        while first < len(samples):
            rows = np.arange(first, min(first + batch_size, len(samples)))
            x, _, timespans = moved(samples.batch(rows), device)
            try:
                pieces.append(answer(x, timespans).cpu().numpy())
                first += len(rows)
                if large(samples.x):
                    let_go(samples.x)
                continue
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
            batch_size = halved(batch_size)
    return np.concatenate(pieces) if pieces else np.zeros((0, 0), np.float32)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Hold torch to one thread: the order of its sums, and so the last bits, depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
