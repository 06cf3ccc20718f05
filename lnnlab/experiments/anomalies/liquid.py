"""A liquid network that is taught what normal running does next, and scores what it did not expect.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from lnnlab.compress import calibrate, quantise
from lnnlab.compress.quantise import input_step
from lnnlab.data import Dataset
from lnnlab.experiments.anomalies.problem import Problem, Teaching
from lnnlab.features import FeatureSpec, extract
from lnnlab.integer import IntegerModel
from lnnlab.integer.anomaly import MOST, Q6, Q8, UNIT, AnomalyScore
from lnnlab.integer.decisions import frame_logits
from lnnlab.integer.judging import errors, score_windows
from lnnlab.integer.ranges import INT16
from lnnlab.integer.twin import rounding_noise
from lnnlab.models import build, parameter_count
from lnnlab.models.saved import SavedModel
from lnnlab.training import LNNTrainer, Samples
from lnnlab.training.predictions import one_thread
from lnnlab.training.samples import FitResult

MODEL = "keyword_linear_ltc"
OPTIONS = {"channels": 12, "blocks": 1, "taps": 4, "memory": 1.0, "dropout": 0.0}
CONFIG = {"learning_rate": 1e-2, "batch_size": 32, "input_noise": 0.5, "keep": "last",
          "averaging": 0.98}
FARTHEST = 8.0  # spreads: targets beyond count as this
LEAST_SPREAD = 0.05  # of an error, so that a channel that stands still is not blown up
KEPT_WINDOWS = 128  # that travel with a saved network


@dataclass(frozen=True)
class Shape:
    """The network and its training, where they differ from ``OPTIONS`` and ``CONFIG``."""

    options: dict = field(default_factory=dict)
    config: dict = field(default_factory=dict)

    def as_dict(self) -> dict:
        """Plain values, for records."""
        return {"model": MODEL, "options": OPTIONS | self.options, "config": CONFIG | self.config}


@dataclass(frozen=True)
class Source:
    """Where a network's windows are from; see :class:`lnnlab.data.Dataset`."""

    name: str
    channels: tuple[str, ...]
    rate_hz: float | None
    synthetic: bool = False

    @classmethod
    def of(cls, dataset: Dataset) -> "Source":
        """That of a dataset."""
        return cls(dataset.name, dataset.channels, dataset.rate_hz, dataset.synthetic)


@dataclass(frozen=True)
class Predictor:
    """A network fresh from training, in int8, with its score.

    Attributes:
        saved: the float network.
        model: the integer one; its meta holds the score, threshold and all.
        fit: the losses of each epoch.
    """

    saved: SavedModel
    model: IntegerModel
    fit: FitResult

    @property
    def score(self) -> AnomalyScore:
        """Of the network."""
        return AnomalyScore.of(self.model.meta)

    @property
    def parameters(self) -> int:
        """Trained numbers of the network."""
        return parameter_count(self.saved.network)

    def scores(self, x: np.ndarray) -> np.ndarray:
        """The score at the end of each window, x in the sensor's unit (window, time, channel)."""
        return score_windows(self.model, self.model.quantise(x))[:, -1]

    def with_score(self, score: AnomalyScore) -> "Predictor":
        """The same with another score."""
        return replace(self, model=replace(self.model, meta=score.into(self.model.meta)))

    def with_threshold(self, found: np.ndarray, quantile: float) -> "Predictor":
        """The same with its threshold just above the quantile of such scores of normal running."""
        return self.with_score(replace(self.score, threshold=threshold_of(found, quantile)))


def predictor(problem: Problem, seed: int, shape: Shape | None = None) -> Predictor:
    """Teach a network the normal running of a problem, and set its threshold.

    The threshold is the problem's quantile of the scores at the ends of normal validation windows.
    """
    dataset, teaching = problem.dataset, problem.teaching
    train, held = (dataset.x[problem.normal(part)] for part in ("train", "validation"))
    made = taught(Source.of(dataset), problem.spec, (train, held), teaching,
                  shape or Shape(), seed)
    return made.with_threshold(made.scores(held), teaching.quantile)


