"""Google Speech Commands in its official layouts, and folders of a user's own words."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.dataset import Dataset
from lnnlab.data.word_folder import (
    NOISE,
    PARTS,
    RATE_HZ,
    SILENCE,
    UNKNOWN,
    Clip,
    background,
    background_parts,
    clips_of,
    read_clips,
    silences,
)
from lnnlab.errors import UserError

SOURCE = "download.tensorflow.org/data ('lnnlab fetch speech_commands' does it)"
TEST_SET = "speech_commands_test_set_v0.02"
COMMANDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
SHARE = 0.1  # of clips of a part that are unknown words, and that are silence, where drawn here
ALL = 35  # words of v0.02
SOUND = ("sound",)  # channels of every corpus of clips


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
    dataset = load_word_folder(place, commands, "speech_commands", seed)
    if official_test:
        if task != 12:
            raise UserError("official_test: the test-set archive is of task 12")
        test = load_word_folder(paths.corpus(TEST_SET, SOURCE), COMMANDS, "speech_commands", seed)
        return _with_test(dataset, test)
    return dataset


def load_word_folder(
    folder: Path, commands: Sequence[str] = (), name: str = "", seed: int = 0
) -> Dataset:
    """A folder of words as a dataset.

    Args:
        folder: ``<word>/<speaker>_nohash_<n>.wav``.
        commands: the words to tell apart, beside unknown words and silence; none: every word.
        name: of the dataset; default: the folder's.
        seed: of what is drawn.

    Raises:
        UserError: see :func:`lnnlab.data.word_folder.clips_of`.
    """
    clips = clips_of(folder)
    own = {each.word for each in clips}
    absent = [word for word in commands if word not in own]
    if absent:
        raise UserError(f"{folder}: no folder for {', '.join(absent)}; it has {', '.join(own)}")
    if not commands:
        clips = [each for each in clips if not each.word.startswith("_")]
        classes = tuple(sorted({each.word for each in clips}))
        return _dataset(folder, clips, classes, {}, name)
    if UNKNOWN not in own:
        clips = _with_unknown(clips, commands, seed)
    clips = [each for each in clips if each.word in (*commands, UNKNOWN, SILENCE)]
    drawn = {}
    if SILENCE not in own:
        noises = background(folder)
        if not noises:
            raise UserError(f"{folder}: no {SILENCE} and no {NOISE}/*.wav of a second or longer")
        counts = [round(SHARE * sum(each.part == part for each in clips)) for part in PARTS]
        drawn = dict(zip(PARTS, silences(noises, counts, seed), strict=True))
    return _dataset(folder, clips, (*commands, UNKNOWN, SILENCE), drawn, name)


def _with_unknown(clips: list[Clip], commands: Sequence[str], seed: int) -> list[Clip]:
    """The commands' clips, and so many of other words that they make up ``SHARE`` of a part."""
    random, kept = np.random.default_rng(seed), [each for each in clips if each.word in commands]
    for part in PARTS:
        others = [each for each in clips
                  if each.word not in commands and each.word[0] != "_" and each.part == part]
        wanted = round(SHARE * sum(each.part == part for each in kept))
        chosen = random.permutation(len(others))[:wanted]
        kept += [Clip(others[k].path, UNKNOWN, others[k].speaker, part) for k in sorted(chosen)]
    return kept


def _dataset(
    folder: Path, clips: list[Clip], classes: tuple[str, ...], drawn: dict[str, np.ndarray],
    name: str,
) -> Dataset:
    x, changes = read_clips(clips)
    words = [each.word for each in clips] + [SILENCE] * sum(len(each) for each in drawn.values())
    parts = [each.part for each in clips] + [p for p, each in drawn.items() for _ in each]
    names = [f"{each.word}/{each.path.name}" for each in clips]
    names += [f"{SILENCE}/{part} {k}" for part, each in drawn.items() for k in range(len(each))]
    speakers = [each.speaker for each in clips] + [""] * (len(words) - len(clips))
    people = len(set(speakers) - {""})
    note = f"{len(words):,} clips of a second, {people} speakers, none on two sides."
    return Dataset(
        name=name or folder.name, x=np.concatenate([x, *drawn.values()])[..., None],
        y=np.array([classes.index(word) for word in words]),
        classes=tuple(each.strip("_") for each in classes), channels=SOUND,
        rate_hz=float(RATE_HZ),
        groups={"recording": np.array(names), "speaker": np.array(speakers)},
        start=np.zeros(len(words), int), part=np.array(parts),
        background=background_parts(background(folder)),
        background_classes=tuple(each.strip("_") for each in classes if each in (UNKNOWN, SILENCE)),
        note=" ".join([note, *(f"{each}." for each in changes)]),
    )


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
