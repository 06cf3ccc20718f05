"""Detectors that learned the first windows of the machine they judge: the same right for each.

How many windows, and what is taken from them, each chooses by the area under the curve on
validation bearings; those hold worn windows, which nothing else is fitted to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lnnlab.data import Split
from lnnlab.experiments.anomalies import liquid
from lnnlab.experiments.anomalies.mounted import MEAN, PLAIN, SPREAD, Mounted
from lnnlab.experiments.anomalies.problem import Problem
from lnnlab.experiments.anomalies.study import (
    ROWS,
    SPOILT,
    Judged,
    Row,
    groups_of,
    rounded,
    threshold_above,
)
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.probes import fixed_signal, projected
from lnnlab.experiments.run import rows_key
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.integer.arithmetic import sat16
from lnnlab.integer.judging import calmed, own_offset, smoothed, squares, window_errors
from lnnlab.records import Subject
from lnnlab.scoring.detection import partial_auc
from lnnlab.scoring.packed import pack
from lnnlab.training.predictions import one_thread

TABLE = "anomalies_own"
OWN = "_own"  # ends the names of these rows
CALM = {MEAN: 0, "mean, errors smoothed over 4 frames": 2, "mean, errors smoothed over 16": 4}
BOTH_SIDES = "score, either side"  # of a level, quieter counts too
LABEL = ", calibrated on the machine"

OWN_ROWS: dict[str, Row] = {
    f"{name}{OWN}": replace(row, name=f"{name}{OWN}", label=row.label + LABEL)
    for name, row in ROWS.items() if name != SPOILT}


@dataclass(frozen=True)
class Tried:
    """One way to learn the first windows, and what came of it.

    Attributes:
        windows: of each machine.
        way: what was taken from them.
        scores: of all windows of the dataset, (window,).
        parameters: numbers that the detector learned.
        score: of a liquid network, its record.
    """

    windows: int
    way: str
    scores: np.ndarray
    parameters: int
    score: AnomalyScore | None = None


def own_study(
    problems: Sequence[Problem], rows: Sequence[str], seeds: Sequence[int], work: Work, most: int
) -> list[Judged]:
    """Every row on every fold with every seed, each learning the machine's first windows.

    Args:
        rows: names of the table without calibration; others than its own are passed over.
        most: windows of a machine that may be learned from, and that are not scored.
    """
    mounted = [Mounted.of(each, most) for each in problems]
    plan = [(OWN_ROWS[name + OWN], problem, seed) for name in rows if name + OWN in OWN_ROWS
            for problem in mounted
            for seed in (seeds if ROWS[name].seeded else seeds[:1])]
    found = work.recorded(TABLE, [own_subject(*each) for each in plan], plan, judge_own,
                          f"{problems[0].dataset.name}, {problems[0].split.group}, calibrated")
    return [Judged(*each, *one) for each, one in zip(plan, found, strict=True)]


def on_the_same(judged: Sequence[Judged], most: int) -> list[Judged]:
    """What detectors without calibration said of the windows that calibrated ones judge."""
    found = []
    for each in judged:
        if each.row.name == SPOILT:
            continue
        mounted = Mounted.of(each.problem, most)
        kept = np.isin(each.problem.split.test, mounted.split.test)
        rows = mounted.split.test
        results = each.results | {
            "scores": each.scores[kept].tolist(),
            "anomalous": pack(mounted.anomalous[rows].astype(int)),
            "groups": pack(groups_of(mounted.dataset)[rows])}
        found.append(replace(each, problem=mounted, results=results))
    return found


def own_subject(row: Row, problem: Mounted, seed: int) -> Subject:
    """What a record is about."""
    split, dataset = problem.split, problem.dataset
    identity = {"corpus": dataset.name, "split": split.rule, "fold": split.name, "row": row.name,
                "seed": seed, "window": dataset.x.shape[1], "most": problem.most,
                "teaching": problem.teaching.as_dict()}
    if row.fit is None:
        identity |= {"shape": liquid.Shape().as_dict(), "ways": list(CALM)}
    name = f"{dataset.name}, {split.rule.split(' (')[0]}, {row.label}, {split.name}, seed {seed}"
    basis = {"data": dataset.hash, "split": rows_key(split), "int8": _probe(row, problem)}
    return Subject(name, row.label, identity, basis)


_probes: dict[tuple, list[float]] = {}


def _probe(row: Row, problem: Problem) -> list[float]:
    """What today's code makes of the row, every way, on a fixed signal of three loudnesses."""
    key = (row.name, problem.dataset.name, str(problem.teaching.as_dict()))
    if key not in _probes:
        one = fixed_signal(problem.dataset)
        x = np.concatenate([one.x, 0.5 * one.x, 1.5 * one.x])
        everything = np.arange(len(x))
        dataset = replace(one, x=x, y=np.tile(one.y, 3), start=np.zeros(len(x), int),
                          groups={"recording": np.zeros(len(x), int).astype(str)},
                          timespans=None)
        small = Mounted(
            dataset, Split("probe", everything, everything, everything, "probe", "recording"),
            replace(problem.teaching, epochs=2), 2)
        with one_thread():
            scores = np.concatenate([each.scores for each in ways_of(row, small, 0)])
        _probes[key] = [float(f"{each:.3g}") for each in projected(scores)]
    return _probes[key]


