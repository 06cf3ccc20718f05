"""SKAB second by second: each file's first seconds teach a detector, the whole file is judged.

The benchmark's own protocol: 400 seconds at the start of each file to fit to, F1, false-alarm and
missing-alarm rate over the seconds of all files together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lnnlab import store
from lnnlab.data.skab import CHANNELS, FREE_ROWS, RATE_HZ, Experiment
from lnnlab.experiments.anomalies import liquid, rivals
from lnnlab.experiments.anomalies.problem import Teaching
from lnnlab.experiments.anomalies.study import ROWS, TABLE, Row
from lnnlab.experiments.benchmark import Work
from lnnlab.experiments.probes import projected
from lnnlab.features import FeatureSpec
from lnnlab.integer.judging import score_stream
from lnnlab.records import Subject
from lnnlab.scoring.detection import partial_auc
from lnnlab.training.predictions import one_thread

RULE = ("each file: its first 400 s to fit to (the last fifth of them for the threshold), all of "
        "it judged")
SENSORS = FeatureSpec(kind="raw", frame=1, hop=1)
TEACHING = Teaching(SENSORS, epochs=30, quantile=0.99, smoothing_shift=3)
HELD = 80  # of the first seconds, for the threshold
WINDOW, HOP = 40, 10  # seconds of a training window
LEAST_SPREAD = 1e-3  # of a sensor, relative to its mean, where it stands still
SHOWN = ("valve1/1",)  # files whose scores by the first seed are kept for a figure
SHAPE = liquid.Shape()


@dataclass(frozen=True)
class PumpScores:
    """What a detector said of every file, as recorded.

    Attributes:
        row, seed: of the detector.
        results: by file ``right``, ``false``, ``missed``, ``sound`` seconds and ``auc``;
            ``timelines`` of the files in ``SHOWN``.
        stale: why the record is stale; ``""``: it is not.
    """

    row: Row
    seed: int
    results: dict
    stale: str = ""

    def figure(self, name: str, weights: np.ndarray | None = None) -> np.ndarray:
        """``f1``, ``false_alarms`` (FAR), ``misses`` (MAR) or ``auc``, (draw,), 0 to 1.

        Args:
            weights: how often each file counts, (draw, file); None: once.
        """
        files = self.results["files"]
        weights = np.ones((1, len(files))) if weights is None else weights
        right, false, missed, sound = (
            weights @ np.array([each[k] for each in files], float)
            for k in ("right", "false", "missed", "sound"))
        if name == "f1":
            return 2 * right / np.maximum(2 * right + false + missed, 1)
        if name == "false_alarms":
            return false / np.maximum(sound, 1)
        if name == "misses":
            return missed / np.maximum(right + missed, 1)
        return weights @ np.array([each["auc"] for each in files]) / weights.sum(axis=1)


def pump_study(
    files: Sequence[Experiment], rows: Sequence[str], seeds: Sequence[int], work: Work,
    teaching: Teaching = TEACHING,
) -> list[PumpScores]:
    """Every row with every seed on every file; what is recorded is not done again."""
    plan = [(ROWS[name], seed) for name in rows
            for seed in (seeds if ROWS[name].seeded else seeds[:1])]
    given = [(*each, files, teaching) for each in plan]
    found = work.recorded(TABLE, [_subject(*each) for each in given], given, judged, "skab")
    return [PumpScores(*each, *one) for each, one in zip(plan, found, strict=True)]


def _subject(row: Row, seed: int, files: Sequence[Experiment], teaching: Teaching) -> Subject:
    identity = {"corpus": "skab", "split": RULE, "row": row.name, "seed": seed,
                "files": len(files), "teaching": teaching.as_dict()}
    identity |= {"shape": SHAPE.as_dict()} if row.fit is None else {}
    tones = np.random.default_rng(0).normal(size=(FREE_ROWS + 100, len(CHANNELS)))
    small = replace(teaching, epochs=2)
    probe = projected(scores_of(row, 0, Experiment("probe", tones, tones[:, 0] > 0), small)[0])
    return Subject(f"skab, each file, {row.label}, seed {seed}", row.label, identity,
                   {"data": data_key(files), "int8": [float(f"{each:.3g}") for each in probe]})


def data_key(files: Sequence[Experiment]) -> str:
    """A hash of what the files hold."""
    return store.key([[each.name, float(each.x.sum()), int(each.anomalous.sum())]
                      for each in files])


def judged(row: Row, seed: int, files: Sequence[Experiment], teaching: Teaching) -> dict:
    """What a row says of every file, as plain values."""
    found, timelines, parameters = [], {}, 0
    for each in files:
        with one_thread():
            scores, threshold, parameters = scores_of(row, seed, each, teaching)
        alarm, bad = scores >= threshold, each.anomalous
        found.append({
            "name": each.name, "right": int((alarm & bad).sum()),
            "false": int((alarm & ~bad).sum()), "missed": int((~alarm & bad).sum()),
            "sound": int((~bad).sum()), "auc": round(float(partial_auc(bad, scores, 1.0)[0]), 4)})
        if each.name in SHOWN and not seed:
            timelines[each.name] = [float(f"{value:.3g}") for value in scores / threshold]
    return {"files": found, "timelines": timelines, "parameters": parameters}


def scores_of(
    row: Row, seed: int, file: Experiment, teaching: Teaching
) -> tuple[np.ndarray, float, int]:
    """A score a second, its threshold, and the numbers that the detector learned.

    The threshold is the teaching's quantile of the scores of the last 80 s of the first 400.
    """
    x = standardised(file.x)
    first = FREE_ROWS - HELD
    if row.fit is None:
        scores, parameters = _liquid_scores(x, seed, teaching)
    else:
        fitted = _plain(row, seed, teaching)(x[:first])
        scores, parameters = _leaky(fitted.scores(x), teaching.smoothing_shift), fitted.parameters
    held = np.quantile(scores[first:FREE_ROWS], teaching.quantile, method="higher")
    return scores, float(np.nextafter(held, np.inf)) if held > 0 else 1e-9, parameters


def standardised(x: np.ndarray) -> np.ndarray:
    """Sensors at mean 0 and spread 1 over the seconds that a detector is fitted to, (second, 8).

    A board scales each sensor to its integers likewise: one of 230 V and one of 0.02 g do not share
    a full scale.
    """
    first = x[: FREE_ROWS - HELD]
    least = LEAST_SPREAD * np.abs(first.mean(axis=0)) + 1e-9
    return (x - first.mean(axis=0)) / np.maximum(first.std(axis=0), least)


def _liquid_scores(x: np.ndarray, seed: int, teaching: Teaching) -> tuple[np.ndarray, int]:
    """The integer network's score after every second of one uninterrupted stream."""
    made, samples = pump_network(x, seed, teaching)
    return score_stream(made.model, samples, made.score).astype(float), made.parameters


