"""The table of networks in other runtimes: which networks, what it counts, what it says."""

from dataclasses import replace

import numpy as np
import pytest

from lnnlab.data import make_splits
from lnnlab.experiments import other_runtimes
from lnnlab.experiments.deploy import first_of
from lnnlab.experiments.other_runtimes import compare_runtimes, missing_packages, without_step
from lnnlab.experiments.recipes import recipe
from lnnlab.experiments.results import RunRecord
from lnnlab.experiments.run import Budget, Run
from lnnlab.reports import tables, views
from lnnlab.reports.other_runtimes import runtime_lines, runtime_rows

for _package in ("onnx", "onnxruntime", "tflite_micro"):
    pytest.importorskip(_package, reason="the extra 'runtimes' is not installed")


@pytest.fixture(scope="module")
def compared(bearing_records):
    records, folder = bearing_records
    return compare_runtimes(first_of(records, 1), folder, ["ltc"])


def test_every_network_in_every_runtime(compared, bearing_records):
    assert [(each.label, each.form) for each in compared] == [
        (label, form) for label in ("liquid (LinearLTC)", "liquid (LTC), untrained")
        for form in ("onnx", "tflite")]
    run = first_of(bearing_records[0], 1)[0].run
    for each in compared:
        assert each.windows == len(run.split.test) and each.run.split.name == run.split.name
        assert each.apart <= 1e-5 and each.rounding <= 1e-5 and each.differ == 0
    assert [each.opset for each in compared] == [17, 3] * 2
    assert compared[0].nodes == 13 and compared[1].nodes > 13
    assert missing_packages() == []


def test_the_table_and_its_sentence(compared, tmp_path):
    rows = runtime_rows(compared)
    tables.update("other_runtimes", rows, tmp_path)
    view = views.wide(tables.read("other_runtimes", tmp_path))
    assert list(view["ONNX opset"]) == ["17", "17"]
    assert list(view["ONNX decisions that differ"]) == ["0", "0"]
    assert {"ONNX nodes", "TFLite Micro file, B", "TFLite Micro logit difference",
            "torch float32 from float64"} < set(view)
    assert len(rows) == len(compared) * 5 + 2  # what torch itself rounds, once a network
    [line] = runtime_lines(rows)
    assert "2 networks in onnxruntime" in line and line.endswith(
        "every logit within 1e-05 of torch; 0 decisions differ")


def test_a_network_that_makes_much_of_the_last_bit_is_named(compared):
    far = [replace(each, apart=0.2, rounding=0.3, differ=1) if each.form == "tflite" else each
           for each in compared[:2]]
    [line] = runtime_lines(runtime_rows([replace(far[0], rounding=0.3), far[1]]))
    assert "but for liquid (LinearLTC) (2.0e-01; torch's own float32 is 3.0e-01 from" in line
    assert line.endswith("1 decision differs")


def test_networks_without_a_step_are_named(bearing_records):
    records, folder = bearing_records
    first = records[0]
    cnn = RunRecord(replace(first.run, recipe=recipe("cnn_2k", first.run.dataset)), {})
    assert without_step([first, cnn]) == ["CNN 2k (MobileNet-style)"]
    assert compare_runtimes([cnn], folder, ["ltc"]) == []


def test_without_the_packages_nothing_is_compared(bearing_records, monkeypatch):
    records, folder = bearing_records
    monkeypatch.setattr(other_runtimes, "installed", lambda name: False)
    assert compare_runtimes(records[:1], folder) == []
    assert missing_packages() == ["onnxruntime", "tflite-micro"]
    assert runtime_lines(runtime_rows([])) == [] and not np.any(runtime_rows([]).size)


def test_at_irregular_times_the_times_come_in(bearing_given, tmp_path):
    whole = bearing_given.dataset
    spans = np.random.default_rng(0).uniform(0.5, 1.5, whole.x.shape[:2]) / whole.rate_hz
    dataset = replace(whole, timespans=spans, rate_hz=None)
    split = make_splits(dataset, "load")[0]
    records = [RunRecord(Run(dataset, split, recipe(name, dataset), 0, Budget(1)), {})
               for name in ("linear_ltc", "lstm", "fastgrnn")]
    found = compare_runtimes(records, tmp_path)
    assert [each.run.recipe.model for each in found[::2]] == ["linear_ltc", "lstm"]
    assert all(each.apart <= 1e-5 and each.differ == 0 for each in found)
    assert without_step(records) == ["FastGRNN"]
