"""A network's step in the interpreter of TensorFlow Lite Micro: as in torch, states and all."""

import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import step_cases
import torch_models
from hypothesis import given, settings
from hypothesis import strategies as st
from step_cases import Case, apart
from test_export_onnx import CLOSE, STANDS_IN, STRICT_CPP, committed, listing, run

from lnnlab import __version__, paths
from lnnlab.features import extract
from lnnlab.models.saved import load, save
from lnnlab.runtime.steps import export
from lnnlab.runtime.steps.graph import Step
from lnnlab.runtime.steps.networks import step_of
from lnnlab.runtime.steps.run import OnnxRunner, TfliteRunner, torch_logits
from lnnlab.runtime.steps.source import from_saved
from lnnlab.runtime.steps.tflite_file import NOTE, OPERATORS, SCHEMA, tflite_bytes

pytest.importorskip("tflite_micro", reason="the extra 'runtimes' is not installed")


def runner_of(network, timespan=1.0):
    return TfliteRunner(tflite_bytes(step_of(network, timespan), {}))


@given(step_cases.cases(most_windows=2))
@settings(max_examples=100)
def test_a_step_is_the_network(case):
    network = case.network()
    assert apart(runner_of(network), network, case.x()) <= CLOSE


@given(step_cases.cases(kinds=("linear_ltc", "cfc", "ltc"), most_windows=2), st.booleans())
@settings(max_examples=60)
def test_timespans(case, comes_in):
    network, x = case.network(), case.x()
    random = np.random.default_rng(case.seed)
    most = 0.5 if case.explicit else 4.0  # where explicit rules are stable
    spans = random.uniform(0.1, most, x.shape[:2]).astype(np.float32)
    if not comes_in:
        spans[:] = spans[0, 0]
    runner = runner_of(network, "input" if comes_in else float(spans[0, 0]))
    found = runner.stream(x, spans if comes_in else None)[:, -1:]
    assert np.abs(found - torch_logits(network, x, spans)).max() <= CLOSE


@pytest.mark.parametrize("path", committed(), ids=lambda path: path.stem)
def test_trained_networks_of_the_tables(path):
    each = export.written(from_saved(load(path)), "tflite")
    assert each.windows == 64 and each.differ == 0
    assert each.apart <= CLOSE or each.apart <= 4 * each.rounding


def test_states_start_at_zero_and_a_reset_sets_them_so_again():
    case = Case("keyword_lstm", 4, 3, 1, 9, 5, {"channels": 5})
    network, x = case.network(), case.x()
    runner = runner_of(network)
    wanted = torch_logits(network, x)[0]

    def go(frames):
        found = []
        for frame in frames:
            runner._interpreter.set_input(frame[None], 0)
            runner._interpreter.invoke()
            found.append(runner._interpreter.get_output(0)[0].copy())
        return np.stack(found)

    first = np.concatenate([go(x[0, :4]), go(x[0, 4:])])  # nobody has reset it; in two pieces
    assert np.abs(first - wanted).max() <= CLOSE
    assert np.abs(go(x[0]) - wanted).max() > CLOSE  # it goes on from where it was
    runner._interpreter.reset()
    assert (go(x[0]) == first).all()


def read(content):
    """The tables of a file."""
    schema = sys.modules[SCHEMA]
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(content), 0)), schema


def operators(model, schema, subgraph):
    """Names of a subgraph's operators, in their order."""
    names = {number: name for name, number in vars(schema.BuiltinOperator).items()
             if isinstance(number, int)}
    return [names[model.operatorCodes[each.opcodeIndex].builtinCode]
            for each in model.subgraphs[subgraph].operators]


