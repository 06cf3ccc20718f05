"""What the places and names of tables say: lists beside them, dates, people, sensors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_tables import values, written

from lnnlab.data import load, make_splits
from lnnlab.data.default_rule import default_rule
from lnnlab.data.lists import Files
from lnnlab.data.tables.list_files import ENDING
from lnnlab.errors import OneClass, UserError


def table(seed=0, header="ax,ay\n", rows=24, mark=","):
    return header + "\n".join(mark.join(map(str, v)) for v in values(rows, seed=seed)) + "\n"


def folder(tmp_path, names, **how):
    for seed, name in enumerate(names):
        written(tmp_path / "rig" / name, table(seed, **how))
    return tmp_path / "rig"


LISTS = {  # name → the list's name and text
    "a header": ("labels.csv", "filename,label\n{files}", ","),
    "paths of another machine": ("meta/list.csv", "file;class\n{files}", ";"),
    "a group too": ("labels.tsv", "name\tsubject\tactivity\n{files}", "\t"),
}


@pytest.mark.parametrize("case", LISTS)
def test_a_list_beside_the_files_says_their_classes(tmp_path, case):
    place, text, mark = LISTS[case]
    rig = folder(tmp_path, [f"rec{k}.csv" for k in range(7)])
    group = mark + "{who}" if "subject" in text else ""
    above = "C:\\data\\" if "another" in case else ""
    rows = [f"{above}rec{k}.csv{group.format(who=k % 3)}{mark}{('ok', 'worn')[k % 2]}"
            for k in range(6)]
    written(rig / place, text.format(files="\n".join(rows)))
    dataset = load(str(rig), window=8)
    assert dataset.classes == ("ok", "worn") and dataset.account.classes_from == place
    assert dataset.account.left_out == {"rec6.csv": f"not named in {place}"}
    np.testing.assert_allclose(dataset.x[3], values(24, seed=1)[:8], atol=1e-6)
    assert dataset.classes[dataset.y[3]] == "worn"
    if group:
        assert set(dataset.groups["subject"]) == {"0", "1", "2"}


@pytest.mark.parametrize("heading", ["file,status,day", "file,day", "file,rig,day"])
def test_a_list_beside_folders_of_classes_says_no_classes(tmp_path, heading):
    rig = folder(tmp_path, [f"{label}/{label}{k}.csv" for label in ("ok", "worn") for k in (1, 2)])
    row = ["done"] * (heading.count(",") - 1) + ["mon"]
    written(rig / "index.csv", "\n".join([heading, *(
        ",".join([f"{label}{k}.csv", *row]) for label in ("ok", "worn") for k in (1, 2))]))
    dataset = load(str(rig), window=8)
    assert dataset.account.classes_from == "folders"
    assert list(dataset.account.left_out) == ["index.csv"]


def test_a_list_of_names_that_every_folder_has_says_no_classes_beside_folders(tmp_path):
    rig = folder(tmp_path, [f"{label}/{k}.csv" for label in ("ok", "worn") for k in (1, 2)])
    written(rig / "index.csv", "file,activity\n1.csv,run\n2.csv,walk\n")
    assert load(str(rig), window=8).account.classes_from == "folders"


HOW = {  # heading of a list beside normal_0.csv, fault_0.csv …: what it says of the k-th
    "operator": lambda k: ("ann", "bob")[k // 2 % 2], "rpm": lambda k: 1500 + k // 2 % 2 * 300,
    "recorded_at": lambda k: f"2024-03-0{k // 2 % 2 + 1} 12:00:00", "duration_s": lambda k: 6.0,
    "comment": lambda k: "ok run" * (k // 2 % 2), "sha256": lambda k: f"{k:064x}",
    "date,operator": lambda k: f"2024,{('ann', 'bob')[k // 2 % 2]}",
    "status": lambda k: "done",
}
STATES = [f"{('normal', 'fault')[k % 2]}_{k // 2}.csv" for k in range(8)]


@pytest.mark.parametrize("heading", HOW)
def test_names_that_tell_classes_come_before_a_list_of_who_when_and_how(tmp_path, heading):
    rig = folder(tmp_path, STATES)
    written(rig / "index.csv", "\n".join([f"file,{heading}", *(
        f"{name},{HOW[heading](k)}" for k, name in enumerate(STATES))]))
    account = load(str(rig), window=8).account
    assert account.classes == {"fault": 4, "normal": 4}
    assert account.left_out == {"index.csv": "a list of files, not used"}


def test_a_list_tells_classes_by_its_heading_or_where_names_tell_none(tmp_path):
    kinds = [("oak", "pine")[k // 2 % 2] for k in range(8)]
    rig = folder(tmp_path, STATES)
    for heading, words in (("label", ""), ("wood", "either may be the classes; call the column")):
        written(rig / "index.csv", "\n".join([f"file,{heading}", *(
            map(",".join, zip(STATES, kinds, strict=True)))]))
        if words:
            with pytest.raises(UserError, match=f"tells wood .oak, pine.*fault, normal: {words}"):
                load(str(rig), window=8)
        else:
            assert load(str(rig), window=8).account.classes == {"oak": 4, "pine": 4}
    written(rig / "index.csv", "\n".join(["file,wood", *(
        f"{name},{('oak', 'pine')[k % 2]}" for k, name in enumerate(STATES))]))
    assert load(str(rig), window=8).account.classes == {"oak": 4, "pine": 4}
    rig = folder(tmp_path / "unnamed", [f"rec{k}.csv" for k in range(8)])
    for heading in ("wood", "operator"):
        written(rig / "index.csv", "\n".join([f"file,{heading}", *(
            f"rec{k}.csv,{kind}" for k, kind in enumerate(kinds))]))
        assert load(str(rig), window=8).account.classes == {"oak": 4, "pine": 4}
    written(rig / "a list.csv", "\n".join(["file,day", *(f"rec{k}.csv,mon" for k in range(8))]))
    written(rig / "index.csv", "\n".join(["file,label", *(
        f"rec{k}.csv,{kind}" for k, kind in enumerate(kinds))]))
    account = load(str(rig), window=8).account
    assert account.classes_from == "index.csv" and "a list.csv" in account.left_out


EITHER = {  # names of files, list and heading → classes, or message
    "a load in labels.csv": (STATES, "labels.csv", "load", "tells load .* names of files tell"),
    "a place": (STATES, "my_labels.csv", "place", "tells place .* names of files tell"),
    "who in labels.csv": (STATES, "labels.csv", "operator", ("fault", "normal")),
    "a load in another list": (STATES, "index.csv", "load", ("fault", "normal")),
    "a status": (STATES, "log.csv", "status", "tells status .* names of files tell"),
    "a condition": (STATES, "log.csv", "condition", "tells condition .* names of files tell"),
    "a condition in labels.csv": (STATES, "labels.csv", "condition", ("healthy", "worn")),
    "no other names": ([f"rec_{k}.csv" for k in range(8)], "log.csv", "status",
                       ("healthy", "worn")),
}
for _place, _heading in (("labels.csv", "condition"), ("log.csv", "condition"),
                         ("labels.csv", "fault_location"), ("labels.csv", "surface"),
                         ("log.csv", "class_name")):
    EITHER[f"{_heading} in {_place} and folders"] = (
        [f"m{k % 2}/{k}.csv" for k in range(8)], _place, _heading,
        f"tells {_heading} .healthy, worn., and files lie in folders .m0, m1.: either may")


def agreeing(tmp_path, place, heading):
    rig = folder(tmp_path, STATES)
    written(rig / place, f"file,{heading}\n" + "".join(
        f"{name},{('healthy', 'worn')[k % 2]}\n" for k, name in enumerate(STATES)))
    return rig


@pytest.mark.parametrize("case", EITHER)
def test_a_list_and_names_or_folders_that_tell_other_classes(tmp_path, case):
    names, place, heading, wanted = EITHER[case]
    rig = folder(tmp_path, names)
    written(rig / place, f"file,{heading}\n" + "".join(
        f"{name},{('healthy', 'worn')[k // 2 % 2]}\n" for k, name in enumerate(names)))
    if isinstance(wanted, tuple):
        assert load(str(rig), window=8).classes == wanted
        return
    with pytest.raises(UserError, match=wanted) as caught:
        load(str(rig), window=8)
    assert "call the column label" in str(caught.value)
    if "folders" not in wanted:  # what agrees with names says how they were recorded
        assert load(str(agreeing(tmp_path / "b", place, heading)), window=8).classes == (
            ("healthy", "worn") if heading in ("status", "condition") else ("fault", "normal"))
    written(rig / place, (rig / place).read_text().replace(heading, "label"))
    assert load(str(rig), window=8).classes == ("healthy", "worn")


@pytest.mark.parametrize("heading, classes", [
    ("class_id,class_name", ("low", "top")), ("fault_type,severity", ("0", "1")),
    ("severity,fault_type", ("low", "top")), ("operator,activity_kind", ("low", "top")),
])
def test_a_heading_with_a_word_of_classes_tells_them(tmp_path, heading, classes):
    names = [f"rec{k}.csv" for k in range(8)]
    rig = folder(tmp_path, names)
    written(rig / "labels.csv", f"file,{heading}\n" + "".join(
        f"{name},{k // 2 % 2},{('low', 'top')[k // 2 % 2]}\n" for k, name in enumerate(names)))
    assert load(str(rig), window=8).classes == classes


@pytest.mark.parametrize("places", [("",), ("x/", "y/")])
def test_a_list_to_be_filled_in_is_one_line(tmp_path, places):
    names = [f"{place}rec{k}.csv" for place in places for k in range(4)]
    rig = folder(tmp_path, names)
    written(rig / "labels.csv", "file,label\n" + "".join(f"{name},\n" for name in names))
    if len(places) > 1:
        assert load(str(rig), window=8).account.classes_from == "folders"
        return
    with pytest.raises(UserError, match="labels.csv: its column label says nothing of any file"):
        load(str(rig), window=8)


BARE = {  # the list's name → its text, of a file's name and its class
    "labels.csv": ("id,label\n", "{stem},{label}\n"), "labels.txt": ("", "{stem}.csv {label}\n"),
    "meta.txt": ("", "{stem} {label}\n"), "index.tsv": ("label\tid\n", "{label}\t{stem}\n"),
}


@pytest.mark.parametrize("stem", ["rec{}", "{}", "take {}", "00{}"])
@pytest.mark.parametrize("place", BARE)
def test_a_list_may_leave_endings_and_commas_out(tmp_path, place, stem):
    head, row = BARE[place]
    if " " in stem and place.endswith(".txt"):
        return  # a blank parts names and classes there
    stems = [stem.format(k) for k in range(1, 7)]
    rig = folder(tmp_path, [f"{each}.csv" for each in stems], header="n,ax,ay\n", mark=",1,")
    written(rig / place, head + "".join(
        row.format(stem=each if stem != "00{}" or k else each.lstrip("0"),  # as spreadsheets do
                   label=("ok", "worn")[k % 2]) for k, each in enumerate(stems)))
    account = load(str(rig), window=8).account
    assert account.classes == {"ok": 3, "worn": 3} and account.classes_from == place


@given(st.sets(st.tuples(st.integers(0, 120), st.integers(1, 4)), min_size=1, max_size=8))
def test_a_number_names_a_file_of_its_own_digits_first_and_any_of_its_value_then(numbers):
    names = {f"{value:0{width}d}.csv": value for value, width in numbers}
    files = Files(names, ENDING)
    for name, value in names.items():
        assert files.named(name) == files.named(name[:-4]) == [name]
        alike = [each for each, other in names.items() if other == value]
        assert files.named(f"x/{value:06d}") == alike
        assert files.named(f"{value}.5") == files.named(f"{value + 500}") == []


@pytest.mark.parametrize("row", ["{hash}  {name}\n", "{hash} *./{name}\n"])
def test_checksums_beside_files_are_a_list(tmp_path, row):
    rig = folder(tmp_path, STATES)
    written(rig / "SHA256SUMS.txt", "".join(
        row.format(hash=f"{k:064x}", name=name) for k, name in enumerate(STATES)))
    account = load(str(rig), window=8).account
    assert account.classes == {"fault": 4, "normal": 4}
    assert account.left_out == {"SHA256SUMS.txt": "a list of files, not used"}
    written(rig / "labels.csv", "file,label\n" + "".join(
        f"{name},{('oak', 'pine')[k // 2 % 2]}\n" for k, name in enumerate(STATES)))
    assert load(str(rig), window=8).account.classes_from == "labels.csv"


def test_numbers_of_samples_name_no_files(tmp_path):
    """Rows that count from 0 beside files 0.csv, 1.csv … are samples."""
    rows = "".join(f"{k},{v[0]},{v[1]}\n" for k, v in enumerate(values(24)))
    for label in ("ok", "worn"):
        for k in range(3):
            written(tmp_path / "rig" / label / f"{k}.csv", "n,ax,ay\n" + rows)
        written(tmp_path / "rig" / label / "last.csv", "n,ax,ay\n" + rows)
    account = load(str(tmp_path / "rig"), window=8).account
    assert account.files == 8 and not account.left_out


def test_lists_of_sessions_are_one_and_speak_of_their_own_folders(tmp_path):
    rig = folder(tmp_path, [f"day{day}/rec{k}.csv" for day in (1, 2) for k in range(4)])
    for day in (1, 2):
        written(rig / f"day{day}/labels.csv", "filename,label\n" + "".join(
            f"rec{k}.csv,{('ok', 'worn')[(k + day) % 2]}\n" for k in range(4)))
    dataset = load(str(rig), window=8)
    assert dataset.account.classes_from == "day1/labels.csv, day2/labels.csv"
    assert not dataset.account.left_out and dataset.account.groups["folder"] == 2
    told = {name: dataset.classes[k]
            for name, k in zip(dataset.groups["recording"], dataset.y, strict=True)}
    assert told["day1/rec0.csv"] == "worn" and told["day2/rec0.csv"] == "ok"


def test_files_that_a_list_names_and_nobody_sees_are_told(tmp_path):
    rig = folder(tmp_path, [f"rec{k}.csv" for k in range(4)])
    written(rig / "labels.csv", "file,start,end,label\n" + "".join(
        f"rec{k}.csv,0,9,{('ok', 'worn')[k % 2] if k < 4 else 'broken'}\n" for k in range(6)))
    notes = load(str(rig), window=8).account.notes
    assert ("labels.csv names 2 files that are absent (such as rec4.csv), among them every file of "
            "broken.") in notes
    assert "Columns start, end of labels.csv are not used." in notes


NAMES = {  # names of files → classes, groups
    "a counter and a speed": (
        [f"{label}_{k}_1500rpm.csv" for label in ("worn", "ok") for k in (1, 2)],
        ("ok", "worn"), {}),
    "a person first": (
        [f"subject0{who}_{label}_{k}.csv" for who in (1, 2, 3) for label in ("run", "walk")
         for k in (1, 2)], ("run", "walk"), {"subject": {"subject01", "subject02", "subject03"}}),
    "a person's number": (
        [f"{who}-{label}.csv" for who in (1, 2, 3) for label in ("run", "walk_up")],
        ("run", "walk_up"), {"subject": {"1", "2", "3"}}),
    "a person last": (
        [f"{label}_P{who}.csv" for who in (1, 2, 3) for label in ("run", "walk")],
        ("run", "walk"), {}),
    "people's folders": (
        [f"s{who}/{label}_{k}.csv" for who in (1, 2, 3) for label in ("run", "walk")
         for k in (1, 2)], ("run", "walk"), {"subject": {"s1", "s2", "s3"}}),
    "numbered classes": ([f"{label}/rec_{k}.csv" for label in (0, 1) for k in (1, 2)],
                         ("0", "1"), {}),
    "a folder for each recording": (
        [f"{label}-2024-03-0{k}_12-00-00/Accelerometer.csv" for label in ("run", "walk")
         for k in (1, 2)], ("run", "walk"), {"folder": {
             f"{label}-2024-03-0{k}_12-00-00" for label in ("run", "walk") for k in (1, 2)}}),
    "endings that are times": (
        [f"{label}/2004.02.12.10.{k}.39" for label in ("good", "outer") for k in (32, 42)],
        ("good", "outer"), {}),
}


@pytest.mark.parametrize("case", NAMES)
def test_names_of_files_and_folders(tmp_path, case):
    names, classes, groups = NAMES[case]
    how = {"header": "", "mark": "\t"} if case.startswith("endings") else {}
    dataset = load(str(folder(tmp_path, names, **how)), window=8)
    if case == "a person last":  # P1 is a counter like any other
        assert dataset.classes == ("run_P", "walk_P")
        return
    assert dataset.classes == classes
    assert {name: set(map(str, dataset.groups[name])) for name in groups} == groups
    assert set(dataset.groups) == {*groups, "recording"}


@pytest.mark.parametrize("validates", [False, True])
def test_folders_of_parts_are_the_split(tmp_path, validates):
    names = [f"{part}/{label}_{k}.csv" for part in ("training", "testing", "val")[:2 + validates]
             for label in ("run", "walk") for k in (1, 2)]
    dataset = load(str(folder(tmp_path, names)), window=8)
    assert default_rule(dataset) == "official"
    split = make_splits(dataset, "official")[0]
    assert split.rule == "the folder's own parts" + (
        "" if validates else ", validation drawn from the training part")
    held = {"val"} if validates else {"training"}
    assert set(dataset.groups["part"][split.test]) == {"testing"}
    assert set(dataset.groups["part"][split.validation]) == held
    assert set(dataset.y[split.validation]) == set(dataset.y[split.train]) == {0, 1}


def test_parts_that_lack_a_class_are_a_grouping_alone(tmp_path):
    names = ["training/run_1.csv", "training/run_2.csv", "testing/walk_1.csv"]
    dataset = load(str(folder(tmp_path, names)), window=8)
    assert dataset.part is None and set(dataset.groups["part"]) == {"training", "testing"}


def test_people_are_held_out_where_each_class_has_three(tmp_path):
    names = NAMES["a person first"][0]
    assert default_rule(load(str(folder(tmp_path / "a", names)), window=8)) == "subject"
    assert default_rule(load(str(folder(tmp_path / "b", names[:-2])), window=8)) == "file_order"


def test_what_phones_write_of_themselves_is_left_out(tmp_path):
    rig = folder(tmp_path, [f"{label}/{k}/Raw Data.csv" for label in ("run", "walk")
                            for k in (0, 1)])
    for label in ("run", "walk"):
        written(rig / label / "0" / "meta" / "device.csv", '"property","value"\n"version","1"\n')
    dataset = load(str(rig), window=8, groups="label/take")
    assert dataset.classes == ("run", "walk") and set(dataset.groups["take"]) == {"0", "1"}
    assert dataset.account.left_out["run/0/meta/device.csv"] == "what phyphox says of itself"
    rig = folder(tmp_path / "b", [f"{label}/Gyroscope.csv" for label in ("run", "walk")])
    written(rig / "run" / "Annotation.csv", "time,text\n1,start\n")
    assert "run/Annotation.csv" in load(str(rig), window=8).account.left_out


BAD = {  # names → message
    "two sensors of a recording": (
        [f"{label}/{sensor}.csv" for label in ("run", "walk")
         for sensor in ("Accelerometer", "Gyroscope")],
        "run: Accelerometer.csv and Gyroscope.csv are sensors of one recording: join"),
    "rows that are windows": (
        ["train/Inertial Signals/acc_x_train.txt", "train/y_train.txt"],
        "y_train.txt holds a label for each row of another file: its rows are windows already"),
    "packed": (["a/1.csv.gz"], "a/1.csv.gz is packed: unpack it"),
    "workbooks": (["a/1.xlsx"], "a/1.xlsx is a workbook: save its sheet as CSV"),
}


@pytest.mark.parametrize("case", BAD)
def test_files_that_do_not_stand_alone_are_one_line(tmp_path, case):
    names, message = BAD[case]
    with pytest.raises(UserError, match=message) as caught:
        load(str(folder(tmp_path, names)), window=8)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("label", [False, True])
def test_files_at_another_depth_are_named_where_one_class_is_left(tmp_path, label):
    """Not of one class only: a detector would be told that all is normal."""
    names = [*(f"normal/{k}.csv" for k in range(3)), "faults/inner/4.csv", "faults/outer/5.csv"]
    if label:  # the files tell the classes
        for name in names:
            written(tmp_path / "rig" / name, "ax,label\n" + "".join(
                f"{v * v % 7},{'xy'[v // 12]}\n" for v in range(24)))
        assert load(str(tmp_path / "rig"), window=8).classes == ("x", "y")
        return
    with pytest.raises(UserError, match="one class only, normal; faults/inner/4.csv and 1 more "
                       "left out: 2 folders deep, most lie 1 deep; put") as caught:
        load(str(folder(tmp_path, names)), window=8)
    assert not isinstance(caught.value, OneClass)


LISTED = {  # names of files, text of the list, message
    "no column of classes": (
        ["rec0.csv", "rec1.csv"], "file,first,second\nrec0.csv,x,1\nrec1.csv,y,2\n",
        "no column is named label; name one of first, second so"),
    "one name twice": (["rec0.csv", "rec1.csv", "b/rec1.csv"],
                       "file,label\nrec0.csv,x\nrec1.csv,y\n", "have one name"),
    "two classes of one file": (
        ["rec0.csv", "rec1.csv"], "file,label\nrec0.csv,x\nrec1.csv,y\nrec0.csv,y\n",
        "names rec0.csv twice, as x and as y; leave one of the rows"),
    "segments": (
        ["rec0.csv", "rec1.csv"], "file,start_s,end_s,label\nrec0.csv,0,1,x\nrec1.csv,0,1,y\n"
        "rec0.csv,1,2,y\n", r"segments of a file \(start_s, end_s\) are not read from a list"),
    "folders that say otherwise": (
        ["x/1.csv", "x/2.csv", "y/3.csv", "y/4.csv"],
        "file,label\n1.csv,x\n2.csv,y\n3.csv,y\n4.csv,y\n",
        "says y of x/2.csv, which lies in x; move the file or correct the list"),
    "folders that may be places": (
        ["hall/1.csv", "hall/2.csv", "yard/3.csv", "yard/4.csv"],
        "file,state\n1.csv,x\n2.csv,y\n3.csv,y\n4.csv,x\n",
        r"tells state \(x, y\), and files lie in folders \(hall, yard\): either may be"),
}


@pytest.mark.parametrize("case", LISTED)
def test_lists_that_do_not_tell_are_one_line(tmp_path, case):
    names, text, message = LISTED[case]
    rig = folder(tmp_path, names)
    written(rig / "list.csv", text)
    with pytest.raises(UserError, match=message):
        load(str(rig), window=8)
