"""Jobs without a browser: uploads, what is read of them, a training from end to end."""

import copy
import errno
import io
import json
import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import time
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from lnnlab import lnn_file, paths
from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.experiments.run import Budget, Run
from lnnlab.experiments.training import train
from lnnlab.jobs import Incoming, Job, Settings, inbox, sweep, unpack, upload
from lnnlab.jobs import __main__ as runner
from lnnlab.jobs.board import on_board
from lnnlab.jobs.example import example_csv
from lnnlab.jobs.job import READ, TRAIN, ZIP
from lnnlab.jobs.names import in_words
from lnnlab.jobs.progress import DONE, FAILED, RUNNING, STARTING, STOPPED, Progress, Status
from lnnlab.jobs.reading import read, recordings_of, split_of
from lnnlab.jobs.report import shown
from lnnlab.jobs.settings import LAYOUTS
from lnnlab.jobs.training import EPOCHS, epochs_of, rivals
from lnnlab.jobs.wrong import wrong_of
from lnnlab.runtime import layouts

MARKUP, FORMULA = "<img src=x onerror=alert(1)>", "=cmd|' /C calc'!A0 $\\frac{$"
ENDS_COMMENTS = '*/ #error "x" ??/\\ %s%n \u202e'
CLASSES = tuple(sorted((MARKUP, FORMULA, ENDS_COMMENTS)))
RATE_HZ = 1000.0


@pytest.fixture(scope="module", autouse=True)
def own_folders(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LNNLAB_JOBS", str(tmp_path_factory.mktemp("jobs")))
        yield


def table(labels=("hum", "rattle"), rows=512, recordings=4, channels="x"):
    """A CSV of tones, a frequency for each class; each recording ends where the class changes."""
    random, lines = np.random.default_rng(0), [f"{channels},label"]
    for number in range(recordings * len(labels)):
        k = number % len(labels)
        signal = np.sin(0.3 * (k + 1) * np.arange(rows)) + 0.1 * random.normal(size=rows)
        quoted = '"' + labels[k].replace('"', '""') + '"'
        lines += [f"{value:.4f},{quoted}" for value in signal]
    return ("\n".join(lines) + "\n").encode()


def job_of(data, name="mine.csv"):
    job = Job.new()
    incoming = Incoming(job, name, len(data))
    while not incoming.done:
        incoming.take(incoming.taken, data[incoming.taken : incoming.taken + 100_000])
    return job


def zip_of(files, **more):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data, **more)
    return buffer.getvalue()


def refusal(work, *given):
    with pytest.raises(UserError) as error:
        work(*given)
    line = str(error.value)
    assert "\n" not in line and str(paths.jobs()) not in line and str(paths.ROOT) not in line
    return line


def left(job):
    return sorted(each.name for each in job.folder.iterdir())


# ---- one training from end to end, of classes with markup, formulas and ends of comments ----


@pytest.fixture(scope="module")
def done():
    job = job_of(table(CLASSES), f"{MARKUP}.csv")
    settings = Settings(rate_hz=RATE_HZ, window=64, steps=60, board="stm32l476", layout="arduino")
    job.start(READ, settings)
    read_as = job.wait()
    job.start(TRAIN, settings)
    seen = []
    while (status := job.status()).running:
        seen.append((status, status.left_s))
        time.sleep(0.02)
    return SimpleNamespace(job=job, read=read_as, seen=seen, status=status)


def test_a_job_reads_and_tells(done):
    assert done.read.state == "read"
    reading = done.job.reading
    assert reading["columns"] == {"x": "channel", "label": "class"}
    assert reading["classes"] == dict.fromkeys(CLASSES, 32) and reading["rate_hz"] == RATE_HZ
    assert "3 classes from column 'label'" in reading["text"]
    assert reading["text"].startswith(f"{MARKUP}.csv: ")  # as the person calls it
    assert reading["rule"] in reading["rules"]
    assert done.job.picture.read_bytes().startswith(b"\x89PNG")


