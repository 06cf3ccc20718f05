"""A policy at work: the sound, when the network is awake, what it says, what it takes."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnnlab.adaptive.costs import PolicyCostModel, excerpt
from lnnlab.adaptive.listening import Listener, Outcome
from lnnlab.adaptive.plots import plain
from lnnlab.data.streams import Stream
from lnnlab.errors import UserError
from lnnlab.integer import IntegerModel
from lnnlab.integer.policy import ALWAYS
from lnnlab.profiling.policy import Counts
from lnnlab.target.boards import Board
from lnnlab.target.energy import average_power_mw, idle_power_mw
from lnnlab.target.stream import StreamRecord

AWAKE, SOUND, WORD, REPORT = "#0b6e99", "#444444", "#d99a3d", "#b5541c"
WINDOW_S = 0.2  # of the running power


def sleep_figure(listener: Listener, chosen: Outcome, always: Outcome, seconds: float) -> Figure:
    """Sound with its words, sleep and wake, reports, and running power.

    Args:
        listener: the network on its stream; chosen: the policy shown; always: the same network
            without one, for the line to compare with.
        seconds: that are shown, from shortly before the first event on.
    """
    heard = listener.hear(chosen.policy)
    start = max(0.0, listener.stream.events[0].start_s - 2.0) if listener.stream.events else 0.0
    figure, axes = plt.subplots(
        3, 1, figsize=(9, 3.9), sharex=True, layout="constrained", height_ratios=(2, 0.5, 1.6))
    _sound(axes[0], listener, start, seconds)
    _reports(axes[0], listener, heard, chosen.threshold, start + seconds)
    _awake(axes[1], listener, heard)
    _power(axes[2], listener, chosen, heard)
    axes[2].axhline(always.power_mw, color="#8a8a8a", lw=0.8, ls=":")
    axes[2].text(start, always.power_mw, " always on", fontsize=8, va="bottom", color="#666666")
    axes[2].set_xlabel("time, s")
    axes[2].set_xlim(start, start + seconds)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def _sound(axis: Axes, listener: Listener, start: float, seconds: float) -> None:
    stream = listener.stream
    first, last = (int(each * stream.rate_hz) for each in (start, start + seconds))
    x = stream.samples[first:last, 0]
    every = max(1, len(x) // 6000)
    axis.plot(start + np.arange(0, len(x), every) / stream.rate_hz, x[::every], lw=0.4, color=SOUND)
    for event in stream.events:
        if start <= event.start_s < start + 0.94 * seconds:  # whose name has room
            axis.axvspan(event.start_s, event.end_s, color=WORD, alpha=0.25, lw=0)
            axis.annotate(f"“{event.label}” said", (event.start_s, 1.0), fontsize=8, va="bottom",
                          xycoords=("data", "axes fraction"))
    axis.set_ylabel("sound")
    axis.set_yticks([])


def _reports(
    axis: Axes, listener: Listener, heard: StreamRecord, threshold: float, end: float
) -> None:
    """Where a word was reported."""
    for moment, label in listener.reports(heard, threshold):
        if moment < end:
            axis.axvline(moment, color=REPORT, lw=1.2)
            axis.annotate(f" heard: {label}", (moment, 0.03), color=REPORT, fontsize=8,
                          xycoords=("data", "axes fraction"), annotation_clip=True)


def _awake(axis: Axes, listener: Listener, heard: StreamRecord) -> None:
    """A bar for every hop in which the network computed."""
    spec, rate_hz = listener.model.features.spec, listener.model.features.rate_hz
    ends_s = (heard.hop * spec.hop + spec.frame) / rate_hz
    axis.bar(ends_s - listener.hop_s / 2, 1, width=listener.hop_s, color=AWAKE, lw=0)
    axis.set_yticks([0.5], ["network\nawake"], fontsize=8)
    axis.set_ylim(0, 1)
    axis.tick_params(axis="y", length=0)


def _power(axis: Axes, listener: Listener, chosen: Outcome, heard: StreamRecord) -> None:
    """Mean power of every ``WINDOW_S``: the gate's share alike in all, the rest by decisions."""
    per_hop, per_decision = _cycles(listener, chosen, heard)
    hops = max(1, round(WINDOW_S / listener.hop_s))
    count = int(heard.hops) // hops
    decisions = np.bincount(heard.hop // hops, minlength=count)[:count]  # (window,)
    seconds = hops * listener.hop_s
    gated = chosen.counts.gated > 0
    power = [average_power_mw(listener.board, (hops * per_hop + each * per_decision) / seconds,
                              (hops if gated else each) / seconds) for each in decisions]
    spec, rate_hz = listener.model.features.spec, listener.model.features.rate_hz
    edges = (np.arange(count + 1) * hops * spec.hop + spec.frame) / rate_hz
    axis.stairs(power, edges, fill=True, color=AWAKE, alpha=0.35)
    axis.axhline(chosen.power_mw, color=AWAKE, lw=0.8)
    axis.annotate(f"mean {chosen.power_mw:.2g}", (1.0, chosen.power_mw), fontsize=8, color=AWAKE,
                  xycoords=("axes fraction", "data"), ha="right", va="bottom")
    axis.set_yscale("log")
    plain(axis.yaxis)
    axis.set_ylim(bottom=max(idle_power_mw(listener.board), 1e-4))
    axis.set_ylabel(f"mW, {listener.board.title}\n(modelled)", fontsize=8)


def _cycles(listener: Listener, chosen: Outcome, heard: StreamRecord) -> tuple[float, float]:
    """Cycles of a hop on which nothing is computed, and of a decision beside that, mean."""
    units, counts = listener.costs.of(chosen.policy), chosen.counts
    idle = units.by_stage(Counts(1, int(counts.gated > 0), 0, 0, 0, 0.0))
    per_hop = sum(sum(band) / 2 for band in idle.values()) * (counts.gated > 0)
    total = chosen.cycles_per_s * counts.seconds
    return per_hop, (total - heard.hops * per_hop) / max(1, counts.decisions)


def sleep_of(model: IntegerModel, stream: Stream, board: Board, seconds: float = 16.0) -> Figure:
    """The same of a network whose file holds a policy, at the threshold that the file has.

    Args:
        model: with a policy and stream settings, such as ``lnn_file.read`` gives.
        stream: whatever it is to hear.
        board: whose power is modelled.
        seconds: that are shown.

    Raises:
        UserError: the network has no policy, or cannot hear that stream.
    """
    if model.policy is None or "stream" not in model.meta:
        raise UserError("this network has no timestep policy; learn_timestep_controller finds one")
    network = replace(model, policy=None)
    costs = PolicyCostModel(network, board, excerpt(network, stream))
    listener = Listener(network, stream, board, costs)
    threshold = model.meta["stream"]["threshold_q15"] / 32768
    chosen, always = (listener.outcome(each, threshold) for each in (model.policy, ALWAYS))
    return sleep_figure(listener, chosen, always, seconds)
