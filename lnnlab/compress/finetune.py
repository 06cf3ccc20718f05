"""Fine-tuning with int8 in the loop: for networks that pruning or rounding has hurt.

The forward pass sees what the target computes with: weights in int8 rows, the input, what passes
from layer to layer and the pooled vector in int8 steps. The backward pass takes the rounding for
the identity (the straight-through estimator of Bengio et al. 2013). What a recurrent layer feeds
back to itself stays float here, as the states of the target have 16 bits.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from lnnlab.compress.calibrate import Ranges, best_scale, calibrate
from lnnlab.compress.cells import output_step
from lnnlab.compress.quantise import input_step, integer_answers, quantise
from lnnlab.errors import UserError
from lnnlab.features import extract
from lnnlab.models import CNN, Classifier, KeywordClassifier, SequenceClassifier
from lnnlab.models.cell import Cell
from lnnlab.models.frames import by_frame, frame_loss, frame_targets
from lnnlab.models.saved import SavedModel

LEVELS = 127


@dataclass(frozen=True)
class FineTuning:
    """How a network is tuned: by AdamW, under a cosine.

    Attributes:
        epochs: over all windows; none: no tuning.
        learning_rate: at the start.
        batch_size: windows a step.
        seed: of the order of the windows.
        input_noise, noise_unit, label_smoothing: as in :class:`lnnlab.training.TrainingConfig`.
            Choose those of the training where it rests on them: without, even a few epochs unlearn
            what it took to carry over to other recordings.
    """

    epochs: int = 10
    learning_rate: float = 1e-3
    batch_size: int = 64
    seed: int = 0
    input_noise: float = 0.0
    noise_unit: str = "spread"
    label_smoothing: float = 0.0


def finetune(
    saved: SavedModel, x: np.ndarray, y: np.ndarray, how: FineTuning = FineTuning()
) -> SavedModel:
    """The network after the epoch of int8 training that its check windows like best, or before any.

    Choose it after pruning, or where int8 costs accuracy by itself; it is of no use where int8
    costs nothing.

    Args:
        saved: the network; its ``check_x`` and ``check_y`` judge both integer networks, by
            cross-entropy.
        x: training windows in the sensor's unit, (window, time, channel); y: classes (window,),
            or targets of every frame as in :class:`lnnlab.training.Samples`.
        how: for how long, and how fast.

    Returns:
        The network tuned so far at its best epoch, or the given one where tuning did not help.

    Raises:
        UserError: the network has no integer form.
    """
    if how.epochs == 0:
        return saved
    best, least = saved, _integer_loss(saved)
    ranges = calibrate(saved)
    network = copy.deepcopy(saved.network)
    step = input_step(saved, ranges)
    features = torch.from_numpy(extract(x, saved.features).copy())
    noise = how.input_noise * (network.spread if how.noise_unit == "spread" else 1.0)
    truth = np.asarray(y)
    optimizer = torch.optim.AdamW(network.parameters(), lr=how.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, how.epochs)
    random = torch.Generator().manual_seed(how.seed)
    for _ in range(how.epochs):
        network.train()
        with _rounded_outputs(network, ranges):
            for rows in torch.randperm(len(truth), generator=random).split(how.batch_size):
                optimizer.zero_grad()
                given = features[rows]
                if how.input_noise:
                    given = given + noise * torch.randn(given.shape, generator=random)
                with _rounded_weights(network):
                    _loss(network, _rounded_features(network, given, step), truth[rows.numpy()],
                          how.label_smoothing).backward()
                optimizer.step()
        schedule.step()
        tuned = replace(saved, network=copy.deepcopy(network).eval())
        try:
            loss = _integer_loss(tuned)
        except UserError:  # this epoch's weights have no integer form; others may
            continue
        if loss < least:
            best, least = tuned, loss
    return best


def _integer_loss(saved: SavedModel) -> float:
    """Cross-entropy of the integer network on the check windows; of values squared error."""
    said = torch.from_numpy(integer_answers(saved, quantise(saved), saved.check_x))
    return float(_apart(said, saved.check_y))


def _loss(network: Classifier, x: Tensor, truth: np.ndarray, smoothing: float) -> Tensor:
    return _apart((network.stream if by_frame(truth) else network)(x), truth, smoothing)


def _apart(said: Tensor, truth: np.ndarray, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy with classes of windows or frames, squared error with values."""
    if by_frame(truth):
        return frame_loss(said, frame_targets(truth), smoothing)
    return nn.functional.cross_entropy(
        said, torch.from_numpy(truth).long(), label_smoothing=smoothing)


def _rounded(x: Tensor, step: float) -> Tensor:
    """x in int8 steps; the gradient passes where the int8 did not saturate."""
    clamped = x.clamp(-LEVELS * step, LEVELS * step)
    return clamped + ((clamped / step).round() * step - clamped).detach()


def _rounded_features(network: Classifier, features: Tensor, step: float) -> Tensor:
    """Features that standardise to int8 steps of ``step``."""
    return _rounded(network.standardised(features), step) / network.scale + network.offset


@contextmanager
def _rounded_weights(network: nn.Module) -> Iterator[None]:
    """Inside, each row of every matrix stands in int8 steps; gradients go to the float weights."""
    kept = [(each, each.detach().clone()) for each in network.parameters() if each.dim() > 1]
    with torch.no_grad():
        for parameter, weight in kept:
            step = weight.flatten(1).abs().amax(dim=1).clamp_min(1e-12) / LEVELS
            step = step.view(-1, *[1] * (weight.dim() - 1))
            parameter.copy_((weight / step).round() * step)
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, weight in kept:
                parameter.copy_(weight)


@contextmanager
def _rounded_outputs(network: Classifier, ranges: Ranges) -> Iterator[None]:
    """Inside, layers give their outputs, and the pool its vector, in int8 steps."""
    pooled = best_scale(ranges.pooled)
    handles = [network.readout.register_forward_pre_hook(lambda _, x: (_rounded(x[0], pooled),))]
    for module, outputs in zip(_layers(network), ranges.outputs, strict=True):
        if not _pooled_state(network, module):
            step = output_step(module, outputs) if isinstance(module, Cell) else (
                best_scale(outputs)
            )
            handles.append(module.register_forward_hook(_hook(step)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _pooled_state(network: Classifier, module: nn.Module) -> bool:
    """Whether the target pools the int16 state of this layer, not its int8."""
    return isinstance(network, SequenceClassifier) and module is network.cells[-1]


def _layers(network: Classifier) -> list[nn.Module]:
    """The modules whose outputs ``Ranges.outputs`` lists.

    Of the stem and the convolutions of a keyword network the last module of each, its ReLU: the
    network takes the first ones' weights and never calls them, nor the whole.
    """
    if isinstance(network, CNN):
        return list(network.convolutions)
    if isinstance(network, KeywordClassifier):
        pairs = zip((each[-1] for each in network.mixers), network.sums, strict=True)
        return [network.stem[-1], *(module for pair in pairs for module in pair)]
    mixers = [*network.mixers, *[None] * len(network.cells)]
    pairs = zip(network.cells, mixers, strict=False)
    return [module for pair in pairs for module in pair if module is not None]


def _hook(step: float) -> Callable:
    def rounded(_: nn.Module, __: tuple, output: Tensor | tuple) -> Tensor | tuple:
        if isinstance(output, tuple):  # of a cell: (sequence, state)
            return _rounded(output[0], step), output[1]
        return _rounded(output, step)

    return rounded
