"""Commands over a person's own recordings: inspect-data, train, evaluate, and quick help."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from lnnlab import cli, lnn_file
from lnnlab.cli import parsers
from lnnlab.data import CORPORA, load
from lnnlab.data.default_rule import default_rule
from lnnlab.data.wav import write_wav
from lnnlab.errors import UserError
from lnnlab.experiments.evaluation import candidate, evaluate
from lnnlab.models.saved import load as load_model
from lnnlab.runtime.layouts import LAYOUTS
from lnnlab.target.batch import BatchRunner

RATE_HZ, WINDOW = 400.0, 64


def write_folder(folder, files=5, seconds=4.0, channels=("x", "y")):
    """Two classes whose tones differ, a file a recording."""
    random = np.random.default_rng(0)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    for label, hz in (("good", 20.0), ("worn", 60.0)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(files):
            tone = np.sin(2 * np.pi * hz * t + number)
            rows = np.column_stack([tone, 0.5 * tone]) + random.normal(0, 0.3, (len(t), 2))
            np.savetxt(folder / label / f"rec{number}.csv", rows, "%.5f", ",",
                       header=",".join(channels), comments="")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of recordings, and the model that the command line trains and compresses of it."""
    folder = tmp_path_factory.mktemp("own")
    write_folder(folder / "rig")
    assert cli.main(["train", "--corpus", str(folder / "rig"), "--rate-hz", "400", "--window",
                     str(WINDOW), "--epochs", "8", "--output", str(folder / "m.pt")]) == 0
    assert cli.liquid_compress(["--input", str(folder / "m.pt"), "--output",
                                str(folder / "m.lnn")]) == 0
    return folder


@pytest.mark.parametrize("command", [[], ["train"], ["evaluate"], ["inspect-data"], ["export"],
                                     ["fetch"], ["reports"], ["run"]])
