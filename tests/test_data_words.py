"""Spoken words: wav files, folders of words, Speech Commands, the synthesiser, augmentation."""

import hashlib
import os
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal
from scipy.io import wavfile

from lnnlab import paths
from lnnlab.data import load, make_splits
from lnnlab.data import spoken_words as voices
from lnnlab.data.augment import Augmentation, augment
from lnnlab.data.speech_commands import COMMANDS, load_word_folder
from lnnlab.data.wav import read_wav, write_wav
from lnnlab.data.word_folder import CLIP, one_second, part_by_hash, silences, speaker_of
from lnnlab.errors import UserError

TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(CLIP) / CLIP)


def real(name):
    root = os.environ.get("LNNLAB_DATA")
    present = root is not None and (paths.ROOT / root / name).is_dir()
    return pytest.mark.skipif(not present, reason=f"LNNLAB_DATA holds no {name}")


@pytest.mark.parametrize("kind, full, tolerance", [
    ("uint8", 128, 1 / 64), ("int16", 2**15, 1e-4), ("int32", 2**31, 1e-6), ("float32", 1, 1e-6),
    ("float64", 1, 1e-6),
])
def test_every_kind_of_wav_gives_the_same_samples(tmp_path, kind, full, tolerance):
    values = TONE * full + (128 if kind == "uint8" else 0)
    wavfile.write(tmp_path / "a.wav", CLIP, values.astype(kind))
    x, changed = read_wav(tmp_path / "a.wav")
    assert x.dtype == np.float32 and changed == ""
    np.testing.assert_allclose(x, TONE, atol=tolerance)


def test_24_bits_are_read(tmp_path):
    """scipy writes none, so the standard library does."""
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1), file.setsampwidth(3), file.setframerate(CLIP)
        numbers = (TONE * 2**23).astype("<i4")
        file.writeframes(b"".join(int(n).to_bytes(3, "little", signed=True) for n in numbers))
    np.testing.assert_allclose(read_wav(tmp_path / "a.wav")[0], TONE, atol=1e-6)


def test_another_rate_is_resampled_and_two_channels_are_mixed_down_and_said(tmp_path):
    time = np.arange(44100) / 44100
    left = 0.5 * np.sin(2 * np.pi * 440 * time)
    stereo = np.stack([left, left / 3], axis=1).astype(np.float32)
    wavfile.write(tmp_path / "a.wav", 44100, stereo)
    x, changed = read_wav(tmp_path / "a.wav")
    assert changed == "2 channels mixed down, resampled from 44100 to 16000 Hz"
    assert len(x) == CLIP
    np.testing.assert_allclose(x[500:-500], TONE[500:-500] * 2 / 3, atol=2e-3)


@pytest.mark.parametrize("content, words", [
    (b"", "is empty"), (b"RIFF nonsense that is no wav", "no readable wav"), (None, "no such file"),
])
def test_a_broken_wav_is_named(tmp_path, content, words):
    if content is not None:
        (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(UserError, match=f"a.wav: .*{words}"):
        read_wav(tmp_path / "a.wav")


def test_a_truncated_wav_is_named(tmp_path):
    write_wav(tmp_path / "a.wav", TONE)
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="a.wav: is truncated"):
        read_wav(tmp_path / "a.wav")


def test_a_truncated_clip_of_a_folder_is_named(tmp_path):
    """Clips are read side by side; none may slip through."""
    clip = words(tmp_path) / "no" / "00000002_nohash_1.wav"
    whole = clip.read_bytes()
    clip.write_bytes(whole[:9000])
    with pytest.raises(UserError, match="00000002_nohash_1.wav: is truncated"):
        load_word_folder(tmp_path)
    clip.write_bytes(b"")
    with pytest.raises(UserError, match="00000002_nohash_1.wav: is empty"):
        load_word_folder(tmp_path)


def test_a_wav_without_samples_is_named(tmp_path):
    write_wav(tmp_path / "a.wav", np.zeros(0))
    with pytest.raises(UserError, match="holds no samples"):
        read_wav(tmp_path / "a.wav")


