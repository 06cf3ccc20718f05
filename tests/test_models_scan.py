"""The fused scans of LinearLTC against the loop: the C here, Triton in its interpreter or on CUDA.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import scan_cases
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from lnnlab.errors import UserError
from lnnlab.models import scan, scan_loop, scan_native
from lnnlab.models.linear_ltc import LinearLTC

CLOSE = 1e-6
OPTIONS = pytest.mark.parametrize("options", scan_cases.OPTIONS, ids=str)
SHAPES = pytest.mark.parametrize("shape", scan_cases.SHAPES, ids=str)


def test_the_c_builds_and_computes_float32_alone():
    assert scan_native.library() is not None
    assert scan.backend_for(torch.zeros(1)) is scan_native
    assert scan.backend_for(torch.zeros(1).double()) is scan_loop
    assert scan.backend_for(torch.zeros(1, device="meta")) is scan_loop


def test_a_tensor_without_memory_of_its_own_never_reaches_the_c():
    with FakeTensorMode():
        output, state = LinearLTC(3, 7)(torch.randn(2, 5, 3))
    assert (output.shape, state.shape) == ((2, 5, 7), (2, 7))


@pytest.mark.parametrize("state", [
    torch.zeros(1, 7), torch.zeros(3, 7), torch.zeros(2, 6), torch.zeros(7),
    torch.zeros(2, 7, device="meta"),
], ids=lambda state: f"{tuple(state.shape)} {state.device}")
def test_a_state_of_other_shape_or_place_is_refused(state):
    with pytest.raises(ValueError, match=r"state of shape .* give \(2, 7\)"):
        LinearLTC(3, 7)(torch.randn(2, 5, 3), state)


@SHAPES
@OPTIONS
def test_the_c_equals_the_loop(shape, options):
    assert scan_cases.difference(scan_native, shape, options) < CLOSE


def test_a_step_without_time_keeps_the_state_to_the_bit():
    torch.manual_seed(0)
    cell = LinearLTC(3, 19)
    x, state = torch.randn(4, 6, 3), torch.randn(4, 19)
    sequence, _ = cell(x, state, 0.0)
    assert torch.equal(sequence, state[:, None].expand(4, 6, 19))


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4, 1e30])
def test_the_cs_gates_are_right_wherever_they_saturate(scale):
    pre = scale * torch.linspace(-1, 1, 4098).reshape(3, 2 * 683)
    z, a = pre.double().chunk(2, dim=1)
    sequence, (gates, _) = scan_native.forward(
        scan.Rows(1, 3, False), pre.clone(), torch.zeros(3, 683), None, False)
    k, g = torch.sigmoid(-z), torch.tanh(a)
    torch.testing.assert_close(gates.double(), torch.cat([k, g], dim=1), rtol=0, atol=2e-7)
    torch.testing.assert_close(sequence.double(), (1 - k) * g, rtol=0, atol=4e-7)


def test_what_is_no_number_stays_none():
    cell = LinearLTC(1, 20)
    out, _ = cell(torch.tensor([[[0.0], [float("nan")], [0.0]]]))
    assert torch.isfinite(out[:, 0]).all() and torch.isnan(out[:, 1:]).all()


def test_equal_input_gives_equal_bits_in_any_memory():
    torch.manual_seed(0)
    cell = LinearLTC(4, 21)
    x = torch.randn(7, 30, 4)
    first = cell(x)[0]
    for shift in range(1, 5):  # other alignments of the same values
        moved = torch.empty(x.numel() + shift)[shift:].view_as(x).copy_(x)
        assert torch.equal(cell(moved)[0], first)


def test_a_gradient_that_is_no_block_of_memory_is_taken_as_it_is():
    torch.manual_seed(0)
    cell, x = LinearLTC(4, 5), torch.randn(3, 8, 4)
    found = []
    for backend in (scan_native, scan_loop):
        with scan.using(backend):
            sequence, _ = cell(x)
        loss = sequence.mean(dim=1).square().sum() + sequence.flip(2).cumsum(1)[:, :, ::2].sum()
        found.append(torch.autograd.grad(loss, list(cell.parameters())))
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-5)


def test_where_nothing_builds_the_loop_computes(monkeypatch):
    def refused(*_):
        raise UserError("no compiler")

    torch.manual_seed(0)
    cell, x = LinearLTC(4, 5), torch.randn(3, 8, 4)
    built = cell(x)[0]
    monkeypatch.setattr(scan_native, "compiled", refused)
    scan_native.library.cache_clear()
    try:
        with pytest.warns(UserWarning, match="by its loop, some times slower: no compiler"):
            assert scan.backend_for(x) is scan_loop
        torch.testing.assert_close(cell(x)[0], built, rtol=0, atol=CLOSE)
    finally:
        scan_native.library.cache_clear()


def test_under_autocast_it_computes_in_the_type_of_its_weights():
    torch.manual_seed(0)
    cell, x = LinearLTC(4, 5), torch.randn(3, 8, 4)
    with torch.autocast("cpu", torch.bfloat16):
        inside, _ = cell(x)
    assert inside.dtype == torch.float32 and torch.equal(inside, cell(x)[0])


def test_the_kernels_for_cuda_equal_the_loop():
    pytest.importorskip("triton", reason="torch's builds without CUDA come without Triton")
    cuda = torch.cuda.is_available()
    surroundings = os.environ | ({} if cuda else {"TRITON_INTERPRET": "1"})
    command = [sys.executable, str(Path(scan_cases.__file__)), *["cuda"] * cuda]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < CLOSE
