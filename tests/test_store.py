"""The store: whole files, keys, locks, records; many processes at once."""

import json
import multiprocessing
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnnlab import places, records, store
from lnnlab.errors import UserError
from lnnlab.records import Records, Subject

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner,
                                                                max_size=3), max_leaves=8)


def subject(number=0, label="row", **basis):
    return Subject(f"run {number}", label, {"seed": number}, {"data": "d", "split": "s",
                                                            "probe": [1.0, 2.5]} | basis)


@given(PLAIN, PLAIN)
def test_keys_are_equal_where_descriptions_are(one, other):
    alike = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (store.key(one) == store.key(other)) == alike
    assert store.key({"a": one, "b": other}) == store.key({"b": other, "a": one})
    assert store.key([np.float64(1.5), (1, 2)]) == store.key([1.5, [1, 2]])


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    store.write_text(path, "old")
    with pytest.raises(RuntimeError), store.replacing(path) as place:
        place.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["table.csv"]


def test_a_link_leads_to_what_is_replaced(tmp_path):
    (tmp_path / "real").mkdir()
    for name, old in (("there.txt", "old"), ("absent.txt", None)):
        real, link = tmp_path / "real" / name, tmp_path / name
        if old:
            real.write_text(old)
        link.symlink_to(Path("real") / name)
        store.write_text(link, "new")
        assert link.is_symlink() and real.read_text() == "new"
    assert len(list(tmp_path.rglob("*.txt"))) == 4


def test_links_that_lead_nowhere_and_what_is_no_file(tmp_path):
    loop = tmp_path / "loop.txt"
    loop.symlink_to("loop.txt")
    store.write_text(loop, "new")  # leads to nothing but itself
    assert loop.read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "far").symlink_to("loop.txt/below/m.lnn")
    for name in ("pipe", "link"):
        with pytest.raises(UserError, match=f"{name}: is a pipe or a device; name a file"):
            store.write_text(tmp_path / name, "new")
    assert (tmp_path / "pipe").is_fifo()
    with pytest.raises(UserError, match="far, which leads to .*loop.txt is no folder"):
        places.refuse_unwritable(tmp_path / "far")


def test_threads_that_write_one_path_never_meet(tmp_path):
    path, failures = tmp_path / "one.txt", []

    def write(number):
        for _ in range(200):
            try:
                store.write_text(path, str(number) * 50)
                assert len(set(path.read_text())) == 1
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=write, args=(k,)) for k in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failures and os.listdir(tmp_path) == ["one.txt"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc, which nobody can write")
def test_a_folder_that_cannot_be_written_is_one_line():
    with pytest.raises(UserError, match="/proc/none/here: cannot be written") as caught:
        store.write_text(Path("/proc/none/here"), "x")
    assert "\n" not in str(caught.value)


def test_kept_makes_once_and_says_what_is_damaged(tmp_path):
    made = []

    def make():
        made.append(1)
        return np.arange(3)

    described = {"name": "numbers", "how": 1}
    for _ in range(2):
        np.testing.assert_array_equal(store.kept(described, make, store.ARRAY, tmp_path),
                                      [0, 1, 2])
    store.kept({"name": "numbers", "how": 2}, make, store.ARRAY, tmp_path)
    assert len(made) == 2
    path = tmp_path / f"numbers-{store.key(described)}.npy"
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(UserError, match="damaged .* delete it"):
        store.kept(described, make, store.ARRAY, tmp_path)


def _keep(folder, count):
    def make():
        with (folder / "made").open("a") as file:
            file.write("x")
        return np.zeros(4)

    for number in range(count):
        store.kept({"name": "shared", "number": number}, make, store.ARRAY, folder)


def test_processes_that_ask_together_make_a_thing_once(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_keep, args=(tmp_path, 20)) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert all(each.exitcode == 0 for each in workers)
    assert (tmp_path / "made").read_text() == "x" * 20


def _record(path, first, count):
    own = Records(path)
    for number in range(first, first + count):
        own.kept(subject(number), lambda number=number: {"value": number})
        own.settle()


def test_processes_that_record_together_lose_nothing(tmp_path):
    path = tmp_path / "table.jsonl"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_record, args=(path, 40 * k, 40)) for k in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    Records(path).settle()
    assert sorted(each["results"]["value"] for each in Records(path).read().values()) == list(
        range(120))
    assert len(path.read_text().splitlines()) == 120 and not list(tmp_path.glob("*.json"))


