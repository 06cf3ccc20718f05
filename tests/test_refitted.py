"""What validation chose, trained anew on training and validation windows together."""

from dataclasses import replace

import numpy as np
import pytest

from lnnlab import store
from lnnlab.compress import FineTuning, finetune
from lnnlab.data import load, make_splits, refitted
from lnnlab.data.splits import REFITTED
from lnnlab.errors import UserError
from lnnlab.experiments import Benchmark, Budget, Work, benchmark
from lnnlab.experiments.augmented import augmented
from lnnlab.experiments.benchmark import tried
from lnnlab.experiments.deploy import deploy
from lnnlab.experiments.deployment import Target
from lnnlab.experiments.event_recipes import MICRO, event_families, event_family
from lnnlab.experiments.event_streams import fold_studies
from lnnlab.experiments.from_record import find_record, row_run, run_of
from lnnlab.experiments.run import Run, fit_null
from lnnlab.experiments.trained import FOLDER, place_of, trained
from lnnlab.reports.curves import curve_warnings, learning_curves
from lnnlab.reports.rows import benchmark_rows
from lnnlab.training import LNNTrainer, Samples

SMALL = {"sources": 2, "takes": 1, "folds": 2, "seconds": 0.4}
NULL = "logistic_regression"


@pytest.fixture(scope="module")
def dataset():
    return load("event_sim", **SMALL)


@pytest.fixture(scope="module")
def made(dataset, tmp_path_factory):
    work = Work(tmp_path_factory.mktemp("refitted"), 1, False)
    rows = event_families([MICRO, NULL], dataset, 2, 1)
    given = Benchmark(dataset, "fold", [0, 1], Budget(2), "sound_events", refit=True)
    return work, given, rows, benchmark(given, rows, work)


def test_what_validated_trains_and_what_is_tested_does_not(dataset):
    for held in make_splits(dataset, "fold"):
        anew = refitted(held)
        assert sorted(anew.train) == sorted([*held.train, *held.validation])
        assert np.array_equal(anew.test, held.test) and not len(anew.validation)
        assert not set(anew.train) & set(anew.test)
        assert anew.rule == held.rule + REFITTED and anew.name == held.name


def test_every_row_is_trained_anew_on_all_that_is_not_tested(dataset, made):
    work, given, rows, runs = made
    folds = make_splits(dataset, "fold")
    assert len(runs) == len(folds) * (2 + 1)  # seeds of the network, and the null
    for each in runs:
        held = next(fold for fold in folds if fold.name == each.fold)
        run = each.run
        assert set(run.split.train) == set(held.train) | set(held.validation)
        assert each.results["train_items"] == len(held.train) + len(held.validation)
        assert np.array_equal(run.split.test, held.test)
        assert "validation" not in each.results and "validation_loss" not in each.results
        assert len(run.samples("train")) == len(run.split.train)
    network = runs[0].run
    assert augmented(network).shape[:2] == (1, len(network.split.train))
    null = next(each.run for each in runs if each.run.null)
    before = replace(null, split=folds[0])
    assert len(before.samples("train")) < len(null.samples("train"))
    assert not np.allclose(fit_null(null).logits(null.samples("test").x),
                           fit_null(before).logits(before.samples("test").x))


def test_validation_chooses_before_anything_is_trained_anew(dataset, made):
    work, given, rows, runs = made
    first = tried(given, rows, work)
    assert len(first) == 2 * 2  # candidates of the network on two folds; the null has one
    assert not any(REFITTED in each.run.split.rule for each in first)
    for fold in {each.fold for each in first}:
        own = [each for each in first if each.fold == fold]
        best = min(own, key=lambda each: each.validation_loss)
        again = {each.run.recipe.config["learning_rate"] for each in runs
                 if each.fold == fold and not each.run.null}
        assert again == {best.run.recipe.config["learning_rate"]}
    for each in first:  # of what no fold took no network is kept
        again = [run.run.recipe for run in runs if run.fold == each.fold and not run.run.null]
        assert place_of(each.run, work.folder / FOLDER).exists() == (each.recipe in again)
    for each in runs:  # and of what tables show every one is
        assert each.run.null or place_of(each.run, work.folder / FOLDER).exists()
    learning_curves(first)
    assert curve_warnings(runs) == []  # nothing was held out that could warn


