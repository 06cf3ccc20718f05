"""Rows of the keyword benchmark: liquid networks, and rivals plain and in the same frame.

Every row is searched alike: the same front end, augmentation, teachers, epochs and number of
candidates, which differ in the learning rate; validation chooses. Rows with a hop in their
name take their frames further apart.
"""

from collections.abc import Sequence
from dataclasses import replace

from lnnlab.data import Dataset
from lnnlab.errors import UserError, unknown
from lnnlab.experiments.recipes import Recipe
from lnnlab.features import FeatureSpec
from lnnlab.models import kind_of, within_budget
from lnnlab.models.kinds import BLOCKS, NULL

BUDGET = 10_000  # parameters of the rows "of equal size"
LARGE_BUDGET = 41_000  # of the large LSTM
CHANNELS = 40  # of the liquid network; 9,333 parameters with 40 bands and 12 classes
SMALL_CHANNELS = 26
LARGE_CHANNELS = 64  # with three blocks 29,800 parameters, fewer than the CNN's
HOP = 320  # samples from frame to frame
VERSIONS = 20
RATES = (8e-3, 3e-3, 1.6e-2)
CONFIG = {"weight_decay": 0.01, "label_smoothing": 0.1, "mixup": 0.3, "averaging": 0.995,
          "keep": "last"}
MANY_TIMESTEPS = {"timesteps": [1, 2, 4], "timestep_share": 0.3}
# of every row, where there are teachers: their answers are regularisation enough
TAUGHT = {"teacher_weight": 0.9, "temperature": 2.0, "mixup": 0.0}
TEACHER_SEEDS = (0, 1, 2)
# row → model, and what sizes it: given options, or a budget of parameters
ROWS: dict[str, tuple[str, dict]] = {
    "liquid": ("keyword_linear_ltc", {"channels": CHANNELS}),
    "liquid_small": ("keyword_linear_ltc", {"channels": SMALL_CHANNELS}),
    "liquid_large": ("keyword_linear_ltc", {"channels": LARGE_CHANNELS, "blocks": 3}),
    "liquid_hop_400": ("keyword_linear_ltc", {"channels": CHANNELS}),
    "liquid_hop_480": ("keyword_linear_ltc", {"channels": CHANNELS}),
    "liquid_small_hop_400": ("keyword_linear_ltc", {"channels": SMALL_CHANNELS}),
    "cnn": ("ds_cnn_42k", {}),
    "lstm_in_blocks": ("keyword_lstm", {"budget": BUDGET}),
    "gru_in_blocks": ("keyword_gru", {"budget": BUDGET}),
    "fastgrnn_in_blocks": ("keyword_fastgrnn", {"budget": BUDGET}),
    "cfc_in_blocks": ("keyword_cfc", {"budget": BUDGET}),
    "lstm": ("lstm", {"budget": BUDGET}),
    "gru": ("gru", {"budget": BUDGET}),
    "fastgrnn": ("fastgrnn", {"budget": BUDGET}),
    "cfc": ("cfc", {"budget": BUDGET}),
    "liquid_plain": ("linear_ltc", {"budget": BUDGET}),
    "lstm_large": ("lstm", {"budget": LARGE_BUDGET}),
    "logistic_regression": ("logistic_regression", {}),
    "majority": ("majority", {}),
}
HOPS = {"liquid_hop_400": 400, "liquid_hop_480": 480, "liquid_small_hop_400": 400}
VARIANTS = {"liquid_small": "small", "lstm_large": "large", "liquid_large": "large",
            "liquid_hop_400": "hop 400", "liquid_hop_480": "hop 480",
            "liquid_small_hop_400": "small, hop 400"}


def front(dataset: Dataset, hop: int = HOP) -> FeatureSpec:
    """40 bands of PCEN, 512 samples long, every ``hop``: at 16 kHz 32 ms, every 20 ms."""
    rate_hz = float(dataset.rate_hz)
    return FeatureSpec(
        "pcen", frame=512, hop=hop, bands=40, floor=5e-9,
        mel={"rate_hz": rate_hz, "low_hz": 60.0, "high_hz": min(7600.0, 0.475 * rate_hz),
             "bias": 0.1},
    )


