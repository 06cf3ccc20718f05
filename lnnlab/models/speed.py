"""Training speed of layers side by side: interleaved, because a machine's speed drifts."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

TURN_S = 0.02  # that a turn lasts at least, in as many training steps as it takes


@dataclass(frozen=True)
class Size:
    """Of a training batch.

    Attributes:
        batch: sequences; steps: of each; features: of each step.
    """

    batch: int = 64
    steps: int = 100
    features: int = 40


USUAL = Size()


def training_step(
    layer: nn.Module, size: Size = USUAL, device: str = "cpu", captured: bool = False
) -> Callable[[], None]:
    """A function that runs one training step of a layer: forward, backward, Adam.

    The loss is the mean square of the output, so that every step's output has a gradient.

    Args:
        layer: its input is (batch, time, feature).
        size: of the batch.
        device: where it trains.
        captured: on CUDA, launch the whole step as one graph, as a trainer does; Adam is one kernel
            then.
    """
    layer = layer.to(device)
    x = torch.randn(size.batch, size.steps, size.features).to(device)
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-4, capturable=captured,
                                 fused=captured or None)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        answer = layer(x)
        output = answer[0] if isinstance(answer, tuple) else answer
        output.square().mean().backward()
        optimizer.step()

    return _as_graph(step) if captured else step


def _as_graph(step: Callable[[], None]) -> Callable[[], None]:
    """A step on CUDA as one launch."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=side):
        step()

    def replay() -> None:
        graph.replay()

    replay.step = step  # whose tensors the graph reads
    return replay


def sequences_per_second(
    layers: dict[str, nn.Module], size: Size = USUAL, rounds: int = 7, device: str = "cpu",
    threads: int = 1,
) -> dict[str, list[float]]:
    """Sequences trained per second, on the CPU or a GPU, one figure a round for each layer.

    In every round each layer takes its turn, so ratios within a round compare like with like. On
    one thread of the CPU seconds of the processor count, which other work does not lengthen; on a
    GPU steps are captured, see :func:`training_step`.

    Args:
        layers: name → layer whose input is (batch, time, features).
        size: of the training batch.
        rounds: turns; the first, which warms up, is not counted.
        device: where the layers train.
        threads: of the CPU.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    clock = time.process_time if device == "cpu" and threads == 1 else time.perf_counter
    try:
        runs = {name: _quickest(layer, size, device) for name, layer in layers.items()}
        found: dict[str, list[float]] = {name: [] for name in layers}
        for turn in range(rounds + 1):
            for name, run in runs.items():
                steps, seconds = _timed(run, device, clock)
                if turn:
                    found[name].append(steps * size.batch / seconds)
    finally:
        torch.set_num_threads(before)
    return found


def _quickest(layer: nn.Module, size: Size, device: str) -> Callable[[], None]:
    """A training step, on CUDA as a graph where the layer's code can be captured."""
    if device.startswith("cuda"):
        with contextlib.suppress(RuntimeError):
            return training_step(layer, size, device, captured=True)
    return training_step(layer, size, device)


def _timed(
    run: Callable[[], None], device: str, clock: Callable[[], float]
) -> tuple[int, float]:
    """Training steps of one turn, and the seconds that they took."""
    _wait(device)
    began, steps = clock(), 0
    while True:
        run()
        steps += 1
        if clock() - began >= TURN_S:
            _wait(device)
            return steps, clock() - began


def _wait(device: str) -> None:
    """Until a GPU has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    if device == "mps":
        torch.mps.synchronize()
