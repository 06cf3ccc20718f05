"""Whether recordings suit a model that is there already: their classes and their rate."""

from collections.abc import Sequence

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.errors import UserError

RATE_TOLERANCE = 0.02  # of the model's rate


def refuse_other_rate(dataset: Dataset, rate_hz: float) -> None:
    """Refuse recordings at another rate than the model's; where either is unknown, do nothing.

    Args:
        rate_hz: of the model, samples per second; 0 where unknown.

    Raises:
        UserError: more than :data:`RATE_TOLERANCE` off.
    """
    known = dataset.rate_hz and rate_hz
    if known and abs(dataset.rate_hz / rate_hz - 1) > RATE_TOLERANCE:
        raise UserError(f"{dataset.name}: {dataset.rate_hz:g} Hz, the model was trained at "
                        f"{rate_hz:g}; --rate-hz {rate_hz:g} resamples recordings whose times "
                        "tell their rate")


def truth_of(dataset: Dataset, classes: Sequence[str]) -> np.ndarray:
    """True classes of the windows as the model numbers them, by name, int64 (window,).

    Args:
        classes: of the model.

    Raises:
        UserError: a class of the recordings is none of the model's.
    """
    strange = [each for each in dataset.classes if each not in classes]
    if strange:
        raise UserError(f"{dataset.name}: class '{strange[0]}' is none of the model's "
                        f"({', '.join(classes)}); score recordings of these")
    places = np.array([[*classes].index(each) for each in dataset.classes], np.int64)
    return places[dataset.y]
