"""What each model of a benchmark is given, and the equal search that may choose it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from lnnlab.data import Dataset
from lnnlab.data.augment import MASKED, Augmentation
from lnnlab.errors import UserError, unknown
from lnnlab.features import FeatureSpec
from lnnlab.models.kinds import CONVOLUTION, KINDS, NULL, kind_of

PARAMETER_BUDGET = 2304  # of the recurrent models; the first seed's liquid network
# The last epoch of the cosine, of averaged weights, by the same rule for every row: choosing the
# epoch on the validation loss of few recordings kept CNNs at epoch 1 to 3.
VIBRATION = {"keep": "last", "averaging": 0.99, "label_smoothing": 0.1}
FAST_HZ = 1000.0  # from this rate on, recurrent models start from bands instead of raw frames


@dataclass(frozen=True)
class Recipe:
    """One model of a benchmark with everything that was chosen for it.

    Attributes:
        model: a key of :data:`lnnlab.models.KINDS`.
        features: what the model is fed; ``full_scale`` is set from the training windows.
        options: arguments of the model's builder; without ``units``, a recurrent model gets the
            most that fit in ``PARAMETER_BUDGET``.
        config: keys of :class:`lnnlab.training.TrainingConfig` that differ from its defaults;
            empty for a null baseline, which is not trained by it.
        variant: what sets this recipe apart from its model's usual one; ends up in tables.
        versions: augmented versions of each training window; 0: the windows themselves.
        teachers: networks whose mean answer it learns from beside the truth, see
            ``teacher_weight`` of the config; they see the same versions, and at the same hop the
            same stretches of them are hidden.
        whole_labels: teachers answer to versions of which nothing is hidden, while stretches of
            them stay hidden from whom they teach.
        teacher_seeds: of each of them.
        augmentation: keys of :class:`lnnlab.data.augment.Augmentation` that differ from its
            defaults.
    """

    model: str
    features: FeatureSpec
    options: dict = field(default_factory=dict)
    config: dict = field(default_factory=dict)
    variant: str = ""
    versions: int = 0
    teachers: tuple["Recipe", ...] = ()
    teacher_seeds: tuple[int, ...] = ()
    augmentation: dict = field(default_factory=dict)
    whole_labels: bool = False

    @property
    def changes(self) -> Augmentation:
        """How versions are made."""
        return Augmentation.read(self.augmentation)

    @property
    def unhidden(self) -> "Recipe":
        """The same with versions of which nothing is hidden."""
        return replace(self, augmentation={
            name: each for name, each in self.augmentation.items() if name not in MASKED})

    @property
    def label(self) -> str:
        """How tables call it."""
        return ", ".join(part for part in (KINDS[self.model].label, self.variant) if part)

    def as_dict(self) -> dict:
        """The recipe as plain values, for records."""
        plain = asdict(self) | {
            "features": self.features.as_dict(),
            "teachers": [each.as_dict() for each in self.teachers],
            "teacher_seeds": list(self.teacher_seeds),
        }
        # absent from records where unused
        added = ("versions", "teachers", "teacher_seeds", "augmentation", "whole_labels")
        return {key: value for key, value in plain.items() if key not in added or value}


def from_dict(given: dict) -> Recipe:
    """The recipe of plain values that :meth:`Recipe.as_dict` gave."""
    return Recipe(**given | {
        "features": FeatureSpec(**given["features"]),
        "teachers": tuple(from_dict(each) for each in given.get("teachers", ())),
        "teacher_seeds": tuple(given.get("teacher_seeds", ())),
    })


def altered(families: Sequence[Sequence[Recipe]], changes: Mapping) -> list[list[Recipe]]:
    """Candidates of every row with some fields otherwise, and their teachers alike; null baselines
    as they were.

    Args:
        families: of rows, such as of :func:`lnnlab.experiments.keyword_recipes.families`.
        changes: field of :class:`Recipe` → value, such as ``{"augmentation": {"speed": 0.1}}``;
            ``teacher_seeds`` and ``whole_labels`` are of rows that have teachers.

    Raises:
        UserError: a recipe has no such field, it is what tells rows apart, or a value is wrong.
    """
    if not isinstance(changes, Mapping):
        raise UserError(f"changes = {changes!r}: give a dictionary, such as {{'versions': 8}}")
    for name, value in changes.items():
        if name not in CHANGED:
            raise unknown("change of recipes", name, CHANGED)
        CHANGED[name](value)
    for name in TAUGHT_ALONE:
        if name in changes and not any(each.teachers for own in families for each in own):
            raise UserError(f"changes {name}: no row has teachers; name some, or leave it out")
    made = [[_altered(each, changes) for each in family] for family in families]
    if changes.get("whole_labels") and all(each.unhidden == each for own in made for each in own):
        raise UserError("changes whole_labels: nothing is hidden from any row; give augmentation "
                        "masked_bands or masked_frames too, or leave it out")
    return made


def _check_versions(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UserError(f"changes versions = {value!r}: give a whole number of 1 or more")


def _check_seeds(value: object) -> None:
    fine = isinstance(value, list | tuple) and value and len(set(map(str, value))) == len(value)
    if not fine or not all(isinstance(each, int) and each >= 0 for each in value):
        raise UserError(f"changes teacher_seeds = {value!r}: give a list of different whole "
                        "numbers of 0 or more")


def _check_truth(value: object) -> None:
    if not isinstance(value, bool):
        raise UserError(f"changes whole_labels = {value!r}: give true or false")


TAUGHT_ALONE = ("teacher_seeds", "whole_labels")
CHANGED = {  # field of a recipe → what refuses a wrong value
    "versions": _check_versions, "augmentation": Augmentation.read, "teacher_seeds": _check_seeds,
    "whole_labels": _check_truth,
}


def _altered(given: Recipe, changes: Mapping) -> Recipe:
    if kind_of(given.model).family == NULL:
        return given
    own = {name: each for name, each in changes.items()
           if name not in TAUGHT_ALONE or given.teachers}
    own |= {"teachers": tuple(_altered(each, changes) for each in given.teachers)}
    return replace(given, **{name: tuple(each) if isinstance(each, list) else each
                             for name, each in own.items()})


def recipe(model: str, dataset: Dataset) -> Recipe:
    """The recipe that a model starts from on a dataset.

    Raises:
        UserError: the model is unknown.
    """
    kind = kind_of(model)
    features = _features(model, dataset)[0]
    if kind.family == NULL:
        return Recipe(model, features)
    options = {"timed": True} if dataset.timespans is not None and kind.timed else {}
    return Recipe(model, features, options, {"learning_rate": 3e-3} | VIBRATION)


def candidates(model: str, dataset: Dataset, trials: int) -> Sequence[Recipe]:
    """``trials`` recipes to choose from on validation windows; the starting one comes first.

    Every trained model draws as many candidates from the same ranges (learning rate, noise on
    the inputs, weight decay, four front ends), so no model is tuned harder than another.
    Logistic regression chooses among the front ends.
    """
    start = recipe(model, dataset)
    if kind_of(model).family == NULL:  # nothing is trained: the front end is all there is to choose
        return [replace(start, features=front) for front in _features(model, dataset)]
    drawn = [start]
    random = np.random.default_rng(0)  # the same draws for every model
    fronts = _features(model, dataset)
    while len(drawn) < trials:
        config = {
            "learning_rate": float(random.choice([1e-3, 3e-3, 1e-2])),
            "input_noise": float(random.choice([0.0, 0.3, 0.6])),
            "weight_decay": float(random.choice([0.0, 0.1])),
        }
        front = fronts[len(drawn) % len(fronts)]
        drawn.append(replace(start, features=front, config=config | VIBRATION))
    return drawn[:trials]


def _features(model: str, dataset: Dataset) -> list[FeatureSpec]:
    """Four front ends that suit the model and the signal, the starting one first."""
    samples = dataset.x.shape[1]
    raw = [FeatureSpec(kind="raw", frame=n, hop=n) for n in (8, 4, 16, 2) if 2 * n <= samples]
    if dataset.timespans is not None:
        return [FeatureSpec(kind="raw", frame=1, hop=1), *raw[:3]]
    frames = [(64, 64, 16), (64, 32, 16), (64, 16, 16), (128, 64, 32)]
    bands = [
        FeatureSpec(frame=n, hop=hop, bands=count) for n, hop, count in frames if 2 * n <= samples
    ]
    waveform = FeatureSpec(kind="raw", frame=1, hop=1)
    family = kind_of(model).family
    if family == NULL:
        return bands or raw[:1] or [waveform]
    if family == CONVOLUTION:
        return [waveform, *bands[1:3], waveform]
    fast = dataset.rate_hz is not None and dataset.rate_hz >= FAST_HZ
    fronts = bands + raw[:1] if fast else raw + bands[:1]
    return fronts[:4] or [waveform]
