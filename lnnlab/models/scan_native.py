"""The scan of LinearLTC in C for the CPU, in float32: built by zig when it is first needed.

Called as :mod:`lnnlab.models.scan_loop` is; the C is ``scan.c`` beside this file. One thread: a
training holds torch to one anyway.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lnnlab.compiling import HARDEST, STRICT, compiled, zig
from lnnlab.errors import UserError

if TYPE_CHECKING:
    from lnnlab.models.scan import Rows

SOURCE = Path(__file__).with_name("scan.c")
FLAGS = (*STRICT, "-pedantic", *HARDEST, "-ffp-contract=off", "-shared", "-fPIC", "-nostdlib")
# what torch found the processor to have → the compiler's flags; other processors get their baseline
INSTRUCTIONS = {
    "AVX2": ("-mcpu=x86_64_v3",), "AVX512": ("-mcpu=x86_64_v4", "-mprefer-vector-width=512"),
}


class _Shape(ctypes.Structure):
    """``Shape`` of the C."""

    _fields_ = [(name, ctypes.c_int64) for name in (
        "time", "batch", "units", "time_rows", "batch_rows", "time_grad", "batch_grad", "absolute")]


@functools.cache
def library() -> ctypes.CDLL | None:
    """The C, built and loaded; None, with a warning, where it does not build and the loop must do.

    It is named in the cache by its flags, so that machines of different processors can share one.
    """
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    found = INSTRUCTIONS.get(torch.backends.cpu.get_cpu_capability(), ()) if x86 else ()
    try:
        command = [*zig(), *FLAGS, *found, str(SOURCE)]
        return ctypes.CDLL(str(compiled(command, ".so", [SOURCE])))
    except (UserError, OSError) as error:
        warnings.warn(f"LinearLTC trains by its loop, some times slower: {error}", stacklevel=2)
        return None


def forward(
    rows: Rows, pre: Tensor, initial: Tensor, spans: Tensor | None, absolute: bool
) -> tuple[Tensor, tuple[Tensor | None, ...]]:
    """See :func:`lnnlab.models.scan_loop.forward`."""
    sequence = pre.new_empty(len(pre), pre.shape[1] // 2)
    timed = None if spans is None else torch.empty_like(pre)
    library().lnnlab_scan_forward(
        _shape(rows, sequence, (0, 0), absolute),
        *map(_address, (pre, initial, spans, timed, sequence)))
    return sequence, (pre, timed)


def backward(
    rows: Rows, grad: Tensor, state: tuple, absolute: bool, timed: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    """See :func:`lnnlab.models.scan_loop.backward`."""
    initial, _, sequence, (pre, rates) = state
    grad = grad if grad.stride(2) == 1 else grad.contiguous()
    pre_grad, initial_grad = torch.empty_like(pre), torch.zeros_like(initial)
    spans_grad = pre.new_empty(len(pre)) if timed else None
    library().lnnlab_scan_backward(
        _shape(rows, sequence, grad.stride()[:2], absolute),
        *map(_address, (pre, initial, rates, sequence, grad, pre_grad, initial_grad, spans_grad)))
    return pre_grad, initial_grad, spans_grad


def _shape(rows: Rows, sequence: Tensor, grad: tuple[int, int], absolute: bool):
    return ctypes.byref(_Shape(
        rows.time, rows.batch, sequence.shape[1], *rows.strides, *grad, absolute))


def _address(x: Tensor | None) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if x is None else x.data_ptr())
