"""Small experiments on single cells: solvers' error against work, irregular sampling."""

import torch
from torch import Tensor

from lnnlab.models import LTC, LinearLTC
from lnnlab.models.ltc import FUSED

# solver → its settings, from the least work to the most
LADDERS: dict[str, list[dict]] = {
    FUSED: [{"ode_unfolds": n} for n in (1, 3, 6, 12, 24, 48)],
    "euler": [{"ode_unfolds": n} for n in (3, 6, 12, 24, 48)],
    "rk4": [{"ode_unfolds": n} for n in (1, 2, 4, 8)],
    "adaptive_heun": [{"rtol": tol, "atol": tol / 10} for tol in (1e-1, 1e-2, 1e-3, 1e-4)],
    "dopri5": [{"rtol": tol, "atol": tol / 10} for tol in (1e-1, 1e-2, 1e-3, 1e-4)],
}


def solver_ladder(seed: int = 0, batch: int = 8, steps: int = 20, units: int = 8) -> list[dict]:
    """Error and work of each solver on one LTC cell with random weights and inputs.

    The error is the largest difference of any output from that of ``dopri5`` at a relative
    tolerance of 1e-9 in double precision. The work is right-hand sides computed per input step.

    Returns:
        One dictionary a setting: ``solver``, ``setting``, ``error``, ``evaluations``.
    """
    torch.manual_seed(seed)
    x = torch.randn(batch, steps, 4, dtype=torch.float64)
    exact = LTC(4, units, "dopri5", rtol=1e-9, atol=1e-11).double()
    with torch.no_grad():
        truth, _ = exact(x)
        return [
            _rung(exact, truth, x, solver, setting)
            for solver, settings in LADDERS.items()
            for setting in settings
        ]


def irregular_errors(seed: int = 0, steps: int = 200, units: int = 16) -> dict[str, float]:
    """What knowing the elapsed times is worth to a liquid cell.

    A signal that changes at random moments is given to a LinearLTC at every tick, and again only
    where it changes, once with the elapsed times and once without.

    Returns:
        Case → largest difference of the last state from that of the cell that saw every tick.
    """
    random = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    cell = LinearLTC(3, units)
    spans = torch.randint(1, 9, (1, steps), generator=random)  # ticks that each value lasts
    x = torch.randn(1, steps, 3, generator=random)
    every_tick = x.repeat_interleave(spans[0], dim=1)
    with torch.no_grad():
        truth = cell(every_tick)[0][:, -1]
        with_times = cell(x, timespans=spans.float())[0][:, -1]
        without = cell(x)[0][:, -1]
    return {
        "with elapsed times": _largest(with_times, truth),
        "without": _largest(without, truth),
    }


def _rung(exact: LTC, truth: Tensor, x: Tensor, solver: str, setting: dict) -> dict:
    cell = LTC(x.shape[2], exact.units, solver, **setting).double()
    cell.load_state_dict(exact.state_dict())
    output, _ = cell(x)
    return {
        "solver": solver,
        "setting": ", ".join(f"{name} {value:g}" for name, value in setting.items()
                             if name != "atol"),
        "error": _largest(output, truth),
        "evaluations": cell.evaluations / x.shape[1],
    }


def _largest(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())