def test_a_job_shows_curves_and_time_left_while_it_runs(done):
    assert done.status.state == DONE, (done.status, (done.job.folder / "log.txt").read_text())
    curves = done.status.curves
    assert list(curves) == ["Liquid network", "CNN"]
    assert {len(curve) for curve in curves.values()} == {done.status.epochs}
    assert all(len(point) == 2 for point in curves["CNN"])
    assert any(left_s and 0 < left_s < 600 for _, left_s in done.seen)
    shown = [sum(map(len, each.curves.values())) for each, _ in done.seen]
    assert shown == sorted(shown) and len(set(shown)) > 3


def test_a_result_states_basis_split_items_and_nulls(done):
    result = done.job.result
    assert set(result["accuracy"]) == {
        "Liquid network", "CNN", "logistic regression on band statistics (null)",
        "majority class (null)"}
    for each in result["accuracy"].values():
        assert each["items"] == result["split"]["test"] and 0 <= each["value"] <= 1
    assert result["accuracy"]["Liquid network"]["value"] > 0.9
    for own in result["networks"].values():
        confusion = np.array(own["confusion"])
        assert confusion.sum() == result["split"]["test"]
        assert own["accuracy"] == pytest.approx(np.trace(confusion) / confusion.sum())
        assert [each["mismatches"] for each in own["parity"].values()] == [0, 0]
        assert set(own["parity"]) == {"host", "cortex-m4"}
        assert 0 < own["cycles"][0] <= own["cycles"][1] and own["battery_days"] > 0
        ms = sum(own["cycles"]) / 2 / 80e3  # 80 MHz
        assert sum(own["latency_ms"]) / 2 == pytest.approx(ms)
    html = done.job.shown
    for text in ("measured", "emulated", "modelled", "first 60 %", "95 % interval", "(null)"):
        assert text in html
    assert f"{result['split']['test']} windows of" in html


def test_a_report_says_what_a_board_or_battery_cannot(done):
    result = copy.deepcopy(done.job.result)
    liquid, cnn = result["networks"].values()
    liquid |= {"battery_warning": "peaks of 18 mA", "battery_days": 3.2}
    for name in ("flash_bytes", "ram_bytes", "cycles", "latency_ms", "energy_mj", "average_mw",
                 "battery_days"):
        cnn.pop(name)
    cnn |= {"board_says": "the model needs 61,154 bytes of flash"}
    cnn["parity"]["host"]["mismatches"] = 2
    result["rate_hz"] = None
    html = shown(result)
    assert "3.2 days, were it not beyond its current" in html
    for line in ("Liquid network on CR2032: peaks of 18 mA", "CNN: the model needs 61,154 bytes",
                 "CNN: the C DIFFERS from", "in 2 cases", "No sampling rate is known"):
        assert line in html
    assert html.count("<td>—</td>") == 7


def test_a_board_without_a_cycle_model_gets_no_cycles(done):
    dataset, settings = recordings_of(done.job)
    run = Run(dataset, split_of(dataset, settings), rivals(dataset)["liquid"], 0, Budget(1, 1))
    saved = train(run).saved
    figures = on_board(saved, run, Settings(board="stm32h743")).figures
    assert figures["board_says"] == "no cycles: no validated cycle model for cortex-m7"
    assert figures["flash_bytes"] > 0 and "cycles" not in figures
    assert figures["parity"]["cortex-m7"]["mismatches"] == 0


def test_names_that_came_with_recordings_are_escaped_and_never_places(done):
    with zipfile.ZipFile(done.job.folder / ZIP) as archive:
        report = archive.read("report.html").decode()
        names = archive.namelist()
    for html in (done.job.shown, report):
        assert "<img" not in html and "&lt;img src=x onerror=alert(1)&gt;" in html
        assert str(paths.jobs()) not in html and done.job.id not in html
    assert all(re.fullmatch(r"[\w./-]+", name) for name in names)
    assert not any("img" in each or "frac" in each for each in left(done.job))


def test_the_zip_holds_c_that_builds_models_that_load_and_the_report(done, tmp_path):
    with zipfile.ZipFile(done.job.folder / ZIP) as archive:
        archive.extractall(tmp_path)
    for name in ("liquid", "cnn"):
        model = lnn_file.read(tmp_path / f"{name}.lnn")
        assert model.classes == CLASSES
        folder = tmp_path / name
        assert (folder / "library.properties").is_file() and (folder / "README.md").is_file()
        if shutil.which("gcc"):
            for file in folder.glob("src/*.c"):
                subprocess.run(["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", str(file),
                                "-o", str(tmp_path / "x.o")], check=True)


