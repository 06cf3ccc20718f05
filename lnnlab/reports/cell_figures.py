"""What liquid cells do, drawn: solvers' trajectories, exactness, time constants, uneven samples."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from lnnlab.models import LTC, LinearLTC
from lnnlab.models.cell import Cell

END = 12.0  # of a trajectory, in the cell's time
FINE = 0.05  # step of what is drawn as the truth
TRUTH, EXACT, EULER = "#9a9a9a", "#0b6e99", "#b5541c"
SOLVERS = {"fused": "#0b6e99", "euler": "#b5541c", "rk4": "#4a7a2c"}


def pulse(time: np.ndarray) -> Tensor:
    """An input that is held at 0, 1, −1 and 0 in turn, (1, time, 1)."""
    values = np.select([time < 2, time < 6, time < 10], [0.0, 1.0, -1.0], 0.0)
    return torch.tensor(values, dtype=torch.float32)[None, :, None]


def solver_trajectories(dt: float = 1.0, unfolds: int = 1, seed: int = 4) -> Figure:
    """One unit of an LTC cell by three solvers of fixed step, and by ``dopri5`` at a fine one.

    Args:
        dt: of an input step; unfolds: steps of the solver in it.
        seed: of the cell's weights.
    """
    torch.manual_seed(seed)
    exact = LTC(1, 4, "dopri5", rtol=1e-6, atol=1e-8)
    figure, axis = _axis()
    _drawn(axis, exact, FINE, color=TRUTH, lw=2.5, label="dopri5, fine")
    for solver, colour in SOLVERS.items():
        cell = LTC(1, 4, solver, ode_unfolds=unfolds)
        cell.load_state_dict(exact.state_dict())
        _drawn(axis, cell, dt, marker="o", ms=4, lw=1, color=colour, label=solver)
    low, high = axis.lines[0].get_ydata().min(), axis.lines[0].get_ydata().max()
    axis.set_ylim(low - 0.6 * (high - low), high + 0.6 * (high - low))  # who leaves it diverges
    axis.set_title(f"LTC, inputs {dt:.2g} apart, {unfolds} solver steps in each", fontsize=9)
    axis.legend(frameon=False, fontsize=8)
    return figure


def exact_for_any_step(dt: float = 2.0, seed: int = 1) -> Figure:
    """One unit of LinearLTC at large steps, on the curve; Euler's steps beside it, off it.

    Args:
        dt: of a step; the input is held in it.
        seed: of the cell's weights.
    """
    cell = _fast_linear(seed)
    figure, axis = _axis()
    _drawn(axis, cell, FINE, color=TRUTH, lw=2.5, label="the solution")
    _drawn(axis, cell, dt, marker="o", ms=5, lw=0, color=EXACT, label="LinearLTC, one step each")
    time = np.arange(0.0, END, dt)
    rate, aim = _parts(cell, pulse(time))
    states = [np.zeros(cell.units)]
    for k in range(len(time)):
        states.append(states[-1] + dt * rate[k] * (aim[k] - states[-1]))
    axis.plot(np.append(time, END)[: len(states)], np.array(states)[:, 0], "x--", ms=6, lw=0.8,
              color=EULER, label="Euler, one step each")
    low, high = axis.lines[0].get_ydata().min(), axis.lines[0].get_ydata().max()
    axis.set_ylim(low - 0.5 * (high - low), high + 0.5 * (high - low))
    axis.set_title(f"LinearLTC, steps of {dt:.2g}", fontsize=9)
    axis.legend(frameon=False, fontsize=8)
    return figure


def time_constant(tau: float = 3.0) -> Figure:
    """How a leak of one time constant follows a pulse, among others of 1 to 50 steps.

    Args:
        tau: of the unit that is drawn boldly, in steps.
    """
    time = np.arange(0.0, 60.0, 0.2)
    x = np.where((time > 5) & (time < 25), 1.0, 0.0)
    figure, axis = _axis("steps")
    axis.fill_between(time, x, color="#d99a3d", alpha=0.25, lw=0, label="input")
    for each in np.geomspace(1, 50, 8):
        axis.plot(time, _followed(x, 0.2 / each), color=TRUTH, lw=0.7)
    axis.plot(time, _followed(x, 0.2 / tau), color=EXACT, lw=2.2, label=f"τ = {tau:.3g} steps")
    axis.legend(frameon=False, fontsize=8)
    return figure


def liquid_time_constants(spread: float = 1.0, seed: int = 0, units: int = 8) -> Figure:
    """τ of each unit of a LinearLTC over its input: a fixed leak would be a level line.

    Args:
        spread: factor on the weights of the rates; 0: not liquid.
        seed: of the cell's weights.
    """
    torch.manual_seed(seed)
    cell = LinearLTC(1, units)
    x = torch.linspace(-3, 3, 121)[:, None]
    with torch.no_grad():
        project = x @ (spread * cell.project.weight[:units].T) + cell.project.bias[:units]
        taus = 1 / torch.nn.functional.softplus(project)
    figure, axis = _axis("input")
    axis.plot(x[:, 0], taus, color=EXACT, lw=1)
    axis.set_yscale("log")
    axis.set_ylabel("τ, steps")
    return figure


def uneven_samples(kept: float = 0.3, seed: int = 0) -> Figure:
    """A signal of which only some samples come in, and a cell's state: of all samples, of those
    kept with the elapsed times, and of those kept without.

    Args:
        kept: share of the samples.
        seed: of signal and weights.
    """
    random = np.random.default_rng(seed)
    change = random.random(120) < kept
    change[0] = True
    places = np.flatnonzero(change)
    value = np.cumsum(random.normal(0, 0.5, len(places)))
    signal = np.repeat(value, np.diff(np.append(places, len(change))))  # holds until it changes
    cell = _fast_linear(seed)
    spans = torch.tensor(np.diff(np.append(places, len(change))), dtype=torch.float32)[None]
    x, few = (torch.tensor(each, dtype=torch.float32)[None, :, None] for each in (signal, value))
    with torch.no_grad():
        every, timed, untimed = (cell(*each)[0][0, :, 0].numpy() for each in (
            (x,), (few, None, spans), (few,)))
    ends = np.append(places[1:], len(change))
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(8, 4), sharex=True, layout="constrained")
    top.step(range(len(signal)), signal, where="post", color=TRUTH, lw=1)
    top.plot(places, value, "o", ms=4, color=EXACT, label="samples that come in")
    bottom.plot(np.arange(1, len(every) + 1), every, color=TRUTH, lw=2.5, label="every sample")
    bottom.plot(ends, timed, "o", ms=4, color=EXACT, label="kept, with elapsed times")
    bottom.plot(ends, untimed, "x--", ms=5, lw=0.7, color=EULER, label="kept, without")
    top.set_ylabel("signal")
    bottom.set_ylabel("a unit's state")
    bottom.set_xlabel("ticks")
    for axis in (top, bottom):
        axis.legend(frameon=False, fontsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def speed_bars(ratios: Mapping[str, Sequence[float]]) -> Figure:
    """Training speed of each layer over a reference: median of the rounds, and their range."""
    figure, axis = plt.subplots(figsize=(8, 0.8 + 0.4 * len(ratios)), layout="constrained")
    names = sorted(ratios, key=lambda name: np.median(ratios[name]))
    middle = np.array([np.median(ratios[name]) for name in names])
    ends = np.array([[min(ratios[name]), max(ratios[name])] for name in names]).T
    axis.barh(names, middle, color=EXACT, height=0.6, xerr=np.abs(ends - middle))
    axis.set_xlabel("sequences a second, times the reference")
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def _axis(label: str = "time") -> tuple[Figure, Axes]:
    figure, axis = plt.subplots(figsize=(8, 3.2), layout="constrained")
    axis.set_xlabel(label)
    axis.spines[["top", "right"]].set_visible(False)
    return figure, axis


def _drawn(axis: Axes, cell: Cell, dt: float, **style: object) -> None:
    time = np.arange(0.0, END, dt)
    with torch.no_grad():
        states = cell(pulse(time), timespans=dt)[0][0, :, 0].numpy()
    axis.plot(time + dt, states, **style)


def _fast_linear(seed: int) -> LinearLTC:
    """A cell whose first unit is fast enough to be seen moving."""
    torch.manual_seed(seed)
    return LinearLTC(1, 4)


def _parts(cell: LinearLTC, x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """λ and g of a cell for its inputs, (time, unit) each."""
    with torch.no_grad():
        project = cell.project(x)[0]
    rate = torch.nn.functional.softplus(project[:, : cell.units])
    return rate.numpy(), torch.tanh(project[:, cell.units :]).numpy()


def _followed(x: np.ndarray, gain: float) -> np.ndarray:
    """The exact answer of a leak to an input that is held in every step."""
    state, found = 0.0, []
    for each in x:
        state += (1 - np.exp(-gain)) * (each - state)
        found.append(state)
    return np.array(found)
