"""Words that speech synthesisers read aloud: many more words than a corpus names.

A keyword network learns to refuse from the words that its corpus has beside its commands, and those
are few. Two synthesisers read hundreds of others: eSpeak NG (formants, some eighty voices of
several accents) and Flite (Black and Lenzo 2001, "Flite: a small fast run-time synthesis engine",
SSW4; voices made from recordings). They read the commands too, so that what tells a command from
another word is not that a person said it. Every clip gets a voice, pitch, tempo, room, level and
place of its own.
"""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.signal import butter, fftconvolve, sosfilt

from lnnlab import paths, store
from lnnlab.data.dataset import Dataset
from lnnlab.data.made_words import UNKNOWN, active
from lnnlab.data.reading_voices import ACCENTS, RECORDED, TIMBRES
from lnnlab.data.sounds.file import read_sound
from lnnlab.data.word_folder import CLIP, RATE_HZ
from lnnlab.errors import UserError

PROGRAMS = {"espeak-ng": "espeak-ng", "flite": "flite"}  # program → package of Debian
VOCABULARY = Path(__file__).with_suffix(".txt")
COMMANDS_SHARE = 1 / 3  # clips of commands beside each of another word
FLITE_SHARE = 0.4  # of the clips
LEVEL = (0.03, 0.7)  # of a clip's loudest sample; drawn evenly in decibels
VERSION = re.compile(r"\d+\.\d+[.\d]*")
REVERBERATION_S = (0.03, 0.35)  # time in which a room's sound decays by 60 dB
LOWEST_HZ, HIGHEST_HZ = (50, 250), (3500, 7500)  # corners of a microphone's band


@dataclass(frozen=True)
class Reading:
    """One word as it is to be read.

    Attributes:
        word: what is read.
        program: key of ``PROGRAMS``.
        voice: as the program calls it.
        pitch: of eSpeak NG 0 to 99; of Flite in Hz.
        tempo: words a minute of eSpeak NG; how much longer than usual of Flite.
    """

    word: str
    program: str
    voice: str
    pitch: int
    tempo: float

    @property
    def command(self) -> list[str]:
        """The command line that writes it to the file that is appended."""
        if self.program == "flite":
            return ["flite", "-voice", self.voice, "--setf", f"int_f0_target_mean={self.pitch}",
                    "--setf", f"duration_stretch={self.tempo:.2f}", "-t", self.word, "-o"]
        return ["espeak-ng", "-v", self.voice, "-p", str(self.pitch), "-s", f"{self.tempo:.0f}",
                "-w"]


@dataclass(frozen=True)
class ReadAloud:
    """Clips of words read aloud.

    Attributes:
        x: float32 (clip, time), full scale at 1.
        words, voices: of each clip, (clip,) of str.
    """

    x: np.ndarray
    words: np.ndarray
    voices: np.ndarray


@cache
def vocabulary() -> tuple[str, ...]:
    """Words to read for the class of unknown words, of which none is in Speech Commands."""
    lines = VOCABULARY.read_text().splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def read_aloud(words: tuple[str, ...], count: int, seed: int = 0, jobs: int = 2) -> ReadAloud:
    """So many clips of a second, the words in turn, each by a voice drawn by chance.

    They are kept in the cache, by the synthesisers' versions.

    Args:
        words: what to read.
        count: how many clips.
        seed: of everything random; more clips begin with the same ones.
        jobs: synthesisers at a time.

    Raises:
        UserError: a synthesiser is not installed, or reads nothing.
    """
    said = plan(words, count, seed)
    described = {"name": "read_aloud", "words": words, "count": count, "seed": seed,
                 "programs": {each: _version(each) for each in PROGRAMS}}

    def make() -> np.ndarray:
        return np.stack(Parallel(n_jobs=jobs, prefer="threads")(
            delayed(_clip)(each, np.random.default_rng([seed, 1, number]))
            for number, each in enumerate(said)))

    x = store.kept(described, make, store.ARRAY, paths.cache() / "read_aloud")
    return ReadAloud(np.asarray(x), np.array([each.word for each in said]),
                     np.array([f"{each.program} {each.voice}" for each in said]))


def plan(words: tuple[str, ...], count: int, seed: int = 0) -> list[Reading]:
    """Who reads what, and how."""
    random, said = np.random.default_rng([seed, 0]), []
    for number in range(count):
        if number % len(words) == 0:
            order = random.permutation(len(words))
        said.append(_reading(words[order[number % len(words)]], random))
    return said


def _reading(word: str, random: np.random.Generator) -> Reading:
    if random.random() < FLITE_SHARE:
        voice = str(random.choice(list(RECORDED)))
        pitch = RECORDED[voice] * random.uniform(0.8, 1.35)
        return Reading(word, "flite", voice, round(pitch), float(random.uniform(0.75, 1.35)))
    voice = f"{random.choice(ACCENTS)}+{random.choice(TIMBRES)}"
    return Reading(word, "espeak-ng", voice, int(random.integers(20, 85)),
                   float(random.uniform(110, 210)))


