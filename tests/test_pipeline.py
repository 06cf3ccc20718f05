"""The notebook runner and the command line, as a user meets them."""

import errno
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from papermill.exceptions import PapermillExecutionError

from lnnlab import cli, paths, pipeline, places, profiles, store
from lnnlab.cli import guard, notebooks
from lnnlab.errors import UserError
from lnnlab.notebooks import clean


@pytest.fixture
def notebook(tmp_path):
    cells = [
        new_code_cell(
            "epochs: int = 2  # passes\nrate: float = 0.5  # of learning\n"
            "splits: list = ['load']  # rules\nplan: dict = {}  # of streams",
            metadata={"tags": ["parameters"]},
        ),
        new_code_cell("from lnnlab.data import load\nprint(epochs, rate, splits)"),
        new_code_cell("if epochs > 9:\n    load('bearing_sin')"),
        new_code_cell("def heard(*, minutes=2):\n    return len(minutes)"),
        new_code_cell("if plan:\n    heard(**plan)"),
    ]
    path = tmp_path / "05 Try.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def test_parameters_reach_the_notebook(notebook, tmp_path):
    out = tmp_path / "out" / "as_ran.ipynb"
    pipeline.run_notebook(notebook, {"epochs": 3, "rate": 1}, out, progress=False)
    ran = nbformat.read(out, as_version=4)
    printed = [each.text for cell in ran.cells for each in cell.get("outputs", [])]
    assert printed == ["3 1 ['load']\n"]
    assert [each.name for each in out.parent.iterdir()] == [out.name]


