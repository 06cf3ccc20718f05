"""The page without a browser: uploads, choices, what it says, how it is served."""

import asyncio
import re
import socket
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from lnnlab import paths, store
from lnnlab.errors import UserError
from lnnlab.jobs import Job, Settings
from lnnlab.jobs.progress import DONE, FAILED, READ, RUNNING, Status
from lnnlab.jobs.wrong import LISTED, WINDOWS
from lnnlab.page import pictures, server
from lnnlab.page.browser import Upload
from lnnlab.page.choices import Making, Reading
from lnnlab.page.flow import Page
from lnnlab.page.mistakes import Mistakes
from lnnlab.page.words import progress_line, reading_html, said

MARKUP = "<script>alert(1)</script>"
READING = {"text": f"{MARKUP}: 1 file read.", "columns": {"t": "time", "x": "channel", "y": ""},
           "classes": {"a": 3, "b": 4}, "channels": ["x"], "rate_hz": 50.0, "irregular": False,
           "sound": False, "windows": 7, "rules": {"time": "in time", "load": "leave one load out"},
           "rule": "load"}


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_JOBS", str(tmp_path / "jobs"))


class Talk:
    """An upload widget without a browser: what is sent to it, and what it answers."""

    def __init__(self, monkeypatch):
        self.taken, self.answers = [], []
        monkeypatch.setattr(Upload, "send", lambda _, told, *__: self.answers.append(told))
        self.widget = Upload(self.taken.append, lambda: None)

    def tell(self, told, *buffers):
        self.widget._got(None, told, list(buffers))
        return self.answers[-1]


def begin(talk, size, turn=1, name="x.csv"):
    return talk.tell({"kind": "begin", "turn": turn, "name": name, "size": size})


def test_an_upload_is_taken_slice_by_slice(monkeypatch):
    talk = Talk(monkeypatch)
    assert begin(talk, 6) == {"turn": 1, "kind": "next", "at": 0}
    assert talk.tell({"kind": "slice", "turn": 1, "at": 0}, b"1234")["at"] == 4
    last = talk.tell({"kind": "slice", "turn": 1, "at": 4}, b"56")
    assert last == {"turn": 1, "kind": "done", "line": "x.csv is here."}
    (job,) = talk.taken
    assert (job.folder / "upload").read_bytes() == b"123456"


def test_an_upload_that_cannot_be_is_refused_and_leaves_no_job(monkeypatch):
    talk = Talk(monkeypatch)
    assert begin(talk, 0)["line"] == "x.csv: the file is empty; save it again"
    begin(talk, 6, 2)
    assert talk.tell({"kind": "slice", "turn": 2, "at": 0}, b"1234567")["kind"] == "refused"
    begin(talk, 6, 3)
    begin(talk, 6, 4)  # another file in its place
    assert talk.tell({"kind": "abandon", "turn": 4})["kind"] == "refused"
    assert talk.tell({"kind": "slice", "turn": 4, "at": 0}, b"1")["kind"] == "refused"
    assert not talk.taken and not list(paths.jobs().iterdir())


def test_an_upload_that_nothing_more_comes_of_is_given_up(monkeypatch):
    talk = Talk(monkeypatch)
    monkeypatch.setattr("lnnlab.page.browser.SILENT_S", 0.05)

    async def silent():
        begin(talk, 6)
        assert len(list(paths.jobs().iterdir())) == 1
        await asyncio.sleep(0.3)

    asyncio.run(silent())
    assert not list(paths.jobs().iterdir())


def test_roles_that_nobody_corrected_are_left_to_the_reader():
    part = Reading()
    part.show(READING, Settings(window=64))
    assert part.chosen() == {"window": 64, "rate_hz": 50.0}
    part.rate.value = " 12,5 "
    assert part.chosen()["rate_hz"] == 12.5
    part.rate.value = "fast"
    with pytest.raises(UserError, match="rate = 'fast': not a number"):
        part.chosen()


def test_roles_that_were_corrected_are_said():
    part = Reading()
    part.show(READING, Settings())
    time_, x, y = part.columns.children
    y.value, time_.value = "class", ""
    chosen = part.chosen()
    assert Settings(**chosen) == Settings(label="y", channels=("x",), rate_hz=50.0)
    x.value = "class"
    with pytest.raises(UserError, match="x and y: choose one column as class"):
        part.chosen()


def test_what_is_made_is_chosen_among_what_there_is():
    part = Making()
    part.show(READING, Settings(board="stm32l476", steps=300))
    assert part.rule.value == "load"
    chosen = Settings(**part.chosen())
    assert chosen == Settings(rule="load", board="stm32l476", steps=300)


def test_what_came_with_recordings_is_escaped_in_every_line():
    for html in (said(MARKUP), said(MARKUP, True), reading_html(READING),
                 progress_line(Status(FAILED, MARKUP), None),
                 progress_line(Status(RUNNING, MARKUP), None)):
        assert "<script" not in html and "&lt;script&gt;" in html


def test_lines_say_what_is_next():
    assert "Nothing tells the rate" in progress_line(Status(READ), READING | {"rate_hz": None})
    assert "irregular" in progress_line(Status(READ), READING | {"irregular": True})
    assert "then Train" in progress_line(Status(READ), READING)
    running = Status(RUNNING, "training the CNN", 10, {"CNN": [[1, 1]] * 3}, time.time() + 12.4)
    assert "Training the CNN, epoch 3 of 20, about 12 s left" in progress_line(running, None)
    assert "Say below what each column is" in reading_html({"columns": {"x": ""}})


