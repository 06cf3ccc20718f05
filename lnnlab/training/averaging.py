"""A running average of a network's weights: steadier than the weights of any one step."""

import contextlib
import copy
from collections.abc import Iterator

import torch
from torch import nn


class Average:
    """Polyak averaging with exponential decay; buffers are taken as they are.

    Args:
        model: whose weights are followed.
        decay: share of the average that a step keeps; 0: the weights themselves.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay = model, decay
        self.steps = 0
        self.state = copy.deepcopy(model.state_dict()) if decay else None

    def update(self) -> None:
        """Take the weights after a step in; the first ones count more, for want of others."""
        if self.state is None:
            return
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 9.0))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                if value.is_floating_point() and "running" not in name:
                    self.state[name].lerp_(value, 1 - decay)
                else:
                    self.state[name].copy_(value)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Inside, the model holds the averaged weights."""
        if self.state is None:
            yield
            return
        own = copy.deepcopy(self.model.state_dict())
        self.model.load_state_dict(self.state)
        try:
            yield
        finally:
            self.model.load_state_dict(own)

    def saved(self) -> dict:
        """What a checkpoint keeps."""
        return {"steps": self.steps, "state": self.state}

    def restore(self, saved: dict) -> None:
        """Go on from what :meth:`saved` gave."""
        self.steps, self.state = saved["steps"], saved["state"]
