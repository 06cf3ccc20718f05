"""Several networks of one shape trained together: seeds, learning rates or folds as one stack.

Each gets the figures that it would get alone, up to the last bits: the same batches in the same
order, the same random numbers, its own rule of what is kept and when it stops.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from lnnlab.errors import UserError
from lnnlab.models.frames import by_frame
from lnnlab.models.stacking import drawn_by
from lnnlab.training import checkpoint as checkpoints
from lnnlab.training import progress
from lnnlab.training.device import moved, out_of_memory, repeatable
from lnnlab.training.feed import Feed, fits
from lnnlab.training.predictions import one_thread, predict
from lnnlab.training.samples import FitResult, Samples, Versions, taught
from lnnlab.training.stack import OWN, Draws, Stack, stackable
from lnnlab.training.stepping import set_rate
from lnnlab.training.trainer import LNNTrainer
from lnnlab.training.variation import varied

SAVED_EVERY_S = 10.0  # between checkpoints of a stack, which takes less than that for an epoch


@dataclass(frozen=True)
class Part:
    """One network of several that train together.

    Attributes:
        trainer: of the network.
        train, validation: what :meth:`LNNTrainer.fit` would be given.
        checkpoint: where its state is saved, as there, or None.
    """

    trainer: LNNTrainer
    train: Samples | Versions
    validation: Samples
    checkpoint: Path | None = None


def fit_together(
    parts: Sequence[Part], epochs: int = 30, patience: int = 10, bar: bool = False
) -> list[FitResult]:
    """Train networks that differ in seed, learning rate, weight decay or data, as one stack.

    Choose it on a GPU, which one small network leaves idle. On the CPU it pays where a step is
    mostly Python, as of eight networks of 8 units over 12 steps (1.6 times as fast); with 100 steps
    it is hardly faster, and :meth:`LNNTrainer.fit` gives the bits of records. Last bits grow from
    step to step, as after any change of rounding. Where batches of a step have unequal shapes, as
    the last ones of unequal folds, and where frames are left out, networks step one by one. If a
    GPU's memory does not hold the stack, they train one after the other.

    Args:
        parts: the networks; each keeps its own rule of stopping and of what is kept.
        epochs, patience: as of :meth:`LNNTrainer.fit`.
        bar: show one.

    Returns:
        How each training went.

    Raises:
        UserError: the networks cannot be stacked, or as :meth:`LNNTrainer.fit` does.
    """
    first = parts[0].trainer
    for each in parts:
        _refuse_unlike(first, each.trainer)
        if by_frame(each.train.y):
            raise UserError("windows with targets for every frame: their networks train one by one")
    with one_thread(), repeatable(first.config.device):
        going = [_Fit(each, epochs, patience) for each in parts]
        if all(fits(each.train, each.config) for each in going):
            known: dict = {}
            for each in going:
                each.feed = Feed(each.train, each.config, known)
        shown = tqdm(total=epochs, disable=not bar, desc="training", unit="epoch", leave=False)
        try:
            _train(going, shown)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            print(f"the memory does not hold {len(going)} networks at once; they train one by one")
            for each in going:
                each.alone()
        shown.close()
        return [each.result() for each in going]


def _refuse_unlike(one: LNNTrainer, other: LNNTrainer) -> None:
    if not stackable(other.model):
        raise UserError(f"{type(other.model).__name__} with its cells trains alone; stack networks "
                        "of LinearLTC or convolutions")
    ours, theirs = (each.config.as_dict() for each in (one, other))
    unlike = [name for name in {**ours, **theirs}
              if name not in OWN and ours.get(name) != theirs.get(name)]
    shapes = [[each.shape for each in trainer.model.state_dict().values()]
              for trainer in (one, other)]
    if unlike or shapes[0] != shapes[1]:
        raise UserError(f"networks of a stack differ in {', '.join(unlike) or 'shape'}; they may "
                        f"differ in {', '.join(OWN)} and in their data")


class _Fit:
    """One network's way through its epochs."""

    def __init__(self, part: Part, epochs: int, patience: int) -> None:
        self.part, self.trainer = part, part.trainer
        self.steps, self.config = part.trainer.steps, part.trainer.config
        self.asked = progress.Asked(epochs, patience)
        self.train = taught(part.train, self.config.teacher_weight)
        self.feed: Feed | None = None
        progress.check_held(len(part.validation), self.config.keep)
        self.held = part.validation.near(self.config.device)
        self.state = self.trainer.start(len(self.train), self.asked, part.checkpoint)
        self.draws = Draws(self.config.device)
        self.saved_s = time.monotonic()

    @property
    def goes_on(self) -> bool:
        """Whether an epoch is to come."""
        return self.asked.more(self.state)

    def begin(self) -> None:
        """An epoch's windows, in its order."""
        epoch, seed = self.state["epoch"], self.config.seed
        self.before = self.steps.snapshot()
        order = progress.order_of(seed, epoch, len(self.train))
        size = self.state["batch_size"]
        self.pieces = [order[k : k + size] for k in range(0, len(order), size)]
        self.losses: list[Tensor] = []
        self.draws.seed(progress.torch_seed(seed, epoch))
        set_rate(self.steps.optimizer, progress.rate_at(self.config, epoch, self.asked.epochs))
        random = progress.draws_of(seed, epoch)
        if self.feed is None:
            self.drawn = self.train.for_epoch(random).near(self.config.device)
            return
        with self.draws.usual():
            self.inputs = self.feed.epoch(self.pieces, random)

    def batch(self, number: int) -> tuple:
        """A batch of this epoch as it is varied, on the device; or what the feed says of it."""
        if self.feed is not None:
            return self.inputs[number]
        with self.draws.usual():
            batch = varied(
                moved(self.drawn.batch(self.pieces[number]), self.config.device), self.config,
                [self.state["epoch"], number], getattr(self.trainer.model, "spread", 1.0),
                self.draws.noise)
        self.trainer.recent.append(batch[0].detach())
        return batch

    def step(self, batch: tuple) -> None:
        """One step of this network alone."""
        self.steps.model.train()
        with drawn_by([self.draws.device]):
            if self.feed is None:
                self.losses.append(self.steps.step(batch))
                return
            spread = getattr(self.trainer.model, "spread", 1.0)
            self.losses.append(self.steps.step(
                self.feed.batch(batch, spread, self.draws.device)))

    def end(self, logits: np.ndarray | None) -> None:
        """Close the epoch; logits (window, class) of the validation windows, if at hand."""
        total = self.steps.total(self.state["epoch"], self.pieces, self.losses)
        kept, y = self.steps.kept, self.held.y
        logits = predict(kept, self.held) if logits is None else logits
        loss = progress.validation_loss(logits, y)
        progress.judged(self.state, self.config.keep, (total / len(self.train), loss), kept)

    def save(self) -> None:
        """The state, now and then and at the end."""
        due = not self.goes_on or time.monotonic() - self.saved_s > SAVED_EVERY_S
        if self.part.checkpoint is not None and due:
            checkpoints.save(self.state | self.steps.learned(), self.part.checkpoint)
            self.saved_s = time.monotonic()

    def alone(self) -> None:
        """Train by itself from the last whole epoch on."""
        self.steps.restore(self.before)
        del self.before
        while self.goes_on:
            self.trainer.fit_epoch(self.state, self.train, self.held, self.asked)
            self.save()

    def result(self) -> FitResult:
        """The kept weights put into the network, and how it went."""
        if self.feed is not None and self.state["epoch"]:
            self.trainer.recent.extend(
                self.feed.x[rows].float() for rows, *_ in self.inputs[-self.trainer.recent.maxlen:])
        return self.trainer.finish(self.state)