def words(folder, names=("yes", "no"), speakers=6, takes=2):
    for number, word in enumerate(names):
        for speaker in range(speakers):
            for take in range(takes):
                x = np.roll(TONE, speaker * 100 + take) * (0.2 + 0.1 * number)
                write_wav(folder / word / f"{speaker:08x}_nohash_{take}.wav", x)
    return folder


def test_a_folder_of_words_is_a_corpus(tmp_path):
    dataset = load(str(words(tmp_path, ("alpha", "beta", "gamma"), 60)))
    assert dataset.classes == ("alpha", "beta", "gamma") and dataset.x.shape == (360, CLIP, 1)
    split = make_splits(dataset, "official")[0]
    people = [set(dataset.groups["speaker"][rows])
              for rows in (split.train, split.validation, split.test)]
    assert not people[0] & people[1] and not people[0] & people[2] and not people[1] & people[2]
    assert len(split.train) > 200


def test_lists_decide_where_they_are(tmp_path):
    words(tmp_path, speakers=3)
    (tmp_path / "validation_list.txt").write_text("yes/00000001_nohash_0.wav\n")
    (tmp_path / "testing_list.txt").write_text("no/00000002_nohash_1.wav\n")
    dataset = load_word_folder(tmp_path)
    names = dataset.groups["recording"]
    assert names[dataset.part == "validation"].tolist() == ["yes/00000001_nohash_0.wav"]
    assert names[dataset.part == "test"].tolist() == ["no/00000002_nohash_1.wav"]


def test_a_list_that_names_an_absent_file_is_refused(tmp_path):
    words(tmp_path)
    (tmp_path / "testing_list.txt").write_text("yes/absent.wav\n")
    with pytest.raises(UserError, match="testing_list.txt: names 'yes/absent.wav', which is abs"):
        load_word_folder(tmp_path)


def test_a_word_with_one_clip_is_refused(tmp_path):
    words(tmp_path)
    write_wav(tmp_path / "lone" / "0_nohash_0.wav", TONE)
    with pytest.raises(UserError, match=r"lone: 1 clip\(s\); a word needs two"):
        load_word_folder(tmp_path)


def test_unknown_words_and_silence_are_drawn_where_the_folder_has_none(tmp_path):
    words(tmp_path, ("yes", "no", "cat", "dog"), 40)
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * CLIP)
    write_wav(tmp_path / "_background_noise_" / "hum.wav", noise)
    dataset = load_word_folder(tmp_path, ("yes", "no"))
    assert dataset.classes == ("yes", "no", "unknown", "silence")
    for part in ("train", "validation", "test"):
        counts = np.bincount(dataset.y[dataset.part == part], minlength=4)
        assert counts[2] == round(0.1 * counts[:2].sum())
        assert counts[3] == round(0.1 * counts[:3].sum())
    again = load_word_folder(tmp_path, ("yes", "no"))
    assert again.hash == dataset.hash
    with pytest.raises(UserError, match="no folder for up; it has"):
        load_word_folder(tmp_path, ("yes", "up"))


def test_parts_of_a_background_share_no_sample():
    noise = np.arange(10 * CLIP, dtype=np.float32) + 1
    parts = silences([noise], [40, 40, 40])
    ranges = []
    for made, low, high in zip(parts, (0.0, 0.8, 0.9), (0.8, 0.9, 1.0), strict=True):
        gain = (made[:, -1].astype(float) - made[:, 0]) / (CLIP - 1)  # of a ramp
        start = np.round(made[:, 0] / gain) - 1
        assert (start >= low * len(noise) - 1).all()
        assert (start + CLIP <= high * len(noise) + 1).all()
        ranges.append((start.min(), start.max()))
    assert len(set(ranges)) == 3


def test_the_hash_rule_is_the_publishers():
    for name in ("022cd682_nohash_0.wav", "022cd682_nohash_4.wav", "03401e93_nohash_1.wav"):
        digest = int(hashlib.sha1(name.split("_nohash_")[0].encode()).hexdigest(), 16)
        percent = (digest % 134217728) * (100.0 / 134217727)
        wanted = "validation" if percent < 10 else "test" if percent < 20 else "train"
        assert part_by_hash(name) == wanted
    assert speaker_of("backward_0c540988_nohash_0.wav.wav") == "0c540988"
    assert speaker_of("mine.wav") == ""


