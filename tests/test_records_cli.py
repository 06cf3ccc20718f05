"""Bad input around records, by the commands: one line, exit status 1, nothing half written."""

import errno
import json
import multiprocessing
import os

import pytest

from lnnlab import cli, profiles, store
from lnnlab.data import load
from lnnlab.errors import UserError
from lnnlab.experiments import Benchmark, Budget, Work, benchmark, model_rows
from lnnlab.records import RENEW
from lnnlab.reports import tables
from lnnlab.reports.rows import benchmark_rows

LABEL = "liquid (LinearLTC)"
TABLE = "vibration_benchmark"


def small():
    return Benchmark(load("bearing_sim", windows_per_recording=6), "load", (0,), Budget(1))


def run(folder, models=("linear_ltc", "majority")):
    given = small()
    return benchmark(given, model_rows(models, given.dataset), Work(folder, progress=False))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "full"
    run(folder)
    return (folder / "records" / f"{TABLE}.jsonl").read_text()


@pytest.fixture
def reports(tmp_path, monkeypatch, made):
    """A folder of reports whose full profile has records, and the file of these."""
    monkeypatch.setenv("LNNLAB_REPORTS", str(tmp_path / "reports"))
    monkeypatch.delenv(RENEW, raising=False)
    path = tmp_path / "reports" / "full" / "records" / f"{TABLE}.jsonl"
    store.write_text(path, made)
    return path


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    """Runs a command that must fail: in an empty folder, with one line, writing nothing."""
    monkeypatch.chdir(tmp_path)

    def refused(*arguments):
        before = contents(tmp_path)
        assert cli.main(arguments) == 1
        out, err = capsys.readouterr()
        lines = [each for each in err.split("\n") if each and "%|" not in each]  # no bars
        assert not out and len(lines) == 1
        assert contents(tmp_path) == before
        return f"{lines[0]}\n"

    return refused


