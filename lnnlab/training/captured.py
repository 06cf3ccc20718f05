"""Training steps on CUDA as graphs: all kernels of a step are launched at once.

A step of a small network is a hundred kernels of some microseconds; Python takes longer to launch
them one by one than the card to run them. A graph is what a first run of a step launched, kept with
its memory: to run it again, the batch is copied to where that step read it.

Source: PyTorch's notes on CUDA graphs (https://pytorch.org/docs/stable/notes/cuda.html).
"""

import warnings
from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor, nn

WARM_UP = 3  # steps of a shape before it is captured: kernels are built and chosen meanwhile
MOST = 8  # shapes that are captured

Step = Callable[[tuple[Tensor, ...]], Tensor]


class Captured:
    """A step that is captured once for each shape of batch, and replayed from then on.

    Choose it for steps that read no number of the device on the way, and whose random numbers come
    from the device's generators. What cannot be captured, such as an adaptive solver that looks at
    its error, is run as it is, and a warning says so once.

    Args:
        step: computes on the tensors of a batch, which are on CUDA, and gives a tensor of losses;
            whatever it changes, such as weights, it changes in place.
        models: whose weights it changes; moved elsewhere, they are captured anew.
        generators: that it draws from beside the device's own.
    """

    def __init__(
        self, step: Step, models: list[nn.Module], generators: list[torch.Generator] | None = None,
    ) -> None:
        self.step, self.models, self.generators = step, models, generators or []
        self.refused = ""  # why nothing is captured
        self.clear()

    def clear(self) -> None:
        """Forget what was captured, as memory that it refers to was replaced or is needed."""
        self.graphs: dict[tuple, tuple] = {}
        self.seen: Counter = Counter()
        self.pool = self.places = None

    def __call__(self, batch: tuple[Tensor, ...]) -> Tensor:
        """One step on a batch; the losses before it."""
        shape = tuple((each.shape, each.dtype) for each in batch)
        if self.places != (places := [each.data_ptr() for each in self._weights()]):
            self.clear()
            self.places = places
        if shape not in self.graphs:
            self.seen[shape] += 1
            if self.refused or self.seen[shape] <= WARM_UP or len(self.graphs) >= MOST:
                return self.step(batch)
            try:
                self.graphs[shape] = self._captured(batch)
            except RuntimeError as error:
                self.refused = str(error).strip().partition("\n")[0]
                warnings.warn(f"training goes on kernel by kernel, which takes longer: this step "
                              f"cannot be captured ({self.refused})", stacklevel=2)
                return self.step(batch)
        graph, inputs, losses = self.graphs[shape]
        for held, given in zip(inputs, batch, strict=True):
            held.copy_(given)
        graph.replay()
        return losses.clone()  # another graph may use its memory

    def _captured(self, batch: tuple[Tensor, ...]) -> tuple:
        """A graph, the tensors that it reads, and the losses that it writes."""
        with torch.cuda.device(batch[0].device):
            if self.pool is None:
                self.pool = torch.cuda.graph_pool_handle()
            inputs = tuple(each.clone() for each in batch)
            graph = torch.cuda.CUDAGraph()
            for each in self.generators:
                graph.register_generator_state(each)
            with torch.cuda.graph(graph, pool=self.pool):
                losses = self.step(inputs)
        return graph, inputs, losses

    def _weights(self) -> list[Tensor]:
        """The first weight of each model."""
        return [each for model in self.models for each in list(model.parameters())[:1]]
