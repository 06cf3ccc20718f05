"""Does a network know how sure it is? Confidence against how often the answer is right."""

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True)
class Reliability:
    """Answers in bins of equal width by confidence; empty bins are left out.

    Attributes:
        confidence, right: means of a bin, 0 to 1, (bin,).
        count: answers in it, (bin,).
    """

    confidence: np.ndarray
    right: np.ndarray
    count: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error, 0 to 1: mean distance of confidence and share of right
        answers, bins weighted by their answers (Guo et al., On Calibration of Modern Neural
        Networks, 2017)."""
        return float(np.average(np.abs(self.confidence - self.right), weights=self.count))


def reliability(probabilities: np.ndarray, truth: np.ndarray, bins: int = BINS) -> Reliability:
    """Bin the answers of a classifier by the probability of the class that it chose.

    Choose this where a threshold on the confidence decides what is done; accuracy alone says
    nothing of it.

    Args:
        probabilities: (item, class), rows that sum to 1.
        truth: class indices, (item,).
        bins: how many between 0 and 1.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    there = count > 0
    means = [np.bincount(place, each, bins)[there] / count[there] for each in (confidence, right)]
    return Reliability(*means, count[there])
