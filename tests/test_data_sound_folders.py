"""Folders of sounds as people and tools lay them out: words, speakers and parts found or asked."""

from collections import Counter

import numpy as np
import pytest
import soundfile
from made_sounds import RATE, clip, folder, parts_of, words_of

from lnnlab.data import load, make_splits
from lnnlab.data.own_files import natural
from lnnlab.data.speech_commands import load_word_folder
from lnnlab.errors import UserError


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


def test_classes_that_differ_in_an_underscore_keep_two_names(tmp_path):
    dataset = load(str(folder(tmp_path / "own", "C_/{}.wav", "C/{}.wav")))
    assert dataset.classes == ("C", "C_")


def test_folders_that_begin_with_an_underscore_are_classes_like_others(tmp_path):
    names = ["_on/{}.wav", "off/{}.wav", "_silence_/{}.wav", "_unknown_/{}.wav"]
    found = load(str(folder(tmp_path / "own", *names)))
    assert found.classes == ("_on", "off", "unknown", "silence")  # words first, as decisions want
    assert found.background_classes == ("unknown", "silence")
    assert set(found.account.classes) == {"_on", "off", "_silence_", "_unknown_"}


def test_counts_kept_as_floats_have_one_scale_in_a_corpus(tmp_path):
    for word, level in (("idle", 9_000), ("knock", 900_000)):
        for k in range(3):
            tone = np.round(level * np.sin(np.arange(RATE) * (0.1 + 0.01 * k))).astype(np.float32)
            path = tmp_path / "own" / word / f"{k}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, tone, RATE, subtype="FLOAT")
    dataset = load(str(tmp_path / "own"))
    peaks = {name: np.abs(dataset.x[dataset.y == k]).max()
             for k, name in enumerate(dataset.classes)}
    assert peaks["idle"] == pytest.approx(9_000 / 2**23, rel=1e-3)
    assert peaks["knock"] == pytest.approx(900_000 / 2**23, rel=1e-3)
    assert "Every clip: samples above full scale, divided by 8.389e+06." in dataset.account.text()


@pytest.mark.parametrize("levels, divisor", [
    ((2.0, 7.5, 21.3), 21.3), ((0.4, 0.9), 1.0), ((0.9, 1.06), 1.06),  # of a sensor; full scale
    ((3000.2, 20_000.7), 32_768.0), ((6.5, 20_000.7), None),  # counts that were resampled
    ((1500.3, 5.2, 7.1, 1200.7), 1500.3), ((2.1, 1.4, 2000.3), 2000.3),  # a sensor's again
    ((6.5, 200.3, 20_000.7), 20_000.7),
])
def test_floats_of_a_corpus_have_one_divisor(tmp_path, levels, divisor):
    tone = np.sin(np.arange(RATE) * 0.1)
    tone /= np.abs(tone).max()
    for word, factor in (("idle", 1.0), ("knock", 0.8)):
        for k, level in enumerate(levels):
            path = tmp_path / "own" / word / f"{k}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, factor * level * tone, RATE, subtype="FLOAT")
    dataset = load(str(tmp_path / "own"))
    peaks = np.abs(dataset.x[dataset.y == dataset.classes.index("idle")]).max(axis=(1, 2))
    wanted = np.array(levels) / (divisor or (6.5, 32_768.0))
    np.testing.assert_allclose(np.sort(peaks), np.sort(wanted), rtol=1e-4)
    told = f"Every clip: samples above full scale, divided by {divisor or 0:.4g}."
    assert (told in dataset.account.text()) == (divisor not in (None, 1.0))


def test_a_loud_float_leaves_integers_as_they_are(tmp_path):
    tone = 0.5 * np.sin(np.arange(RATE) * 0.1)
    for word in ("idle", "knock"):
        for k in range(3):
            path = tmp_path / "own" / word / f"{k}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, tone * (1 + 40 * (k == 2)), RATE, "PCM_16" if k < 2 else "FLOAT")
    peaks = np.abs(load(str(tmp_path / "own")).x).max(axis=(1, 2))
    np.testing.assert_allclose(np.sort(peaks), [0.5] * 4 + [1] * 2, rtol=1e-3)


