"""The training loop: one step, a whole fit, checkpoints on the way."""

import copy
import math
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from lnnlab.errors import UserError
from lnnlab.models import build
from lnnlab.models.frames import FrameLoss
from lnnlab.training import checkpoint as checkpoints
from lnnlab.training.averaging import averaged
from lnnlab.training.config import TrainingConfig
from lnnlab.training.device import (
    described,
    halved,
    moved,
    out_of_memory,
    repeatable,
    resolved,
)
from lnnlab.training.embedded import export_embedded
from lnnlab.training.losses import training_loss
from lnnlab.training.predictions import held_out_loss, one_thread, predict
from lnnlab.training.samples import FitResult, Samples, Versions, taught
from lnnlab.training.variation import varied

RECENT_BATCHES = 8  # that export may calibrate on


class LNNTrainer:
    """Trains a liquid network, or any model with the same calls.

    Args:
        model_config: keys of :class:`TrainingConfig`; an unknown key is refused.
        model: a model to train in place of the liquid one that the config describes, such as a
            baseline; it needs ``forward(x, timespans)`` and ``trace(x, timespans)``, and may tell
            the ``spread`` of its features, (feature,). With targets for every frame it is asked
            for ``stream(x, timespans)`` in place of ``forward``.
        own_loss: of targets for every frame, (outputs, truth) → one number, in place of
            cross-entropy and squared error; see :mod:`lnnlab.models.frames`.

    The model is moved to the config's device and stays there: ``trainer.model.cpu()`` brings it
    back. Batches are moved with it; :meth:`predict` and :meth:`export_embedded` work from anywhere.

    Raises:
        UserError: a key of the config is unknown, absent or out of range, or the device is not
            here.
    """

    def __init__(
        self, model_config: dict, model: nn.Module | None = None,
        own_loss: FrameLoss | None = None,
    ) -> None:
        config = TrainingConfig.read(model_config)
        self.config = replace(config, device=resolved(config.device))
        torch.manual_seed(self.config.seed)
        own = model if model is not None else build(
            config.model, config.input_dim, config.output_dim, **config.options)
        self.model = own.to(self.config.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=self.config.learning_rate,
            weight_decay=self.config.weight_decay,
        )
        self.own_loss = own_loss
        self.average = averaged(self.model, self.config.averaging)
        self.terms: dict[str, float] = {}  # the parts of the last step's loss
        self.recent: deque[Tensor] = deque(maxlen=RECENT_BATCHES)  # inputs (batch, time, feature)
        self._where = "train_step"

    def train_step(
        self, batch: tuple, lambda_power: float = 0.0, lambda_sparse: float = 0.0
    ) -> float:
        """One optimiser step; returns the loss before it.

        loss = cross-entropy + lambda_power·power + lambda_sparse·sparsity
        + complexity_penalty·steps. ``power`` is the expected work per second over the work
        per second of the dense network, so that 0.1 means the same at every size; ``steps`` is
        the share of the steps that could not be left out.

        Args:
            batch: ``(x, y)`` or ``(x, y, timespans)``; x (batch, time, feature), y (batch,) of
                classes, (batch, class) of probabilities, or ``FrameTargets``.
            lambda_power: weight of the work per second, see :mod:`lnnlab.training.losses`.
            lambda_sparse: weight of the L1 on weights and activations.

        Raises:
            UserError: the loss is not finite; the weights are left as they were before the step.
        """
        x, y, timespans = moved((*batch, None)[:3], self.config.device)
        self.recent.append(x.detach())
        self.model.train()
        loss, self.terms = training_loss(
            self.model, (x, y, timespans), self.config, lambda_power, lambda_sparse,
            self.own_loss)
        value = float(loss.detach())
        if not math.isfinite(value):
            parts = ", ".join(f"{name} {part:.3g}" for name, part in self.terms.items())
            raise UserError(
                f"{self._where}: the loss is {value} ({parts}); look for wrong values in this "
                "batch, or lower learning_rate"
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.config.clip_norm > 0:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.model)
        return value

    def fit(
        self,
        train: Samples | Versions,
        validation: Samples,
        epochs: int = 30,
        patience: int = 10,
        lambda_power: float = 0.0,
        lambda_sparse: float = 0.0,
        checkpoint: Path | None = None,
        progress: bool = True,
        on_epoch: Callable[[int, dict], None] | None = None,
    ) -> FitResult:
        """Train until the validation loss has not fallen for ``patience`` epochs.

        The learning rate follows a cosine to zero over ``epochs``. The weights of the best epoch
        are kept, or of the last where the config says so. With ``checkpoint``, the state is saved
        after each epoch; a second call with the same arguments goes on there and ends with the
        same bits. torch is held to one thread, whose number changes the last bits. Where a GPU's
        memory does not hold a batch, the batch is halved, and the epoch starts again.

        ``on_epoch`` is called after each epoch, its checkpoint saved, with its number from 1 and
        its ``train_loss`` and ``validation_loss``; what it raises ends the training there.

        Raises:
            UserError: the loss is not finite (names epoch, batch and windows), the checkpoint
                belongs to another run or device, a teacher is asked and not given, or a GPU's
                memory does not hold one window.
        """
        train = taught(train, self.config.teacher_weight)
        fingerprint = self.config.as_dict() | {
            "kind": self.config.model,
            "epochs": epochs, "patience": patience, "lambda_power": lambda_power,
            "lambda_sparse": lambda_sparse, "windows": len(train),
            "model": type(self.model).__name__,
        }
        with one_thread(), repeatable(self.config.device):
            state = self._start(checkpoint, fingerprint)
            bar = tqdm(total=epochs, initial=state["epoch"], disable=not progress,
                       desc="training", unit="epoch", leave=False)
            while state["epoch"] < epochs and state["stale"] < patience:
                self._fitting_epoch(state, train, validation, epochs, lambda_power, lambda_sparse)
                bar.update()
                bar.set_postfix(validation=f"{state['history'][-1]['validation_loss']:.4f}")
                if checkpoint is not None:
                    checkpoints.save(state | self._learned(), checkpoint)
                if on_epoch is not None:
                    on_epoch(state["epoch"], state["history"][-1])
            bar.close()
            if state["best"] is not None:
                self.model.load_state_dict(state["best"])
        return FitResult(state["best_epoch"], state["epoch"], state["history"],
                         described(self.config.device), state["batch_size"])

    def export_embedded(
        self, path: str | Path, quantization: str = "int8", target: str = "cortex-m4",
        classes: tuple[str, ...] = (),
    ) -> Path:
        """Write the network as a ``.lnn`` file; see :func:`lnnlab.training.embedded`."""
        return export_embedded(self, Path(path), quantization, target, classes)

    def predict(self, samples: Samples, batch_size: int = 512) -> np.ndarray:
        """See :func:`lnnlab.training.predictions.predict`."""
        return predict(self.model, samples, batch_size)

    def _start(self, checkpoint: Path | None, fingerprint: dict) -> dict:
        saved = checkpoints.load(checkpoint, fingerprint) if checkpoint is not None else None
        fresh = {
            "fingerprint": fingerprint, "epoch": 0, "stale": 0, "best": None, "best_epoch": 0,
            "best_loss": math.inf, "history": [], "batch_size": self.config.batch_size,
        }
        if saved is None:
            return fresh
        self._take({name: saved.pop(name) for name in self._learned()})
        return fresh | saved

    def _learned(self) -> dict:
        """What training changes."""
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                "average": self.average and self.average.state_dict()}

    def _take(self, learned: dict) -> None:
        self.model.load_state_dict(learned["model"])
        self.optimizer.load_state_dict(learned["optimizer"])
        if self.average is not None:
            self.average.load_state_dict(learned["average"])

    def _fitting_epoch(self, state: dict, *given: object) -> None:
        """An epoch in batches that the memory holds."""
        before = copy.deepcopy(self._learned())
        while True:
            try:
                return self._epoch(state, *given)
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
            self.optimizer.zero_grad(set_to_none=True)  # outside: the error held the tensors
            self.recent.clear()
            size = state["batch_size"]
            state["batch_size"] = halved(size)
            print(f"epoch {state['epoch'] + 1}: the memory of {described(self.config.device)} does "
                  f"not hold a batch of {size}; on with {state['batch_size']}")
            self._take(copy.deepcopy(before))

    def _epoch(
        self, state: dict, train: Samples | Versions, validation: Samples, epochs: int,
        power: float, sparse: float,
    ) -> None:
        """One pass over the training windows; everything random comes from (seed, epoch)."""
        epoch = state["epoch"]
        order = np.random.default_rng([self.config.seed, epoch]).permutation(len(train))
        torch.manual_seed(self.config.seed * 1_000_003 + epoch)
        rate = 0.5 * self.config.learning_rate * (1 + math.cos(math.pi * epoch / epochs))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        total, train = 0.0, train.for_epoch(np.random.default_rng([self.config.seed, epoch, 1]))
        for number, first in enumerate(range(0, len(order), state["batch_size"])):
            rows = order[first : first + state["batch_size"]]
            listed = ", ".join(str(row) for row in rows[:8]) + (" …" if len(rows) > 8 else "")
            self._where = f"epoch {epoch + 1}, batch {number + 1} (training windows {listed})"
            batch = varied(moved(train.batch(rows), self.config.device), self.config,
                           [epoch, number], getattr(self.model, "spread", 1.0))
            total += len(rows) * self.train_step(batch, power, sparse)
        self._where = "train_step"
        kept = self.model if self.average is None else self.average.module
        loss = held_out_loss(kept, validation, self.own_loss)
        state["history"].append({"train_loss": total / len(train), "validation_loss": loss})
        state["epoch"] = epoch + 1
        state["stale"] += 1
        if loss < state["best_loss"] or self.config.keep == "last":
            state |= {"best_loss": loss, "best_epoch": epoch + 1, "stale": 0}
            state["best"] = copy.deepcopy(kept.state_dict())
