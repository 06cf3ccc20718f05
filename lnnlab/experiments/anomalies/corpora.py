"""How each corpus is asked for anomalies: windows, what is held out, what detectors are fed."""

from dataclasses import dataclass, replace

from lnnlab.data import load
from lnnlab.errors import unknown
from lnnlab.experiments.anomalies.problem import NORMAL_IN_TIME, Problem, Teaching, problems
from lnnlab.features import FeatureSpec

BANDS = FeatureSpec(frame=64, hop=64, bands=16)  # the vibration benchmark's first front end


@dataclass(frozen=True)
class Case:
    """A corpus as the table asks for it.

    Attributes:
        rules: how it is split, see :func:`lnnlab.experiments.anomalies.problem.problems`.
        window: samples a decision.
        features: what every detector is fed.
        reference: whether the training part holds faults that a reference may see.
    """

    rules: tuple[str, ...]
    window: int
    features: FeatureSpec = BANDS
    reference: bool = False


CASES: dict[str, Case] = {
    "bearing_sim": Case(("load",), 2048, reference=True),
    "cwru": Case((NORMAL_IN_TIME,), 1024),
    "pronostia": Case(("condition", "bearing"), 2560, reference=True),
    "uav_propeller": Case(("mission",), 8192, FeatureSpec(frame=256, hop=256, bands=32)),
}


def case_of(corpus: str) -> Case:
    """How a corpus is asked; a person's own recordings are split by recording.

    Raises:
        UserError: a corpus without normal running or without machines to score.
    """
    if corpus not in CASES:
        raise unknown("corpus of anomalies", corpus, (*CASES, "skab"))
    return CASES[corpus]


def folds_of(corpus: str, rule: str, teaching: Teaching | None = None) -> list[Problem]:
    """Every fold of a corpus under one of its rules.

    Args:
        teaching: epochs, quantile and smoothing; its features become the case's. None: as usual.
    """
    case = case_of(corpus)
    dataset = load(corpus, window=case.window)
    given = replace(teaching or Teaching(case.features), features=case.features)
    return problems(dataset, rule, given)
