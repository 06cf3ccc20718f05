"""What can be asked: the list, and one model of each task as a person trains it."""

import numpy as np
import pytest

from lnnlab import cli, lnn_file, paths, pipeline, places, runtime
from lnnlab.data import CORPORA, load
from lnnlab.data.wav import write_wav
from lnnlab.errors import UserError
from lnnlab.experiments import tasks
from lnnlab.experiments.voice.material import voice_material
from lnnlab.integer import denoised
from lnnlab.integer.decisions import stream_logits
from lnnlab.target.denoise import DenoiseRunner
from lnnlab.target.stream import StreamRunner


@pytest.mark.parametrize("name", tasks.TASKS)
def test_a_task_names_a_notebook_and_corpora_that_exist(name):
    task = tasks.TASKS[name]
    assert pipeline.find(task.notebook).parent == paths.NOTEBOOKS
    assert set(task.corpora) <= set(CORPORA)
    load(task.corpora[0])  # without a download


def test_the_list_is_printed(capsys):
    assert cli.main(["tasks"]) == 0
    printed = capsys.readouterr().out
    assert all(f"lnnlab train --task {name} --corpus FOLDER" in printed for name in tasks.TASKS)


def trained(tmp_path, capsys, task, *options):
    place = tmp_path / f"{task}.lnn"
    assert cli.main(["train", "--task", task, "--epochs", "1", "--output", str(place),
                     *options]) == 0
    assert f"{place}: {place.stat().st_size:,} B" in capsys.readouterr().out
    return lnn_file.read(place)


def test_a_detector_of_speech_leaves_as_a_file_that_the_c_runs(tmp_path, capsys):
    model = trained(tmp_path, capsys, "vad")
    assert model.classes == ("speech", "noise") and model.policy is not None
    x = np.random.default_rng(0).integers(-9000, 9000, (16_000, 1)).astype(np.int16)
    assert len(StreamRunner(lnn_file.to_bytes(model)).run(x).label)


def test_a_detector_of_anomalies_leaves_with_its_score(tmp_path, capsys):
    model = trained(tmp_path, capsys, "anomaly")
    x = model.quantise(load("bearing_sim", window=2048).x[:1])[0]
    said = StreamRunner(lnn_file.to_bytes(model)).run(x)
    assert np.array_equal(said.logits_q8, stream_logits(model, x)) and "anomaly" in model.meta


def test_a_denoiser_leaves_as_a_file_that_the_c_runs(tmp_path, capsys):
    model = trained(tmp_path, capsys, "denoise")
    x = np.random.default_rng(0).integers(-9000, 9000, 4096).astype(np.int16)
    assert np.array_equal(DenoiseRunner(lnn_file.to_bytes(model)).run(x), denoised(model, x))


def test_events_train_as_files_of_torch(tmp_path, capsys):
    place = tmp_path / "events.pt"
    assert cli.main(["train", "--task", "events", "--epochs", "1", "--output", str(place)]) == 0
    assert "LNN-Small" in capsys.readouterr().out and place.exists()


@pytest.mark.parametrize("options, words", [
    (["--task", "vaad"], "unknown task 'vaad': did you mean 'vad'?"),
    (["--task", "vad", "--model", "lstm"], "--model is not for task 'vad'"),
    (["--task", "vad", "--output", "x.pt"], "x.pt: task 'vad' writes an int8 network; name the"),
    (["--task", "anomaly", "--corpus", str(paths.ROOT / "datasets" / "bearing_sample.csv"),
      "--normal", "norml"], "unknown class of bearing_sample 'norml': did you mean 'normal'?"),
])
def test_a_mistake_is_one_line(options, words, capsys):
    assert cli.main(["train", *options]) == 1
    line = capsys.readouterr().err
    assert line.startswith("lnnlab: ") and words in line and line.count("\n") == 1


def test_normal_running_is_found_by_its_name_or_asked_for():
    dataset = load("bearing_sim", windows_per_recording=2)
    assert tasks.with_normal(dataset, "").background_classes == ("normal",)
    assert tasks.with_normal(dataset, "inner").background_classes == ("inner",)
    other = tasks.replace(dataset, classes=("a", "b", "c", "d"), background_classes=())
    with pytest.raises(UserError, match=r"which class is normal running, a, b, c, d\? say it by"):
        tasks.with_normal(other, "")


SAMPLE = str(paths.ROOT / "datasets" / "bearing_sample.csv")


