"""Detectors of anomalies: what they are taught, what they refuse, what is recorded."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lnnlab import lnn_file
from lnnlab.data import load
from lnnlab.data.dataset import Dataset
from lnnlab.data.skab import CHANNELS, Experiment, experiments, load_skab
from lnnlab.data.uav_propeller import load_uav_propeller
from lnnlab.data.wav import write_wav
from lnnlab.errors import UserError
from lnnlab.experiments.anomalies import liquid, rivals
from lnnlab.experiments.anomalies.lives import Life, over
from lnnlab.experiments.anomalies.problem import (
    NORMAL_IN_TIME,
    Problem,
    Teaching,
    problems,
)
from lnnlab.experiments.anomalies.pump import PumpScores, scores_of, standardised
from lnnlab.experiments.anomalies.study import ROWS, anomaly_study, scored, spoiling
from lnnlab.experiments.benchmark import Work
from lnnlab.features import FeatureSpec
from lnnlab.reports import anomalies as report
from lnnlab.scoring.detection import detection_interval
from lnnlab.target.anomaly import AnomalyRunner, differing

BANDS = Teaching(FeatureSpec(frame=64, hop=64, bands=8), epochs=6)


def machine(seed: int = 0, windows: int = 24) -> Dataset:
    """Normal running is low noise; faults ring. Three machines of each."""
    random = np.random.default_rng(seed)
    y = np.repeat([0, 1], windows * 3)
    x = random.normal(size=(len(y), 512, 1)).cumsum(axis=1)
    x -= x.mean(axis=1, keepdims=True)
    ring = np.sin(1.9 * np.arange(512))[None, :, None]
    x = (x / x.std() + 0.8 * y[:, None, None] * ring).astype(np.float32)
    names = np.repeat([f"machine {k}" for k in range(6)], windows)
    return Dataset("machines", x, y, ("sound", "broken"), ("g",), 1000.0,
                   {"recording": names, "place": np.tile(np.repeat(["a", "b", "c"], windows), 2)},
                   np.tile(np.arange(windows) * 512, 6), background_classes=("sound",))


@pytest.fixture(scope="module")
def problem():
    return problems(machine(), "place", BANDS)[0]


@pytest.fixture(scope="module")
def made(problem):
    return liquid.predictor(problem, 0)


def test_no_fault_is_seen(problem):
    assert problem.anomalous[problem.split.train].any()
    for part in ("train", "validation"):
        assert not problem.anomalous[problem.normal(part)].any()
    hidden = replace(problem.dataset, x=np.where(
        problem.anomalous[:, None, None], 0, problem.dataset.x))
    other = Problem(hidden, problem.split, problem.teaching)
    rows = problem.normal("validation")
    for name, row in ROWS.items():
        if row.fit is None or row.sees_faults:
            continue
        one, same = (row.fit(each, 0).scores(rows) for each in (problem, other))
        np.testing.assert_array_equal(one, same, err_msg=name)


def test_a_fault_scores_higher(problem, made):
    rows = problem.split.test
    truth, scores = problem.anomalous[rows], made.scores(problem.dataset.x[rows])
    assert roc_auc_score(truth, scores) > 0.95
    for fit in (rivals.mahalanobis, rivals.isolation_forest, rivals.autoencoder):
        assert roc_auc_score(truth, fit(problem, 0).scores(rows)) > 0.9, fit
    assert problem.faults == ["broken"]


def test_normal_running_has_the_score_1(problem, made):
    found = made.score.in_spreads(made.scores(problem.dataset.x[problem.normal("train")]))
    assert 0.8 < found.mean() < 1.2


def test_the_threshold_is_the_quantile_of_validation(problem, made):
    held = made.scores(problem.dataset.x[problem.normal("validation")])
    assert np.mean(held >= made.score.threshold) <= 1 - BANDS.quantile
    lower = made.with_threshold(held, 0.5)
    assert np.mean(held >= lower.score.threshold) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("core", ["host", "cortex-m4"])
def test_the_c_scores_a_whole_test_set_as_the_twin_does(core, problem, made):
    samples = made.model.quantise(problem.dataset.x[problem.split.test])
    wanted = liquid.score_windows(made.model, samples)
    runner = AnomalyRunner(lnn_file.to_bytes(made.model), core, whole=False)
    assert differing(runner, samples, wanted) == 0 and len(np.unique(wanted)) > 100
    assert differing(runner, samples[:2], wanted[:2] + 1) == wanted[:2].size


# ---- bad input ----


def test_one_machine_is_cut_in_time_or_refused():
    dataset = machine()
    alone = np.flatnonzero((dataset.y == 1) | (dataset.groups["place"] == "a"))
    one = Dataset("one", dataset.x[alone], dataset.y[alone], dataset.classes, dataset.channels,
                  1000.0, {k: v[alone] for k, v in dataset.groups.items()}, dataset.start[alone],
                  background_classes=("sound",))
    with pytest.raises(UserError, match="class sound is tested but has no training"):
        problems(one, "place", BANDS)
    found = problems(one, NORMAL_IN_TIME, BANDS)
    assert len(found) == 1 and len(found[0].normal("train")) == 11
    assert not found[0].anomalous[found[0].split.train].any()
    short = replace(one, start=one.start * 0)
    with pytest.raises(UserError, match="0 windows of normal running to train; record more of"):
        problems(short, NORMAL_IN_TIME, BANDS)


@pytest.mark.parametrize("change, message", [
    ({"background_classes": ()}, "does not say which classes are normal running"),
    ({"background_classes": ("sound", "broken")}, "needs windows of normal running and of faults")])
def test_corpora_without_normal_running_or_faults_are_refused(change, message):
    with pytest.raises(UserError, match=message):
        dataset = replace(machine(), **change)
        problems(dataset, "place" if not change["background_classes"] else NORMAL_IN_TIME, BANDS)


def test_a_clip_shorter_than_a_frame_is_refused():
    with pytest.raises(UserError, match="a window of 512 samples is shorter than a frame of 1024"):
        problem = problems(machine(), "place", Teaching(FeatureSpec(frame=1024, hop=1024)))[0]
        liquid.predictor(problem, 0)


def test_silence_and_a_channel_that_stands_still_are_scored(problem, made):
    silent = np.zeros((3, 512, 1), np.float32)
    assert len(set(made.scores(silent))) == 1
    dataset = machine()
    two = replace(dataset, channels=("g", "dead"), x=np.concatenate(
        [dataset.x, np.zeros_like(dataset.x)], axis=2))
    still = problems(two, "place", replace(BANDS, epochs=3))[0]
    found = liquid.predictor(still, 0)
    rows = still.split.test
    assert roc_auc_score(still.anomalous[rows], found.scores(two.x[rows])) > 0.9
    assert np.isfinite(rivals.mahalanobis(still, 0).scores(rows)).all()


def test_anomalies_among_the_normals_raise_the_threshold(problem, made):
    rows = spoiling(problem, 0)
    problem = Problem(problem.dataset, problem.split, replace(BANDS, quantile=1.0))
    spoilt = problem.taught_with(rows)
    assert problem.anomalous[rows].all() and not spoilt.anomalous[rows].any()
    assert not set(rows) & set(spoilt.split.test)
    held = made.scores(problem.dataset.x[problem.normal("validation")])
    clean = made.with_threshold(held, 1.0).score.threshold
    assert liquid.predictor(spoilt, 0).score.threshold > 1.2 * clean
    with pytest.raises(UserError, match="quantile = 0"):
        Teaching(BANDS.features, quantile=0)


# ---- the table ----


def test_the_table_is_made_of_records(problem, tmp_path):
    work, rows = Work(tmp_path, progress=False), ["liquid", "mahalanobis", "level", "liquid_spoilt"]
    problem = Problem(problem.dataset, problem.split, replace(BANDS, epochs=2))
    found = anomaly_study([problem], rows, [0, 1], work)
    assert [(each.row.name, each.seed) for each in found] == [
        ("liquid", 0), ("liquid", 1), ("mahalanobis", 0), ("level", 0), ("liquid_spoilt", 0),
        ("liquid_spoilt", 1)]
    again = anomaly_study([problem], rows, [0, 1], work)
    assert [each.results for each in again] == [each.results for each in found]
    assert not any(each.stale for each in again)
    table = report.anomaly_rows(found)
    own = report.by_row(found)
    wanted = detection_interval(scored(own["liquid"]), "auc")
    row = table[(table["model"] == ROWS["liquid"].label) & (table["metric"] == "auc")].iloc[0]
    assert row["value"] == pytest.approx(wanted.value)
    assert not wanted.reliable and np.isnan(row["low"])  # of one machine of each kind
    assert set(report.pair_rows(found)["other"]) == {
        ROWS["mahalanobis"].label, ROWS["level"].label}
    assert any("times as high" in line for line in report.spoilt_lines(table))


def test_warnings_count_from_the_alarm_that_does_not_end():
    hours = np.array([10.0, 6, 0.5, 0.3, 0.2, 0.1, 0])
    worn = hours < 1
    score = np.array([0.5, 1.2, 1.5, 0.9, 1.1, 1.2, 3])
    life = Life("1_1", hours, score, worn)
    assert (life.warning_h, life.most_h, life.false_alarms) == (0.2, 0.5, 0.5)
    assert replace(life, score=score - 3).warning_h == 0
    assert replace(life, score=score + 1).warning_h == 0.5


def test_an_alarm_is_from_1_on_whatever_the_sign_of_the_threshold():
    score = np.array([-3.0, -1.0, -0.5, 0.0, 2.0])
    for threshold in (-0.5, 0.0, 1.5):
        np.testing.assert_array_equal(over(score, threshold) >= 1, score >= threshold)
        assert (np.diff(over(score, threshold)) > 0).all()
    life = Life("1_1", np.array([3.0, 2, 1, 0.5, 0]), over(score, -0.5), np.arange(5) > 2)
    assert life.trend == pytest.approx(1) and replace(life, score=np.ones(5)).trend == 0
    assert replace(life, score=-score).trend == pytest.approx(-1)


# ---- SKAB and the drone ----


def pump_file(folder, name, seconds=700, first=500):
    random = np.random.default_rng(len(name))
    path = folder / "skab" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    x = random.normal(size=(seconds, 8)) * 0.1 + np.arange(1, 9)
    x[first:] += 0.6
    lines = [";".join(["datetime", *CHANNELS, "anomaly", "changepoint"])]
    lines += [";".join([f"2020-03-09 10:{k // 60 % 60:02d}:{k % 60:02d}", *map(str, row),
                        str(float(k >= first)), "0.0"]) for k, row in enumerate(x)]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def pumps(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    for name in ("valve1/1", "valve1/10", "valve1/2", "anomaly-free/anomaly-free"):
        pump_file(tmp_path, name)
    return tmp_path


def test_a_pumps_files_are_read_in_order_and_cut_by_label(pumps):
    assert [each.name for each in experiments()] == ["valve1/1", "valve1/2", "valve1/10"]
    dataset = load_skab()
    assert dataset.x.shape == (33, 60, 8) and dataset.y.sum() == 9
    assert len(load("skab", window=100)) == 21
    with pytest.raises(UserError, match="no stretch of one label is that long"):
        load_skab(window=600)


@pytest.mark.parametrize("change, message", [
    (lambda text: text.replace("Current", "Strom"), "lacks a column"),
    (lambda text: text.replace(";1.0;0.0", ";2.0;0.0"), "labels other than 0 and 1"),
    (lambda text: text.replace(";0.0;0.0", ";x;0.0", 1), "not columns of numbers")])
def test_a_damaged_pump_file_is_named(pumps, change, message):
    path = pumps / "skab" / "valve1" / "2.csv"
    path.write_text(change(path.read_text()))
    with pytest.raises(UserError, match=f"2.csv.*{message}"):
        experiments()


def test_a_pump_is_scored_second_by_second():
    random = np.random.default_rng(0)
    x = random.normal(size=(600, 8)) * np.array([0.01, 1, 5, 0.2, 3, 1, 40, 2]) + 7
    x[:, 4] = 90.0  # a sensor that stands still
    x[500:, 1] += 6
    file = Experiment("p", x, np.arange(600) >= 500)
    flat = standardised(x)
    assert np.allclose(flat[:320].mean(axis=0), 0, atol=1e-6) and not flat[:, 4].any()
    teaching = Teaching(FeatureSpec(kind="raw", frame=1, hop=1), 4, 0.99, 3)
    for name in ("liquid", "mahalanobis", "level", "autoencoder"):
        scores, threshold, _ = scores_of(ROWS[name], 0, file, teaching)
        assert len(scores) == 600 and threshold > 0
        if name != "level":
            assert roc_auc_score(file.anomalous, scores) > 0.95, name


def test_a_pumps_figures_are_of_all_seconds():
    files = [{"right": 30, "false": 10, "missed": 20, "sound": 100, "auc": 0.8},
             {"right": 0, "false": 0, "missed": 10, "sound": 50, "auc": 0.6}]
    found = PumpScores(ROWS["level"], 0, {"files": files, "parameters": 0})
    assert found.figure("f1")[0] == pytest.approx(2 * 30 / (60 + 10 + 30))
    assert found.figure("false_alarms")[0] == pytest.approx(10 / 150)
    assert found.figure("misses")[0] == pytest.approx(0.5)
    assert found.figure("auc", np.array([[2, 0]]))[0] == pytest.approx(0.8)
    rows = report.pump_rows([found])
    said = rows[(rows["model"] == "level alone (null)") & (rows["metric"] == "f1")].iloc[0]
    assert said["items"] == 210 and "claimed" in set(rows["basis"])


def test_flights_have_class_configuration_and_mission(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    folder, noise = tmp_path / "uav_propeller", np.random.default_rng(0).normal(size=9000) / 9
    for name in ("normal/cw_f8/1", "1_broken/0001/cw_f8/3", "3_4_broken/3_broken/0111/cw_f8/2",
                 "3_4_broken/4_broken/1111/cw_f8/4"):
        write_wav(folder / name / "ch1.wav", noise)
    dataset = load_uav_propeller(window=4096)
    assert sorted(zip(dataset.y, dataset.groups["configuration"], strict=True)) == [
        (0, "")] * 2 + [(1, "0001")] * 2 + [(3, "0111")] * 2 + [(4, "1111")] * 2
    assert set(dataset.groups["mission"]) == {"cw_f8"}
    write_wav(folder / "other" / "0001" / "cw_f8" / "1" / "ch1.wav", noise)
    with pytest.raises(UserError, match="lies in no folder of normal, 1_broken"):
        load_uav_propeller()
