"""LTC's step: synapses, and the solvers whose number of passes is fixed."""

from collections.abc import Callable

import numpy as np
from torch import Tensor

from lnnlab.errors import UserError
from lnnlab.models.folded import array
from lnnlab.models.ltc import FUSED, HELD, LTC
from lnnlab.models.solvers import SOLVERS
from lnnlab.runtime.steps.graph import Step, Value

Currents = tuple[Value, Value]  # towards the reversal potentials, and conductance; (unit,) each


def ltc(step: Step, cell: LTC, x: Value, span: float | Value) -> Value:
    """Sensory synapses once, then every pass of the solver one after the other.

    Raises:
        UserError: the solver is adaptive: how many passes it makes depends on what it sees.
    """
    _refuse_adaptive(cell)
    v = step.state("v", cell.units)
    x = step.add(step.mul(x, array(cell.input_w)), array(cell.input_b))
    sensory = _synapses(step, x, cell, "sensory_")
    leak = _softplus(cell.gleak)
    current = step.add(sensory[0], leak * array(cell.vleak))
    conductance = step.add(sensory[1], leak)

    def drive(v: Value) -> Currents:
        inner = _synapses(step, v, cell, "")
        return step.add(inner[0], current), step.add(inner[1], conductance)

    solve = _fused if cell.ode_solver == FUSED else _explicit
    after = step.keep(v, solve(step, cell, v, span, drive))
    return step.add(step.mul(after, array(cell.output_w)), array(cell.output_b))


def _refuse_adaptive(cell: LTC) -> None:
    if cell.ode_solver != FUSED and not SOLVERS[cell.ode_solver]["fixed"]:
        fixed = [FUSED, *(name for name, how in SOLVERS.items() if how["fixed"])]
        raise UserError(f"LTC with ode_solver '{cell.ode_solver}': how many passes it makes "
                        "depends on what it sees, and a step's graph is fixed; train with one of "
                        f"{', '.join(fixed)}")


def _synapses(step: Step, source: Value, cell: LTC, prefix: str) -> Currents:
    """Σ w σ(·) E and Σ w σ(·) over the sources."""
    mu, sigma, erev = (array(getattr(cell, prefix + name)) for name in ("mu", "sigma", "erev"))
    weight = _softplus(getattr(cell, prefix + "w"))  # (source, unit), as the others
    opened = step.sigmoid(step.mul(step.sub(step.column(source), mu), sigma))
    return step.sum(step.mul(opened, weight * erev)), step.sum(step.mul(opened, weight))


def _fused(
    step: Step, cell: LTC, v: Value, span: float | Value, drive: Callable[[Value], Currents]
) -> Value:
    """The paper's semi-implicit step; a span of 0 keeps the state."""
    whole = _softplus(cell.cm) * cell.ode_unfolds
    if isinstance(span, Value):
        capacity = step.div(whole, step.maximum(span, HELD))
    else:
        capacity = whole / span
    for _ in range(cell.ode_unfolds):
        current, conductance = drive(v)
        most = step.add(step.add(conductance, capacity), 1e-8)
        v = step.div(step.add(step.mul(v, capacity), current), most)
    return v


def _explicit(
    step: Step, cell: LTC, v: Value, span: float | Value, drive: Callable[[Value], Currents]
) -> Value:
    """Equal steps of Euler's rule, or of Kutta's 3/8 rule, which is torchdiffeq's ``rk4``."""
    share = 1.0 / cell.ode_unfolds
    per_capacity = share / _softplus(cell.cm)
    gain = step.mul(span, per_capacity) if isinstance(span, Value) else per_capacity * span

    def moved(v: Value) -> Value:
        """How far one step of Euler's rule goes."""
        current, conductance = drive(v)
        return step.mul(step.sub(current, step.mul(conductance, v)), gain)

    for _ in range(cell.ode_unfolds):
        first = moved(v)
        if cell.ode_solver == "euler":
            v = step.add(v, first)
            continue
        third = step.mul(first, 1 / 3)
        second = moved(step.add(v, third))
        late = moved(step.add(v, step.sub(second, third)))
        last = moved(step.add(v, step.add(step.sub(first, second), late)))
        middle = step.mul(step.add(second, late), 3.0)
        v = step.add(v, step.mul(step.add(step.add(first, middle), last), 1 / 8))
    return v


def _softplus(x: Tensor) -> np.ndarray:
    return np.logaddexp(0.0, array(x))
