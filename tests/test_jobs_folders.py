"""A job's folder over time: deleted for good, files that were tampered with, kept while used."""

import asyncio
import json
import os
import subprocess
import time

import pytest

from lnnlab.errors import UserError
from lnnlab.jobs import Job, Settings, sweep
from lnnlab.jobs import __main__ as runner
from lnnlab.jobs.inbox import Incoming
from lnnlab.jobs.job import READ, TRAIN
from lnnlab.jobs.progress import FAILED, Progress, Status, Stopped, end_if_asked
from lnnlab.jobs.wrong import LISTED, wrong_of
from lnnlab.page import server
from lnnlab.page.flow import Page

TABLE = "x,label\n" + "".join(
    f"{(k * 7919) % 101 / 100},{'ab'[k // 500 % 2]}\n" for k in range(4000))


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_JOBS", str(tmp_path / "jobs"))


def job_of(text=TABLE):
    job = Job.new()
    Incoming(job, "mine.csv", len(text)).take(0, text.encode())
    return job


def gone(process):
    """Whether a process ended and somebody took note of it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def process_of(job):
    return json.loads((job.folder / "process.json").read_text())


# ---- deleted ----


def test_a_job_that_is_deleted_while_it_starts_does_not_come_back():
    job = job_of()
    job.start(READ, Settings(window=64))
    process = process_of(job)
    assert not job.alive
    job.delete()
    assert gone(process) and not job.folder.exists()


def test_a_job_that_is_deleted_while_it_works_does_not_come_back():
    job = job_of()
    job.start(TRAIN, Settings(window=64, steps=100_000))
    process, end = process_of(job), time.monotonic() + 120
    while not job.alive and time.monotonic() < end:
        time.sleep(0.02)
    assert job.alive
    job.delete()
    assert not job.folder.exists()
    os.waitpid(process, 0)  # until it has done all that it ever does
    assert not job.folder.exists()


def test_a_process_whose_job_was_deleted_writes_nothing(monkeypatch):
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    early, late = Job.new(), job_of()
    early.delete()
    assert runner.main(READ, early.folder) == 1 and not early.folder.exists()

    def deleted_meanwhile(job):
        job.folder.rename(job.folder.with_name("elsewhere"))
        end_if_asked(job.folder)

    monkeypatch.setattr("lnnlab.jobs.reading.read", deleted_meanwhile)
    assert runner.main(READ, late.folder) == 1 and not late.folder.exists()


def test_progress_of_a_deleted_job_ends_it(tmp_path):
    folder = tmp_path / "job"
    progress = Progress(folder, lambda: end_if_asked(folder))
    with pytest.raises(Stopped):
        progress.stage("training")
    assert not folder.exists()


# ---- tampered with ----

DAMAGED = {
    "settings.json": ("{", "[]", "null", '{"windw": 3}', '{"window": "x"}', '{"rate_hz": "x"}',
                      '{"seed": -1}', '{"channels": "xy"}', "\xff"),
    "status.json": ("{", "[]", "3", '{"state": 5}', '{"curves": {"a": [1]}}', '{"curves": []}',
                    '{"written_s": "x"}', '{"other": 1}', "[" * 100_000),
    "reading.json": ('{"text": "a', "[]", '"x"'), "result.json": ("{", "3"),
    LISTED: ("{", "[]"),
}


@pytest.mark.parametrize("name, text", [(name, text) for name, texts in DAMAGED.items()
                                        for text in texts])
def test_a_damaged_file_is_a_line(name, text):
    job = Job.new()
    (job.folder / name).write_bytes(text.encode("latin1"))
    look = {"settings.json": lambda: job.settings, "status.json": job.status,
            "reading.json": lambda: job.reading, "result.json": lambda: job.result,
            LISTED: lambda: wrong_of(job.folder)}[name]
    with pytest.raises(UserError) as error:
        look()
    line = str(error.value)
    assert "\n" not in line and str(job.folder) not in line and len(line) < 200
    job.delete()
    assert not job.folder.exists()


def test_a_damaged_file_ends_a_process_with_a_line(monkeypatch):
    monkeypatch.setattr(runner.signal, "signal", lambda *_: None)
    job = job_of()
    (job.folder / "settings.json").write_text("{")
    (job.folder / "name.json").write_text("[")
    assert runner.main(READ, job.folder) == 1
    status = job.status()
    assert status.state == FAILED
    assert status.stage.startswith("settings.json: this file of the job is damaged; delete the job")


@pytest.mark.parametrize("name", ["status.json", "reading.json", "settings.json"])
def test_a_page_over_a_damaged_job_says_so_and_can_delete_it(name):
    job, page = job_of(), Page()
    Status("read", "read").save(job.folder)
    (job.folder / "reading.json").write_text('{"columns": {"x": ""}}')
    (job.folder / name).write_text("[")

    async def look():
        page.open(job)
        await asyncio.wait_for(asyncio.shield(page._task), 20)

    asyncio.run(look())
    assert f"{name}: this file of the job is damaged" in page.line.value
    assert page.forget.layout.display != "none"
    page.forget.click()
    assert not job.folder.exists()


def test_a_process_number_that_stands_for_many_is_sent_nothing(monkeypatch):
    sent = []
    monkeypatch.setattr("lnnlab.jobs.job.os.kill", lambda *given: sent.append(given))
    job = Job.new()
    Status("starting", "starting").save(job.folder)
    (job.folder / "process.json").write_text("-1")
    job.delete()
    assert not sent and not job.folder.exists()


# ---- kept while used ----


def of_last_week(job):
    os.utime(job.folder, (time.time() - 8 * 86_400,) * 2)
    return job


def test_a_job_is_kept_while_its_page_is_opened_and_its_zip_saved():
    opened, saved, left = (of_last_week(job_of()) for _ in range(3))

    async def look():
        Page().open(opened)

    asyncio.run(look())
    page = Page()
    page.job = saved
    saved.zip.write_bytes(b"PK")
    of_last_week(saved)
    assert page._zip() == b"PK"
    sweep()
    assert [each.folder.exists() for each in (opened, saved, left)] == [True, True, False]


def test_a_server_sweeps_at_its_start_and_then_regularly(monkeypatch):
    monkeypatch.setattr(server, "SWEEP_S", 0.05)
    jobs, seen = [of_last_week(job_of())], []

    class Voila:
        def wait(self, limit_s):
            seen.append(jobs[-1].folder.exists())
            if len(seen) == 2:
                return 7
            jobs.append(of_last_week(job_of()))
            raise subprocess.TimeoutExpired("voila", limit_s)

    assert server._ended(Voila()) == 7 and seen == [False, False]


# ---- settings ----


@pytest.mark.parametrize("given, line", [
    ({"window": 3.5}, "window = 3.5: choose a whole number from 1 to 65,536"),
    ({"window": True}, "window = True: choose a whole number"),
    ({"steps": "9"}, "steps = '9': choose a whole number from 1 to 100,000"),
    ({"seed": -1}, "seed = -1: choose a whole number from 0 to 4,294,967,295"),
    ({"seed": 2**70}, "choose a whole number from 0 to 4,294,967,295"),
    ({"channels": "xy"}, r"channels = 'xy': give a list of columns"),
    ({"groups": (1,)}, r"groups = \(1,\): give a list of columns"),
    ({"label": 3}, "label = 3: must be a text"), ({"board": ["x"]}, "must be a text"),
    ({"rate_hz": "fast"}, "rate = 'fast': must be a number of Hz"),
    ({"rate_hz": True}, "rate = True: must be a number of Hz"),
])
def test_settings_of_another_type_are_refused(given, line):
    with pytest.raises(UserError, match=line):
        Settings(**given)
