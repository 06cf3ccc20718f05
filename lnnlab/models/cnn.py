"""One-dimensional MobileNet-style networks: the convolutional baselines.

Depthwise-separable blocks as in Howard et al. 2017, "MobileNets", with convolutions along time:
a depthwise convolution (one filter per channel), then a pointwise one, each with batch
normalisation and ReLU. On a microcontroller the normalisation folds into the weights.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from lnnlab.models.classifier import Classifier, Layer

SHORTEST = 4  # steps; a sequence is not halved below this


@dataclass(frozen=True)
class Shape:
    """Sizes of a network.

    Attributes:
        stem, stem_taps: channels and taps of the first convolution.
        taps: of the depthwise convolutions.
        widths: channels of each block.
        strides: of the stem and each block; none: the sequence's length decides.
    """

    stem: int
    stem_taps: int
    taps: int
    widths: tuple[int, ...]
    strides: tuple[int, ...] = ()


class CNN(Classifier):
    """Choose it as the accuracy to beat on raw windows; it needs the whole window at once.

    Args:
        input_size: channels of the signal (or features per step).
        classes: number of classes.
        steps: length of the sequences it will see; decides how often time is halved.
        shape: its sizes.
        channels: of the stem, then of each block, where they differ from the shape's; pruning
            gives them.
    """

    def __init__(
        self, input_size: int, classes: int, steps: int, shape: Shape,
        channels: list[int] | None = None,
    ) -> None:
        super().__init__(input_size)
        stem, *widths = channels or (shape.stem, *shape.widths)
        first, *strides = shape.strides or _strides(steps, len(widths))
        convolutions = [_convolution(input_size, stem, shape.stem_taps, first)]
        before = stem
        for width, stride in zip(widths, strides, strict=True):
            convolutions += [
                _convolution(before, before, shape.taps, stride, groups=before),
                _convolution(before, width, 1),
            ]
            before = width
        self.convolutions = nn.ModuleList(convolutions)
        self.readout = nn.Linear(before, classes)

    def trace(
        self, x: Tensor, timespans: Tensor | None = None, layers: bool = True
    ) -> tuple[Tensor, list[Layer]]:
        """See :meth:`Classifier.trace`; ``timespans`` mean nothing to a convolution."""
        found = []
        steps = x.shape[1]
        x = self.standardised(x).transpose(1, 2)  # (batch, channel, time)
        for number, block in enumerate(self.convolutions):
            seen, x = x, block(x)
            if layers:
                calls = x.shape[2] / steps
                found.append(
                    Layer(f"convolution{number}", block[0].weight, seen.transpose(1, 2), calls)
                )
        pooled = x.mean(dim=2)  # (batch, channel)
        if layers:
            found.append(Layer("readout", self.readout.weight, pooled, 1.0 / steps))
        return self.readout(pooled), found


def _strides(steps: int, blocks: int) -> list[int]:
    """Strides of the stem and the blocks for sequences of that length."""
    first, steps = _halved(steps)
    second, steps = _halved(steps)  # the stem halves twice: raw samples are many
    strides = [first * second]
    for _ in range(blocks):
        stride, steps = _halved(steps)
        strides.append(stride)
    return strides


def _halved(steps: int) -> tuple[int, int]:
    """The stride that suits a length, and the length after it."""
    return (2, (steps + 1) // 2) if steps >= 2 * SHORTEST else (1, steps)


def _convolution(
    inputs: int, outputs: int, taps: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, taps, stride, padding=taps // 2, groups=groups, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
    )