def test_notebooks_run_side_by_side_and_leave_no_sockets(notebook, tmp_path, monkeypatch):
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))

    def run(number: int) -> None:
        out = tmp_path / f"{number}.ipynb"
        pipeline.run_notebook(notebook, {"epochs": number}, out, progress=False)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, range(3)))
    for number in range(3):
        printed = nbformat.read(tmp_path / f"{number}.ipynb", as_version=4).cells[2].outputs
        assert printed[0].text.startswith(f"{number} ")
    assert not list((tmp_path / "t").glob("lnnlab-*"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epoch": 3}, "unknown parameter of '05 Try' 'epoch': did you mean 'epochs'"),
        ({"epochs": "many"}, "parameter 'epochs' of '05 Try': 'many' is not a whole number"),
        ({"epochs": True}, "True is not a whole number"),
        ({"splits": "load"}, r"'load' is not a list, such as \['load'\]"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_runs(notebook, tmp_path, given, message):
    out = tmp_path / "out.ipynb"
    with pytest.raises(UserError, match=message):
        pipeline.run_notebook(notebook, given, out, progress=False)
    assert not out.exists()


def test_a_users_mistake_is_one_line_and_leaves_nothing(notebook, tmp_path, capsys):
    out = tmp_path / "out" / "as_ran.ipynb"
    assert cli.main(["run", str(notebook), "-p", "pochs", "10", "--output", str(out)]) == 1
    assert "unknown parameter" in capsys.readouterr().err
    with pytest.raises(UserError, match="05 Try.ipynb: unknown corpus 'bearing_sin'"):
        pipeline.run_notebook(notebook, {"epochs": 10}, out, progress=False)
    with pytest.raises(UserError, match="05 Try.ipynb: parameter 'plan': heard takes no 'minute'$"):
        pipeline.run_notebook(notebook, {"plan": {"minute": 3}}, out, progress=False)
    with pytest.raises(PapermillExecutionError, match="no len"):  # no user's mistake: told whole
        pipeline.run_notebook(notebook, {"plan": {"minutes": 3}}, out, progress=False)
    assert list(out.parent.iterdir()) == []


def test_the_command_line_names_near_matches(capsys):
    assert cli.main(["run", "04", "-p", "corpsu", "cwru"]) == 1
    assert cli.main(["inspect", "99"]) == 1
    assert cli.main(["reports", "--profile", "quik"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "did you mean 'corpus'" in lines[0] and "did you mean 'quick'" in lines[2]


def test_inspect_lists_parameters_with_their_comments(capsys):
    assert cli.main(["inspect", "4"]) == 0
    assert "epochs: int = 20  passes over the training windows" in capsys.readouterr().out


def test_profiles_name_notebooks_and_parameters_that_exist():
    for runs in profiles.profiles().values():
        for each in runs:
            pipeline.check_parameters(
                pipeline.find(each["notebook"]), each.get("parameters", {})
            )


def test_cleaning_takes_out_what_differs_from_run_to_run():
    cell = new_code_cell("1", execution_count=7, metadata={"papermill": {"duration": 1}})
    cell.outputs = [
        new_output("stream", name="stderr", text="warning"),
        new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m <A at 0x7f00aa>"),
        new_output("execute_result", data={"text/plain": "1"}, execution_count=7),
    ]
    injected = new_code_cell("x = 1", metadata={"tags": ["injected-parameters"]})
    cleaned = clean(new_notebook(cells=[cell, injected], metadata={"papermill": {"a": 1}}))
    assert len(cleaned.cells) == 1 and "papermill" not in cleaned.metadata
    kept = cleaned.cells[0]
    assert kept.execution_count == kept.outputs[-1].execution_count == 1 and not kept.metadata
    assert [each.get("text") for each in kept.outputs] == ["red <A>", None]
    assert clean(cleaned) == cleaned


def test_printed_lines_are_one_piece_whenever_they_came():
    cell = new_code_cell("print(1); print(2)", outputs=[
        new_output("stream", name="stdout", text="1"),
        new_output("stream", name="stderr", text="w"),
        new_output("stream", name="stdout", text="\n2\n")])
    cleaned = clean(new_notebook(cells=[cell])).cells[0].outputs
    assert [each.text for each in cleaned] == ["1\n2\n"]


@pytest.mark.parametrize("text, value", [
    ("[yes, no, on, off]", ["yes", "no", "on", "off"]), ("[Yes, NO, y]", ["Yes", "NO", "y"]),
    ("yes", "yes"), ("{on: off}", {"on": "off"}), ("true", True), ("[True, false]", [True, False]),
    ("[0, 1.5, null]", [0, 1.5, None]),
])
def test_words_of_a_parameter_are_words(text, value):
    assert notebooks._parameter(("words", text)) == ("words", value)


def test_a_temporary_folder_with_a_long_path_has_room_for_sockets_elsewhere(
    notebook, tmp_path, monkeypatch
):
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    name = places.socket_name()
    assert 0 < len(name) <= 97 and not name.startswith(str(deep))
    pipeline.run_notebook(notebook, {}, tmp_path / "out.ipynb", progress=False)
    assert not list(deep.iterdir())


def test_without_any_folder_for_sockets_tcp_has_to_do(notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(places, "socket_name", lambda: "")
    pipeline.run_notebook(notebook, {}, tmp_path / "out.ipynb", progress=False)
    assert (tmp_path / "out.ipynb").exists()


@pytest.mark.parametrize("number, words", [
    (errno.ENOSPC, "No space left on device; make room there"),
    (errno.EROFS, "Read-only file system; choose a place that you may write"),
    (errno.EACCES, "Permission denied; choose a place that you may write"),
])
def test_trouble_with_a_place_is_one_line(tmp_path, monkeypatch, capsys, number, words):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "cache" / "builds" / "x"

    def work():
        raise OSError(number, os.strerror(number), str(place))

    assert guard.guarded("lnnlab", work) == 1
    line = capsys.readouterr().err
    assert line == f"lnnlab: {place}: {words}, or point LNNLAB_CACHE at another folder\n"


def test_a_full_disk_without_a_name_is_one_line(capsys):
    def work():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert guard.guarded("lnnlab", work) == 1
    assert capsys.readouterr().err == (
        "lnnlab: No space left on device; the disk is full: make room\n")


def test_a_full_disk_inside_a_notebook_is_one_line(notebook, tmp_path):
    source = nbformat.read(notebook, as_version=4)
    source.cells[1].source = "raise OSError(28, 'No space left on device', '/x/y')"
    nbformat.write(source, notebook)
    with pytest.raises(UserError, match=r"05 Try.ipynb: .*No space left on device.*'/x/y'; see"):
        pipeline.run_notebook(notebook, {}, tmp_path / "out.ipynb", progress=False)
    assert not (tmp_path / "out.ipynb").exists()


def test_a_store_that_cannot_be_written_names_the_variable(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LNNLAB_REPORTS", str(tmp_path / "file"))
    with pytest.raises(UserError, match="point LNNLAB_REPORTS at a folder that can be"):
        store.write_text(paths.reports("quick") / "a.csv", "")


def test_a_home_that_cannot_be_written_is_spared(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path / "absent"))
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.setenv("IPYTHONDIR", "mine")
    assert guard.guarded("lnnlab", lambda: None) == 0
    assert os.access(os.environ["MPLCONFIGDIR"], os.W_OK) and os.environ["IPYTHONDIR"] == "mine"
    assert not (tmp_path / "absent").exists()


def test_two_commands_at_once_leave_one_whole_notebook(notebook, tmp_path):
    """Real processes, one report folder."""
    out = tmp_path / "reports" / "as_ran.ipynb"
    work = ("import sys; from pathlib import Path; from lnnlab import pipeline; pipeline."
            "run_notebook(Path(sys.argv[1]), {'epochs': int(sys.argv[3])}, Path(sys.argv[2]))")
    command = [sys.executable, "-c", work, str(notebook), str(out)]
    running = [subprocess.Popen([*command, str(number)], cwd=paths.ROOT, stderr=subprocess.DEVNULL)
               for number in (3, 4)]
    assert [each.wait(120) for each in running] == [0, 0]
    printed = nbformat.read(out, as_version=4).cells[2].outputs[0].text
    assert printed in ("3 0.5 ['load']\n", "4 0.5 ['load']\n")
    assert [each.name for each in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize("profile", profiles.profiles())
def test_what_a_notebook_comes_after_stands_before_it(profile):
    entries = profiles.profiles()[profile]
    for k, each in enumerate(entries):
        earlier, later = (
            {name for other in part for name in (other["notebook"], other.get("name"))}
            for part in (entries[:k], entries[k:]))
        assert set(each.get("after", ())) <= earlier - later


def begin_and_end(folder, entry):
    """What stands for a notebook of a profile: notes when it begins and ends."""
    number = entry["notebook"]
    if number == "slow":
        kernel = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                                  start_new_session=True)
        (folder / "processes").write_text(f"{os.getpid()} {kernel.pid}")
        kernel.wait()
    (folder / f"{number} began").write_text(str(time.monotonic()))
    if number == "bad":
        raise RuntimeError("stopped")
    other = {"left": "right", "right": "left"}.get(number)
    while other and not (folder / f"{other} began").exists():
        time.sleep(0.02)
    (folder / f"{number} ended").write_text(str(time.monotonic()))
    return folder / number


def test_notebooks_of_a_profile_run_side_by_side_but_after_those_they_need(tmp_path):
    entries = [{"notebook": "left"}, {"notebook": "right"},  # each waits until the other has begun
               {"notebook": "3", "name": "of left", "after": ["left"]},
               {"notebook": "4", "after": ["of left"]}]
    entries = [{"name": each["notebook"]} | each for each in entries]
    bar = profiles.tqdm(disable=True)
    found = profiles._side_by_side(entries, partial(begin_and_end, tmp_path), 2, bar)
    assert [each.name for each in found] == ["left", "right", "3", "4"]
    at = {each.name: float(each.read_text()) for each in tmp_path.iterdir()}
    assert at["3 began"] >= at["left ended"] and at["4 began"] >= at["3 ended"]


def test_a_notebook_that_fails_ends_its_profile(tmp_path):
    entries = [{"notebook": "bad", "name": "bad"}, {"notebook": "1", "after": ["bad"]}]
    with pytest.raises(RuntimeError, match="stopped"):
        profiles._side_by_side(entries, partial(begin_and_end, tmp_path), 2,
                               profiles.tqdm(disable=True))
    assert not (tmp_path / "1 began").exists()


def test_no_notebook_at_a_time_is_refused():
    with pytest.raises(UserError, match="jobs = 0: choose 1 or more"):
        profiles.run_profile("quick", jobs=0)


def test_notebooks_end_with_the_command_that_started_them(tmp_path):
    """A killed command leaves nobody behind that goes on writing."""
    work = ("import sys, test_pipeline; from functools import partial; from pathlib import Path\n"
            "from lnnlab import profiles\n"
            "if __name__ == '__main__':\n"
            "    profiles._side_by_side([{'notebook': 'slow', 'name': 'slow'}], partial(\n"
            "        test_pipeline.begin_and_end, Path(sys.argv[1])), 2,\n"
            "        profiles.tqdm(disable=True))\n")
    command = subprocess.Popen([sys.executable, "-c", work, str(tmp_path)],
                               env=os.environ | {"PYTHONPATH": os.path.dirname(__file__)})
    begun = tmp_path / "processes"
    while not (begun.exists() and begun.read_text().count(" ")):
        assert command.poll() is None
        time.sleep(0.05)
    started = [psutil.Process(int(each)) for each in begun.read_text().split()]
    command.kill()
    command.wait()
    assert not psutil.wait_procs(started, timeout=60)[1]