def test_what_was_got_wrong_is_kept_to_be_looked_at(done):
    told, windows = wrong_of(done.job.folder)
    matrix = np.array(done.job.result["networks"]["liquid"]["confusion"])
    assert told["wrong"] == matrix.sum() - np.trace(matrix) and told["of"] == matrix.sum()
    assert len(told["items"]) == len(windows) == min(told["wrong"], 24)
    assert all(each["truth"] != each["guess"] for each in told["items"])
    assert all(each["recording"].startswith(f"{MARKUP}.csv, rows") for each in told["items"])
    assert windows.shape[1:] == (64, 1)


# ---- processes: stopped, killed, found again ----


def begun(steps=100_000):
    job = job_of(table())
    job.start(TRAIN, Settings(rate_hz=RATE_HZ, window=64, steps=steps))
    assert "is at work" in refusal(job.start, TRAIN, Settings())  # before it holds its lock, too
    end = time.monotonic() + 90
    while not job.status().curves and time.monotonic() < end:
        assert job.status().running, job.status()
        time.sleep(0.05)
    return job


def test_a_job_that_is_stopped_leaves_nothing_half_written_and_starts_again():
    job = begun()
    assert job.alive
    assert "is at work" in refusal(job.start, TRAIN, Settings())
    job.stop()
    assert job.wait(30).state == STOPPED and not job.alive and job.result is None
    assert not (job.folder / ZIP).exists()
    assert not [name for name in left(job) if name.startswith(".") and "lock" not in name]
    job.start(READ, Settings(window=64))
    assert job.wait().state == "read"
    again = Job.find(job.id)  # as a page over another kernel does
    assert again == job and again.status().state == "read" and again.settings.window == 64
    job.delete()
    assert not job.folder.exists() and Job.find(job.id) is None


def test_a_process_that_is_killed_is_said_to_be_gone():
    job = begun()
    os.kill(json.loads((job.folder / "process.json").read_text()), signal.SIGKILL)
    status = job.wait(30)
    assert status.state == FAILED and "ended before it was done" in status.stage
    assert status.curves["Liquid network"]  # what was seen stays