@cache
def _version(program: str) -> str:
    """What a synthesiser says of its version.

    Raises:
        UserError: it is not installed.
    """
    if shutil.which(program) is None:
        packages = " ".join(PROGRAMS.values())
        raise UserError(f"{program} is not installed, which reads words aloud: 'apt-get install "
                        f"{packages}', or choose spoken=0, which trains without them")
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return next(iter(VERSION.findall(told.stdout + told.stderr)), "unknown")


def _clip(reading: Reading, random: np.random.Generator) -> np.ndarray:
    """A second with the word at a place by chance, float32 (time,)."""
    spoken = active(_spoken(reading)).word
    heard = _through_a_room(spoken, random)[:CLIP]
    clip = np.zeros(CLIP, np.float32)
    first = int(random.integers(CLIP - len(heard) + 1))
    clip[first : first + len(heard)] = heard
    low, high = np.log(LEVEL)
    return (clip * np.exp(random.uniform(low, high)) / np.abs(clip).max()).astype(np.float32)


def _spoken(reading: Reading) -> np.ndarray:
    """What the synthesiser writes, float32 (time,) at 16 kHz.

    Raises:
        UserError: it writes nothing that can be heard.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "word.wav"
        words = [] if reading.program == "flite" else [reading.word]
        done = subprocess.run([*reading.command, str(path), *words], capture_output=True,
                              text=True, check=False)
        x = read_sound(path, RATE_HZ).x if path.exists() else np.zeros(0, np.float32)
    if not len(x) or not np.abs(x).max() > 0:
        raise UserError(f"{reading.program}: reads nothing for '{reading.word}' by voice "
                        f"'{reading.voice}'; {done.stderr.strip()[:80] or 'no message'}")
    return x


def _through_a_room(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """What a microphone makes of it across a room: an echo that decays, and a band of its own."""
    length_s = random.uniform(*REVERBERATION_S)
    time = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    echo = random.standard_normal(len(time)) * 10 ** (-3 * time / length_s)
    echo *= random.uniform(0.0, 0.5) / np.sqrt(np.sum(echo**2))
    echo[0] = 1.0
    band = butter(1, [random.uniform(*LOWEST_HZ), random.uniform(*HIGHEST_HZ)], "bandpass",
                  fs=RATE_HZ, output="sos")
    return sosfilt(band, fftconvolve(x, echo))


def with_words_read_aloud(
    dataset: Dataset, count: int, seed: int = 0, share: float = COMMANDS_SHARE
) -> Dataset:
    """A corpus of clips with words read aloud, in training alone.

    Other words join the class of unknown words, readings of the commands theirs. Choose it beside
    :func:`lnnlab.data.made_words.with_made_words`, which needs no synthesiser and knows no other
    words than the corpus. It is often confused with training on synthetic speech instead of
    recordings: every recorded clip stays.

    Args:
        dataset: with a class ``"unknown"``, parts and the grouping ``"word"``.
        count: of clips of other words to add; none is of a word that validation or test hold.
        seed: of everything random.
        share: so many times as many clips of commands.

    Raises:
        UserError: the count is below 0, the corpus has no such class, parts or words, or a
            synthesiser is not installed.
    """
    if not isinstance(count, int) or count < 0 or share < 0:
        raise UserError(f"spoken = {count!r}, share = {share}: choose a whole number of words read "
                        "aloud, 0 or more, and a share of commands that is not below 0")
    if UNKNOWN not in dataset.classes or dataset.part is None or "word" not in dataset.groups:
        raise UserError(f"{dataset.name}: words read aloud need a class '{UNKNOWN}', parts, and to "
                        "know which word each clip is")
    if not count:
        return dataset
    judged = set(dataset.groups["word"][dataset.part != "train"])
    others = tuple(each for each in vocabulary() if each not in judged)
    commands = tuple(each for each in dataset.classes if each not in dataset.background_classes)
    read, of_commands = [read_aloud(others, count, seed)], round(share * count)
    if of_commands:
        read.append(read_aloud(commands, of_commands, seed + 1))
    words, voices = (np.concatenate([getattr(each, name) for each in read])
                     for name in ("words", "voices"))
    added = len(words)
    versions = ", ".join(f"{each} {_version(each)}" for each in PROGRAMS)
    own = {"recording": np.array([f"read/{word} {k}" for k, word in enumerate(words)]),
           "speaker": voices, "word": words}
    labels = [dataset.classes.index(each if each in commands else UNKNOWN) for each in words]
    return replace(
        dataset, x=np.concatenate([dataset.x, *(each.x[..., None] for each in read)]),
        y=np.append(dataset.y, labels), start=np.append(dataset.start, np.zeros(added, int)),
        groups={name: np.concatenate([old, own.get(name, np.full(added, ""))])
                for name, old in dataset.groups.items()},
        part=np.append(dataset.part, np.full(added, "train")),
        note=f"{dataset.note} {count:,} readings of {len(set(read[0].words))} other words and "
             f"{of_commands:,} of the commands by speech synthesisers ({versions}).",
    )
