"""Sweeps: the same as one by one, skipped where recorded, shared in parts, refused in one line."""

import json
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from made_sweeps import Dask, command, grid, starts

from lnnlab import paths, pipeline
from lnnlab.cli import main
from lnnlab.cli.parsers import workbench
from lnnlab.data import load, make_splits
from lnnlab.errors import UserError
from lnnlab.experiments.benchmark import Work, recorded
from lnnlab.experiments.recipes import recipe
from lnnlab.experiments.run import Budget, Run
from lnnlab.records import Records
from lnnlab.sweep import data
from lnnlab.sweep.child import answer
from lnnlab.sweep.connection import Access
from lnnlab.sweep.driver import Options, sweep, task_of
from lnnlab.sweep.grid import part_of, read_grid
from lnnlab.sweep.local import Local


def files(folder):
    """Everything below a folder but its locks, sweeps and notebooks as they ran."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith(".")
            and not {"sweeps", "notebooks"} & set(path.relative_to(folder).parts)}


@pytest.fixture
def reports(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_REPORTS", str(tmp_path / "reports"))
    return tmp_path / "reports"


def swept(file, jobs=2, **options):
    pool = Local(jobs)
    try:
        return sweep(read_grid(file), pool, Options(progress=False, **options))
    finally:
        pool.close()


def test_records_and_tables_are_those_of_running_one_by_one(tmp_path, reports, monkeypatch):
    file = grid(tmp_path, "[grid]\nn = [2, 0, 1, 4]\n")
    result = swept(file)
    assert (result.asked, result.skipped, result.failed) == (4, 0, {})
    monkeypatch.setenv("LNNLAB_REPORTS", str(tmp_path / "single"))
    for n in (2, 0, 1, 4):
        pipeline.run_notebook(tmp_path / "tried.ipynb", {"n": n}, tmp_path / "out.ipynb", False)
    assert files(reports / "quick") == files(tmp_path / "single" / "quick")
    assert len(files(reports / "quick")) == 3  # records, a table and its view
    whole = pd.read_csv(result.place / "tables" / "tried.csv")
    assert list(whole["grid_n"]) == [2, 0, 1, 4] and list(whole["model"]) == [
        "row 2", "row 0", "row 1", "row 4"]
    assert len(list((result.place / "notebooks").glob("tried *.ipynb"))) == 4


def test_what_is_recorded_is_skipped_and_renewed_on_request(tmp_path, reports):
    file = grid(tmp_path, "[grid]\nn = [0, 1]\n")
    swept(file)
    before = files(reports / "quick")
    result = swept(file)
    assert (result.skipped, result.stale, len(starts(tmp_path))) == (2, 0, 2)
    archive = next(result.place.glob("done/*.zip"))
    held = data.unzipped(archive.read_bytes())
    made_by = json.loads(held["versions.json"]) | {"torch": "0.1"}
    archive.write_bytes(data.zipped(held | {"versions.json": json.dumps(made_by).encode()}))
    assert swept(file).stale == 1
    assert swept(file, renew=True).skipped == 0 and len(starts(tmp_path)) == 4
    assert swept(file).stale == 0 and files(reports / "quick") == before


def test_parts_make_up_the_whole(tmp_path, reports):
    file = grid(tmp_path, "[grid]\nn = [0, 1, 2]\n")
    assert swept(file, part="2/2").asked == 1 and [n for n, _ in starts(tmp_path)] == [1]
    assert swept(file, part="5/9").asked == 0
    assert swept(file, part="1/2").asked == 2 and len(starts(tmp_path)) == 3
    assert swept(file).skipped == 3
    assert len(Records(reports / "quick/records/tried.jsonl").read()) == 3


def test_runs_have_the_records_and_rows_of_one_by_one(tmp_path, reports, monkeypatch):
    file = tmp_path / "seeds.toml"
    file.write_text('runs = "vibration_benchmark"\n[parameters]\nfold = 0\nepochs = 1\n'
                    '[grid]\nmodel = ["linear_ltc", "majority"]\nseed = [1, 0]\n')
    assert swept(file).failed == {}
    dataset = load("bearing_sim")
    split = make_splits(dataset, "load")[0]
    plan = [Run(dataset, split, recipe(model, dataset), seed, Budget(1))
            for model, seeds in (("linear_ltc", (1, 0)), ("majority", (0,))) for seed in seeds]
    single = tmp_path / "single"
    recorded(plan, "vibration_benchmark", Work(single, progress=False), "")
    ours = files(reports / "quick")
    assert {name: ours[name] for name in files(single)} == files(single)
    table = pd.read_csv(reports / "quick/tables/vibration_benchmark.csv")
    seeds = table[(table["model"] == plan[0].label) & (table["metric"] == "accuracy")]["seeds"]
    assert set(seeds) == {"0 1"}
    shutil.rmtree(reports / "quick" / "sweeps")
    assert swept(file).skipped == 4  # known by their records


def test_recordings_travel_where_no_disk_is_shared(tmp_path):
    pytest.importorskip("distributed")
    (tmp_path / "mine.txt").write_text("first")
    text = '[grid]\nn = [0, 1]\n'
    with Dask(tmp_path / "reports") as dask:
        dask.worker()
        for disk, sent in (("shared", ["--shared-disk"]), ("none", [])):
            file = grid(tmp_path, text, disk)
            file.write_text(file.read_text() + f'[parameters]\ncorpus = "{tmp_path}/mine.txt"\n')
            reports = tmp_path / f"reports_{disk}"
            done = command(file, reports, "--scheduler", dask.address, *sent)
            _, said = done.communicate()
            assert done.returncode == 0, said
    shared, alone = (files(tmp_path / f"reports_{disk}" / "quick") for disk in ("shared", "none"))
    assert shared == alone and len(shared) == 3
    names = {path.name for path in tmp_path.glob("reports_*/quick/sweeps/*/done/*.zip")}
    assert len(names) == 2  # the same keys
    record = json.loads((tmp_path / "reports_none/quick/records/tried.jsonl").read_text()
                        .splitlines()[0])
    assert record["basis"] == {"data": "first"}


def test_keys_stand_for_parameters_and_data(tmp_path, reports):
    (tmp_path / "mine.txt").write_text("first")
    file = grid(tmp_path, f'[parameters]\ncorpus = "{tmp_path}/mine.txt"\n[grid]\nn = [0, 1, 0]\n')
    first = read_grid(file).points
    assert [each.varied for each in first] == [{"n": 0}, {"n": 1}]
    file.write_text(file.read_text().replace("[parameters]", "[parameters]\nodd = false"))
    assert [each.key for each in read_grid(file).points] == [each.key for each in first]
    data._hash.cache_clear()
    (tmp_path / "mine.txt").write_text("second")
    assert not {each.key for each in read_grid(file).points} & {each.key for each in first}


@pytest.mark.parametrize("text, said", [
    ("[grid]\nmod = [1]\n", "unknown parameter of 'tried' 'mod': did you mean 'mode'"),
    ('[grid]\nn = ["one"]\n', "'one' is not a whole number, such as 0"),
    ("[grid]\nn = [0, true]\n", "True is not a whole number"),
    ("", "an empty grid"),
    ("[grid]\n", "an empty grid"),
    ("[grid]\nn = []\n", "an empty grid: grid.n has no values"),
    ("[grid]\nn = 3\n", "grid.n = 3 is not a list of values; write [3]"),
    ("[parameters]\nn = 1\n[grid]\nn = [3]\n", "'n' stands below [parameters] and below [grid]"),
    ('[grid]\nprofile = ["quick"]\n', "'profile' is fixed for a whole grid"),
    ("[gird]\nn = [3]\n", "unknown key of grid.toml 'gird': did you mean 'grid'"),
    ("[grid\n", "not TOML"),
    ('[grid]\ncorpus = ["cwrv"]\n', "unknown corpus 'cwrv': did you mean 'cwru'"),
    ('[grid]\ncorpus = ["mine/none.csv"]\n', "mine/none.csv: no such file or folder"),
])
def test_a_wrong_grid_is_one_line(tmp_path, reports, text, said, capsys):
    assert main(["sweep", str(grid(tmp_path, text))]) == 1
    line = capsys.readouterr().err
    assert said in line and len(line.splitlines()) == 1, line


def test_a_grid_of_a_million_asks(tmp_path, reports, capsys):
    many = list(range(1000))
    file = grid(tmp_path, f"[grid]\nn = {many}\nodd = {['x'] * 1000}\n")
    assert main(["sweep", str(file)]) == 1
    assert "one of 1,000,000 runs; say --yes" in capsys.readouterr().err


@pytest.mark.parametrize("arguments, said", [
    (["--jobs", "0"], "--jobs 0: too small"),
    (["--retries", "-1"], "--retries -1: too small"),
    (["--timeout", "0"], "--timeout 0: give the seconds"),
    (["--part", "0/3"], "out of range; the parts of 3 are 1/3 to 3/3"),
    (["--part", "4/3"], "out of range"),
    (["--part", "a/b"], "write i/n"),
    (["--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"], "give one"),
    (["--scheduler", "127.0.0.1:8786"], "write tls://host:port"),
    (["--scheduler", "tcp://10.0.0.1:8786"], "whoever reaches a scheduler without TLS"),
    (["--scheduler", "tls://10.0.0.1:8786"], "no certificates are known"),
    (["--scheduler", "tls://h:1", "--tls", "a", "b", "c"], "--tls: a: no such file"),
    (["--scheduler", "tcp://127.0.0.1:1", "--wait", "0"], "nobody answers"),
])
def test_a_wrong_option_is_one_line(tmp_path, reports, arguments, said, capsys):
    if "--scheduler" in arguments:
        pytest.importorskip("distributed")
    assert main(["sweep", str(grid(tmp_path)), *arguments]) == 1
    line = capsys.readouterr().err
    assert said in line and "Traceback" not in line, line


def test_without_distributed_a_line_says_what_to_install(tmp_path, reports, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["sweep", str(grid(tmp_path)), "--scheduler", "tcp://127.0.0.1:1"]) == 1
    assert "the package 'distributed' is not installed" in capsys.readouterr().err


@pytest.mark.parametrize("text, said", [
    ('notebook = "44"\n[grid]\nn = [1]\n', "unknown notebook '44'"),
    ('[grid]\nn = [1]\n', "say what is run"),
    ('runs = "t"\nnotebook = "04"\n[grid]\nseed = [1]\n', "say what is run"),
    ('runs = "t"\n[grid]\nsed = [1]\n', "did you mean 'seed'"),
    ('runs = "t"\n[grid]\nmodel = ["linear_lct"]\n', "linear_ltc"),
    ('runs = "t"\n[grid]\ndevice = ["auto"]\n', "name one, such as 'cuda'"),
    ('runs = "../t"\n[grid]\nseed = [1]\n', "without a folder"),
])
def test_what_is_run_is_checked(tmp_path, text, said):
    (tmp_path / "grid.toml").write_text(text)
    with pytest.raises(UserError, match=said):
        read_grid(tmp_path / "grid.toml")
    with pytest.raises(UserError, match="no such grid file"):
        read_grid(tmp_path / "none.toml")


def test_a_scheduler_is_reached_encrypted(tmp_path):
    pytest.importorskip("distributed")
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-subj", "/CN=sweep", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    tls = ["--tls-ca-file", certificate, "--tls-cert", certificate, "--tls-key", key]
    with Dask(tmp_path / "reports", tls) as dask:
        dask.worker()
        done = command(grid(tmp_path, "[grid]\nn = [3]\n"), tmp_path / "reports", "--scheduler",
                       dask.address, "--tls", certificate, certificate, key)
        _, said = done.communicate()
    assert dask.address.startswith("tls://") and done.returncode == 0, said


def test_loopback_needs_no_trust():
    assert Access("tcp://127.0.0.1:8786").tls is None
    assert Access("tcp://[::1]:8786") and Access("tcp://localhost:1") and Access("tls://head:1")
    assert Access("tcp://head:8786", trusted=True)
    with pytest.raises(UserError, match="--tls is for tls://"):
        Access("tcp://127.0.0.1:8786", tls=(paths.LICENSE,) * 3)


def test_a_machine_without_the_data_or_the_version_says_so(tmp_path, reports, monkeypatch):
    for place in ("here", "there", "nowhere"):
        (tmp_path / place).mkdir()
    for place, text in (("here", "1"), ("there", "1, 2")):
        (tmp_path / place / "cwru").mkdir()
        (tmp_path / place / "cwru" / "0.csv").write_text(text)
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path / "here"))
    read = read_grid(grid(tmp_path, '[grid]\ncorpus = ["cwru"]\n'))
    task = task_of(read, read.points[0])
    assert task["data"] and task["parameters"]["corpus"] == "cwru"
    for place, said in (("nowhere", "this machine has no such data"),
                        ("there", "other data lie here")):
        monkeypatch.setenv("LNNLAB_DATA", str(tmp_path / place))
        outcome = answer(task, tmp_path / "work")
        assert outcome.state == "raised" and f"corpus 'cwru': {said}" in outcome.words
    task["versions"] = task["versions"] | {"torch": "9.9"}
    outcome = answer(task, tmp_path / "work")
    assert outcome.state == "refused" and "torch" in outcome.words and "here 9.9" in outcome.words


def test_the_grids_and_commands_of_the_documentation_hold(tmp_path, reports, monkeypatch):
    text = (paths.ROOT / "lnnlab" / "sweep" / "SWEEPS.md").read_text()
    shutil.copy(paths.EMBEDDED / "bearing_sample.csv", tmp_path / "my_recordings.csv")
    monkeypatch.chdir(tmp_path)
    counts = []
    for block in re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL):
        (tmp_path / "grid.toml").write_text(block)
        counts.append(len(read_grid("grid.toml").points))
    assert counts == [18, 60]
    commands = re.findall(r"lnnlab sweep (grid\.toml[^&\n\"]*)", text)
    assert len(commands) >= 6
    for each in commands:
        each = each.replace("$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT", "1/2").split("`")[0]
        workbench().parse_args(["sweep", *each.split()])


def test_parts_are_every_nth():
    points = tuple("abcdefg")
    parts = [part_of(points, f"{k}/3") for k in (1, 2, 3)]
    assert parts[0] == ("a", "d", "g") and sorted(sum(parts, ())) == list(points)


def test_files_that_would_lie_outside_are_refused(tmp_path, reports):
    file = grid(tmp_path, "[grid]\nn = [0]\n")
    (archive,) = swept(file).place.glob("done/*.zip")
    held = data.unzipped(archive.read_bytes())
    archive.write_bytes(data.zipped(held | {"../../evil": b""}))
    with pytest.raises(UserError, match="lies outside"):
        swept(file)
    assert not (tmp_path / "evil").exists()


def test_recordings_too_large_to_travel_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "MOST_BYTES", 10)
    (tmp_path / "large.csv").write_text("x" * 11)
    with pytest.raises(UserError, match="too many to send"):
        data.packed(tmp_path / "large.csv")
