"""Pruning and fine-tuning of trained networks, and networks on the target."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from lnnlab import lnn_file, records
from lnnlab.compress import calibrate, finetune, prune, quantise
from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments import benchmark
from lnnlab.experiments.compression import compression_ladder
from lnnlab.experiments.deploy import deploy, first_of
from lnnlab.experiments.recipes import recipe, recorded
from lnnlab.experiments.trained import judged, place_of, trained
from lnnlab.features import extract
from lnnlab.models import LTC, parameter_count
from lnnlab.models import build as build_network
from lnnlab.models.saved import save
from lnnlab.reports import deployment, tables
from lnnlab.scoring.confusion import figures
from lnnlab.training import LNNTrainer

MODELS = ("linear_ltc", "cfc", "lstm", "gru", "cnn_2k")


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=6)


@pytest.fixture(scope="module")
def networks(dataset, tmp_path_factory):
    folder, split = tmp_path_factory.mktemp("models"), make_splits(dataset, "load")[0]
    return {name: trained(dataset, split, recipe(name, dataset), 0, folder, epochs=3)
            for name in MODELS}


def logits(saved, x):
    with torch.no_grad():
        return saved.network(torch.from_numpy(extract(x, saved.features).copy())).numpy()


@pytest.mark.parametrize("name", MODELS)
def test_a_dead_unit_goes_and_nothing_changes(networks, name):
    """A unit that nothing reads contributes nothing; without it the logits stay."""
    saved = networks[name]
    network = build_network(
        name, len(saved.network.offset), 4, steps=saved.steps, **saved.options
    )
    network.load_state_dict(saved.network.state_dict())
    with torch.no_grad():
        network.readout.weight[:, 3] = 0
        if name in ("lstm", "gru"):
            network.cells[0].rnn.weight_hh_l0[:, 3] = 0
        if name == "cfc":
            cell = network.cells[0]
            cell.backbone.weight[:, cell.input_size + 3] = 0
    given = replace(saved, network=network.eval())
    smaller = prune(given, 1e-9)
    assert parameter_count(smaller.network) < parameter_count(network)
    x = saved.check_x[:20]
    np.testing.assert_allclose(logits(smaller, x), logits(given, x), atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_pruning_saves_bytes_on_the_target(networks, name):
    saved = networks[name]
    assert prune(saved, 0.0) is saved
    smaller = prune(saved, 0.7)
    before, after = (len(lnn_file.to_bytes(quantise(each))) for each in (saved, smaller))
    assert after < before
    assert smaller.network.readout.in_features >= 2


def test_pruned_networks_of_several_layers_keep_their_widths(dataset, tmp_path):
    split = make_splits(dataset, "load")[0]
    deep = replace(recipe("linear_ltc", dataset), options={"units": 9, "layers": 2, "mixing": 3})
    smaller = prune(trained(dataset, split, deep, 0, tmp_path, epochs=2), 0.5)
    widths = [cell.units for cell in smaller.network.cells]
    assert smaller.options["units"] == widths and min(widths) < 9
    assert quantise(smaller).run(quantise(smaller).quantise(dataset.x[:4])).logits.shape == (4, 4)


def test_fine_tuning_is_kept_only_if_it_helps(networks, dataset):
    saved = networks["linear_ltc"]
    split = make_splits(dataset, "load")[0]
    x, y = dataset.x[split.train], dataset.y[split.train]
    better = finetune(saved, x, y, epochs=3)
    worse = finetune(saved, x, 3 - y, epochs=3, learning_rate=0.05)
    assert worse is saved and better is not saved
    assert {name for name, _ in better.network.named_parameters()} == {
        name for name, _ in saved.network.named_parameters()}


def test_bad_calibration_is_refused_or_said(networks):
    saved = networks["linear_ltc"]
    with pytest.raises(UserError, match="calibration set is empty"):
        calibrate(replace(saved, calibration=saved.calibration[:0]))
    with pytest.raises(UserError, match="not finite"):
        calibrate(replace(saved, calibration=np.full_like(saved.calibration, np.nan)))
    loud = replace(saved, calibration=100 * saved.calibration)
    assert "saturates" in calibrate(loud).warnings[0]
    assert not calibrate(saved).warnings


def test_networks_without_an_integer_form_are_refused(networks):
    saved = networks["linear_ltc"]
    network = build_network("ltc", 16, 4, units=4)
    assert isinstance(network.cells[0], LTC)
    with pytest.raises(UserError, match="LTC"):
        quantise(replace(saved, name="ltc", network=network.eval()))
    pure = build_network("cfc", 16, 4, units=4, mode="pure").eval()
    with pytest.raises(UserError, match="mode 'pure'"):
        quantise(replace(saved, name="cfc", network=pure))


def test_the_seeds_listing_trains_and_exports(tmp_path):
    config = {"input_dim": 10, "hidden_dim": 12, "output_dim": 3, "ode_solver": "exact",
              "complexity_penalty": 0.01}
    trainer = LNNTrainer(config)
    with pytest.raises(UserError, match="nothing was trained yet"):
        trainer.export_embedded(tmp_path / "keyword_model.lnn")
    means = torch.randn(3, 10)
    y = torch.arange(90) % 3
    x = means[y][:, None] + torch.randn(90, 8, 10)
    for _ in range(60):
        trainer.train_step((x, y), lambda_power=0.1, lambda_sparse=0.05)
    trainer.export_embedded(
        tmp_path / "keyword_model.lnn", quantization="int8", target="cortex-m4"
    )
    network = lnn_file.read(tmp_path / "keyword_model.lnn")
    decided = network.run(network.quantise(x.reshape(90, -1, 1).numpy())).decision
    with torch.no_grad():
        wanted = trainer.model.eval()(x).argmax(dim=1).numpy()
    assert np.mean(decided == wanted) > 0.97
    solver = LNNTrainer(config | {"ode_solver": "fused"})
    solver.train_step((x, y))
    with pytest.raises(UserError, match="ode_solver='exact'"):
        solver.export_embedded(tmp_path / "other.lnn")
    assert [path.name for path in tmp_path.iterdir()] == ["keyword_model.lnn"]


def test_networks_of_a_benchmark_on_the_target(dataset, tmp_path):
    folder = tmp_path / "records"
    runs = benchmark(dataset, "load", ["linear_ltc", "majority"], [0, 1], folder, epochs=2,
                     progress=False)
    chosen = first_of(runs, 2)
    assert len(chosen) == 2
    given = (dataset, "load", chosen, tmp_path, "stm32l476", ["host", "cortex-m4"], 10)
    deployed = deploy(*given, progress=False)
    for each in deployed:
        assert all(found["mismatches"] == 0 and found["windows"] == 10
                   for found in each["results"]["parity"].values())
        assert abs(each["results"]["int8"]["accuracy"] - each["results"]["float"]["accuracy"]) < 0.1
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    again = deploy(*given, progress=False)
    assert json.dumps(again, sort_keys=True) == json.dumps(deployed, sort_keys=True)
    assert stamps == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    rows = deployment.deployment_rows(deployed)
    shown = tables.wide(rows).iloc[0]
    middle = np.mean([np.mean(each["results"]["cycles"]) for each in deployed])
    assert shown["cycles per decision"] == f"{middle:,.0f}"
    stages = deployment.stage_rows(deployed)
    assert stages["value"].sum() == pytest.approx(middle)
    assert deployment.parity_rows(deployed)["value"].sum() == 0


def test_int8_is_held_against_the_network_that_was_quantised(dataset, tmp_path):
    """A kept network other than the run's, as from another machine, is judged by its own float."""
    runs = benchmark(dataset, "load", ["linear_ltc"], [0], tmp_path / "records", epochs=2,
                     progress=False)[:1]
    run, split = runs[0], make_splits(dataset, "load")[0]
    budget = (run["epochs"], run["patience"])
    own = recorded(run)
    saved = trained(dataset, split, own, 0, tmp_path / "models", *budget)
    assert judged(saved, dataset, split.test) == run["results"]["test"]
    with torch.no_grad():
        saved.network.readout.weight.neg_()
    save(saved, place_of(tmp_path / "models", dataset, split, own, 0, *budget))
    given = (dataset, "load", runs, tmp_path, "stm32l476", [])
    results = deploy(*given, tune_epochs=2, progress=False)[0]["results"]
    assert results["tuned"]
    assert results["float"] == run["results"]["test"]
    guess = logits(saved, dataset.x[split.test]).argmax(axis=1)
    assert results["float_own"] == figures(dataset.y[split.test], guess, len(dataset.classes))
    assert results["float_own"]["accuracy"] != results["float"]["accuracy"]

    place = next((tmp_path / "records" / "deployment").rglob("*.json"))
    record = json.loads(place.read_text())
    del record["results"]["float_own"]
    records.write(place, record)
    again = deploy(*given, tune_epochs=2, progress=False)
    assert again[0]["results"]["float_own"] == results["float_own"], "a record without is renewed"
    values = deployment.deployment_rows(again).set_index("metric")["value"]
    assert values["accuracy_float"] == pytest.approx(100 * results["float_own"]["accuracy"])
    assert values["accuracy_lost"] == pytest.approx(
        values["accuracy_float"] - values["accuracy_int8"])


def test_the_ladder_goes_down(networks, dataset):
    split = make_splits(dataset, "load")[0]
    steps = compression_ladder(networks["linear_ltc"], dataset, split, [0.7], epochs=1)
    assert [each["step"] for each in steps] == [
        "float32", "int8", "int8, pruned at 0.7", "int8, pruned at 0.7, fine-tuned"]
    assert steps[2]["model_bytes"] < steps[1]["model_bytes"]
    assert steps[2]["cycles"] < steps[1]["cycles"]
