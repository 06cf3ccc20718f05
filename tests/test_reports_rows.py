"""Rows of tables from typed records, against numpy, scikit-learn and the scoring room."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_records import deployment, records
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from lnnlab.data import load
from lnnlab.experiments.results import EACH
from lnnlab.experiments.run import Budget
from lnnlab.reports import curves, figures, keywords, site, tables
from lnnlab.reports import deployment as deployed_rows
from lnnlab.reports.findings import int8_lines, parity_lines
from lnnlab.reports.pooling import of_test, pool
from lnnlab.reports.rows import benchmark_rows
from lnnlab.reports.sentences import pair_rows
from lnnlab.reports.views import DAGGER, STALE_NOTE, together, wide
from lnnlab.scoring.intervals import Items, interval

SHARES = {"linear_ltc": 0.97, "lstm": 0.9, "logistic_regression": 0.8, "majority": 0.25}


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=6)


@pytest.fixture(scope="module")
def made(dataset):
    return records(dataset, SHARES)


def row_of(rows, metric, model="liquid", fold=""):
    found = rows[(rows["metric"] == metric) & rows["model"].str.startswith(model)
                 & (rows["fold"].astype(object).fillna("") == fold)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize("metric, oracle", [
    ("accuracy", accuracy_score), ("balanced_accuracy", balanced_accuracy_score)])
def test_figures_are_pooled_over_folds_and_spread_over_seeds(made, metric, oracle):
    rows = benchmark_rows(made)
    own = [each for each in made if each.recipe.model == "linear_ltc"]
    values = []
    for seed in (0, 1):
        parts = [each.test for each in own if each.seed == seed]
        values.append(100 * oracle(np.concatenate([each.truth for each in parts]),
                                   np.concatenate([each.guess for each in parts])))
    row = row_of(rows, metric)
    assert row["value"] == pytest.approx(np.mean(values))
    assert row["spread"] == pytest.approx(np.std(values, ddof=1))
    assert row["seeds"] == "0 1" and row["grouping"] == "bearings" and row["groups"] == 12
    assert row["items"] == 216 and "(synthetic)" in row["corpus"]
    assert set(rows.columns) == set(tables.COLUMNS)


def test_intervals_are_those_of_the_scoring_room(made):
    own = [each for each in made if each.recipe.model == "lstm"]
    by_seed = [np.concatenate([each.test.guess for each in own if each.seed == seed])
               for seed in (0, 1)]
    first = [each.test for each in own if each.seed == 0]
    items = Items(np.concatenate([each.truth for each in first]),
                  np.concatenate([each.groups for each in first]), np.stack(by_seed))
    found, row = interval(items), row_of(benchmark_rows(made), "accuracy", "LSTM")
    assert (row["low"], row["high"]) == pytest.approx((100 * found.low, 100 * found.high))
    assert row["low"] < row["value"] < row["high"]


def test_each_fold_has_a_row_of_its_own(made):
    rows = benchmark_rows(made)
    parts = [each.test for each in made
             if each.recipe.model == "lstm" and each.fold == "load 1"]
    row = row_of(rows, "accuracy", "LSTM", "load 1")
    assert row["value"] == pytest.approx(100 * np.mean([each.accuracy for each in parts]))
    assert row["items"] == 72 and row["parameters"] == 101
    view = wide(rows)
    assert "load 1: " in view.loc[0, "accuracy by fold, %"]
    assert (view["parameters"] == "up to 102").all()  # made up: one more a fold


def test_a_single_fold_is_not_shown_twice(dataset):
    rows = benchmark_rows(records(dataset, SHARES, rule="file_order"))
    assert len(together(rows)) == len(rows)


def test_null_baselines_have_no_seeds_and_no_weights(made):
    rows = benchmark_rows(made)
    null = rows[rows["model"].str.contains("null")]
    assert set(null["seeds"]) == {""} and null["spread"].isna().all()
    assert set(null["metric"]) == {"accuracy", "balanced_accuracy"}


def test_windows_that_several_folds_test_count_once(dataset):
    rows = np.flatnonzero(dataset.y == 0)
    groups = {name: labels.copy() for name, labels in dataset.groups.items()}
    groups["load"][rows] = ""  # in every fold, as the normal class of CWRU
    made = records(replace(dataset, groups=groups), {"linear_ltc": 0.9})
    row = row_of(benchmark_rows(made), "accuracy")
    answered = sum(len(each.test.truth) for each in made if each.seed == 0)
    tested = {k for each in made for k in each.run.split.test}
    assert row["items"] == len(tested) < answered == len(pool(of_test(made)).items.truth)


def test_items_that_are_groups_of_their_own_stay_apart_between_folds(dataset):
    alone = {name: labels.copy() for name, labels in dataset.groups.items()}
    alone["bearing"] = np.arange(len(dataset)).astype(str)
    made = records(replace(dataset, groups=alone), {"linear_ltc": 0.9})
    assert {each.results["test"]["groups"] for each in made} == {EACH}
    assert row_of(benchmark_rows(made), "accuracy")["groups"] == len(dataset)


def test_too_few_groups_leave_the_interval_empty(dataset):
    few = {name: labels.copy() for name, labels in dataset.groups.items()}
    few["bearing"] = few["load"].copy()
    row = row_of(benchmark_rows(records(replace(dataset, groups=few), SHARES)), "accuracy")
    assert row["groups"] == 3 and np.isnan(row["low"]) and np.isnan(row["high"])
    assert " to " not in wide(pd.DataFrame([row])).loc[0, "accuracy, %"]


def test_stale_records_leave_a_mark(dataset, made, tmp_path):
    old = records(dataset, {"lstm": 0.9}, stale="the data changed")
    fresh = [each for each in made if each.recipe.model != "lstm"]
    rows = benchmark_rows([*fresh, *old])
    own = rows["model"] == "LSTM"
    assert rows[own]["basis"].str.endswith(", stale").all()
    assert not rows[~own]["basis"].str.contains("stale").any()
    path = tables.update("vibration_benchmark", rows, tmp_path)
    text = path.with_suffix(".md").read_text()
    assert "LSTM" + DAGGER in text and STALE_NOTE in text and text.count("†") == 2
    assert STALE_NOTE not in tables.update(
        "other", benchmark_rows(fresh), tmp_path).with_suffix(".md").read_text()
    assert STALE_NOTE.split("`")[0] in site.write_index("quick", tmp_path).read_text()


def test_what_stands_on_a_board(made):
    given = [deployment(each, 0.95, 0.9) for each in made if each.recipe.model == "lstm"]
    rows = deployed_rows.deployment_rows(given)
    before, after, lost = (row_of(rows, name, "LSTM") for name in (
        "accuracy_float", "accuracy_int8", "accuracy_lost"))
    assert lost["value"] == pytest.approx(before["value"] - after["value"])
    assert lost["low"] <= lost["value"] <= lost["high"]
    assert row_of(rows, "flash", "LSTM")["value"] == 10_000
    assert row_of(rows, "energy", "LSTM")["value"] == pytest.approx(50)
    assert row_of(rows, "tuned_networks", "LSTM")["value"] == 3
    stages = deployed_rows.stage_rows(given)
    assert row_of(stages, "features", "LSTM")["value"] == 110
    assert "features, cycles" in wide(stages) and "transforms, %" not in wide(stages)
    assert "costs" in int8_lines(rows)[0]
    few = deployed_rows.deployment_rows(given[:2])  # both seeds of the first fold
    view = wide(pd.concat([benchmark_rows(made), few]))
    assert view.set_index("model").loc["LSTM", "items"] == "216 (int8: 72)"


def test_parity_names_the_seeds_that_were_compared(made):
    given = [deployment(each) for each in made if each.recipe.model == "lstm"]
    rows = deployed_rows.parity_rows(given)
    assert set(rows["seeds"]) == {"0"} and set(rows["items"]) == {21}  # 3 folds of 7 windows
    assert dict(zip(rows["board"], rows["basis"], strict=True)) == {
        "host": "measured", "cortex-m4": "emulated"}
    line = parity_lines(rows)[0]
    assert "equals" in line and "seed 0" in line and "2 cores" in line and "twin alone" in line
    assert "differs from the twin 5 times" in parity_lines(
        rows.assign(value=[5, 0]))[0]


def test_a_stale_deployment_is_marked_too(made):
    given = [replace(deployment(each), stale="the compiler changed") for each in made
             if each.recipe.model == "linear_ltc"]
    for rows in (deployed_rows.deployment_rows(given), deployed_rows.stage_rows(given),
                 deployed_rows.parity_rows(given), keywords.always_on_rows(given, ["nrf52840"])):
        assert len(rows) and rows["basis"].str.endswith(", stale").all()


def test_curves_are_drawn_and_warned_of(made):
    assert len([axis for axis in curves.learning_curves(made).axes if axis.get_visible()]) == 2
    falling = curves.curve_warnings(made)
    assert len(falling) == 2 and all("last epoch allowed" in line for line in falling)

    def with_losses(losses, epochs=10):
        one = next(each for each in made if each.recipe.model == "lstm")
        return replace(one, results=one.results | {"history": {"validation": losses}},
                       run=replace(one.run, budget=Budget(epochs)))

    assert "rises to the end" in curves.curve_warnings(
        [with_losses([1.0, 0.5, *[0.5 + 0.1 * k for k in range(8)]])])[0]
    assert not curves.curve_warnings([with_losses([1.0, 0.5, 0.4, *[0.41] * 7])])
    assert not curves.curve_warnings([with_losses([1.0, 0.5, 0.4], 10)])  # stopped before


def test_trained_records_make_the_page(bearing_given, bearing_records, tmp_path):
    made, _ = bearing_records
    rows = pd.concat([tables.claims(), benchmark_rows(made)])
    tables.update("vibration_benchmark", rows, tmp_path)
    tables.update("vibration_benchmark_pairs", pair_rows(made), tmp_path)
    drawn = {
        "waveforms": figures.waveforms_and_spectra(bearing_given.dataset),
        "confusion": figures.confusion_matrices(made),
        "accuracy": figures.accuracy_against_parameters(rows),
        "curves": curves.learning_curves(made),
    }
    for name, figure in drawn.items():
        path = figures.save(figure, name, f"caption of {name} & more", tmp_path)
        assert figures.caption(path) == f"caption of {name} & more"
    page = site.write_index("quick", tmp_path).read_text()
    assert "as claimed" in page and "Table 1" in page and "has the highest" in page
    assert all(f"caption of {name} &amp; more" in page for name in drawn)
