"""Answers after every step: what a network is to say of each, and how far it is from that.

Choose such targets where the question is about each moment (is somebody speaking now, how much of
this band to let through, what comes next); a window's class asks about the whole instead. A step
that is not to count, such as those before a network has heard enough, has the class
:data:`UNKNOWN`, or values that are not numbers.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

UNKNOWN = -1  # class of a step that does not count
FrameLoss = Callable[[Tensor, Tensor], Tensor]  # (outputs, truth) of a batch → one number


class FrameTargets(NamedTuple):
    """What a batch of windows is to answer after every step.

    Attributes:
        truth: classes (batch, time), or values (batch, time, output).
    """

    truth: Tensor

    @property
    def classes(self) -> bool:
        """Whether it tells classes, not values."""
        return self.truth.dim() == 2


def by_frame(y: np.ndarray) -> bool:
    """Whether targets of windows are of every step: (window, …) beyond one class each."""
    return y.ndim > 1


def frame_targets(y: np.ndarray) -> FrameTargets:
    """Targets of some windows as a batch's.

    Args:
        y: whole numbers (window, step) are classes, floats (window, step, output) are values.
    """
    return FrameTargets(torch.from_numpy(np.ascontiguousarray(y)).to(
        torch.int64 if y.ndim == 2 else torch.float32))


def frame_loss(
    outputs: Tensor, targets: FrameTargets, smoothing: float = 0.0, own: FrameLoss | None = None
) -> Tensor:
    """Mean cross-entropy of classes or mean squared error of values, over all that count.

    Args:
        outputs: a network's after every step, (batch, time, class or output).
        targets: of the same steps.
        smoothing: share of a class's truth that is spread over all classes.
        own: takes the place of both; it sees every step, also those that do not count.
    """
    if own is not None:
        return own(outputs, targets.truth)
    if targets.classes:
        return nn.functional.cross_entropy(
            outputs.transpose(1, 2), targets.truth, ignore_index=UNKNOWN,
            label_smoothing=smoothing)
    known = ~targets.truth.isnan()
    return (outputs[known] - targets.truth[known]).square().mean()
