"""Elapsed times in one shape, whatever shape the caller has them in."""

import torch
from torch import Tensor


def per_step(timespans: Tensor | float | None, x: Tensor) -> Tensor | None:
    """Elapsed time before each step, ready to multiply (batch, time, unit).

    Shapes decide, never sizes: a batch as large as the layer is no special case.

    Args:
        timespans: None (every step lasts 1), a number, (batch, time) or (batch, time, 1).
        x: the cell's input, (batch, time, feature).

    Returns:
        (batch, time, 1), or None for None.

    Raises:
        ValueError: the shape is none of these, or a time is negative or not a number.
    """
    if timespans is None:
        return None
    spans = torch.as_tensor(timespans, dtype=x.dtype, device=x.device)
    _refuse_negative(spans)
    batch, time = x.shape[:2]
    if spans.dim() == 0:
        return spans.expand(batch, time, 1)
    if spans.shape in ((batch, time), (batch, time, 1)):
        return spans.reshape(batch, time, 1)
    raise ValueError(
        f"timespans of shape {tuple(spans.shape)} for input {tuple(x.shape)}: "
        f"give a number, ({batch}, {time}) or ({batch}, {time}, 1)"
    )


def transformed() -> bool:
    """Whether a transform of ``torch.func`` is under way, such as ``vmap``.

    Inside one, values must not decide which way the code goes.
    """
    return torch._C._are_functorch_transforms_active()


def _refuse_negative(spans: Tensor) -> None:
    if not transformed() and not bool((spans >= 0).all()):
        wrong = spans[~(spans >= 0)].flatten()[0].item()
        raise ValueError(
            f"timespans hold {wrong:g}: time does not run backwards; give seconds since the sample "
            "before, 0 or more (0 pads a sequence)"
        )
