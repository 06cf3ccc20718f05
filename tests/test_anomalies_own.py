"""Detectors that learn the first windows of the machine they judge."""

from dataclasses import replace

import numpy as np
import pytest
from test_anomalies import BANDS, machine

from lnnlab import lnn_file
from lnnlab.data.dataset import Dataset
from lnnlab.errors import UserError
from lnnlab.experiments.anomalies import deployed, liquid
from lnnlab.experiments.anomalies.mounted import MEAN, SPREAD, Mounted
from lnnlab.experiments.anomalies.own import (
    OWN_ROWS,
    Tried,
    chosen,
    judge_own,
    less_own_errors,
    mounted_predictor,
    on_the_same,
    own_study,
)
from lnnlab.experiments.anomalies.problem import NORMAL_IN_TIME, Problem, problems
from lnnlab.experiments.anomalies.study import anomaly_study
from lnnlab.experiments.benchmark import Work
from lnnlab.integer.anomaly import AnomalyScore
from lnnlab.integer.judging import score_windows, window_errors
from lnnlab.reports import anomaly_own
from lnnlab.scoring.packed import unpack

FEW = replace(BANDS, epochs=3)


def unlike() -> Dataset:
    """Three machines that hiss, each at a loudness of its own; under a fault they crackle."""
    dataset, louder = machine(), {"a": 1.0, "b": 4.0, "c": 0.25}
    gain = np.array([louder[each] for each in dataset.groups["place"]])
    random = np.random.default_rng(0)
    crackle = np.exp(random.normal(0, 0.6, (len(gain), 8))).repeat(64, axis=1)  # by frame
    x = random.normal(size=dataset.x.shape) * gain[:, None, None]
    x *= np.where(dataset.y[:, None] == 1, crackle, 1.0)[..., None]
    return replace(dataset, x=x.astype(np.float32))


@pytest.fixture(scope="module")
def problem():
    return problems(unlike(), "place", FEW)[0]


@pytest.fixture(scope="module")
def mounted(problem):
    return Mounted.of(problem, 3)


def test_no_window_that_may_be_learned_from_is_scored_or_trained_on(problem, mounted):
    assert (mounted.unit, set(mounted.machines)) == ("place", {"a", "b", "c"})
    learning = mounted.learning(2, MEAN)
    for name, rows in learning.first.items():
        own = np.flatnonzero((problem.dataset.groups["place"] == name) & ~problem.anomalous)
        np.testing.assert_array_equal(rows, own[:2])
        for part in ("train", "validation", "test"):
            assert not set(rows) & set(getattr(learning.split, part)), part
        assert not set(own[:3]) & {*mounted.split.test, *mounted.split.validation}
    assert len(mounted.split.test) == len(problem.split.test) - 3
    assert mounted.split.rule.endswith("first 3 sound windows of each place are not scored")
    assert mounted.minutes(2) == pytest.approx(2 * 512 / 1000 / 60)


def test_features_are_relative_to_the_machines_own(mounted):
    for way in (MEAN, SPREAD):
        learning = mounted.learning(3, way)
        for rows in learning.first.values():
            x = learning.features(rows)
            np.testing.assert_allclose(x.mean(axis=(0, 1)), 0, atol=1e-4)
            if way == SPREAD:
                np.testing.assert_allclose(x.std(axis=(0, 1)), 1, atol=1e-3)
    rows = mounted.split.test[:4]
    np.testing.assert_array_equal(mounted.features(rows), Problem.features(mounted, rows))


@pytest.mark.parametrize("name", ["liquid", "mahalanobis", "isolation_forest", "autoencoder"])
def test_what_differs_between_machines_alone_is_taken_off(name, mounted):
    said = judge_own(OWN_ROWS[f"{name}_own"], mounted, 0)
    truth = unpack(said["anomalous"]).astype(bool)
    best = next(way for way in said["tried"] if way[:2] == [said["windows"], said["way"]])
    assert len(said["scores"]) == len(truth) == len(mounted.split.test)
    assert best[2] == max(way[2] for way in said["tried"])
    assert best[3] > 0.75 and {way[0] for way in said["tried"]} == {1, 2, 3}


def test_no_fault_is_seen_but_for_the_choice(mounted):
    """Faults of the training part may be anything, and those of the test too."""
    hidden = mounted.anomalous.copy()
    hidden[mounted.split.validation] = False
    other = replace(mounted, dataset=replace(mounted.dataset, x=np.where(
        hidden[:, None, None], 0, mounted.dataset.x)))
    for name in ("liquid_own", "mahalanobis_own"):
        one, same = (judge_own(OWN_ROWS[name], each, 0) for each in (mounted, other))
        sound = ~unpack(one["anomalous"]).astype(bool)
        assert one["threshold"] == same["threshold"]
        np.testing.assert_array_equal(np.array(one["scores"])[sound],
                                      np.array(same["scores"])[sound])


