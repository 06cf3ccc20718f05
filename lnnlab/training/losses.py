"""Losses: of wrong answers, and of what makes a network dear (work, density, steps).

The latter take the layers that ``model.trace`` reports: their weights and the inputs that the
batch gave them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lnnlab.models import Layer
from lnnlab.models.frames import FrameLoss, FrameTargets, frame_loss

if TYPE_CHECKING:
    from lnnlab.training.config import TrainingConfig

HALF_NEEDED = 8  # int8 steps that a state moves where its step counts half
INT8_STEPS = 127  # a value below 1/127 of the largest rounds to zero or one step in int8


def cross_entropy(logits: Tensor, y: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy with classes (batch,) or probabilities (batch, class), ``smoothing`` of the
    truth spread over all classes."""
    return nn.functional.cross_entropy(logits, y, label_smoothing=smoothing)


def distillation(logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """How far a student is from its teacher (Hinton et al. 2015): T² KL(teacher ‖ student).

    Args:
        logits: the student's, (batch, class).
        teacher: softmax of the teacher's logits over T, (batch, class).
        temperature: T; above 1 the wrong classes count for more. T² keeps the gradient's size.
    """
    student = nn.functional.log_softmax(logits / temperature, dim=1)
    divergence = nn.functional.kl_div(student, teacher, reduction="batchmean")
    return temperature**2 * divergence


def answer_loss(
    logits: Tensor, y: Tensor, smoothing: float, weight: float, temperature: float
) -> Tensor:
    """Cross-entropy with the truth and, where ``y`` holds one, distillation from a teacher.

    Args:
        logits: (batch, class).
        y: classes (batch,), probabilities (batch, class), or the truth's and the teacher's
            probabilities (batch, 2, class).
        smoothing: of the truth.
        weight: the teacher's share of the loss.
        temperature: of the teacher's probabilities.
    """
    if y.dim() < 3:
        return cross_entropy(logits, y, smoothing)
    truth, teacher = y.unbind(dim=1)
    taught = distillation(logits, teacher, temperature)
    return (1 - weight) * cross_entropy(logits, truth, smoothing) + weight * taught


def training_loss(
    model: nn.Module, batch: tuple[Tensor, Tensor | FrameTargets, Tensor | None],
    config: TrainingConfig, power: float, sparse: float, own: FrameLoss | None = None,
) -> tuple[Tensor, dict[str, float]]:
    """The loss of a step, and its parts by name; see :meth:`LNNTrainer.train_step`.

    Args:
        model: as a trainer has it.
        batch: x (batch, time, feature), y and timespans, on the model's device.
        config: weights of the answer's parts, and the price of a step.
        power, sparse: prices of the work per second and of density.
        own: of targets by frame, see :func:`lnnlab.models.frames.frame_loss`.
    """
    x, y, timespans = batch
    frames = isinstance(y, FrameTargets)
    name = "squared_error" if frames and not y.classes else "cross_entropy"
    name = "own_loss" if frames and own is not None else name

    def answer(logits: Tensor) -> Tensor:
        if frames:
            return frame_loss(logits, y, config.label_smoothing, own)
        return answer_loss(logits, y, config.label_smoothing, config.teacher_weight,
                           config.temperature)

    if not (power or sparse or config.complexity_penalty):
        loss = answer((model.stream if frames else model)(x, timespans))
        return loss, {name: float(loss.detach())}
    logits, layers = model.trace(x, timespans)
    logits = model.stream(x, timespans) if frames else logits
    _, dense = expected_work(layers)
    per_frame = 1.0 if timespans is None else float(timespans.mean())
    rate_hz = config.frame_rate_hz / per_frame  # frames left out are not computed
    work = work_per_second(layers, rate_hz) / (config.frame_rate_hz * dense)
    parts = {
        name: (1.0, answer(logits)), "power": (power, work),
        "sparsity": (sparse, sparsity(layers)),
        "steps": (config.complexity_penalty, needed_steps(layers)),
    }
    terms = {name: float(part.detach()) for name, (_, part) in parts.items()}
    return sum(weight * part for weight, part in parts.values() if weight), terms


def mixed_up(x: Tensor, y: Tensor, classes: int, alpha: float) -> tuple[Tensor, Tensor]:
    """Windows and their classes mixed in pairs (Zhang et al. 2018, "mixup").

    Args:
        x: (batch, time, feature); y: classes (batch,), or the truth's and a teacher's
            probabilities (batch, 2, class).
        classes: how many there are.
        alpha: of the Beta(α, α) that gives each pair's shares.

    Returns:
        mixed windows, and probabilities (batch, class) or (batch, 2, class).
    """
    share = torch.distributions.Beta(alpha, alpha).sample((len(x),)).to(x.device)
    other = torch.randperm(len(x)).to(x.device)  # drawn on the CPU: the same on every device
    truth = nn.functional.one_hot(y, classes).float() if y.dim() == 1 else y
    wide = share[:, None, None]
    own = wide if truth.dim() == 3 else share[:, None]
    return wide * x + (1 - wide) * x[other], own * truth + (1 - own) * truth[other]


def expected_work(layers: Sequence[Layer]) -> tuple[Tensor, float]:
    """Multiply-accumulates per step that remain when int8 zeros are skipped.

    A product w·a costs nothing where either factor is zero in int8. Whether v is zero is made
    differentiable as v² / (v² + ε²) with ε one int8 step of its tensor, max|v| / 127.

    Returns:
        The expected number of multiply-accumulates per step (a scalar with a gradient), and the
        number without any zero.
    """
    expected = torch.zeros(())
    dense = 0.0
    for layer in layers:
        weight = layer.weight.flatten(1)  # (output, input)
        kept = _nonzero(weight)
        active = _nonzero(layer.inputs).mean()
        expected = expected + layer.calls_per_step * kept.sum() * active
        dense += layer.calls_per_step * weight.numel()
    return expected, dense


def work_per_second(layers: Sequence[Layer], frame_rate_hz: float) -> Tensor:
    """Expected multiply-accumulates per second of signal; differentiable."""
    return frame_rate_hz * expected_work(layers)[0]


def sparsity(layers: Sequence[Layer]) -> Tensor:
    """Mean absolute weight plus mean absolute activation: the L1 that pulls both to zero.

    The network's own input is left out: training cannot change it.
    """
    weights = torch.stack([layer.weight.abs().mean() for layer in layers]).mean()
    inner = [layer.inputs.abs().mean() for layer in layers[1:]]
    return weights + torch.stack(inner).mean() if inner else weights


def needed_steps(layers: Sequence[Layer]) -> Tensor:
    """Share of the steps that could not be left out, 0 to 1: what ``complexity_penalty`` prices.

    A step is needed where the inner activations move, as a delta gate would have it. With m their
    mean absolute change from the step before, in int8 steps of their tensor, a step counts
    m / (m + 8): half where they move by 8 of 127. So wide a crossover leaves a gradient to steps
    that move much. Layers are averaged; the network's own input is left out, as training cannot
    change it.
    """
    shares = []
    for layer in layers[1:]:
        if layer.inputs.dim() == 3 and layer.inputs.shape[1] > 1:
            moved = layer.inputs.diff(dim=1).abs().mean(dim=2)  # (batch, time − 1)
            shares.append((moved / (moved + HALF_NEEDED * _int8_step(layer.inputs))).mean())
    return torch.stack(shares).mean() if shares else torch.zeros(())


def _nonzero(values: Tensor) -> Tensor:
    squared = values.square()
    return squared / (squared + _int8_step(values).square())


def _int8_step(values: Tensor) -> Tensor:
    return values.detach().abs().max().clamp_min(1e-12) / INT8_STEPS
