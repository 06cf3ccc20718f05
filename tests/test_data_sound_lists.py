"""Tables beside sounds that say what they are."""

import numpy as np
import pytest
import soundfile
from made_sounds import RATE, clip, folder, words_of

from lnnlab.data import load, make_splits
from lnnlab.errors import UserError


@pytest.mark.parametrize("heading, separator, prefix", [
    ("filename,fold,category", ",", ""), ("file_name,n,label", ",", "audio/"),
    ("slice_file_name;n;class", ";", ""), ("path\tn\tword", "\t", "x\\"),
])
def test_a_table_beside_the_files_says_what_they_are(tmp_path, heading, separator, prefix):
    folder(tmp_path, *(f"audio/1-{k}-A-0.wav" for k in range(8)), "audio/9-9.wav")
    lines = [separator.join((f"{prefix}1-{k}-A-0.wav", str(k % 2), ("dog", "rain")[k % 2]))
             for k in range(8)]
    (tmp_path / "meta").mkdir()
    name = "meta/all.csv" if separator != "\t" else "meta/all.tsv"
    (tmp_path / name).write_text("\n".join([heading, *lines]))
    dataset = load(str(tmp_path))
    assert dataset.classes == ("dog", "rain") and dataset.account.classes_from == name
    assert words_of(dataset)["audio/1-3-A-0.wav"] == ("rain", "")
    assert dataset.account.left_out == {"audio/9-9.wav": f"without a label in {name}"}


def test_a_table_may_say_speakers_and_parts(tmp_path):
    folder(tmp_path, *(f"clips/{k}.wav" for k in range(12)))
    lines = [f"{k}.wav,{('yes', 'no')[k % 2]},{'abc'[k // 4]},{('train', 'dev', 'test')[k // 4]}"
             for k in range(12)]
    (tmp_path / "metadata.csv").write_text("\n".join(["path,label,client_id,split", *lines]))
    dataset = load(str(tmp_path))
    split = make_splits(dataset, "official")[0]
    assert split.rule == "the folder's own parts, no speaker on two sides"
    assert set(dataset.groups["speaker"][split.test]) == {"c"}


