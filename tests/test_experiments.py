"""Benchmarks: each run recorded once, alike in parallel, chosen by validation alone."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, confusion_matrix

from lnnlab.compress import FineTuning
from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.experiments import benchmark, recipe
from lnnlab.experiments.benchmark import Benchmark, Work, model_rows
from lnnlab.experiments.cells import irregular_errors, solver_ladder
from lnnlab.experiments.deploy import _subject, _tuning
from lnnlab.experiments.deployment import Target
from lnnlab.experiments.recipes import VIBRATION, candidates
from lnnlab.experiments.run import Budget, samples
from lnnlab.scoring.confusion import figures as scores

MODELS = ["linear_ltc", "logistic_regression", "majority"]


def _plain(made):
    return [(each.run.key, each.results, each.stale) for each in made]


def test_one_record_a_run_and_no_run_twice(bearing_given, bearing_records):
    made, folder = bearing_records
    assert len(made) == 3 * 2 + 2 * 3  # nulls need no second seed
    path = folder / "records" / "vibration_benchmark.jsonl"
    text, stamp = path.read_text(), path.stat().st_mtime_ns
    rows = model_rows(MODELS, bearing_given.dataset, 2)
    again = benchmark(bearing_given, rows, Work(folder, progress=False))
    assert _plain(again) == _plain(made)
    assert path.read_text() == text and path.stat().st_mtime_ns == stamp
    assert not list(folder.rglob("*.checkpoint")) and not list(folder.rglob(".*.partial"))
    assert all(not each.stale and each.test.unit == "bearing" for each in made)


def test_parallel_runs_give_the_same_results(bearing_given, bearing_records, tmp_path):
    rows = model_rows(MODELS, bearing_given.dataset, 2)
    again = benchmark(bearing_given, rows, Work(tmp_path, jobs=2, progress=False))
    assert _plain(again) == _plain(bearing_records[0])


def test_every_trained_model_chooses_from_as_many_candidates(bearing_given):
    dataset = bearing_given.dataset
    drawn = {name: candidates(name, dataset, 5) for name in ("linear_ltc", "lstm", "cnn_42k")}
    configs = [[each.config for each in own] for own in drawn.values()]
    assert all(len(own) == 5 for own in configs) and configs[0] == configs[1] == configs[2]
    assert all(VIBRATION.items() <= config.items() for config in configs[0])
    assert all(not each.config for own in ("majority", "logistic_regression")
               for each in candidates(own, dataset, 5))


def test_a_row_may_be_tuned_as_it_was_trained(bearing_records):
    run = replace(bearing_records[0][0].run, recipe=recipe("linear_ltc", load("bearing_sim")))
    noise = {"input_noise": 0.3, "noise_unit": "own", "label_smoothing": 0.2}
    run = replace(run, recipe=replace(run.recipe, config=run.recipe.config | noise))
    usual, asked = Target(tune_epochs=3), Target(tune_epochs=3, tune_as_trained=True)
    assert _tuning(run, usual) == FineTuning(3)
    assert _tuning(run, asked) == FineTuning(3, **noise)
    plain, own = (_subject(run, each, []).identity for each in (usual, asked))
    assert own == plain | {"tune_as_trained": True}


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


def test_unknown_models_and_no_seeds(bearing_given, tmp_path):
    with pytest.raises(UserError, match="did you mean 'lstm'"):
        model_rows(["lstmm"], bearing_given.dataset)
    with pytest.raises(UserError, match="give at least one"):
        benchmark(replace(bearing_given, seeds=()), [], Work(tmp_path))


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
    rows = model_rows(["linear_ltc", "lstm", "majority"], dataset)
    given = Benchmark(dataset, "file_order", budget=Budget(30))
    made = benchmark(given, rows, Work(tmp_path, progress=False))
    accuracies = {each.recipe.model: each.test.accuracy for each in made}
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
