"""The page in a real browser: upload, train, reload, download, and what people do wrong."""

import hashlib
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from lnnlab import paths
from lnnlab.jobs import Job
from lnnlab.page.server import NOTEBOOK

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install "
                                                              "lnnlab[browser]")
pytest.importorskip("voila", reason="no voila: pip install lnnlab[page]")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
                None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium to drive")
LONG_MS = 120_000
MARKUP = "<img src=x onerror=window.PWN=1>"
FORMULA = "=HYPERLINK(\"http://x\") $\\frac{$"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The page behind a port, with jobs in a folder of its own."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LNNLAB_JOBS", str(tmp_path_factory.mktemp("jobs")))
        process = subprocess.Popen(
            [sys.executable, "-m", "lnnlab", "page", "--no-browser", "--port", str(port)],
            cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            address = re.search(r"http://\S+", process.stdout.readline()).group()
            wait_for(lambda: answers(port))
            yield SimpleNamespace(address=address, process=process, port=port)
        finally:
            ended(process)


def ended(process):
    """End a server and the kernels behind it."""
    for each in (*psutil.Process(process.pid).children(recursive=True), process):
        each.terminate()
    process.wait(30)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture()
def person(chromium, served):
    """Someone's tab, nobody else's cookies."""
    context = chromium.new_context()
    yield opened(context.new_page(), served.address)
    context.close()


def opened(tab, address):
    tab.set_default_timeout(LONG_MS)
    tab.goto(address)
    tab.locator(".lnnlab-drop input").wait_for(state="attached")
    return tab


def answers(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def kernels(served):
    """The processes behind tabs."""
    found = psutil.Process(served.process.pid).children(recursive=True)
    return [each for each in found if each.status() != psutil.STATUS_ZOMBIE
            and "ipykernel_launcher" in " ".join(each.cmdline())]


def wait_for(true, limit_s=120.0):
    end = time.monotonic() + limit_s
    while not (found := true()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
    return found


def no_barriers(tab):
    """Axe finds nothing serious, where it is installed."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        return
    found = Axe().run(tab).response["violations"]
    assert not [(each["id"], node["html"][:300]) for each in found for node in each["nodes"]
                if each["impact"] in ("serious", "critical")]


def table(path, labels=("hum", "rattle"), rows=2000):
    """Tones, a frequency for each class, with times that tell the rate."""
    random, lines = np.random.default_rng(0), ["t_s,x,label"]
    for k in range(4 * len(labels)):
        name = labels[k % len(labels)].replace('"', '""')
        signal = np.sin(0.3 * (k % len(labels) + 1) * np.arange(rows)) + random.normal(0, 0.1, rows)
        lines += [f"{(k * rows + n) / 1000:.3f},{value:.4f},\"{name}\""
                  for n, value in enumerate(signal)]
    path.write_text("\n".join(lines) + "\n")
    return path


def drop(tab, path):
    tab.locator(".lnnlab-drop input").set_input_files(path)


def says(tab, text):
    tab.get_by_text(text).first.wait_for()


def was_read(tab):
    tab.get_by_role("heading", name="What was read").wait_for()


def job_of(tab):
    return Job.find(wait_for(lambda: re.search(r"job=([0-9a-f]{32})", tab.url)).group(1))


def button(tab, name):
    return tab.get_by_role("button", name=name)


def wrong_line(tab):
    line = tab.locator(".lnnlab-wrong")
    line.first.wait_for()
    return line.first.inner_text()


def test_from_a_table_to_a_zip_over_a_reload_and_a_dead_kernel(person, served, tmp_path):
    dialogs = []
    person.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    drop(person, table(tmp_path / f"{MARKUP[:14]}.csv", (MARKUP, FORMULA)))
    was_read(person)
    assert "1000 Hz, column 't_s' in seconds" in person.locator(".lnnlab-page").inner_text()
    job = job_of(person)
    assert "token" not in person.url
    person.get_by_label("budget").select_option(label="thorough, 5,000 steps")
    no_barriers(person)
    button(person, "Train").click()
    says(person, re.compile(r"epoch \d+ of \d+, about \d+ s left"))

    person.reload()  # in mid-run
    says(person, re.compile(r"epoch \d+ of \d+"))
    assert job_of(person) == job and job.alive

    for each in wait_for(lambda: kernels(served)):
        each.kill()
    person.goto(person.url)
    says(person, re.compile(r"epoch \d+ of \d+"))
    before = sum(map(len, job.status().curves.values()))
    assert job.alive and before > 0

    button(person, "Stop").click()
    says(person, "stopped; nothing is half written")
    person.get_by_label("budget").select_option(label="quick, 300 steps")
    button(person, "Train").click()
    button(person, "Download").wait_for()
    with person.expect_download() as download:
        button(person, "Download").click()
    download.value.save_as(tmp_path / "got.zip")
    with zipfile.ZipFile(tmp_path / "got.zip") as archive:
        assert {"report.html", "liquid.lnn", "cnn.lnn"} <= set(archive.namelist())
        assert archive.testzip() is None
    shown = person.locator(".lnnlab-page").inner_text()
    for text in ("95 % interval", "Cycles a decision", "Millijoules a decision", "Life of CR2032",
                 "What it got wrong", MARKUP):
        assert text in shown
    no_barriers(person)
    assert person.evaluate("window.PWN") is None and not dialogs
    assert person.locator("img[src='x']").count() == 0
    assert str(paths.jobs()) not in person.content()

    person.reload()  # and it is still there
    button(person, "Download").wait_for()
    button(person, "Delete my recordings").click()
    says(person, "Deleted: recordings, networks and report.")
    assert not job.folder.exists() and "job=" not in person.url


def test_two_people_do_not_see_each_other(person, chromium, served, tmp_path):
    drop(person, table(tmp_path / "mine.csv", rows=600))
    was_read(person)
    other = chromium.new_context()
    try:
        tab = opened(other.new_page(), served.address)
        assert "mine.csv" not in tab.content() and "job=" not in tab.url
        drop(tab, table(tmp_path / "theirs.csv", ("low", "high"), rows=600))
        was_read(tab)
        assert job_of(tab) != job_of(person)
        assert "theirs.csv" not in person.content() and "mine.csv" not in tab.content()
    finally:
        other.close()
    stranger = chromium.new_context()
    try:
        tab = stranger.new_page()
        tab.goto(f"http://127.0.0.1:{served.port}/?job={job_of(person).id}")
        assert tab.locator(".lnnlab-drop").count() == 0  # without the token: a login
        assert "mine.csv" not in tab.content()
    finally:
        stranger.close()


def test_wrong_files_are_answered_in_a_line_and_right_ones_taken_after(person, tmp_path):
    picture = tmp_path / "photo.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    drop(person, picture)
    assert wrong_line(person) == "photo.csv: a picture; give the table itself"
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    drop(person, empty)
    says(person, "empty.csv: the file is empty; save it again")
    climbing = tmp_path / "climbing.zip"
    with zipfile.ZipFile(climbing, "w") as archive:
        archive.writestr("../../x.csv", "1")
    drop(person, climbing)
    says(person, "climbing.zip: holds a path that leaves its folder; pack it again")
    drop(person, table(tmp_path / "mine.csv", rows=600))
    was_read(person)
    person.get_by_label("rate, Hz").fill("0")
    button(person, "Train").click()
    says(person, "rate = 0 Hz: must be above zero")
    assert job_of(person).status().state == "read"


def test_roles_of_columns_are_corrected_where_nothing_tells_the_class(person, tmp_path):
    path = tmp_path / "mine.csv"
    rows = [f"{np.sin(n / 3):.3f},{7 if n < 1500 else 9}" for n in range(3000)]
    path.write_text("\n".join(["x,kind of day", *rows]) + "\n")
    drop(person, path)
    says(person, "Say below what each column is, then read again.")
    person.get_by_label("kind of day").select_option(label="class")
    person.get_by_label("x", exact=True).select_option(label="signal")
    button(person, "Read again").click()
    says(person, "Nothing tells the rate.")
    assert "7 1, 9 1" in person.locator(".lnnlab-page").inner_text()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """60 MB that are no table, so that only the upload takes time."""
    path = tmp_path_factory.mktemp("large") / "large.csv"
    block = np.random.default_rng(0).bytes(1 << 20)
    with path.open("wb") as file:
        for _ in range(60):
            file.write(block)
    return path


def test_sixty_megabytes_arrive_whole(person, large):
    drop(person, large)
    says(person, "large.csv is here.")
    upload = job_of(person).folder / "upload"
    assert hashlib.sha256(upload.read_bytes()).digest() == hashlib.sha256(
        large.read_bytes()).digest()
    assert "not a text file" in wrong_line(person)


@pytest.fixture()
def lab(tmp_path, monkeypatch):
    """JupyterLab as it is, on a copy of the notebook."""
    monkeypatch.setenv("LNNLAB_JOBS", str(tmp_path / "jobs"))
    monkeypatch.setenv("PYTHONPATH", str(paths.ROOT))
    shutil.copy(paths.NOTEBOOKS / NOTEBOOK, tmp_path / "12.ipynb")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}",
         "--ServerApp.token=lab", f"--ServerApp.root_dir={tmp_path}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(port))
        yield f"http://127.0.0.1:{port}/lab/tree/12.ipynb?token=lab"
    finally:
        ended(process)


def test_the_same_in_jupyterlab(chromium, lab, tmp_path):
    context = chromium.new_context()
    tab = context.new_page()
    tab.set_default_timeout(LONG_MS)
    tab.goto(lab)
    run_first_cells(tab)
    drop(tab, table(tmp_path / "mine.csv", rows=600))
    was_read(tab)
    tab.reload()  # the notebook was not saved: it is run again, and finds the job
    run_first_cells(tab)
    was_read(tab)
    assert "mine.csv: 1 file read" in tab.locator(".lnnlab-page").inner_text()
    context.close()


def run_first_cells(tab):
    """Down to the page; keys that come before the notebook is ready are lost, and pressed again."""
    cells = tab.locator(".jp-Notebook .jp-Cell")
    cells.first.wait_for()
    for _ in range(6):
        cells.first.click()
        for _ in range(4):
            tab.keyboard.press("Shift+Enter")
            tab.wait_for_timeout(500)
        try:
            return tab.locator(".lnnlab-drop input").wait_for(state="attached", timeout=15_000)
        except playwright.TimeoutError:
            continue
    raise AssertionError("the page does not show")


def test_a_tab_closed_while_uploading_leaves_nothing(chromium, served, large):
    before = set(paths.jobs().iterdir())
    context = chromium.new_context()
    tab = opened(context.new_page(), served.address)
    drop(tab, large)
    mine = wait_for(lambda: set(paths.jobs().iterdir()) - before)
    assert len(mine) == 1
    wait_for(lambda: list(next(iter(mine)).glob(".upload*")))
    tab.close(run_before_unload=True)
    context.close()
    wait_for(lambda: not any(mine and each.exists() for each in mine))
