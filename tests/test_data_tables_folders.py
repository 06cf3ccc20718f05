"""Folders of tables: levels and names as classes and groups, one meaning of every column."""

import numpy as np
import pytest
from made_tables import loaded, values, written

from lnnlab.data import load, make_splits
from lnnlab.errors import UserError


def table(header="ax,ay", rows=24, row=None, seed=0):
    row = row or (lambda k, v: f"{v[0]},{v[1]}")
    x = values(rows, seed=seed)
    return header + "\n" + "\n".join(row(k, x[k]) for k in range(rows)) + "\n"


def folder(tmp_path, files):
    for name, content in files.items():
        written(tmp_path / "rig" / name, content)
    return str(tmp_path / "rig")


def recordings(dataset):
    return list(dict.fromkeys(map(str, dataset.groups["recording"])))


MACHINES = {f"{machine}/{label}/{k}.csv": table(seed=k)
            for machine in ("m1", "m2") for label in ("bad", "good") for k in (1, 2)}
LABELLED = table("ax,ay,label", 32, lambda k, v: f"{v[0]},{v[1]},{'ok' if k < 16 else 'worn'}")
LAYOUTS = {  # name → files, options, classes, groups, where the account says classes stand
    "a folder per class": (
        {f"{label}/a.csv": table() for label in ("bad", "good")}, {}, ("bad", "good"), {},
        "folders"),
    "named levels": (MACHINES, {"groups": "machine/label"}, ("bad", "good"),
                     {"machine": {"m1", "m2"}}, "folder level 2"),
    "the class is what is left": (MACHINES, {"groups": "machine"}, ("bad", "good"),
                                  {"machine": {"m1", "m2"}}, "folder level 2"),
    "classes on top": ({f"{label}/{day}/a.csv": table() for label in ("bad", "good")
                        for day in ("mon", "tue")}, {"groups": ["label/day"]}, ("bad", "good"),
                       {"day": {"mon", "tue"}}, "folder level 1"),
    "levels, and classes as names": (
        {f"{machine}/l{load}/{label}.csv": table() for machine in ("m1", "m2")
         for load in (0, 1) for label in ("bad", "good")}, {"groups": "machine/load"},
        ("bad", "good"), {"machine": {"m1", "m2"}, "load": {"l0", "l1"}}, "the files' names"),
    "a pattern of names": (
        {f"s{s}-{label}-{k}.csv": table() for s in (1, 2) for label in ("bad", "good")
         for k in (1, 2)}, {"groups": "{session}-{label}-{n}"}, ("bad", "good"),
        {"session": {"s1", "s2"}, "n": {"1", "2"}}, "the files' names"),
    "levels and a pattern": (
        {f"{machine}/{label}_{k}.csv": table() for machine in ("m1", "m2")
         for label in ("bad", "good") for k in (1, 2)}, {"groups": "machine/{label}_*"},
        ("bad", "good"), {"machine": {"m1", "m2"}}, "the files' names"),
    "names that start with the class": (
        {f"{label}_{k:02d}.csv": table() for label in ("bad", "very_good") for k in (1, 2)}, {},
        ("bad", "very_good"), {}, "'bad_01.csv' is 'bad'"),
    "names of Edge Impulse": (
        {f"{label}.{code}.csv": table() for label in ("idle", "wave")
         for code in ("3fk2ja1", "4ab7cd2e")}, {}, ("idle", "wave"), {}, "the files' names"),
    "labels in the files": ({f"rec{k}.csv": LABELLED for k in (1, 2)}, {}, ("ok", "worn"), {},
                            "column 'label'"),
    "labels in the files of machines": (
        {f"{machine}/rec.csv": LABELLED for machine in ("m1", "m2")}, {"groups": "machine"},
        ("ok", "worn"), {"machine": {"m1", "m2"}}, "column 'label'"),
    "training and testing": (
        {f"{part}/{label}/a.csv": table() for part in ("train", "test")
         for label in ("bad", "good")}, {}, ("bad", "good"), {"part": {"train", "test"}},
        "folder level 2"),
    "a folder around": ({f"data/{label}/a.csv": table() for label in ("bad", "good")}, {},
                        ("bad", "good"), {}, "folder level 2"),
    "a column as group": (
        {f"{label}/a.csv": table("ax,ay,load", 24, lambda k, v: f"{v[0]},{v[1]},{k // 12}")
         for label in ("bad", "good")}, {"groups": ["load"]}, ("bad", "good"),
        {"load": {"0", "1"}}, "folders"),
    "a column of sessions": (
        {f"{label}/a.csv": table("session,ax,ay", 24, lambda k, v: f"{k // 12},{v[0]},{v[1]}")
         for label in ("bad", "good")}, {}, ("bad", "good"), {"session": {"0", "1"}}, "folders"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(tmp_path, name):
    files, options, classes, groups, where = LAYOUTS[name]
    dataset = load(folder(tmp_path, files), window=8, **options)
    assert dataset.classes == classes and dataset.channels == ("ax", "ay")
    found = {key: set(map(str, labels)) for key, labels in dataset.groups.items()}
    found.pop("recording")
    assert found == groups and set(dataset.account.groups) == set(groups)
    assert where in dataset.account.classes_from and dataset.account.files == len(files)


def test_levels_are_rules_to_split_by(tmp_path):
    dataset = load(folder(tmp_path, MACHINES), window=8, groups="machine/label")
    assert [each.name for each in make_splits(dataset, "machine")] == ["machine m1", "machine m2"]


def test_recordings_stand_in_the_order_in_which_people_count(tmp_path):
    files = {f"{label}/rec{k}.csv": table() for label in ("a", "b") for k in (10, 2, 1)}
    dataset = load(folder(tmp_path, files), window=8)
    assert recordings(dataset)[:3] == ["a/rec1.csv", "a/rec2.csv", "a/rec10.csv"]


def test_what_is_no_table_is_left_out_and_told(tmp_path):
    files = {f"{label}/{k}.csv": table() for label in ("a", "b") for k in (1, 2)} | {
        "a/._1.csv": b"\0\5\26\7", "Thumbs.db": b"x", ".DS_Store": b"x", "README.txt": "hello\n",
        "a/photo.jpg": b"x", "deep/er/3.csv": table()}
    dataset = load(folder(tmp_path, files), window=8)
    assert dataset.account.files == 4
    assert dict(dataset.account.left_out) == {
        ".DS_Store": "hidden", "README.txt": "a text to read",
        "Thumbs.db": "made by Windows", "a/._1.csv": "a Mac's note about another file",
        "a/photo.jpg": "no table", "deep/er/3.csv": "2 folders deep, most lie 1 deep"}


def test_columns_go_by_name(tmp_path):
    x = values(24)
    files = {"a/1.csv": table("ax,ay"),
             "b/1.csv": table("AY , ax", row=lambda k, v: f"{v[1]},{v[0]}")}
    dataset = load(folder(tmp_path, files), window=8)
    assert dataset.channels == ("ax", "ay")
    np.testing.assert_allclose(dataset.x[dataset.y == 1].reshape(-1, 2), x, atol=1e-6)


def clocked(step_ms, rows=80):
    return table("t_ms,ax,ay", rows, lambda k, v: f"{k * step_ms},{v[0]},{v[1]}")


def test_files_of_several_rates_are_resampled_to_the_lowest(tmp_path):
    path = folder(tmp_path, {"a/1.csv": clocked(10), "a/2.csv": clocked(5), "b/1.csv": clocked(10)})
    dataset = load(path, window=8)
    assert dataset.rate_hz == 100.0
    counts = [sum(dataset.groups["recording"] == name) for name in recordings(dataset)]
    assert counts == [10, 5, 10]
    assert "files differ (100, 200 Hz) and were resampled" in dataset.account.text()
    given = load(path, window=8, rate_hz=200.0)
    assert given.rate_hz == 200.0 and len(given) == 20 + 10 + 20


def test_one_file_s_decimal_comma_is_every_file_s(tmp_path):
    """Alone, ``1.500`` in the first file would be one and a half."""
    files = {"a/1.csv": table("adc;ay", row=lambda k, v: f"{1 + k % 3}.{100 + k};{k % 5}"),
             "b/1.csv": table("adc;ay", row=lambda k, v: f"{v[0]};{v[1]}".replace(".", ","))}
    dataset = load(folder(tmp_path, files), window=8)
    assert dataset.x[dataset.y == 0][..., 0].min() >= 1000


def test_a_ramp_in_one_file_alone_is_a_channel(tmp_path):
    files = {"a/1.csv": table("ax,temp", row=lambda k, v: f"{v[0]},{20 + k / 10:.1f}"),
             "b/1.csv": table("ax,temp", row=lambda k, v: f"{v[0]},{20 - k / 10:.1f}")}
    assert load(folder(tmp_path, files), window=8).channels == ("ax", "temp")


BAD = {
    "levels without a meaning": (
        MACHINES, {}, "files lie 2 folders deep, such as m1/bad/1.csv; say which level"),
    "too many levels": (MACHINES, {"groups": "a/b/c"}, "'a/b/c' names 3 folder levels"),
    "names that do not fit": (
        {"a_1.csv": table()}, {"groups": "{label}-{n}"}, "no file's name fits"),
    "nothing tells the class": (
        {f"{k}.csv": table() for k in (1, 2)}, {}, "no folder per class, no label column"),
    "other names": ({"a/1.csv": table(), "b/1.csv": table("ax,az")}, {},
                    "columns az, which .*a/1.csv lacks"),
    "another number": (
        {"a/1.csv": table(), "b/1.csv": table(
            "ax,ay,az", row=lambda k, v: f"{v[0]},{v[1]},{k % 5}")}, {},
        "b/1.csv: 3 columns, but .*a/1.csv has 2 .not in both: az.; name the channels"),
    "other units of time": (
        {"a/1.csv": clocked(10), "b/1.csv": clocked(10).replace("t_ms", "t_us")}, {},
        "columns t_us, which .* lacks"),
    "other units below": (
        {"a/1.csv": table("ax,ay\ng,g"), "b/1.csv": table("ax,ay\nmg,mg")}, {},
        "column 'ax' in mg, but .* has it in g"),
    "classes by case": ({f"{label}/1.csv": table() for label in ("Good", "good", "bad")}, {},
                        "'Good' and 'good' differ only by case or blanks"),
    "classes by blanks": ({f"{label}/1.csv": table() for label in ("no load", "no_load")}, {},
                          "differ only by case or blanks"),
    "one class": ({f"good/{k}.csv": table() for k in (1, 2)}, {}, "two classes or more"),
    "too many classes": ({f"c{k}/1.csv": "ax\n1\n5\n2\n" for k in range(1001)}, {"window": 2},
                         "1,001 classes"),
    "no tables": ({"a/1.xyz": "x", "b/1.pdf": b"x"}, {}, "no CSV files"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_folders_are_one_line(tmp_path, case):
    files, options, message = BAD[case]
    with pytest.raises(UserError, match=message) as caught:
        load(folder(tmp_path, files), **{"window": 8} | options)
    assert "\n" not in str(caught.value)


def labelled(label):
    return "ax,ay,label\n" + "\n".join(
        f"{v[0]},{v[1]},{label(k)}" for k, v in enumerate(values(64)))


def test_labels_lose_blanks_and_decimals_and_say_so(tmp_path):
    dataset = loaded(tmp_path / "a.csv", labelled(lambda k: '"ok "' if k < 32 else "worn"))
    assert dataset.classes == ("ok", "worn") and "'ok ' taken as 'ok'" in dataset.account.text()
    dataset = loaded(tmp_path / "a.csv", labelled(lambda k: 1.0 + k // 32))
    assert dataset.classes == ("1", "2") and "1.0 taken as '1'" in dataset.account.text()


@pytest.mark.parametrize(("label", "message"), [
    (lambda k: f"{k * 1.37:.3f}", "64 different numbers such as .* a measurement, no classes"),
    (lambda k: f"c{k}", "64 different values in 64 rows: no classes"),
    (lambda k: ("ok", "OK", "worn")[k // 22], "classes 'ok' and 'OK' differ only by case"),
    (lambda k: "" if k == 9 else "ok", "row 11: no label in column 'label'"),
])
def test_labels_that_are_no_classes_are_refused(tmp_path, label, message):
    with pytest.raises(UserError, match=message):
        loaded(tmp_path / "a.csv", labelled(label))


def test_one_recording_a_class_cannot_be_split_by_file(tmp_path):
    dataset = load(folder(tmp_path, {f"{label}/1.csv": table() for label in "ab"}), window=3)
    with pytest.raises(UserError, match="too few for rule 'file_order'"):
        make_splits(dataset, "file_order")
    assert make_splits(dataset, "time")


def test_the_label_column_is_found_or_asked_for(tmp_path):
    text = labelled(lambda k: "ok" if k < 32 else "worn")
    for name in ("Class", "state", "label ", "anything"):
        dataset = loaded(tmp_path / "a.csv", text.replace("label", name))
        assert dataset.account.classes_from == f"column '{name.strip()}'"
    with pytest.raises(UserError, match="unknown label column 'label': .*known: ax, ay, p, q"):
        loaded(tmp_path / "a.csv", text.replace("label", "p,q").replace(",ok", ",ok,a").replace(
            ",worn", ",worn,b"))
