"""Recordings with labels beside them, and surroundings by fold: what is read, what is refused."""

import numpy as np
import pytest
from scipy.io import wavfile

from lnnlab.data.labelled import load_labelled
from lnnlab.data.surroundings import load_surroundings
from lnnlab.errors import UserError

RATE_HZ = 16_000


def tone(seconds=2.0, rate_hz=RATE_HZ, channels=1):
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    x = (8000 * np.sin(2 * np.pi * 300 * time)).astype(np.int16)
    return np.repeat(x[:, None], channels, axis=1) if channels > 1 else x


@pytest.fixture
def folder(tmp_path):
    for name, words in (("ann", "0.5 1.0 yes\n1.25\t1.75\tno way\n"), ("bob", "0.1 0.9\n\n")):
        wavfile.write(tmp_path / f"{name}.wav", RATE_HZ, tone())
        (tmp_path / f"{name}.txt").write_text(words)
    return tmp_path


def test_words_stand_where_their_labels_say(folder):
    ann, bob = load_labelled(folder)
    assert (ann.who, bob.who) == ("ann", "bob")
    assert [(each.label, each.start_s, each.end_s) for each in ann.stream.events] == [
        ("yes", 0.5, 1.0), ("no way", 1.25, 1.75)]
    assert bob.stream.events[0].label == "speech"
    wanted = np.zeros(32_000, bool)
    wanted[8000:16_000] = wanted[20_000:28_000] = True
    np.testing.assert_array_equal(ann.active, wanted)
    assert not ann.changes


def test_the_project_reads_a_folder_below_its_data(folder, monkeypatch):
    monkeypatch.setenv("LNNLAB_DATA", str(folder.parent))
    assert len(load_labelled(folder.name)) == 2
    with pytest.raises(UserError, match="corpus 'nowhere' is not here; get it from 14 speakers"):
        load_labelled("nowhere")


@pytest.mark.parametrize("rate_hz, channels, said", [
    (8000, 1, "resampled from 8000 to 16000 Hz"), (96_000, 1, "resampled from 96000 to 16000 Hz"),
    (16_000, 2, "2 channels mixed down")])
def test_other_rates_and_channels_are_brought_to_ours_and_told(rate_hz, channels, said, folder):
    wavfile.write(folder / "ann.wav", rate_hz, tone(2.0, rate_hz, channels))
    ann = load_labelled(folder)[0]
    assert said in ann.changes and len(ann.stream.x) == 32_000
    spectrum = np.abs(np.fft.rfft(ann.stream.x[8000:24_000]))
    assert spectrum.argmax() == 300  # the tone stays where it was


@pytest.mark.parametrize("text, message", [
    ("0.5 0.4 yes", "ann.txt, line 1: a word from 0.5 s ends at 0.4 s, before it begins"),
    ("0.5 0.5 yes", "ends at 0.5 s, before it begins"),
    ("0.1 0.9 yes\n0.8 1.2 no", "line 2: a word begins at 0.8 s, before the last one ends at 0.9"),
    ("0.1 2.5 yes", "line 1: a word ends at 2.5 s, the recording at 2.00 s"),
    ("-0.5 0.2 yes", "a word begins at -0.5 s, before the last one ends at 0 s"),
    ("yes 0.1 0.2", "line 1: 'yes 0.1 0.2' is no start and end in seconds"),
    ("0.1", "'0.1' is no start and end"), ("\n \n", "ann.txt: holds no words")])
def test_labels_that_cannot_be_are_refused_by_line(text, message, folder):
    (folder / "ann.txt").write_text(text)
    with pytest.raises(UserError, match=message):
        load_labelled(folder)


def test_labels_without_a_recording_and_the_other_way_round(folder):
    (folder / "eve.txt").write_text("0 1 yes")
    with pytest.raises(UserError, match="eve.txt: has no recording of the same name beside it"):
        load_labelled(folder)
    (folder / "eve.txt").unlink()
    (folder / "bob.txt").unlink()
    with pytest.raises(UserError, match="bob.wav: has no .txt of labels of the same name"):
        load_labelled(folder)


def test_silence_throughout_and_an_empty_folder(folder, tmp_path_factory):
    wavfile.write(folder / "bob.wav", RATE_HZ, np.zeros(32_000, np.int16))
    with pytest.raises(UserError, match="bob.wav: is silent throughout"):
        load_labelled(folder)
    with pytest.raises(UserError, match="0 recordings and 0 files of labels"):
        load_labelled(tmp_path_factory.mktemp("empty"))


# ---- surroundings ----


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    """An ESC folder of three classes, one of them voices, and words with background noise."""
    random = np.random.default_rng(0)
    for name in ("001 - Rain", "002 - Baby cry", "sneezing"):
        (tmp_path / "esc" / name).mkdir(parents=True)
        for fold in (1, 2, 3, 4):
            x = np.zeros(32_000, np.int16)
            x[4000:28_000] = random.integers(1000, 9000, 24_000)
            wavfile.write(tmp_path / "esc" / name / f"{fold}-{fold}00-A.wav", RATE_HZ, x)
    noise = tmp_path / "words" / "_background_noise_"
    noise.mkdir(parents=True)
    for name in ("tap", "dude_miaowing"):
        wavfile.write(noise / f"{name}.wav", RATE_HZ, tone(3.0))
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    return tmp_path


def test_folds_are_parts_and_voices_are_left_out(sounds):
    found = load_surroundings(("esc",), "words")
    assert {part: len(each) for part, each in found.items()} == {
        "train": 2, "validation": 1, "test": 1}
    assert len(found["test"][0]) == 24_000  # without the zeros around it
    assert len(load_surroundings(("esc",), "")["train"]) == 1


def test_a_clip_of_two_corpora_is_taken_once(sounds):
    (sounds / "more" / "rain").mkdir(parents=True)
    for fold in (1, 2, 3):
        wavfile.write(sounds / "more" / "rain" / f"{fold}-{fold}00-A-10.wav", RATE_HZ, tone())
    assert {part: len(each) for part, each in load_surroundings(("esc", "more"), "").items()} == {
        "train": 1, "validation": 1, "test": 1}


def test_a_part_without_recordings_is_named(sounds):
    for path in (sounds / "esc").glob("*/2-*"):
        path.unlink()
    with pytest.raises(UserError, match="no recordings without voices to validation with"):
        load_surroundings(("esc",), "words")
