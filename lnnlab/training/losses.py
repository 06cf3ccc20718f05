"""Losses: of wrong answers, and of what makes a network dear (work, density, change of state).

The latter take the layers that ``model.trace`` reports: their weights and the inputs that the
batch gave them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lnnlab.models import Layer

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
    share = torch.distributions.Beta(alpha, alpha).sample((len(x),))
    other = torch.randperm(len(x))
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


def state_change(layers: Sequence[Layer]) -> Tensor:
    """Mean absolute change of the inner activations from step to step.

    A state that moves little can be stepped rarely; this is what ``complexity_penalty`` prices.
    """
    changes = [
        (layer.inputs[:, 1:] - layer.inputs[:, :-1]).abs().mean()
        for layer in layers[1:]
        if layer.inputs.dim() == 3 and layer.inputs.shape[1] > 1
    ]
    return torch.stack(changes).mean() if changes else torch.zeros(())


def _nonzero(values: Tensor) -> Tensor:
    step = values.detach().abs().max().clamp_min(1e-12) / INT8_STEPS
    squared = values.square()
    return squared / (squared + step.square())
