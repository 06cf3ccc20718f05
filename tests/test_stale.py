"""Records know what made them: changed data, code, boards are stale; a changed name is not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lnnlab import store
from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments import Benchmark, Budget, Run, Work, benchmark, model_rows, probes, recipe
from lnnlab.experiments import features as run_features
from lnnlab.experiments.deploy import deploy
from lnnlab.experiments.deployment import Target
from lnnlab.experiments.from_record import network_of_record, row_run
from lnnlab.features import bands
from lnnlab.target import boards
from lnnlab.training import averaging

TARGET = Target(parity_cores=("host",), parity_windows=4, tune_epochs=0)


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=6)


@pytest.fixture
def work(tmp_path):
    return Work(tmp_path, progress=False)


@pytest.fixture(scope="module")
def given(dataset):
    return Benchmark(dataset, "load", (0,), Budget(2))


ROWS = ["linear_ltc", "logistic_regression"]


@pytest.fixture
def made(given, work):
    return benchmark(given, model_rows(ROWS, given.dataset), work)


@pytest.fixture(autouse=True)
def forget():
    """Probes are remembered within a process; here the code changes under them."""
    def now():
        probes._made.clear()
        probes._deployed.clear()

    now()
    yield now
    now()


@pytest.fixture
def no_training(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("trained")

    monkeypatch.setattr("lnnlab.experiments.trained.train", refuse)


def test_what_is_recorded_is_not_trained_again(given, work, made, no_training, capsys):
    again = benchmark(given, model_rows(ROWS, given.dataset), work)
    assert [each.results for each in again] == [each.results for each in made]
    assert "stale" not in capsys.readouterr().out


def test_a_relabelled_load_is_stale(given, work, made, no_training, capsys):
    loads = given.dataset.groups["load"].copy()
    recordings = given.dataset.groups["recording"]
    first = np.flatnonzero(recordings == recordings[0])
    loads[first] = next(each for each in sorted(set(loads)) if each != loads[0])
    changed = replace(given.dataset, groups=given.dataset.groups | {"load": loads})
    assert changed.hash != given.dataset.hash
    found = benchmark(replace(given, dataset=changed), model_rows(ROWS, changed), work)
    assert all("the data changed" in each.stale for each in found)
    assert "stale records" in capsys.readouterr().out


def test_a_changed_constant_of_the_features_is_stale(
    given, work, made, no_training, monkeypatch, forget
):
    forget()
    original = bands.log_bands
    monkeypatch.setattr("lnnlab.features.log_bands",
                        lambda *given: 1.001 * original(*given))
    found = benchmark(given, model_rows(ROWS, given.dataset), work)
    assert all("the code gives other values" in each.stale for each in found)


def test_a_changed_constant_of_the_training_is_stale_for_what_it_trains(
    given, work, made, no_training, monkeypatch, forget
):
    forget()
    monkeypatch.setattr(averaging, "WARM_UP", 1.0)
    found = benchmark(given, model_rows(ROWS, given.dataset), work)
    assert all(bool(each.stale) == (not each.run.null) for each in found)


def test_a_renamed_function_is_not(given, work, made, no_training, monkeypatch, forget):
    forget()

    def windows_features(x, spec):
        return runs_extract(x, spec)

    runs_extract = run_features.extract
    monkeypatch.setattr(run_features, "extract", windows_features)
    found = benchmark(given, model_rows(ROWS, given.dataset), work)
    assert not any(each.stale for each in found)


def test_a_changed_wait_state_makes_deployments_stale_and_no_runs(
    given, work, made, no_training, monkeypatch, forget
):
    before = deploy(made[:1], TARGET, work)
    assert not before[0].stale
    chosen = boards.board("stm32l476")
    slower = replace(chosen, wait_states=replace(chosen.wait_states, value=7))
    monkeypatch.setitem(boards.boards(), "stm32l476", slower)
    forget()
    after = deploy(made[:1], TARGET, work)
    assert "the board's entry changed" in after[0].stale
    assert after[0].cycles == before[0].cycles  # as recorded, with a mark
    assert not any(each.stale for each in benchmark(
        given, model_rows(ROWS, given.dataset), work))
    monkeypatch.setenv("LNNLAB_RENEW", "stale")
    renewed = deploy(made[:1], TARGET, work)
    assert not renewed[0].stale and renewed[0].cycles == before[0].cycles
    assert renewed[0].flash_cycles[0] > before[0].flash_cycles[0] > before[0].cycles[0]


def test_a_removed_record_alone_runs_again_and_the_file_is_the_same(
    given, work, made, monkeypatch
):
    records, trained = work.records("vibration_benchmark"), []
    before = records.path.read_text()
    lines = before.splitlines(keepends=True)
    gone = next(k for k, line in enumerate(lines) if json.loads(line)["results"].get("options"))
    store.write_text(records.path, "".join(lines[:gone] + lines[gone + 1 :]))
    original = probes.train

    def counted(run, *rest, **more):
        trained.append(run.seed)
        return original(run, *rest, **more)

    monkeypatch.setattr("lnnlab.experiments.trained.train", counted)
    benchmark(given, model_rows(ROWS, given.dataset), work)
    assert trained == [0] and records.path.read_text() == before


def test_only_the_networks_of_rows_stay(given, work):
    benchmark(given, model_rows(["linear_ltc"], given.dataset, 3), work)
    assert len(list((work.folder / "networks").glob("*.pt"))) == len(
        make_splits(given.dataset, "load"))
    assert len(work.records("vibration_benchmark").read()) == 3 * 3


def test_each_fold_chooses_by_its_own_validation_windows(given, work):
    rows = model_rows(["linear_ltc"], given.dataset, 3)
    shown = benchmark(given, rows, work)
    for record in shown:
        tried = [each["results"]["validation_loss"]
                 for each in work.records("vibration_benchmark").read().values()
                 if each["identity"]["fold"] == record.fold]
        assert record.validation_loss == min(tried) and len(tried) == 3


def test_the_network_of_a_row_comes_back_from_its_record(
    given, work, made, no_training, monkeypatch
):
    with pytest.raises(UserError, match="not those of the record"):  # more windows a recording
        network_of_record("liquid (LinearLTC)", work.folder)
    monkeypatch.setattr("lnnlab.experiments.from_record.load", lambda *_, **__: given.dataset)
    record = next(each for each in made if not each.run.null)
    run, saved = network_of_record(record.label, work.folder)
    assert run.key == record.run.key or run.split.name == record.fold
    like = Run(given.dataset, record.run.split, recipe("linear_ltc", given.dataset), 0, Budget(9))
    assert row_run(like, work.folder).key == record.run.key
    assert len(saved.calibration) and len(saved.check_y)
    other = replace(like, recipe=recipe("lstm", given.dataset))
    assert row_run(other, work.folder) is other


def test_a_label_stands_for_what_its_first_fold_chose(given, work, monkeypatch):
    shown = benchmark(given, model_rows(["linear_ltc"], given.dataset, 3), work)
    monkeypatch.setattr("lnnlab.experiments.from_record.load", lambda *_, **__: given.dataset)
    run, _ = network_of_record(shown[0].label, work.folder)
    assert run.key in {each.run.key for each in shown}
