"""A folder of spoken words, one second a clip: ``<word>/<speaker>_nohash_<n>.wav``.

The layout of Google Speech Commands (Warden 2018), which the embedded words and a user's own
recordings share. ``_silence_``, ``_unknown_`` and ``_background_noise_`` mean what they do there.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from lnnlab.data.own_files import litter
from lnnlab.data.sounds.file import Sound, at_one_scale, read_sound
from lnnlab.errors import UserError

RATE_HZ = 16_000
CLIP = RATE_HZ  # samples of a clip: one second
SILENCE, UNKNOWN, NOISE = "_silence_", "_unknown_", "_background_noise_"
LISTS = {"validation": "validation_list.txt", "test": "testing_list.txt"}
PARTS = ("train", "validation", "test")
HASHED = re.compile(r"([0-9a-z]+)_nohash_\d+")
BACKGROUND_BOUNDS = (0.0, 0.8, 0.9, 1.0)  # of a recording's time: training, validation, test
VALIDATION_SHARE, TEST_SHARE = 10, 20  # percent: below the first validates, below the second tests


@dataclass(frozen=True)
class Clip:
    """One file: the folder it lies in, whose voice it is, and on which side of the split."""

    path: Path
    word: str
    speaker: str
    part: str


def clips_of(folder: Path) -> list[Clip]:
    """Every clip of a folder in the order of words and files; background noise left out.

    The two lists decide on the split where they are there, else the hash of the speaker does.

    Raises:
        UserError: there is no word folder, a word has fewer than two clips, or a list names a
            file that is absent.
    """
    words = sorted(
        each.name for each in folder.iterdir()
        if each.is_dir() and each.name != NOISE and not each.name.startswith(".")
    )
    files = {word: sorted(each for each in (folder / word).glob("*.wav") if not litter(each.name))
             for word in words}
    if not any(files.values()):
        raise UserError(f"{folder}: no <word>/*.wav in it; give each word a folder of its own")
    for word, found in files.items():
        if len(found) < 2:
            raise UserError(
                f"{folder / word}: {len(found)} clip(s); a word needs two at least, better "
                "twenty: record more, or remove the folder"
            )
    listed = _listed(folder)
    return [
        Clip(path, word, speaker_of(path.name),
             listed.get(f"{word}/{path.name}", "train") if listed else part_by_hash(path.name))
        for word, found in files.items() for path in found
    ]


def _listed(folder: Path) -> dict[str, str]:
    """``word/file`` → part, from the lists; empty where there are none."""
    found = {}
    for part, name in LISTS.items():
        place = folder / name
        for line in place.read_text().split() if place.exists() else ():
            if not (folder / line).exists():
                raise UserError(
                    f"{place}: names '{line}', which is absent; fetch the corpus again or take "
                    "the line out"
                )
            found[line] = part
    return found


def speaker_of(name: str) -> str:
    """Whose voice a file is: what stands before ``_nohash_``; ``""`` where nothing says."""
    match = HASHED.search(name)
    return match.group(1) if match else ""


def part_by_hash(name: str) -> str:
    """The part by the corpus's rule: a hash of the name before ``_nohash_``.

    Warden 2018: SHA-1 mod 2^27 as a percentage of 2^27 − 1; below 10 validation, below 20 test.
    A speaker's clips therefore stay together, in every release of a corpus.
    """
    stem = re.sub(r"_nohash_.*$", "", name)
    number = int(hashlib.sha1(stem.encode()).hexdigest(), 16) % 2**27
    percent = number * 100 / (2**27 - 1)
    if percent < VALIDATION_SHARE:
        return "validation"
    return "test" if percent < TEST_SHARE else "train"


def read_clips(
    paths: Sequence[Path], length: int = CLIP, jobs: int = 2, beside: Sequence[Sound] = ()
) -> tuple[np.ndarray, list[Sound]]:
    """All clips brought to one length: shorter ones padded on both sides, of longer ones the
    loudest stretch.

    Args:
        paths: of the files.
        length: samples of a clip; a second, if not given.
        jobs: files at a time.
        beside: further files of the corpus, which count where all get one scale.

    Returns:
        float32 (clip, time); and what each file was like and what was changed, without samples.
    """
    x = np.zeros((len(paths), length), np.float32)
    long = "second" if length == CLIP else f"{length / RATE_HZ:g} s"

    def read(k: int) -> Sound:
        sound = read_sound(paths[k], RATE_HZ)
        x[k] = of_length(sound.x, length)
        short = length - len(sound.x)
        changed = () if not short else (
            f"padded to {'a ' * (length == CLIP)}{long}" if short > 0
            else f"cut to the loudest {long}",)
        return replace(sound, x=sound.x[:0], changes=sound.changes + changed)

    sounds = Parallel(n_jobs=jobs, prefer="threads")(delayed(read)(k) for k in range(len(paths)))
    alike = at_one_scale(sounds, beside)
    for k, (own, common) in enumerate(zip(sounds, alike, strict=True)):
        if own.scale != common.scale:
            x[k] *= np.float32(own.scale / common.scale)
    return x, alike


def samples_of(seconds: float) -> int:
    """Samples of a clip at 16 kHz.

    Raises:
        UserError: it is shorter than a tenth of a second, or longer than a minute.
    """
    if not 0.1 <= seconds <= 60:
        raise UserError(f"seconds = {seconds:g}: choose 0.1 to 60 for a clip")
    return round(seconds * RATE_HZ)


def one_second(x: np.ndarray) -> np.ndarray:
    """Exactly ``CLIP`` samples, see :func:`of_length`."""
    return of_length(x, CLIP)


def of_length(x: np.ndarray, length: int) -> np.ndarray:
    """Exactly so many samples: padded on both sides, or the loudest stretch."""
    short = length - len(x)
    if short >= 0:
        return np.pad(x, (short // 2, short - short // 2))
    energy = np.concatenate([[0.0], np.cumsum(x.astype(np.float64) ** 2)])
    first = int(np.argmax(energy[length:] - energy[:-length]))
    return x[first : first + length]


def background(paths: Iterable[Path]) -> list[np.ndarray]:
    """Recordings of the surroundings, float32 (time,) each; those of a second or longer."""
    found = [read_sound(each, RATE_HZ).x for each in paths]
    return [each for each in found if len(each) >= CLIP]


def background_parts(noises: Sequence[np.ndarray]) -> dict[str, tuple[np.ndarray, ...]]:
    """Each recording in three stretches of time: 80 % to train, 10 % to validate, 10 % to test."""
    bounds = BACKGROUND_BOUNDS
    return {
        part: tuple(each[int(low * len(each)) : int(high * len(each))] for each in noises)
        for part, low, high in zip(PARTS, bounds, bounds[1:], strict=False)
    }


def silences(
    noises: Sequence[np.ndarray], counts: Iterable[int], seed: int = 0
) -> list[np.ndarray]:
    """Seconds of background for the class silence, of each part so many.

    The first 80 % of every recording give training seconds, the next 10 % validation, the last
    10 % test, so no part hears another's; each at a random level, as a room may be.

    Returns:
        of each part float32 (clip, time).
    """
    random, found, bounds = np.random.default_rng(seed), [], BACKGROUND_BOUNDS
    for count, low, high in zip(counts, bounds, bounds[1:], strict=False):
        made = np.zeros((count, CLIP), np.float32)
        for row in made:
            noise = noises[random.integers(len(noises))]
            first, last = int(low * len(noise)), max(int(high * len(noise)) - CLIP, 0)
            start = min(random.integers(first, max(last, first) + 1), len(noise) - CLIP)
            row[:] = noise[start : start + CLIP] * random.uniform(0, 1)
        found.append(made)
    return found
