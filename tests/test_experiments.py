"""Benchmarks and the tables made of their records."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix

from lnnlab import records
from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.experiments import benchmark, recipe
from lnnlab.experiments.cells import irregular_errors, solver_ladder
from lnnlab.experiments.recipes import NULLS, candidates
from lnnlab.experiments.run import samples
from lnnlab.reports import figures, site, tables
from lnnlab.scoring.confusion import figures as scores

MODELS = ["linear_ltc", "logistic_regression", "majority"]


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=6)


@pytest.fixture(scope="module")
def runs(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    return benchmark(
        dataset, "load", MODELS, [0, 1], folder, epochs=3, trials=2, progress=False
    ), folder


def test_one_record_a_run_and_no_run_twice(dataset, runs):
    made, folder = runs
    assert len(made) == 3 * 2 + 2 * 3  # nulls need no second seed
    files = {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")}
    again = benchmark(
        dataset, "load", MODELS, [0, 1], folder, epochs=3, trials=2, progress=False
    )
    assert again == made
    assert files == {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")}
    assert not list(folder.rglob("*.checkpoint")) and not list(folder.rglob("*.partial"))
    for record in made:
        assert {"basis", "seed", "data_hash", "versions", "split", "recipe"} <= set(record)


def test_parallel_runs_give_the_same_results(dataset, runs, tmp_path):
    made, _ = runs
    again = benchmark(
        dataset, "load", MODELS, [0, 1], tmp_path, epochs=3, trials=2, jobs=2, progress=False
    )
    assert json.dumps(again, sort_keys=True) == json.dumps(made, sort_keys=True)


def test_every_trained_model_chooses_from_as_many_candidates(dataset):
    drawn = {name: candidates(name, dataset, 5) for name in ("linear_ltc", "lstm", "cnn_42k")}
    configs = [[each.config for each in own] for own in drawn.values()]
    assert all(len(own) == 5 for own in configs) and configs[0] == configs[1] == configs[2]
    assert all(not each.config.get("input_noise") for own in NULLS
               for each in candidates(own, dataset, 5))


def test_figures_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    truth, guess = random.integers(0, 3, 50), random.integers(0, 4, 50)
    ours = scores(truth, guess, 4)
    assert ours["accuracy"] == pytest.approx(accuracy_score(truth, guess))
    recall = [np.mean(guess[truth == k] == k) for k in range(3)]
    assert ours["balanced_accuracy"] == pytest.approx(np.mean(recall))
    inside = guess < 3
    balanced = balanced_accuracy_score(truth[inside], guess[inside])
    assert scores(truth[inside], guess[inside], 3)["balanced_accuracy"] == pytest.approx(
        balanced
    )
    np.testing.assert_array_equal(
        ours["confusion"], confusion_matrix(truth, guess, labels=range(4))
    )


def test_tables_pool_over_folds_and_spread_over_seeds(runs):
    made, _ = runs
    rows = tables.benchmark_rows(made)
    row = rows[(rows["metric"] == "accuracy") & rows["model"].str.startswith("liquid")].iloc[0]
    pooled = []
    for seed in (0, 1):
        own = [run["results"]["test"] for run in made
               if run["seed"] == seed and run["recipe"]["model"] == "linear_ltc"]
        items = sum(each["items"] for each in own)
        pooled.append(100 * sum(each["accuracy"] * each["items"] for each in own) / items)
    assert row["value"] == pytest.approx(np.mean(pooled))
    assert row["spread"] == pytest.approx(np.std(pooled, ddof=1))
    assert row["items"] == items and row["seeds"] == "0 1" and "(synthetic)" in row["corpus"]
    assert set(rows.columns) == set(tables.COLUMNS)


def test_an_update_keeps_other_corpora_and_claims_come_first(runs, tmp_path):
    rows = pd.concat([tables.claims(), tables.benchmark_rows(runs[0])])
    tables.update("vibration_benchmark", rows, tmp_path)
    other = tables.benchmark_rows(runs[0]).assign(corpus="other")
    tables.update("vibration_benchmark", other, tmp_path)
    tables.update("vibration_benchmark", rows, tmp_path)
    kept = tables.read("vibration_benchmark", tmp_path)
    assert len(kept) == len(rows) + len(other)
    assert kept["basis"].iloc[0] == "claimed" and not kept.duplicated().any()


def test_the_page_shows_every_table_and_figure(dataset, runs, tmp_path):
    rows = pd.concat([tables.claims(), tables.benchmark_rows(runs[0])])
    tables.update("vibration_benchmark", rows, tmp_path)
    drawn = {
        "waveforms": figures.waveforms_and_spectra(dataset),
        "confusion": figures.confusion_matrices(runs[0]),
        "accuracy": figures.accuracy_against_parameters(rows),
    }
    for name, figure in drawn.items():
        path = figures.save(figure, name, f"caption of {name} & more", tmp_path)
        assert figures.caption(path) == f"caption of {name} & more"
    page = site.write_index("quick", tmp_path).read_text()
    assert "as claimed" in page and "Table 1" in page
    assert all(f"caption of {name} &amp; more" in page for name in drawn)


def test_a_damaged_record_is_named(tmp_path):
    path = tmp_path / "r.json"
    path.write_text("{")
    with pytest.raises(UserError, match="r.json: not a run record"):
        records.read(path)
    with pytest.raises(UserError, match="no such table yet"):
        tables.read("none", tmp_path)


def test_unknown_models_and_no_seeds(dataset, tmp_path):
    with pytest.raises(UserError, match="did you mean 'lstm'"):
        benchmark(dataset, "load", ["lstmm"], [0], tmp_path, progress=False)
    with pytest.raises(UserError, match="give at least one"):
        benchmark(dataset, "load", ["lstm"], [], tmp_path, progress=False)


def test_irregular_recordings_run_end_to_end(tmp_path):
    random = np.random.default_rng(0)
    lines = ["t_s,a,label,run"]
    for number in range(12):
        times = np.cumsum(random.uniform(0.5, 1.5, 40))
        wave = np.sin(times * (0.3 if number % 2 else 1.2)) + 0.1 * random.normal(size=40)
        label = "slow" if number % 2 else "fast"
        lines += [f"{t:.4f},{v:.4f},{label},r{number}" for t, v in zip(times, wave, strict=True)]
    (tmp_path / "rig.csv").write_text("\n".join(lines))
    dataset = load(str(tmp_path / "rig.csv"), window=20, time="t_s", recording="run")
    part = samples(dataset, np.arange(4), recipe("lstm", dataset).features)
    assert part.timespans.shape == part.x.shape[:2] and part.timespans.mean() == pytest.approx(
        1.0, abs=0.2
    )
    made = benchmark(
        dataset, "file_order", ["linear_ltc", "lstm", "majority"], [0], tmp_path, epochs=30,
        progress=False,
    )
    accuracies = {run["recipe"]["model"]: run["results"]["test"]["accuracy"] for run in made}
    assert accuracies["linear_ltc"] > accuracies["majority"]


def test_solvers_err_less_for_more_work():
    rungs = solver_ladder(batch=2, steps=6)
    for solver in ("fused", "euler", "rk4", "adaptive_heun", "dopri5"):
        own = [each for each in rungs if each["solver"] == solver]
        assert own[-1]["error"] < own[0]["error"]
        assert own[-1]["evaluations"] > own[0]["evaluations"]


def test_elapsed_times_are_worth_something():
    errors = irregular_errors()
    assert errors["with elapsed times"] < 1e-5 < errors["without"]
