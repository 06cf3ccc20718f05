"""Sound events: ESC-50 and its likes as published, a person's class folders, generated ones."""

import io
import shutil
import zipfile

import numpy as np
import pytest
import soundfile
from scipy.io import wavfile

from lnnlab.data import load, make_splits
from lnnlab.data.event_simulator import ALL, event, rooms
from lnnlab.data.fetch import ARCHIVES, Archive
from lnnlab.errors import UserError

RATE_HZ = 16_000


def sound(seed, seconds=0.5, rate_hz=RATE_HZ):
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * rate_hz)).astype(np.float32)


def written(path, x, rate_hz=RATE_HZ):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, x, rate_hz)


@pytest.fixture
def official(tmp_path, monkeypatch):
    """ESC-50 in its publisher's layout: 3 classes in 3 folds, two takes of some recordings."""
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    lines = ["filename,fold,target,category,esc10,src_file,take"]
    number = 0
    for target, (name, ten) in enumerate((("dog", True), ("rain", True), ("cow", False))):
        for fold in (1, 2, 3):
            for source, take in ((10, "A"), (10, "B"), (11, "A")):
                number += 1
                source_id = 1000 * fold + 100 * target + source
                file = f"{fold}-{source_id}-{take}-{target}.wav"
                written(tmp_path / "esc50" / "ESC-50-master" / "audio" / file, sound(number))
                lines.append(f"{file},{fold},{target},{name},{ten},{source_id},{take}")
    meta = tmp_path / "esc50" / "ESC-50-master" / "meta" / "esc50.csv"
    meta.parent.mkdir()
    meta.write_text("\n".join(lines) + "\n")
    return tmp_path


def test_the_official_layout_gives_folds_and_source_recordings(official):
    dataset = load("esc50", seconds=1.0)
    assert dataset.name == "esc50" and dataset.classes == ("cow", "dog", "rain")
    assert dataset.x.shape == (27, RATE_HZ, 1) and dataset.unit == "recording"
    assert len(set(dataset.groups["recording"])) == 18
    splits = make_splits(dataset, "fold")
    assert [each.name for each in splits] == ["fold 1", "fold 2", "fold 3"]
    for each in splits:
        parts = [set(dataset.groups["recording"][rows])
                 for rows in (each.train, each.validation, each.test)]
        assert not parts[0] & parts[1] and not (parts[0] | parts[1]) & parts[2]
    assert "18 source recordings in 3 folds" in dataset.note
    assert "Every clip: padded to a second" in dataset.note


def test_the_ten_classes_are_those_that_the_list_marks(official):
    dataset = load("esc50", subset="esc10", seconds=1.0)
    assert dataset.name == "esc10" and dataset.classes == ("dog", "rain")
    with pytest.raises(UserError, match="subset of ESC-50"):
        load("esc50", subset="esc20")


def test_labels_without_clips_and_strange_lists_are_named(official):
    audio = official / "esc50" / "ESC-50-master" / "audio"
    gone = sorted(audio.iterdir())[0]
    gone.unlink()
    with pytest.raises(UserError, match=f"names 1 file.* {gone.name}; fetch the corpus again"):
        load("esc50")
    (audio.parent / "meta" / "esc50.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="is no list of ESC-50"):
        load("esc50")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """ESC-10's layout: numbered class folders of ogg files, no list."""
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path))
    for number, name in enumerate(("001 - Dog bark", "002 - Rain")):
        for fold in (1, 2):
            for source in range(2):
                written(tmp_path / "esc10" / name / f"{fold}-{10 * number + source}-A.ogg",
                        sound(number, 0.4, 44_100), 44_100)
    return tmp_path / "esc10"


def test_folders_of_classes_need_no_list(folders):
    dataset = load("esc10", seconds=0.4)
    assert dataset.classes == ("Dog bark", "Rain") and len(dataset) == 8
    assert set(dataset.groups["fold"]) == {"1", "2"}
    assert "resampled from 44100 to 16000 Hz" in dataset.note


def test_one_fold_only_is_said_to_be_too_few(folders):
    for each in folders.rglob("2-*"):
        each.unlink()
    dataset = load("esc10")
    assert "in 1 fold." in dataset.note
    with pytest.raises(UserError, match="'fold' has fewer than two labels"):
        make_splits(dataset, "fold")


def test_names_without_a_fold_lead_to_the_reader_of_own_folders(folders):
    written(folders / "001 - Dog bark" / "mine.wav", sound(0))
    with pytest.raises(UserError, match="mine.wav: its name tells no fold"):
        load("esc10")
    shutil.rmtree(folders)
    with pytest.raises(UserError, match="corpus 'esc10' is not here; get it from github"):
        load("esc10")


