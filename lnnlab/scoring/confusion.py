"""Right and wrong answers of a classifier: accuracy, balanced accuracy, confusion counts."""

import numpy as np


def figures(truth: np.ndarray, guess: np.ndarray, classes: int) -> dict:
    """Accuracy, balanced accuracy and confusion counts (truth, guess).

    Args:
        truth, guess: class indices, (item,).
        classes: how many there are.
    """
    confusion = confusion_counts(truth, guess, classes)
    return {
        "items": int(len(truth)),
        "accuracy": float(np.mean(truth == guess)),
        "balanced_accuracy": balanced_accuracy(confusion),
        "confusion": confusion.tolist(),
    }


def confusion_counts(truth: np.ndarray, guess: np.ndarray, classes: int) -> np.ndarray:
    """How often each class was taken for which, (truth, guess)."""
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (truth, guess), 1)
    return counts


def balanced_accuracy(confusion: np.ndarray) -> float:
    """Mean recall of the classes that occur, from counts (truth, guess).

    Choose it where classes are uneven: always answering the most frequent one of k gives 1/k.
    """
    present = confusion.sum(axis=1) > 0
    return float(np.mean(np.diag(confusion)[present] / confusion.sum(axis=1)[present]))
