"""The commands as a firmware engineer meets them: train, compress, profile, export."""

import json
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import random_policies

from lnnlab import cli, lnn_file
from lnnlab.data.wav import write_wav
from lnnlab.integer import EnergyGate
from lnnlab.models.saved import load


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("cli")
    assert cli.main(["train", "--epochs", "3", "--output", str(made / "model.pt")]) == 0
    arguments = ["--input", str(made / "model.pt"), "--output", str(made / "keyword.lnn"),
                 "--target", "cortex-m4", "--quantization", "dynamic-int8",
                 "--prune-threshold", "0.01"]
    assert cli.liquid_compress(arguments) == 0
    return made


def test_training_says_what_it_measured(tmp_path, capsys):
    assert cli.main(["train", "--epochs", "2", "--output", str(tmp_path / "m.pt")]) == 0
    said = capsys.readouterr().out
    assert "test accuracy" in said and "measured, 432 windows" in said
    saved = load(tmp_path / "m.pt")
    assert saved.origin["corpus"] == "bearing_sim" and len(saved.calibration) == 128


def test_compression_prints_size_and_accuracy_before_and_after(folder, tmp_path, capsys):
    arguments = ["--input", str(folder / "model.pt"), "--output", str(tmp_path / "k.lnn"),
                 "--prune-threshold", "0.6"]
    assert cli.liquid_compress(arguments) == 0
    before, after = [line for line in capsys.readouterr().out.splitlines() if "parameters" in line]
    assert "2,284 parameters, 9,136 B of float32 weights" in before
    assert "int8 weights" in after
    small = int(after.split()[1].replace(",", ""))
    assert small < 2284
    network = lnn_file.read(tmp_path / "k.lnn")
    assert (tmp_path / "k.lnn").stat().st_size < (folder / "keyword.lnn").stat().st_size
    assert network.classes == ("normal", "inner", "outer", "ball")


