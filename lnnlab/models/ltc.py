"""LTC: the liquid time-constant cell (Hasani et al. 2021, AAAI 35), a biophysical neuron.

    c dv/dt = g_leak (v_leak − v) + Σ_j w_j σ(σ_j (u_j − μ_j)) (E_j − v)

over all inputs and all units u_j as presynaptic sources. Parameters bear the reference library's
names, so ``load_ncps`` takes the weights of a fully connected ``ncps.torch.LTC``.
"""

import torch
from torch import Tensor, nn

from lnnlab.errors import unknown
from lnnlab.models.cell import Cell, previous
from lnnlab.models.solvers import SOLVERS, Solver, integrate

FUSED = "fused"
HELD = 1e-30  # timespans below it count as 0: the state stays
_POSITIVE = {"gleak": (0.001, 1.0), "cm": (0.4, 0.6), "w": (0.001, 1.0), "sensory_w": (0.001, 1.0)}
_RANGES = _POSITIVE | {
    "vleak": (-0.2, 0.2), "sigma": (3.0, 8.0), "mu": (0.3, 0.8),
    "sensory_sigma": (3.0, 8.0), "sensory_mu": (0.3, 0.8),
}  # where each parameter starts, as in the reference


class LTC(Cell):
    """Choose it to reproduce published LTC results; it trains about a hundred times slower.

    A timespan of 0 keeps the state, see :class:`Cell` for padding.

    Args:
        input_size: features per step.
        units: length of the state.
        ode_solver: ``"fused"`` (the paper's semi-implicit step, stable at any Δt) or a key of
            :data:`lnnlab.models.solvers.SOLVERS`.
        ode_unfolds: steps per input of the fused and the fixed-step solvers.
        rtol, atol: tolerances of the adaptive solvers.
        return_sequences: give every step's output or the last one's.

    Attributes:
        evaluations: right-hand sides computed in the last call, a batch counted once.
    """

    def __init__(
        self,
        input_size: int,
        units: int,
        ode_solver: str = FUSED,
        ode_unfolds: int = 6,
        rtol: float = 1e-3,
        atol: float = 1e-4,
        return_sequences: bool = True,
    ) -> None:
        super().__init__(input_size, units, return_sequences)
        if ode_solver not in (FUSED, *SOLVERS):
            raise unknown("ode_solver", ode_solver, (FUSED, *SOLVERS))
        self.ode_solver, self.ode_unfolds = ode_solver, ode_unfolds
        self.rtol, self.atol = rtol, atol
        self.evaluations = 0
        for name, (low, high) in _RANGES.items():
            rows = {"sensory": (input_size, units), "synapse": (units, units), "unit": (units,)}
            value = low + (high - low) * torch.rand(rows[_kind(name)])
            value = torch.log(torch.expm1(value)) if name in _POSITIVE else value
            setattr(self, name, nn.Parameter(value))
        self.erev = nn.Parameter(2.0 * torch.randint(0, 2, (units, units)) - 1)
        self.sensory_erev = nn.Parameter(2.0 * torch.randint(0, 2, (input_size, units)) - 1)
        self.input_w, self.input_b = _affine(input_size)
        self.output_w, self.output_b = _affine(units)

    def products(self, x: Tensor, sequence: Tensor) -> list[tuple[Tensor, Tensor]]:
        """The synapses of a step: the inputs' once, the units' once per unfold."""
        inner = (self.w.t(), previous(sequence))
        return [(self.sensory_w.t(), x), *[inner] * self.ode_unfolds]

    def _run(self, x: Tensor, state: Tensor | None, spans: Tensor | None) -> tuple[Tensor, Tensor]:
        if state is None:
            state = x.new_zeros(x.shape[0], self.units)
        self.evaluations = 0
        x = x * self.input_w + self.input_b
        outputs = []
        for t in range(x.shape[1]):
            state = self._step(x[:, t], state, 1.0 if spans is None else spans[:, t])
            outputs.append(state)
        return torch.stack(outputs, dim=1) * self.output_w + self.output_b, state

    def _step(self, x: Tensor, state: Tensor, span: Tensor | float) -> Tensor:
        """(batch, feature), (batch, unit), number or (batch, 1) → (batch, unit)"""
        softplus = nn.functional.softplus
        cm, leak = softplus(self.cm), softplus(self.gleak)
        sensory = _synapses(
            x, softplus(self.sensory_w), self.sensory_mu, self.sensory_sigma, self.sensory_erev
        )

        def drive(v: Tensor) -> tuple[Tensor, Tensor]:
            """Current towards the reversal potentials, and conductance; both (batch, unit)."""
            inner = _synapses(v, softplus(self.w), self.mu, self.sigma, self.erev)
            return leak * self.vleak + inner[0] + sensory[0], leak + inner[1] + sensory[1]

        if self.ode_solver == FUSED:
            # Of no time the capacity over time is infinite: such rows run with another and are
            # put back, so that their gradient is finite too.
            timed = span if isinstance(span, Tensor) else state.new_full((), span)
            before, held = state, timed < HELD
            capacity = cm * self.ode_unfolds / torch.where(held, 1.0, span)
            for _ in range(self.ode_unfolds):
                current, conductance = drive(state)
                state = (capacity * state + current) / (capacity + conductance + 1e-8)
            self.evaluations += self.ode_unfolds
            return torch.where(held, before, state)

        def rhs(v: Tensor) -> Tensor:
            current, conductance = drive(v)
            return (current - conductance * v) / cm

        solver = Solver(self.ode_solver, self.ode_unfolds, self.rtol, self.atol)
        state, evaluations = integrate(rhs, state, span, solver)
        self.evaluations += evaluations
        return state


def load_ncps(cell: LTC, weights: dict[str, Tensor], implicit: bool = False) -> LTC:
    """Give a cell the weights of a fully connected ``ncps.torch.LTC`` of the same sizes.

    Args:
        cell: the cell to fill.
        weights: the reference layer's ``state_dict()``.
        implicit: whether the reference was built with ``implicit_param_constraints=True``.
    """
    ours = {name.removeprefix("rnn_cell."): value for name, value in weights.items()}
    ours = {name: value for name, value in ours.items() if "sparsity_mask" not in name}
    if not implicit:
        for name in _POSITIVE:
            ours[name] = torch.log(torch.expm1(ours[name].clamp_min(1e-6)))
    cell.load_state_dict(ours)
    return cell


def _synapses(
    source: Tensor, w: Tensor, mu: Tensor, sigma: Tensor, erev: Tensor
) -> tuple[Tensor, Tensor]:
    """Σ w σ(·) E and Σ w σ(·) over the sources: (batch, source) → (batch, unit) twice."""
    conductance = w * torch.sigmoid(sigma * (source.unsqueeze(2) - mu))  # (batch, source, unit)
    return (conductance * erev).sum(dim=1), conductance.sum(dim=1)


def _affine(size: int) -> tuple[nn.Parameter, nn.Parameter]:
    return nn.Parameter(torch.ones(size)), nn.Parameter(torch.zeros(size))


def _kind(name: str) -> str:
    if name.startswith("sensory_"):
        return "sensory"
    return "synapse" if name in ("w", "mu", "sigma") else "unit"
