"""The training loop: one step, a whole fit, checkpoints on the way."""

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from lnnlab.data.chunks import large, let_go
from lnnlab.models import build
from lnnlab.models.frames import FrameLoss
from lnnlab.training import checkpoint as checkpoints
from lnnlab.training import progress
from lnnlab.training.config import TrainingConfig
from lnnlab.training.device import described, halved, moved, out_of_memory, repeatable, resolved
from lnnlab.training.embedded import export_embedded
from lnnlab.training.feed import Feed, fits
from lnnlab.training.predictions import one_thread, predict
from lnnlab.training.progress import Asked, check_held
from lnnlab.training.samples import FitResult, OnDevice, Samples, Versions, taught
from lnnlab.training.stepping import LEARNED, Steps, set_rate
from lnnlab.training.variation import varied

LET_GO_EVERY = 16  # batches whose windows, where they lie in a file, memory may keep
RECENT_BATCHES = 8  # that export may calibrate on
WHERE = "train_step"  # of a loss that is not finite, outside of fit


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
        self.steps = Steps(self.model, self.config, own_loss=own_loss)
        self.recent: deque[Tensor] = deque(maxlen=RECENT_BATCHES)  # inputs (batch, time, feature)

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
        batch = moved((*batch, None)[:3], self.config.device)
        self.recent.append(batch[0].detach())
        return self.steps.checked(
            self.steps.advance(batch, lambda_power, lambda_sparse, WHERE), WHERE)

    @property
    def terms(self) -> dict[str, float]:
        """The parts of the last step's loss."""
        return self.steps.named_terms()

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
        are kept, or of the last where the config says so, which needs no validation windows. With
        ``checkpoint``, the state is saved after each epoch; a second call with the same arguments
        goes on there and ends with the same bits. torch is held to one thread, whose number changes
        the last bits. Where a GPU's memory does not hold a batch, the batch is halved, and the
        epoch starts again.

        ``on_epoch`` is called after each epoch, its checkpoint saved, with its number from 1 and
        its ``train_loss`` and ``validation_loss``; what it raises ends the training there.

        Raises:
            UserError: the loss is not finite (names epoch, batch and windows), the checkpoint
                belongs to another run or device, a teacher is asked and not given, there is nothing
                to choose the best epoch by, or a GPU's memory does not hold one window.
        """
        asked = Asked(epochs, patience, lambda_power, lambda_sparse)
        check_held(len(validation), self.config.keep)
        train = taught(train, self.config.teacher_weight)
        with one_thread(), repeatable(self.config.device):
            state = self.start(len(train), asked, checkpoint)
            validation = validation.near(self.config.device)
            if fits(train, self.config) and not self._priced(asked):
                train = Feed(train, self.config)
                self.steps.feed_from(train)
            bar = tqdm(total=epochs, initial=state["epoch"], disable=not progress,
                       desc="training", unit="epoch", leave=False)
            while asked.more(state):
                self.fit_epoch(state, train, validation, asked)
                bar.update()
                bar.set_postfix(validation=f"{state['history'][-1]['validation_loss']:.4f}")
                if checkpoint is not None:
                    checkpoints.save(state | self.steps.learned(), checkpoint)
                if on_epoch is not None:
                    on_epoch(state["epoch"], state["history"][-1])
            bar.close()
            self.steps.feed_from(None)
        return self.finish(state)

    def start(self, windows: int, asked: Asked, checkpoint: Path | None = None) -> dict:
        """The state of a fit, taken up from its checkpoint where there is one.

        Args:
            windows: how many it trains on.
        """
        fingerprint = self.config.as_dict() | {
            "kind": self.config.model, **asdict(asked), "windows": windows,
            "model": type(self.model).__name__,
        }
        saved = checkpoints.load(checkpoint, fingerprint) if checkpoint is not None else None
        state = progress.fresh(fingerprint, self.config.batch_size)
        if saved is None:
            return state
        self.steps.take({name: saved.pop(name) for name in LEARNED})
        return state | saved

    def finish(self, state: dict) -> FitResult:
        """Put the kept weights into the network; how the fit went."""
        best = progress.copied(self.steps.kept) if self.config.keep == "last" else state["best"]
        if best is not None and state["epoch"]:
            self.model.load_state_dict(best)
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

    def fit_epoch(self, state: dict, *given: object) -> None:
        """One epoch of :meth:`fit`, in batches that the memory holds.

        Args:
            state: of :meth:`start`, changed in place.
            given: windows of training and of validation, and what is asked.
        """
        before = self.steps.snapshot()
        while True:
            try:
                return self._epoch(state, *given)
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
            self.steps.forget()  # outside: the error held the tensors
            self.recent.clear()
            size = state["batch_size"]
            state["batch_size"] = halved(size)
            print(f"epoch {state['epoch'] + 1}: the memory of {described(self.config.device)} does "
                  f"not hold a batch of {size}; on with {state['batch_size']}")
            self.steps.restore(before)

    def _epoch(
        self, state: dict, train: Samples | Versions, validation: Samples | OnDevice, asked: Asked
    ) -> None:
        """One pass over the training windows; everything random comes from (seed, epoch)."""
        epoch, seed = state["epoch"], self.config.seed
        order = progress.order_of(seed, epoch, len(train))
        torch.manual_seed(progress.torch_seed(seed, epoch))
        set_rate(self.steps.optimizer, progress.rate_at(self.config, epoch, asked.epochs))
        pieces = [order[k : k + state["batch_size"]]
                  for k in range(0, len(order), state["batch_size"])]
        steps = self._fed if isinstance(train, Feed) else self._steps
        losses = steps(epoch, pieces, train, asked)
        total = self.steps.total(epoch, pieces, losses)
        kept = self.steps.kept
        loss = progress.validation_loss(
            predict(kept, validation), validation.y, self.steps.own_loss)
        progress.judged(state, self.config.keep, (total / len(train), loss), kept)

    def _steps(
        self, epoch: int, pieces: list[np.ndarray], train: Samples | Versions, asked: Asked
    ) -> list[Tensor]:
        """The losses of an epoch's batches, each varied here."""
        drawn = train.for_epoch(progress.draws_of(self.config.seed, epoch)).near(self.config.device)
        losses = []
        for number, rows in enumerate(pieces):
            batch = varied(moved(drawn.batch(rows), self.config.device), self.config,
                           [epoch, number], getattr(self.model, "spread", 1.0))
            self.recent.append(batch[0].detach())
            losses.append(self.steps.advance(
                batch, asked.lambda_power, asked.lambda_sparse,
                progress.where(epoch, number, rows)))
            if number % LET_GO_EVERY == 0 and large(train.x):
                let_go(train.x)
        return losses

    def _fed(
        self, epoch: int, pieces: list[np.ndarray], feed: Feed, asked: Asked
    ) -> list[Tensor]:
        """The same, of batches that each step takes on the device."""
        inputs = feed.epoch(pieces, progress.draws_of(self.config.seed, epoch))
        losses = [self.steps.fed(each) for each in inputs]
        self.recent.extend(feed.x[rows].float() for rows, *_ in inputs[-RECENT_BATCHES:])
        return losses

    def _priced(self, asked: Asked) -> bool:
        return bool(asked.lambda_power or asked.lambda_sparse or self.config.complexity_penalty)