def family(
    row: str, dataset: Dataset, trials: int = 1, versions: int = VERSIONS,
    rates: Sequence[float] = RATES, teachers: Sequence[str] = (),
) -> list[Recipe]:
    """The candidates of one row, the usual one first.

    Args:
        row: key of ``ROWS``.
        dataset: what they are for.
        trials: how many, at most as many as there are rates.
        versions: of each training clip.
        rates: learning rates, the usual one first.
        teachers: rows that are trained first, with seeds of their own; their mean answer teaches
            this one.

    Raises:
        UserError: the row is unknown, or there are fewer rates than trials.
    """
    if row not in ROWS:
        raise unknown("row of the keyword benchmark", row, ROWS)
    if not 1 <= trials <= len(rates):
        raise UserError(f"trials = {trials}: choose 1 to {len(rates)}")
    model, sizing = ROWS[row]
    features = front(dataset, HOPS.get(row, HOP))
    if kind_of(model).family == NULL:
        return [Recipe(model, features)]
    options = _options(model, sizing, features.size(1), len(dataset.classes))
    masters = [family(each, dataset, 1, versions)[0] for each in teachers]
    config = CONFIG | (TAUGHT if masters else {})
    if masters and kind_of(model).family == BLOCKS:
        options["dropout"] = 0.0
    seeds = TEACHER_SEEDS if masters else ()
    return [
        Recipe(model, features, options, config | {"learning_rate": rate}, VARIANTS.get(row, ""),
               versions, tuple(masters), seeds)
        for rate in rates[:trials]
    ]


def any_timestep(recipe: Recipe) -> Recipe:
    """The same recipe, trained at many timesteps as well, for networks that sleep."""
    variant = ", ".join(part for part in (recipe.variant, "any timestep") if part)
    return replace(recipe, variant=variant, config=recipe.config | MANY_TIMESTEPS)


def sound_recipe(model: str, dataset: Dataset, versions: int = VERSIONS) -> Recipe:
    """The recipe of a model by its name, for sound: the front end and training of the benchmark.

    Raises:
        UserError: the model is unknown.
    """
    kind, features = kind_of(model), front(dataset)
    if kind.family == NULL:
        return Recipe(model, features)
    sizing = {"channels": CHANNELS} if kind.family == BLOCKS else {"budget": BUDGET}
    options = _options(model, sizing, features.size(1), len(dataset.classes))
    return Recipe(model, features, options, CONFIG | {"learning_rate": RATES[0]}, "", versions)


def sound_candidates(
    model: str, dataset: Dataset, trials: int = 1, versions: int = VERSIONS
) -> list[Recipe]:
    """:func:`sound_recipe` with one learning rate after the other, for a search.

    Raises:
        UserError: the model is unknown, or there are fewer rates than trials.
    """
    if not 1 <= trials <= len(RATES):
        raise UserError(f"trials = {trials}: choose 1 to {len(RATES)}")
    usual = sound_recipe(model, dataset, versions)
    return [replace(usual, config=usual.config | {"learning_rate": rate})
            for rate in RATES[:trials]]


def families(
    rows: Sequence[str], dataset: Dataset, trials: int = 1, versions: int = VERSIONS,
    teachers: Sequence[str] = (),
) -> list[list[Recipe]]:
    """:func:`family` of several rows, all with the same teachers.

    Raises:
        UserError: there is no row, or one is unknown.
    """
    if not rows:
        raise UserError(f"rows: give at least one of {', '.join(ROWS)}")
    return [family(row, dataset, trials, versions, teachers=teachers) for row in rows]


def _options(model: str, sizing: dict, inputs: int, classes: int) -> dict:
    """Options that use a budget up as far as they can."""
    if "budget" not in sizing:
        return dict(sizing)
    return within_budget(model, inputs, classes, sizing["budget"])