LISTS = {  # the list's name, what it holds beside eight clips 0.wav … 7.wav → encoding
    "labels.csv": ("file;label\r\n" + "\r\n".join(
        f"{k}.wav;{('ja', 'nein')[k % 2]}" for k in range(8)), "utf-16"),
    "train.csv": ("id,label\n" + "\n".join(
        f"{k},{('ja', 'nein')[k % 2]}" for k in range(8)), "utf-8"),
    "labels.txt": ("\n".join(f"{k}.wav {('ja', 'nein')[k % 2]}" for k in range(8)), "utf-8"),
    "meta.tsv": ("\n".join(
        f"/home/x/rig/audio/{k}.wav\t{('ja', 'nein')[k % 2]}" for k in range(8)), "utf-8"),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_as_people_write_them(tmp_path, name):
    """UTF-16, names without an ending, no header, paths of another machine."""
    text, encoding = LISTS[name]
    folder(tmp_path, *(f"audio/{k}.wav" for k in range(8)))
    (tmp_path / name).write_bytes(text.encode(encoding))
    dataset = load(str(tmp_path))
    assert dataset.classes == ("ja", "nein") and dataset.account.classes_from == name
    assert words_of(dataset)["audio/3.wav"] == ("nein", "")


def test_folds_and_sources_are_groups(tmp_path):
    """Clips cut from one recording lie in one fold of ESC-50 and UrbanSound8K."""
    folder(tmp_path, *(f"audio/{k}.wav" for k in range(8)))
    rows = [f"{k}.wav,{k // 2 % 2 + 1},{('dog', 'rain')[k % 2]},{100 + k // 2}" for k in range(8)]
    (tmp_path / "esc.csv").write_text("\n".join(["filename,fold,category,src_file", *rows]))
    dataset = load(str(tmp_path))
    assert dataset.account.groups == {"fold": 2, "source": 4}
    assert [each.name for each in make_splits(dataset, "fold")] == ["fold 1", "fold 2"]


def test_common_voice_has_a_table_for_each_part(tmp_path):
    folder(tmp_path, *(f"clips/{k}.wav" for k in range(12)))
    head = "client_id\tpath\tsentence\tup_votes"
    rows = [f"{'abc'[k // 4] * 9}\t{k}.wav\t{('yes', 'no')[k % 2]}\t2" for k in range(12)]
    for name, part in (("validated", rows), ("train", rows[:4]), ("dev", rows[4:8]),
                       ("test", rows[8:]), ("invalidated", [rows[0].replace("yes", "stop")])):
        (tmp_path / f"{name}.tsv").write_text("\n".join([head, *part]))
    dataset = load(str(tmp_path))
    assert dataset.classes == ("no", "yes") and dataset.account.left_out == {
        "invalidated.tsv": "no sound"}
    split = make_splits(dataset, "official")[0]
    assert split.rule == "the folder's own parts, no speaker on two sides"
    assert set(dataset.groups["speaker"][split.test]) == {"c" * 9}


def test_a_table_adds_speakers_and_parts_to_folders_of_words(tmp_path):
    """Names of clips are the same in every folder: only the path tells them apart."""
    folder(tmp_path, *(f"clips/{word}/cv_{k}.wav" for word in ("no", "yes") for k in range(6)))
    rows = [f"{('TRAIN', 'DEV', 'TEST')[k // 2]},{word}/cv_{k}.wav,{word},spk{k // 2}"
            for word in ("no", "yes") for k in range(6)]
    (tmp_path / "splits.csv").write_text("\n".join(["SET,LINK,WORD,SPEAKER", *rows]))
    dataset = load(str(tmp_path))
    assert dataset.account.classes_from == "the folders" and not dataset.account.left_out
    split = make_splits(dataset, "official")[0]
    assert split.rule == "the folder's own parts, no speaker on two sides"
    assert set(dataset.groups["speaker"][split.test]) == {"spk2"}


def test_a_table_in_which_one_name_is_two_clips_tells_nothing(tmp_path):
    folder(tmp_path, *(f"{word}/{k}.wav" for word in ("no", "yes") for k in range(3)))
    rows = [f"{k}.wav,{word},{word}{k}" for word in ("no", "yes") for k in range(3)]
    (tmp_path / "all.csv").write_text("\n".join(["file,word,speaker", *rows]))
    dataset = load(str(tmp_path))
    assert set(dataset.groups["speaker"]) == {""} and "all.csv" in dataset.account.left_out


@pytest.mark.parametrize("sessions, alike", [(2, True), (2, False), (3, False)])
def test_lists_of_sessions_are_one_and_speak_of_their_own_folders(tmp_path, sessions, alike):
    for day in range(sessions):
        names = [f"{'' if alike else day}c{k}.wav" for k in range(4)]
        folder(tmp_path, *(f"day{day}/{name}" for name in names))
        (tmp_path / f"day{day}" / "labels.csv").write_text("filename,label\n" + "".join(
            f"{name},{('dog', 'rain')[(k + day) % 2]}\n" for k, name in enumerate(names)))
    dataset = load(str(tmp_path))
    told = words_of(dataset)
    first, second = ("c0.wav", "c0.wav") if alike else ("0c0.wav", "1c0.wav")
    assert told[f"day0/{first}"][0] == "dog" and told[f"day1/{second}"][0] == "rain"
    assert len(told) == 4 * sessions and dataset.account.groups == {"folder": sessions}
    assert dataset.account.classes_from == ", ".join(
        f"day{day}/labels.csv" for day in range(sessions))


def test_a_list_of_all_clips_tells_classes_and_folders_are_places(tmp_path):
    names = [f"{place}/{place}{k}.wav" for place in ("garden", "street") for k in range(4)]
    folder(tmp_path, *names)
    rows = "".join(f"{name},{('dog', 'rain')[k % 2]}\n" for k, name in enumerate(names))
    (tmp_path / "labels.csv").write_text("filename,label\n" + rows)
    account = load(str(tmp_path)).account
    assert account.classes == {"dog": 4, "rain": 4} and account.classes_from == "labels.csv"
    assert account.groups == {"folder": 2}
    for heading in ("id", "location"):  # no classes: the folders are
        (tmp_path / "labels.csv").write_text(f"filename,{heading}\n" + rows)
        assert load(str(tmp_path)).account.classes_from == "the folders"


EITHER = {  # text of the list of clips in d1 and d2 → message
    "headings": ("file,{}\n", "tells {} crow, owl, the folders or names d1, d2: call the column"),
    "none": ("", "tells crow, owl, the folders d1, d2: write filename,label above its rows"),
}


@pytest.mark.parametrize("heading", ["species", "diagnosis", ""])
@pytest.mark.parametrize("each", [False, True])
def test_a_list_without_a_label_may_tell_other_classes_than_folders(tmp_path, heading, each):
    """PhysioNet's lists lie in every folder and have no header."""
    names = [f"d{k // 4 + 1}/c{k}.wav" for k in range(8)]
    folder(tmp_path, *names)
    head, message = EITHER["headings" if heading else "none"]
    for place in ("d1", "d2") if each else ("",):
        (tmp_path / place / "REFERENCE.csv").write_text(head.format(heading) + "".join(
            f"{name.split('/')[1][:-4]},{('owl', 'crow')[k % 2]}\n"
            for k, name in enumerate(names) if name.startswith(place)))
    with pytest.raises(UserError, match=message.format(heading) + r".*layout='word/\*'"):
        load(str(tmp_path))
    assert load(str(tmp_path), layout="word/*").classes == ("d1", "d2")
    for k, word in enumerate(("up", "down")):  # known words
        folder(tmp_path / "known", *(f"{word}/c{k}{n}.wav" for n in range(2)))
    (tmp_path / "known" / "list.csv").write_text(head.format(heading) + "".join(
        f"c{k}{n},{('owl', 'crow')[n]}\n" for k in range(2) for n in range(2)))
    assert load(str(tmp_path / "known")).classes == ("down", "up")


@pytest.mark.parametrize("heading", ["speaker", "speaker,age", "age,user", "speaker,split"])
def test_a_list_without_words_adds_speakers_to_folders(tmp_path, heading):
    names = [f"{word}/{k}.wav" for word in ("up", "down") for k in range(6)]
    folder(tmp_path, *names)
    parts = ("train", "val", "test")
    cells = {"speaker": "s{}", "user": "s{}", "age": "3{}", "split": "{}"}
    (tmp_path / "speakers.csv").write_text("\n".join([f"file,{heading}", *(
        ",".join([name, *(cells[each].format(k % 6 // 2 if each != "split" else parts[k % 6 // 2])
                          for each in heading.split(","))]) for k, name in enumerate(names))]))
    dataset = load(str(tmp_path))
    assert dataset.account.classes_from == "the folders" and not dataset.account.left_out
    assert set(dataset.groups["speaker"]) == {"s0", "s1", "s2"}
    split = make_splits(dataset, "official")[0]
    assert split.rule.endswith("no speaker on two sides")
    if "split" in heading:
        assert set(dataset.groups["speaker"][split.test]) == {"s2"}
    (tmp_path / "speakers.csv").write_text(f"file,{heading}\n" + "".join(
        f"{k % 6}.wav{f',{k % 6}' * len(heading.split(','))}\n" for k in range(12)))  # of which?
    assert set(load(str(tmp_path)).groups["speaker"]) == {""}


def test_lists_of_different_clips_may_have_other_columns(tmp_path):
    """As FSDKaggle2018 is published."""
    folder(tmp_path, *(f"audio_{part}/{part}{k}.wav" for part in ("train", "test")
                       for k in range(4)))
    for part, rest in (("train", "verified"), ("test", "usage")):
        (tmp_path / f"{part}_clips.csv").write_text(f"fname,label,{rest}\n" + "".join(
            f"{part}{k}.wav,{('bark', 'meow')[k % 2]},1\n" for k in range(4)))
    account = load(str(tmp_path)).account
    assert account.classes == {"bark": 4, "meow": 4} and account.groups == {"folder": 2}
    assert account.classes_from == "test_clips.csv, train_clips.csv"


@pytest.mark.parametrize("name, cell", [("{}.wav", "{:03d}"), ("{:03d}.wav", "{}"),
                                        ("a/{:02d}.wav", "{:04d}")])
def test_numbers_of_clips_may_lack_zeros(tmp_path, name, cell):
    folder(tmp_path, *(name.format(k) for k in range(8)))
    (tmp_path / "labels.csv").write_text("id,label\n" + "".join(
        f"{cell.format(k)},{('dog', 'rain')[k % 2]}\n" for k in range(8)))
    dataset = load(str(tmp_path))
    assert words_of(dataset)[name.format(3)] == ("rain", "") and len(dataset) == 8


def test_files_that_a_list_names_and_nobody_hears_are_told(tmp_path):
    folder(tmp_path, *(f"c{k}.wav" for k in range(4)))
    (tmp_path / "labels.csv").write_text("filename,label\n" + "".join(
        f"c{k}.wav,{('dog', 'rain')[k % 2] if k < 4 else 'glass'}\n" for k in range(6)))
    assert ("labels.csv names 2 files that are absent (such as c4.wav), among them every file of "
            "glass.") in load(str(tmp_path)).account.notes


FLAT = [f"c{k}.wav" for k in range(4)]
PLACES = [f"{place}/c{k}.wav" for place in "ab" for k in range(4)]
CLASSES = [f"{word}/{word}{k}.wav" for word in ("dog", "rain") for k in range(3)]
BAD = {  # names of files, heading of the list, its rows → message
    "two classes of one file": (
        FLAT, "filename,label", [*(f"{n},{'xy'[k % 2]}" for k, n in enumerate(FLAT)), "c0.wav,y"],
        "labels.csv names c0.wav twice, as x and as y; leave one"),
    "stretches of a file": (
        FLAT, "filename,onset,offset,label",
        [*(f"{n},0,1,{'xy'[k % 2]}" for k, n in enumerate(FLAT)), "c0.wav,1,2,y"],
        r"stretches of a clip \(onset, offset\) are not read from a list: cut each"),
    "names that several have": (
        PLACES, "filename,label", [f"c{k}.wav,{'xy'[k % 2]}" for k in range(4)],
        "its c0.wav may be a/c0.wav or b/c0.wav; write the folders into the list, or say "),
    "some clips only": (
        PLACES, "filename,label", [f"{n},{'xy'[k % 2]}" for k, n in enumerate(PLACES[:6])],
        "classes x, y, but of 6 of 8 clips only; complete it, or say layout="),
    "folders that say otherwise": (
        CLASSES, "filename,label", [*(f"{n},{n.split('/')[0]}" for n in CLASSES[1:]),
                                    "dog/dog0.wav,rain"],
        "labels.csv says rain of dog/dog0.wav, which lies in dog; move the file or correct"),
    "no column of classes": (
        FLAT, "filename,first,second", [f"{n},{'xy'[k % 2]},1" for k, n in enumerate(FLAT)],
        "names 4 clips, but no column is called label; name one of first, second so"),
    "no header": (FLAT, "c0.wav,x,1", [f"{n},{'xy'[k % 2]},1" for k, n in enumerate(FLAT[1:], 1)],
                  "names 4 clips, but has no header; write one such as filename,label"),
}


@pytest.mark.parametrize("case", BAD)
def test_lists_that_do_not_tell_are_one_line(tmp_path, case):
    names, heading, rows, message = BAD[case]
    folder(tmp_path, *names)
    (tmp_path / "labels.csv").write_text("\n".join([heading, *rows]))
    with pytest.raises(UserError, match=message) as caught:
        load(str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("listed", [False, True])
def test_clips_with_a_table_beside_each_are_clips(tmp_path, listed):
    folder(tmp_path, *CLASSES)
    for name in CLASSES:
        (tmp_path / name).with_suffix(".csv").write_text("t,level\n0,1\n1,3\n2,2\n")
    if listed:
        (tmp_path / "labels.csv").write_text("file,label\n" + "".join(
            f"{name},{name.split('/')[0]}\n" for name in CLASSES))
    account = load(str(tmp_path)).account
    assert account.classes == {"dog": 3, "rain": 3}
    assert account.left_out == {name.replace("wav", "csv"): "no sound" for name in CLASSES}


def test_label_tracks_beside_clips_are_named(tmp_path):
    folder(tmp_path, *FLAT)
    for name in FLAT:
        (tmp_path / name).with_suffix(".txt").write_text("0.5\t1.2\tdog\n")
    with pytest.raises(UserError, match="c0.txt: texts beside clips, such as label tracks, are"):
        load(str(tmp_path))


@pytest.mark.parametrize("heading, row, reads", [
    ("filename,onset,offset,label", "1.0,1.5", False), ("filename;start_ms;end_ms;label",
                                                         "1000;1500", False),
    ("filename,onset,offset,label", "0,3", True), ("slice_file_name,start,end,fold,class",
                                                   "61.0,61.5,1", True),
])
def test_labels_of_a_stretch_of_a_longer_clip_are_refused(tmp_path, heading, row, reads):
    """The loudest second would be another one. UrbanSound8K's times are of its source."""
    for k in range(4):
        soundfile.write(tmp_path / f"c{k}.wav", np.sin(np.arange(3 * RATE) * 0.1 * (k + 1)), RATE)
    mark = ";" if ";" in heading else ","
    (tmp_path / "labels.csv").write_text("\n".join([heading, *(
        mark.join((f"c{k}.wav", row, ("dog", "rain")[k % 2])) for k in range(4))]))
    if reads:
        assert load(str(tmp_path)).classes == ("dog", "rain")
        return
    with pytest.raises(UserError, match=r"says of 3 s of c0.wav that its label holds for 0.5 s"):
        load(str(tmp_path))


@pytest.mark.parametrize("heading, ending", [
    ("fname,labels,split", "wav"), ("filename,primary_label,rating", "wav"),
    ("filename,scene_label,identifier", "wav"), ("datei,klasse,ort", "wav"),
    ("# made by me\nfilename,event_label,n", "wav"), ("filename,label,n", "m4a"),
])
def test_headings_as_people_and_corpora_write_them(tmp_path, heading, ending):
    folder(tmp_path, *FLAT)
    (tmp_path / "labels.csv").write_text("\n".join([heading, *(
        f"c{k}.{ending},{('dog', 'rain')[k % 2]},x" for k in range(4))]))
    assert load(str(tmp_path)).account.classes == {"dog": 2, "rain": 2}


def test_copies_of_a_clip_are_told(tmp_path):
    for k in range(5):
        clip(tmp_path / "no" / f"{k}.wav", k)
        clip(tmp_path / "yes" / f"{k}.wav", k + 5, rate=RATE // 2)
    assert "what another clip holds" not in load(str(tmp_path)).account.text()
    clip(tmp_path / "no" / "copy of 4.wav", 4)
    said = load(str(tmp_path)).account.text()
    assert ("1 clip holds what another clip holds (no/copy of 4.wav is no/4.wav); 1 of them on "
            "another side, figures are optimistic.") in said
