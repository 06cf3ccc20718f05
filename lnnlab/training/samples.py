"""What a trainer is given and what it gives back."""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from lnnlab.errors import UserError
from lnnlab.models.frames import FrameTargets, by_frame, frame_targets


@dataclass(frozen=True)
class Samples:
    """What a network trains on or is tested on.

    Attributes:
        x: features, (window, step, feature).
        y: class indices, (window,); or what to answer after every step, classes (window, step)
            or values (window, step, output), see :mod:`lnnlab.models.frames`.
        timespans: time since the step before in units of a typical step, (window, step), or None.
        teacher: what a teacher says, probabilities at the training's temperature
            (window, class), or None.
    """

    x: np.ndarray
    y: np.ndarray
    timespans: np.ndarray | None = None
    teacher: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)

    def batch(
        self, rows: np.ndarray
    ) -> tuple[Tensor, Tensor | FrameTargets, Tensor | None]:
        """The windows of those rows as tensors: features, classes and timespans.

        With a teacher, the classes become probabilities (row, 2, class): the truth's, the
        teacher's.
        """
        spans = None if self.timespans is None else torch.from_numpy(self.timespans[rows]).float()
        x = torch.from_numpy(self.x[rows]).float()
        if by_frame(self.y):
            return x, frame_targets(self.y[rows]), spans
        y = torch.from_numpy(self.y[rows]).long()
        if self.teacher is not None:
            said = torch.from_numpy(self.teacher[rows]).float()
            y = torch.stack([one_hot(y, said.shape[1]).float(), said], dim=1)
        return x, y, spans

    def for_epoch(self, random: np.random.Generator) -> "Samples":
        """What one epoch trains on: always the same here."""
        return self


@dataclass(frozen=True)
class Versions:
    """Windows of which several versions exist, such as augmented ones; an epoch draws one each.

    Attributes:
        x: features, (version, window, step, feature), of any float type, possibly on disk.
        y: class indices, (window,); or what each version is to answer after every step, classes
            (version, window, step) or values (version, window, step, output).
        teacher: what a teacher says of each, as in :class:`Samples`, (version, window, class).
    """

    x: np.ndarray
    y: np.ndarray
    teacher: np.ndarray | None = None

    def __len__(self) -> int:
        return self.x.shape[1]

    def for_epoch(self, random: np.random.Generator) -> Samples:
        """One version of each window."""
        drawn, rows = random.integers(len(self.x), size=len(self)), np.arange(len(self))
        teacher = None if self.teacher is None else self.teacher[drawn, rows]
        y = self.y[drawn, rows] if by_frame(self.y) else self.y
        return Samples(self.x[drawn, rows], y, teacher=teacher)


def taught(train: Samples | Versions, weight: float) -> Samples | Versions:
    """The windows with their teacher where it has a weight, else without.

    Raises:
        UserError: it has a weight, and there is none, or the windows are answered by frame.
    """
    if weight and by_frame(train.y):
        raise UserError(f"teacher_weight = {weight}: a teacher answers whole windows, these have "
                        "targets for every frame; set it to 0")
    if weight and train.teacher is None:
        raise UserError(f"teacher_weight = {weight}: the training windows come without a teacher")
    return train if weight else replace(train, teacher=None)


@dataclass(frozen=True)
class FitResult:
    """How a fit went: the losses of each epoch and the epoch whose weights were kept.

    Attributes:
        best_epoch, epochs: whose weights were kept, and how many there were.
        history: ``train_loss`` and ``validation_loss`` of each.
        device: that trained it, such as ``"cuda (NVIDIA H200)"``.
        batch_size: windows a step at the end; fewer than asked for where a GPU's memory held no
            more.
    """

    best_epoch: int
    epochs: int
    history: list[dict] = field(repr=False)
    device: str
    batch_size: int

    @property
    def still_falling(self) -> bool:
        """Whether no epoch had a lower validation loss than the last: more of them may help."""
        losses = [each["validation_loss"] for each in self.history]
        return len(losses) > 1 and min(losses) == losses[-1]

    @property
    def kept_loss(self) -> float:
        """The validation loss of the weights that were kept."""
        return self.history[self.best_epoch - 1]["validation_loss"]