STATES = ("normal", "anomaly")


@pytest.mark.parametrize("names, machines", [
    ([f"train/section_00_source_train_normal_{k:04d}_m-n_W.wav" for k in range(4)]
     + [f"test/section_00_target_test_{state}_{k:04d}_m-n_X.wav" for state in STATES
        for k in range(3)], 0),
    ([f"{machine}/section_00_source_test_{state}_{k:04d}.wav" for machine in ("fan", "pump")
      for state in STATES for k in range(3)], 2),
    ([f"pump3_{state}_speed{k}_x.wav" for state in STATES for k in range(3)], 0),
])
def test_states_of_a_machine_are_the_words_wherever_they_stand(tmp_path, names, machines):
    dataset = load(str(folder(tmp_path / "own", *names)))
    assert dataset.classes == ("anomaly", "normal")
    for name, (word, speaker) in words_of(dataset).items():
        assert word in name and not speaker
    assert dataset.account.groups == ({"folder": machines} if machines else {})


TAKES = {  # folders, names of files → the classes; or what either reading says
    "saw drill": ("{}_good_{{}} {}_bad_{{}}", ""), "dog cat": ("good {{}}|bad {{}}", ""),
    "yes no": ("new_{{}} worn_{{}}", ""), "go stop": ("anna_normal_{{}} anna_bad_{{}}", ""),
    "inner outer ball": ("{}_new_{{}} {}_worn_{{}}", ""),
    "hammer file": ("New Recording {{}}|Bad Recording {{}}", ""),
    "leak tight": ("new_motor_{{}} worn_motor_{{}}", "words leak, tight .* new_motor, worn_motor"),
    "snare kick": ("new-skin-{{}} worn-skin-{{}}", "words kick, snare .* new-skin, worn-skin"),
    "gear bearing": ("good_{{}} bad_{{}}", "words bearing, gear .* words bad, good"),
}


@pytest.mark.parametrize("folders", TAKES)
def test_words_that_are_said_of_takes_too_are_no_states_beside_folders(tmp_path, folders):
    names, message = TAKES[folders]
    folder(tmp_path / "own", *(
        f"{word}/{name.format(word)}.wav" for word in folders.split()
        for name in names.split("|" if "|" in names else " ")))
    if message:
        with pytest.raises(UserError, match=f"reads two ways: {message}"):
            load(str(tmp_path / "own"))
    else:
        account = load(str(tmp_path / "own")).account
        assert sorted(account.classes) == sorted(folders.split())
        assert account.classes_from == "the folders"


@pytest.mark.parametrize("states", [("normal", "worn"), ("normal", "anomaly"),
                                    ("healthy", "fault")])
def test_states_of_machines_in_folders_are_the_words(tmp_path, states):
    folder(tmp_path / "own", *(f"{machine}/{state}_{{}}.wav" for machine in ("fan", "pump")
                               for state in states))
    account = load(str(tmp_path / "own")).account
    assert sorted(account.classes) == sorted(states) and account.groups == {"folder": 2}


def test_backgrounds_that_are_short_or_silent_are_named(tmp_path):
    root = folder(tmp_path / "own", "yes/{}.wav", "no/{}.wav")
    noise = root / "_background_noise_"
    for name, count in (("short.wav", 8_000), ("dead.wav", 32_000), ("fan.wav", 32_000)):
        noise.mkdir(exist_ok=True)
        x = np.zeros(count) if name == "dead.wav" else 0.1 * np.sin(np.arange(count) * 0.3)
        soundfile.write(noise / name, x, RATE)
    dataset = load(str(root))
    assert len(dataset.background["train"]) == 1
    text = dataset.account.text()
    assert "_background_noise_/short.wav (0.5 s, a background needs 1 s)" in text
    assert "_background_noise_/dead.wav (silent throughout)" in text
    assert "7 files read" in text