def pump_network(
    x: np.ndarray, seed: int, teaching: Teaching
) -> tuple[liquid.Predictor, np.ndarray]:
    """The network of one file, and the file as a board's samples, int16 (second, sensor).

    Args:
        x: :func:`standardised` sensors, (second, sensor).
    """
    first = x[: FREE_ROWS - HELD].astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(first, WINDOW, axis=0)[::HOP]
    windows = np.ascontiguousarray(np.moveaxis(windows, -1, 1))  # (window, second, sensor)
    held = x[None, FREE_ROWS - HELD : FREE_ROWS].astype(np.float32)
    held = held[:, : HELD // WINDOW * WINDOW].reshape(-1, WINDOW, x.shape[1])
    spec = SENSORS.scaled_to(windows, margin=4.0)  # room for what is far from normal
    made = liquid.taught(liquid.Source("skab", CHANNELS, RATE_HZ), spec, (windows, held),
                         teaching, SHAPE, seed)
    return made, made.model.quantise(x[None].astype(np.float32))[0]


def _plain(row: Row, seed: int, teaching: Teaching) -> Callable[[np.ndarray], rivals.Fitted]:
    """How a rival is fitted to seconds, (second, sensor), by the row's name."""
    def framed(x: np.ndarray) -> np.ndarray:
        padded = np.concatenate([x[:1]] * (rivals.CONTEXT - 1) + [x])
        return rivals.contexts(padded[None])[0]

    def autoencoder(x: np.ndarray) -> rivals.Fitted:
        return rivals.reconstruction(framed(x), seed, teaching.epochs).of(framed)

    return {
        "mahalanobis": rivals.distance, "autoencoder": autoencoder,
        "isolation_forest": lambda x: rivals.isolation(x, seed),
        "level": lambda x: rivals.Fitted(
            lambda seconds: np.exp(seconds[:, :2].mean(axis=1).clip(-30, 30)), 0),
    }[row.name]


def _leaky(scores: np.ndarray, shift: int) -> np.ndarray:
    """Smoothed as the liquid network's are."""
    found, before = np.empty(len(scores)), 0.0
    for k, each in enumerate(scores):
        before = found[k] = before + (each - before) / min(k + 1, 2**shift)
    return found