def test_what_a_file_says():
    source = from_saved(torch_models.saved("linear_ltc", axes=2, units=5, layers=2, mixing=3))
    each = export.written(source, "tflite")
    model, schema = read(each.content)
    step, start = (operators(model, schema, number) for number in (0, 1))
    assert step[0] == "CALL_ONCE" and step.count("VAR_HANDLE") == 5
    assert step.count("READ_VARIABLE") == step.count("ASSIGN_VARIABLE") == 5
    assert start == ["VAR_HANDLE", "ASSIGN_VARIABLE"] * 5
    shared = [one.builtinOptions.sharedName for one in model.subgraphs[1].operators[::2]]
    assert shared == [b"cell0_h", b"mixer0_past", b"cell1_h", b"pool_sum", b"pool_count"]
    graph = model.subgraphs[0]
    told = {one.name.decode(): list(one.shape) for one in
            (graph.tensors[number] for number in (*graph.inputs, *graph.outputs))}
    assert told == {"features": [1, 16], "logits": [1, 3]}
    floats = {one.type for one in graph.tensors if one.type != schema.TensorType.RESOURCE}
    assert floats == {schema.TensorType.FLOAT32, schema.TensorType.INT32}  # the latter of shapes
    note = next(one for one in model.metadata if one.name == NOTE)
    about = json.loads(bytes(model.buffers[note.buffer].data))
    assert about["arithmetic"] == "float32" and json.loads(about["classes"]) == ["a", "b", "c"]
    assert __version__.encode() in model.description
    for tensor in graph.tensors:  # what a board maps in place must be aligned
        data = model.buffers[tensor.buffer].data
        assert data is None or len(data) == 4 * np.prod(tensor.shape)


def test_the_same_step_in_both_formats():
    """The two runtimes differ by rounding alone, where the states have travelled 200 frames."""
    case = Case("keyword_cfc", 8, 4, 2, 200, 1, {"channels": 9})
    network, x = case.network(), case.x()
    step = step_of(network)
    from lnnlab.runtime.steps.onnx_file import onnx_bytes
    there, here = OnnxRunner(onnx_bytes(step, {})), TfliteRunner(tflite_bytes(step, {}))
    assert np.abs(there.stream(x) - here.stream(x)).max() <= CLOSE


def test_the_command(tmp_path, capsys):
    model = torch_models.trained("lstm", units=6)
    save(model, tmp_path / "net.pt")
    assert run(tmp_path / "net.pt", "--format", "tflite", "--folder", tmp_path) == 0
    said = capsys.readouterr().out
    assert "schema 3, 33 nodes" in said and "states float32" in said and "0 decisions" in said
    assert "features 1×8" in said and "cell0_c 1×6" in said
    runner = TfliteRunner((tmp_path / "model.tflite").read_bytes())
    features = extract(model.check_x, model.features).astype(np.float32)
    assert apart(runner, model.network, features) <= CLOSE


def test_the_python_listing_as_printed(tmp_path):
    model = torch_models.trained("linear_ltc", units=6)
    each = export.written(from_saved(model), "tflite")
    (tmp_path / "model.tflite").write_bytes(each.content)
    features = extract(model.check_x[:1], model.features).astype(np.float32)
    np.save(tmp_path / "features.npy", features[0])
    ran = subprocess.run([sys.executable, "-c", listing("python", "tflite_micro")], cwd=tmp_path,
                         capture_output=True, text=True,
                         env=os.environ | {"PYTHONPATH": str(paths.ROOT)})
    assert ran.returncode == 0, ran.stderr
    found = np.array(ran.stdout.strip("[]\n ").split(), float)
    assert np.abs(found - torch_models.logits(model, model.check_x[:1])[0]).max() <= CLOSE


def test_the_listing_for_boards_registers_every_operator():
    text = listing("cpp", "MicroInterpreter")
    registered = set(re.findall(r"operators\.Add(\w+)\(\);", text))
    written = {each for names in OPERATORS.values() for each in names}
    written |= {"CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"}
    assert registered == {"".join(map(str.capitalize, each.split("_"))) for each in written}
    assert f"MicroMutableOpResolver<{len(registered)}>" in text


@pytest.mark.parametrize("name", ["g++", "clang++"])
def test_the_listing_for_boards_compiles(name, tmp_path):
    """Against prototypes of our own."""
    compiler = shutil.which(name) or pytest.skip(f"no {name} here")
    (tmp_path / "listing.cpp").write_text(listing("cpp", "MicroInterpreter"))
    subprocess.run([compiler, *STRICT_CPP, f"-I{STANDS_IN}", "-c", tmp_path / "listing.cpp",
                    "-o", tmp_path / "listing.o"], check=True)


def test_every_operation_has_its_operators():
    kinds = {name for name in vars(Step) if not name.startswith("_")}
    assert set(OPERATORS) == kinds - {"inputs", "state", "keep", "timespan", "logits", "scope"}
