"""Speech Commands with many speakers on both sides: trained on v0.01, tested on those of v0.02.

The classes are built as those of the twelve-class corpus, without "on" and "off", which the
training folder lacks. Two things are asked of it and never mixed: which of eight commands was said,
and whether a word that training never heard is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.clips import SHARE, SOUND
from lnnlab.data.dataset import Dataset
from lnnlab.data.made_words import with_made_words
from lnnlab.data.read_aloud import with_words_read_aloud
from lnnlab.data.speech_commands import SOURCE
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

NAME = "speech_commands_wide"
TRAINED, TESTED = "speech_commands_v0.01", "speech_commands"
COMMANDS = ("yes", "no", "up", "down", "left", "right", "stop", "go")
OTHERS = ("bed", "cat", "happy")  # unknown words of the training part; the test's are more
ONLY_TESTED = ("on", "off")  # commands of the other task; in no class of this one
MADE = 600  # unknown words made of the training clips
SPOKEN = 2400  # unknown words read aloud by synthesisers, where they are asked for
WORD = "word"  # grouping: what was really said


def load_speech_commands_wide(made: int = MADE, spoken: int = 0, seed: int = 0) -> Dataset:
    """Clips of a second: eight commands, unknown words, silence; groups ``speaker`` and ``word``.

    Training and validation are ``speech_commands_v0.01`` by its list, the test every speaker of
    ``speech_commands``, whatever its lists say, who is not among them. The group ``word`` tells
    what was said: an unknown word of the test was heard in training where it is one of ``OTHERS``.

    Args:
        made: unknown words that are made of training clips, see
            :func:`lnnlab.data.made_words.with_made_words`; with 0 the corpus has a name of its own.
        spoken: unknown words that synthesisers read aloud, with commands beside them, see
            :func:`lnnlab.data.read_aloud.with_words_read_aloud`; with them the corpus has a name of
            its own.
        seed: of what is drawn: silences, made words, and the test's unknown words where its folder
            has no ``_unknown_``.

    Raises:
        UserError: one of the folders is absent or damaged, ``made`` or ``spoken`` is below 0, or a
            synthesiser is not installed.
    """
    trained, tested = _folders()
    clips = _training_clips(trained) + _test_clips(tested, seed)
    known = {each.speaker for each in clips if each.part != "test"} - {""}
    clips = [each for each in clips if each.part != "test" or each.speaker not in known]
    clips.sort(key=lambda each: (PARTS.index(each.part), each.speaker, each.word, each.path.name))
    dataset = _dataset(clips, tested, seed)
    name = NAME + "_unmade" * (not made) + "_spoken" * bool(spoken)
    dataset = replace(with_made_words(dataset, made, seed=seed) if made else dataset, name=name)
    return with_words_read_aloud(dataset, spoken, seed) if spoken else dataset


def load_speech_commands_wide_unmade(seed: int = 0) -> Dataset:
    """The same without made words: what they are compared with."""
    return load_speech_commands_wide(0, seed=seed)


def load_speech_commands_wide_spoken(spoken: int = SPOKEN, seed: int = 0) -> Dataset:
    """The same with words read aloud beside the made ones, which takes two synthesisers: eSpeak NG
    and Flite."""
    return load_speech_commands_wide(MADE, spoken, seed)


def never_heard(dataset: Dataset, rows: np.ndarray) -> np.ndarray:
    """Which rows are words that training never heard, (row,) of bool.

    Args:
        dataset: with the grouping ``"word"``.
        rows: such as a split's test rows.

    Raises:
        UserError: it has no such grouping.
    """
    if WORD not in dataset.groups:
        raise UserError(f"{dataset.name}: does not tell which words were said; use {NAME}")
    words, trained = dataset.groups[WORD], dataset.part == "train"
    return ~np.isin(words[rows], np.unique(words[trained])) & (words[rows] != "")


def _folders() -> tuple[Path, Path]:
    """Where both parts lie.

    Raises:
        UserError: neither is there, or one is not.
    """
    absent = [name for name in (TRAINED, TESTED) if not (paths.data_root() / name).is_dir()]
    if len(absent) == 2:
        raise UserError(
            f"{paths.data_root()}: corpus '{NAME}' needs the folders {TRAINED} (to train) and "
            f"{TESTED} (to test), and neither is here; 'lnnlab fetch {TRAINED}' and 'lnnlab fetch "
            f"{TESTED}' bring them, or point LNNLAB_DATA at the folder that holds them")
    return paths.corpus(TRAINED, SOURCE), paths.corpus(TESTED, SOURCE)


def _training_clips(folder: Path) -> list[Clip]:
    """Commands and the other words of ``OTHERS``; the folder's own test part is left out.

    Raises:
        UserError: a word is absent.
    """
    clips = clips_of(folder)
    absent = sorted({*COMMANDS, *OTHERS} - {each.word for each in clips})
    if absent:
        raise UserError(f"{folder}: no folder for {', '.join(absent)}; fetch {TRAINED} again")
    return [each for each in clips if each.word in (*COMMANDS, *OTHERS) and each.part != "test"]


def _test_clips(folder: Path, seed: int) -> list[Clip]:
    """Every clip of the commands, of ``_unknown_`` and of ``_silence_``, all of them to test.

    Raises:
        UserError: there are no clips of the commands.
    """
    clips = [replace(each, part="test") for each in clips_of(folder)]
    commands = [each for each in clips if each.word in COMMANDS]
    if not commands:
        raise UserError(f"{folder}: no clips of {', '.join(COMMANDS)}; fetch {TESTED} again")
    others = [each for each in clips if each.word == UNKNOWN]
    if not others:
        every = [each for each in clips
                 if each.word[0] != "_" and each.word not in (*COMMANDS, *ONLY_TESTED)]
        drawn = np.random.default_rng(seed).permutation(len(every))[: round(SHARE * len(commands))]
        others = [every[k] for k in sorted(drawn)]
    return commands + others + [each for each in clips if each.word == SILENCE]


def _dataset(clips: Sequence[Clip], noisy: Path, seed: int) -> Dataset:
    """Clips and drawn silences as a dataset.

    Raises:
        UserError: there is no background noise.
    """
    noises = background(sorted((noisy / NOISE).glob("*.wav")))
    if not noises:
        raise UserError(f"{noisy}: no {NOISE}/*.wav of a second or longer; fetch {TESTED} again")
    classes = (*COMMANDS, UNKNOWN, SILENCE)
    parts = [each.part for each in clips]
    counts = [round(SHARE * parts.count(part)) for part in PARTS]
    if any(each.word == SILENCE for each in clips):
        counts[PARTS.index("test")] = 0
    drawn = dict(zip(PARTS, silences(noises, counts, seed), strict=True))
    x, _ = read_clips([each.path for each in clips])
    quiet = [(part, k) for part, each in drawn.items() for k in range(len(each))]
    called = [each.word if each.word in classes else UNKNOWN for each in clips]
    labels = called + [SILENCE] * len(quiet)
    names = [f"{each.path.parent.parent.name}/{each.word}/{each.path.name}" for each in clips]
    return Dataset(
        name=NAME, x=np.concatenate([x, *drawn.values()])[..., None],
        y=np.array([classes.index(each) for each in labels]),
        classes=tuple(each.strip("_") for each in classes), channels=SOUND,
        rate_hz=float(RATE_HZ),
        groups={
            "recording": np.array(names + [f"{SILENCE}/{part} {k}" for part, k in quiet]),
            "speaker": np.array([each.speaker for each in clips] + [""] * len(quiet)),
            WORD: np.array([_said(each) for each in clips] + [""] * len(quiet)),
        },
        start=np.zeros(len(labels), int),
        part=np.array(parts + [part for part, _ in quiet]),
        background=background_parts(noises),
        background_classes=(UNKNOWN.strip("_"), SILENCE.strip("_")),
        note=_note(clips, len(labels)),
    )


def _said(clip: Clip) -> str:
    """The word of a clip: its folder's, or of ``_unknown_`` what its name begins with."""
    if clip.word == UNKNOWN:
        match = re.match(r"([a-z]+)_[0-9a-z]+_nohash_", clip.path.name)
        return match.group(1) if match else UNKNOWN.strip("_")
    return "" if clip.word == SILENCE else clip.word


def _note(clips: Sequence[Clip], count: int) -> str:
    """The caption's sentence: how many clips, and whose."""
    people = {part: len({each.speaker for each in clips if each.part == part} - {""})
              for part in PARTS}
    return (f"{count:,} clips of a second; {people['train']} speakers train, "
            f"{people['validation']} validate, {people['test']} others test.")
