"""A network's step as ONNX: in onnxruntime as in torch, whatever the network; what is refused."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import step_cases
import torch
import torch_models
from hypothesis import given, settings
from hypothesis import strategies as st
from step_cases import Case, apart

from lnnlab import __version__, cli, lnn_file, paths
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec, extract
from lnnlab.models import FastGRNN
from lnnlab.models.saved import load, save
from lnnlab.runtime.steps import GUIDE, cells, export, tflite_file
from lnnlab.runtime.steps.networks import step_of
from lnnlab.runtime.steps.onnx_file import onnx_bytes
from lnnlab.runtime.steps.run import OnnxRunner, torch_logits
from lnnlab.runtime.steps.source import from_float, from_saved

REASON = "the extra 'runtimes' is not installed"
onnx = pytest.importorskip("onnx", reason=REASON)
ort = pytest.importorskip("onnxruntime", reason=REASON)
NETWORKS = paths.ROOT / "reports" / "full" / "networks"
STANDS_IN = Path(__file__).with_name("other_runtimes")
STRICT_CPP = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
CLOSE = 1e-5  # of a logit
LISTINGS = re.findall(r"```(\w+)\n(.*?)```", (paths.ROOT / GUIDE).read_text(), re.DOTALL)


def runner_of(network, timespan=1.0):
    return OnnxRunner(onnx_bytes(step_of(network, timespan), {}))


@given(step_cases.cases())
@settings(max_examples=150)
def test_a_step_is_the_network(case):
    network = case.network()
    assert apart(runner_of(network), network, case.x()) <= CLOSE


@given(step_cases.cases(kinds=("linear_ltc", "cfc", "ltc", "keyword_linear_ltc", "keyword_ltc")),
       st.sampled_from([0.5, 2.0, 3.0, 7.0]))
@settings(max_examples=60)
def test_a_step_that_stands_for_more_or_less(case, timespan):
    network, x = case.network(), case.x()
    if case.explicit:
        timespan = 0.5  # where those rules are stable
    spans = np.full(x.shape[:2], timespan, np.float32)
    if case.name.startswith("keyword_") and timespan != round(timespan):
        with pytest.raises(UserError, match="timespan 0.5: the convolutions of blocks count"):
            step_of(network, timespan)
        return
    if case.name.startswith("keyword_"):  # torch says the last frame's
        found = runner_of(network, timespan).stream(x)[:, -1:]
        assert np.abs(found - torch_logits(network, x, spans)).max() <= CLOSE
    else:
        assert apart(runner_of(network, timespan), network, x, spans) <= CLOSE


@given(step_cases.cases(kinds=("linear_ltc", "cfc", "ltc", "lstm", "gru")))
@settings(max_examples=60)
def test_a_timespan_that_comes_in(case):
    network, x = case.network(), case.x()
    if not any(map(cells.takes_timespans, network.cells)):
        with pytest.raises(UserError, match="elapsed times mean nothing to"):
            step_of(network, "input")
        return
    spans = np.random.default_rng(case.seed).uniform(0.0, 4.0, x.shape[:2]).astype(np.float32)
    if case.explicit:
        spans = np.minimum(spans, 0.5)  # where those rules are stable
    spans[0, 0] = 0.0
    found = runner_of(network, "input").stream(x, spans)[:, -1:]
    assert np.abs(found - torch_logits(network, x, spans)).max() <= CLOSE


@pytest.mark.parametrize("name", step_cases.CELLS)
def test_states_are_torchs(name):
    """From any state, not only from zeros: what a step leaves is what the cell leaves."""
    case = Case(name, 5, 3, 2, 1, 3, {"units": 4, "pool": "last"})
    network, x = case.network(), case.x()
    session = ort.InferenceSession(onnx_bytes(step_of(network), {}))
    names = [each.name for each in session.get_inputs()]
    random = np.random.default_rng(7)
    states = {each: random.normal(size=(2, 4)).astype(np.float32) for each in names[1:]}
    found = session.run([f"{each}_next" for each in states], {"features": x[:, 0], **states})
    given = [torch.from_numpy(each) for each in states.values()]
    if name in ("lstm", "gru"):  # torch's have an axis of layers
        by_name = dict(zip(states, (each[None] for each in given), strict=True))
        given = [by_name["cell0_h"], by_name["cell0_c"]] if name == "lstm" else [*by_name.values()]
        order = ["cell0_h", "cell0_c"]
    with torch.no_grad():
        standard = network.standardised(torch.from_numpy(x))
        _, after = network.cells[0](standard, tuple(given) if name == "lstm" else given[0])
    if name == "lstm":
        found = dict(zip(states, found, strict=True))
        found, after = [found[each] for each in order], [each[0] for each in after]
    else:
        after = [after.reshape(2, 4)]
    for own, wanted in zip(found, after, strict=True):
        assert np.abs(own - wanted.numpy()).max() <= CLOSE


def committed():
    """The first network of each kind of each corpus that has a step."""
    first = {}
    for path in sorted(NETWORKS.glob("*.pt")):
        first.setdefault(path.stem.rsplit("-", 1)[0], path)
    return [path for name, path in first.items() if "cnn" not in name and "streams" not in name]


@pytest.mark.parametrize("path", committed(), ids=lambda path: path.stem)
def test_trained_networks_of_the_tables(path):
    model = load(path)
    source = from_saved(model)
    assert source.drawn and source.windows.shape == (64, model.steps, len(model.network.offset))
    each = export.written(source, "onnx")
    assert each.windows == 64 and each.differ == 0
    assert each.apart <= CLOSE or each.apart <= 4 * each.rounding


def test_a_stream_that_does_not_end():
    """3,000 frames of a trained keyword network, logits after each."""
    path = min(NETWORKS.glob("speech_commands-keyword_linear_ltc-*.pt"))
    network = load(path).network
    x = np.random.default_rng(0).normal(size=(1, 3000, 40)).astype(np.float32)
    x = x / network.scale.numpy() + network.offset.numpy()
    assert apart(runner_of(network), network, x) <= CLOSE


def test_what_a_file_says():
    model = torch_models.saved("linear_ltc", axes=2, units=5, layers=2, mixing=3)
    each = export.written(from_saved(model), "onnx")
    found = onnx.load_model_from_string(each.content)
    onnx.checker.check_model(found, full_check=True)
    assert (found.producer_name, found.producer_version) == ("lnnlab", __version__)
    assert (found.opset_import[0].version, found.ir_version) == (17, 8)
    about = {each.key: each.value for each in found.metadata_props}
    assert about["arithmetic"] == "float32" and about["model"] == "linear_ltc"
    assert json.loads(about["classes"]) == ["a", "b", "c"]
    assert FeatureSpec(**json.loads(about["features"])) == model.features
    sizes = {name: json.loads(about[name]) for name in ("rate_hz", "frame", "hop", "window")}
    assert sizes == {"rate_hz": 1000.0, "frame": 32, "hop": 16, "window": 256}
    assert about["frames"] == "15"
    session = ort.InferenceSession(each.content)
    shapes = {one.name: one.shape for one in (*session.get_inputs(), *session.get_outputs())}
    states = {"cell0_h": [5], "mixer0_past": [2, 5], "cell1_h": [5], "pool_sum": [5],
              "pool_count": [1]}
    assert shapes == {"features": ["batch", 16], "logits": ["batch", 3],
                      **{name: ["batch", *size] for name, size in states.items()},
                      **{f"{name}_next": ["batch", *size] for name, size in states.items()}}
    assert each.windows == 40 and each.apart <= CLOSE  # its validation windows
    assert onnx_bytes(step_of(model.network), {"a": "b"}) == onnx_bytes(
        step_of(model.network), {"a": "b"})


@pytest.mark.parametrize("name", torch_models.RECURRENT)
@pytest.mark.parametrize("pool", ["mean", "last"])
def test_a_lnn_file_of_float32(name, pool):
    options = {"units": 6, "layers": 2, "mixing": 3, "pool": pool}
    model = torch_models.saved(name, spread=1.5, **options)
    read = lnn_file.float_from_bytes(lnn_file.float_to_bytes(model))
    source = from_float(read)
    assert source.name == name and source.classes == model.classes and source.rate_hz == 1000.0
    samples = (model.check_x / model.features.full_scale * 32768).astype(np.int16)
    features = extract(samples / np.float32(32768), FeatureSpec(**(read.spec.as_dict() | {
        "full_scale": 1.0}))).astype(np.float32)
    each = export.written(source, "onnx")
    found = OnnxRunner(each.content).stream(features)[:, -1]
    assert np.abs(found - read.run(samples)).max() <= CLOSE


def run(*arguments):
    return cli.main(["export", *map(str, arguments)])


def test_the_command(tmp_path, capsys):
    model = torch_models.trained("linear_ltc", units=6)
    save(model, tmp_path / "net.pt")
    assert run(tmp_path / "net.pt", "--format", "onnx", "--folder", tmp_path / "out") == 0
    said = capsys.readouterr().out
    assert "opset 17, 13 nodes" in said and "states float32" in said
    assert "0 decisions differ" in said and "features batch×8" in said
    assert "cell0_h batch×6" in said and GUIDE in said
    runner = OnnxRunner((tmp_path / "out" / "model.onnx").read_bytes())
    features = extract(model.check_x, model.features).astype(np.float32)
    assert apart(runner, model.network, features) <= CLOSE
    assert run(tmp_path / "net.pt", "--format", "onnx", "--folder", tmp_path / "out") == 0  # ours
    (tmp_path / "out" / "model.onnx").write_bytes(b"somebody else's")
    capsys.readouterr()
    assert run(tmp_path / "net.pt", "--format", "onnx", "--folder", tmp_path / "out") == 1
    assert "was not written by lnnlab" in capsys.readouterr().err
    assert (tmp_path / "out" / "model.onnx").read_bytes() == b"somebody else's"


BAD = {
    "cnn": (["cnn.pt"], "cnn.pt: CNN: needs the whole window at once"),
    "adaptive": (["adaptive.pt"], "LTC with ode_solver 'dopri5': how many passes"),
    "int8": (["int8.lnn"], "int8.lnn: an int8 file, and other runtimes take float32"),
    "absent": (["absent.pt"], "absent.pt: no such file"),
    "damaged": (["damaged.pt"], "damaged.pt: not a readable model"),
    "timespan": (["good.pt", "--timespan", "soon"], "timespan soon: give a number"),
    "negative": (["good.pt", "--timespan=-1"], "timespan -1.0: give a number"),
    "nan": (["good.pt", "--timespan", "nan"], "timespan nan: give a number"),
    "untimed": (["lstm.pt", "--timespan", "2"], "elapsed times mean nothing to LSTM"),
    "cfc": (["cfc.lnn", "--timespan", "2"], "a .lnn holds CfC for steps of the usual length"),
    "layout": (["good.pt", "--layout", "cmake"], "--layout: is for C"),
    "irregular": (["irregular.pt"], "irregular.pt: trained at irregular times; say how long"),
    "name": (["good.pt", "--name", "a/b"], "name 'a/b': give a C identifier"),
    "one of two": (["good.pt", "cnn.pt"], "cnn.pt: CNN: needs the whole window"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("models")
    good = torch_models.saved("linear_ltc", units=4)
    save(good, where / "good.pt")
    save(torch_models.saved("lstm", units=4), where / "lstm.pt")
    save(torch_models.saved("cnn_2k", torch_models.WAVEFORM), where / "cnn.pt")
    save(torch_models.saved("ltc", units=2, ode_solver="dopri5"), where / "adaptive.pt")
    irregular = torch_models.saved("linear_ltc", torch_models.RAW, units=4)
    irregular.origin["irregular"] = True
    save(irregular, where / "irregular.pt")
    (where / "damaged.pt").write_bytes(b"PK nothing")
    cfc = torch_models.saved("cfc", units=4)
    (where / "cfc.lnn").write_bytes(lnn_file.float_to_bytes(cfc))
    from lnnlab.compress import quantise
    lnn_file.write(quantise(good), where / "int8.lnn")
    return where


@pytest.mark.parametrize("form", ["onnx", "tflite"])
@pytest.mark.parametrize("case", BAD)
def test_what_is_refused_is_one_line(case, form, folder, tmp_path, capsys):
    if form == "tflite":
        pytest.importorskip("tflite_micro", reason=REASON)
    arguments, message = BAD[case]
    given = [folder / each if each.endswith((".pt", ".lnn")) else each for each in arguments]
    assert run(*given, "--format", form, "--folder", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_format_that_there_is_not(folder, tmp_path, capsys):
    assert run(folder / "good.pt", "--format", "onxx", "--folder", tmp_path) == 1
    assert "unknown format 'onxx': did you mean 'onnx'?" in capsys.readouterr().err
    assert run(folder / "good.pt", "--folder", tmp_path) == 1
    assert "C takes .lnn files" in capsys.readouterr().err
    assert run(folder / "int8.lnn", "--timespan", "2", "--folder", tmp_path) == 1
    assert "--timespan: is for --format onnx and tflite" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_irregular_networks_say_how_long_a_step_is(folder, tmp_path):
    for timespan in ("input", "2"):
        assert run(folder / "irregular.pt", "--format", "onnx", "--folder", tmp_path,
                   "--timespan", timespan) == 0
    session = ort.InferenceSession((tmp_path / "model.onnx").read_bytes())
    assert session.get_modelmeta().custom_metadata_map["timespan"] == "2.0"


@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_without_the_packages(form, folder, tmp_path, capsys, monkeypatch):
    for name in ("onnx", "tflite_micro", tflite_file.SCHEMA):
        monkeypatch.setitem(sys.modules, name, None)
    assert run(folder / "good.pt", "--format", form, "--folder", tmp_path) == 1
    said = capsys.readouterr().err
    assert "is not installed: pip install 'lnnlab[runtimes]'" in said and said.count("\n") == 1
    assert not any(tmp_path.iterdir())


def test_without_the_runtime_nothing_is_compared(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(export, "installed", lambda name: False)
    assert run(folder / "good.pt", "--format", "onnx", "--folder", tmp_path) == 0
    assert "not compared with torch: onnxruntime is not installed" in capsys.readouterr().out


def test_wrong_logits_are_not_written(folder, tmp_path, capsys, monkeypatch):
    def reversed_step(step, cell, x, span):
        return cells.linear_ltc(step, cell, step.mul(x, -1.0), span)

    monkeypatch.setitem(cells.STEPS, type(load(folder / "good.pt").network.cells[0]), reversed_step)
    assert run(folder / "good.pt", "--format", "onnx", "--folder", tmp_path) == 1
    assert "ONNX differs from torch by" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_a_cell_without_a_step(monkeypatch):
    monkeypatch.delitem(cells.STEPS, FastGRNN)
    with pytest.raises(UserError, match="FastGRNN: has no step for other runtimes"):
        step_of(Case("fastgrnn", 2, 2, 1, 1, 0, {"units": 2}).network())


def listing(language, word):
    return next(text for kind, text in LISTINGS if kind == language and word in text)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """``model.onnx`` with windows to run it on, and the classes that torch names."""
    where = tmp_path_factory.mktemp("guide")
    model = torch_models.trained("linear_ltc", units=6)
    each = export.written(from_saved(model), "onnx")
    (where / "model.onnx").write_bytes(each.content)
    np.save(where / "windows.npy", model.check_x)
    return where, model, torch_models.logits(model, model.check_x)


def test_the_python_listing_as_printed(exported):
    where, model, logits = exported
    environment = os.environ | {"PYTHONPATH": str(paths.ROOT)}
    ran = subprocess.run([sys.executable, "-c", listing("python", "onnxruntime")], cwd=where,
                         capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [model.classes[each] for each in logits.argmax(axis=1)]


@pytest.mark.parametrize("name", ["g++", "clang++"])
def test_the_cpp_listing_hands_its_states_on(name, tmp_path):
    """Over prototypes of our own: what the listing does, not whether its library is called so."""
    compiler = shutil.which(name) or pytest.skip(f"no {name} here")
    (tmp_path / "listing.inc").write_text(listing("cpp", "onnxruntime"))
    subprocess.run([compiler, *STRICT_CPP, f"-I{STANDS_IN}", f"-I{tmp_path}",
                    STANDS_IN / "onnx_main.cpp", "-o", tmp_path / "main"], check=True)
    ran = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1", "10", "3", "30", "4", "40"]


def test_the_listing_for_browsers_as_printed(exported):
    node, modules = shutil.which("node"), Path(sys.prefix) / "node_modules"
    if not node or not (modules / "onnxruntime-web").is_dir():
        pytest.skip("no onnxruntime-web beside this Python: npm install --prefix .venv")
    where, model, logits = exported
    (where / "network.mjs").write_text(listing("js", "onnxruntime-web"))
    if not (where / "node_modules").exists():
        (where / "node_modules").symlink_to(modules)
    features = extract(model.check_x[:5], model.features).astype(float).tolist()
    (where / "run.mjs").write_text(f"""
        import {{ readFileSync }} from "node:fs";
        import {{ network }} from "./network.mjs";
        const {{ step, reset }} = await network(new Uint8Array(readFileSync("model.onnx")));
        for (const window of {json.dumps(features)}) {{
          let logits;
          reset();
          for (const frame of window) logits = await step(Float32Array.from(frame));
          console.log(JSON.stringify([...logits]));
        }}""")
    ran = subprocess.run([node, "run.mjs"], cwd=where, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    found = np.array([json.loads(line) for line in ran.stdout.splitlines()])
    assert np.abs(found - logits[:5]).max() <= CLOSE
