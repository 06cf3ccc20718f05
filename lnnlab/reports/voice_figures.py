"""Figures of voice activity: curves, what noise does, and a recording with its decisions."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnnlab.data.mixtures import Mixture
from lnnlab.experiments.voice.listeners import Listener
from lnnlab.experiments.voice.material import Recording
from lnnlab.experiments.voice.study import VoiceResult
from lnnlab.reports.figures import COLOURS
from lnnlab.scoring.activity import Holding

SPEECH, DECIDED = "#d99a3d", "#0b6e99"
OTHERS = {"WebRTC": "#7a3e9d", "Silero": "#4a7a2c", "above a floor": "#9a9a9a",
          "energy": "#58b4d9", "any timestep": "#123f59"}


def _colour(label: str) -> str:
    return next(colour for part, colour in (OTHERS | COLOURS).items() if part in label)


def curves(results: Sequence[VoiceResult], names: Sequence[str] = ()) -> Figure:
    """Speech found against noise passed of each row, a panel a test; dots are the points that
    validation chose, of the first seed.

    Args:
        results: of :func:`lnnlab.experiments.voice.study.voice_activity`.
        names: tests; none: all.
    """
    names = names or list(results[0].tests)
    figure, axes = plt.subplots(1, len(names), figsize=(3.4 * len(names), 3.9), sharey=True,
                                layout="constrained", squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        for label in dict.fromkeys(each.label for each in results):
            first = next(each for each in results if each.label == label)
            test, line = first.tests[name], "--" if first.seed is None else "-"
            axis.plot(100 * test.roc[:, 0], 100 * test.roc[:, 1], line, lw=1.3,
                      color=_colour(label), label=label)
            point = {key: 100 * float(each[0]) for key, each in test.figures().items()}
            axis.plot(point["passed"], 100 - point["missed"], "o", ms=5, color=_colour(label))
        axis.set_title(name, fontsize=10)
        axis.set_xlim(0, 50)
        axis.set_ylim(50, 100.5)
        axis.set_xlabel("noise passed, %")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("speech found, %")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return figure


def against_noise(results: Sequence[VoiceResult]) -> Figure:
    """Area under the curve by the ratio of speech to noise, of test speakers; means of seeds."""
    figure, axis = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for label in dict.fromkeys(each.label for each in results):
        own = [each for each in results if each.label == label and each.by_snr]
        ratios = sorted(own[0].by_snr) if own else []
        mean = [np.mean([each.by_snr[ratio] for each in own]) for ratio in ratios]
        axis.plot(ratios, mean, "o--" if own and own[0].seed is None else "o-", ms=3, lw=1.3,
                  color=_colour(label), label=label)
    axis.set_xlabel("speech over noise, dB")
    axis.set_ylabel("area under the curve")
    axis.axhline(0.5, color="#9a9a9a", lw=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def mixture(given: Mixture) -> Figure:
    """A mixture and the clean speech in it, with what is speech."""
    figure, axes = plt.subplots(2, 1, figsize=(9, 3.2), sharex=True, sharey=True,
                                layout="constrained")
    time = np.arange(len(given.noisy))[::8] / given.rate_hz
    for axis, x, name in zip(axes, (given.noisy, given.clean), ("mixture", "clean"), strict=True):
        axis.plot(time, x[::8], lw=0.4, color="#444444")
        _spans(axis, given.active, 0.0, 1 / given.rate_hz, SPEECH)
        axis.set_ylabel(name)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_title(f"speech (shaded) over noise at {given.snr_db:.0f} dB", fontsize=9)
    axes[1].set_xlabel("time, s")
    return figure


def timeline(
    recording: Recording, listener: Listener, holding: Holding, seconds: tuple[float, float]
) -> Figure:
    """A stretch of a recording: its waveform with what is speech, and scores with decisions.

    Args:
        recording: what is heard.
        listener: what scores it.
        holding: how scores become decisions.
        seconds: where the stretch begins and ends.
    """
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 3.8), sharex=True,
                                         layout="constrained", height_ratios=(3, 2))
    rate_hz = 16_000.0
    first, last = (int(each * rate_hz) for each in seconds)
    x = recording.x[first:last]
    top.plot(seconds[0] + np.arange(len(x))[::8] / rate_hz, x[::8], lw=0.4, color="#444444")
    _spans(top, recording.active[first:last], seconds[0], 1 / rate_hz, SPEECH)
    scores = listener.scores(recording.x)
    ends = (listener.frame + listener.hop * np.arange(len(scores))) / rate_hz
    shown = (ends >= seconds[0]) & (ends < seconds[1])
    decided = holding.decided(scores)
    bottom.step(ends[shown], scores[shown], where="pre", lw=1.0, color=DECIDED)
    bottom.axhline(holding.threshold, color="#444444", lw=0.6, ls=":")
    hop_s = listener.hop / rate_hz
    _spans(bottom, decided[shown], ends[shown][0] - hop_s if shown.any() else 0.0, hop_s, DECIDED)
    top.set_ylabel("waveform")
    bottom.set_ylabel("score")
    bottom.set_xlabel("time, s")
    top.set_title("shaded above: speech by the labels; below: decided", fontsize=9)
    for axis in (top, bottom):
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def _spans(axis: Axes, on: np.ndarray, start_s: float, step_s: float, colour: str) -> None:
    edges = np.flatnonzero(np.diff(on.astype(int), prepend=0, append=0))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        axis.axvspan(start_s + begin * step_s, start_s + end * step_s, color=colour, alpha=0.25,
                     lw=0)