@pytest.mark.parametrize("options, words", [
    (["--task", "anomaly", "--epochs", "0"], "--epochs 0: choose 1 or more"),
    (["--epochs", "-3"], "--epochs -3: choose 1 or more"),
    (["--task", "keywords", "--normal", "yes"], "--normal is for task 'anomaly' alone"),
    (["--task", "anomaly", "--normal", "all"], "--normal all is for recordings of your own"),
    (["--task", "anomaly", "--normal", "all", "--corpus", "esc10"], "esc10 has classes of its own"),
    (["--task", "vad", "--trials", "3"], "--trials is not for task 'vad'"),
    (["--task", "denoise", "--window", "256"], "--window is not for task 'denoise'"),
    (["--task", "anomaly", "--device", "cuda"], "--device is not for task 'anomaly'"),
    (["--task", "keywords", "--corpus", SAMPLE], "task 'keywords' is about sound, and these are"),
    (["--task", "denoise", "--corpus", SAMPLE], "task 'denoise' is about sound, and these are"),
    (["--task", "anomaly", "--corpus", SAMPLE, "--window", "60"],
     "windows of 60 samples are shorter than two frames of 64; choose --window 256 or more"),
])
def test_an_option_or_recordings_that_do_not_fit_are_refused(options, words, capsys):
    assert cli.main(["train", *options]) == 1
    line = capsys.readouterr().err
    assert words in line and line.count("\n") == 1


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_trained(
        tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(tasks, "task_named", None)  # whatever trains would have to ask for it
    (tmp_path / "file").write_text("")
    for place, words in ((tmp_path, "is a folder; name a file in it"),
                         (tmp_path / "file" / "m.lnn", "file is no folder; choose another place")):
        assert cli.main(["train", "--task", "anomaly", "--output", str(place)]) == 1
        assert words in capsys.readouterr().err
    places.refuse_unwritable(tmp_path / "new" / "m.lnn")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("files, fold", [
    (1, "last fifth of each recording"), (4, "last fifth of files")])
def test_own_recordings_are_read_by_the_options_and_said(tmp_path, capsys, files, fold):
    random, folder, place = np.random.default_rng(0), tmp_path / "pümp 1", tmp_path / "own.lnn"
    for name, spread in (("ok", 1), ("broken", 9)):
        (folder / name).mkdir(parents=True)
        for k in range(files):
            np.savetxt(folder / name / f"{k}.csv", random.normal(0, spread, (12_000 // files, 1)),
                       header="acc_x", comments="", fmt="%.4f")
    assert cli.main(["train", "--task", "anomaly", "--corpus", str(folder), "--epochs", "1",
                     "--window", "256", "--rate-hz", "2000", "--output", str(place)]) == 0
    said, found, _ = capsys.readouterr().out.splitlines()
    assert said.startswith("pümp 1: ") and "Rate: 2000 Hz" in said
    assert f"fold '{fold}', " in found and " windows of 2 recordings, " in found
    model = lnn_file.read(place)
    assert (model.features.window, model.features.rate_hz) == (256, 2000)


def normal_folder(tmp_path, kind):
    random, folder = np.random.default_rng(0), tmp_path / "new pump"
    folder.mkdir()
    for k in range(2):
        x = random.normal(0, 0.1, 8000)
        if kind == "wav":
            write_wav(folder / f"{k}.wav", x)
        else:
            np.savetxt(folder / f"{k}.csv", np.column_stack([np.arange(8000) / 500, x]),
                       header="t_s,acc_x", comments="", delimiter=",", fmt="%.5f")
    return folder


@pytest.mark.parametrize("kind, rate_hz, options", [
    ("csv", 500, []), ("wav", 8000, ["--rate-hz", "8000"])])
def test_normal_running_alone_gives_a_detector(kind, rate_hz, options, tmp_path, capsys):
    place = tmp_path / "own.lnn"
    assert cli.main(["train", "--task", "anomaly", "--corpus", str(normal_folder(tmp_path, kind)),
                     "--normal", "all", "--epochs", "1", "--window", "256", *options,
                     "--output", str(place)]) == 0
    said, found, _ = capsys.readouterr().out.splitlines()
    assert said.startswith("new pump: 2 files read") and f"Rate: {rate_hz} Hz" in said
    assert "windows to train" in found and "false alarms in" in found
    model = lnn_file.read(place)
    assert (model.features.window, model.features.rate_hz) == (256, rate_hz)
    assert runtime.has_anomaly_score(place.read_bytes())


@pytest.mark.parametrize("kind, options, words", [
    ("csv", [], "the files' names tell no classes; expected new pump/<class>/<file>.csv"),
    ("csv", [], "if all of it is normal running, add --normal all"),
    ("wav", [], "if all of it is normal running, add --normal all"),
    ("csv", ["--normal", "all", "--window", "0"], "--window 0: choose 2 samples or more"),
    ("csv", ["--normal", "all", "--window", "100"], "shorter than two frames of 64; choose"),
    ("wav", ["--normal", "all", "--rate-hz", "0"], "--rate-hz 0: sound is taken at a whole"),
    ("csv", ["--normal", "all", "--label", "acc_x"], "--label tells classes, and --normal all"),
    ("wav", ["--normal", "all", "--channels", "a"], "sound files have no columns; leave"),
])
def test_normal_running_alone_is_asked_for_in_words(kind, options, words, tmp_path, capsys):
    place, folder = tmp_path / "own.lnn", normal_folder(tmp_path, kind)
    assert cli.main(["train", "--task", "anomaly", "--corpus", str(folder), *options,
                     "--output", str(place)]) == 1
    line = capsys.readouterr().err
    assert words in line and line.count("\n") == 1 and not place.exists()


def test_a_folder_called_all_is_no_wish(tmp_path, capsys):
    (tmp_path / "all").mkdir()
    assert cli.main(["train", "--task", "anomaly", "--corpus", str(tmp_path), "--normal", "all",
                     "--output", str(tmp_path / "own.lnn")]) == 1
    assert "is no folder's name; call the folder otherwise" in capsys.readouterr().err


def test_words_without_surroundings_are_no_material_of_voice():
    words = load("spoken_words")
    for background in (None, {}, {part: () for part in ("train", "validation", "test")}):
        with pytest.raises(UserError, match="surroundings in _background_noise_"):
            voice_material(tasks.replace(words, background=background))


@pytest.mark.parametrize("task", ["vad", "events"])
def test_an_empty_folder_is_told_what_the_task_takes(task, tmp_path, capsys):
    (tmp_path / "a").mkdir()
    assert cli.main(["train", "--task", task, "--corpus", str(tmp_path)]) == 1
    assert f"{tmp_path}: no file in it; task '{task}' takes " in capsys.readouterr().err
