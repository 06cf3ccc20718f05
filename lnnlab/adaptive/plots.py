"""Pictures of a policy: what it does when, what it costs, and what else there was."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lnnlab.adaptive.listening import Listener, Outcome
from lnnlab.adaptive.search import front
from lnnlab.integer.gate import above_floor, statistics
from lnnlab.integer.policy import KINDS
from lnnlab.target.stream import StreamRecord

COLOURS = {"uniform": "#8a8a8a", "energy": "#d99a3d", "flux": "#6a8f3c", "delta": "#7a5aa6",
           "learned": "#0b6e99"}
OCTAVE = 1024
MOST_BINS = 24


def policy_figure(
    listener: Listener, chosen: Outcome, outcomes: Sequence[Outcome], seconds: float = 20.0
) -> Figure:
    """Timestep against complexity, a timeline, the front of F1 against power.

    Args:
        listener: the network on its stream; chosen: the policy shown.
        outcomes: every policy tried there.
        seconds: of the timeline, from the first event on.
    """
    heard = listener.hear(chosen.policy)
    figure = plt.figure(figsize=(10, 7.5), layout="constrained")
    grid = figure.add_gridspec(4, 2, height_ratios=(2.2, 1, 1, 1))
    timestep_against_complexity(figure.add_subplot(grid[0, 0]), listener, heard)
    front_against_power(figure.add_subplot(grid[0, 1]), outcomes, chosen)
    first = figure.add_subplot(grid[1, :])
    rows = (first, *(figure.add_subplot(grid[row, :], sharex=first) for row in (2, 3)))
    timeline(rows, listener, heard, chosen.threshold, seconds)
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def timestep_against_complexity(axis: Axes, listener: Listener, heard: StreamRecord) -> None:
    """How long the network slept before each decision, against how loud it was then."""
    spec = listener.model.features.spec
    energy, _ = statistics(listener.samples, spec.frame, spec.hop)
    level = above_floor(energy, 64, 2)[heard.hop] / OCTAVE
    edges = np.linspace(0, max(float(np.quantile(level, 0.995)), 0.5), MOST_BINS)
    place = np.digitize(level, edges)
    shown = [(level[place == k].mean(), np.percentile(heard.timestep[place == k], (25, 50, 75)))
             for k in np.unique(place) if (place == k).sum() >= 5]
    hop_ms = 1e3 * listener.hop_s
    middle = np.array([each for each, _ in shown])
    low, half, high = (hop_ms * np.array([band[k] for _, band in shown]) for k in range(3))
    axis.fill_between(middle, low, high, color="#0b6e99", alpha=0.2, lw=0)
    axis.plot(middle, half, color="#0b6e99", marker="o", ms=3)
    axis.set_xlabel("energy above the floor, octaves")
    axis.set_ylabel("timestep, ms (median, quartiles)")
    axis.set_yscale("log")
    plain(axis.yaxis)


def front_against_power(axis: Axes, outcomes: Sequence[Outcome], chosen: Outcome) -> None:
    """Every policy that was tried, and the front of each kind."""
    for kind in KINDS:
        own = [each for each in outcomes if each.kind == kind]
        if not own:
            continue
        axis.plot([each.power_mw for each in own], [100 * each.score.f1 for each in own], ".",
                  ms=4, alpha=0.35, color=COLOURS[kind])
        best = front(own)
        axis.plot([each.power_mw for each in best], [100 * each.score.f1 for each in best],
                  lw=1.4, color=COLOURS[kind], label=kind)
    axis.plot(chosen.power_mw, 100 * chosen.score.f1, "*", ms=13, color="#b5541c", label="chosen")
    axis.set_xscale("log")
    plain(axis.xaxis)
    axis.set_xlabel("power, mW (modelled)")
    axis.set_ylabel("event F1, %")
    axis.legend(frameon=False, fontsize=8)


def timeline(
    rows: Sequence[Axes], listener: Listener, heard: StreamRecord, threshold: float,
    seconds: float,
) -> None:
    """Waveform and events, the timestep, the posteriors with what was reported."""
    stream, (top, middle, bottom) = listener.stream, rows
    start = max(0.0, stream.events[0].start_s - 2.0) if stream.events else 0.0
    first, last = (int(each * stream.rate_hz) for each in (start, start + seconds))
    x = stream.samples[first:last, 0]
    every = max(1, len(x) // 4000)
    time = start + np.arange(len(x)) / stream.rate_hz
    top.plot(time[::every], x[::every], lw=0.4, color="#444444")
    for event in stream.events:
        if start <= event.start_s < start + seconds:
            top.axvspan(event.start_s, event.end_s, color="#d99a3d", alpha=0.25, lw=0)
            top.annotate(event.label, (event.start_s, 0.98), xycoords=("data", "axes fraction"),
                         va="top", fontsize=8)
    ends_s = _ends_s(listener, heard)
    shown = (ends_s >= start) & (ends_s < start + seconds)
    middle.step(ends_s[shown], 1e3 * listener.hop_s * heard.timestep[shown], where="post", lw=0.8,
                color="#0b6e99")
    middle.set_yscale("log")
    plain(middle.yaxis)
    middle.set_ylabel("timestep, ms")
    for number, name in enumerate(listener.model.classes):
        curve = heard.smoothed_q15[shown, number] / 32768
        if len(curve) and curve.max() >= min(threshold, 0.4):
            bottom.step(ends_s[shown], curve, where="post", lw=1, label=name)
    bottom.axhline(threshold, color="#8a8a8a", lw=0.7, ls=":")
    bottom.set_ylabel("probability")
    bottom.set_xlabel("time, s")
    bottom.set_xlim(start, start + seconds)
    if bottom.get_legend_handles_labels()[0]:
        bottom.legend(frameon=False, fontsize=7, ncols=6, loc="upper center")


def plain(axis: Axis) -> None:
    """Ticks of a logarithmic axis at 1, 2 and 5, as plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _ends_s(listener: Listener, heard: StreamRecord) -> np.ndarray:
    spec = listener.model.features.spec
    return (heard.hop * spec.hop + spec.frame) / listener.model.features.rate_hz
