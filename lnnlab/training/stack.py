"""Networks of one shape as one stack: one forward and backward pass for all of them.

Each network keeps its optimiser, its average and its random numbers. Its weights become views of
stacked ones, so whatever is done to the stack is done to it.
"""

import contextlib
import copy
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from lnnlab.models.cell import Cell
from lnnlab.models.linear_ltc import LinearLTC
from lnnlab.models.stacking import drawn_by
from lnnlab.training.captured import Captured
from lnnlab.training.device import CPU, CUDA, kind_of_device
from lnnlab.training.losses import answer_loss
from lnnlab.training.stepping import Steps

OWN = ("seed", "learning_rate", "weight_decay")  # in which networks of a stack may differ


def stackable(model: nn.Module) -> bool:
    """Whether networks like it can be stacked: those of LinearLTC, and convolutions.

    Other cells loop over steps in Python or run in kernels of one network.
    """
    return all(isinstance(each, LinearLTC) for each in model.modules() if isinstance(each, Cell))


class Draws:
    """The random numbers of one network: the same that it would draw alone.

    Args:
        device: that it trains on.
    """

    def __init__(self, device: str) -> None:
        self.cpu = torch.Generator()
        on_cpu = kind_of_device(device) == CPU
        self.device = self.cpu if on_cpu else torch.Generator(device)
        self.noise = None if on_cpu else self.device  # on the CPU the usual one is exchanged

    def seed(self, number: int) -> None:
        """Begin anew."""
        self.cpu.manual_seed(number)
        self.device.manual_seed(number)

    @contextlib.contextmanager
    def usual(self) -> Iterator[None]:
        """Inside, they are torch's usual ones on the CPU."""
        before = torch.get_rng_state()
        torch.set_rng_state(self.cpu.get_state())
        try:
            yield
        finally:
            self.cpu.set_state(torch.get_rng_state())
            torch.set_rng_state(before)


class Together:
    """Modules of one shape, whose parameters and buffers become views of stacked ones.

    Args:
        modules: with the same names and shapes of both, on one device.
    """

    def __init__(self, modules: Sequence[nn.Module]) -> None:
        self.modules = list(modules)
        self.code = copy.deepcopy(modules[0]).to("meta")  # it only lends its code
        self.parameters = {
            name: self._bound([dict(each.named_parameters())[name] for each in modules], True)
            for name, _ in modules[0].named_parameters()}
        self.buffers = {
            name: self._bound([dict(each.named_buffers())[name] for each in modules], False)
            for name, _ in modules[0].named_buffers()}

    @staticmethod
    def _bound(each: Sequence[Tensor], trained: bool) -> Tensor:
        wide = torch.stack([own.detach() for own in each]).requires_grad_(
            trained and each[0].requires_grad)
        for own, view in zip(each, wide.detach(), strict=True):
            own.data = view
        return wide

    def __call__(self, x: Tensor) -> Tensor:
        """Logits (network, batch, class) of each network's own windows
        (network, batch, time, feature)."""
        self.code.train(self.modules[0].training)

        def one(parameters: dict, buffers: dict, own: Tensor) -> Tensor:
            return functional_call(self.code, (parameters, buffers), (own,))

        return vmap(one, randomness="error")(self.parameters, self.buffers, x)

    def backward(self, losses: Tensor) -> None:
        """Gradients of each network by its own loss, (network,)."""
        for wide in self.parameters.values():
            wide.grad = None
        losses.sum().backward()
        for number, module in enumerate(self.modules):
            for name, own in module.named_parameters():
                grad = self.parameters[name].grad
                own.grad = None if grad is None else grad[number]


class Stack:
    """The steps of several networks, taken together.

    Args:
        steps: of each network; their configs differ in ``OWN`` at most.
        draws: of each network.
    """

    def __init__(self, steps: Sequence[Steps], draws: Sequence[Draws]) -> None:
        self.steps, self.config = list(steps), steps[0].config
        self.generators = [each.device for each in draws]
        self.models = Together([each.model for each in steps])
        self.averages = None
        if self.config.averaging:
            self.averages = Together([each.average.module for each in steps])
        self.captured = None
        if kind_of_device(self.config.device) == CUDA:
            self.captured = Captured(self.step, self.models.modules, self.generators)

    def advance(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """One step of every network; the losses before it, (network,), on the device.

        Args:
            batch: x (network, batch, time, feature) and y (network, batch, …) on the device.
        """
        for each in self.models.modules:
            each.train()
        losses = (self.captured or self.step)(batch)
        for each, loss in zip(self.steps, losses, strict=True):
            each.terms = {"cross_entropy": loss}
        return losses

    def step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """:meth:`advance`, kernel by kernel."""
        x, y = batch
        with drawn_by(self.generators):
            logits = self.models(x)
        taught = self.config.teacher_weight > 0  # kl_div has no rule for a stack
        losses = torch.stack([self._answer(*each) for each in zip(logits, y, strict=True)]) if (
            taught) else vmap(self._answer)(logits, y)
        self.models.backward(losses)
        for each, loss in zip(self.steps, losses.detach(), strict=True):
            each.update(loss, buffers=False)
        if self.averages is not None:
            for name, own in self.averages.buffers.items():
                own.copy_(self.models.buffers[name])
        return losses.detach()

    def _answer(self, logits: Tensor, y: Tensor) -> Tensor:
        return answer_loss(logits, y, self.config.label_smoothing, self.config.teacher_weight,
                           self.config.temperature)

    def predict(self, x: Sequence, batch_size: int = 512) -> list[np.ndarray]:
        """Logits (window, class) of each network to its own windows, all equally many."""
        kept = self.averages or self.models
        for each in kept.modules:
            each.eval()
        pieces = []
        with torch.no_grad(), drawn_by(self.generators):
            for first in range(0, len(x[0]), batch_size):
                rows = np.arange(first, min(first + batch_size, len(x[0])))
                wide = torch.stack([each.batch(rows)[0] for each in x])
                pieces.append(kept(wide.to(self.config.device)).cpu().numpy())
        return list(np.concatenate(pieces, axis=1))

    def loose(self) -> None:
        """Give every network memory of its own again."""
        for each in (self.models, self.averages):
            for module in each.modules if each else ():
                for own in (*module.parameters(), *module.buffers()):
                    own.data = own.data.clone()
                    own.grad = None