def test_a_table_of_records_has_one_order_whoever_came_first(tmp_path):
    texts = []
    for order in ((0, 1, 2), (2, 0, 1)):
        own = Records(tmp_path / f"{order[0]}.jsonl")
        for number in order:
            own.kept(subject(number), lambda number=number: {"value": number})
        own.settle()
        texts.append(own.path.read_text())
    assert texts[0] == texts[1]


@pytest.mark.parametrize("basis, why", [
    ({"data": "other"}, "the data changed"), ({"split": "other"}, "the rows of the split changed"),
    ({"probe": [1.0, 2.6]}, "the code gives other values"), ({"board": {"ws": 1}}, "the board"),
])
def test_a_changed_basis_makes_a_record_stale_and_renewal_makes_it_anew(
    tmp_path, monkeypatch, basis, why
):
    own = Records(tmp_path / "table.jsonl")
    own.kept(subject(), lambda: {"value": 1})
    own.settle()
    monkeypatch.setenv(records.RENEW, "")
    assert own.kept(subject(), lambda: {"value": 2}) == ({"value": 1}, "")
    found, stale = own.kept(subject(**basis), lambda: {"value": 2})
    assert found == {"value": 1} and why in stale
    assert why in records.stale_line("table", [("row", stale), ("other", "")])
    monkeypatch.setenv(records.RENEW, "stale")
    found, stale = own.kept(subject(**basis), lambda: {"value": 2})
    assert found == {"value": 2} and not stale
    own.settle()
    assert own.find(subject(**basis))[1] == "" and len(own.read()) == 1


def test_rounding_of_another_processor_is_no_change():
    assert not records.difference({"probe": [1.0, 2.5]}, {"probe": [1.00001, 2.5]})
    assert records.difference({"probe": [1.0, 2.5]}, {"probe": [1.001, 2.5]})
    assert not records.difference({"target": {"int8": [1.0]}}, {"target": {"int8": [1.001]}})
    assert records.difference({"target": {"cycles": [100.0]}}, {"target": {"cycles": [101.0]}})


def test_a_row_can_be_renewed_by_its_label_and_no_other(tmp_path, monkeypatch):
    own = Records(tmp_path / "records" / "table.jsonl")
    for number, label in enumerate(("one", "other")):
        own.kept(subject(number, label), lambda: {"value": 1})
    own.settle()
    monkeypatch.setenv(records.RENEW, "one")
    assert own.missing(subject(0, "one")) and not own.missing(subject(1, "other"))
    records.check_renewal("one|other", tmp_path)
    records.check_renewal("stale", tmp_path)
    with pytest.raises(UserError, match="othr.*did you mean.*other"):
        records.check_renewal("othr", tmp_path)


@pytest.mark.parametrize("line, message", [
    ('{"format":2,"key"', "not a record; delete it"), ('{"format":3}', "newer lnnlab"),
    ('{"format":2,"key":"k"}', "not a record of format 2"), ("[1]", "not a record"),
])
def test_a_damaged_or_newer_record_is_one_line_that_names_it(tmp_path, line, message):
    path = tmp_path / "table.jsonl"
    Records(path).kept(subject(), lambda: {})
    Records(path).settle()
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(UserError, match=message) as caught:
        Records(path).read()
    assert f"{path}, line 2" in str(caught.value) and "\n" not in str(caught.value)


def test_an_absent_record_says_what_makes_it(tmp_path):
    with pytest.raises(UserError, match="no record of run 0; 'make full'"):
        Records(tmp_path / "table.jsonl").results(subject())
