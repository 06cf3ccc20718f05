"""Who trains, validates and tests in a folder of sounds."""

import unicodedata

import pytest
from made_sounds import folder, parts_of

from lnnlab.data import load, make_splits
from lnnlab.data.sounds.parts import whole_speakers
from lnnlab.errors import UserError

PARTS = ("train", "validation", "test")


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


def test_what_would_validate_trains_where_nothing_else_does(tmp_path):
    folder(tmp_path, *(f"{part}/{word}/{{}}.wav" for part in ("dev", "eval")
                       for word in ("yes", "no")))
    dataset = load(str(tmp_path))
    assert make_splits(dataset, "official")[0].rule == (
        "the folder's own parts without one to train: what would validate trains, validation drawn "
        "from the training part, speakers unknown: figures are optimistic")
    parts = parts_of(dataset)
    assert {part for name, part in parts.items() if name.startswith("eval")} == {"test"}
    assert sorted(part for name, part in parts.items() if name.startswith("dev")) == (
        ["train"] * 4 + ["validation"] * 2)


@pytest.mark.parametrize("column", [True, False])
def test_a_column_of_parts_says_more_than_the_list_s_name(tmp_path, column):
    """As FSD50K is published: dev.csv has a column split, eval.csv has none."""
    folder(tmp_path, *(f"audio/c{k:02d}.wav" for k in range(12)))
    rows = [f"c{k:02d},{('dog', 'rain')[k % 2]}" for k in range(12)]
    split = [f",{'val' if k > 5 else 'train'}" if column else "" for k in range(8)]
    (tmp_path / "dev.csv").write_text("\n".join([
        "fname,labels" + ",split" * column, *(f"{row}{part}" for row, part in zip(
            rows[:8], split, strict=True))]))
    (tmp_path / "eval.csv").write_text("\n".join(["fname,labels", *rows[8:]]))
    parts = parts_of(load(str(tmp_path)))
    assert {part for name, part in parts.items() if name > "audio/c08"} == {"test"}
    validates = {name for name, part in parts.items() if part == "validation"}
    assert ("train" in parts.values()) and len(validates) == 2
    assert not column or validates == {"audio/c06.wav", "audio/c07.wav"}


def test_words_that_one_speaker_says_are_trained():
    told = {"a": {"x", "y"}, "b": {"x", "y", "z"}, "c": {"x", "y"}, "d": {"x"}}
    parts = whole_speakers(told, {"validation": 1, "test": 1})
    assert parts["b"] == "train" and set(parts.values()) == set(PARTS)
