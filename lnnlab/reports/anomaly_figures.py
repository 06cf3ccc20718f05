"""Figures of anomalies: ROC curves, a score over a bearing's life, a pump's timeline."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from sklearn.metrics import roc_curve

from lnnlab.data.skab import Experiment
from lnnlab.experiments.anomalies.liquid import Predictor
from lnnlab.experiments.anomalies.lives import Life
from lnnlab.experiments.anomalies.problem import Problem
from lnnlab.experiments.anomalies.pump import PumpScores
from lnnlab.experiments.anomalies.study import LIQUID
from lnnlab.integer.judging import score_stream
from lnnlab.scoring.detection import P, Scored

COLOURS = ("#0b6e99", "#b5541c", "#5b8c3e", "#7a5195", "#8a8a8a", "#222222")
ALARM, SHADE = "#b5541c", "#f3dfd3"
SHOWN = 8  # windows of a kind in a stream that is drawn
POINTS = np.linspace(0, 1, 401)  # false-alarm rates at which curves of folds are averaged


def roc_figure(rows: Mapping[str, Scored]) -> Figure:
    """Hits over false alarms at every threshold, mean over folds and seeds; left of the shade's
    border is what the partial area counts."""
    figure, axis = plt.subplots(figsize=(5.2, 3.8), layout="constrained")
    for (label, given), colour in zip(rows.items(), COLOURS, strict=False):
        hits = [np.interp(POINTS, *roc_curve(given.anomalous[rows_], scores[rows_],
                                             drop_intermediate=False)[:2])
                for scores in given.scores for rows_ in _folds(given)]
        axis.plot(100 * POINTS, 100 * np.mean(hits, axis=0), color=colour, lw=1.6, label=label)
    axis.axvspan(0, 100 * P, color="#e8eef2", zorder=0)
    axis.set_xlabel("false alarms, % of normal windows")
    axis.set_ylabel("anomalies found, %")
    axis.set_xlim(0, 100)
    axis.set_ylim(0, 101)
    axis.legend(frameon=False, fontsize=7.5, loc="lower right")
    return _plain(figure, axis)


def _folds(given: Scored) -> list[np.ndarray]:
    return [given.folds == each for each in np.unique(given.folds)]


def life_figure(lives: Mapping[str, Sequence[Life]], bearing: str) -> Figure:
    """Scores of one bearing over its life, in units of the threshold, mean over seeds.

    Args:
        lives: by detector, of each seed and bearing.
        bearing: such as ``"1_1"``.
    """
    figure, axis = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
    for (label, found), colour in zip(lives.items(), COLOURS, strict=False):
        own = [each for each in found if each.bearing == bearing]
        score = np.mean([each.score for each in own], axis=0)
        hours = np.maximum(own[0].hours, 1 / 360)
        for part in (own[0].worn, ~own[0].worn):
            axis.plot(hours[part], score[part], "o-", ms=3.5, lw=1, color=colour,
                      label=label if part[-1] else None)
    axis.axhline(1, color=ALARM, lw=1)
    axis.text(0.01, 1.05, "threshold", color=ALARM, fontsize=8, va="bottom",
              transform=axis.get_yaxis_transform())
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    _logarithmic(axis)
    axis.invert_xaxis()
    axis.set_xlabel("hours before the end of its life")
    axis.set_ylabel("score / threshold")
    axis.set_title(f"bearing {bearing}: first half of its life, gap, last 5 %", fontsize=9)
    axis.legend(frameon=False, fontsize=8)
    return _plain(figure, axis)


def timeline_figure(file: Experiment, scores: Mapping[str, Sequence[float]]) -> Figure:
    """Scores of one file second by second, in units of the threshold, marked anomalies shaded."""
    figure, axis = plt.subplots(figsize=(7.2, 2.8), layout="constrained")
    edges = np.flatnonzero(np.diff(np.r_[0, file.anomalous.astype(int), 0]))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        axis.axvspan(start, end, color=SHADE, lw=0)
    for (label, found), colour in zip(scores.items(), COLOURS, strict=False):
        axis.plot(np.maximum(found, 0.1), color=colour, lw=0.9, label=label)
    axis.axhline(1, color=ALARM, lw=1)
    _logarithmic(axis)
    axis.set_xlabel("seconds; shaded: marked as an anomaly")
    axis.set_ylabel("score / threshold")
    axis.set_title(file.name, fontsize=9)
    axis.legend(frameon=False, fontsize=8, loc="upper left")
    return _plain(figure, axis)


def stream_figure(score: np.ndarray, threshold: float, faulty: np.ndarray, hop_s: float) -> Figure:
    """A score frame by frame over its threshold, with the stretch that has the fault shaded."""
    figure, axis = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
    time = hop_s * np.arange(len(score))
    axis.fill_between(time, 0, 1, where=faulty, color=SHADE, lw=0,
                      transform=axis.get_xaxis_transform())
    axis.plot(time, np.maximum(score / threshold, 0.1), color=COLOURS[0], lw=1.2)
    axis.axhline(1, color=ALARM, lw=1)
    _logarithmic(axis)
    axis.set_xlabel("seconds; shaded: the bearing has a fault")
    axis.set_ylabel("score / threshold")
    return _plain(figure, axis)


def _logarithmic(axis: Axes) -> None:
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(FuncFormatter(
        lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else ""))


def _plain(figure: Figure, axis: Axes) -> Figure:
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def fault_figure(made: Predictor, problem: Problem, fault: str, quantile: float) -> Figure:
    """A test recording that is sound, has a fault and is sound again, as a detector scores it.

    Args:
        made: the detector.
        problem: whose test and validation windows are taken.
        fault: a class that is no normal running.
        quantile: of the scores of normal validation windows, where the threshold lies.
    """
    dataset, rows = problem.dataset, problem.split.test
    sound = rows[~problem.anomalous[rows]][:SHOWN]
    bad = rows[dataset.y[rows] == dataset.classes.index(fault)][:SHOWN]
    half = len(sound) // 2
    order = np.concatenate([sound[:half], bad, sound[half:]])
    samples = made.model.quantise(dataset.x[order]).reshape(-1, dataset.x.shape[2])
    score = score_stream(made.model, samples, made.score)
    held = made.scores(dataset.x[problem.normal("validation")])
    hop, length = made.model.features.spec.hop, dataset.x.shape[1]
    window = np.minimum(np.arange(len(score)) * hop // length, len(order) - 1)
    return stream_figure(score, float(np.quantile(held, quantile)),
                         problem.anomalous[order][window], hop / (dataset.rate_hz or 1.0))


def pump_figure(files: Sequence[Experiment], found: Sequence[PumpScores],
                name: str = "valve1/1") -> Figure:
    """:func:`timeline_figure` of one of SKAB's files: the liquid network and the forest."""
    file = next(each for each in files if each.name == name)
    rows = [each for each in found if each.seed == found[0].seed
            and each.row.name in (LIQUID, "isolation_forest")]
    return timeline_figure(file, {each.row.label: each.results["timelines"][name]
                                  for each in rows})