def test_profiling_gives_every_figure_with_its_basis(folder, capsys):
    arguments = ["--device", "stm32f407", "--model", str(folder / "keyword.lnn")]
    assert cli.liquid_profile(arguments) == 0
    said = capsys.readouterr().out
    for word in ("Average Power", "Peak Power", "Idle Power", "Compute Distribution", "- layers",
                 "Latency", "Flash", "RAM", "Basis:", "modelled", "emulated", "not counted"):
        assert word in said
    assert cli.liquid_profile([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["idle_power_mw"] < found["average_power_mw"] < found["peak_power_mw"]
    low, high = found["cycles_per_decision"]
    stages = [sum(band[end] for band in found["cycles_by_stage"].values()) for end in (0, 1)]
    assert stages == pytest.approx([low, high])
    assert found["latency_ms"][0] == pytest.approx(low / 80e3)


def test_the_same_network_fits_a_cortex_m0_with_32_kb(folder, capsys):
    arguments = ["--device", "stm32f030", "--model", str(folder / "keyword.lnn"), "--json"]
    assert cli.liquid_profile(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert sum(found["flash_bytes"].values()) < 32768
    assert sum(found["ram_bytes"].values()) < 4096
    assert 0 < found["duty_percent"] < 100  # it keeps up with 12 kHz


def test_a_core_without_a_cycle_model_gives_none(folder, capsys):
    arguments = ["--device", "stm32h743", "--model", str(folder / "keyword.lnn")]
    assert cli.liquid_profile(arguments) == 0
    said = capsys.readouterr().out
    assert "no validated cycle model for cortex-m7" in said and "Cycles per" not in said


def test_an_export_compiles_and_runs(folder, tmp_path, capsys):
    assert cli.main(["export", str(folder / "keyword.lnn"), "--folder", str(tmp_path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    compiler = shutil.which("cc") or pytest.skip("no C compiler on this machine")
    line = (tmp_path / "model.c").read_text().split("this machine:")[1].splitlines()[0].split()
    subprocess.run([compiler, *line[1:]], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "model"], check=True, capture_output=True)


def test_float32_is_for_cores_with_an_fpu(folder, tmp_path, capsys):
    arguments = ["--input", str(folder / "model.pt"), "--output", str(tmp_path / "f.lnn"),
                 "--quantization", "float32"]
    assert cli.liquid_compress([*arguments, "--target", "cortex-m0"]) == 1
    assert "has no FPU" in capsys.readouterr().err and not list(tmp_path.iterdir())
    assert cli.liquid_compress(arguments) == 0
    assert "9,136 B of float32 weights" in capsys.readouterr().out.splitlines()[2]
    device = ["--device", "stm32f407", "--json", "--model"]
    assert cli.liquid_profile([*device, str(tmp_path / "f.lnn")]) == 0
    single = json.loads(capsys.readouterr().out)
    assert cli.liquid_profile([*device, str(folder / "keyword.lnn")]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert single["cycles_per_decision"][0] > whole["cycles_per_decision"][1]  # int8 is faster
    assert single["cycles_by_stage"]["layers"][0] > 0 < single["cycles_by_stage"]["features"][0]


def test_a_timestep_policy_is_counted_on_a_recording(tmp_path, capsys):
    model = replace(random_policies.model(11, "log_bands"),
                    policy=EnergyGate(1, 20, 1024, 512, 2))
    hop, rate = model.features.spec.hop, round(model.features.rate_hz)
    level = np.repeat([1e-3, 0.3, 1e-3], [80 * hop, 20 * hop, 80 * hop])
    write_wav(tmp_path / "a.wav", level * np.resize([1, 1, -1, -1], len(level)), rate)
    lnn_file.write(model, tmp_path / "gated.lnn")
    arguments = ["--device", "stm32f407", "--model", str(tmp_path / "gated.lnn")]
    assert cli.liquid_profile(arguments) == 0
    assert "--stream FILE.wav counts" in capsys.readouterr().out
    assert cli.liquid_profile([*arguments, "--stream", str(tmp_path / "a.wav")]) == 0
    said = capsys.readouterr().out
    assert "Under its timestep policy on a.wav" in said and "latency at worst" in said
    assert cli.liquid_profile([*arguments, "--json", "--stream", str(tmp_path / "a.wav")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["policy"]["counts"]["steps"] < 60
    assert found["policy"]["cycles_per_s"][1] < found["stream"]["frame_cycles"][1] * rate


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        (cli.liquid_profile, ["--device", "stm32f407", "--model", "{lnn}", "--stream", "a.wav"],
         "has no timestep policy to count on a.wav"),
        (cli.liquid_compress, ["--input", "none.pt", "--output", "x.lnn"], "none.pt: no such file"),
        (cli.liquid_compress, ["--input", "{lnn}", "--output", "x.lnn"], "not a readable model"),
        (cli.liquid_compress, ["--input", "{pt}", "--output", "x.lnn", "--target", "cortex-m5"],
         "unknown target 'cortex-m5': did you mean"),
        (cli.liquid_compress, ["--input", "{pt}", "--output", "x.lnn", "--quantization", "int4"],
         "unknown quantization 'int4': did you mean 'int8'"),
        (cli.liquid_compress, ["--input", "{pt}", "--output", "x.lnn", "--prune-threshold", "2"],
         "prune threshold 2.0: give a share"),
        (cli.liquid_profile, ["--device", "stm32f470", "--model", "{lnn}"],
         "did you mean 'stm32f407'"),
        (cli.liquid_profile, ["--device", "stm32f407", "--model", "none.lnn"],
         "none.lnn: no such file"),
        (cli.liquid_profile, ["--device", "stm32f407", "--model", "{pt}"], "not a .lnn file"),
    ],
)
def test_mistakes_are_one_line(folder, tmp_path, monkeypatch, capsys, command, arguments, message):
    monkeypatch.chdir(tmp_path)
    names = {"pt": folder / "model.pt", "lnn": folder / "keyword.lnn"}
    assert command([each.format(**names) for each in arguments]) == 1
    said = capsys.readouterr().err
    assert message in said and len(said.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_damaged_and_a_newer_file_name_the_check(folder, tmp_path, capsys):
    blob = bytearray((folder / "keyword.lnn").read_bytes())
    for place, message in ((200, "damaged at offset 12: the checksum differs"),
                           (4, "written by a newer lnnlab")):
        changed = bytearray(blob)
        changed[place] += 1
        (tmp_path / "d.lnn").write_bytes(changed)
        arguments = ["--device", "stm32f407", "--model", str(tmp_path / "d.lnn")]
        assert cli.liquid_profile(arguments) == 1
        assert message in capsys.readouterr().err


def test_words_go_from_the_corpus_to_a_stream_on_a_board(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path / "cache"))
    model, file = tmp_path / "words.pt", tmp_path / "words.lnn"
    assert cli.main(["train", "--corpus", "spoken_words", "--epochs", "2", "--versions", "1",
                     "--output", str(model)]) == 0
    assert load(model).name == "keyword_linear_ltc" and load(model).features.kind == "pcen"
    assert cli.liquid_compress(["--input", str(model), "--output", str(file)]) == 0
    monkeypatch.delenv("LNNLAB_CACHE")
    capsys.readouterr()
    assert cli.liquid_profile(["--device", "nrf52840", "--model", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["stream"]
    assert found["frames_per_s"] == 50
    low, high = found["frame_cycles"]
    assert 20_000 < low < high < 100_000
    assert sum(band[0] for band in found["by_stage"].values()) == pytest.approx(low)
