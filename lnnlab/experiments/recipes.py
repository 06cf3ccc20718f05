"""What each model of a benchmark is given, and the equal search that may choose it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from lnnlab.data import Dataset
from lnnlab.errors import unknown
from lnnlab.features import FeatureSpec

# row of a table → how tables call it; the nulls train nothing
LABELS = {
    "linear_ltc": "liquid (LinearLTC)",
    "cfc": "liquid (CfC)",
    "ltc": "liquid (LTC)",
    "lstm": "LSTM",
    "gru": "GRU",
    "cnn_42k": "CNN 42k (MobileNet-style)",
    "cnn_2k": "CNN 2k (MobileNet-style)",
    "keyword_linear_ltc": "liquid (LinearLTC) in blocks",
    "keyword_cfc": "liquid (CfC) in blocks",
    "keyword_lstm": "LSTM in blocks",
    "keyword_gru": "GRU in blocks",
    "keyword_fastgrnn": "FastGRNN in blocks",
    "fastgrnn": "FastGRNN",
    "ds_cnn_42k": "CNN 42k (DS-CNN-style)",
    "logistic_regression": "logistic regression on band statistics (null)",
    "majority": "majority class (null)",
}
NULLS = ("logistic_regression", "majority")
CONVOLUTIONAL = ("cnn_42k", "cnn_2k", "ds_cnn_42k")
GATED = ("lstm", "gru")  # they take elapsed times as one more feature
PARAMETER_BUDGET = 2304  # of the recurrent models; the first seed's liquid network
FAST_HZ = 1000.0  # from this rate on, recurrent models start from bands instead of raw frames


@dataclass(frozen=True)
class Recipe:
    """One model of a benchmark with everything that was chosen for it.

    Attributes:
        model: a key of ``LABELS``.
        features: what the model is fed; ``full_scale`` is set from the training windows.
        options: arguments of the model's builder; without ``units``, a recurrent model gets the
            most that fit in ``PARAMETER_BUDGET``.
        config: keys of :class:`lnnlab.training.TrainingConfig` that differ from its defaults.
        variant: what sets this recipe apart from its model's usual one; ends up in tables.
        versions: augmented versions of each training window; 0: the windows themselves.
        teachers: networks whose mean answer it learns from beside the truth, see
            ``teacher_weight`` of the config; they see the same versions.
        teacher_seeds: of each of them.
    """

    model: str
    features: FeatureSpec
    options: dict = field(default_factory=dict)
    config: dict = field(default_factory=dict)
    variant: str = ""
    versions: int = 0
    teachers: tuple["Recipe", ...] = ()
    teacher_seeds: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """How tables call it."""
        return ", ".join(part for part in (LABELS[self.model], self.variant) if part)

    def as_dict(self) -> dict:
        """The recipe as plain values, for records."""
        plain = asdict(self) | {
            "features": self.features.as_dict(),
            "teachers": [each.as_dict() for each in self.teachers],
            "teacher_seeds": list(self.teacher_seeds),
        }
        added = ("versions", "teachers", "teacher_seeds")  # absent from records where unused
        return {key: value for key, value in plain.items() if key not in added or value}


def recorded(run: dict) -> Recipe:
    """The recipe that a run's record holds."""
    return _from_dict(run["recipe"])


def _from_dict(given: dict) -> Recipe:
    return Recipe(**given | {
        "features": FeatureSpec(**given["features"]),
        "teachers": tuple(_from_dict(each) for each in given.get("teachers", ())),
        "teacher_seeds": tuple(given.get("teacher_seeds", ())),
    })


def recipe(model: str, dataset: Dataset) -> Recipe:
    """The recipe that a model starts from on a dataset.

    Raises:
        UserError: the model is unknown.
    """
    if model not in LABELS:
        raise unknown("model", model, LABELS)
    timed = dataset.timespans is not None and model in GATED
    options = {"timed": True} if timed else {}
    return Recipe(model, _features(model, dataset)[0], options, {"learning_rate": 3e-3})


def candidates(model: str, dataset: Dataset, trials: int) -> Sequence[Recipe]:
    """``trials`` recipes to choose from on validation windows; the starting one comes first.

    Every trained model draws as many candidates from the same ranges (learning rate, noise on
    the inputs, weight decay, four front ends), so no model is tuned harder than another.
    Logistic regression chooses among the front ends.
    """
    start = recipe(model, dataset)
    if model in NULLS:  # nothing is trained: the front end is all there is to choose
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
        drawn.append(replace(start, features=front, config=config))
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
    if model in NULLS:
        return bands or raw[:1] or [waveform]
    if model in CONVOLUTIONAL:
        return [waveform, *bands[1:3], waveform]
    fast = dataset.rate_hz is not None and dataset.rate_hz >= FAST_HZ
    fronts = bands + raw[:1] if fast else raw + bands[:1]
    return fronts[:4] or [waveform]
