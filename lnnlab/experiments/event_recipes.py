"""Rows of the sound-event table: the four networks that the document names, and what is trivial.

The front end is the keywords' (:func:`lnnlab.experiments.keyword_recipes.front`) at another hop:
sound events last longer than words. Every row has the same front end, versions, epochs and number
of candidates; validation recordings choose.
"""

from collections.abc import Sequence

from lnnlab.data import Dataset
from lnnlab.errors import UserError, unknown
from lnnlab.experiments import keyword_recipes
from lnnlab.experiments.keyword_recipes import front
from lnnlab.experiments.recipes import Recipe
from lnnlab.models import kind_of, within_budget
from lnnlab.models.kinds import NULL

HOP = 512  # samples from frame to frame: 32 ms at 16 kHz, the longest that policies can skip
MEMORY = 80.0  # frames until the pool has forgotten two thirds: 2.6 s, half a clip
VERSIONS = 12
RATES = (8e-3, 3e-3)
CONFIG = keyword_recipes.CONFIG | {"batch_size": 16}
# five seconds are long: what leaves at one end may come in at the other, wherever it was cut
AUGMENTATION = {"shift_ms": 2500.0, "wrap": True, "noisy": 0.0}
SMALL, MICRO = "lnn_small", "lnn_micro"
ROWS: dict[str, tuple[str, dict]] = {  # row → model, and what sizes it
    SMALL: ("keyword_linear_ltc", {"channels": 40, "memory": MEMORY}),
    MICRO: ("keyword_linear_ltc", {"channels": 26, "memory": MEMORY}),
    "mobilenet": ("ds_cnn_42k", {}),
    "tiny_lstm": ("lstm", {"budget": 10_000}),
    "logistic_regression": ("logistic_regression", {}),
    "majority": ("majority", {}),
}
VARIANTS = {SMALL: "LNN-Small", MICRO: "LNN-Micro", "mobilenet": "MobileNet",
            "tiny_lstm": "TinyLSTM"}  # as the document calls them


def event_family(
    row: str, dataset: Dataset, trials: int = 1, versions: int = VERSIONS,
    rates: Sequence[float] = RATES,
) -> list[Recipe]:
    """The candidates of one row, the usual one first; they differ in the learning rate.

    Args:
        row: key of ``ROWS``.
        dataset: what they are for.
        trials: how many, at most as many as there are rates.
        versions: of each training clip.
        rates: learning rates, the usual one first.

    Raises:
        UserError: the row is unknown, or there are fewer rates than trials.
    """
    if row not in ROWS:
        raise unknown("row of the sound events", row, ROWS)
    if not 1 <= trials <= len(rates):
        raise UserError(f"trials = {trials}: choose 1 to {len(rates)}")
    model, sizing = ROWS[row]
    features = front(dataset, HOP)
    if kind_of(model).family == NULL:
        return [Recipe(model, features)]
    options = dict(sizing)
    if "budget" in sizing:
        options = within_budget(model, features.size(1), len(dataset.classes), sizing["budget"])
    return [Recipe(model, features, options, CONFIG | {"learning_rate": rate}, VARIANTS[row],
                   versions, augmentation=dict(AUGMENTATION)) for rate in rates[:trials]]


def event_families(
    rows: Sequence[str], dataset: Dataset, trials: int = 1, versions: int = VERSIONS
) -> list[list[Recipe]]:
    """:func:`event_family` of several rows.

    Raises:
        UserError: there is no row, or one is unknown.
    """
    if not rows:
        raise UserError(f"rows: give at least one of {', '.join(ROWS)}")
    return [event_family(row, dataset, trials, versions) for row in rows]
