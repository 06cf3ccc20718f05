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
from lnnlab.training import progress
from lnnlab.training.averaging import follow, share_of
from lnnlab.training.captured import Captured
from lnnlab.training.config import TrainingConfig
from lnnlab.training.device import CPU, CUDA, kind_of_device
from lnnlab.training.feed import Feed
from lnnlab.training.losses import answer_loss, mixed
from lnnlab.training.stepping import Steps, hold

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


def _on_cuda(config: TrainingConfig) -> bool:
    return kind_of_device(config.device) == CUDA


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
            self.averages = Together([each.average for each in steps])
        self.feeds: list[Feed] = []
        self.captured, self.answers = self.step, self._answers
        if _on_cuda(self.config):
            self.captured = Captured(self.step, self.models.modules, self.generators)
            self.answers = Captured(self._answers, self.kept.modules)
        self.held = torch.zeros(len(steps), device=self.config.device)
        for each, own in zip(steps, () if steps[0].waits else self.held, strict=False):
            each.optimizer.found_inf = own

    @property
    def kept(self) -> Together:
        """Whose weights count."""
        return self.averages or self.models

    def feed_from(self, feeds: Sequence[Feed]) -> None:
        """From now on :meth:`advance` is told rows, see :meth:`Feed.epoch`, and takes them there.

        Args:
            feeds: of each network.
        """
        self.feeds = list(feeds)
        if isinstance(self.captured, Captured):
            self.captured.clear()

    def advance(self, batch: tuple[Tensor, ...]) -> Tensor:
        """One step of every network; the losses before it, (network,), on the device.

        Args:
            batch: x (network, batch, time, feature) and y (network, batch, …) on the device; or
                what their feeds say of a step, (network, batch) each.
        """
        for each in self.models.modules:
            each.train()
        losses = self.captured(batch)
        for each, loss in zip(self.steps, losses, strict=True):
            each.terms = {"cross_entropy": loss}
        return losses

    def step(self, batch: tuple[Tensor, ...]) -> Tensor:
        """:meth:`advance`, kernel by kernel."""
        x, y = self._taken(batch) if self.feeds else batch
        with drawn_by(self.generators):
            logits = self.models(x)
        taught = self.config.teacher_weight > 0  # kl_div has no rule for a stack
        losses = torch.stack([self._answer(*each) for each in zip(logits, y, strict=True)]) if (
            taught) else vmap(self._answer)(logits, y)
        self.models.backward(losses)
        self._update(losses.detach())
        return losses.detach()

    def _taken(self, inputs: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """The batch of each network, x and y with the networks in front."""
        rows, *drawn = inputs
        pairs = [feed.taken(own, getattr(each.model, "spread", 1.0), generator)
                 for feed, own, each, generator in zip(
                     self.feeds, rows, self.steps, self.generators, strict=True)]
        x, y = (torch.stack(each) for each in zip(*pairs, strict=True))
        if not drawn:
            return x, y

        def one(*given: Tensor) -> tuple[Tensor, Tensor]:
            x, y, *drawn = given
            return mixed(x, y, self.config.output_dim, *drawn)

        return vmap(one)(x, y, *drawn)

    def _update(self, losses: Tensor) -> None:
        """:meth:`Steps.update` of every network, what can be done at once at once."""
        if self.steps[0].waits:
            for each, loss in zip(self.steps, losses, strict=True):
                each.update(loss)
            return
        hold(self.held, losses)
        for each in self.steps:
            each.change()
        if self.averages is not None:
            buffers = dict(self.averages.buffers)
            taken = buffers.pop("n_averaged")
            shares = share_of(taken, self.config.averaging, self.held)
            for each, share in zip(self.steps, shares, strict=True):
                follow(each.average, each.model, share)
            progress.copy_all(
                list(buffers.values()),
                [self.models.buffers[name.removeprefix("module.")] for name in buffers])
            taken.add_((1 - self.held).long())

    def _answer(self, logits: Tensor, y: Tensor) -> Tensor:
        return answer_loss(logits, y, self.config.label_smoothing, self.config.teacher_weight,
                           self.config.temperature)

    def predict(self, x: Sequence, batch_size: int = 512) -> list[np.ndarray]:
        """Logits (window, class) of each network to its own windows, all equally many."""
        for each in self.kept.modules:
            each.eval()
        pieces = []
        for first in range(0, len(x[0]), batch_size):
            rows = np.arange(first, min(first + batch_size, len(x[0])))
            wide = torch.stack([each.batch(rows)[0] for each in x])
            pieces.append(self.answers((wide.to(self.config.device),)).cpu().numpy())
        return list(np.concatenate(pieces, axis=1))

    def _answers(self, inputs: tuple[Tensor]) -> Tensor:
        with torch.no_grad(), drawn_by(self.generators):
            return self.kept(*inputs)

    def loose(self) -> None:
        """Give every network memory of its own again; what was captured is let go."""
        for each in (self.captured, self.answers):
            if isinstance(each, Captured):
                each.clear()
        for each in self.steps if not self.steps[0].waits else ():
            each.optimizer.found_inf = each.optimizer.found_inf.clone()
        for each in (self.models, self.averages):
            for module in each.modules if each else ():
                for own in (*module.parameters(), *module.buffers()):
                    own.data = own.data.clone()
                    own.grad = None
