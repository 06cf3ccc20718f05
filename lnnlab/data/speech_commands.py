"""Google Speech Commands in its official layouts, and folders of a user's own words."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.clips import Material, assembled
from lnnlab.data.dataset import Dataset
from lnnlab.data.sounds.layout import find_layout
from lnnlab.data.sounds.parts import with_parts
from lnnlab.data.word_folder import NOISE, clips_of, samples_of
from lnnlab.errors import UserError

SOURCE = "download.tensorflow.org/data ('lnnlab fetch speech_commands' does it)"
TEST_SET = "speech_commands_test_set_v0.02"
COMMANDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
ALL = 35  # words of v0.02


def load_speech_commands(
    task: int = 12, folder: str = "speech_commands", official_test: bool = False, seed: int = 0
) -> Dataset:
    """One-second clips at 16 kHz, full scale at 1; groups ``speaker``; parts by the lists.

    Args:
        task: 12 (ten commands, unknown words, silence) or 35 (every word, nothing else).
        folder: below the data folder, such as ``"speech_commands_v0.01"``.
        official_test: take the test part from the published test-set archive instead.
        seed: of the unknown words and silences that are drawn, where the folder has no
            ``_unknown_`` or ``_silence_`` of its own.

    Raises:
        UserError: the corpus is absent or damaged, or the task is unknown.
    """
    if task not in (12, ALL):
        raise UserError(f"task = {task}: choose 12 (commands, unknown, silence) or 35 (all words)")
    place = paths.corpus(folder, SOURCE)
    commands = COMMANDS if task == 12 else ()
    name = "speech_commands" if task == 12 else f"speech_commands_{task}"
    dataset = assembled(_published(place), commands, name, seed)
    if official_test:
        if task != 12:
            raise UserError("official_test: the test-set archive is of task 12")
        archive = _published(paths.corpus(TEST_SET, SOURCE))
        test = assembled(archive, COMMANDS, "speech_commands", seed)
        return _with_test(dataset, test)
    return dataset


def load_speech_commands_35(folder: str = "speech_commands") -> Dataset:
    """Every word of Speech Commands, nothing else: task 35, under the name of its records.

    Args:
        folder: see :func:`load_speech_commands`.
    """
    return load_speech_commands(ALL, folder)


def load_word_folder(
    folder: Path, commands: Sequence[str] = (), name: str = "", seed: int = 0, layout: str = "",
    seconds: float = 1.0,
) -> Dataset:
    """A person's folder of sounds as a dataset: a class for each word, a second a clip.

    The layout is found: ``word/*.wav``, ``word/speaker/*.wav``, ``speaker/word.wav``,
    ``speaker/word/*.wav``, names such as ``{word}_{speaker}_{n}.wav``, exports of Edge Impulse, and
    folders ``train`` and ``test`` around any of them. The split ``"official"`` is the folder's own
    lists or folders; without any, whole speakers are assigned, and without speakers, files in their
    order. The split ``"speaker"`` leaves one speaker out. ``Dataset.account`` tells all of it.

    Args:
        folder: with wav, flac, ogg, mp3 or aiff files.
        commands: the words to tell apart, beside unknown words and silence; none: every word.
        name: of the dataset; default: the folder's.
        seed: of what is drawn.
        layout: where word and speaker stand, where names do not tell, such as
            ``"speaker/word"``; see :func:`lnnlab.data.sounds.pattern.by_pattern`.
        seconds: of a clip; sound events take longer than words, as five seconds.

    Raises:
        UserError: the names read no way or two ways, a word has fewer than two clips, a file is
            damaged, or a list names an absent file; one line says which and what to do.
    """
    samples_of(seconds)
    if commands and seconds != 1:
        raise UserError(f"seconds = {seconds:g}: commands are told from seconds of silence; leave "
                        "one of the two out")
    found = find_layout(folder, layout)
    rows, rule = with_parts(found)
    return assembled(Material(folder, rows, found.noises, (found, rule), seconds), commands,
                      name, seed)


def _published(place: Path) -> Material:
    return Material(place, clips_of(place), sorted((place / NOISE).glob("*.wav")))


def _with_test(dataset: Dataset, test: Dataset) -> Dataset:
    """The training and validation clips of one dataset, all clips of another to test on."""
    kept = dataset.part != "test"
    joined = {
        key: np.concatenate([getattr(dataset, key)[kept], getattr(test, key)])
        for key in ("x", "y", "start")
    }
    groups = {key: np.concatenate([dataset.groups[key][kept], test.groups[key]])
              for key in dataset.groups}
    part = np.concatenate([dataset.part[kept], np.full(len(test), "test")])
    return Dataset(
        name=dataset.name, classes=dataset.classes, channels=dataset.channels,
        rate_hz=dataset.rate_hz, groups=groups, part=part, background=dataset.background,
        background_classes=dataset.background_classes,
        note=f"{dataset.note} Official test set.", **joined,
    )
