"""Where a network trains: the CPU, or a GPU where there is one.

A training gives the same bits again on the same device, but other last bits on another: results
say which one it was. (``tests/bench_gpu.py`` tries it: on an H200 the depthwise CNN for keywords
alone differed from run to run.)
"""

import contextlib
import itertools
import os
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lnnlab.errors import UserError
from lnnlab.models.frames import FrameTargets

AUTO, CPU, CUDA, MPS = "auto", "cpu", "cuda", "mps"
DEVICES = (AUTO, CPU, CUDA, MPS)


def resolved(name: str) -> str:
    """The device that a name stands for on this machine.

    Args:
        name: ``"auto"`` takes CUDA, then MPS (Apple), else the CPU; or one of them by name,
            ``"cuda:1"`` the second card.

    Raises:
        UserError: the name is unknown, or there is no such device here.
    """
    kind, _, number = str(name).partition(":")
    if kind not in DEVICES or (number and (kind != CUDA or not number.isdigit())):
        raise UserError(f"unknown device '{name}': choose one of {', '.join(DEVICES)}; 'cuda:1' is "
                        "the second card")
    cards, apple = torch.cuda.device_count(), torch.backends.mps.is_available()
    if kind == AUTO:
        return CUDA if cards else MPS if apple else CPU
    if kind == MPS and not apple:
        raise UserError(f"device '{name}': this machine or this torch has no MPS; choose 'auto'")
    if kind == CUDA and not cards:
        why = "no card is found" if torch.version.cuda else "this torch is built without CUDA"
        raise UserError(f"device '{name}': {why}; choose 'auto' or 'cpu'")
    if number and int(number) >= cards:
        raise UserError(f"device '{name}': this machine has {cards} card(s), numbered from 0")
    return name


def kind_of_device(name: str) -> str:
    """``"cpu"``, ``"cuda"`` or ``"mps"``: what names a run, whichever card it is."""
    return name.partition(":")[0]


def described(name: str) -> str:
    """A device for people, with the name of the card, such as ``"cuda (NVIDIA H200)"``."""
    kind = kind_of_device(name)
    if kind != CUDA or not torch.cuda.is_available():
        return kind
    return f"{kind} ({torch.cuda.get_device_name(name)})"


def device_of(model: nn.Module) -> torch.device:
    """Where a model's weights are."""
    held = next(itertools.chain(model.parameters(), model.buffers()), None)
    return torch.device(CPU) if held is None else held.device


def moved(batch: tuple[Tensor | None, ...], device: torch.device | str) -> tuple:
    """A batch's tensors on a device; None stays None."""
    return tuple(
        FrameTargets(each.truth.to(device)) if isinstance(each, FrameTargets)
        else each if each is None else each.to(device) for each in batch)


@contextlib.contextmanager
def repeatable(device: str) -> Iterator[None]:
    """Inside, a training on CUDA computes in full float32 and takes no algorithm whose bits vary
    from run to run; the CPU does so anyway, and of MPS nothing is promised."""
    if device.partition(":")[0] != CUDA:
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # of a process's first product
    cudnn = torch.backends.cudnn
    before = cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32
    strict = torch.are_deterministic_algorithms_enabled()
    lenient = torch.is_deterministic_algorithms_warn_only_enabled()
    filled = torch.utils.deterministic.fill_uninitialized_memory
    cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32 = False, True, False
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    try:
        yield
    finally:
        cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32 = before
        torch.use_deterministic_algorithms(strict, warn_only=lenient)
        torch.utils.deterministic.fill_uninitialized_memory = filled


def out_of_memory(error: RuntimeError) -> bool:
    """Whether an error says that a GPU's memory is full."""
    return isinstance(error, torch.cuda.OutOfMemoryError) or "out of memory" in str(error)


def halved(size: int) -> int:
    """Half a batch that did not fit; what the GPU's cache holds is given back.

    Raises:
        UserError: it was one window.
    """
    if size <= 1:
        raise UserError("the GPU's memory does not hold one window's training; choose a smaller "
                        "network, shorter windows, or device 'cpu'")
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return size // 2