def test_a_vanished_process_on_a_full_disk_says_so(monkeypatch):
    job = Job.new()
    Status(RUNNING, "training").save(job.folder)
    monkeypatch.setattr("lnnlab.jobs.job.shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    assert "no space is left" in job.status().stage


def test_a_process_that_has_not_begun_yet_is_waited_for(monkeypatch):
    job = Job.new()
    Status(STARTING, "starting").save(job.folder)
    assert job.status().state == STARTING
    monkeypatch.setattr("lnnlab.jobs.job.STARTS_S", 0.0)
    assert job.status().state == FAILED


@pytest.fixture()
def here(monkeypatch):
    """A job's task done in this process."""
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    return lambda task, job: runner.main(task, job.folder)


@pytest.mark.parametrize("error, said", [
    (OSError(errno.ENOSPC, "No space left on device"), "no space is left on the disk: make room"),
    (MemoryError(), "not enough memory for these recordings"),
    (ZeroDivisionError(), "a fault of lnnlab (ZeroDivisionError): please report it"),
    (PermissionError(errno.EACCES, "Permission denied", "/x/y"), "choose a place that you may"),
])
def test_whatever_ends_a_job_is_a_line(here, monkeypatch, error, said):
    def failing(_):
        raise error

    monkeypatch.setattr("lnnlab.jobs.training.recordings_of", failing)
    job = job_of(table())
    assert here(TRAIN, job) == 1 and not job.alive
    status = job.status()
    assert status.state == FAILED and said in status.stage and "\n" not in status.stage


def test_a_disk_that_fills_up_while_a_job_writes_is_a_line(here, monkeypatch):
    def full(*_):
        raise UserError("x: cannot be written") from OSError(errno.ENOSPC, "No space left")

    monkeypatch.setattr("lnnlab.jobs.reading.read", full)
    job = job_of(table())
    assert here(READ, job) == 1
    assert job.status().stage == "no space is left on the disk: make room, then try again"


def test_identities_cannot_be_guessed_and_lead_nowhere_else(tmp_path):
    jobs = [Job.new() for _ in range(3)]
    assert len({each.id for each in jobs}) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", each.id) for each in jobs)
    assert stat.S_IMODE(jobs[0].folder.stat().st_mode) == 0o700
    for name in ("", "..", "../" + jobs[0].id, jobs[0].id[:-1], "0" * 32, jobs[0].id.upper() + "/"):
        assert Job.find(name) is None


def test_jobs_that_nobody_touched_are_swept():
    old, whole, cut_off, new = job_of(b"1"), job_of(b"1"), Job.new(), Job.new()
    (cut_off.folder / ".upload.0123").write_bytes(b"half")
    for job, age_s in ((old, 8 * 86_400), (whole, 7200), (cut_off, 7200)):
        os.utime(job.folder, (time.time() - age_s,) * 2)
    sweep()
    assert [each.folder.exists() for each in (old, whole, cut_off, new)] == [
        False, True, False, True]


def test_progress_tells_time_left_from_epochs_that_were(tmp_path):
    progress = Progress(tmp_path)
    progress.begin(2, 4)
    told = progress.epoch_of("one")
    for epoch in (1, 2):
        told(epoch, {"train_loss": 1.0, "validation_loss": 2.0})
    status = Status.of(tmp_path)
    assert status.curves == {"one": [[1.0, 2.0], [1.0, 2.0]]} and 10 < status.left_s < 13


def test_on_epoch_is_told_of_each_epoch_and_may_end_the_training():
    dataset = load("bearing_sim", windows_per_recording=4, window=256)
    from lnnlab.data import make_splits

    run = Run(dataset, make_splits(dataset, "load")[0], rivals(dataset)["liquid"], 0, Budget(3, 3))
    told = []
    made = train(run, on_epoch=lambda epoch, losses: told.append((epoch, losses)))
    assert [epoch for epoch, _ in told] == [1, 2, 3]
    assert [losses for _, losses in told] == made.fit.history

    def enough(epoch, _):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(run, on_epoch=enough)


# ---- uploads ----


def test_an_upload_in_slices_is_whole_or_not_there():
    data, job = os.urandom(250_000), Job.new()
    incoming = Incoming(job, "C:\\Users\\me\\../../x.csv", len(data))
    assert job.upload_name == "x.csv"
    job.called("a/\x00b\n\u202ec.csv")
    assert job.upload_name == "b  c.csv"
    assert incoming.take(0, data[:100_000]) == 100_000
    assert incoming.take(0, data[:100_000]) == 100_000  # twice: passed over
    assert incoming.take(200_000, data[200_000:]) == 100_000  # too early
    assert not (job.folder / inbox.UPLOAD).exists()
    incoming.take(100_000, data[100_000:200_000])
    assert incoming.take(200_000, data[200_000:]) == len(data) and incoming.done
    assert (job.folder / inbox.UPLOAD).read_bytes() == data
    assert left(job) == ["name.json", "upload"]


def test_an_upload_that_is_given_up_leaves_nothing():
    job = Job.new()
    incoming = Incoming(job, "x.csv", 1000)
    incoming.take(0, b"1" * 10)
    incoming.abandon()
    assert left(job) == ["name.json"]
    incoming = Incoming(job, "x.csv", 10)
    assert "longer than announced" in refusal(incoming.take, 0, b"1" * 11)
    assert left(job) == ["name.json"]


def test_uploads_that_cannot_be_are_refused_before_they_begin(monkeypatch, tmp_path):
    job = Job.new()
    assert "x.csv: the file is empty" in refusal(Incoming, job, "x.csv", 0)
    assert "more than 1.07 GB" in refusal(Incoming, job, "x.csv", 5 << 30)
    monkeypatch.setattr(inbox.shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 20))
    assert "no space is left" in refusal(Incoming, job, "x.csv", 60_000_000)
    assert left(job) == ["name.json"]
    before, large = set(paths.jobs().iterdir()), tmp_path / "x.csv"
    large.write_bytes(b"1" * (1 << 20))
    assert "no space is left" in refusal(upload, large)
    assert "no such file" in refusal(upload, tmp_path)
    assert set(paths.jobs().iterdir()) == before


def test_a_disk_that_fills_up_while_uploading_is_a_line():
    job = Job.new()
    incoming = Incoming(job, "x.csv", 100)

    class Full:
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    incoming._file = Full()
    assert "no space is left" in refusal(incoming.take, 0, b"1" * 100)
    assert left(job) == ["name.json"]


