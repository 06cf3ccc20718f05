"""What makes a score of a network's errors: a record (FORMAT.md, section 10).

How the score is made with it: :mod:`lnnlab.integer.judging`.
"""

from dataclasses import asdict, dataclass

import numpy as np

from lnnlab.errors import UserError
from lnnlab.integer.decisions import by_steps
from lnnlab.integer.model import IntegerModel
from lnnlab.integer.ranges import INT16, Range, fits

KEY = "anomaly"  # of a network's meta
UNIT, SHIFT, MOST = (1, 65535), (0, 30), (1, 1023)
SMOOTHING, THRESHOLD, ERROR_FACTOR = (0, 8), (1, 2**31 - 1), (0, 32767)
FRAMES, ERROR_SMOOTHING = (0, 65535), (0, 6)
LIMITS: dict[str, Range] = {
    "unit": UNIT, "shift": SHIFT, "most": MOST, "smoothing_shift": SMOOTHING,
    "threshold": THRESHOLD,
}
OWN_LIMITS: dict[str, Range] = {  # of what files may lack, 0 then
    "calibration_frames": FRAMES, "error_smoothing_shift": ERROR_SMOOTHING,
}
Q8, Q6, SQUARE = 256, 64, 4096  # of outputs, of errors over their spread, of their squares


@dataclass(frozen=True)
class AnomalyScore:
    """What makes a score and an alarm of a network's prediction errors.

    Attributes:
        unit: value of one int8 step of the features, in the outputs' unit, Q16.
        shift: of the factors.
        most: up to which an error counts, in spreads of it on normal running, Q6.
        smoothing_shift: the score moves by 2^−shift of the difference a frame, at first by
            more, so that it is the mean of the frames so far.
        threshold: score from which it is an anomaly, the sum over features of squares in Q12.
        factor: of each feature's error, 1 / (4 spread) times 2^shift.
        offset: of each feature, its mean error on normal running, Q8.
        calibration_frames: frames with an expectation whose mean error is this machine's own
            offset, taken off all errors after them; 0: it calibrates on none.
        error_smoothing_shift: each feature's error moves by 2^−shift of the difference a frame
            before it is squared, at first by more; 0: errors are squared as they are.

    Raises:
        UserError: a number is out of its range, or factors and offsets are not of one length.
    """

    unit: int
    shift: int
    most: int
    smoothing_shift: int
    threshold: int
    factor: tuple[int, ...]
    offset: tuple[int, ...]
    calibration_frames: int = 0
    error_smoothing_shift: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (LIMITS | OWN_LIMITS).items():
            if not fits(getattr(self, name), allowed):
                raise UserError(f"anomaly score: {name} {getattr(self, name)}: choose "
                                f"{allowed[0]} to {allowed[1]}")
        for name, allowed in (("factor", ERROR_FACTOR), ("offset", INT16)):
            values = tuple(int(each) for each in getattr(self, name))
            object.__setattr__(self, name, values)
            if not values or not fits(np.array(values), allowed):
                raise UserError(f"anomaly score: {name}: choose numbers of {allowed[0]} to "
                                f"{allowed[1]}, one a feature")
        if len(self.factor) != len(self.offset):
            raise UserError(f"anomaly score: {len(self.factor)} factors, {len(self.offset)} "
                            "offsets; give one of each a feature")

    @classmethod
    def of(cls, meta: dict) -> "AnomalyScore | None":
        """That of a network's meta; None without any.

        Raises:
            UserError: it is none.
        """
        if KEY not in meta:
            return None
        try:
            said = dict(meta[KEY])
            return cls(*(int(said[name]) for name in LIMITS), tuple(map(int, said["factor"])),
                       tuple(map(int, said["offset"])),
                       *(int(said.get(name, 0)) for name in OWN_LIMITS))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"meta {KEY}: {error} missing or no number") from error

    def into(self, meta: dict) -> dict:
        """A network's meta with it."""
        plain = {name: list(each) if isinstance(each, tuple) else each
                 for name, each in asdict(self).items() if each or name not in OWN_LIMITS}
        return meta | {KEY: plain}

    def in_spreads(self, score: np.ndarray) -> np.ndarray:
        """Scores as mean squared error over features, in squared spreads: 1 on normal running."""
        return np.asarray(score) / (SQUARE * len(self.factor))


def why_no_score(model: IntegerModel) -> str:
    """What keeps a network's outputs from being its next features; empty if nothing does."""
    spec = model.features.spec
    for right, why in (
        (by_steps(model) and model.policy is None,
         "a leaky pool and no timestep policy"),
        (spec.hop <= spec.frame, "frames that follow each other without a gap"),
        (len(model.classes) == model.features.size and not model.layers[-1].background,
         "one output for each feature, none in the background"),
    ):
        if not right:
            return f"an anomaly score needs {why}"
    return ""


def score_of(model: IntegerModel, score: AnomalyScore | None) -> AnomalyScore:
    """The given score or the network's own.

    Raises:
        UserError: its outputs are no next features, or there is no score that fits it.
    """
    why = why_no_score(model)
    if why:
        raise UserError(why)
    found = score or AnomalyScore.of(model.meta)
    if found is None:
        raise UserError("this network has no anomaly score; fit one to windows of normal running")
    if len(found.factor) != len(model.classes):
        raise UserError(f"anomaly score of {len(found.factor)} features for a network of "
                        f"{len(model.classes)}")
    return found
