"""CfC, LTC and the solvers against ncps, torchdiffeq and each other."""

import ncps.torch
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from ncps.wirings import FullyConnected
from torchdiffeq import odeint

from lnnlab.errors import UserError
from lnnlab.models import KINDS, LTC, CfC, build, cfc, ltc
from lnnlab.models.kinds import CELL
from lnnlab.models.solvers import SOLVERS, Solver, integrate

CELLS = {name: kind.cell for name, kind in KINDS.items() if kind.family == CELL}
BATCH, TIME, FEATURES, UNITS = 3, 7, 5, 4


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def cell(name: str, units: int = UNITS, **options):
    return CELLS[name](FEATURES, units, **options)


@pytest.mark.parametrize("mode", cfc.MODES)
def test_cfc_agrees_with_ncps(mode):
    theirs = ncps.torch.CfC(
        FEATURES, UNITS, mode=mode, backbone_units=12, backbone_layers=1, batch_first=True
    )
    ours = cfc.load_ncps(CfC(FEATURES, UNITS, mode, backbone_units=12), theirs.state_dict())
    x, spans = torch.randn(BATCH, TIME, FEATURES), 0.1 + torch.rand(BATCH, TIME, 1)
    alone = range(BATCH)  # the reference broadcasts spans rightly for one sequence at a time only
    expected = [theirs(x[k : k + 1], timespans=spans[k : k + 1])[0] for k in alone]
    torch.testing.assert_close(
        ours(x, timespans=spans)[0], torch.cat(expected), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(ours(x)[0], theirs(x)[0], atol=1e-6, rtol=0)


@pytest.mark.parametrize("implicit", [False, True])
def test_ltc_agrees_with_ncps(implicit):
    theirs = ncps.torch.LTC(
        FEATURES, FullyConnected(UNITS), batch_first=True, implicit_param_constraints=implicit
    )
    ours = ltc.load_ncps(LTC(FEATURES, UNITS), theirs.state_dict(), implicit)
    x = torch.randn(BATCH, TIME, FEATURES)
    torch.testing.assert_close(ours(x)[0], theirs(x)[0], atol=1e-6, rtol=0)


def test_a_batch_as_large_as_the_layer_is_no_special_case():
    """The reference library multiplies spans (batch, 1) wrongly where batch equals units."""
    for name in CELLS:
        layer = cell(name)
        x, spans = torch.randn(UNITS, TIME, FEATURES), 0.2 + torch.rand(UNITS, TIME)
        together = layer(x, timespans=spans)[0]
        alone = [layer(x[k : k + 1], timespans=spans[k : k + 1])[0] for k in range(UNITS)]
        torch.testing.assert_close(together, torch.cat(alone), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", CELLS)
@given(
    batch=st.integers(1, 5), time=st.integers(2, 6), cut=st.integers(1, 5),
    shape=st.sampled_from(["none", "number", "flat", "column"]),
)
@settings(max_examples=12)
def test_pieces_equal_the_whole_with_timespans_of_every_shape(name, batch, time, cut, shape):
    cut = min(cut, time - 1)
    timed = {"timed": True} if KINDS[name].timed and shape != "none" else {}
    layer = cell(name, **timed)
    x, spans = torch.randn(batch, time, FEATURES), 0.2 + torch.rand(batch, time)
    given_spans = {
        "none": lambda s: None, "number": lambda s: 0.7, "flat": lambda s: s,
        "column": lambda s: s.unsqueeze(2),
    }[shape]
    whole, last = layer(x, timespans=given_spans(spans))
    first, state = layer(x[:, :cut], timespans=given_spans(spans[:, :cut]))
    second, end = layer(x[:, cut:], state, timespans=given_spans(spans[:, cut:]))
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, atol=1e-6, rtol=1e-5)
    for one, other in zip(_tensors(last), _tensors(end), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("name", CELLS)
def test_without_a_batch_and_without_sequences(name):
    layer, short = cell(name), cell(name, return_sequences=False)
    short.load_state_dict(layer.state_dict())
    x = torch.randn(TIME, FEATURES)
    whole, state = layer(x)
    batched, _ = layer(x.unsqueeze(0))
    torch.testing.assert_close(whole, batched[0])
    torch.testing.assert_close(short(x)[0], whole[-1])
    again, _ = layer(x, state)  # a state that came back without a batch goes in without one
    assert again.shape == whole.shape


@pytest.mark.parametrize("name", CELLS)
def test_wrong_shapes_are_refused(name):
    layer = cell(name)
    with pytest.raises(ValueError, match="give"):
        layer(torch.zeros(2, 3, FEATURES + 1))
    with pytest.raises(ValueError, match="timespans of shape"):
        layer(torch.zeros(2, 3, FEATURES), timespans=torch.ones(3))


def test_a_gated_layer_sees_time_only_as_a_feature():
    x, spans = torch.randn(BATCH, TIME, FEATURES), torch.rand(BATCH, TIME)
    for name in ("lstm", "gru"):
        plain, timed = cell(name), cell(name, timed=True)
        torch.testing.assert_close(plain(x, timespans=spans)[0], plain(x)[0])
        assert not torch.allclose(timed(x, timespans=spans)[0], timed(x)[0])


@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_on_exponential_decay(solver):
    rates = torch.tensor([[0.5, 2.0]], dtype=torch.float64)
    start = torch.ones(2, 2, dtype=torch.float64)
    spans = torch.tensor([[1.0], [0.3]], dtype=torch.float64)
    steps = 4000 if solver == "euler" else 40
    end, evaluations = integrate(
        lambda h: -rates * h, start, spans, Solver(solver, steps=steps, rtol=1e-6, atol=1e-8)
    )
    exact = torch.exp(-rates * spans)
    tolerance = 2e-4 if solver == "euler" else 1e-5
    torch.testing.assert_close(end, exact, atol=tolerance, rtol=0)
    per_step = {"euler": 1, "rk4": 4}.get(solver)
    assert evaluations == steps * per_step if per_step else evaluations > 4


def test_ltc_solvers_approach_the_same_solution():
    """With the input held, every solver tends to the solution of the same equation."""
    x = torch.randn(2, 3, FEATURES)
    reference = LTC(FEATURES, UNITS, "dopri5", rtol=1e-7, atol=1e-9)
    exact, _ = reference(x)
    for solver, unfolds in [("euler", 800), ("rk4", 40), ("adaptive_heun", 6), ("fused", 3000)]:
        other = LTC(FEATURES, UNITS, solver, ode_unfolds=unfolds, rtol=1e-6, atol=1e-8)
        other.load_state_dict(reference.state_dict())
        torch.testing.assert_close(other(x)[0], exact, atol=2e-3, rtol=0)
        assert other.evaluations > 0


def test_integrate_is_torchdiffeq_with_a_span():
    def rhs(h):
        return torch.sin(h) - 0.5 * h

    start = torch.randn(3, 2, dtype=torch.float64)
    ours, _ = integrate(rhs, start, 0.8, Solver("dopri5", rtol=1e-8, atol=1e-10))
    times = torch.tensor([0.0, 0.8], dtype=torch.float64)
    theirs = odeint(lambda t, h: rhs(h), start, times, method="dopri5", rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(ours, theirs[-1], atol=1e-7, rtol=0)


def test_unknown_names_suggest_the_near_one():
    with pytest.raises(UserError, match="did you mean 'dopri5'"):
        LTC(2, 2, "dopri")
    with pytest.raises(UserError, match="did you mean 'dopri5'"):
        Solver("dopri")
    with pytest.raises(UserError, match="did you mean 'no_gate'"):
        CfC(2, 2, "nogate")


def _tensors(state) -> list[torch.Tensor]:
    return list(state) if isinstance(state, tuple) else [state]


def test_every_cell_learns():
    """A step along the gradient lowers the loss: forward and gradient belong together."""
    x = torch.randn(8, TIME, FEATURES)
    target = torch.from_numpy(np.sin(np.arange(8 * UNITS)).reshape(8, UNITS)).float()
    for name in CELLS:
        layer = cell(name)

        def loss(layer=layer):
            return (layer(x)[0][:, -1] - target).square().mean()

        before = loss()
        before.backward()
        with torch.no_grad():
            for each in layer.parameters():
                if each.grad is not None:
                    each -= 1e-3 * each.grad
        assert loss() < before


def test_fastgrnn_follows_its_equations():
    layer = CELLS["fastgrnn"](FEATURES, UNITS).double()
    x, h = torch.randn(BATCH, TIME, FEATURES, dtype=torch.float64), torch.zeros(BATCH, UNITS)
    sequence, last = layer(x)
    w, u = layer.own.weight, layer.back.weight
    zeta, nu = (1 / (1 + torch.exp(-each)) for each in (layer.zeta, layer.nu))
    for t in range(TIME):
        pre = x[:, t] @ w.T + h.double() @ u.T
        z = 1 / (1 + torch.exp(-(pre + layer.gate_bias)))
        h = (zeta * (1 - z) + nu) * torch.tanh(pre + layer.candidate_bias) + z * h
        torch.testing.assert_close(sequence[:, t], h)
    torch.testing.assert_close(last, h)


def test_keyword_networks_hear_no_later_step_and_pool_as_they_say():
    model = build("keyword_linear_ltc", FEATURES, 3, channels=6, blocks=2, taps=3).eval()
    x = torch.randn(2, 20, FEATURES)
    whole = model.stream(x)
    torch.testing.assert_close(model.stream(x[:, :11]), whole[:, :11])
    torch.testing.assert_close(model(x), whole[:, -1])
    y = torch.randn(2, 20, 6)
    p, d, kappa = torch.zeros(2, 6), torch.zeros(2, 1), 1 / model.memory
    for t in range(20):
        a = torch.sigmoid(model.gate(y[:, t]))
        p, d = p + kappa * (a * y[:, t] - p), d + kappa * (a - d)
        torch.testing.assert_close(model.pooled(y)[:, t], p / (d + 1 / 32))


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("timed", [False, True])
def test_an_empty_batch_goes_through(name, timed):
    layer, x = cell(name), torch.zeros(0, TIME, FEATURES, requires_grad=True)
    output, _ = layer(x, timespans=torch.zeros(0, TIME) if timed else None)
    output.sum().backward()
    assert output.shape == (0, TIME, UNITS) and x.grad.shape == x.shape
    with pytest.raises(ValueError, match="one step or more"):
        layer(torch.zeros(2, 0, FEATURES))


@pytest.mark.parametrize("solver", ["fused", *SOLVERS])
def test_an_ltc_takes_an_empty_batch_with_every_solver(solver):
    assert cell("ltc", ode_solver=solver)(torch.zeros(0, 2, FEATURES))[0].shape == (0, 2, UNITS)


@pytest.mark.parametrize("name", CELLS)
def test_autocast_gives_the_same_within_its_precision(name):
    layer, x = cell(name), torch.randn(BATCH, TIME, FEATURES)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, _ = layer(x.bfloat16() if name == "linear_ltc" else x)
        output.float().sum().backward()
    torch.testing.assert_close(output.float(), layer(x)[0], atol=0.03, rtol=0.03)


def test_a_linear_ltc_keeps_full_precision_under_autocast():
    layer, x = cell("linear_ltc"), torch.randn(BATCH, TIME, FEATURES)
    spans = 0.1 + torch.rand(BATCH, TIME)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output, state = layer(x, timespans=spans)
        output.sum().backward()
        inside = layer.project.weight.grad.clone()
    layer.zero_grad()
    layer(x, timespans=spans)[0].sum().backward()
    assert output.dtype == state.dtype == torch.float32
    torch.testing.assert_close(output, layer(x, timespans=spans)[0], atol=0, rtol=0)
    torch.testing.assert_close(inside, layer.project.weight.grad, atol=0, rtol=0)


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_gated_layers_keep_full_precision_under_autocast_of_a_processor(name):
    layer, x = cell(name), torch.randn(BATCH, TIME, FEATURES)
    with torch.autocast("cpu", dtype=torch.bfloat16):  # oneDNN lacks it on some processors
        output, _ = layer(x.bfloat16().float())
        halved, _ = layer(x.bfloat16())
    torch.testing.assert_close(output, layer(x.bfloat16().float())[0], atol=0, rtol=0)
    torch.testing.assert_close(halved, output, atol=0, rtol=0)


@pytest.mark.parametrize("activation", ["tanh", "abs"])
@pytest.mark.parametrize("timed", [False, True])
def test_a_linear_ltc_runs_under_vmap_and_gives_gradients_of_each_sample(activation, timed):
    layer, x = cell("linear_ltc", activation=activation), torch.randn(BATCH, TIME, FEATURES)
    spans = 0.1 + torch.rand(BATCH, TIME) if timed else None

    def run(one, span):
        return layer(one, timespans=span)[0]

    def loss(weights, one, span):
        call = (one, None, span)
        return torch.func.functional_call(layer, weights, call)[0].pow(2).sum()

    given = (0, 0 if timed else None)
    usual = layer(x, timespans=spans)[0]
    torch.testing.assert_close(torch.func.vmap(run, given)(x, spans), usual)
    weights = dict(layer.named_parameters())
    each = torch.func.vmap(torch.func.grad(loss), (None, *given))(weights, x, spans)
    usual.pow(2).sum().backward()
    for name, weight in layer.named_parameters():
        torch.testing.assert_close(each[name].sum(dim=0), weight.grad)
    stacked = {name: torch.stack([value, 2 * value]) for name, value in weights.items()}
    many = torch.func.vmap(lambda w: torch.func.functional_call(layer, w, (x,))[0])(stacked)
    torch.testing.assert_close(many[0], layer(x)[0])


@pytest.mark.parametrize("name, options", [
    ("linear_ltc", {}), ("linear_ltc", {"activation": "abs"}),
    *(("ltc", {"ode_solver": each}) for each in ("fused", *SOLVERS)),
])
def test_padding_by_timespans_of_zero_mixes_lengths(name, options):
    layer = cell(name, **options)
    short = cell(name, return_sequences=False, **options)
    short.load_state_dict(layer.state_dict())
    lengths = (2, TIME, 4)
    x = torch.randn(BATCH, TIME, FEATURES, requires_grad=True)
    spans = 0.1 + torch.rand(BATCH, TIME)
    for row, length in zip(spans, lengths, strict=True):
        row[length:] = 0.0
    output, state = layer(x, timespans=spans.requires_grad_(True))
    last, _ = short(x, timespans=spans)
    tolerance = 1e-6 if options.get("ode_solver", "fused") not in ("dopri5", "adaptive_heun") else (
        1e-3)  # adaptive solvers choose their steps for the whole batch
    for k, length in enumerate(lengths):
        alone, end = layer(x[k : k + 1, :length], timespans=spans[k : k + 1, :length])
        torch.testing.assert_close(state[k], end[0], atol=tolerance, rtol=0)
        torch.testing.assert_close(last[k], alone[0, -1], atol=tolerance, rtol=0)
    output.sum().backward()
    for each in (x, spans, *layer.parameters()):
        assert each.grad is None or each.grad.isfinite().all()


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("wrong", [-1.0, float("nan")])
def test_time_does_not_run_backwards(name, wrong):
    spans = torch.ones(2, 3)
    spans[1, 2] = wrong
    with pytest.raises(ValueError, match=f"timespans hold {wrong:g}: time does not run backwards"):
        cell(name)(torch.zeros(2, 3, FEATURES), timespans=spans)
    assert cell("ltc")(torch.zeros(2, 3, FEATURES), timespans=0.0)[0].isfinite().all()