@given(st.integers(1, 3 * CLIP), st.integers(0, 2**31))
@settings(max_examples=25)
def test_clips_become_a_second_and_lose_nothing_loud(length, seed):
    x = np.random.default_rng(seed).normal(0, 0.01, length).astype(np.float32)
    place = seed % length
    x[place] = 1.0
    second = one_second(x)
    assert len(second) == CLIP and second.max() == 1.0


def test_the_loader_says_what_it_changed(tmp_path):
    words(tmp_path)
    wavfile.write(tmp_path / "yes" / "extra_nohash_0.wav", 8000, np.zeros(4000, np.float32))
    note = load_word_folder(tmp_path).note
    assert "1 clips resampled from 8000 to 16000 Hz." in note
    assert "1 clips padded to a second." in note


def test_augmentation_is_seeded_and_stays_in_its_ranges():
    x = np.tile(TONE.astype(np.float32), (4, 1))
    noise = [np.random.default_rng(1).normal(0, 0.1, 2 * CLIP).astype(np.float32)]
    first, same = (augment(x, noise, Augmentation(), 16000, np.random.default_rng(5))
                   for _ in range(2))
    np.testing.assert_array_equal(first, same)
    assert np.abs(first).max() <= 1
    still = Augmentation(0, 0, (0, 0), (0, 0), 0)
    np.testing.assert_allclose(augment(x, noise, still, 16000, np.random.default_rng(0)), x,
                               atol=1e-6)
    shifted = augment(x, [], Augmentation(100, 0, (0, 0), (0, 0), 0), 16000,
                      np.random.default_rng(2))
    for row in shifted:
        silent = CLIP - np.count_nonzero(np.abs(row) > 0)
        assert silent <= 1600 + 1200  # the shift, and the tone's own zeros


def test_augmentation_mixes_at_the_ratio_it_is_told():
    x = np.tile(TONE.astype(np.float32), (3, 1))
    noise = [np.random.default_rng(1).normal(0, 0.3, 3 * CLIP).astype(np.float32)]
    mixed = augment(x, noise, Augmentation(0, 0, (0, 0), (10, 10), 1), 16000,
                    np.random.default_rng(0))
    power = np.mean((mixed - x) ** 2, axis=1)
    np.testing.assert_allclose(10 * np.log10(np.mean(x**2, axis=1) / power), 10, atol=0.2)


def test_the_synthesiser_gives_a_corpus_in_more_than_twenty_voices(tmp_path):
    dataset = load("spoken_words", voices=22)
    assert dataset.synthetic and len(set(dataset.groups["speaker"])) == 22
    assert dataset.classes == (*COMMANDS, "unknown", "silence")
    assert load("spoken_words", voices=22).hash == dataset.hash
    split = make_splits(dataset, "official")[0]
    tested = set(dataset.groups["speaker"][split.test])
    assert not tested & set(dataset.groups["speaker"][split.train]) and len(tested) >= 4
    voices.write_spoken_words(tmp_path, voices=3)
    again = load_word_folder(tmp_path, ("yes", "no"))
    assert np.bincount(again.y).tolist() == [3, 3, 9, 3]


def test_vowels_have_their_formants():
    """The tract's response peaks at the table's frequencies."""
    hz = np.arange(100, 3400, 5.0)
    for vowel in ("iy", "aa", "uw", "eh"):
        formants = np.array([*voices.SOUNDS[vowel][:3], 3500.0])
        _, response = signal.sosfreqz(voices.resonators(formants), hz, fs=16000)
        peaks = hz[signal.find_peaks(np.abs(response))[0]]
        for formant in formants[:3]:
            assert np.abs(peaks - formant).min() < 40, vowel


@real("speech_commands")
def test_real_speech_commands_come_with_their_lists():
    dataset = load("speech_commands")
    split = make_splits(dataset, "official")[0]
    assert [len(p) for p in (split.train, split.validation, split.test)] == [2146, 429, 650]
    assert len(set(dataset.groups["speaker"]) - {""}) == 164
    assert dataset.classes == (*COMMANDS, "unknown", "silence")