def test_the_identity_says_so_and_leads_back(dataset, made):
    work, given, rows, runs = made
    run = runs[0].run
    held = replace(run, split=make_splits(dataset, "fold")[0])
    assert held.key != run.key and held.data["split"] != run.data["split"]
    usual = run_of(held.identity | {"corpus": "event_sim"})
    assert usual.split.rule == held.split.rule and len(usual.split.validation)
    again = run_of(run.identity | {"corpus": "event_sim"})
    assert again.split.rule == run.split.rule and not len(again.split.validation)
    found = find_record(run.label, work.folder)
    assert found["identity"]["split"].endswith(REFITTED)
    recipe = row_run(replace(held, recipe=event_family(MICRO, dataset, 1, 1)[0]), work.folder)
    assert recipe.split is held.split  # a run that holds out stays one
    assert set(benchmark_rows(runs)["split"]) == {run.split.rule}


def test_off_by_default_and_then_nothing_changes(dataset, made, tmp_path):
    _, given, rows, _ = made
    usual = Benchmark(dataset, "fold", [0], Budget(2), "sound_events")
    assert not usual.refit
    runs = benchmark(usual, [rows[1]], Work(tmp_path, 1, False))
    assert all(each.run.split.rule == "leave one fold out" for each in runs)
    assert all("validation" in each.results for each in runs)
    assert tried(usual, [rows[1]], Work(tmp_path, 1, False)) == []


def test_nothing_can_be_chosen_on_windows_that_trained(dataset, made):
    work, _, _, runs = made
    saved = trained(runs[0].run, work.folder / FOLDER)
    assert not len(saved.check_x) and not len(saved.check_y)
    assert len(saved.calibration)
    with pytest.raises(UserError, match="no check windows"):
        finetune(saved, dataset.x[:4], dataset.y[:4], FineTuning(epochs=1))
    target = Target("nrf52840", tune_epochs=0, parity_windows=2, parity_cores=["host"])
    (found,) = deploy(runs[:1], target, work)
    assert found.parity["host"]["mismatches"] == 0
    best = {"input_dim": 3, "output_dim": 2, "keep": "best"}
    x, y = np.zeros((4, 5, 3), np.float32), np.array([0, 1, 0, 1])
    with pytest.raises(UserError, match="no validation windows"):
        LNNTrainer(best).fit(Samples(x, y), Samples(x[:0], y[:0]), 1, progress=False)
    LNNTrainer(best | {"keep": "last"}).fit(Samples(x, y), Samples(x[:0], y[:0]), 1,
                                           progress=False)


def test_streams_choose_thresholds_with_networks_that_held_out(dataset):
    for study in fold_studies(dataset, "fold", 0.2, 0, Budget(1)):
        split = study.run.split
        assert REFITTED not in split.rule and len(split.validation)
        assert not set(split.validation) & set(split.train)


def test_records_of_both_stand_side_by_side(made):
    work, given, rows, runs = made
    again = benchmark(given, rows, work)
    assert [each.results for each in again] == [each.results for each in runs]
    keys = [each.run.key for each in [*runs, *tried(given, rows, work)]]
    assert len(set(keys)) == len(keys)
    assert isinstance(runs[0].run, Run) and store.key(runs[0].run.identity) == runs[0].run.key


def test_a_recipe_that_one_row_passed_over_stays_another_rows_network(dataset, tmp_path):
    one, other = event_family(MICRO, dataset, 2, 1)
    work = Work(tmp_path, 1, False)
    given = Benchmark(dataset, "fold", [0], Budget(1), "sound_events")
    for each in benchmark(given, [[one, other], [one], [other]], work):
        assert place_of(each.run, work.folder / FOLDER).exists()
