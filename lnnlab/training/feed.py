"""Training windows on a GPU: a step takes its batch there, so that nothing travels but its rows.

Everything that a step draws on the CPU, such as which windows are mixed, is drawn at the start of
an epoch, in the order in which the steps would have drawn it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lnnlab.models.frames import by_frame
from lnnlab.training.config import TrainingConfig
from lnnlab.training.device import CUDA, kind_of_device
from lnnlab.training.losses import mixed, mixing
from lnnlab.training.samples import Samples, Versions, as_batch

SHARE = 0.25  # of a GPU's free memory that one training's windows may take


class Feed:
    """Windows of one training on its device.

    Args:
        train: the windows, or all versions of them.
        config: how batches vary.
        known: windows that other trainings have put there, found again by their file or object.
    """

    def __init__(
        self, train: Samples | Versions, config: TrainingConfig, known: dict | None = None
    ) -> None:
        self.train, self.config = train, config
        known = {} if known is None else known
        versions = isinstance(train, Versions)

        def there(array: np.ndarray | None, flat: bool) -> Tensor | None:
            if array is None:
                return None
            place = str(getattr(array, "filename", None) or id(array)), array.shape
            if place not in known:
                moved = torch.from_numpy(np.ascontiguousarray(array)).to(config.device)
                known[place] = array, moved  # the array too: its id stays its own
            return known[place][1].flatten(0, 1) if flat else known[place][1]

        self.x, self.teacher = (there(each, versions) for each in (train.x, train.teacher))
        self.y = there(train.y, False)

    def __len__(self) -> int:
        return len(self.train)

    def epoch(self, pieces: Sequence[np.ndarray], random: np.random.Generator) -> list[tuple]:
        """What each step of an epoch is to be given: its rows and, where windows are mixed, their
        shares and partners.

        Args:
            pieces: rows of each batch.
            random: draws the versions.
        """
        offset = np.zeros(len(self.train), np.int64)
        if isinstance(self.train, Versions):
            offset = len(self.train) * self.train.draw(random)
        order = np.concatenate(pieces)
        rows = self._there(torch.from_numpy(offset[order] + order)).split(list(map(len, pieces)))
        if not self.config.mixup:
            return [(each,) for each in rows]
        odd = [mixing(len(each), self.config.mixup) for each in pieces[1::2]]
        if not odd:
            return [(each,) for each in rows]
        sizes = [len(each) for each in pieces[1::2]]
        share, other = (iter(self._there(torch.cat(each)).split(sizes))
                        for each in zip(*odd, strict=True))
        return [(each, next(share), next(other)) if number % 2 else (each,)
                for number, each in enumerate(rows)]

    def taken(
        self, rows: Tensor, spread: Tensor | float, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Windows of those rows with their noise, and their classes; not mixed yet.

        Args:
            rows: of :meth:`epoch`.
            spread: of each feature, see :func:`lnnlab.training.variation.varied`.
            generator: draws the noise.
        """
        number = rows % len(self.train)
        x, y, _ = as_batch(self.x[rows], self.y[number], None,
                           None if self.teacher is None else self.teacher[rows])
        if self.config.input_noise:
            unit = spread if self.config.noise_unit == "spread" else 1.0
            noise = torch.empty_like(x).normal_(generator=generator)
            x = x + self.config.input_noise * unit * noise
        return x, y

    def batch(
        self, inputs: tuple[Tensor, ...], spread: Tensor | float,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        """The batch of one step, as :func:`lnnlab.training.variation.varied` makes it.

        Args:
            inputs: of :meth:`epoch`, for this step.
            spread, generator: as in :meth:`taken`.
        """
        rows, *drawn = inputs
        x, y = self.taken(rows, spread, generator)
        return mixed(x, y, self.config.output_dim, *drawn) if drawn else (x, y)

    def _there(self, each: Tensor) -> Tensor:
        return each.to(self.config.device)


def fits(train: Samples | Versions, config: TrainingConfig) -> bool:
    """Whether a training's steps can take their batches on the device: it is CUDA with room, and
    every step sees every frame of windows of one class."""
    if kind_of_device(config.device) != CUDA or config.timesteps:
        return False
    if getattr(train, "timespans", None) is not None or by_frame(train.y):
        return False
    needed = sum(each.nbytes for each in (train.x, train.teacher) if each is not None)
    return needed <= SHARE * torch.cuda.mem_get_info(config.device)[0]
