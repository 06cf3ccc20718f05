"""The table of anomalies: detectors × folds × seeds, each recorded once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lnnlab.data import Dataset, Split
from lnnlab.experiments.anomalies import liquid, rivals
from lnnlab.experiments.anomalies.problem import Problem, Teaching
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.probes import fixed_signal, projected
from lnnlab.experiments.run import rows_key
from lnnlab.records import Subject
from lnnlab.scoring.detection import Scored
from lnnlab.scoring.packed import pack, unpack
from lnnlab.training.predictions import one_thread

TABLE = "anomalies"
LIQUID, SPOILT = "liquid", "liquid_spoilt"
SPOILT_SHARE = 0.05  # of what is believed to be normal
DIGITS = 4  # of scores in records


@dataclass(frozen=True)
class Row:
    """A detector of the table.

    Attributes:
        name: how notebooks call it.
        label: how tables do.
        fit: gives a :class:`lnnlab.experiments.anomalies.rivals.Fitted`; None of liquid networks.
        seeded: whether a seed changes it.
        sees_faults: a reference, not a rival.
    """

    name: str
    label: str
    fit: Callable | None = None
    seeded: bool = True
    sees_faults: bool = False


ROWS: dict[str, Row] = {row.name: row for row in (
    Row(LIQUID, "liquid (LinearLTC), int8"),
    Row("autoencoder", "autoencoder", rivals.autoencoder),
    Row("isolation_forest", "isolation forest", rivals.isolation_forest),
    Row("mahalanobis", "Mahalanobis distance", rivals.mahalanobis, seeded=False),
    Row("level", "level alone (null)", rivals.level, seeded=False),
    Row("logistic_regression", "logistic regression that saw faults (reference)",
        rivals.logistic_regression, seeded=False, sees_faults=True),
    Row(SPOILT, f"liquid (LinearLTC), int8, {100 * SPOILT_SHARE:g} % of its normals are faults"),
)}


@dataclass(frozen=True)
class Judged:
    """What a detector said of one fold, as it is recorded.

    Attributes:
        row: of the table; fold, rule, corpus: what was tested; seed: of the detector.
        results: ``parameters``, ``threshold``, ``scores``, ``anomalous``, ``groups``, ``items``.
        stale: why the record is stale; ``""``: it is not.
    """

    row: Row
    problem: Problem
    seed: int
    results: dict
    stale: str = ""

    @property
    def scores(self) -> np.ndarray:
        """Of the test windows, (item,)."""
        return np.array(self.results["scores"])

    @property
    def alarms(self) -> np.ndarray:
        """Whether each test window's score reached the threshold, (item,) bool."""
        return self.scores >= self.results["threshold"]


def anomaly_study(
    problems: Sequence[Problem], rows: Sequence[str], seeds: Sequence[int], work: Work
) -> list[Judged]:
    """Every row on every fold with every seed; what is recorded is not done again."""
    plan = [(ROWS[name], problem, seed) for name in rows for problem in problems
            for seed in (seeds if ROWS[name].seeded else seeds[:1])]
    subjects = [subject(*each) for each in plan]
    found = work.recorded(TABLE, subjects, plan, judge,
                          f"{problems[0].dataset.name}, {problems[0].split.group}")
    return [Judged(*each, *one) for each, one in zip(plan, found, strict=True)]


def subject(row: Row, problem: Problem, seed: int) -> Subject:
    """What a record is about."""
    split, dataset = problem.split, problem.dataset
    identity = {"corpus": dataset.name, "split": split.rule, "fold": split.name, "row": row.name,
                "seed": seed, "window": dataset.x.shape[1],
                "teaching": problem.teaching.as_dict()}
    identity |= {"shape": liquid.Shape().as_dict()} if row.fit is None else {}
    identity |= {"spoilt": SPOILT_SHARE} if row.name == SPOILT else {}
    name = f"{dataset.name}, {split.rule.split(' (')[0]}, {row.label}, {split.name}, seed {seed}"
    basis = {"data": dataset.hash, "split": rows_key(split), "int8": _probe(row, problem)}
    return Subject(name, row.label, identity, basis)


_probes: dict[tuple, list[float]] = {}