def _train(fits: Sequence[_Fit], shown: tqdm) -> None:
    """Epochs of all that go on, until none does."""
    while going := [each for each in fits if each.goes_on]:
        stack = Stack([each.steps for each in going], [each.draws for each in going])
        if all(each.feed is not None for each in going):
            stack.feed_from([each.feed for each in going])
        try:
            while all(each.goes_on for each in going):
                _epoch(going, stack)
                for each in going:
                    each.save()
                shown.update()
        finally:
            stack.loose()


def _epoch(members: Sequence[_Fit], stack: Stack) -> None:
    for each in members:
        each.begin()
    for number in range(max(len(each.pieces) for each in members)):
        here = [each for each in members if number < len(each.pieces)]
        batches = [each.batch(number) for each in here]
        shapes = {tuple(None if own is None else own.shape for own in batch) for batch in batches}
        timed = not stack.feeds and any(batch[2] is not None for batch in batches)
        if len(here) == len(members) and len(shapes) == 1 and not timed:
            wide = tuple(torch.stack(each) for each in zip(*batches, strict=True)
                         if each[0] is not None)
            for each, loss in zip(here, stack.advance(wide), strict=True):
                each.losses.append(loss)
        else:
            for each, batch in zip(here, batches, strict=True):
                each.step(batch)
    sizes = {len(each.held) for each in members}
    equal = len(sizes) == 1 and sizes != {0}
    timed = any(each.held.timespans is not None for each in members)
    logits = stack.predict([each.held for each in members]) if equal and not timed else [
        None] * len(members)
    for each, own in zip(members, logits, strict=True):
        each.end(own)
