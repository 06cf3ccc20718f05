"""Rows of the sound-event table: the four networks that the document names, and what is trivial.

The front end is the keywords' (:func:`lnnlab.experiments.keyword_recipes.front`) at another hop:
sound events last longer than words, and stretches of bands and frames are hidden from training
(:func:`lnnlab.data.augment.masked`). Every row has the same front end, versions, epochs, teachers
and number of candidates; validation recordings choose.
"""

from collections.abc import Sequence
from dataclasses import replace

from lnnlab.data import Dataset
from lnnlab.errors import UserError, unknown
from lnnlab.experiments import keyword_recipes
from lnnlab.experiments.keyword_recipes import TAUGHT, TEACHER_SEEDS, front
from lnnlab.experiments.recipes import Recipe
from lnnlab.models import kind_of, within_budget
from lnnlab.models.kinds import BLOCKS, NULL

HOP = 512  # samples from frame to frame: 32 ms at 16 kHz, the longest that policies can skip
MEMORY = 80.0  # frames until the pool has forgotten two thirds: 2.6 s, half a clip
VERSIONS = 12
RATES = (8e-3, 3e-3)
CONFIG = keyword_recipes.CONFIG | {"batch_size": 16}
# five seconds are long: what leaves at one end may come in at the other, wherever it was cut
AUGMENTATION = {"shift_ms": 2500.0, "wrap": True, "noisy": 0.0}
# a network of whole clips is not to lean on one moment or band of them; chosen on validation clips
MASKS = {"masked_bands": 6, "masked_frames": 16}
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
    rates: Sequence[float] = RATES, teachers: Sequence[str] = (),
) -> list[Recipe]:
    """The candidates of one row, the usual one first; they differ in the learning rate, and in
    whether teachers taught them.

    Args:
        row: key of ``ROWS``.
        dataset: what they are for.
        trials: how many, at most as many as there are rates.
        versions: of each training clip.
        rates: learning rates, the usual one first.
        teachers: rows that are trained first, with several seeds; each candidate stands there once
            as it is and once taught by their mean answer, as the keywords' rows are.

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
    usual = [Recipe(model, features, options, CONFIG | {"learning_rate": rate}, VARIANTS[row],
                    versions, augmentation=AUGMENTATION | MASKS) for rate in rates[:trials]]
    masters = tuple(event_family(each, dataset, 1, versions)[0] for each in teachers)
    return usual + [_taught(each, masters) for each in usual if masters]


def _taught(recipe: Recipe, masters: tuple[Recipe, ...]) -> Recipe:
    """The same recipe beside teachers."""
    blocks = kind_of(recipe.model).family == BLOCKS
    return replace(recipe, config=recipe.config | TAUGHT, teachers=masters,
                   options=recipe.options | ({"dropout": 0.0} if blocks else {}),
                   teacher_seeds=TEACHER_SEEDS)


def event_families(
    rows: Sequence[str], dataset: Dataset, trials: int = 1, versions: int = VERSIONS,
    teachers: Sequence[str] = (),
) -> list[list[Recipe]]:
    """:func:`event_family` of several rows, all with the same teachers.

    Raises:
        UserError: there is no row, or one is unknown.
    """
    if not rows:
        raise UserError(f"rows: give at least one of {', '.join(ROWS)}")
    return [event_family(row, dataset, trials, versions, teachers=teachers) for row in rows]