def test_a_wildlife_folder_needs_calls_and_weather(folders):
    with pytest.raises(UserError, match="no clips of chirping_birds, crackling_fire"):
        load("esc50_wildlife", folder="esc10")


def test_own_folders_of_any_rate_and_length(tmp_path):
    """Stereo, 8 kHz, 96 kHz, clips shorter than a frame, silence: taken, and said."""
    place = tmp_path / "mine"
    for k in range(4):
        written(place / "hum" / f"{k}.wav", sound(k, 1.5))
        written(place / "buzz" / f"{k}.wav", sound(10 + k, 3.0))
    written(place / "hum" / "slow.wav", sound(20, 1.0, 8000), 8000)
    written(place / "hum" / "fast.wav", sound(21, 2.0, 96_000), 96_000)
    written(place / "hum" / "tiny.wav", sound(22, 0.01))
    written(place / "buzz" / "both.wav", np.stack([sound(23), sound(24)], axis=1))
    wavfile.write(place / "buzz" / "none.wav", RATE_HZ, np.zeros(RATE_HZ, np.int16))
    dataset = load(str(place), seconds=2.0)
    assert dataset.x.shape == (13, 2 * RATE_HZ, 1) and dataset.classes == ("buzz", "hum")
    said = dataset.account.text()
    for words in ("resampled from 8000 to 16000 Hz", "resampled from 96000 to 16000 Hz",
                  "2 channels mixed down", "padded to 2 s", "cut to the loudest 2 s",
                  "silent throughout", "above 4,000 Hz there is nothing"):
        assert words in said, words
    assert "clips of 2 s" in dataset.note
    with pytest.raises(UserError, match="seconds = 0.01: choose 0.1 to 60"):
        load(str(place), seconds=0.01)
    with pytest.raises(UserError, match="commands are told from seconds of silence"):
        load(str(place), seconds=2.0, commands=["hum"])


def test_generated_events_are_drawn_from_a_seed():
    dataset = load("event_sim", sources=2, folds=2, seconds=1.0)
    again = load("event_sim", sources=2, folds=2, seconds=1.0)
    assert dataset.hash == again.hash != load("event_sim", sources=2, folds=2, seconds=1.0,
                                              seed=1).hash
    assert dataset.synthetic and len(make_splits(dataset, "fold")) == 2
    wild = load("wildlife_sim", sources=2, folds=2, seconds=1.0)
    assert wild.background_classes == ("rain", "thunder", "wind")
    assert wild.classes[-3:] == wild.background_classes


@pytest.mark.parametrize("name", ALL)
def test_every_maker_fills_any_length_within_full_scale(name):
    for samples in (1700, 80_000):
        x = event(name, 0, 0, 0, samples)
        assert x.shape == (samples,) and np.isfinite(x).all() and 0.04 < np.abs(x).max() <= 0.51


def test_takes_of_a_source_are_alike_and_not_the_same():
    """The clock of one source ticks at one pitch: its spectrum's peak stays; another's is not."""
    def peak(number, take):
        power = np.abs(np.fft.rfft(event("clock", 0, number, take, 80_000))) ** 2
        power[:4000] = 0  # hum and room
        return np.argmax(np.convolve(power, np.ones(200), "same")) / 5

    assert abs(peak(0, 0) - peak(0, 1)) < 100 < abs(peak(0, 0) - peak(1, 0))


def test_rooms_of_parts_differ():
    found = rooms(1000, 2)
    flat = [each.tobytes() for own in found.values() for each in own]
    assert set(found) == {"train", "validation", "test"} and len(set(flat)) == 6


def test_a_zip_without_a_checksum_is_unpacked_whole(tmp_path, monkeypatch):
    from lnnlab.data import fetch

    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path / "data"))
    assert not ARCHIVES["esc50"].sha256 and ARCHIVES["esc50"].name == "ESC-50-master.zip"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("ESC-50-master/meta/esc50.csv", "filename\n")
    place = tmp_path / "small.zip"
    place.write_bytes(content.getvalue())
    fetch._unpack(place, tmp_path / "data" / "esc50")
    assert (tmp_path / "data" / "esc50" / "ESC-50-master" / "meta" / "esc50.csv").exists()
    place.write_bytes(content.getvalue()[:-30])
    with pytest.raises(UserError, match="cannot be unpacked"):
        fetch._unpack(place, tmp_path / "data" / "again")
    assert not (tmp_path / "data" / "again").exists()
    assert Archive("http://a/b.tgz", "", "c").name == "b.tgz"
