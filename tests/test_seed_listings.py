"""The Python and shell listings of the second document, as printed: names they lack are given, the
package's name is ours, nothing else differs. Those in C, C++ and Rust are in test_examples_rtos.py,
test_runtime_cpp.py and test_runtime_rust.py."""

import os
import re
import shutil
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lnnlab import cli, lnn_file, paths
from lnnlab.data.spoken_words import write_spoken_words
from lnnlab.data.streams import StreamPlan, build_stream
from lnnlab.experiments import Budget, Run
from lnnlab.experiments.keyword_recipes import any_timestep, family
from lnnlab.experiments.trained import trained

LISTINGS = Path(__file__).with_name("listings")
CHECKSUMS = {  # of the document's lines
    "train.txt": 1668593049, "controller.txt": 3652177696, "hil.txt": 604174364,
    "profile.txt": 1482410694, "compress.txt": 411097444,
}
KEYWORD = paths.ROOT / "reports" / "full" / "c" / "speech_commands_policy.lnn"


def run(name, **given):
    """Execute a Python listing; what its names stand for afterwards."""
    text = (LISTINGS / name).read_text().replace("liquid_audio_nets", "lnnlab")
    exec(compile(text, name, "exec"), given)
    return given


def shell(name, folder):
    """Execute a shell listing in a folder, its commands those of this environment."""
    where = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(["sh", LISTINGS / name], cwd=folder, capture_output=True, text=True,
                          check=False, env=os.environ | {"PATH": where})


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the published keyword network in it, which the listings run in."""
    shutil.copy(KEYWORD, tmp_path / "keyword.lnn")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_training_and_export_as_printed(place):
    torch.manual_seed(0)
    means, y = 2 * torch.randn(10, 40), torch.arange(80) % 10
    x = means[y][:, None] + torch.randn(80, 12, 40)
    after = run("train.txt", dataloader=DataLoader(TensorDataset(x, y), batch_size=40))
    network = lnn_file.read(place / "keyword_model.lnn")
    decided = network.run(network.quantise(x.reshape(80, -1, 1).numpy())).decision
    with torch.no_grad():
        wanted = after["trainer"].model.eval()(x).argmax(dim=1).numpy()
    assert (decided == wanted).mean() > 0.97 and (wanted == y.numpy()).mean() > 0.9


@pytest.fixture(scope="module")
def quick(words, tmp_path_factory):
    """A network that hears every 10 ms, so that an answer within 20 can be asked of it."""
    recipe = any_timestep(family("liquid_small", words[0], 1, versions=2)[0])
    recipe = replace(recipe, features=replace(recipe.features, hop=160))
    return trained(Run(*words, recipe, 0, Budget(6)), tmp_path_factory.mktemp("networks"))


def test_a_timestep_controller_as_printed(quick, words):
    dataset, split = words
    stream = build_stream(dataset, split.validation, StreamPlan(30, activity=0.2), "validation")
    controller = run("controller.txt", lnn_model=quick, audio_dataset=stream)["controller"]
    assert controller.power_mw <= 1.0 and controller.worst_latency_ms <= 20.0
    assert len(controller.outcomes) > 20 and 0 <= controller.accuracy <= 1


def test_a_board_under_test_as_printed(place, monkeypatch, capsys):
    """On clips of a synthesiser in the layout of the corpus that the listing names."""
    corpus = place / "data" / "speech_commands"
    write_spoken_words(corpus, voices=3)
    clips = sorted(each.relative_to(corpus).as_posix() for each in corpus.rglob("*_nohash_*.wav"))
    speakers = sorted({each.split("/")[1].split("_nohash")[0].rpartition("_")[2] for each in clips})
    for name, who in zip(("validation_list.txt", "testing_list.txt"), speakers[:2], strict=True):
        own = [each for each in clips if f"{who}_nohash" in each]
        (corpus / name).write_text("\n".join(own) + "\n")
    monkeypatch.setenv("LNNLAB_DATA", str(place / "data"))
    results = run("hil.txt")["results"]
    said = capsys.readouterr().out
    assert re.fullmatch(r"Accuracy: [\d.]+%\nAvg Power: [\d.]+ mW\n", said)
    assert results.mismatches == 0 and results.items > 5
    assert f"{results.avg_power_mw:.2f} mW" in said


def test_profiling_as_printed(place):
    done = shell("profile.txt", place)
    assert done.returncode == 0, done.stderr
    for what in ("Average Power", "Peak Power", "Idle Power"):
        assert re.search(rf"{what}:\s+[\d.]+ mW", done.stdout), done.stdout
    names = "features|layers|readout|other"  # for Feature Extract, ODE Solver, Output Layer
    shares = re.findall(rf"- ({names}): (\d+) %", done.stdout)
    assert len(shares) == 4 and 98 <= sum(int(share) for _, share in shares) <= 102


def test_compression_as_printed(place):
    assert cli.main(["train", "--epochs", "3", "--output", "model.pt"]) == 0
    done = shell("compress.txt", place)
    assert done.returncode == 0, done.stderr
    network = lnn_file.read(place / "model.lnn")
    assert network.classes == ("normal", "inner", "outer", "ball") and "int8" in done.stdout


def test_nobody_has_mended_a_listing():
    """The lines are the document's; only indents, which its text has lost, are put back."""
    printed = {path.name: [line.strip() for line in path.read_text().splitlines()]
               for path in LISTINGS.glob("*.txt")}
    checksums = {name: zlib.crc32("\n".join(lines).encode()) for name, lines in printed.items()}
    assert checksums == CHECKSUMS
