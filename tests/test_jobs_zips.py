"""Zips that were packed oddly or with ill intent: refused in a line or unpacked, never merged."""

import io
import time
import warnings
import zipfile

import pytest

from lnnlab.errors import UserError
from lnnlab.jobs.progress import STOP, Stopped
from lnnlab.jobs.unpack import unpacked


@pytest.fixture()
def unpack(tmp_path):
    """Entries (path, text) → stored path → text."""
    def work(entries):
        with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "upload", "w") as archive:
            warnings.simplefilter("ignore")  # of names that are there twice
            for path, text in entries:
                entry = zipfile.ZipInfo("x")
                entry.filename = path  # as it is: the constructor would mend it
                archive.writestr(entry, text)
        place = unpacked(tmp_path / "upload", tmp_path, "mine.zip")
        return {str(each.relative_to(place)): each.read_text()
                for each in place.rglob("*") if each.is_file()}

    return work


@pytest.mark.parametrize("path", ["", ".", "./", ".\\", "./."])
def test_entries_that_name_nothing_are_passed_over(unpack, path):
    assert unpack([(path, ""), ("a/b.csv", "1")]) == {"a/b.csv": "1"}


def test_a_zip_of_nothing_but_such_entries_is_refused(unpack):
    with pytest.raises(UserError, match="mine.zip: no table and no sound file in it"):
        unpack([("", ""), (".", "")])


def test_folders_that_become_the_same_name_stay_apart(unpack):
    long = "l" * 80
    found = unpack([("C#/a.csv", "1"), ("C%/a.csv", "2"), ("C#/b.csv", "3"), ("c?/a.csv", "4"),
                    (f"{long}one/a.csv", "5"), (f"{long}two/a.csv", "6"), ("C__2/a.csv", "7")])
    assert found == {
        "C_/a.csv": "1", "C__2/a.csv": "2", "C_/b.csv": "3", "c__3/a.csv": "4",
        f"{long}/a.csv": "5", f"{long}_2/a.csv": "6", "C__2_2/a.csv": "7"}


def test_only_folders_that_came_so_begin_with_an_underscore(unpack):
    found = unpack([("#1/a.csv", "1"), ("1/a.csv", "2"), ("_unknown_/a.csv", "3"),
                    ("?/#.csv", "4")])
    assert found == {"1/a.csv": "1", "1_2/a.csv": "2", "_unknown_/a.csv": "3", "x/x.csv": "4"}


def test_folders_within_folders_stay_apart(unpack):
    found = unpack([("x/C#/a.csv", "1"), ("x/C%/a.csv", "2"), ("y/C%/a.csv", "3")])
    assert found == {"x/C_/a.csv": "1", "x/C__2/a.csv": "2", "y/C_/a.csv": "3"}


def test_files_that_become_the_same_name_stay_apart(unpack):
    found = unpack([("d/a#.csv", "1"), ("d/a%.csv", "2"), ("d/A_.CSV", "3"), ("d/a#.csv", "4"),
                    ("e/a#.csv", "5"), ("d/a_.csv.csv", "6")])
    assert sorted(found.values()) == list("123456")
    assert found["d/a_.csv"] == "1" and found["d/a__2.csv"] == "2" and found["e/a_.csv"] == "5"


@pytest.mark.parametrize("entries", [
    [("a.csv", "1"), ("a.csv/b.csv", "2")], [("a.csv/b.csv", "2"), ("a.csv", "1")]])
def test_a_file_that_is_a_folder_too_is_refused(unpack, entries):
    with pytest.raises(UserError, match="mine.zip: holds 'a.csv' as a file and as a folder"):
        unpack(entries)


@pytest.mark.parametrize("path", ["s/a{}.csv", "s/a.csv"])
def test_a_zip_of_very_many_files_unpacks_in_seconds(unpack, path):
    begun = time.process_time()
    assert len(unpack([(path.format(k), "") for k in range(20_000)])) == 20_000
    assert time.process_time() - begun < 30


def test_unpacking_ends_when_a_person_stops_it(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/b.csv", "1")
    (tmp_path / "upload").write_bytes(buffer.getvalue())
    (tmp_path / STOP).write_text("")
    with pytest.raises(Stopped):
        unpacked(tmp_path / "upload", tmp_path, "mine.zip")
    assert sorted(each.name for each in tmp_path.iterdir()) == [STOP, "upload"]