def kept_job(state, **more):
    job = Job.new()
    job.called(f"{MARKUP}.csv")
    Settings().save(job.folder)
    store.write_text(job.folder / "reading.json", store.json.dumps(READING))
    store.write_bytes(job.picture, b"")
    replace(Status(state, "so"), **more).save(job.folder)
    return job


def shown_of(job):
    page = Page()

    async def look():
        page.open(job)
        await asyncio.wait_for(asyncio.shield(page._task), 20)

    asyncio.run(look())
    return page


def visible(widget):
    return widget.layout.display != "none"


def test_a_page_over_a_job_that_was_read_offers_training():
    page = shown_of(kept_job(READ))
    assert visible(page.train) and not page.train.disabled and not visible(page.stop)
    assert "&lt;script&gt;" in page.text.value and not page.download.ready
    assert not visible(page.result) and page.address.job == page.job.id


def test_a_page_over_irregular_times_asks_for_a_rate():
    job = kept_job(READ)
    odd = READING | {"irregular": True, "rate_hz": None}
    store.write_text(job.folder / "reading.json", store.json.dumps(odd))
    assert shown_of(job).train.disabled


def test_a_page_over_a_done_job_offers_its_zip():
    job = kept_job(DONE, epochs=1, curves={"Liquid network": [[1.0, 1.0]]})
    store.write_text(job.folder / "result.json", store.json.dumps({"upload": "x"}))
    store.write_text(job.folder / "result.html", "<p>result</p>")
    store.write_bytes(job.zip, b"PK")
    page = shown_of(job)
    assert page.download.ready and visible(page.result) and visible(page.curve)
    assert page.result.value == "<p>result</p>"
    page.forget.click()
    assert page.job is None and not job.folder.exists() and "Deleted" in page.line.value


def test_a_page_tells_a_job_that_is_gone_from_none():
    page = Page()
    page._found("")
    assert "deleted after seven days" in page.line.value
    page._found("0" * 32)
    assert "no longer here" in page.line.value and page.job is None


def test_wrong_windows_are_seen_and_heard():
    job = Job.new()
    x = np.sin(np.arange(8000) / 5).astype(np.float32)[None, :, None]
    told = {"wrong": 30, "of": 90, "rate_hz": 8000.0, "channels": ["sound"], "items": [
        {"truth": MARKUP, "guess": "b", "recording": MARKUP, "start_s": 1.5}]}
    store.write_text(job.folder / LISTED, store.json.dumps(told))
    with store.replacing(job.folder / WINDOWS) as place:
        store.ARRAY.save(x, place)
    part = Mistakes()
    part.show(job)
    assert "30 of 90 windows wrongly; 1 of them" in part.title.value
    assert part.picture.value.startswith('<img src="data:image/png;base64,iVBOR')
    assert "<script" not in part.picture.value and "taken for b" in part.picture.value
    assert '<audio controls src="data:audio/wav;base64,' in part.player.value
    told["rate_hz"] = 100.0
    store.write_text(job.folder / LISTED, store.json.dumps(told))
    part.show(job)
    assert "<audio" not in part.player.value and "<script" not in part.player.value


def test_pictures_take_any_name():
    names = ["$\\frac{$", "_hidden", ""]
    assert pictures.window(np.zeros((10, 3)), None, names).startswith(b"\x89PNG")
    assert pictures.curves(Status(epochs=5)).startswith(b"\x89PNG")


def test_the_served_notebook_is_the_marked_cells_with_a_title():
    cells = server.marked(paths.NOTEBOOKS / server.NOTEBOOK).cells
    assert cells[0].source == "# Train on your recordings"
    assert [each.cell_type for each in cells] == ["markdown", "markdown", "code"]
    assert "page.show()" in cells[2].source


def test_nobody_is_served_without_the_token_nor_from_elsewhere():
    given = server.settings(8866, "secret")
    assert given["Voila"]["ip"] == "127.0.0.1" and given["Voila"]["token"] == "secret"
    assert given["Voila"]["port_retries"] == 0
    assert given["MappingKernelManager"]["cull_idle_timeout"] > 0


def test_a_taken_port_is_a_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "lnnlab", "page", "--no-browser", "--port", str(port)],
            cwd=paths.ROOT, capture_output=True, text=True)
    assert ran.returncode == 1 and not ran.stdout
    assert re.fullmatch(rf"lnnlab: port {port}: Address already in use; choose another one, such "
                        rf"as 'make page PORT={port + 1}'\n", ran.stderr), ran.stderr


def test_without_voila_the_notebook_is_named(monkeypatch):
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="voila is not installed.*notebook 12"):
        server.serve()


def test_the_page_is_up_before_torch_is():
    said = subprocess.run(
        [sys.executable, "-c", "import sys, lnnlab.page; lnnlab.page.page(); "
         "print(*sorted({'torch', 'pandas', 'scipy', 'sklearn'} & set(sys.modules)))"],
        cwd=paths.ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""


def test_status_of_a_running_job_is_polled_until_it_ends():
    job = kept_job(RUNNING)
    page, seen = Page(), []

    async def look():
        from filelock import FileLock

        with FileLock(job.folder / "alive.lock"):
            page.open(job)
            await asyncio.sleep(0.5)
            seen.append((page.upload.busy, visible(page.stop), page.train.disabled))
            Status(READ).save(job.folder)
        await asyncio.wait_for(page._task, 20)

    began = time.monotonic()
    asyncio.run(look())
    assert seen == [(True, True, True)] and time.monotonic() - began < 20
    assert not page.upload.busy
