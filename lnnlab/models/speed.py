"""Training speed of layers side by side: interleaved, because a machine's speed drifts."""

import time
from collections.abc import Callable

import torch
from torch import nn


def training_step(
    layer: nn.Module, batch: int = 64, steps: int = 100, features: int = 40
) -> Callable[[], None]:
    """A function that runs one training step of a layer: forward, backward, Adam.

    The loss is the mean square of the output, so that every step's output has a gradient.
    """
    x = torch.randn(batch, steps, features)
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-4)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        answer = layer(x)
        output = answer[0] if isinstance(answer, tuple) else answer
        output.square().mean().backward()
        optimizer.step()

    return step


def sequences_per_second(
    layers: dict[str, nn.Module],
    batch: int = 64,
    steps: int = 100,
    features: int = 40,
    rounds: int = 7,
) -> dict[str, list[float]]:
    """Sequences trained per second on one thread, one figure a round for each layer.

    In every round each layer takes its turn, so ratios within a round compare like with like.

    Args:
        layers: name → layer whose input is (batch, time, features).
        batch, steps, features: size of the training batch.
        rounds: turns; the first, which warms up, is not counted.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        runs = {
            name: training_step(layer, batch, steps, features) for name, layer in layers.items()
        }
        found: dict[str, list[float]] = {name: [] for name in layers}
        for turn in range(rounds + 1):
            for name, run in runs.items():
                began = time.perf_counter()
                run()
                if turn:
                    found[name].append(batch / (time.perf_counter() - began))
    finally:
        torch.set_num_threads(threads)
    return found
