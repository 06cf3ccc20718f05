"""One table of model kinds: what it says is so, and a row in it is all that a new cell needs."""

import pytest
from torch import nn
from torch_models import saved

from lnnlab import cli, lnn_file
from lnnlab.compress import prune, quantise
from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.experiments import Benchmark, Budget, Work, benchmark, model_rows
from lnnlab.experiments.deploy import deploy
from lnnlab.experiments.deployment import Target
from lnnlab.models import KINDS, build, kind_of
from lnnlab.models.folded import fold
from lnnlab.models.kinds import BLOCKS, CELL, NULL, cell_kinds, no_form, require_form
from lnnlab.models.leaky import Leaky
from lnnlab.models.saved import load as load_model
from lnnlab.profiling.stream import streams
from lnnlab.reports.rows import benchmark_rows

TRAINED = [name for name, kind in KINDS.items() if kind.family != NULL]
NARROW = {CELL: {"units": 4}, BLOCKS: {"channels": 4}}


@pytest.fixture
def leaky(monkeypatch):
    """One row more in the table."""
    for kind in cell_kinds("leaky", "leaky integrator", Leaky):
        monkeypatch.setitem(KINDS, kind.name, kind)


@pytest.fixture(scope="module")
def dataset():
    return load("bearing_sim", windows_per_recording=6)


@pytest.mark.parametrize("name", ["leaky", "keyword_leaky"])
def test_a_new_cell_trains_by_the_command(leaky, name, tmp_path, capsys):
    path = tmp_path / "m.pt"
    assert cli.main(["train", "--model", name, "--epochs", "1", "--output", str(path)]) == 0
    assert f"\n{KINDS[name].label}, " in capsys.readouterr().out
    network = load_model(path).network
    assert network.cells and all(isinstance(cell, Leaky) for cell in network.cells)
    arguments = ["--input", str(path), "--output", str(tmp_path / "m.lnn")]
    for more in ([], ["--prune-threshold", "0.1"], ["--quantization", "float32"]):
        assert cli.liquid_compress(arguments + more) == 1
        said = capsys.readouterr().err
        assert f"{KINDS[name].label} has no form on the target: " in said
        assert len(said.splitlines()) == 1


def test_a_new_cell_is_a_row_of_benchmarks_and_tables(leaky, dataset, tmp_path):
    names = ["leaky", "keyword_leaky", "linear_ltc"]
    given, work = Benchmark(dataset, "load", (0,), Budget(1)), Work(tmp_path, progress=False)
    runs = benchmark(given, model_rows(names, dataset), work)
    made = {each.run.recipe.model: each.parameters for each in runs}
    assert list(made) == names and 2000 < made["leaky"] <= 2304
    rows = benchmark_rows(runs)
    labels = list(dict.fromkeys(rows["model"]))  # in the order of the table
    assert labels == ["liquid (LinearLTC)", "leaky integrator", "leaky integrator in blocks"]
    own = [each for each in runs if each.run.recipe.model == "leaky"]
    with pytest.raises(UserError, match="^leaky integrator has no form on the target: no kernel"):
        deploy(own, Target(), work)


@pytest.mark.parametrize("name", TRAINED)
def test_the_table_says_truly_what_deploys_and_what_streams(name):
    kind = KINDS[name]
    model = saved(name, **NARROW.get(kind.family, {}))
    if not kind.on_target:
        message = f"{kind.label} has no form on the target: {kind.missing}; choose one of "
        for refused in (lambda: fold(model.network), lambda: quantise(model),
                        lambda: prune(model, 0.1), lambda: require_form(name)):
            with pytest.raises(UserError) as error:
                refused()
            assert str(error.value).startswith(message) and "\n" not in str(error.value)
            offered = str(error.value).removeprefix(message).split(", ")
            assert offered == [each.name for each in KINDS.values() if each.on_target]
        assert not kind.streams
        return
    assert fold(model.network)[-1].kind == "readout"
    assert streams(lnn_file.to_bytes(quantise(model))) == kind.streams
    require_form(name)


def test_nulls_are_fitted_and_never_deployed():
    nulls = [kind for kind in KINDS.values() if kind.family == NULL]
    assert [kind.name for kind in nulls] == ["logistic_regression", "majority"]
    for kind in nulls:
        assert not kind.on_target and not kind.streams
        assert not isinstance(kind.build(3, 4, 10), nn.Module)
        with pytest.raises(UserError, match="has no form on the target: a null baseline"):
            require_form(kind.name)


def test_names_and_labels_are_one_to_one_and_cells_come_in_pairs():
    assert all(name == kind.name for name, kind in KINDS.items())
    assert len({kind.label for kind in KINDS.values()}) == len(KINDS)
    plain = {kind.cell for kind in KINDS.values() if kind.family == CELL}
    framed = {kind.cell for kind in KINDS.values() if kind.family == BLOCKS}
    assert plain == framed and None not in plain


def test_a_cell_that_is_in_no_table_is_refused_by_its_class():
    assert str(no_form(Leaky, CELL)).startswith("Leaky has no form on the target: no kernel")
    with pytest.raises(UserError, match="did you mean 'fastgrnn'"):
        kind_of("fastgrn")
    with pytest.raises(UserError, match="did you mean 'cnn_42k'"):
        build("cnn_42", 3, 4)


def test_a_layer_of_cfc_is_as_wide_as_its_state():
    cells = build("cfc", 3, 4, units=[5, 7]).cells
    assert [cell.backbone.out_features for cell in cells] == [5, 7]
    wide = build("cfc", 3, 4, units=5, backbone_units=9).cells[0]
    assert wide.backbone.out_features == 9
    framed = build("keyword_cfc", 3, 4, channels=6).cells[0]
    assert framed.backbone.out_features == 6
