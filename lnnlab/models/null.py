"""Null baselines: what a table's other rows have to beat to mean anything."""

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Majority:
    """Always the most frequent class of the training windows."""

    parameters = 0

    def fit(self, x: np.ndarray, y: np.ndarray) -> "Majority":
        """Count the classes of the training windows."""
        self._model = DummyClassifier(strategy="most_frequent").fit(x[:, 0], y)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class of each window, (window,)."""
        return self._model.predict(x[:, 0])

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """1 for the most frequent class, 0 for the others, (window, class that was seen)."""
        return self._model.predict_proba(x[:, 0])

    def logits(self, x: np.ndarray) -> np.ndarray:
        """The same for every window, (window, class): 1 of its class, 0 of the others."""
        return self._model.predict_proba(x[:, 0])


class BandStatistics:
    """Logistic regression on each feature's mean and standard deviation over a window.

    Where it does as well as a network, the corpus and split ask for no network.
    """

    def fit(self, x: np.ndarray, y: np.ndarray) -> "BandStatistics":
        """Fit on training features x (window, time, feature)."""
        self._model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
        self._model.fit(_statistics(x), y)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class of each window, (window,)."""
        return self._model.predict(_statistics(x))

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Of each class that was seen, (window, class)."""
        return self._model.predict_proba(_statistics(x))

    def logits(self, x: np.ndarray) -> np.ndarray:
        """What it says of each class, (window, class); of two classes 0 and what speaks for the
        second."""
        said = self._model.decision_function(_statistics(x))
        return said if said.ndim == 2 else np.stack([np.zeros_like(said), said], axis=1)

    def log_loss(self, x: np.ndarray, y: np.ndarray) -> float:
        """Mean negative log-probability of the true classes, to choose features by."""
        return float(log_loss(y, self.probabilities(x),
                              labels=self._model.classes_))

    @property
    def parameters(self) -> int:
        """Coefficients and intercepts."""
        regression = self._model[-1]
        return regression.coef_.size + regression.intercept_.size


def _statistics(x: np.ndarray) -> np.ndarray:
    """(window, time, feature) → (window, 2·feature)"""
    return np.concatenate([x.mean(axis=1), x.std(axis=1)], axis=1)
