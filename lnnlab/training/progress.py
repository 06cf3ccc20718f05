"""How far a fit is: its state from epoch to epoch, the same whether networks train alone or not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lnnlab.errors import UserError
from lnnlab.models.frames import FrameLoss, by_frame, frame_loss, frame_targets
from lnnlab.training.config import TrainingConfig


@dataclass(frozen=True)
class Asked:
    """How long a fit is to go on, and what it prices; see :meth:`LNNTrainer.fit`."""

    epochs: int = 30
    patience: int = 10
    lambda_power: float = 0.0
    lambda_sparse: float = 0.0

    def more(self, state: dict) -> bool:
        """Whether there is an epoch to come."""
        return state["epoch"] < self.epochs and state["stale"] < self.patience


def fresh(fingerprint: dict, batch_size: int) -> dict:
    """The state of a fit before its first epoch.

    Args:
        fingerprint: what the run consists of.
        batch_size: windows a step.
    """
    return {
        "fingerprint": fingerprint, "epoch": 0, "stale": 0, "best": None, "best_epoch": 0,
        "best_loss": math.inf, "history": [], "batch_size": batch_size,
    }


def check_held(windows: int, keep: str) -> None:
    """Refuse to choose an epoch where nothing validates.

    Raises:
        UserError: ``keep`` is ``"best"`` and there is no window.
    """
    if not windows and keep == "best":
        raise UserError("keep = 'best': no validation windows to choose an epoch by; set keep to "
                        "'last', or give some")


def order_of(seed: int, epoch: int, windows: int) -> np.ndarray:
    """The order of the training windows in an epoch, from (seed, epoch) alone."""
    return np.random.default_rng([seed, epoch]).permutation(windows)


def draws_of(seed: int, epoch: int) -> np.random.Generator:
    """What draws an epoch's versions of the windows."""
    return np.random.default_rng([seed, epoch, 1])


def torch_seed(seed: int, epoch: int) -> int:
    """Seed of torch's generators at the start of an epoch: of noise, mixed windows and dropout."""
    return seed * 1_000_003 + epoch


def rate_at(config: TrainingConfig, epoch: int, epochs: int) -> float:
    """The learning rate of an epoch: a cosine from the config's to zero over ``epochs``."""
    return 0.5 * config.learning_rate * (1 + math.cos(math.pi * epoch / epochs))


def where(epoch: int, number: int, rows: np.ndarray) -> str:
    """A batch for people: numbered from 1, with some of its windows."""
    listed = ", ".join(str(row) for row in rows[:8]) + (" …" if len(rows) > 8 else "")
    return f"epoch {epoch + 1}, batch {number + 1} (training windows {listed})"


def judged(state: dict, keep: str, losses: tuple[float, float], kept: nn.Module) -> None:
    """Enter an epoch's losses into the state, and its weights where they are to be kept.

    Args:
        state: changed in place.
        keep: ``"best"`` or ``"last"``, see :class:`TrainingConfig`.
        losses: of training and of validation.
        kept: whose weights they are.
    """
    train, validation = losses
    state["history"].append({"train_loss": train, "validation_loss": validation})
    state["epoch"] += 1
    state["stale"] += 1
    if validation < state["best_loss"] or keep == "last":
        state |= {"best_loss": validation, "best_epoch": state["epoch"], "stale": 0}
        if keep == "best":  # of the last, the network itself has the weights
            state["best"] = copied(kept)


def validation_loss(
    answers: np.ndarray, y: np.ndarray | Tensor, own: FrameLoss | None = None
) -> float:
    """Cross-entropy of logits (window, class) with classes (window,); of targets by frame
    :func:`lnnlab.models.frames.frame_loss`; nan of no windows."""
    if not len(y):
        return math.nan
    said, truth = torch.from_numpy(answers), torch.as_tensor(y).cpu()
    if by_frame(truth):
        return float(frame_loss(said, frame_targets(truth), own=own))
    return float(nn.functional.cross_entropy(said, truth.long()))


def snapshot(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Copies of many tensors, in few launches on a GPU."""
    made = [torch.empty_like(each) for each in tensors]
    copy_all(made, tensors)
    return made


def copy_all(to: Sequence[Tensor], those: Sequence[Tensor]) -> None:
    """Copy tensors into others of the same shapes, in place."""
    with torch.no_grad():
        plain = [(a, b) for a, b in zip(to, those, strict=True) if b.dtype == torch.float32]
        if plain:
            torch._foreach_copy_(*map(list, zip(*plain, strict=True)))
        for a, b in zip(to, those, strict=True):
            if b.dtype != torch.float32:
                a.copy_(b)


def copied(module: nn.Module) -> dict[str, Tensor]:
    """A module's state with memory of its own."""
    return {name: each.detach().clone() for name, each in module.state_dict().items()}
