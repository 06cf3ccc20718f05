"""Sweeps whose workers, machines and schedulers fail: nothing is lost, halved or made twice."""

import csv
import os
import shutil
import signal

import psutil
import pytest
from made_sweeps import Dask, alive, command, grid, starts, until

from lnnlab import paths
from lnnlab.records import Records


@pytest.fixture
def dask(tmp_path):
    pytest.importorskip("distributed")
    with Dask(tmp_path / "reports") as found:
        yield found


def check_all_there(folder, numbers=(0, 1, 2)):
    """Each record once, whole, and no trace of what went wrong."""
    quick = folder / "reports" / "quick"
    lines = (quick / "records" / "tried.jsonl").read_text().splitlines()
    found = Records(quick / "records" / "tried.jsonl").read()
    assert len(lines) == len(found) == len(numbers)
    assert sorted(each["identity"]["n"] for each in found.values()) == sorted(numbers)
    assert len(list((quick / "sweeps" / "grid" / "done").glob("*.zip"))) == len(numbers)
    halves = [path for path in quick.rglob(".*") if path.suffix != ".lock"]
    assert not halves and not list(quick.glob("records/*.json"))


def failures(folder):
    with (folder / "reports/quick/sweeps/grid/failed.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_that_raises_is_tried_three_times_and_told_in_one_line(tmp_path):
    done = command(grid(tmp_path, mode="raise"), tmp_path / "reports", "--jobs", "2")
    _, said = done.communicate()
    assert done.returncode == 3, said
    (row,) = failures(tmp_path)
    assert (row["grid_n"], row["attempts"], row["state"]) == ("1", "3", "raised")
    assert row["words"] == "tried.ipynb: n is 1: that is too odd"
    assert sorted(n for n, _ in starts(tmp_path)) == [0, 1, 1, 1, 2]
    check_all_there(tmp_path, (0, 2))


def test_a_stuck_run_is_ended_with_its_kernel_and_the_others_go_on(tmp_path):
    done = command(grid(tmp_path, mode="stuck"), tmp_path / "reports", "--jobs", "2",
                   "--timeout", "15", "--retries", "0")
    _, said = done.communicate()
    assert done.returncode == 3, said
    (row,) = failures(tmp_path)
    assert (row["grid_n"], row["state"]) == ("1", "stuck") and "15 s" in row["words"]
    (kernel,) = [pid for n, pid in starts(tmp_path) if n == 1]
    assert not alive(kernel)
    check_all_there(tmp_path, (0, 2))


def test_a_sweep_that_is_killed_takes_its_children_along_and_goes_on_where_it_was(tmp_path):
    file = grid(tmp_path, mode="wait")
    killed = command(file, tmp_path / "reports", "--jobs", "2")
    until(lambda: {0, 1, 2} <= {n for n, _ in starts(tmp_path)})
    done = tmp_path / "reports/quick/sweeps/grid/done"
    until(lambda: len(list(done.glob("*.zip"))) == 2)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    until(lambda: not any(alive(pid) for _, pid in starts(tmp_path)), 20)
    (tmp_path / "go").touch()
    again = command(file, tmp_path / "reports")
    said, error = again.communicate()
    assert again.returncode == 0 and "2 were recorded, 1 made" in said, error
    assert sorted(n for n, _ in starts(tmp_path)) == [0, 1, 1, 2]
    check_all_there(tmp_path)


def test_a_child_that_is_killed_is_followed_by_another(tmp_path):
    sweep = command(grid(tmp_path, "[grid]\nn = [1]\n", mode="wait"), tmp_path / "reports")
    ((_, kernel),) = until(lambda: starts(tmp_path))
    psutil.Process(kernel).parent().kill()
    until(lambda: len(starts(tmp_path)) == 2)
    (tmp_path / "go").touch()
    _, said = sweep.communicate()
    assert sweep.returncode == 0, said
    until(lambda: not alive(kernel), 20)
    check_all_there(tmp_path, (1,))


def test_two_sweeps_of_one_grid_share_its_runs(tmp_path):
    file = grid(tmp_path, "[grid]\nn = [0, 1, 2, 3]\n", mode="none")
    both = [command(file, tmp_path / "reports") for _ in range(2)]
    said = [each.communicate() for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert sorted(n for n, _ in starts(tmp_path)) == [0, 1, 2, 3]
    check_all_there(tmp_path, (0, 1, 2, 3))


def test_a_worker_that_is_killed_takes_its_child_along_and_another_takes_over(dask, tmp_path):
    workers = {each.pid: each for each in (dask.worker(), dask.worker())}
    sweep = command(grid(tmp_path, mode="wait"), tmp_path / "reports", "--scheduler", dask.address)
    (kernel,) = until(lambda: [pid for n, pid in starts(tmp_path) if n == 1])
    (victim,) = {each.pid for each in psutil.Process(kernel).parents()} & set(workers)
    os.kill(victim, signal.SIGKILL)
    until(lambda: not alive(kernel), 20)
    until(lambda: len([n for n, _ in starts(tmp_path) if n == 1]) == 2)
    (tmp_path / "go").touch()
    _, said = sweep.communicate()
    assert sweep.returncode == 0, said
    check_all_there(tmp_path)


def test_a_scheduler_that_comes_back_is_taken_up(dask, tmp_path):
    dask.worker()
    sweep = command(grid(tmp_path, mode="wait"), tmp_path / "reports", "--scheduler", dask.address)
    until(lambda: 1 in [n for n, _ in starts(tmp_path)])
    dask.scheduler.kill()
    dask.scheduler.wait()
    (tmp_path / "go").touch()
    dask.start_scheduler()
    dask.worker()
    said, error = sweep.communicate()
    assert sweep.returncode == 0, error
    assert "went away" in said + error
    check_all_there(tmp_path)


def test_full_disks_and_other_versions_are_named_and_left_out(dask, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "sitecustomize.py").write_text(
        "import os\n"
        "def full(one, other): raise OSError(28, 'No space left on device', str(other))\n"
        "os.replace = full\n")
    other = tmp_path / "other" / "lnnlab"
    shutil.copytree(paths.ROOT / "lnnlab", other, ignore=shutil.ignore_patterns("__pycache__"))
    (other / "__init__.py").write_text('"""Older."""\n\n__version__ = "0.0.7"\n')
    dask.worker(first=str(tmp_path / "other"))
    file = grid(tmp_path, mode="none")
    alone = command(file, tmp_path / "reports", "--scheduler", dask.address, "--wait", "6")
    _, said = alone.communicate()
    assert alone.returncode == 1 and not starts(tmp_path), said
    assert "no worker can be used" in said and "lnnlab 0.0.7, here" in said
    dask.worker(first=str(tmp_path / "full"))
    dask.worker()
    sweep = command(file, tmp_path / "reports", "--scheduler", dask.address)
    said, error = sweep.communicate()
    assert sweep.returncode == 0, error
    assert "is not used: disk full" in said + error
    check_all_there(tmp_path)