def unpacked(data, name="mine.zip"):
    job = job_of(data, name)
    try:
        place = unpack.unpacked(job.folder / inbox.UPLOAD, job.folder, job.upload_name)
    except UserError:
        assert left(job) == ["name.json", "upload"]
        raise
    return sorted(str(each.relative_to(place)) for each in place.rglob("*") if each.is_file())


@pytest.mark.parametrize("path", ["../x.csv", "/etc/x.csv", "a/../../x.csv", "..\\x.csv",
                                  "C:\\x.csv", "a/b/../../../x.csv"])
def test_zips_whose_paths_climb_are_refused(path):
    assert "leaves its folder" in refusal(unpacked, zip_of({path: "1", "a/y.csv": "2"}))


def test_zip_bombs_are_refused():
    bomb = zip_of({f"a/{k}.csv": b"0" * (40 << 20) for k in range(4)})
    assert len(bomb) < 200_000
    assert "would unpack to 168 MB" in refusal(unpacked, bomb)
    many = zip_of({f"{k}.csv": "" for k in range(20_001)})
    assert "20,001 files, more than 20,000" in refusal(unpacked, many)


def test_a_zip_that_lies_about_its_sizes_is_refused(monkeypatch):
    data = bytearray(zip_of({"a/x.csv": b"0" * 3_000_000}))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.find(mark) + offset, 1000)
    assert "damaged" in refusal(unpacked, bytes(data))
    monkeypatch.setattr(unpack.shutil, "disk_usage", lambda _: SimpleNamespace(free=17 << 20))
    assert "no room to unpack" in refusal(unpacked, zip_of({"a/x.csv": os.urandom(2 << 20)}))


def test_zips_of_other_things_are_refused():
    assert "no table and no sound" in refusal(unpacked, zip_of({"a.exe": "1", "b/c.png": "2"}))
    assert "no table and no sound" in refusal(unpacked, zip_of({}))
    assert "an office document" in refusal(unpacked, zip_of({"[Content_Types].xml": "1"}), "a.xlsx")
    assert "damaged" in refusal(unpacked, zip_of({"a/x.csv": "1,2"})[:-30])
    data = bytearray(zip_of({"a/x.csv": "1"}))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refusal(unpacked, bytes(data))


def test_stored_names_are_ours_and_still_tell_classes():
    files = {"mine/gut/a b.csv": "1", "mine/<b>schlecht</b>/c.csv": "2", "mine/gut/A B.CSV": "3",
             "mine/.hidden/x.csv": "4", "__MACOSX/mine/._a.csv": "5", "mine/größe/ü.csv": "6",
             "mine/gut/notes.exe": "7"}
    assert unpacked(zip_of(files)) == [
        "b_schlecht_/b_/c.csv", "größe/ü.csv", "gut/A B_2.CSV", "gut/a b.csv"]


def test_links_in_a_zip_are_left_out():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("a/passwd.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a/x.csv", "1")
    assert unpacked(buffer.getvalue()) == ["a/x.csv"]


# ---- what is read ----


@pytest.mark.parametrize("data, name, said", [
    (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "photo.csv", "photo.csv: a picture"),
    (b"\xff\xd8\xff\xe0" + bytes(range(256)), "photo.csv", "photo.csv: a picture"),
    (b"\n\n\n", "mine.csv", "mine.csv: the file is empty"),
    (b"x,label\n", "mine.csv", "mine.csv: a header and no rows"),
    (b"RIFF....WAVE", "one.wav", "one sound file; put the recordings into a folder"),
    (b"MZ....", "setup.exe", "neither a table nor a zip"),
    (table(("only",)), "mine.csv", "needs two classes or more, found: only"),
    (table(tuple(f"c{k}" for k in range(150)), 260, 1), "mine.csv", "150 classes from column"),
])
def test_bad_files_are_answered_in_a_line(data, name, said):
    job = job_of(data, name)
    assert said in refusal(read, job)


def test_ten_thousand_classes_are_answered_in_a_line():
    lines = ["x,label"] + [f"{k % 7},class {k // 2}" for k in range(20_000)]
    job = job_of("\n".join(lines).encode())
    Settings(label="label", window=2).save(job.folder)
    line = refusal(read, job)
    assert "10,000" in line and "class" in line


