"""The keyword tables and the wake-word table: keywords on boards that always listen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnnlab.data.streams import Stream
from lnnlab.experiments.always_on import always_on
from lnnlab.experiments.deployment import Deployment
from lnnlab.experiments.wake_study import WakeWords
from lnnlab.reports.figures import colour_of
from lnnlab.reports.pooling import grouped_deployments
from lnnlab.reports.probit import probit, probit_axes
from lnnlab.reports.tables import COLUMNS, marked, summary
from lnnlab.scoring.events import Score
from lnnlab.target.boards import board
from lnnlab.target.energy import rests_on

SECONDS_PER_H = 3600
RATES_PER_H = (0.1, 0.5, 2, 10, 50, 200)  # ticks of false accepts an hour
STYLES = {"gate": "--", "large": "-.", "small": ":"}  # part of a label → its line
HALF = 0.5  # false accepts that a threshold without any is drawn at


def always_on_rows(deployed: Iterable[Deployment], boards: Sequence[str]) -> pd.DataFrame:
    """Cycles a second, power, latency and battery life of each network on each board."""
    rows = []
    for (corpus, split, label), own in grouped_deployments(deployed).items():
        shared = {"model": label, "parameters": max(each.parameters for each in own),
                  "corpus": corpus, "split": split}
        stale = any(each.stale or each.record.stale for each in own)
        for name in boards:
            found, modelled = [always_on(each, name) for each in own], rests_on(board(name))
            figures = {
                "cycles_per_s": ([each.cycles_per_s for each in found], "cycles", "emulated"),
                f"frame_latency_{name}": ([each.frame_latency_ms for each in found], "ms",
                                          "emulated"),
                f"power_{name}": ([each.power_mw for each in found], "mW", modelled),
                f"aa_days_{name}": ([each.pair.hours / 24 for each in found], "days", modelled),
                f"cr2032_days_{name}": ([each.coin.hours / 24 for each in found], "days",
                                        modelled),
            }
            if all(each.flash_power_mw is not None for each in found):
                emulated, waited = (board(name).on_flash(each) for each in ("emulated", modelled))
                figures |= {
                    f"flash_cycles_per_s_{name}": ([each.flash_cycles_per_s for each in found],
                                                   "cycles", emulated),
                    f"flash_frame_latency_{name}": ([each.flash_frame_latency_ms for each in found],
                                                    "ms", emulated),
                    f"flash_power_{name}": ([each.flash_power_mw for each in found], "mW", waited),
                }
            for metric, (values, unit, basis) in figures.items():
                figure = summary(metric, [float(np.mean(values))], unit, marked(basis, stale))
                rows.append(shared | figure | {"board": name})
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.drop_duplicates(["model", "corpus", "split", "metric"])


def wake_rows(study: WakeWords, allowed_per_h: Sequence[float]) -> pd.DataFrame:
    """Each word at the thresholds that keep to an allowed rate on validation sound: what they gave
    there, and on the test misses, false accepts with their interval, by source, and delay.

    Args:
        study: what was found; allowed_per_h: false accepts an hour, a split of the table each.
    """
    rows = []
    for allowed in allowed_per_h:
        for word in study.scores:
            shared = {"model": f"{study.label}: '{word}'", "parameters": study.parameters,
                      "corpus": study.corpus, "seeds": str(study.seed),
                      "split": f"sound of test speakers, at most {allowed:g}/h on validation"}
            rows += [shared | each for each in _wake_figures(study, word, allowed)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _wake_figures(study: WakeWords, word: str, allowed: float) -> Iterator[dict]:
    threshold, heard = study.threshold(word, allowed), study.streams["test"]
    before, found = (study.scores[word][part][threshold] for part in ("validation", "test"))
    low, high = found.rate_band_per_h
    figures = {
        "miss_rate": (found.miss_percent, "%"), "allowed on validation": (allowed, "/h"),
        "validation gave": (before.false_accepts_per_h, "/h"),
        "validation sound": (before.hours, "h"),
        "false_accepts": (found.false_accepts_per_h, "/h"), "false_accepts_low": (low, "/h"),
        "false_accepts_high": (high, "/h"), "delay": (1e3 * found.delay_s, "ms"),
        "threshold": (threshold, ""), "stream": (found.hours, "h"),
        "distinct clips of the word": (heard.distinct.get(word, 0), ""),
        "distinct clips": (heard.distinct_clips, ""),
        **{f"false accepts, {name}": (counts[threshold], "")
           for name, counts in study.sources[word].items()},
        f"power_{study.board}": (study.power_mw, "mW"),
        f"cr2032_days_{study.board}": (study.coin_days, "days"),
    }
    for metric, (value, unit) in figures.items():
        modelled = unit in ("mW", "days")
        basis = rests_on(board(study.board)) if modelled else study.basis
        yield summary(metric, [float(value)], unit, marked(basis, bool(study.stale))) | {
            "items": found.events, "board": study.board if modelled else ""}


def tradeoff(studies: Iterable[WakeWords], word: str) -> Figure:
    """Misses over false accepts at every threshold, a line a network, on axes on which normal
    scores give straight lines. A threshold without a false accept is drawn at half of one: the
    sound is too short to say more.

    Args:
        studies: of networks or policies on the same sound; word: the wake word.
    """
    figure, axis = plt.subplots(figsize=(6, 4.4), layout="constrained")
    for study in studies:
        own = [each for _, each in sorted(study.scores[word]["test"].items())]
        rate = np.array([max(each.false_accepts, HALF) / each.hours for each in own])
        missed = np.array([each.miss_percent for each in own])
        axis.plot(probit(rate / SECONDS_PER_H, 0.0), probit(missed / 100),
                  marker="o", ms=3, lw=1, label=f"{study.label}, {own[0].hours:.2f} h",
                  color=colour_of(study.label), ls=next(
                      (line for part, line in STYLES.items() if part in study.label), "-"))
    probit_axes(axis, None, (0.01, 0.95))
    axis.set_xticks(probit(np.array(RATES_PER_H) / SECONDS_PER_H, 0.0), RATES_PER_H)
    axis.set_xlabel("false accepts an hour (axis: share of seconds)")
    axis.set_ylabel(f"'{word}' missed, %")
    axis.legend(frameon=False, fontsize=7)
    return figure


def misses_against_false_accepts(scores: dict[str, dict[float, Score]]) -> Figure:
    """One curve a word over the thresholds; bars are 95 % intervals of the rate."""
    figure, axis = plt.subplots(figsize=(6, 3.8), layout="constrained")
    for word, own in scores.items():
        points = [each for _, each in sorted(own.items())]
        rate = np.array([each.false_accepts_per_h for each in points])
        band = np.array([each.rate_band_per_h for each in points])
        axis.errorbar(
            rate, [each.miss_percent for each in points],
            xerr=np.abs(band.T - rate), fmt="o-", ms=3, lw=1, capsize=2, label=word,
        )
    axis.set_xscale("symlog", linthresh=1)
    axis.set_xlabel("false accepts an hour")
    axis.set_ylabel("missed, %")
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)
    return figure


def at_a_threshold(scores: Mapping[str, Mapping[float, Score]], threshold: float) -> Figure:
    """The curves of :func:`misses_against_false_accepts` with one threshold marked, and what it
    gives in words.

    Args:
        scores: word → threshold → score; threshold: the nearest that was tried is shown.
    """
    figure = misses_against_false_accepts({word: dict(own) for word, own in scores.items()})
    axis, said = figure.axes[0], []
    for word, own in scores.items():
        score = own[min(own, key=lambda each: abs(each - threshold))]
        axis.plot(score.false_accepts_per_h, score.miss_percent, "o", ms=11, mfc="none",
                  mec="#b5541c", mew=2)
        said.append(f"{word}: {score.misses} of {score.events} missed, {score.false_accepts} "
                    f"false accepts in {60 * score.hours:.0f} min")
    axis.set_title(f"threshold {threshold:.2f}\n" + "; ".join(said), fontsize=8)
    return figure


def timeline(
    stream: Stream, ends_s: np.ndarray, smoothed_q15: np.ndarray, classes: Sequence[str],
    detected: np.ndarray, seconds: float = 20.0,
) -> Figure:
    """Waveform, words said, smoothed probabilities and reports of a stream's first seconds."""
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 4), sharex=True, layout="constrained")
    count = int(seconds * stream.rate_hz)
    time = np.arange(min(count, len(stream.x))) / stream.rate_hz
    top.plot(time[::8], stream.x[: len(time) : 8], lw=0.4, color="#0b6e99")
    for event in stream.events:
        if event.end_s < seconds:
            top.axvspan(event.start_s, event.end_s, color="#d99a3d", alpha=0.25, lw=0)
            top.text(event.start_s, top.get_ylim()[1] * 0.85, event.label, fontsize=8)
    shown = ends_s < seconds
    for number, name in enumerate(classes):
        curve = smoothed_q15[shown, number] / 32768
        if curve.max() > 0.5:
            bottom.plot(ends_s[shown], curve, lw=1, label=name)
    for moment in ends_s[detected & shown]:
        bottom.axvline(moment, color="#b5541c", lw=0.8, ls=":")
    bottom.legend(frameon=False, fontsize=7, ncols=6, loc="upper center")
    bottom.set_xlabel("time, s")
    bottom.set_ylabel("smoothed probability")
    for axis in (top, bottom):
        axis.spines[["top", "right"]].set_visible(False)
    return figure


def float_against_fixed(
    exact: Sequence[np.ndarray], fixed: Sequence[np.ndarray], titles: Sequence[str]
) -> Figure:
    """Features in float, in fixed point, and their difference, (frame, feature) each."""
    figure, axes = plt.subplots(
        len(titles), 3, figsize=(9, 1.9 * len(titles)), layout="constrained", squeeze=False
    )
    for line, a, b, title in zip(axes, exact, fixed, titles, strict=True):
        limits = {"vmin": a.min(), "vmax": a.max()}
        for axis, image, name in zip(line, (a, b, b - a), ("float", "fixed point", "difference"),
                                     strict=True):
            options = limits if name != "difference" else {}
            drawn = axis.imshow(image.T, origin="lower", aspect="auto", **options)
            figure.colorbar(drawn, ax=axis)
            axis.set_title(f"{title}, {name}", fontsize=9)
    for axis in axes[-1]:
        axis.set_xlabel("frame")
    return figure