def judge_own(row: Row, problem: Mounted, seed: int) -> dict:
    """The way that validation likes best, and its scores of the test windows, as plain values."""
    with one_thread():
        tried = list(ways_of(row, problem, seed))
    aucs = [{part: area(problem, part, each.scores) for part in ("validation", "test")}
            for each in tried]
    best = chosen(tried, [each["validation"] for each in aucs])
    rows, held = problem.split.test, problem.normal("validation")
    threshold = (liquid.threshold_of(best.scores[held], problem.teaching.quantile)
                 if row.fit is None else threshold_above(best.scores[held], problem.teaching))
    said = {"parameters": best.parameters, "windows": best.windows, "way": best.way,
            "minutes": round(problem.minutes(best.windows), 2),
            "tried": [[each.windows, each.way, *(round(one[part], 4)
                                                 for part in ("validation", "test"))]
                      for each, one in zip(tried, aucs, strict=True)],
            "threshold": float(threshold),
            "scores": [rounded(each, float(threshold)) for each in best.scores[rows]],
            "anomalous": pack(problem.anomalous[rows].astype(int)),
            "groups": pack(groups_of(problem.dataset)[rows]), "unit": problem.dataset.unit}
    if best.score is not None:
        said["in_spreads"] = float(best.score.in_spreads(threshold))
    return said


def chosen(tried: Sequence[Tried], areas: Sequence[float]) -> Tried:
    """The one with the largest area; of equal ones the first, which learns from fewest windows.
    Where validation has no anomalies, the first way with all windows."""
    if np.isnan(areas).all():
        most = max(each.windows for each in tried)
        return next(each for each in tried if each.windows == most)
    return tried[int(np.nanargmax(np.round(areas, 6)))]


def area(problem: Mounted, part: str, scores: np.ndarray) -> float:
    """AUC over a part of the split; not a number where it has no anomaly, or nothing normal."""
    rows = getattr(problem.split, part)
    return float(partial_auc(problem.anomalous[rows], scores[rows], 1.0)[0])


def ways_of(row: Row, problem: Mounted, seed: int) -> Iterator[Tried]:
    """Every number of windows with every way, fewest windows first."""
    if row.fit is None:
        yield from liquid_ways(liquid.predictor(_taught(problem), seed), problem)
        return
    everything = np.arange(len(problem.dataset))
    plain = row.fit(problem, seed)
    said = plain.scores(everything)
    for windows in range(1, problem.most + 1):
        own = problem.less_own(said, windows)
        yield Tried(windows, PLAIN, own, plain.parameters)
        if row.name == "level" + OWN:
            yield Tried(windows, BOTH_SIDES, np.abs(own), plain.parameters)
            continue
        for way in (MEAN, SPREAD):
            mounted = problem.learning(windows, way)
            fitted = row.fit(mounted, seed)
            yield Tried(windows, way, fitted.scores(everything), fitted.parameters)


def _taught(problem: Mounted) -> Problem:
    """What a network is taught: the same fold, features as they come from the sensor."""
    return Problem(problem.dataset, problem.split, problem.teaching)


def liquid_ways(made: liquid.Predictor, problem: Mounted) -> Iterator[Tried]:
    """Scores of a trained network whose errors are less what they are in the machine's first
    windows, with the weights that training machines ask for then."""
    samples = made.model.quantise(problem.dataset.x)
    _, found = window_errors(made.model, samples, made.score)  # (window, frame − 1, feature)
    for windows in range(1, problem.most + 1):
        plain = replace(made.score, calibration_frames=windows * found.shape[1])
        taken = less_own_errors(plain, found, problem.learning(windows, MEAN))
        train = problem.learning(windows, MEAN).normal("train")
        for way, shift in CALM.items():
            left = calmed(taken[train], shift) if shift else taken[train]
            score = replace(liquid.weighted(plain, left), error_smoothing_shift=shift)
            scores = smoothed(score, squares(score, taken))[:, -1]
            yield Tried(windows, way, scores, made.parameters, score)


def less_own_errors(score: AnomalyScore, found: np.ndarray, problem: Mounted) -> np.ndarray:
    """Errors of every window less the machine's own, (window, frame − 1, feature)."""
    taken = found.copy()
    for machine, rows in problem.first.items():
        own = own_offset(score, found[rows].reshape(-1, found.shape[2]))
        taken[problem.machines == machine] = sat16(found[problem.machines == machine] - own)
    return taken


def mounted_predictor(problem: Mounted, seed: int) -> liquid.Predictor:
    """The liquid network with the calibration that validation likes best, and its threshold.

    Its file calibrates by itself on the first windows it is given.
    """
    made = liquid.predictor(_taught(problem), seed)
    tried = list(liquid_ways(made, problem))
    best = chosen(tried, [area(problem, "validation", each.scores) for each in tried])
    if best.score is None:
        raise AssertionError("a liquid network has a score")
    calibrated = made.with_score(best.score)
    return calibrated.with_threshold(best.scores[problem.normal("validation")],
                                     problem.teaching.quantile)

