"""Folders of sounds as people and tools lay them out: words, speakers and parts found or asked."""

import json
import unicodedata
from collections import Counter

import numpy as np
import pytest
import soundfile

from lnnlab.data import load, make_splits
from lnnlab.data.own_files import natural
from lnnlab.data.sounds.parts import whole_speakers
from lnnlab.data.speech_commands import load_word_folder
from lnnlab.errors import UserError

RATE = 16_000
PARTS = ("train", "validation", "test")


def clip(path, number=0, rate=RATE, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    x = 0.3 * np.sin(np.arange(rate // 40) * 0.05 * (1 + number % 7))
    soundfile.write(path, x, rate, **options)


def folder(root, *names):
    """Clips of these paths; ``{}`` in one stands for takes 0 to 2."""
    for name in names:
        for take in range(3 if "{}" in name else 1):
            clip(root / name.format(take), take)
    return root


def words_of(dataset):
    """File → word and speaker, as they were understood."""
    found = {}
    for k, name in enumerate(dataset.groups["recording"]):
        found[str(name)] = dataset.classes[dataset.y[k]], str(dataset.groups["speaker"][k])
    return found


def parts_of(dataset):
    return dict(zip(dataset.groups["recording"].tolist(), dataset.part.tolist(), strict=True))


@pytest.mark.parametrize("names, word, speaker", [
    (["yes/rec{}.wav", "no/rec{}.wav"], "yes", ""),
    (["yes/{}.wav", "no/{}.wav"], "yes", ""),
    (["yes/Take {}.WAV", "no/Take {}.WAV"], "yes", ""),
    (["fan on/a-{}.wav", "fan off/a-{}.wav"], "fan on", ""),
    (["yes/ann/{}.wav", "yes/bob/{}.wav", "no/ann/{}.wav", "no/bob/{}.wav"], "yes", "ann"),
    (["ann/yes/{}.wav", "ann/no/{}.wav", "bob/yes/{}.wav", "bob/no/{}.wav"], "yes", "ann"),
    (["ann/yes.wav", "ann/no.wav", "bob/yes.wav", "bob/no.wav"], "yes", "ann"),
    (["ann/yes_{}.wav", "ann/no_{}.wav", "bob/yes_{}.wav", "bob/no_{}.wav"], "yes", "ann"),
    (["ann/yes ({}).wav", "ann/no ({}).wav", "bob/yes ({}).wav", "bob/no ({}).wav"], "yes", "ann"),
    (["ann/a/yes{}.wav", "ann/a/no{}.wav", "bob/a/yes{}.wav", "bob/a/no{}.wav"], "yes", "ann"),
    (["spk01/x/{}.wav", "spk01/y/{}.wav", "spk02/x/{}.wav", "spk02/y/{}.wav"], "x", "spk01"),
    (["x/S01/{}.wav", "y/S01/{}.wav", "x/S02/{}.wav", "y/S02/{}.wav"], "x", "S01"),
    (["0_jackson_{}.wav", "1_jackson_{}.wav", "0_theo_{}.wav", "1_theo_{}.wav"], "0", "jackson"),
    (["recordings/0_jackson_{}.wav", "recordings/1_theo_{}.wav", "recordings/0_theo_{}.wav",
      "recordings/1_jackson_{}.wav"], "0", "jackson"),
    (["jackson_yes_{}.wav", "jackson_no_{}.wav", "theo_yes_{}.wav", "theo_no_{}.wav"], "yes",
     "jackson"),
    (["yes_{}.wav", "no_{}.wav"], "yes", ""), (["yes.a{}.wav", "no.a{}.wav"], "yes", ""),
    (["yes{}.wav", "no{}.wav"], "yes", ""), (["yes-{}.flac", "no-{}.ogg"], "yes", ""),
    (["yes_0a7c2a8d_nohash_{}.wav", "no_0a7c2a8d_nohash_{}.wav"], "yes", "0a7c2a8d"),
    (["yes/spk3_{}.wav", "no/spk3_{}.wav", "yes/spk4_{}.wav", "no/spk4_{}.wav"], "yes", "spk3"),
    (["ann/hoch/hoch_{}.wav", "ann/tief/tief_{}.wav", "bob/hoch/hoch_{}.wav",
      "bob/tief/tief_{}.wav"], "hoch", "ann"),
    (["hoch/Hoch-{}.wav", "tief/Tief-{}.wav"], "hoch", ""),
    (["7/7_theo_{}.wav", "8/8_theo_{}.wav", "7/7_ann_{}.wav", "8/8_ann_{}.wav"], "7", "theo"),
    (["01/7_01_{}.wav", "01/8_01_{}.wav", "02/7_02_{}.wav", "02/8_02_{}.wav"], "7", "01"),
    (["yes-ann-{}.wav", "no-ann-{}.wav", "yes-bob-{}.wav", "no-bob-{}.wav"], "yes", "ann"),
    (["ann.yes.{}.wav", "ann.no.{}.wav", "bob.yes.{}.wav", "bob.no.{}.wav"], "yes", "ann"),
    (["00_yes/{}.wav", "01_no/{}.wav"], "00_yes", ""),
    (["yes/New Recording {}.wav", "no/New Recording {}.wav"], "yes", ""),
    (["test/{}.wav", "yes/{}.wav"], "test", ""),
    (["yes_loud_{}.wav", "yes_soft_{}.wav", "no_loud_{}.wav", "no_soft_{}.wav"], "yes", ""),
    (["corpus/v1/yes/{}.wav", "corpus/v1/no/{}.wav"], "yes", ""),
    (["ja/ann/{}.wav", "nein/ann/{}.wav"], "ja", "ann"),
    (["001 - Dog bark/1-10003{}-A.ogg", "002 - Rain/1-17367{}-A.ogg"], "001 - Dog bark", ""),
])
def test_the_layout_is_found(tmp_path, names, word, speaker):
    dataset = load(str(folder(tmp_path / "own", *names)))
    understood = words_of(dataset)
    assert len(understood) == sum(3 if "{}" in each else 1 for each in names)
    first = names[0].format(0)
    assert understood[first] == (word, speaker)
    assert len(dataset.classes) == 2
    told = dataset.account.text()
    assert f"2 classes from {dataset.account.classes_from}" in told
    assert ("speakers unknown: figures are optimistic" in told) == (not speaker)


@pytest.mark.parametrize("names", [
    ["train/yes/{}.wav", "train/no/{}.wav", "test/yes/{}.wav", "test/no/{}.wav"],
    ["training/yes.{}.wav", "training/no.{}.wav", "testing/yes.{}.wav", "testing/no.{}.wav"],
    ["yes/train/{}.wav", "yes/test/{}.wav", "no/train/{}.wav", "no/test/{}.wav"],
    ["data/Train/ann/yes_{}.wav", "data/Train/ann/no_{}.wav", "data/Test/bob/yes_{}.wav",
     "data/Test/bob/no_{}.wav"],
    ["train/yes/{}.wav", "train/no/{}.wav", "val/yes/{}.wav", "val/no/{}.wav", "test/yes/{}.wav",
     "test/no/{}.wav"],
])
def test_folders_of_parts_are_parts_and_never_words(tmp_path, names):
    dataset = load(str(folder(tmp_path / "own", *names)))
    assert dataset.classes == ("no", "yes")
    for name, part in parts_of(dataset).items():
        assert (part == "test") == ("test" in name.lower())
        assert part == "validation" or "val" not in name
    split = make_splits(dataset, "official")[0]
    assert split.rule.startswith("the folder's own parts") and len(split.validation)


def test_parts_beside_other_folders_are_refused(tmp_path):
    folder(tmp_path, "train/yes/{}.wav", "test/yes/{}.wav", "extra/yes/{}.wav", "train/a/{}.wav")
    for name in ("train", "test", "extra"):
        folder(tmp_path / "flat", f"{name}/{{}}.wav")
    with pytest.raises(UserError, match="test, train look like parts of a split, but extra"):
        load(str(tmp_path / "flat"))


@pytest.mark.parametrize("listed, extra", [
    ({"training/yes.0.wav": "yes"}, {}),
    ({"training/a.0.wav": "yes", "training/a.1.wav": "no", "training/a.2.wav": "yes",
      "testing/b.0.wav": "no", "testing/b.1.wav": "yes", "testing/b.2.wav": "no"}, {}),
])
def test_an_export_of_edge_impulse(tmp_path, listed, extra):
    flat = all(each.startswith(("training/a", "testing/b")) for each in listed)
    folder(tmp_path, *(["training/a.{}.wav", "testing/b.{}.wav"] if flat else [
        "training/yes.{}.wav", "training/no.{}.wav", "testing/yes.{}.wav", "testing/no.{}.wav"]))
    files = [{"path": path, "category": path.split("/")[0], "name": "x", "enabled": True,
              "label": {"type": "label", "label": label}} for path, label in listed.items()]
    (tmp_path / "info.labels").write_text(json.dumps({"version": 1, "files": files}))
    dataset = load(str(tmp_path))
    assert dataset.classes == ("no", "yes") and dataset.account.classes_from == "info.labels"
    for name, part in parts_of(dataset).items():
        assert (part == "test") == name.startswith("testing")
        if name in listed:
            assert words_of(dataset)[name][0] == listed[name]


@pytest.mark.parametrize("at_root", [False, True])
def test_edge_impulse_lists_within_the_folders(tmp_path, at_root):
    folder(tmp_path, "training/a.{}.wav", "testing/b.{}.wav")
    for part, name in (("training", "a"), ("testing", "b")):
        files = [{"path": f"{part}/{name}.{k}.wav" if at_root else f"{name}.{k}.wav",
                  "label": {"type": "label", "label": "yes" if k else "no"}} for k in range(3)]
        (tmp_path / part / "info.labels").write_text(json.dumps({"version": 1, "files": files}))
    dataset = load(str(tmp_path))
    assert words_of(dataset)["training/a.0.wav"][0] == "no"
    assert words_of(dataset)["testing/b.2.wav"][0] == "yes"
    assert parts_of(dataset)["testing/b.2.wav"] == "test"


def test_an_edge_impulse_label_that_is_none_is_told_and_a_broken_file_is_one_line(tmp_path):
    folder(tmp_path, "training/{}x.wav", "training/yes.{}.wav", "testing/no.{}.wav",
           "training/no.{}.wav")
    files = [{"path": "training/0x.wav", "category": "training", "label": {"type": "unlabeled"}},
             {"path": "training/gone.wav", "category": "training",
              "label": {"type": "label", "label": "yes"}}]
    (tmp_path / "info.labels").write_text(json.dumps({"version": 1, "files": files}))
    left_out = load(str(tmp_path)).account.left_out
    assert left_out["training/0x.wav"] == "without a label in info.labels"
    assert left_out["gone.wav"] == "named in info.labels, absent"
    (tmp_path / "info.labels").write_text("{}")
    with pytest.raises(UserError, match="info.labels: is not what Edge Impulse writes"):
        load(str(tmp_path))


@pytest.mark.parametrize("names, choices", [
    (["ann/hoch.wav", "ann/tief.wav", "bob/hoch.wav", "bob/tief.wav"], ("word/*", "speaker/word")),
    (["ann/hoch/{}.wav", "ann/tief/{}.wav", "bob/hoch/{}.wav", "bob/tief/{}.wav"],
     ("word/speaker", "speaker/word")),
    (["ann_hoch_{}.wav", "ann_tief_{}.wav", "bob_hoch_{}.wav", "bob_tief_{}.wav"],
     ("{word}_{speaker}_{n}", "{speaker}_{word}_{n}")),
])
def test_two_readings_are_shown_and_each_can_be_said(tmp_path, names, choices):
    folder(tmp_path, *names)
    with pytest.raises(UserError, match="two ways") as error:
        load(str(tmp_path))
    for choice in choices:
        assert f"layout='{choice}'" in str(error.value)
    assert "\n" not in str(error.value)
    first, second = (load(str(tmp_path), layout=choice).classes for choice in choices)
    assert {first, second} == {("ann", "bob"), ("hoch", "tief")}


@pytest.mark.parametrize("layout, name, told", [
    ("word/speaker", "a/b/{}.wav", ("a", "b")), ("speaker/word", "b/a/{}.wav", ("a", "b")),
    ("speaker/*/word", "b/x/a/{}.wav", ("a", "b")), ("*/word", "x/a/{}.wav", ("a", "")),
    ("speaker/{word}_{n}", "b/a_{}.wav", ("a", "b")), ("{speaker}-*/word", "b-7/a/{}.wav",
                                                      ("a", "b")),
    ("speaker/word", "b/a_{}.wav", ("a", "b")), ("{n}-{speaker}-{word}", "{}-b-a.wav", ("a", "b")),
    ("speaker/{word}", "b/1.wav", ("1", "b")),
])
def test_a_layout_is_taken_as_it_is_said(tmp_path, layout, name, told):
    other = name.replace("a", "z").replace("1", "2").replace("wzv", "wav")
    names = [each if "{}" in each else each.replace("b", who)
             for who in ("b", "c") for each in (name, other)]
    dataset = load(str(folder(tmp_path, *names)), layout=layout)
    assert words_of(dataset)[name.format(0)] == told


def test_a_layout_may_say_parts_and_what_it_does_not_fit_is_told(tmp_path):
    folder(tmp_path, "dev/a/{}.wav", "test/a/{}.wav", "train/a/{}.wav", "dev/b/{}.wav",
           "test/b/{}.wav", "train/b/{}.wav", "stray.wav")
    dataset = load(str(tmp_path), layout="part/word")
    assert dataset.account.left_out == {"stray.wav": "does not fit layout 'part/word'"}
    assert Counter(dataset.part.tolist()) == {"train": 6, "validation": 6, "test": 6}


@pytest.mark.parametrize("layout, words", [
    ("speeker/word", "unknown level of a layout 'speeker': did you mean 'speaker'"),
    ("speaker/part", "says where no word is"), ("word/*/*/*", "fits no file, such as no/0.wav"),
])
def test_a_layout_that_says_nothing_is_one_line(tmp_path, layout, words):
    with pytest.raises(UserError, match=words):
        load(str(folder(tmp_path, "yes/{}.wav", "no/{}.wav")), layout=layout)


@pytest.mark.parametrize("names, folder_of", [
    (["2024-05-01/yes/{}.wav", "2024-05-01/no/{}.wav", "2024-05-02/yes/{}.wav",
      "2024-05-02/no/{}.wav"], "2024-05-01"),
    (["yes/fold1/{}.wav", "no/fold1/{}.wav", "yes/fold2/{}.wav", "no/fold2/{}.wav"], "fold1"),
    (["fan/id_00/normal/{}.wav", "fan/id_00/abnormal/{}.wav", "fan/id_02/normal/{}.wav",
      "fan/id_02/abnormal/{}.wav"], "id_00"),
])
def test_dates_folds_and_machines_are_no_speakers_but_groups(tmp_path, names, folder_of):
    dataset = load(str(folder(tmp_path, *names)))
    assert len(dataset.classes) == 2 and dataset.groups["folder"][0] == folder_of
    assert make_splits(dataset, "official")[0].rule.endswith("speakers unknown: figures are "
                                                             "optimistic")
    folds = make_splits(dataset, "folder")
    assert len(folds) == 2 and folds[0].rule == "leave one folder out"
    assert dataset.account.groups == {"folder": 2}


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


def test_a_layout_may_name_a_grouping_of_its_own(tmp_path):
    folder(tmp_path, *(f"rig{k}/{word}/{{}}.wav" for k in (1, 2, 3) for word in ("on", "off")))
    dataset = load(str(tmp_path), layout="{rig}/word")
    assert [each.name for each in make_splits(dataset, "rig")] == ["rig rig1", "rig rig2",
                                                                   "rig rig3"]


def test_what_systems_leave_is_left_out_and_told(tmp_path):
    folder(tmp_path, "yes/{}.wav", "no/{}.wav")
    litter = ["yes/._0.wav", "yes/.DS_Store", "no/Thumbs.db", "no/desktop.ini", ".git/a/x.wav",
              "__MACOSX/yes/._0.wav", "@eaDir/yes/0.wav", "yes/~$0.wav"]
    for name in (*litter, "README.md", "yes/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"\0\5\x16\7")
    (tmp_path / "plans").mkdir()
    dataset = load(str(tmp_path))
    assert len(dataset) == 6
    told = dataset.account.left_out
    assert told["yes/._0.wav"] == "a Mac's note about another file"
    assert set(told) == {*litter[:4], ".git", "__MACOSX", "@eaDir", "yes/~$0.wav", "README.md",
                         "yes/notes.txt", "plans/"}


def test_takes_are_in_the_order_in_which_people_count(tmp_path):
    for number in range(1, 13):
        folder(tmp_path, f"yes/rec{number}.wav", f"no/rec{number}.wav")
    dataset = load(str(tmp_path))
    own = [name for name in dataset.groups["recording"] if name.startswith("yes")]
    assert own == [f"yes/rec{number}.wav" for number in range(1, 13)]
    split = make_splits(dataset, "file_order")[0]
    assert set(dataset.groups["recording"][split.test]) == {
        f"{word}/rec{number}.wav" for word in ("yes", "no") for number in (11, 12)}
    assert sorted(["b2", "B10", "a1", "b02"], key=natural) == ["a1", "b02", "b2", "B10"]


@pytest.mark.parametrize("line", [
    "yes/take 1.wav", "./yes/take 1.wav", "yes\\take 1.wav", "yes/take 1.wav\r",
    ' "yes/take 1.wav"',
])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_of_lists_as_people_write_them(tmp_path, line, mark):
    folder(tmp_path, "yes/take {}.wav", "no/take {}.wav")
    (tmp_path / "validation_list.txt").write_bytes(f"{mark}{line}\n\n".encode())
    (tmp_path / "testing_list.txt").write_bytes(f"{mark}no/take 0.wav\r\nyes/take 0.wav\n".encode())
    parts = parts_of(load(str(tmp_path)))
    assert parts == {"yes/take 0.wav": "test", "yes/take 1.wav": "validation",
                     "yes/take 2.wav": "train", "no/take 0.wav": "test", "no/take 1.wav": "train",
                     "no/take 2.wav": "train"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_lists_in_any_encoding_with_remarks(tmp_path, encoding, form):
    folder(tmp_path, unicodedata.normalize(form, "größer/{}.wav"), "kleiner/{}.wav")
    (tmp_path / "testing_list.txt").write_bytes(
        "# mine\r\ngrößer/0.wav\r\nkleiner/0.wav\r\n".encode(encoding))
    dataset = load(str(tmp_path))
    assert sorted(unicodedata.normalize("NFC", name) for name, part in parts_of(dataset).items()
                  if part == "test") == ["größer/0.wav", "kleiner/0.wav"]


def test_a_list_may_name_folders_and_one_list_leaves_validation_to_be_drawn(tmp_path):
    for who in ("ann", "bob", "cid", "dora"):
        folder(tmp_path, f"{who}/yes/{{}}.wav", f"{who}/no/{{}}.wav")
    (tmp_path / "testing_list.txt").write_text("bob\n")
    dataset = load(str(tmp_path))
    split = make_splits(dataset, "official")[0]
    assert set(dataset.groups["speaker"][split.test]) == {"bob"}
    assert len(set(dataset.groups["speaker"][split.validation])) == 1
    assert split.rule == ("the folder's own lists, validation drawn from the training part, "
                          "no speaker on two sides")


@pytest.mark.parametrize("people", [3, 4, 5, 7, 12])
def test_few_speakers_are_assigned_whole_and_every_part_has_some(tmp_path, people):
    for number in range(people):
        folder(tmp_path, f"yes/spk{number}/{{}}.wav", f"no/spk{number}/{{}}.wav")
    dataset = load(str(tmp_path))
    split = make_splits(dataset, "official")[0]
    sides = [set(dataset.groups["speaker"][getattr(split, part)]) for part in PARTS]
    assert all(sides) and sum(map(len, sides)) == people and split.group == "speaker"
    assert len(sides[0]) >= len(sides[1]) == len(sides[2]) == max(1, round(people / 5))
    assert split.rule.startswith(f"whole speakers: {len(sides[0])} train")
    assert split.rule.endswith(", no speaker on two sides")
    assert load(str(tmp_path)).hash == dataset.hash
    folds = make_splits(dataset, "speaker")
    assert [each.name for each in folds] == [f"speaker spk{k}" for k in sorted(range(people),
                                                                              key=str)]
    for fold, who in zip(folds, sorted({f"spk{k}" for k in range(people)}), strict=True):
        tested, trained, held = (set(dataset.groups["speaker"][rows])
                                 for rows in (fold.test, fold.train, fold.validation))
        assert tested == {who} and who not in trained | held and not trained & held


def test_two_speakers_one_speaker_and_none(tmp_path):
    for word in ("yes", "no"):
        for number in range(10):
            folder(tmp_path / "two", f"{word}/spk1/{number}.wav", f"{word}/spk2/{number}.wav")
            folder(tmp_path / "one", f"{word}/spk1/{number}.wav")
            folder(tmp_path / "none", f"{word}/{number}.wav")
    two, one, none = (load(str(tmp_path / each)) for each in ("two", "one", "none"))
    split = make_splits(two, "official")[0]
    assert split.rule == ("one speaker trains and validates, the other is tested, no speaker both "
                          "trained and tested on")
    assert [len(getattr(split, part)) for part in PARTS] == [16, 4, 20]
    assert not set(two.groups["speaker"][split.train]) & set(two.groups["speaker"][split.test])
    assert [len(each.test) for each in make_splits(two, "speaker")] == [20, 20]
    split = make_splits(one, "official")[0]
    assert split.rule.endswith("one speaker: figures say nothing of other voices")
    assert split.group == one.unit == "recording"
    split = make_splits(none, "official")[0]
    assert split.rule == ("of each class the first files train, a fifth validate, the last fifth "
                          "test, speakers unknown: figures are optimistic")
    assert [len(getattr(split, part)) for part in PARTS] == [12, 4, 4]
    assert parts_of(none)["yes/8.wav"] == "test" and none.unit == "recording"
    assert "speakers unknown: figures are optimistic" in none.note
    with pytest.raises(UserError, match="fewer than two labels; say by layout="):
        make_splits(none, "speaker")


def test_lists_with_a_speaker_on_two_sides_say_so(tmp_path):
    folder(tmp_path, *(f"{word}/spk{k}/{{}}.wav" for word in ("yes", "no") for k in range(3)))
    (tmp_path / "testing_list.txt").write_text("yes/spk0/0.wav\nno/spk1/0.wav\n")
    split = make_splits(load(str(tmp_path)), "official")[0]
    assert "2 speaker(s) on two sides: figures are optimistic" in split.rule


def test_words_that_one_speaker_says_are_trained():
    told = {"a": {"x", "y"}, "b": {"x", "y", "z"}, "c": {"x", "y"}, "d": {"x"}}
    parts = whole_speakers(told, {"validation": 1, "test": 1})
    assert parts["b"] == "train" and set(parts.values()) == set(PARTS)


@pytest.mark.parametrize("names, words", [
    (["Yes/{}.wav", "yes/{}.wav", "no/{}.wav"], "words 'Yes' and 'yes' differ only by case"),
    (["yes/{}.wav", "yes /{}.wav", "no/{}.wav"], "'yes' and 'yes ' differ only by case or blanks"),
    (["gr\u00f6/{}.wav", "gro\u0308/{}.wav"], "differ only by case or blanks"),
    (["yes/{}.wav"], "one class only, 'yes'"), (["yes/spk1/{}.wav"], "one class only"),
    (["yes/{}.wav", "no/0.wav"], r"no: 1 clip\(s\); a word needs two at least"),
    (["yes_{}.wav", "no_{}.wav", "on_{}.wav", "off_{}.wav", "go_1.wav"], "1 clip.* of word 'go'"),
    (["a.wav", "b.wav"], "their names tell no words"),
    (["Actor_01/03-01-{}.wav", "Actor_02/03-01-{}.wav"], "named like speakers, and the files"),
    (["fold1/7061-6-0-{}.wav", "fold2/7383-3-0-{}.wav"], "named like sessions or folds, and the"),
    (["yes/{}.wav", "no/a.m4a"], "a.m4a: 1 file.* of a kind that is not read .*convert"),
])
def test_folders_that_are_none_are_one_line(tmp_path, names, words):
    for name in names:
        if name.endswith(".m4a"):
            (tmp_path / name).parent.mkdir(parents=True)
            (tmp_path / name).write_bytes(b"\0\0\0\x20ftypM4A ")
        else:
            folder(tmp_path, name)
    with pytest.raises(UserError, match=words) as error:
        load(str(tmp_path))
    assert "\n" not in str(error.value)


def test_one_sound_file_is_no_corpus(tmp_path):
    clip(tmp_path / "a.wav")
    with pytest.raises(UserError, match="one sound file; give the folder"):
        load(str(tmp_path / "a.wav"))


def test_what_was_changed_is_told_with_the_files(tmp_path):
    folder(tmp_path, "yes/{}.wav", "no/{}.wav")
    clip(tmp_path / "no/3.wav", rate=8000)
    clip(tmp_path / "no/4.flac", rate=44_100)
    soundfile.write(tmp_path / "no/5.wav", np.zeros((RATE, 2)), RATE)
    loud = np.concatenate([np.zeros(RATE), np.full(RATE, 1.5), np.zeros(RATE)])
    soundfile.write(tmp_path / "no/6.wav", loud, RATE, "FLOAT")
    dataset = load(str(tmp_path))
    told = dataset.account.text()
    for sentence in (
        "10 files read (WAV, FLAC).", "Rate: 16000 Hz, resampled from 8,000 Hz (1), 44,100 Hz (1).",
        "1 clip: resampled from 8000 to 16000 Hz (no/3.wav).",
        "1 clip of 8,000 Hz: above 4,000 Hz there is nothing.",
        "1 clip: 2 channels mixed down (no/5.wav).", "1 clip silent throughout (no/5.wav).",
        "1 clip: samples above full scale, divided by 1.5 (no/6.wav).",
        "1 clip: cut to the loudest second (no/6.wav).",
        "8 clips: padded to a second (no/0.wav, no/1.wav, no/2.wav and 5 more).",
    ):
        assert sentence in told, told
    assert "1 clips of 8,000 Hz" not in dataset.note and "above 4,000 Hz" in dataset.note
    assert dataset.x[dataset.groups["recording"] == "no/6.wav"].min() == 1.0


def test_commands_of_an_own_folder_with_speakers(tmp_path):
    for number in range(5):
        folder(tmp_path, *(f"spk{number}/{word}/{{}}.wav" for word in ("yes", "no", "cat", "dog")))
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * RATE)
    (tmp_path / "_background_noise_").mkdir()
    soundfile.write(tmp_path / "_background_noise_" / "hum.flac", noise, RATE)
    dataset = load_word_folder(tmp_path, ("yes", "no"))
    assert dataset.classes == ("yes", "no", "unknown", "silence")
    assert dataset.background and len(set(dataset.groups["recording"])) == len(dataset)
    split = make_splits(dataset, "official")[0]
    assert split.rule.endswith("no speaker on two sides")
    for fold in make_splits(dataset, "speaker"):
        assert set(dataset.y[fold.test]) >= {0, 1} and 3 in dataset.y[fold.train]


def test_ten_thousand_words_are_read_or_refused_in_one_line(tmp_path):
    for number in range(300):
        folder(tmp_path, f"word {number:04d}/a.wav")
    with pytest.raises(UserError, match=r"word 0000: 1 clip\(s\)"):
        load(str(tmp_path))


def test_published_speech_commands_keep_their_words_and_their_order(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    for word in ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go", "cat"):
        for speaker in ("0a", "10", "2b"):
            folder(tmp_path / "speech_commands", f"{word}/{speaker}_nohash_0.wav")
    root = tmp_path / "speech_commands"
    (root / "validation_list.txt").write_text("yes/10_nohash_0.wav\n")
    (root / "testing_list.txt").write_text("".join(
        f"{word}/2b_nohash_0.wav\n" for word in ("yes", "no")))
    dataset = load("speech_commands", task=35)
    assert dataset.account is None
    assert dataset.groups["recording"][:3].tolist() == [
        f"cat/{speaker}_nohash_0.wav" for speaker in ("0a", "10", "2b")]
    assert dataset.note == "33 clips of a second, 3 speakers, none on two sides. " \
                           "33 clips padded to a second."