def test_the_best_of_validation_is_chosen_and_of_equal_ones_the_fewest_windows():
    tried = [Tried(windows, way, np.zeros(1), 0) for windows in (1, 2) for way in "ab"]
    assert chosen(tried, [0.5, 0.9, 0.9, 0.8]) is tried[1]
    assert chosen(tried, [np.nan] * 4) is tried[2]
    assert chosen(tried, [np.nan, 0.2, np.nan, 0.3]) is tried[3]


def test_the_c_calibrates_on_every_tested_machine_as_the_twin_does(mounted, tmp_path):
    target = deployed.target_of(["nrf52840"], ["host", "cortex-m4"])
    said = deployed.deployed(mounted, 0, target, Work(tmp_path, progress=False))
    assert said["differ"] == {"host": 0, "cortex-m4": 0}
    assert said["frames"] == (mounted.machines == "a").sum() * 8
    costs = said["boards"]["nrf52840"]
    assert costs["calibration_cycles"] > 0 and costs["frame_cycles"] > 0
    file = tmp_path / "networks" / "machines-anomaly-own.lnn"
    score = AnomalyScore.of(lnn_file.from_bytes(file.read_bytes()).meta)
    assert score.calibration_frames % 7 == 0 and score.calibration_frames > 0


def test_a_file_gives_the_scores_of_the_table(mounted):
    made = mounted_predictor(mounted, 0)
    score, machines = made.score, mounted.machines
    own = np.flatnonzero(machines == "a")
    said = score_windows(made.model, made.model.quantise(mounted.dataset.x[own]))[:, -1]
    record = judge_own(OWN_ROWS["liquid_own"], mounted, 0)
    scored = np.isin(own, mounted.split.test)
    np.testing.assert_array_equal(
        said[scored] >= score.threshold,
        np.array(record["scores"]) >= record["threshold"])
    assert score.threshold == record["threshold"]
    _, found = window_errors(made.model, made.model.quantise(mounted.dataset.x), score)
    windows = score.calibration_frames // found.shape[1]
    taken = less_own_errors(score, found, mounted.learning(windows, MEAN))
    first = mounted.learning(windows, MEAN).first["a"]
    assert np.abs(taken[first].reshape(-1, taken.shape[2]).mean(axis=0)).max() <= 0.5


def test_the_table_sets_both_kinds_side_by_side(problem, tmp_path):
    work, names = Work(tmp_path, progress=False), ["liquid", "mahalanobis", "liquid_spoilt"]
    plain = anomaly_study([problem], names, [0], work)
    own = own_study([problem], names, [0], work, 2)
    again = own_study([problem], names, [0], work, 2)
    assert [each.results for each in again] == [each.results for each in own]
    assert not any(each.stale for each in again)
    assert [each.row.name for each in own] == ["liquid_own", "mahalanobis_own"]
    same = on_the_same(plain, 2)
    assert {len(each.scores) for each in [*own, *same]} == {len(problem.split.test) - 2}
    table = anomaly_own.own_rows(own, same)
    auc = table[table["metric"] == "auc"]
    assert len(auc) == 4 and set(auc["items"]) == {len(problem.split.test) - 2}
    assert set(table[table["metric"] == "calibration_windows"]["value"]) <= {1.0, 1.5, 2.0}
    pairs = anomaly_own.own_pairs(own, same)
    assert set(pairs["model"]) == {own[0].row.label} and len(pairs) == 2
    assert len(anomaly_own.by_windows(own[:1])) == 2
    assert "of 1)" in anomaly_own.ways(own)[own[0].row.label]
    assert anomaly_own.windows_figure(own, same).axes[0].get_lines()


# ---- bad input ----


def test_machines_that_were_taught_or_are_too_short_are_refused(problem):
    with pytest.raises(UserError, match="0 windows of normal running to validation"):
        Mounted.of(problem, 24)
    faults = problem.split.test[problem.anomalous[problem.split.test]]
    with pytest.raises(UserError, match="24 windows of normal running, and the first 5 are learn"):
        Mounted(problem.dataset, replace(problem.split, test=faults), FEW)
    dataset = unlike()
    alone = replace(dataset, y=dataset.y, groups={"recording": dataset.groups["recording"]})
    one = problems(alone, NORMAL_IN_TIME, FEW)[0]
    with pytest.raises(UserError, match="is taught with the recording that it is tested on"):
        Mounted.of(one, 2)


def test_thresholds_come_from_validation_as_of_every_detector(mounted):
    made = mounted_predictor(mounted, 0)
    assert 1 <= made.score.threshold < 2**31 - 1
    assert liquid.threshold_of(np.array([5, 9]), 1.0) == 10
