"""Pruning and fine-tuning of trained networks, and networks on the target."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lnnlab import lnn_file
from lnnlab.compress import FineTuning, calibrate, finetune, prune, quantise
from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments import Benchmark, Budget, Run, Work, benchmark, model_rows, recipe
from lnnlab.experiments.compression import Ladder, compression_ladder
from lnnlab.experiments.deploy import deploy, first_of
from lnnlab.experiments.deployment import Target
from lnnlab.experiments.trained import FOLDER, judged, place_of, trained
from lnnlab.features import extract
from lnnlab.models import LTC, parameter_count
from lnnlab.models import build as build_network
from lnnlab.models.saved import save, slim
from lnnlab.reports import deployment, views
from lnnlab.training import LNNTrainer

MODELS = ("linear_ltc", "cfc", "lstm", "gru", "cnn_2k")


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=6)


def run_of(dataset, name):
    return Run(dataset, make_splits(dataset, "load")[0], recipe(name, dataset), 0, Budget(3))


@pytest.fixture(scope="module")
def networks(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    return {name: trained(run_of(dataset, name), folder) for name in MODELS}


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
    smaller = prune(trained(Run(dataset, split, deep, 0, Budget(2)), tmp_path), 0.5)
    widths = [cell.units for cell in smaller.network.cells]
    assert smaller.options["units"] == widths and min(widths) < 9
    assert quantise(smaller).run(quantise(smaller).quantise(dataset.x[:4])).logits.shape == (4, 4)


def test_fine_tuning_is_kept_only_if_it_helps(networks, dataset):
    saved = networks["linear_ltc"]
    split = make_splits(dataset, "load")[0]
    x, y = dataset.x[split.train], dataset.y[split.train]
    better = finetune(saved, x, y, FineTuning(3))
    worse = finetune(saved, x, 3 - y, FineTuning(3, learning_rate=0.05))
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
    solver = LNNTrainer(config | {"cell": "ltc", "ode_solver": "fused"})
    solver.train_step((x, y))
    with pytest.raises(UserError, match="cell='linear_ltc'"):
        solver.export_embedded(tmp_path / "other.lnn")
    assert [path.name for path in tmp_path.iterdir()] == ["keyword_model.lnn"]


TARGET = Target(parity_cores=("host", "cortex-m4"), parity_windows=10)


def test_networks_of_a_benchmark_on_the_target(dataset, tmp_path):
    work = Work(tmp_path, progress=False)
    given = Benchmark(dataset, "load", (0, 1), Budget(2))
    runs = benchmark(given, model_rows(["linear_ltc", "majority"], dataset), work)
    chosen = first_of(runs, 2)
    assert len(chosen) == 2
    deployed = deploy(chosen, TARGET, work)
    assert [bool(each.parity) for each in deployed] == [True, False]  # the first seed alone
    for each in deployed:
        assert all(core["mismatches"] == 0 and core["windows"] == 10
                   for core in each.parity.values())
        assert abs(each.int8.accuracy - each.before.accuracy) < 0.1
    again = deploy(chosen, TARGET, work)
    assert [each.results for each in again] == [each.results for each in deployed]
    rows = deployment.deployment_rows(deployed)
    shown = views.wide(rows).iloc[0]
    middle = np.mean([np.mean(each.cycles) for each in deployed])
    assert shown["cycles per decision"] == f"{middle:,.0f}"
    assert deployment.stage_rows(deployed)["value"].sum() == pytest.approx(middle)
    assert deployment.parity_rows(deployed)["value"].sum() == 0
    files = {path.suffix for path in (tmp_path / FOLDER).iterdir()}
    assert files == {".pt", ".lnn"}


def test_int8_is_held_against_the_network_that_was_quantised(dataset, tmp_path):
    """A kept network other than the run's, as from another machine, is judged by its own float."""
    work = Work(tmp_path, progress=False)
    given = Benchmark(dataset, "load", (0,), Budget(2))
    record = benchmark(given, model_rows(["linear_ltc"], dataset), work)[0]
    saved = trained(record.run, tmp_path / FOLDER)
    assert judged(record.run, saved).as_dict() == record.test.as_dict()
    with torch.no_grad():
        saved.network.readout.weight.neg_()
    save(slim(saved), place_of(record.run, tmp_path / FOLDER))
    done = deploy([record], replace(TARGET, parity_cores=(), tune_epochs=2), work)[0]
    assert done.tuned
    guess = logits(saved, dataset.x[record.run.split.test]).argmax(axis=1)
    np.testing.assert_array_equal(done.before.guess, guess)
    assert done.before.accuracy != record.test.accuracy
    values = deployment.deployment_rows([done]).set_index("metric")["value"]
    assert values["accuracy_float"] == pytest.approx(100 * done.before.accuracy)
    assert values["accuracy_lost"] == pytest.approx(
        values["accuracy_float"] - values["accuracy_int8"])


def test_the_ladder_goes_down(dataset, tmp_path):
    steps = compression_ladder(run_of(dataset, "linear_ltc"), Ladder((0.7,), epochs=1),
                               Work(tmp_path))
    assert [each["step"] for each in steps] == [
        "float32", "int8", "int8, pruned at 0.7", "int8, pruned at 0.7, fine-tuned"]
    assert steps[2]["model_bytes"] < steps[1]["model_bytes"]
    assert steps[2]["cycles"] < steps[1]["cycles"]