def test_help_imports_nothing_heavy(command):
    code = ("import sys\nfrom lnnlab.cli import main\n"
            f"try: main({[*command, '--help']!r})\nexcept SystemExit: pass\n"
            "heavy = {'torch', 'numpy', 'pandas', 'scipy', 'nbformat', 'matplotlib'}\n"
            "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    assert "usage: lnnlab" in done.stdout


def test_the_module_is_the_command():
    done = subprocess.run([sys.executable, "-m", "lnnlab", "--version"], capture_output=True,
                          text=True, check=True)
    assert done.stdout.strip()


def test_help_names_every_corpus_and_layout():
    assert set(parsers.CORPORA.split(", ")) == set(CORPORA)
    assert set(parsers.LAYOUTS.split(", ")) == set(LAYOUTS)


def test_what_was_read_is_drawn(made, tmp_path, capsys):
    place = tmp_path / "rig.png"
    assert cli.main(["inspect-data", str(made / "rig"), "--rate-hz", "400", "--window",
                     str(WINDOW), "--figure", str(place)]) == 0
    printed = capsys.readouterr().out
    assert str(place) in printed and place.read_bytes()[:4] == b"\x89PNG"


def test_a_model_is_scored_the_same_in_every_form(made, capsys):
    """torch, the twin, the C on this machine and on an emulated core; the oracle is numpy's."""
    dataset = load(str(made / "rig"), window=WINDOW, rate_hz=RATE_HZ)
    everything = np.arange(len(dataset))
    int8 = lnn_file.read(made / "m.lnn")
    decided = int8.run(int8.quantise(dataset.x)).decision
    share = np.mean(decided == dataset.y)
    for on in (None, "host", "cortex-m4"):
        found = evaluate(candidate(made / "m.lnn", on), dataset, everything)
        assert found.accuracy.value == pytest.approx(share)
        assert found.confusion.sum() == len(dataset) and found.null == 0.5
        np.testing.assert_array_equal(np.diag(found.confusion), [
            np.sum((decided == dataset.y) & (dataset.y == k)) for k in (0, 1)])
        assert sum(count for _, count in found.by_group.values()) == len(dataset)
    assert share > 0.9
    assert cli.main(["evaluate", str(made / "m.pt"), str(made / "rig"), "--rate-hz", "400",
                     "--split", "file_order"]) == 0
    printed = capsys.readouterr().out
    assert "float by torch" in printed and "Null: always 'good' gets 50.0 %" in printed


def test_the_c_is_what_is_scored(made, monkeypatch):
    dataset = load(str(made / "rig"), window=WINDOW, rate_hz=RATE_HZ)
    wrong = BatchRunner.run

    def reversed_logits(self, samples):
        outputs = wrong(self, samples)
        return type(outputs)(-outputs.logits, outputs.digests)

    monkeypatch.setattr(BatchRunner, "run", reversed_logits)
    found = evaluate(candidate(made / "m.lnn", "host"), dataset, np.arange(len(dataset)))
    assert found.accuracy.value < 0.1


def test_channels_come_in_the_models_order(made, tmp_path):
    dataset = load(str(made / "rig"), window=WINDOW, rate_hz=RATE_HZ)
    swapped = load(str(made / "rig"), window=WINDOW, rate_hz=RATE_HZ, channels=["y", "x"])
    model = candidate(made / "m.pt")
    rows = np.arange(len(dataset))
    np.testing.assert_array_equal(evaluate(model, swapped, rows).confusion,
                                  evaluate(model, dataset, rows).confusion)


def renamed(dataset, *names):
    return replace(dataset, channels=names)


def test_what_could_not_be_compared_is_said(made):
    """Channels go by name; by place only where no name is alike, and then it is told."""
    dataset = load(str(made / "rig"), window=WINDOW, rate_hz=RATE_HZ)
    model, file = candidate(made / "m.pt"), candidate(made / "m.lnn")
    rows = np.arange(len(dataset))
    expected = evaluate(model, dataset, rows)
    assert not expected.notes
    more = replace(dataset, channels=("temp", "Y [g]", "X"),
                   x=np.concatenate([0 * dataset.x[..., :1], dataset.x[..., ::-1]], axis=2))
    found = evaluate(model, more, rows)
    np.testing.assert_array_equal(found.confusion, expected.confusion)
    assert not found.notes
    found = evaluate(model, renamed(dataset, "gx", "gy"), rows)
    assert found.notes == ("Channels gx, gy taken as the model's x, y, by their place.",)
    assert "names no channels: gx, gy taken in this order" in evaluate(
        file, renamed(dataset, "gx", "gy"), rows).notes[0]
    with pytest.raises(UserError, match="no channel 'y', which the model takes; it has x, z"):
        evaluate(model, renamed(dataset, "x", "z"), rows)
    unknown = evaluate(model, replace(dataset, rate_hz=None), rows)
    assert unknown.notes == (
        "The rate of the recordings is unknown, the other one is 400 Hz: not compared.",)


@pytest.mark.parametrize("arguments, message", [
    (["{folder}/m.pt", "{folder}/rig", "--on", "host"], "no C runs it; 'liquid-compress"),
    (["{folder}/m.lnn", "{folder}/rig", "--on", "cortex-m5"], "did you mean 'cortex-m"),
    (["{folder}/m.lnn", "{folder}/rig", "--channels", "x"], "1 channels, the model takes 2"),
    (["{folder}/m.lnn", "{folder}/rig", "--rate-hz", "100"], "100 Hz, the model was trained at"),
    (["{folder}/m.lnn", "{folder}/rig", "--window", "32"], "windows of 32, the model takes 64"),
    (["{folder}/m.lnn", "{folder}/rig", "--split", "time", "--fold", "3"], "fold 3: rule 'time'"),
    (["{folder}/m.lnn", "{folder}/rig", "--window", "0"], "--window 0: choose 2 samples or more"),
    (["{folder}/none.lnn", "{folder}/rig"], "none.lnn: no such file"),
])
def test_what_does_not_fit_is_one_line(made, capsys, arguments, message):
    given = [each.format(folder=made) for each in arguments]
    if "--rate-hz" not in given:
        given += ["--rate-hz", "400"]
    assert cli.main(["evaluate", *given]) == 1
    printed = capsys.readouterr().err
    assert message in printed and len(printed.splitlines()) == 1


def test_other_classes_are_refused(made, tmp_path, capsys):
    write_folder(tmp_path / "rig", files=2)
    (tmp_path / "rig" / "worn").rename(tmp_path / "rig" / "broken")
    assert cli.main(["evaluate", str(made / "m.lnn"), str(tmp_path / "rig"), "--rate-hz",
                     "400"]) == 1
    assert "class 'broken' is none of the model's (good, worn)" in capsys.readouterr().err


def test_trials_take_what_validation_prefers(made, tmp_path, capsys):
    assert cli.main(["train", "--corpus", str(made / "rig"), "--rate-hz", "400", "--window",
                     str(WINDOW), "--trials", "3", "--epochs", "3", "--output",
                     str(tmp_path / "t.pt")]) == 0
    losses = [float(line.split("loss ")[1]) for line in capsys.readouterr().out.splitlines()
              if line.startswith("trial")]
    assert len(losses) == 3 and len(set(losses)) == 3
    assert load_model(tmp_path / "t.pt").window == WINDOW


def test_the_default_split_is_what_the_data_offer(made):
    assert default_rule(load(str(made / "rig"), window=WINDOW, rate_hz=RATE_HZ)) == "file_order"
    assert default_rule(load("bearing_sim")) == "load"
    assert default_rule(load("spoken_words")) == "official"


def test_words_are_trained_and_scored_whatever_their_window(tmp_path, capsys):
    """Clips have a length of their own: a model's window is not asked of them."""
    random = np.random.default_rng(0)
    for word in ("go", "stop"):
        for number in range(8):
            write_wav(tmp_path / "words" / word / f"{number}.wav", random.normal(0, 0.1, 16_000))
    model = ["--output", str(tmp_path / "m.pt")]
    words = str(tmp_path / "words")
    assert cli.main(["train", "--corpus", words, "--epochs", "1", "--versions", "1", *model]) == 0
    assert cli.main(["evaluate", str(tmp_path / "m.pt"), words]) == 0
    assert "16 windows (measured, float by torch)" in capsys.readouterr().out
    assert cli.main(["train", "--corpus", words, "--window", "64", *model]) == 1
    printed = capsys.readouterr().err
    assert "--window is not for it; of the options of recordings it takes --layout" in printed
    assert len(printed.splitlines()) == 1


def test_another_unit_is_refused_or_asked_for(made, tmp_path, capsys):
    """By names of columns or what was stored in training; without a unit, by the scale alone."""
    write_folder(tmp_path / "g", channels=("x [m/s²]", "y"))
    assert cli.main(["train", "--corpus", str(tmp_path / "g"), "--rate-hz", "400", "--window",
                     str(WINDOW), "--epochs", "1", "--output", str(tmp_path / "g.pt")]) == 0
    assert load_model(tmp_path / "g.pt").origin["units"] == {"x [m/s²]": "m/s²"}
    model, dataset = candidate(tmp_path / "g.pt"), load(
        str(tmp_path / "g"), window=WINDOW, rate_hz=RATE_HZ)
    rows = np.arange(len(dataset))
    with pytest.raises(UserError, match="column x in g, but the model was trained on it in m/s²"):
        evaluate(model, replace(renamed(dataset, "x [g]", "y"), account=None), rows)
    for same in ("x (m/s^2)", "x", "x [left]"):
        assert not evaluate(model, replace(renamed(dataset, same, "y"), account=None), rows).notes
    plain = load(str(made / "rig"), window=WINDOW, rate_hz=RATE_HZ)
    large, small = (replace(plain, x=plain.x * np.float32(each)) for each in (1000, 0.001))
    assert " times as large as what the model was trained on: the same unit?" in evaluate(
        candidate(made / "m.lnn"), large, rows).notes[-1]
    assert "Channel x is 1,0" in evaluate(candidate(made / "m.pt"), large, rows).notes[-1]
    assert "smaller than" in evaluate(candidate(made / "m.pt"), small, rows).notes[-1]
    assert "unit" not in capsys.readouterr().err


def test_a_class_without_windows_to_test_is_named(tmp_path, capsys):
    for part, words in (("train", ("dog", "siren", "glass")), ("test", ("dog", "siren"))):
        for k, word in enumerate(words):
            for take in range(4):
                place = tmp_path / "own" / part / word / f"{part}{take}.wav"
                place.parent.mkdir(parents=True, exist_ok=True)
                tone = 0.3 * np.sin(np.arange(16_000) * (0.1 + 0.2 * k + 0.01 * take))
                write_wav(place, tone.astype(np.float32), 16_000)
    assert cli.main(["train", "--corpus", str(tmp_path / "own"), "--epochs", "1", "--versions",
                     "1", "--output", str(tmp_path / "m.pt")]) == 0
    assert "Not tested, for want of windows in the test part: glass." in capsys.readouterr().out


def test_a_time_that_falls_back_is_one_line_and_no_channel_of_it(tmp_path, capsys):
    for name, slip in (("normal_0", 0), ("fault_0", 5)):
        rows = (f"{(k - slip * (k == 200)) / 1000:.4f},{k % 7}\n" for k in range(400))
        (tmp_path / f"{name}.csv").write_text("t,x\n" + "".join(rows))
    command = ["inspect-data", str(tmp_path), "--window", "50", "--figure",
               str(tmp_path / "seen.png")]
    assert cli.main(command) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "fault_0.csv, row 202, column 't': time does not increase; correct the row" in line
    assert cli.main([*command, "--channels", "x"]) == 0
    assert "Column 't' is no clock" in capsys.readouterr().out
