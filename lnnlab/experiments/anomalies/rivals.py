"""Detectors beside the liquid network, fed the same features of the same windows.

All but the references see normal running alone. Their thresholds follow the same rule: a quantile
of their scores of normal validation windows.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.ensemble import IsolationForest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lnnlab.experiments.anomalies.problem import Problem

CONTEXT, BOTTLENECK = 5, (32, 8, 32)  # frames that the autoencoder sees; its hidden layers
FARTHEST, LEAST_SPREAD = 8.0, 0.05  # of errors, as of the liquid network's
TREES = 200
QUIET = 1e-12  # power below which a level says no more

Scores = Callable[[np.ndarray], np.ndarray]  # (item, feature) → a score each, (item,)


@dataclass(frozen=True)
class Fitted:
    """A detector that was fitted.

    Attributes:
        scores: of what it was fitted to; more is more anomalous.
        parameters: numbers that it learned.
    """

    scores: Scores
    parameters: int

    def of(self, made: Callable[[np.ndarray], np.ndarray]) -> "Fitted":
        """The same, of rows that ``made`` turns into what it was fitted to."""
        return Fitted(lambda rows: self.scores(made(rows)), self.parameters)


def distance(train: np.ndarray) -> Fitted:
    """Squared Mahalanobis distance from normal items, (item, feature).

    The covariance is shrunk towards a multiple of the identity (Ledoit and Wolf 2004), as items
    may be few.
    """
    scaler = StandardScaler().fit(train)
    fitted, width = LedoitWolf().fit(scaler.transform(train)), train.shape[1]
    return Fitted(lambda x: fitted.mahalanobis(scaler.transform(x)),
                  width + width * (width + 1) // 2)


def isolation(train: np.ndarray, seed: int) -> Fitted:
    """How soon random cuts leave an item alone (Liu, Ting and Zhou 2008)."""
    forest = IsolationForest(n_estimators=TREES, random_state=seed).fit(train)
    nodes = sum(each.tree_.node_count for each in forest.estimators_)
    return Fitted(lambda x: -forest.score_samples(x), 2 * nodes)


def reconstruction(train: np.ndarray, seed: int, epochs: int) -> Fitted:
    """What a narrow network cannot give back of an item, weighted and cut off as the liquid
    network's errors are."""
    scaler = StandardScaler().fit(train)

    def scaled(x: np.ndarray) -> np.ndarray:
        return np.clip(scaler.transform(x), -FARTHEST, FARTHEST)

    network = MLPRegressor(
        hidden_layer_sizes=BOTTLENECK, learning_rate_init=3e-3, batch_size=min(256, len(train)),
        max_iter=epochs, tol=0, n_iter_no_change=10**6, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it trains for as long as all do
        network.fit(scaled(train), scaled(train))
    left = (scaled(train) - network.predict(scaled(train))).std(axis=0)
    spread = np.maximum(left, LEAST_SPREAD)

    def scores(x: np.ndarray) -> np.ndarray:
        z = np.abs(scaled(x) - network.predict(scaled(x))) / spread
        return (np.minimum(z, FARTHEST) ** 2).sum(axis=1)
    return Fitted(scores, sum(each.size for each in (*network.coefs_, *network.intercepts_)))


def level(problem: Problem, seed: int) -> Fitted:
    """Null: the log power of the window, so that what is louder is worse. It learns nothing."""
    def scores(rows: np.ndarray) -> np.ndarray:
        x = problem.dataset.x[rows].astype(np.float64)
        return np.log10(np.maximum(x.var(axis=1).sum(axis=1), QUIET))
    return Fitted(scores, 0)


def mahalanobis(problem: Problem, seed: int) -> Fitted:
    """:func:`distance` of each feature's mean and spread over a window's frames."""
    return distance(_statistics(problem, problem.normal("train"))).of(
        lambda rows: _statistics(problem, rows))


def isolation_forest(problem: Problem, seed: int) -> Fitted:
    """:func:`isolation` of the same statistics."""
    return isolation(_statistics(problem, problem.normal("train")), seed).of(
        lambda rows: _statistics(problem, rows))


def autoencoder(problem: Problem, seed: int) -> Fitted:
    """:func:`reconstruction` of five frames, mean over a window, as DCASE's baseline does."""
    train = contexts(problem.features(problem.normal("train")))
    fitted = reconstruction(train.reshape(-1, train.shape[2]), seed, problem.teaching.epochs)

    def scores(rows: np.ndarray) -> np.ndarray:
        x = contexts(problem.features(rows))
        return fitted.scores(x.reshape(-1, x.shape[2])).reshape(len(x), -1).mean(axis=1)
    return Fitted(scores, fitted.parameters)


def logistic_regression(problem: Problem, seed: int) -> Fitted:
    """A reference that saw faults: of the training part, with their labels."""
    rows = problem.split.train
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    model.fit(_statistics(problem, rows), problem.anomalous[rows])
    return Fitted(lambda rows: model.decision_function(_statistics(problem, rows)),
                  model[-1].coef_.size + 1)


def _statistics(problem: Problem, rows: np.ndarray) -> np.ndarray:
    """Mean and standard deviation over frames, (window, 2·feature)."""
    x = problem.features(rows)
    return np.concatenate([x.mean(axis=1), x.std(axis=1)], axis=1)


def contexts(x: np.ndarray) -> np.ndarray:
    """Frames with the ones before, (window, frame, feature) → (window, frame − 4, 5·feature)."""
    count = min(CONTEXT, x.shape[1])
    views = np.lib.stride_tricks.sliding_window_view(x, count, axis=1)  # (…, feature, context)
    return np.ascontiguousarray(views).reshape(*views.shape[:2], -1)
