"""Tables beside sounds that say what they are."""


import pytest
from made_sounds import RATE, clip, folder, words_of

from lnnlab.data import load, make_splits


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


def test_copies_of_a_clip_are_told(tmp_path):
    for k in range(5):
        clip(tmp_path / "no" / f"{k}.wav", k)
        clip(tmp_path / "yes" / f"{k}.wav", k + 5, rate=RATE // 2)
    assert "what another clip holds" not in load(str(tmp_path)).account.text()
    clip(tmp_path / "no" / "copy of 4.wav", 4)
    said = load(str(tmp_path)).account.text()
    assert ("1 clip holds what another clip holds (no/copy of 4.wav is no/4.wav); 1 of them on "
            "another side, figures are optimistic.") in said