def _probe(row: Row, problem: Problem) -> list[float]:
    """What today's code makes of the row on a fixed signal."""
    key = (row.name, problem.dataset.name, str(problem.teaching.as_dict()))
    if key not in _probes:
        dataset = fixed_signal(problem.dataset)
        everything = np.arange(len(dataset))
        split = Split("probe", everything, everything, everything, "probe", "recording")
        small = Problem(dataset, split, replace(problem.teaching, epochs=2))
        scores = _scored(row, small, 0)[1]
        _probes[key] = [float(f"{each:.3g}") for each in projected(scores)]
    return _probes[key]


def judge(row: Row, problem: Problem, seed: int) -> dict:
    """Fit a row to a problem and score its test windows, as plain values."""
    spoilt = row.name == SPOILT
    given = problem.taught_with(spoiling(problem, seed)) if spoilt else problem
    with one_thread():
        described, scores, held = _scored(row, given, seed)
    rows, dataset = given.split.test, given.dataset
    threshold = described.pop("threshold", None)
    if threshold is None:
        threshold = threshold_above(held, given.teaching)
    return described | {
        "threshold": float(threshold), "train_items": len(given.normal("train")),
        "validation_items": len(given.normal("validation")),
        "scores": [rounded(each, float(threshold)) for each in scores],
        "anomalous": pack(given.anomalous[rows].astype(int)),
        "groups": pack(groups_of(dataset)[rows]), "unit": dataset.unit,
    }


def threshold_above(held: np.ndarray, teaching: Teaching) -> float:
    """Just above the quantile of scores of normal validation windows."""
    return float(np.nextafter(np.quantile(held, teaching.quantile, method="higher"), np.inf))


def rounded(value: float, threshold: float) -> float:
    """A score in few digits that stays on its side of the threshold."""
    short = float(f"{value:.{DIGITS}g}")
    kept = short if (short >= threshold) == (value >= threshold) else float(value)
    return int(kept) if kept.is_integer() else kept


def _scored(
    row: Row, problem: Problem, seed: int
) -> tuple[dict, np.ndarray, np.ndarray]:
    """What there is to say of a detector, its scores of test and of validation windows."""
    test, held = problem.split.test, problem.normal("validation")
    if row.fit is None:
        made = liquid.predictor(problem, seed)
        history = made.fit.history
        said = {"parameters": made.parameters, "threshold": made.score.threshold,
                "in_spreads": float(made.score.in_spreads(made.score.threshold)),
                "history": {name: [float(f"{each[name + '_loss']:.3g}") for each in history]
                            for name in ("train", "validation")}}
        x = problem.dataset.x
        return said, made.scores(x[test]), made.scores(x[held])
    fitted = row.fit(problem, seed)
    return {"parameters": fitted.parameters}, fitted.scores(test), fitted.scores(held)


def spoiling(problem: Problem, seed: int) -> np.ndarray:
    """Rows of faults that are passed off as normal, ``SPOILT_SHARE`` of the normal ones."""
    normal = len(problem.normal("train")) + len(problem.normal("validation"))
    test = problem.split.test
    faults = test[problem.anomalous[test]]
    count = min(max(2, round(SPOILT_SHARE * normal)), len(faults) // 2)
    return np.sort(np.random.default_rng(seed).choice(faults, count, replace=False))


def groups_of(dataset: Dataset) -> np.ndarray:
    """What each window belongs to: its bearing or flight, or its recording where it has none."""
    unit = "flight" if "flight" in dataset.groups else dataset.unit
    labels = dataset.groups[unit].astype(object)
    return np.where(labels == "", dataset.groups["recording"], labels).astype(str)


def scored(judged: Sequence[Judged]) -> Scored:
    """One row's answers of all folds and seeds."""
    seeds = sorted({each.seed for each in judged})
    first = [each for each in judged if each.seed == seeds[0]]

    def joined(values: Callable[[Judged], np.ndarray], seed: int) -> np.ndarray:
        return np.concatenate([values(each) for each in judged if each.seed == seed])

    def fold(each: Judged) -> np.ndarray:
        return np.full(len(each.scores), each.problem.split.name)

    return Scored(
        np.concatenate([unpack(each.results["anomalous"]) for each in first]).astype(bool),
        np.concatenate([unpack(each.results["groups"]) for each in first]),
        np.concatenate([fold(each) for each in first]),
        np.stack([joined(lambda each: each.scores, seed) for seed in seeds]),
        np.stack([joined(lambda each: each.alarms, seed) for seed in seeds]))
