"""The training loop: one step, a whole fit, checkpoints on the way."""

import copy
import math
from collections import deque
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from lnnlab.errors import UserError
from lnnlab.models import build
from lnnlab.training import checkpoint as checkpoints
from lnnlab.training.averaging import averaged
from lnnlab.training.config import SOLVER_MODELS, TrainingConfig
from lnnlab.training.embedded import export_embedded
from lnnlab.training.losses import (
    answer_loss,
    expected_work,
    needed_steps,
    sparsity,
    work_per_second,
)
from lnnlab.training.predictions import one_thread, predict
from lnnlab.training.samples import FitResult, Samples, Versions, taught
from lnnlab.training.variation import varied

RECENT_BATCHES = 8  # that export may calibrate on


class LNNTrainer:
    """Trains a liquid network, or any model with the same calls.

    Args:
        model_config: keys of :class:`TrainingConfig`; an unknown key is refused.
        model: a model to train in place of the liquid one that the config describes, such as a
            baseline; it needs ``forward(x, timespans)`` and ``trace(x, timespans)``, and may tell
            the ``spread`` of its features, (feature,).

    Raises:
        UserError: a key of the config is unknown, absent or out of range.
    """

    def __init__(self, model_config: dict, model: nn.Module | None = None) -> None:
        self.config = TrainingConfig.read(model_config)
        torch.manual_seed(self.config.seed)
        self.model = model if model is not None else _liquid(self.config)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=self.config.learning_rate,
            weight_decay=self.config.weight_decay,
        )
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
                classes or (batch, class) of probabilities.
            lambda_power: weight of the work per second, see :mod:`lnnlab.training.losses`.
            lambda_sparse: weight of the L1 on weights and activations.

        Raises:
            UserError: the loss is not finite; the weights are left as they were before the step.
        """
        x, y, timespans = (*batch, None)[:3]
        self.recent.append(x.detach())
        self.model.train()
        loss = self._loss(x, y, timespans, lambda_power, lambda_sparse)
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

    def _loss(
        self, x: Tensor, y: Tensor, timespans: Tensor | None, power: float, sparse: float
    ) -> Tensor:
        priced = power or sparse or self.config.complexity_penalty
        if not priced:
            loss = self._answer(self.model(x, timespans), y)
            self.terms = {"cross_entropy": float(loss.detach())}
            return loss
        logits, layers = self.model.trace(x, timespans)
        _, dense = expected_work(layers)
        per_frame = 1.0 if timespans is None else float(timespans.mean())
        rate_hz = self.config.frame_rate_hz / per_frame  # frames left out are not computed
        parts = {
            "cross_entropy": (1.0, self._answer(logits, y)),
            "power": (power, work_per_second(layers, rate_hz)
                      / (self.config.frame_rate_hz * dense)),
            "sparsity": (sparse, sparsity(layers)),
            "steps": (self.config.complexity_penalty, needed_steps(layers)),
        }
        self.terms = {name: float(part.detach()) for name, (_, part) in parts.items()}
        return sum(weight * part for weight, part in parts.values() if weight)

    def _answer(self, logits: Tensor, y: Tensor) -> Tensor:
        c = self.config
        return answer_loss(logits, y, c.label_smoothing, c.teacher_weight, c.temperature)

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
    ) -> FitResult:
        """Train until the validation loss has not fallen for ``patience`` epochs.

        The learning rate follows a cosine to zero over ``epochs``. The weights of the best epoch
        are kept, or of the last where the config says so. With ``checkpoint``, the state is saved
        after each epoch; a second call with the same arguments goes on there and ends with the
        same bits. torch is held to one thread, whose number changes the last bits.

        Raises:
            UserError: the loss is not finite (names epoch, batch and windows), the checkpoint
                belongs to another run, or a teacher is asked and not given.
        """
        train = taught(train, self.config.teacher_weight)
        fingerprint = self.config.as_dict() | {
            "epochs": epochs, "patience": patience, "lambda_power": lambda_power,
            "lambda_sparse": lambda_sparse, "windows": len(train),
            "model": type(self.model).__name__,
        }
        with one_thread():
            state = self._start(checkpoint, fingerprint)
            bar = tqdm(total=epochs, initial=state["epoch"], disable=not progress,
                       desc="training", unit="epoch", leave=False)
            while state["epoch"] < epochs and state["stale"] < patience:
                self._epoch(state, train, validation, epochs, lambda_power, lambda_sparse)
                bar.update()
                bar.set_postfix(validation=f"{state['history'][-1]['validation_loss']:.4f}")
                if checkpoint is not None:
                    checkpoints.save(
                        state | {"model": self.model.state_dict(),
                                 "optimizer": self.optimizer.state_dict(),
                                 "average": self.average and self.average.state_dict()},
                        checkpoint,
                    )
            bar.close()
            if state["best"] is not None:
                self.model.load_state_dict(state["best"])
        return FitResult(state["best_epoch"], state["epoch"], state["history"])

    def export_embedded(
        self, path: str | Path, quantization: str = "int8", target: str = "cortex-m4",
        classes: tuple[str, ...] = (),
    ) -> Path:
        """Write the network as a ``.lnn`` file; see :func:`lnnlab.training.embedded`."""
        return export_embedded(self, Path(path), quantization, target, classes)

    def predict(self, samples: Samples, batch_size: int = 512) -> np.ndarray:
        """Logits (window, class) of the model as it stands, without training."""
        return predict(self.model, samples, batch_size)

    def _start(self, checkpoint: Path | None, fingerprint: dict) -> dict:
        saved = checkpoints.load(checkpoint, fingerprint) if checkpoint is not None else None
        if saved is None:
            return {
                "fingerprint": fingerprint, "epoch": 0, "stale": 0, "best": None,
                "best_epoch": 0, "best_loss": math.inf, "history": [],
            }
        self.model.load_state_dict(saved.pop("model"))
        self.optimizer.load_state_dict(saved.pop("optimizer"))
        average = saved.pop("average")
        if self.average is not None:
            self.average.load_state_dict(average)
        return saved

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
        for number, first in enumerate(range(0, len(order), self.config.batch_size)):
            rows = order[first : first + self.config.batch_size]
            listed = ", ".join(str(row) for row in rows[:8]) + (" …" if len(rows) > 8 else "")
            self._where = f"epoch {epoch + 1}, batch {number + 1} (training windows {listed})"
            batch = varied(train.batch(rows), self.config, [epoch, number],
                           getattr(self.model, "spread", 1.0))
            total += len(rows) * self.train_step(batch, power, sparse)
        self._where = "train_step"
        kept = self.model if self.average is None else self.average.module
        logits = torch.from_numpy(predict(kept, validation))
        loss = float(nn.functional.cross_entropy(logits, torch.from_numpy(validation.y).long()))
        state["history"].append({"train_loss": total / len(train), "validation_loss": loss})
        state["epoch"] = epoch + 1
        state["stale"] += 1
        if loss < state["best_loss"] or self.config.keep == "last":
            state |= {"best_loss": loss, "best_epoch": epoch + 1, "stale": 0}
            state["best"] = copy.deepcopy(kept.state_dict())


def _liquid(config: TrainingConfig) -> nn.Module:
    options = {"units": config.hidden_dim, "layers": config.layers, "mixing": config.mixing,
               "pool": config.pool}
    name = SOLVER_MODELS[config.ode_solver]
    if name == "ltc":
        options["ode_solver"] = config.ode_solver
    return build(name, config.input_dim, config.output_dim, **options)
