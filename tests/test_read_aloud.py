"""Words read aloud by synthesisers: which words, by whom, how loud, the same every time."""

import shutil
import subprocess

import numpy as np
import pytest

from lnnlab.data import load, make_splits
from lnnlab.data import read_aloud as reading
from lnnlab.data.made_words import active
from lnnlab.data.read_aloud import PROGRAMS, plan, read_aloud, vocabulary, with_words_read_aloud
from lnnlab.data.speech_commands_wide import COMMANDS, never_heard
from lnnlab.data.word_folder import CLIP
from lnnlab.errors import UserError

READS = all(shutil.which(each) for each in PROGRAMS)
needs_programs = pytest.mark.skipif(not READS, reason=f"without {' and '.join(PROGRAMS)}")
SPEECH_COMMANDS = (  # all words of v0.02
    *COMMANDS, "on", "off", "backward", "bed", "bird", "cat", "dog", "eight", "five", "follow",
    "forward", "four", "happy", "house", "learn", "marvin", "nine", "one", "seven", "sheila", "six",
    "three", "tree", "two", "visual", "wow", "zero")


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_CACHE", str(tmp_path))


@pytest.fixture
def absent(own_cache, monkeypatch):
    """A machine without synthesisers."""
    monkeypatch.setenv("PATH", "")
    reading._version.cache_clear()
    yield
    reading._version.cache_clear()


def test_no_word_is_one_of_speech_commands_and_none_is_twice():
    words = vocabulary()
    assert len(words) == len(set(words)) > 500
    assert not set(words) & set(SPEECH_COMMANDS)
    assert {"note", "goat", "yet", "cup", "town", "lift", "light", "step"} <= set(words)


@needs_programs
@pytest.mark.parametrize("accent", ["en-us", "en-gb"])
def test_no_word_sounds_as_one_of_speech_commands(accent):
    """By the sounds that eSpeak NG reads, one line a word."""
    def sounds(words):
        told = subprocess.run(["espeak-ng", "-q", "-x", "-v", accent], input="\n".join(words),
                              capture_output=True, text=True, check=True)
        return [line.strip() for line in told.stdout.splitlines() if line.strip()]

    judged, read = sounds(SPEECH_COMMANDS), sounds(vocabulary())
    assert len(judged) == len(SPEECH_COMMANDS) and len(read) == len(vocabulary())
    assert not set(judged) & set(read)


def test_words_come_in_turn_and_voices_by_chance():
    words = ("note", "goat", "step")
    said = plan(words, 300, seed=3)
    assert [sorted(each.word for each in said[k : k + 3]) for k in range(0, 300, 3)] == \
        [sorted(words)] * 100
    assert plan(words, 200, seed=3) == said[:200] != plan(words, 200, seed=4)
    share = np.mean([each.program == "flite" for each in said])
    assert abs(share - reading.FLITE_SHARE) < 0.1
    assert len({each.voice for each in said}) > 80


@needs_programs
def test_clips_are_the_same_every_time_heard_and_within_their_levels(own_cache, tmp_path):
    first = read_aloud(("note", "goat", "step"), 24, seed=1)
    (kept,) = (tmp_path / "read_aloud").glob("*.npy")
    kept.unlink()
    again = read_aloud(("note", "goat", "step"), 24, seed=1, jobs=1)
    np.testing.assert_array_equal(first.x, again.x)
    assert first.x.shape == (24, CLIP) and first.x.dtype == np.float32
    loudest = np.abs(first.x).max(axis=1)
    low, high = reading.LEVEL
    assert (low - 1e-6 <= loudest).all() and (loudest <= high + 1e-6).all()
    for clip in first.x:  # a word of a tenth of a second or longer, and quiet around it
        word = active(clip)
        assert 1600 <= word.last - word.first <= CLIP
    starts = [active(each).first for each in first.x]
    assert np.std(starts) > 1000


@needs_programs
def test_every_voice_is_installed():
    """eSpeak NG takes its usual voice where it does not know one, and says nothing."""
    told = subprocess.run(["espeak-ng", "--voices=variant"], capture_output=True, text=True,
                          check=True).stdout
    files = {line.split("!v/")[1].split()[0] for line in told.splitlines() if "!v/" in line}
    assert set(reading.TIMBRES) <= files
    voices = subprocess.run(["flite", "-lv"], capture_output=True, text=True, check=True).stdout
    assert set(reading.RECORDED) <= set(voices.split())


@needs_programs
def test_words_read_aloud_join_training_alone_with_commands_as_commands(own_cache):
    plain = load("spoken_words_wide")
    dataset = with_words_read_aloud(plain, 20, share=0.5)
    added = np.arange(len(plain), len(dataset))
    assert len(added) == 30 and set(dataset.part[added]) == {"train"}
    words, unknown = dataset.groups["word"][added], dataset.classes.index("unknown")
    assert set(dataset.y[added[:20]]) == {unknown} and not set(words[:20]) & set(dataset.classes)
    assert [dataset.classes[k] for k in dataset.y[added[20:]]] == list(words[20:])
    np.testing.assert_array_equal(dataset.x[: len(plain)], plain.x)
    rows = make_splits(dataset, "official")[0].test
    np.testing.assert_array_equal(never_heard(dataset, rows), never_heard(plain, rows))


def test_what_to_install_is_said_in_a_line(absent):
    with pytest.raises(UserError, match="espeak-ng is not installed.*apt-get install espeak-ng fl"
                                        ) as told:
        read_aloud(("note",), 1)
    assert "\n" not in str(told.value)


def test_wrong_counts_and_corpora_are_refused():
    plain = load("spoken_words_wide")
    with pytest.raises(UserError, match="spoken = -1"):
        with_words_read_aloud(plain, -1)
    for count, share in ((2.5, 1), ("12", 1), (5, -1)):
        with pytest.raises(UserError, match="whole number"):
            with_words_read_aloud(plain, count, share=share)
    assert with_words_read_aloud(plain, 0) is plain
    with pytest.raises(UserError, match="which word each clip is"):
        with_words_read_aloud(load("spoken_words", voices=22), 4)