def test_settings_that_cannot_be_are_refused():
    for given, said in (({"rate_hz": 0.0}, "rate = 0 Hz: must be above zero"),
                        ({"rate_hz": float("nan")}, "must be above zero"),
                        ({"window": 0}, "window = 0"), ({"steps": 0}, "steps = 0"),
                        ({"board": "stm32f40"}, "did you mean"), ({"battery": "AAA"}, "battery"),
                        ({"layout": "cmak"}, "did you mean 'cmake'")):
        with pytest.raises(UserError, match=re.escape(said)):
            Settings(**given)
    assert set(LAYOUTS) == set(layouts.LAYOUTS)


def test_settings_survive_their_file(tmp_path):
    chosen = Settings(label="c", channels=("a", "b"), groups=("g",), rate_hz=8.0, rule="g")
    chosen.save(tmp_path)
    assert Settings.of(tmp_path) == chosen and Settings.of(tmp_path / "none") == Settings()


def test_columns_that_were_corrected_are_read_so():
    lines = ["a,b,kind"] + [f"{np.sin(k / 3):.3f},{k % 5},{'up' if k < 400 else 'down'}"
                            for k in range(800)]
    job = job_of("\n".join(lines).encode())
    Settings(label="kind", channels=("a",), window=32, rate_hz=10.0).save(job.folder)
    reading = read(job)
    assert reading["columns"] == {"a": "channel", "b": "", "kind": "class"}
    assert reading["channels"] == ["a"] and reading["rate_hz"] == 10.0


def test_a_table_without_classes_still_tells_its_columns(here):
    job = job_of(b"a,b\n" + b"1.5,2.5\n" * 300)
    assert here(READ, job) == 1
    status = job.status()
    assert status.state == FAILED and "label" in status.stage
    assert job.reading == {"columns": {"a": "", "b": ""}}


def test_times_that_are_irregular_need_a_rate():
    random = np.random.default_rng(0)
    times = np.cumsum(random.uniform(0.5, 1.5, 1200))
    lines = ["t_s,x,label"] + [f"{t:.3f},{np.sin(t):.3f},{'ab'[k // 600]}"
                               for k, t in enumerate(times)]
    job = job_of("\n".join(lines).encode())
    Settings(window=32).save(job.folder)
    assert read(job)["irregular"]
    Settings(window=32, rate_hz=1.0).save(job.folder)
    again = read(job)
    assert not again["irregular"] and again["rate_hz"] == 1.0


def test_zips_of_folders_are_read_by_class():
    rows = "x\n" + "\n".join(f"{np.sin(k / 2):.3f}" for k in range(300))
    files = {f"mine/{name}/{k}.csv": rows for name in ("good", "bad") for k in range(3)}
    job = job_of(zip_of(files), "mine.zip")
    reading = read(job)
    assert "mine.zip: 6 files read" in reading["text"]
    assert set(reading["classes"]) == {"bad", "good"}
    assert read(job) == reading  # unpacked once


def test_messages_name_the_upload_and_no_place(tmp_path):
    lines = table(rows=300).decode().splitlines()
    lines[600] = "zz,hum"
    line = refusal(read, job_of("\n".join(lines).encode()))
    assert line.startswith("mine.csv, row 601, column 'x': 'zz' where a finite number belongs")
    job = Job.new()
    deep = f"{job.folder}/recordings/good/1.csv: bad; give rate_hz (--rate-hz)"
    assert in_words(deep, job) == "good/1.csv: bad; give the rate"


def test_the_example_is_read_with_its_rate_and_groups(tmp_path):
    job = upload(example_csv(tmp_path / "bearings.csv"))
    Settings(groups=("load",)).save(job.folder)
    reading = read(job)
    assert reading["rate_hz"] == 12_000 and reading["rule"] == "load" and not reading["irregular"]
    assert "Groups: load (3), bearing (8)" in reading["text"]


def test_budgets_in_steps_become_epochs_within_bounds():
    assert epochs_of(1000, 640) == 100 and epochs_of(1000, 641) == 91
    assert (epochs_of(300, 10**6), epochs_of(5000, 10)) == EPOCHS