def taught(
    source: Source, spec: FeatureSpec, parts: tuple[np.ndarray, np.ndarray], teaching: Teaching,
    shape: Shape, seed: int,
) -> Predictor:
    """A network taught on windows, with the highest threshold there is.

    Args:
        source: where the windows are from.
        spec: with ``full_scale`` set.
        parts: normal windows to train and to watch the loss on, (window, time, channel).
        teaching: epochs and smoothing; shape: of the network.
        seed: of initial weights and batches.
    """
    with one_thread():
        saved, fit = _trained(source, spec, parts, teaching.epochs, shape, seed)
    ranges = calibrate(saved)
    model, step = quantise(saved, ranges), input_step(saved, ranges)
    score = fitted_score(model, step, parts[0], teaching.smoothing_shift)
    return Predictor(saved, replace(model, meta=score.into(model.meta)), fit)


def threshold_of(found: np.ndarray, quantile: float) -> int:
    """The quantile of whole scores, from which on a score is an anomaly."""
    return max(1, int(np.ceil(np.quantile(found, quantile, method="higher"))) + 1)


def fitted_score(
    model: IntegerModel, step: float, x: np.ndarray, smoothing_shift: int
) -> AnomalyScore:
    """The score whose errors have mean 0 and spread 1 on windows of normal running.

    Args:
        model: its outputs are its next features.
        step: value of one int8 step of its features, see
            :func:`lnnlab.compress.quantise.input_step`.
        x: normal training windows, in the sensor's unit (window, time, channel).
        smoothing_shift: see :class:`AnomalyScore`.

    Returns:
        with the highest threshold there is.
    """
    samples = model.quantise(x)
    features, logits = model.features.run(samples), frame_logits(model, samples)
    unit = int(np.clip(round(step * Q8 * Q8), *UNIT))
    plain = AnomalyScore(unit, 0, MOST[1], smoothing_shift, 2**31 - 1,
                         (1,) * model.features.size, (0,) * model.features.size)
    left = errors(plain, features, logits).reshape(-1, model.features.size)
    offset = np.clip(np.round(left.mean(axis=0)), *INT16)
    return replace(weighted(plain, left), offset=tuple(offset.astype(int)))


def weighted(score: AnomalyScore, left: np.ndarray) -> AnomalyScore:
    """A score with the factors under which errors of normal running have spread 1.

    Args:
        left: errors in Q8, (…, feature).
    """
    spread = left.reshape(-1, left.shape[-1]).std(axis=0)
    exact = Q6 / np.maximum(spread, LEAST_SPREAD * Q8)  # from an error in Q8 to spreads in Q6
    shift = int(np.clip(np.floor(np.log2(32767 / exact.max())), 0, 30))
    factor = np.clip(np.round(exact * 2.0**shift), 0, 32767)
    return replace(score, shift=shift, factor=tuple(factor.astype(int)), most=int(FARTHEST * Q6))


def _trained(
    source: Source, spec: FeatureSpec, parts: tuple[np.ndarray, np.ndarray], epochs: int,
    shape: Shape, seed: int,
) -> tuple[SavedModel, FitResult]:
    train, held = (extract(each, spec) for each in parts)
    size, options = train.shape[2], OPTIONS | shape.options
    torch.manual_seed(seed)
    network = build(MODEL, size, size, **options)
    network.fit_standardiser(train, rounding_noise(parts[0], spec, source.rate_hz))

    def next_ones(x: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            y = network.standardised(torch.from_numpy(x.copy())).numpy()
        y = np.clip(y, -FARTHEST, FARTHEST)
        return np.concatenate([y[:, 1:], np.full_like(y[:, :1], np.nan)], axis=1)

    config = CONFIG | shape.config | {"input_dim": size, "output_dim": size, "seed": seed}
    result = LNNTrainer(config, network).fit(
        Samples(train, next_ones(train)), Samples(held, next_ones(held)), epochs, epochs,
        progress=False)
    kept, checked = (each[np.linspace(0, len(each) - 1, min(KEPT_WINDOWS, len(each))).astype(int)]
                     for each in parts)
    y = next_ones(extract(checked, spec))
    names = tuple(f"{channel} {k}" for channel in source.channels
                  for k in range(spec.per_channel))
    origin = {"corpus": source.name, "synthetic": source.synthetic, "seed": seed,
              "task": "anomaly"}
    return SavedModel(MODEL, options, network.cpu().eval(), spec, names, source.channels,
                      source.rate_hz, parts[0].shape[1], kept, checked, y, origin, ()), result