def contents(folder):
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def no_notebooks(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("ran a profile")

    monkeypatch.setattr(profiles, "run_profile", refuse)


# ---- lnnlab train --from-record ----


def test_an_unknown_record_is_named_with_a_near_label_or_key(reports, said):
    message = said("train", "--from-record", "liquid (LinearLTD)")
    assert f"unknown record in {reports.parent.parent} 'liquid (LinearLTD)'" in message
    assert f"did you mean '{LABEL}'? known: {LABEL}\n" in message  # nulls have no network
    key = json.loads(reports.read_text().splitlines()[0])["key"]
    assert f"did you mean '{key}'?" in said("train", "--from-record", key[:-1] + "g")


def test_a_profile_without_records_says_what_makes_them(reports, said):
    message = said("train", "--from-record", LABEL, "--profile", "quick")
    assert "no records of trained networks; 'lnnlab reports --profile quick' makes them" in message


def test_a_record_of_other_data_of_the_same_name_is_refused(reports, said):
    message = said("train", "--from-record", LABEL)  # the corpus has more windows a recording
    assert "bearing_sim: the data here are not those of the record" in message


# ---- records that cannot be read ----


def damaged(text, how):
    lines = text.splitlines(keepends=True)
    last = lines.pop()
    record = json.loads(last)
    changed = {
        "cut": last[: len(last) // 2], "newer": json.dumps(record | {"format": 3}),
        "older": json.dumps(record | {"format": 1}), "odd": json.dumps(record | {"format": "b"}),
        "no label": json.dumps({k: v for k, v in record.items() if k != "label"}),
        "list": "[]\n",
    }
    return "".join(lines) + changed[how]


@pytest.mark.parametrize("how, message", [
    ("cut", "not a record; delete it, and the run is made again"),
    ("newer", "written by a newer lnnlab (format 3, this one reads up to 2); update the package"),
    ("older", "not a record of format 2; delete it"), ("odd", "not a record; delete it"),
    ("no label", "not a record of format 2"), ("list", "not a record; delete it"),
])
@pytest.mark.parametrize("arguments", [
    ("train", "--from-record", LABEL), ("reports", "--profile", "full", "--renew", LABEL),
])
def test_a_damaged_last_line_is_named(reports, said, no_notebooks, made, how, message, arguments):
    reports.write_text(damaged(made, how))
    count = len(made.splitlines())
    assert f"{reports}, line {count}: {message}" in said(*arguments)


def test_bytes_that_are_no_text_are_a_damaged_line(reports, said, made):
    reports.write_bytes(made.encode().replace(b"LinearLTC", b"Linear\xffTC", 1))
    assert "line 1: not a record" in said("train", "--from-record", LABEL)


def test_names_with_odd_line_ends_stay_one_line(reports, said, made):
    reports.write_text(made.replace(LABEL, "liquid \x85 \u2028 two"))
    assert "not those of the record" in said("train", "--from-record", "liquid \x85 \u2028 two")


# ---- folders that cannot be written ----


@pytest.fixture(params=[errno.ENOSPC, errno.EROFS, errno.EACCES])
def unwritable(request, monkeypatch):
    """No file comes to its place: the disk is full, or the folder is read-only."""
    def refuse(*_):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(store.os, "replace", refuse)
    return os.strerror(request.param)


def test_a_network_that_cannot_be_written_is_one_line(tmp_path, capsys, unwritable):
    path = tmp_path / "m.pt"
    assert cli.main(["train", "--epochs", "1", "--output", str(path)]) == 1
    line = capsys.readouterr().err
    assert f"{path}: cannot be written ({unwritable}); nothing was changed there" in line
    assert len(line.splitlines()) == 1 and not contents(tmp_path)


def test_a_benchmark_that_cannot_write_leaves_the_records_as_they_were(
    reports, tmp_path, unwritable
):
    before = contents(tmp_path)
    with pytest.raises(UserError, match="cannot be written .*; nothing was changed") as caught:
        run(reports.parent.parent, ["linear_ltc", "gru"])
    assert unwritable in str(caught.value) and "\n" not in str(caught.value)
    assert {name: each for name, each in contents(tmp_path).items()
            if not name.endswith(".lock")} == before


@pytest.mark.parametrize("arguments", [
    ("run", "01"), ("run", "01", "--profile", "full"), ("train", "--from-record", LABEL),
    ("reports", "--renew", LABEL), ("reports", "--profile", "full"),
])
def test_a_file_where_the_folder_of_reports_belongs(tmp_path, monkeypatch, said, arguments):
    (tmp_path / "reports").write_text("a file")
    monkeypatch.setenv("LNNLAB_REPORTS", str(tmp_path / "reports"))
    assert f"{tmp_path / 'reports'}" in said(*arguments)


def test_a_file_where_the_folder_of_records_belongs(tmp_path):
    store.write_text(tmp_path / "full" / "records", "a file")
    with pytest.raises(UserError, match="records/.* cannot be written") as caught:
        run(tmp_path / "full", ["majority"])
    assert "\n" not in str(caught.value)
    assert list(contents(tmp_path).values()) == [b"a file"]


# ---- lnnlab reports --renew ----


@pytest.mark.parametrize("row, message", [
    ("no such row", "unknown row with records in "),
    ("liquid (LinearLTC", f"did you mean '{LABEL}'?"),
    (f"{LABEL}|majority clas (null)", "did you mean 'majority class (null)'?"),
    ("stale|", "unknown row with records in "),
])
def test_a_row_that_is_not_there_cannot_be_renewed(reports, said, no_notebooks, row, message):
    assert message in said("reports", "--profile", "full", "--renew", row)
    assert RENEW not in os.environ


# ---- two at once ----


def _side(folder, table, start):
    start.wait()
    records = run(folder)
    tables.update(TABLE, benchmark_rows(records), table)


def test_two_processes_that_run_one_benchmark_give_one_record_a_run_and_equal_tables(
    tmp_path, made
):
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    workers = [context.Process(target=_side, args=(tmp_path / "full", tmp_path / name, start))
               for name in ("one", "other")]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert [each.exitcode for each in workers] == [0, 0]
    text = (tmp_path / "full" / "records" / f"{TABLE}.jsonl").read_text()
    assert text == made  # as one process makes them
    keys = [json.loads(line)["key"] for line in text.splitlines()]
    assert len(set(keys)) == len(keys) == 6
    one, other = (contents(tmp_path / name / "tables") for name in ("one", "other"))
    assert {os.path.basename(name): each for name, each in one.items()} == {
        os.path.basename(name): each for name, each in other.items()}
    left = [path.name for path in (tmp_path / "full").rglob("*") if path.is_file()]
    kinds = sorted(os.path.splitext(name)[1] for name in left if not name.endswith(".lock"))
    assert kinds == [".jsonl", ".pt", ".pt", ".pt"]
