"""Google Speech Commands in its official layouts, and folders of a user's own words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.account import Account
from lnnlab.data.dataset import Dataset
from lnnlab.data.sounds.file import Sound
from lnnlab.data.sounds.layout import find_layout
from lnnlab.data.sounds.parts import UNKNOWN_SPEAKERS, voices, with_parts
from lnnlab.data.sounds.row import Layout, Row
from lnnlab.data.sounds.telling import account_of, copies, warnings
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
    samples_of,
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
    name = "speech_commands" if task == 12 else f"speech_commands_{task}"
    dataset = _assembled(_published(place), commands, name, seed)
    if official_test:
        if task != 12:
            raise UserError("official_test: the test-set archive is of task 12")
        archive = _published(paths.corpus(TEST_SET, SOURCE))
        test = _assembled(archive, COMMANDS, "speech_commands", seed)
        return _with_test(dataset, test)
    return dataset


def load_speech_commands_35(folder: str = "speech_commands") -> Dataset:
    """Every word of Speech Commands, nothing else: task 35, under the name of its records.

    Args:
        folder: see :func:`load_speech_commands`.
    """
    return load_speech_commands(ALL, folder)


@dataclass(frozen=True)
class _Material:
    """What a dataset of clips is made of.

    Attributes:
        folder: where it lies.
        clips: with word, speaker and part.
        noises: recordings of the background.
        own: a person's folder as it was read, and how its parts came about; None: published.
        seconds: of a clip.
    """

    folder: Path
    clips: Sequence[Clip | Row]
    noises: Sequence[Path]
    own: tuple[Layout, str] | None = None
    seconds: float = 1.0


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
    return _assembled(_Material(folder, rows, found.noises, (found, rule), seconds), commands,
                      name, seed)


def _published(place: Path) -> _Material:
    return _Material(place, clips_of(place), sorted((place / NOISE).glob("*.wav")))


def _assembled(
    given: _Material, commands: Sequence[str], name: str, seed: int
) -> Dataset:
    """The clips of every word, or of some commands with unknown words and silence."""
    clips = list(given.clips)
    own = {each.word for each in clips}
    absent = [word for word in commands if word not in own]
    if absent:
        raise UserError(f"{given.folder}: no folder for {', '.join(absent)}; it has "
                        f"{', '.join(sorted(own))}")
    if not commands:
        special = [word for word in (UNKNOWN, SILENCE) if word in own]
        if given.own is None:  # the task of all words has neither
            clips, special = [each for each in clips if each.word not in special], []
        words = sorted({each.word for each in clips} - set(special))
        return _dataset(replace(given, clips=clips), (*words, *special), {}, name)
    if UNKNOWN not in own:
        clips = _with_unknown(clips, commands, seed)
    clips = [each for each in clips if each.word in (*commands, UNKNOWN, SILENCE)]
    drawn = {}
    if SILENCE not in own:
        noises = background(given.noises)
        if not noises:
            raise UserError(
                f"{given.folder}: no {SILENCE} and no {NOISE}/*.wav of a second or longer")
        counts = [round(SHARE * sum(each.part == part for each in clips)) for part in PARTS]
        drawn = dict(zip(PARTS, silences(noises, counts, seed), strict=True))
    return _dataset(replace(given, clips=clips), (*commands, UNKNOWN, SILENCE), drawn, name)


def _with_unknown(clips: list[Clip | Row], commands: Sequence[str], seed: int) -> list[Clip | Row]:
    """The commands' clips, and so many of other words that they make up ``SHARE`` of a part."""
    random, kept = np.random.default_rng(seed), [each for each in clips if each.word in commands]
    for part in PARTS:
        others = [each for each in clips
                  if each.word not in (*commands, SILENCE) and each.part == part]
        wanted = round(SHARE * sum(each.part == part for each in kept))
        chosen = random.permutation(len(others))[:wanted]
        kept += [replace(others[k], word=UNKNOWN) for k in sorted(chosen)]
    return kept


def _dataset(
    given: _Material, classes: tuple[str, ...], drawn: dict[str, np.ndarray], name: str
) -> Dataset:
    clips = given.clips
    x, sounds = read_clips([each.path for each in clips], samples_of(given.seconds))
    words = [each.word for each in clips] + [SILENCE] * sum(len(each) for each in drawn.values())
    parts = [each.part for each in clips] + [p for p, each in drawn.items() for _ in each]
    names = [f"{each.word}/{each.path.name}" if given.own is None
             else str(each.path.relative_to(given.folder)) for each in clips]
    names += [f"{SILENCE}/{part} {k}" for part, each in drawn.items() for k in range(len(each))]
    speakers = [each.speaker for each in clips] + [""] * (len(words) - len(clips))
    background_classes = tuple(
        _called(each) for each in classes if each in (UNKNOWN, SILENCE))
    return Dataset(
        name=name or given.folder.name, x=np.concatenate([x, *drawn.values()])[..., None],
        y=np.array([classes.index(word) for word in words]),
        classes=tuple(map(_called, classes)), channels=SOUND,
        rate_hz=float(RATE_HZ),
        groups={"recording": np.array(names), "speaker": np.array(speakers),
                **_groups(given, len(words))},
        start=np.zeros(len(words), int), part=np.array(parts),
        background=background_parts(background(given.noises)),
        background_classes=background_classes, note=_note(given, len(words), sounds),
        account=None if given.own is None else _account(given, x, sounds),
    )


def _called(word: str) -> str:
    """A class as it is shown; a person's own ``C_`` and ``C`` stay two names."""
    return word.strip("_") if word in (UNKNOWN, SILENCE) else word


def _account(given: _Material, x: np.ndarray, sounds: Sequence[Sound]) -> Account:
    made = account_of(given.own, given.clips, sounds)
    return replace(made, notes=(*made.notes, *copies(x, given.clips, given.folder)))


def _groups(given: _Material, count: int) -> dict[str, np.ndarray]:
    """Further groupings of a person's folder; what was drawn belongs to none."""
    if given.own is None:
        return {}
    known = dict.fromkeys(name for each in given.clips for name in each.groups)
    drawn = [""] * (count - len(given.clips))
    return {name: np.array([each.groups.get(name, "") for each in given.clips] + drawn)
            for name in known}


def _note(given: _Material, count: int, sounds: Sequence[Sound]) -> str:
    """The caption's sentences: how many clips, whose, and what was changed."""
    speakers = [each.speaker for each in given.clips]
    people = len(set(speakers) - {""})
    said = "none on two sides" if people else UNKNOWN_SPEAKERS
    if given.own is not None:
        said = voices(speakers, [each.part for each in given.clips])
    whose = said if not people else f"{people} speakers, {said}"
    changes = Counter(change for sound in sounds for change in sound.changes)
    lines = [f"{many} clips {what}." for what, many in changes.items()]
    slow = warnings(sounds) if given.own is not None else []
    long = "a second" if given.seconds == 1 else f"{given.seconds:g} s"
    return " ".join([f"{count:,} clips of {long}, {whose}.", *lines, *slow])


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
