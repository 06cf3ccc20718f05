"""Ways to carry a state over a held input: a plain dictionary of solvers, with their work counted.

Which to choose: ``euler`` for the least work where steps are short; ``rk4`` for fixed work and
high accuracy; ``adaptive_heun`` or ``dopri5`` where the accuracy is to be asked for and the work
may vary (dopri5 needs fewer evaluations for tight tolerances, adaptive_heun for loose ones). All
come from torchdiffeq.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torchdiffeq import odeint

from lnnlab.errors import unknown

# name → torchdiffeq's options; fixed-step solvers take ``steps`` equal steps
SOLVERS: dict[str, dict] = {
    "euler": {"fixed": True},
    "rk4": {"fixed": True},
    "adaptive_heun": {"fixed": False},
    "dopri5": {"fixed": False},
}


@dataclass(frozen=True)
class Solver:
    """A solver with its settings.

    Attributes:
        name: key of ``SOLVERS``.
        steps: equal steps of the fixed-step solvers.
        rtol, atol: tolerances of the adaptive solvers, relative and in units of the state.

    Raises:
        UserError: the name is unknown.
    """

    name: str
    steps: int = 6
    rtol: float = 1e-3
    atol: float = 1e-4

    def __post_init__(self) -> None:
        if self.name not in SOLVERS:
            raise unknown("ode_solver", self.name, SOLVERS)


def integrate(
    rhs: Callable[[Tensor], Tensor], state: Tensor, span: Tensor | float, solver: Solver
) -> tuple[Tensor, int]:
    """The state after ``span``, for dh/dt = rhs(h) with the input held.

    Every row of the batch may have a span of its own: time runs from 0 to 1 for all and the right
    hand side is multiplied by the span.

    Args:
        rhs: (batch, unit) → (batch, unit).
        state: (batch, unit).
        span: a number or (batch, 1).
        solver: which, and how exact.

    Returns:
        The state (batch, unit) and the number of evaluations of the right-hand side.
    """
    if not state.numel():  # an empty batch: no error to choose a step by
        return state, 0
    evaluations = 0

    def scaled(_: Tensor, h: Tensor) -> Tensor:
        nonlocal evaluations
        evaluations += 1
        return span * rhs(h)

    ends = torch.arange(2, dtype=state.dtype, device=state.device)  # 0 and 1
    how = {"options": {"step_size": 1.0 / solver.steps}} if SOLVERS[solver.name]["fixed"] else {}
    solution = odeint(scaled, state, ends, method=solver.name, rtol=solver.rtol,
                      atol=solver.atol, **how)
    return solution[-1], evaluations
