"""The optimiser's steps of one network, on its device.

On the CPU a loss is looked at before the weights change, and the bits are those that records were
made of. On CUDA nothing waits for the device, so that a step can be captured: the learning rate is
a tensor there, AdamW is one kernel, and a loss that is not finite holds the weights as they are
until somebody looks.
"""

import copy
import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW

from lnnlab.errors import UserError
from lnnlab.models.frames import FrameLoss, FrameTargets
from lnnlab.training import progress
from lnnlab.training.averaging import averaged, follow, share_of
from lnnlab.training.captured import Captured
from lnnlab.training.config import TrainingConfig
from lnnlab.training.device import CUDA, kind_of_device
from lnnlab.training.feed import Feed
from lnnlab.training.losses import training_loss

LEARNED = ("model", "optimizer", "average")  # what training changes, as checkpoints name it


class Steps:
    """A network with its optimiser and the average of its weights.

    Args:
        model: on its device.
        config: how it trains.
        waits: whether each loss is looked at before the weights change; None: all but on CUDA.
        own_loss: of targets by frame, see :class:`LNNTrainer`.

    Attributes:
        terms: the parts of the last step's loss, on the device.
    """

    def __init__(
        self, model: nn.Module, config: TrainingConfig, waits: bool | None = None,
        own_loss: FrameLoss | None = None,
    ) -> None:
        on_cuda = kind_of_device(config.device) == CUDA
        self.model, self.config, self.own_loss = model, config, own_loss
        self.waits = not on_cuda if waits is None else waits
        self.optimizer = _optimizer(model, config, self.waits)
        self.average = averaged(model, config.averaging, None if self.waits else config.device)
        self.captured = Captured(self.step, [model]) if on_cuda and not self.waits else None
        self.terms: dict[str, Tensor] = {}
        self.feed: Feed | None = None

    @property
    def kept(self) -> nn.Module:
        """Whose weights count: the average's, or the model's where there is none."""
        return self.model if self.average is None else self.average.module

    def advance(
        self, batch: tuple[Tensor, Tensor | FrameTargets, Tensor | None], power: float,
        sparse: float, where: str,
    ) -> Tensor:
        """One step; the loss before it, on the device.

        Args:
            batch: x, y and timespans on the device.
            power, sparse: prices, see :meth:`LNNTrainer.train_step`.
            where: names the batch, should its loss not be finite.

        Raises:
            UserError: the loss is not finite, and steps wait for it.
        """
        self.model.train()
        priced = power or sparse or self.config.complexity_penalty
        plain = batch[2] is None and not isinstance(batch[1], FrameTargets)
        if self.captured is None or priced or not plain:
            return self.step(batch, power, sparse, where)
        loss = self.captured(batch[:2])
        self.terms = {"cross_entropy": loss}
        return loss

    def feed_from(self, feed: Feed | None) -> None:
        """From now on :meth:`fed` takes its batches from there; None: captured steps take batches
        again."""
        self.feed = feed
        if self.captured is not None:
            self.captured = Captured(self.step if feed is None else self._fed, [self.model])

    def fed(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """:meth:`advance` on what the feed's epoch says of a step."""
        self.model.train()
        loss = (self.captured or self._fed)(inputs)
        self.terms = {"cross_entropy": loss}
        return loss

    def _fed(self, inputs: tuple[Tensor, ...]) -> Tensor:
        return self.step(self.feed.batch(inputs, getattr(self.model, "spread", 1.0)))

    def step(
        self, batch: tuple[Tensor, ...], power: float = 0.0, sparse: float = 0.0, where: str = ""
    ) -> Tensor:
        """:meth:`advance`, kernel by kernel."""
        batch = (*batch, None)[:3]
        loss, self.terms = training_loss(
            self.model, batch, self.config, power, sparse, self.own_loss)
        now = loss.detach()
        if self.waits:
            self.checked(now, where)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.update(now)
        return now

    def update(self, loss: Tensor) -> None:
        """Change the weights by their gradients, and their average; not from a loss, (), on that is
        not finite, where nobody has looked at it."""
        if not self.waits:
            hold(self.optimizer.found_inf, loss)
        self.change()
        if self.average is not None and self.waits:
            self.average.update_parameters(self.model)
        elif self.average is not None:
            held, taken = self.optimizer.found_inf, self.average.n_averaged
            follow(self.average, self.model, share_of(taken, self.config.averaging, held))
            progress.copy_all(list(self.average.module.buffers()), list(self.model.buffers()))
            taken.add_((1 - held).long())

    def change(self) -> None:
        """Change the weights by their gradients."""
        if self.config.clip_norm > 0:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.optimizer.step()

    def checked(self, loss: Tensor | float, where: str) -> float:
        """A loss as a number.

        Raises:
            UserError: it is not finite; the weights are those before its step.
        """
        value = float(loss)
        if not math.isfinite(value):
            if not self.waits:
                self.optimizer.found_inf.zero_()
            parts = ", ".join(f"{name} {part:.3g}" for name, part in self.named_terms().items())
            raise UserError(f"{where}: the loss is {value} ({parts}); look for wrong values in "
                            "this batch, or lower learning_rate")
        return value

    def total(self, epoch: int, pieces: Sequence[np.ndarray], losses: Sequence[Tensor]) -> float:
        """The sum of the losses of an epoch's windows.

        Args:
            epoch: from 0.
            pieces: rows of each batch; losses: of each.

        Raises:
            UserError: the loss of a batch is not finite.
        """
        values = torch.stack(list(losses)).tolist()
        for number, (rows, value) in enumerate(zip(pieces, values, strict=True)):
            if not math.isfinite(value):
                self.terms = {"cross_entropy": losses[number]}
                self.checked(value, progress.where(epoch, number, rows))
        return sum(len(rows) * value for rows, value in zip(pieces, values, strict=True))

    def named_terms(self) -> dict[str, float]:
        """The parts of the last step's loss as numbers."""
        return {name: float(each) for name, each in self.terms.items()}

    def learned(self) -> dict:
        """What training changes, in memory of its own."""
        return {"model": progress.copied(self.model),
                "optimizer": copy.deepcopy(self.optimizer.state_dict()),
                "average": self.average and progress.copied(self.average)}

    def take(self, learned: dict) -> None:
        """Go on from what :meth:`learned` gave, which is used up."""
        self.model.load_state_dict(learned["model"])
        self.optimizer.load_state_dict(learned["optimizer"])
        if self.average is not None:
            self.average.load_state_dict(learned["average"])
        self.forget()

    def live(self) -> list[Tensor]:
        """Every tensor that training changes, itself."""
        held = [*self.model.state_dict().values()]
        held += [] if self.average is None else self.average.state_dict().values()
        return held + [each for own in self.optimizer.state.values() for each in own.values()]

    def snapshot(self) -> list[Tensor]:
        """A copy of all that training changes; quicker than :meth:`learned`."""
        return progress.snapshot(self.live())

    def restore(self, snapshot: list[Tensor]) -> None:
        """Go back to a snapshot."""
        if len(snapshot) < len(self.live()):  # from before the first step
            self.optimizer.state.clear()
        progress.copy_all(self.live(), snapshot)
        self.forget()

    def forget(self) -> None:
        """Let go of gradients and captured steps."""
        self.optimizer.zero_grad(set_to_none=True)
        if self.captured is not None:
            self.captured.clear()


def hold(held: Tensor, losses: Tensor) -> None:
    """Set ``held`` to 1 where a loss is not finite; it stays so."""
    held.copy_(torch.maximum(held, (~losses.isfinite()).to(held.dtype)))


def set_rate(optimizer: AdamW, rate: float) -> None:
    """The learning rate from now on; where it is a tensor, in place if it is on its device."""
    for group in optimizer.param_groups:
        if not isinstance(group["lr"], Tensor):
            group["lr"] = rate
            continue
        place = group["params"][0].device
        if group["lr"].device != place:  # as a checkpoint gave it
            group["lr"] = group["lr"].to(place)
        group["lr"].fill_(rate)


def _optimizer(model: nn.Module, config: TrainingConfig, waits: bool) -> AdamW:
    """AdamW; without waiting, its rate is a tensor, and ``found_inf``, once 1, keeps the weights as
    they are."""
    if waits:
        return AdamW(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    place = next(model.parameters()).device
    made = AdamW(model.parameters(), lr=torch.tensor(config.learning_rate, device=place),
                 weight_decay=config.weight_decay, fused=True, capturable=place.type == CUDA)
    made.found_inf = torch.zeros((), device=place)
    return made
