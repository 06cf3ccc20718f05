"""The wide keyword corpus: parts by folder, words that training never heard, made words."""

import os
import shutil

import numpy as np
import pytest

from lnnlab import paths
from lnnlab.data import load, make_splits
from lnnlab.data import made_words as making
from lnnlab.data import speech_commands_wide as wide
from lnnlab.data.made_words import active, made_words, with_made_words
from lnnlab.data.read_aloud import PROGRAMS
from lnnlab.data.wav import write_wav
from lnnlab.data.word_folder import CLIP
from lnnlab.errors import UserError

MADE = 24
REAL = os.environ.get("LNNLAB_DATA")
HERE = REAL is not None and (paths.ROOT / REAL / wide.TRAINED).is_dir()


def tone(hz, first=4000, last=12000, level=0.4):
    time = np.arange(CLIP) / CLIP
    inside = (np.arange(CLIP) >= first) & (np.arange(CLIP) < last)
    return (level * inside * np.sin(2 * np.pi * hz * time)).astype(np.float32)


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Both folders, small: six speakers train, two validate, three others test."""
    trained, tested = tmp_path / wide.TRAINED, tmp_path / wide.TESTED
    for number, word in enumerate((*wide.COMMANDS, *wide.OTHERS)):
        for speaker in range(8):
            write_wav(trained / word / f"a{speaker:07x}_nohash_0.wav",
                      tone(300 + 90 * number + 5 * speaker))
    (trained / "validation_list.txt").write_text("".join(
        f"{word}/a{speaker:07x}_nohash_0.wav\n"
        for word in (*wide.COMMANDS, *wide.OTHERS) for speaker in (6, 7)))
    (trained / "testing_list.txt").write_text("")
    for number, word in enumerate((*wide.COMMANDS, "on")):
        for speaker in range(3):
            write_wav(tested / word / f"b{speaker:07x}_nohash_0.wav", tone(310 + 90 * number))
    for word in ("cat", "zero", "wow"):
        for speaker in range(3):
            name = f"{word}_b{speaker:07x}_nohash_0.wav.wav"
            write_wav(tested / "_unknown_" / name, tone(2000 + 10 * speaker))
    noise = 0.1 * np.random.default_rng(0).normal(size=10 * CLIP)
    write_wav(tested / "_background_noise_" / "hum.wav", noise)
    for number in range(4):
        write_wav(tested / "_silence_" / f"{number}.wav", noise[number * CLIP :][:CLIP])
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    return tmp_path


def test_one_folder_trains_and_the_other_tests(folders):
    dataset = load("speech_commands_wide", made=MADE)
    split = make_splits(dataset, "official")[0]
    speakers = dataset.groups["speaker"]
    assert dataset.classes == (*wide.COMMANDS, "unknown", "silence")
    assert dataset.background_classes == ("unknown", "silence") and dataset.unit == "speaker"
    assert all(each[:1] in ("a", "") for each in speakers[split.train])
    assert {each for each in speakers[split.validation]} - {""} == {"a0000006", "a0000007"}
    assert all(each[:1] in ("b", "") for each in speakers[split.test])
    assert len(split.test) == 8 * 3 + 9 + 4  # "on" is in no class
    counts = np.bincount(dataset.y[split.test], minlength=10)
    assert counts.tolist() == [3] * 8 + [9, 4]


def test_words_never_heard_are_those_of_no_training_clip(folders):
    dataset = load("speech_commands_wide", made=MADE)
    rows = make_splits(dataset, "official")[0].test
    never = wide.never_heard(dataset, rows)
    assert set(dataset.groups["word"][rows][never]) == {"zero", "wow"}
    assert set(dataset.groups["word"][rows][~never]) == {*wide.COMMANDS, "cat", ""}
    with pytest.raises(UserError, match="does not tell which words"):
        wide.never_heard(load("spoken_words"), np.arange(3))


def test_a_speaker_of_both_folders_is_left_out_of_the_test(folders):
    write_wav(folders / wide.TESTED / "yes" / "a0000001_nohash_4.wav", tone(500))
    dataset = load("speech_commands_wide_unmade")
    rows = make_splits(dataset, "official")[0].test
    assert "a0000001" not in set(dataset.groups["speaker"][rows])
    assert dataset.name == "speech_commands_wide_unmade" and "made of" not in dataset.note


def test_a_folder_of_every_word_gives_unknown_words_and_silence(folders):
    """As the publisher ships it: no ``_unknown_`` and no ``_silence_``."""
    for name in ("_unknown_", "_silence_"):
        for path in (folders / wide.TESTED / name).iterdir():
            path.unlink()
        (folders / wide.TESTED / name).rmdir()
    for speaker in range(3):
        write_wav(folders / wide.TESTED / "zero" / f"b{speaker:07x}_nohash_0.wav", tone(2000))
    dataset = load("speech_commands_wide_unmade")
    rows = make_splits(dataset, "official")[0].test
    words = dataset.groups["word"][rows]
    assert np.bincount(dataset.y[rows], minlength=10)[8:].tolist() == [2, 3]  # a tenth each
    assert set(words[dataset.y[rows] == 8]) == {"zero"}


@pytest.mark.parametrize("missing, words", [
    ((wide.TRAINED, wide.TESTED), "neither is here"), ((wide.TRAINED,), wide.TRAINED),
    ((wide.TESTED,), "corpus 'speech_commands' is not here"),
])
def test_absent_folders_are_named(folders, missing, words):
    for name in missing:
        (folders / name).rename(folders / f"{name}_elsewhere")
    with pytest.raises(UserError, match=words) as told:
        load("speech_commands_wide")
    assert "\n" not in str(told.value)


def test_a_lacking_word_noise_or_command_is_named(folders):
    (folders / wide.TRAINED / "bed").rename(folders / "bed")
    (folders / wide.TRAINED / "validation_list.txt").write_text("yes/a0000006_nohash_0.wav\n")
    with pytest.raises(UserError, match="no folder for bed"):
        load("speech_commands_wide")
    (folders / "bed").rename(folders / wide.TRAINED / "bed")
    with pytest.raises(UserError, match="made = -1"):
        load("speech_commands_wide", made=-1)
    (folders / wide.TESTED / "_background_noise_" / "hum.wav").unlink()
    with pytest.raises(UserError, match="_background_noise_"):
        load("speech_commands_wide")


def test_made_words_join_training_alone_and_keep_their_speaker(folders):
    plain, dataset = load("speech_commands_wide_unmade"), load("speech_commands_wide", made=MADE)
    added = np.arange(len(plain), len(dataset))
    assert len(added) == MADE and set(dataset.part[added]) == {"train"}
    assert set(dataset.y[added]) == {dataset.classes.index("unknown")}
    assert set(dataset.groups["word"][added]) == set(making.CHOSEN)
    assert set(dataset.groups["speaker"][added]) <= {f"a{k:07x}" for k in range(6)}
    np.testing.assert_array_equal(dataset.x[: len(plain)], plain.x)
    assert np.abs(dataset.x[added]).max() <= 1 and np.abs(dataset.x[added]).max(axis=1).min() > 0
    again = load("speech_commands_wide", made=MADE)
    assert again.hash == dataset.hash != plain.hash


@pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason="without synthesisers")
def test_words_read_aloud_make_a_corpus_of_another_name(folders, monkeypatch):
    monkeypatch.setenv("LNNLAB_CACHE", str(folders / "cache"))
    plain = load("speech_commands_wide", made=MADE)
    dataset = load("speech_commands_wide", made=MADE, spoken=12)
    assert dataset.name == "speech_commands_wide_spoken" and plain.name == "speech_commands_wide"
    assert len(dataset) == len(plain) + 16 and "12 readings of 12 other words" in dataset.note
    np.testing.assert_array_equal(dataset.x[: len(plain)], plain.x)
    assert load("speech_commands_wide_spoken", spoken=12).hash != dataset.hash  # 600 made words


def test_the_active_part_is_where_the_word_is():
    voice = active(tone(400, 4000, 12000))
    assert abs(voice.first - 4000) <= making.FRAME and abs(voice.last - 12000) <= making.FRAME


def test_backwards_is_the_clip_from_its_end_and_mixed_is_a_sum():
    random, one, two = np.random.default_rng(0), active(tone(400)), active(tone(900, level=0.1))
    np.testing.assert_array_equal(making.backwards(one, two, random)[::-1], one.x)
    both = np.abs(np.fft.rfft(making.mixed(one, two, random)))
    assert set(np.argsort(both)[-2:]) == {400, 900}  # hertz: a second of sound
    assert 0.6 < both[900] / both[400] < 1.7


def test_spliced_begins_as_one_word_and_ends_as_the_other():
    random = np.random.default_rng(0)
    joined = making.spliced(active(tone(400)), active(tone(900)), random)
    third = len(joined) // 4
    for piece, hz in ((joined[:third], 400), (joined[-third:], 900)):
        loudest = np.abs(np.fft.rfft(piece)).argmax() * CLIP / len(piece)
        assert abs(loudest - hz) < CLIP / len(piece)


def test_shuffled_moves_every_sample_and_no_more():
    """Of a rising ramp the pieces come in another order; fades alone are lost."""
    x = np.linspace(0.1, 0.9, CLIP).astype(np.float32)
    made = making.shuffled(active(x), active(x), np.random.default_rng(0))
    assert CLIP - 3 * making.FADE <= len(made) < CLIP
    falls = np.flatnonzero(np.diff(made) < -1e-3)
    assert len(falls) and np.isclose(made.max(), 0.9, atol=1e-3)


def test_a_partner_is_another_word_by_the_same_voice_where_there_is_one():
    words, speakers = np.array(list("aabbc")), np.array(list("xyxzz"))
    random = np.random.default_rng(0)
    assert {making._partner(0, words, speakers, random) for _ in range(20)} == {2}
    assert {making._partner(1, words, speakers, random) for _ in range(50)} == {2, 3, 4}


def test_an_unknown_kind_is_named(folders):
    x = np.stack([tone(400), tone(900)])
    with pytest.raises(UserError, match="spliced"):
        made_words(x, np.array(["a", "b"]), np.array(["x", "x"]), ("splice",), 2,
                   np.random.default_rng(0))
    with pytest.raises(UserError, match="unknown"):
        with_made_words(load("bearing_sim"), 4)


@pytest.mark.skipif(not HERE, reason="LNNLAB_DATA holds no speech_commands_v0.01")
def test_the_real_folders_give_162_unheard_speakers():
    dataset = load("speech_commands_wide_unmade")
    split = make_splits(dataset, "official")[0]
    counts = np.bincount(dataset.y[split.test], minlength=10)
    assert len(split.test) == 2711 and counts[:8].sum() == 2156 and counts[8] == 274
    assert len(set(dataset.groups["speaker"][split.test]) - {""}) == 162  # two said on and off only
    assert wide.never_heard(dataset, split.test).sum() == 244  # 30 are bed, cat and happy
