"""Spoken words without recordings: a small formant synthesiser, the embedded default corpus.

The classic cascade of Klatt (1980, "Software for a cascade/parallel formant synthesizer"): pulses
of the vocal folds and noise through resonators whose frequencies move from sound to sound. Vowel
formants are the means of Peterson and Barney (1952). Every voice has a vocal-tract length, a
pitch, a rate and a breathiness of its own; every clip adds its own background.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.signal import butter, sosfilt

from lnnlab.data.clips import SOUND
from lnnlab.data.dataset import Dataset
from lnnlab.data.made_words import with_made_words
from lnnlab.data.speech_commands import COMMANDS
from lnnlab.data.wav import write_wav
from lnnlab.data.word_folder import CLIP, PARTS, RATE_HZ, SILENCE, UNKNOWN

VOICES = 30
BLOCK = 80  # samples between changes of the filters: 5 ms
WIDTHS_HZ = (60.0, 90.0, 150.0, 200.0)  # of the formants
# sound → formants 1 to 3 in Hz, loudness of voice, of hiss, centre of the hiss in Hz, length in s
SOUNDS = {
    "iy": (270, 2290, 3010, 1.0, 0.0, 0, 0.16), "ih": (390, 1990, 2550, 1.0, 0.0, 0, 0.10),
    "eh": (530, 1840, 2480, 1.0, 0.0, 0, 0.14), "ae": (660, 1720, 2410, 1.0, 0.0, 0, 0.17),
    "ah": (640, 1190, 2390, 1.0, 0.0, 0, 0.13), "aa": (730, 1090, 2440, 1.0, 0.0, 0, 0.17),
    "ao": (570, 840, 2410, 1.0, 0.0, 0, 0.17), "uh": (440, 1020, 2240, 1.0, 0.0, 0, 0.10),
    "uw": (300, 870, 2240, 1.0, 0.0, 0, 0.15), "er": (490, 1350, 1690, 1.0, 0.0, 0, 0.15),
    "ow": (450, 800, 2400, 1.0, 0.0, 0, 0.18), "w": (300, 650, 2200, 0.6, 0.0, 0, 0.07),
    "y": (280, 2250, 3000, 0.6, 0.0, 0, 0.06), "r": (350, 1150, 1500, 0.7, 0.0, 0, 0.07),
    "l": (360, 1200, 2700, 0.7, 0.0, 0, 0.07), "n": (280, 1600, 2500, 0.45, 0.0, 0, 0.09),
    "m": (270, 1100, 2300, 0.45, 0.0, 0, 0.08), "s": (400, 1600, 2600, 0.0, 0.30, 6000, 0.13),
    "f": (400, 1300, 2400, 0.0, 0.14, 4500, 0.11), "th": (400, 1400, 2500, 0.0, 0.10, 5000, 0.09),
    "h": (500, 1500, 2500, 0.0, 0.12, 1500, 0.07), "sh": (400, 1800, 2600, 0.0, 0.30, 3200, 0.12),
    "v": (350, 1300, 2400, 0.4, 0.05, 4500, 0.06), "-": (450, 1400, 2500, 0.0, 0.0, 0, 0.05),
    "t": (400, 1700, 2600, 0.0, 0.35, 4500, 0.03), "p": (400, 1000, 2300, 0.0, 0.22, 900, 0.02),
    "k": (350, 1900, 2500, 0.0, 0.28, 2200, 0.03), "d": (300, 1700, 2600, 0.3, 0.18, 4000, 0.02),
    "g": (280, 1900, 2400, 0.3, 0.15, 2000, 0.02), "b": (280, 900, 2300, 0.35, 0.08, 800, 0.02),
}
SPELLINGS = {
    "yes": "y eh s", "no": "n ow uw", "up": "ah - p", "down": "- d ae uh n",
    "left": "l eh f - t", "right": "r aa ih - t", "on": "aa n", "off": "ao f",
    "stop": "s - t aa - p", "go": "- g ow uw",
}
OTHERS = {  # spoken for the class of unknown words
    "cat": "- k ae - t", "bed": "- b eh - d", "three": "th r iy", "house": "h aa uw s",
    "wow": "w ae uw", "seven": "s eh v ih n", "tree": "- t r iy", "bird": "- b er - d",
    "marvin": "m aa r v ih n", "dog": "- d ao - g", "sheila": "sh iy l ah", "happy": "h ae - p iy",
}
OTHERS_PER_VOICE = 3
HEARD = ("bed", "cat", "happy")  # of these, what training hears of the wide corpus
MADE = 60  # unknown words made of its training clips


@dataclass(frozen=True)
class Voice:
    """One speaker."""

    name: str
    pitch_hz: float
    tract: float  # formants are so many times those of the table
    rate: float  # sounds last so many times longer
    breath: float  # noise of the folds beside their pulses


def voice(number: int, seed: int = 0) -> Voice:
    """A voice drawn from the range of men, women and children."""
    random = np.random.default_rng([seed, number])
    tract = random.uniform(0.88, 1.28)
    pitch_hz = 105 * (tract / 0.9) ** 2.2 * random.uniform(0.85, 1.18)
    return Voice(f"{number:02d}", pitch_hz, tract, random.uniform(0.8, 1.25),
                 random.uniform(0.01, 0.08))


def speak(sounds: str, who: Voice, random: np.random.Generator) -> np.ndarray:
    """The samples of one utterance, float64 (time,), largest value 1.

    Args:
        sounds: keys of ``SOUNDS`` with spaces between.
        who: the speaker.
        random: draws pitch, tempo and accent of this utterance.
    """
    track = _track(sounds, who, random)  # (block, formants 1-3, voice, hiss, hiss centre)
    pitch_hz = who.pitch_hz * random.uniform(0.92, 1.08) * np.linspace(1.08, 0.82, len(track))
    pitch_hz *= 1 + 0.01 * random.standard_normal(len(track))
    phase = np.cumsum(np.repeat(pitch_hz, BLOCK) / RATE_HZ) % 1
    pulses = np.where(phase < 0.6, np.sin(np.pi * phase / 0.6) ** 2, 0.0)
    folds = np.diff(pulses, prepend=0.0) * 8 + who.breath * random.standard_normal(len(phase))
    hiss = random.standard_normal(len(phase))
    state, hiss_state = np.zeros((4, 2)), np.zeros((1, 2))
    spoken = np.zeros(len(phase))
    for block, (f1, f2, f3, voiced, noise, centre) in enumerate(track):
        part = slice(block * BLOCK, (block + 1) * BLOCK)
        formants = np.minimum(who.tract * np.array([f1, f2, f3, 3500.0]), 7400)
        tract, state = sosfilt(resonators(formants), voiced * folds[part], zi=state)
        rubbed, hiss_state = sosfilt(resonators([max(centre, 500.0)], (900.0,)),
                                     noise * hiss[part], zi=hiss_state)
        spoken[part] = tract + rubbed
    return spoken / np.abs(spoken).max()


def clip(word: str, who: Voice, take: int, seed: int = 0) -> np.ndarray:
    """One second with a word somewhere near its middle, at its own level, over its own noise."""
    spelling = (SPELLINGS | OTHERS)[word]
    number = list(SPELLINGS | OTHERS).index(word)
    random = np.random.default_rng([seed, int(who.name), number, take])
    said = speak(spelling, who, random)[:CLIP]
    x = room(random)
    first = int(np.clip((CLIP - len(said)) * random.uniform(0.3, 0.7), 0, CLIP - len(said)))
    x *= 10 ** (-random.uniform(10, 30) / 20)  # signal to noise, by the largest values
    x[first : first + len(said)] += said
    return np.clip(random.uniform(0.15, 0.6) * x, -1, 1).astype(np.float32)


def room(random: np.random.Generator) -> np.ndarray:
    """A second of background: coloured noise with a hum, largest value near 1."""
    low, high = random.uniform(80, 300), random.uniform(1000, 6000)
    filter_ = butter(1, [low, high], "bandpass", fs=RATE_HZ, output="sos")
    noise = sosfilt(filter_, random.standard_normal(CLIP))
    hum = np.sin(2 * np.pi * random.choice([50, 60, 120]) * np.arange(CLIP) / RATE_HZ)
    return noise / np.abs(noise).max() + random.uniform(0, 0.4) * hum


def load_spoken_words(voices: int = VOICES, takes: int = 1, seed: int = 0) -> Dataset:
    """Synthetic Speech Commands: ten commands, unknown words, silence, in more than 20 voices.

    Args:
        voices: speakers; six in ten train, two validate, two test.
        takes: how often a voice says each word.
        seed: of everything random.
    """
    rows = list(_plan(voices, takes, seed))
    x = np.stack([_made(word, who, take, seed) for word, who, take in rows])
    classes = (*COMMANDS, UNKNOWN, SILENCE)
    labels = [UNKNOWN if word in OTHERS else word for word, _, _ in rows]
    bounds = (round(0.6 * voices), round(0.8 * voices))
    return Dataset(
        name="spoken_words", x=x[..., None],
        y=np.array([classes.index(each) for each in labels]),
        classes=tuple(each.strip("_") for each in classes), channels=SOUND,
        rate_hz=float(RATE_HZ),
        groups={"recording": np.array([f"{w}/{v.name} {t}" for w, v, t in rows]),
                "speaker": np.array([who.name for _, who, _ in rows])},
        start=np.zeros(len(rows), int),
        part=np.array([PARTS[int(np.searchsorted(bounds, int(who.name), "right"))]
                       for _, who, _ in rows]),
        background={
            part: tuple(room(np.random.default_rng([seed, 7, number, k])) for k in range(6))
            for number, part in enumerate(PARTS)
        },
        synthetic=True, note=f"Synthetic: {voices} voices of a formant synthesiser.",
        background_classes=(UNKNOWN.strip("_"), SILENCE.strip("_")),
    )


def load_spoken_words_wide(made: int = MADE, seed: int = 0) -> Dataset:
    """The same with words that training never hears; groups ``speaker`` and ``word``.

    Training and validation keep three of the other words, the test has them all. Made words join
    training as in :func:`lnnlab.data.speech_commands_wide.load_speech_commands_wide`, whose small
    stand-in this is.

    Args:
        made: unknown words that are made of training clips.
        seed: of everything random.

    Raises:
        UserError: ``made`` is below 0.
    """
    whole = load_spoken_words(seed=seed)
    words = np.array([each.partition("/")[0] for each in whole.groups["recording"]])
    kept = (whole.part == "test") | ~np.isin(words, [each for each in OTHERS if each not in HEARD])
    groups = {name: labels[kept] for name, labels in whole.groups.items()}
    groups["word"] = np.where(words == SILENCE, "", words)[kept]
    dataset = replace(whole, name="spoken_words_wide", x=whole.x[kept], y=whole.y[kept],
                      start=whole.start[kept], part=whole.part[kept], groups=groups)
    return with_made_words(dataset, made, seed=seed)


def write_spoken_words(folder: Path, voices: int = VOICES, seed: int = 0) -> None:
    """Write the words as wav files in the layout of Speech Commands, to listen to or to test."""
    for word, who, take in _plan(voices, 1, seed):
        below, before = (UNKNOWN, f"{word}_") if word in OTHERS else (word, "")
        name = f"{before}{who.name}_nohash_{take}.wav"
        write_wav(folder / below / name, _made(word, who, take, seed))


def _plan(voices: int, takes: int, seed: int) -> list[tuple[str, Voice, int]]:
    """(word, voice, take) of every clip."""
    rows = []
    for number in range(voices):
        who = voice(number, seed)
        own = np.random.default_rng([seed, number, 1]).permutation(list(OTHERS))
        words = [*SPELLINGS, *own[:OTHERS_PER_VOICE], SILENCE]
        rows += [(str(word), who, take) for word in words for take in range(takes)]
    return rows


def _made(word: str, who: Voice, take: int, seed: int) -> np.ndarray:
    if word != SILENCE:
        return clip(word, who, take, seed)
    random = np.random.default_rng([seed, int(who.name), 999, take])
    return (room(random) * 10 ** (-random.uniform(14, 40) / 20)).astype(np.float32)


def _track(sounds: str, who: Voice, random: np.random.Generator) -> np.ndarray:
    """What each block of 5 ms aims at: the sounds' targets, with glides of 35 ms between."""
    rate = who.rate * random.uniform(0.85, 1.15)
    blocks = []
    for name in sounds.split():
        *target, length_s = SOUNDS[name]
        count = max(2, round(length_s * rate * random.uniform(0.85, 1.15) * RATE_HZ / BLOCK))
        accent = random.uniform(0.95, 1.05, 3)
        blocks += [[*(np.array(target[:3]) * accent), *target[3:]]] * count
    track = np.array(blocks, dtype=float)
    padded = np.pad(track, ((3, 3), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(each, np.ones(7) / 7, "valid") for each in padded.T], axis=1)
    smooth[:, 4:] = track[:, 4:]  # bursts and hisses start at once
    return smooth


def resonators(centres_hz: np.ndarray, widths_hz: tuple[float, ...] = WIDTHS_HZ) -> np.ndarray:
    """Second-order sections of resonators with gain 1 at 0 Hz."""
    sections = []
    for centre, width in zip(centres_hz, widths_hz, strict=False):
        radius = np.exp(-np.pi * width / RATE_HZ)
        a1, a2 = -2 * radius * np.cos(2 * np.pi * centre / RATE_HZ), radius**2
        sections.append([1 + a1 + a2, 0, 0, 1, a1, a2])
    return np.array(sections)
