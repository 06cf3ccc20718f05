"""How training batches vary: noise, mixed windows, and frames that are left out.

A network that is to sleep through frames must have been trained so: a frame that is computed stands
for the time since the one before, and the cells step by that time exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lnnlab.errors import UserError
from lnnlab.models.frames import FrameTargets
from lnnlab.models.timespans import per_step
from lnnlab.training.losses import mixed_up

if TYPE_CHECKING:
    from lnnlab.training.config import TrainingConfig

RUN = 6  # frames that one timestep lasts on average, before another is drawn


def varied(
    batch: tuple[Tensor, Tensor | FrameTargets, Tensor | None], config: TrainingConfig,
    turn: Sequence[int], spread: Tensor | float = 1.0,
) -> tuple[Tensor, Tensor | FrameTargets, Tensor | None]:
    """A batch as the config asks to vary it.

    Args:
        batch: x (batch, time, feature); y, classes (batch,) or targets of every frame; timespans
            (batch, time) or None.
        turn: epoch and number of the batch; with the config's seed they fix the frames drawn.
        spread: of each feature, (feature,): what ``input_noise`` counts in unless the config says
            otherwise.

    Raises:
        UserError: windows are to be mixed that have targets for every frame.
    """
    x, y, timespans = batch
    if config.input_noise:
        unit = spread if config.noise_unit == "spread" else 1.0
        x = x + config.input_noise * unit * torch.randn_like(x)
    if config.mixup and isinstance(y, FrameTargets):
        raise UserError(f"mixup = {config.mixup}: it mixes windows of one class each, these have "
                        "targets for every frame; set it to 0")
    if config.mixup and turn[1] % 2:
        x, y = mixed_up(x, y, config.output_dim, config.mixup)
    if config.timesteps:
        random = np.random.default_rng([config.seed, *turn, 2])
        if random.random() < config.timestep_share:
            frames = draw_frames(x.shape[1], config.timesteps, random)
            x, timespans = merged(x, timespans, frames)
            if isinstance(y, FrameTargets):
                y = FrameTargets(y.truth[:, frames])
    return x, y, timespans


def check_timesteps(timesteps: Sequence[int], share: float) -> None:
    """Refuse timesteps that no frame could stand for.

    Raises:
        UserError: a timestep is no whole number from 1 to 255, or the share is outside 0 to 1.
    """
    if not isinstance(timesteps, list | tuple):
        raise UserError(f"timesteps = {timesteps!r}: give a list of frames, such as [1, 2, 4]")
    for each in timesteps:
        if not isinstance(each, int) or not 1 <= each <= 255:
            raise UserError(f"timesteps: {each!r} is no whole number of frames from 1 to 255")
    if not 0 <= share <= 1:
        raise UserError(f"timestep_share = {share}: choose 0 to 1")


def draw_frames(steps: int, timesteps: Sequence[int], random: np.random.Generator) -> np.ndarray:
    """Which frames of a window are computed: the timestep changes now and then, as a policy's does.

    Args:
        steps: frames of the window.
        timesteps: to draw from, in frames.
        random: where everything random comes from.

    Returns:
        Rising frame numbers, at least one.
    """
    chosen, at = [], -1
    while True:
        timestep = int(random.choice(timesteps))
        for _ in range(1 + random.geometric(1 / RUN)):
            at += timestep
            if at >= steps:
                return np.array(chosen or [steps - 1])
            chosen.append(at)


def merged(
    x: Tensor, timespans: Tensor | None, frames: np.ndarray
) -> tuple[Tensor, Tensor]:
    """The chosen frames of windows, each with the time since the one before.

    Args:
        x: (batch, time, feature).
        timespans: of every frame, (batch, time), or None: 1 each.
        frames: rising frame numbers.

    Returns:
        x (batch, chosen, feature) and timespans (batch, chosen).
    """
    spans = per_step(1.0 if timespans is None else timespans, x)[..., 0]
    ends = spans.cumsum(dim=1)[:, frames]
    return x[:, frames], ends.diff(dim=1, prepend=ends.new_zeros(len(x), 1))
