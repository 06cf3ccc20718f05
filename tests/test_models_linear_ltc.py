"""LinearLTC against its equation: analytic, by autograd, by an ODE solver."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchdiffeq import odeint

from lnnlab.models.linear_ltc import LinearLTC


def _reference(cell: LinearLTC, x: torch.Tensor, state: torch.Tensor, spans: torch.Tensor):
    """The exact solution step by step, left to autograd; x (batch, time, feature)."""
    outputs = []
    for t in range(x.shape[1]):
        z, g = cell.project(x[:, t]).chunk(2, dim=1)
        g = torch.tanh(g) if cell.activation == "tanh" else g.abs()
        decay = torch.exp(-torch.nn.functional.softplus(z) * spans[:, t])
        state = decay * state + (1 - decay) * g
        outputs.append(state)
    return torch.stack(outputs, dim=1)


@pytest.mark.parametrize("activation", ["tanh", "abs"])
@pytest.mark.parametrize("timed", [False, True])
def test_output_and_every_gradient_equal_autograds(activation: str, timed: bool) -> None:
    torch.manual_seed(0)
    cell = LinearLTC(5, 7, activation).double()
    x = torch.randn(3, 11, 5, dtype=torch.double, requires_grad=True)
    state = torch.randn(3, 7, dtype=torch.double, requires_grad=True)
    spans = torch.rand(3, 11, 1, dtype=torch.double) * 3 if timed else torch.ones(3, 11, 1).double()
    spans.requires_grad_(timed)
    wanted = [x, state, *cell.parameters()] + ([spans] if timed else [])
    ours, last = cell(x, state, spans if timed else None)
    theirs = _reference(cell, x, state, spans)
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(last, theirs[:, -1])
    weight = torch.randn_like(theirs)
    torch.testing.assert_close(
        torch.autograd.grad((ours * weight).sum(), wanted),
        torch.autograd.grad((theirs * weight).sum(), wanted),
    )


@pytest.mark.parametrize("activation", ["tanh", "abs"])
def test_gradcheck(activation: str) -> None:
    torch.manual_seed(1)
    cell = LinearLTC(3, 4, activation).double()
    x = torch.randn(2, 5, 3, dtype=torch.double, requires_grad=True)
    state = torch.randn(2, 4, dtype=torch.double, requires_grad=True)
    spans = (torch.rand(2, 5, dtype=torch.double) + 0.5).requires_grad_()
    assert torch.autograd.gradcheck(lambda *given: cell(*given)[0], (x, state, spans))
    assert torch.autograd.gradcheck(lambda *given: cell(*given)[0], (x, state))


@settings(max_examples=25)
@given(first=st.floats(0.0, 20.0), second=st.floats(0.0, 20.0), seed=st.integers(0, 99))
def test_two_steps_of_a_held_input_equal_one_long_step(first, second, seed) -> None:
    torch.manual_seed(seed)
    cell = LinearLTC(3, 6).double()
    x = torch.randn(1, 1, 3, dtype=torch.double)
    state = torch.randn(1, 6, dtype=torch.double)
    in_two, _ = cell(x.expand(1, 2, 3), state, torch.tensor([[first, second]]))
    in_one, _ = cell(x, state, first + second)
    torch.testing.assert_close(in_two[:, -1], in_one[:, -1])


def test_a_held_input_equals_the_ode_solved_by_torchdiffeq() -> None:
    torch.manual_seed(2)
    cell = LinearLTC(3, 6).double()
    x = torch.randn(4, 1, 3, dtype=torch.double)
    state = torch.randn(4, 6, dtype=torch.double)
    z, g = cell.project(x[:, 0]).chunk(2, dim=1)
    rate, target = torch.nn.functional.softplus(z), torch.tanh(g)
    solved = odeint(
        lambda _, h: rate * (target - h), state, torch.tensor([0.0, 2.5]).double(),
        method="dopri5", rtol=1e-10, atol=1e-12,
    )[-1]
    ours, _ = cell(x, state, 2.5)
    torch.testing.assert_close(ours[:, 0], solved, rtol=1e-8, atol=1e-9)


def test_time_constants_start_log_spaced_from_1_to_50_steps() -> None:
    cell = LinearLTC(4, 9)
    tau = 1 / torch.nn.functional.softplus(cell.project.bias[:9])
    torch.testing.assert_close(tau, torch.logspace(0, torch.log10(torch.tensor(50.0)).item(), 9))


def test_a_gate_far_out_stays_finite() -> None:
    cell = LinearLTC(1, 2)
    x = torch.tensor([[[1e4], [-1e4], [0.0]]])
    out, _ = cell(x, None, 1e3)
    assert torch.isfinite(out).all()
