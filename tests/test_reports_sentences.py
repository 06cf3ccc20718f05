"""Sentences say no more than paired comparisons do; verdicts on claims come from numbers."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_records import deployment, records

from lnnlab.data import load
from lnnlab.models import KINDS
from lnnlab.reports import claims, findings, sentences, tables
from lnnlab.reports.deployment import deployment_rows, stage_rows
from lnnlab.reports.keywords import always_on_rows
from lnnlab.reports.pooling import of_test, pool
from lnnlab.reports.rows import benchmark_rows
from lnnlab.reports.taught import taught_lines
from lnnlab.scoring.pairs import compare


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=6)


def pair(first, second, difference, verdict, reliable=True):
    return {"corpus": "c", "split": "s", "metric": "accuracy", "first": first, "second": second,
            "difference": difference, "low": difference - 1, "high": difference + 1, "groups": 12,
            "grouping": "bearings", "reliable": reliable, "verdict": verdict}


def test_a_clear_lead_is_said_and_equal_rows_are_not_ranked(dataset):
    made = records(dataset, {"linear_ltc": 0.97, "lstm": 0.97, "cnn_2k": 0.4,
                             "logistic_regression": 0.5, "majority": 0.25})
    text = "\n".join(sentences.standing(made))
    leader, other = ("liquid (LinearLTC)", "LSTM") if "liquid (LinearLTC) has" in text else (
        "LSTM", "liquid (LinearLTC)")
    assert f"{leader} has the highest test accuracy" in text and "12 bearings" in text
    said = next(line for line in text.splitlines() if f"{leader} is ahead of" in line)
    ahead, equal = said.split("not distinguishable")
    assert "CNN 2k" in ahead and other not in ahead and other in equal
    assert "of 3 networks 2 are ahead of it" in text
    assert "highest by fold: load 0: " in text


@given(st.integers(0, 10**6))
@settings(max_examples=5, deadline=None)
def test_ahead_is_said_only_where_the_pair_alone_says_so(seed):
    dataset = load("bearing_sim", windows_per_recording=2)
    shares = np.random.default_rng(seed).uniform(0.4, 1.0, 3)
    made = records(dataset, dict(zip(("linear_ltc", "lstm", "gru"), shares, strict=True)))
    rows = sentences.pair_rows(made)
    rows = rows[rows["metric"] == "accuracy"]
    pools = {label: pool(of_test([each for each in made if each.label == label])).items
             for label in {each.label for each in made}}
    assert len(rows) == 3
    for each in rows.itertuples():
        alone = compare(pools[each.first], pools[each.second])
        assert each.difference == pytest.approx(100 * alone.difference)
        assert (each.low, each.high) == pytest.approx((100 * alone.low, 100 * alone.high))
        assert each.verdict in ("not distinguishable", alone.verdict)
        text = sentences.beside(each.first, rows)
        start = text.split("is not distinguishable")[0]
        if each.verdict == "not distinguishable":
            assert f"{each.second} by" not in start
        else:
            assert f"{each.second} by" in start


def test_rows_on_other_windows_are_not_set_against_one_another(dataset):
    usual = records(dataset, {"linear_ltc": 0.9, "lstm": 0.9})
    other = load("bearing_sim", windows_per_recording=2)
    made = [*usual, *records(other, {"gru": 0.9, "cfc": 0.5})]
    rows = sentences.pair_rows(made)
    assert {frozenset(each) for each in rows[["first", "second"]].to_numpy()} == {
        frozenset(("liquid (LinearLTC)", "LSTM")), frozenset(("GRU", "liquid (CfC)"))}


def test_a_row_is_seen_from_both_sides():
    pairs = pd.DataFrame([pair("A", "B", 3.0, "ahead"), pair("C", "A", 4.0, "ahead"),
                          pair("A", "D", 0.2, "not distinguishable")])
    text = sentences.beside("A", pairs)
    assert "ahead of B by 3.0 (2.0 to 4.0)" in text and "behind C by 4.0 (3.0 to 5.0)" in text
    assert "not distinguishable from D" in text and "12 bearings" in text
    few = pd.DataFrame([pair("A", "B", 3.0, "not distinguishable", reliable=False)])
    assert "too few or too uneven" in sentences.beside("A", few)
    assert sentences.beside("Z", pairs) == ""


def test_uneven_classes_are_judged_by_balanced_accuracy_too(dataset):
    kept = np.flatnonzero((dataset.y != 1) | (dataset.start == 0))
    uneven = replace(
        dataset, x=dataset.x[kept], y=dataset.y[kept], start=dataset.start[kept],
        groups={name: labels[kept] for name, labels in dataset.groups.items()})
    made = records(uneven, {"linear_ltc": 0.9, "lstm": 0.8, "majority": 0.5})
    for given_data, both in ((made, True), (records(dataset, {"linear_ltc": 0.9,
                                                              "majority": 0.25}), False)):
        table = benchmark_rows(given_data)
        found = table[table["model"].str.startswith("majority")].set_index("metric")["value"]
        if both:
            table.loc[table["model"].str.startswith("majority")
                      & (table["metric"] == "balanced_accuracy"), "value"] = found[
                          "accuracy"].iloc[0] / 2
        text = "\n".join(sentences.standing_lines(table, sentences.pair_rows(given_data)))
        assert ("highest balanced test accuracy" in text) == both


def test_the_lines_of_int8_name_the_worst_row(dataset):
    made = records(dataset, {"linear_ltc": 0.9, "lstm": 0.9})
    given_rows = deployment_rows([
        deployment(each, 0.95, 0.4 if each.recipe.model == "lstm" else 0.95) for each in made])
    line = findings.int8_lines(given_rows)[0]
    assert "costs" in line and "LSTM" in line and "95 % interval" in line


def test_policies_are_compared_by_means_of_cycles():
    rows = [{"model": name, "corpus": "c", "split": "stream, 10 % speech"}
            | tables.summary("cycles_per_s", values, "cycles", "modelled")
            for name, values in (("always", [100.0] * 3), ("sleeps", [100.0, 100.0, 13.0]))]
    table = pd.DataFrame(rows, columns=tables.COLUMNS)
    assert findings.fewer_cycles(table, "sleeps") == pytest.approx(300 / 213)
    assert np.isnan(findings.fewer_cycles(table, "absent"))


def test_long_streams_say_of_how_few_clips_they_are_made():
    line = findings.repeated_line(pd.DataFrame({"items": [982, 9817]}),
                                  pd.DataFrame({"items": [650, 650]}))
    assert "982 to 9,817 words" in line and "at most 650 different test clips" in line


def test_the_twins_bits_are_claimed_only_where_they_were_counted():
    assert findings.twin_line({"host": 0, "cortex-m4": 0}, 50).startswith("The C gives")
    assert findings.twin_line({"host": 0, "cortex-m4": 3}, 50).startswith("The C does not")
    assert findings.twin_line({}, 0).startswith("Nothing was compared")


@pytest.mark.parametrize("rate, low, said", [
    (2, 0.1, "the rate holds"), (24, 12.4, "of validation: above it"),
    (12, 6, "above it, within the interval")])
def test_a_wake_words_rate_is_set_beside_what_it_was_chosen_for(rate, low, said):
    values = {"miss_rate": 6.2, "false_accepts": rate, "false_accepts_low": low,
              "false_accepts_high": 41.9, "allowed on validation": 10.0, "stream": 2.0,
              "validation sound": 0.5}
    table = pd.DataFrame([{"corpus": "c", "split": "s", "model": "m: 'yes'", "metric": metric,
                           "value": value}
                          for metric, value in values.items()])
    line = findings.wake_lines(table)[0]
    assert line.endswith(said) and "at most 10" in line and "to 41.9" in line


def test_what_pruning_costs():
    steps = [{"step": "float32", "parameters": 2000, "accuracy": 0.99, "cycles": None},
             {"step": "int8", "parameters": 2000, "accuracy": 0.98, "cycles": 3000.0},
             {"step": "pruned", "parameters": 1000, "accuracy": 0.985, "cycles": 1500.0}]
    assert findings.compression_lines(steps) == [
        "int8 costs 1.00 points of test accuracy",
        "2,000 -> 1,000 parameters: 2.0 times fewer cycles, 0.50 points gained"]


@pytest.mark.parametrize("ours, verdict", [
    (0.3, "reached: 1.00 times the claim"), (0.15, "reached: 0.50 times the claim"),
    (2.13, "missed: 7.10 times the claim"), (None, "not measured yet")])
def test_a_verdict_says_by_how_much(ours, verdict):
    assert claims.at_most(ours, 0.3) == verdict


def test_the_audit_computes_what_boards_allow():
    ours = claims.Ours({"liquid_ms": 1.0, "cnn_ms": 30.0, "liquid_uj": 50.0, "cnn_uj": 1500.0,
                        "liquid_accuracy": 97.0, "liquid_feature_cycles": 89_415.0},
                       "bearing_sim (synthetic), leave one load out")
    audit = claims.claims_audit(ours).set_index("claim")
    assert audit.loc["liquid network faster than CNN", "ours"] == "30"
    assert audit.loc["liquid network faster than CNN", "verdict"].startswith("reached")
    saving = audit.loc["energy saving of the liquid network"]
    assert saving["ours"] == "30" and "by construction" in saving["verdict"]
    accuracy = audit[audit.index.str.startswith("liquid network: accuracy")]["verdict"].iloc[0]
    assert "1.10 points below the claim, on bearing_sim (synthetic)" in accuracy
    assert "89,415" in audit.loc["liquid network: ms per decision, M4 at 80 MHz", "verdict"]
    idle = audit.loc["liquid-profile: idle power of STM32F407"]
    assert float(idle["ours"]) == pytest.approx(0.28 * 3.3, rel=1e-3)  # datasheet's Stop current
    assert idle["verdict"].startswith("a board cannot: at least 0.924 mW")
    peak = audit.loc["CNN: power while it computes (0.84 mJ in 8.4 ms)", "verdict"]
    assert "above the band of an STM32L476" in peak and "STM32F407" in peak
    empty = claims.claims_audit(claims.Ours())
    assert empty["verdict"].str.len().min() > 0 and "CWRU" not in empty.to_csv()


def test_the_audit_takes_the_fastest_row_that_is_as_accurate_as_claimed():
    usual = KINDS["linear_ltc"].label
    rows = [(name, metric, value)
            for name, figures in ((usual, (99.0, 4.0, 200.0, 300_000)),
                                  (f"{usual}, fast", (98.2, 0.2, 10.0, 16_000)),
                                  (f"{usual}, faster", (98.0, 0.1, 5.0, 8_000)))
            for metric, value in zip(("accuracy_int8", "latency", "energy", "cycles"), figures,
                                     strict=True)]
    table = pd.DataFrame(rows, columns=["model", "metric", "value"]).assign(
        corpus="cwru", split="by load", basis="emulated").reindex(columns=tables.COLUMNS)
    name, figures = claims.fast_of(table, "cwru")
    assert name == f"{usual}, fast"  # the faster one is less accurate than claimed
    assert figures == {"fast_ms": 0.2, "fast_uj": 10.0, "fast_accuracy": 98.2}
    ours = claims.Ours(claims.ours_of(table, "cwru") | figures | {"cnn_ms": 8.0}, fast=name)
    audit = claims.claims_audit(ours).set_index("claim")
    line = audit.loc["liquid network: ms per decision, M4 at 80 MHz"]
    assert line["ours"] == "0.2" and line["verdict"].startswith("reached: 0.67 times the claim, by")
    assert "13.33 times" in line["verdict"]  # the usual one
    assert audit.loc["liquid network faster than CNN", "ours"] == "40"
    assert claims.fast_of(table, "ceiling_fan") == ("", {})


def test_tables_feed_the_audit(dataset, tmp_path):
    made = records(dataset, {"linear_ltc": 0.9, "cnn_42k": 0.9})
    deployed = [deployment(each) for each in made]
    assert claims.ours_in(tmp_path, "bearing_sim (synthetic)") == claims.Ours()
    rows = pd.concat([tables.claims(), benchmark_rows(made), deployment_rows(deployed)])
    tables.update("vibration_benchmark", rows, tmp_path)
    tables.update("stages", stage_rows(deployed), tmp_path)
    words = records(dataset, {"keyword_linear_ltc": 0.9})
    tables.update("keyword_benchmark", always_on_rows(
        [deployment(each) for each in words], ["nrf52840"]), tmp_path)
    ours = claims.ours_in(tmp_path, "bearing_sim (synthetic)")
    assert ours.figures["liquid_ms"] == pytest.approx(1.1) and ours.ratio("ms") == 1
    assert ours.figures["liquid_feature_cycles"] == 110
    assert ours.figures["keyword_power_nrf52840"] > 0
    assert ours.vibration == ours.keywords == "bearing_sim (synthetic), leave one load out"


@pytest.mark.parametrize("split, wanted", [
    ("leave one load out", "leave one load out"),
    ("leave one speaker out (silence: by parts)", "leave one speaker out"),
    ("leave one condition out (validated on bearings of their own); the first 5 are not scored",
     "leave one condition out; the first 5 are not scored"),
    ("time: first 60 % of each recording train", "time")])
def test_a_split_in_few_words_keeps_what_stands_behind_its_brackets(split, wanted):
    assert sentences.short(split) == wanted


def test_tables_say_which_networks_were_taught(tmp_path):
    (tmp_path / "records").mkdir()
    recipes = [{"teachers": [{"model": "ds_cnn_42k", "variant": ""}]}, {"teachers": []}, {}]
    (tmp_path / "records" / "made.jsonl").write_text("\n".join(json.dumps(
        {"label": "liquid", "identity": {"corpus": "a", "split": "b", "recipe": each}})
        for each in recipes) + "\n")
    rows = pd.DataFrame({"corpus": ["a"], "split": ["b"]})
    assert taught_lines(rows, "made", tmp_path) == [
        "a, b: taught by the mean answer of CNN 42k (DS-CNN-style): liquid in 1 of 3 runs"]
    assert not taught_lines(rows.assign(corpus="c"), "made", tmp_path)
    assert not taught_lines(rows, "absent", tmp_path)
