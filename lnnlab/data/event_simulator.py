"""Sound events without recordings: small synthesisers, the embedded default corpus of events.

Choose it to try notebooks on; figures made from it say nothing of real sound. Each source (a dog, a
clock, a storm) is drawn once and gives several takes, as the recordings of ESC-50 do; each take has
a room of its own. The makers are plain models of how such sounds come about: harmonics that glide
(a bark), frequency modulation (a siren), struck resonances (a clock), pulses of a rotor, pulsed
tones (frogs, crickets), sweeps (birds), filtered noise whose level moves (rain, wind, thunder).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from lnnlab.data.dataset import Dataset
from lnnlab.data.word_folder import PARTS, RATE_HZ, samples_of

ROOM_SNR_DB = (12.0, 30.0)  # of an event's mean power over its room's
LEVEL = (0.05, 0.5)  # of the loudest sample of a clip


@dataclass(frozen=True)
class Source:
    """One thing that sounds.

    Attributes:
        pitch: 0 to 1, low to high among its kind.
        pace: 0 to 1, slow to fast.
        colour: 0 to 1, dark to bright.
    """

    pitch: float
    pace: float
    colour: float


Maker = Callable[[Source, int, np.random.Generator], np.ndarray]


def bark(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """Harmonics that rise and fall within 0.15 s, several barks with pauses between."""
    length = int(0.15 * RATE_HZ)
    bend = np.sin(np.pi * np.arange(length) / length)  # (time,)
    phase = 2 * np.pi * np.cumsum((300 + 400 * source.pitch) * (0.6 + bend)) / RATE_HZ
    voice = sum(np.sin(k * phase) / k for k in range(1, 8))
    breath = (0.3 + source.colour) * random.standard_normal(length)
    return _repeated((voice + breath) * bend, samples, 1 + 2 * source.pace, random)


def siren(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """A tone that wails between two pitches without a pause."""
    sweep = np.sin(2 * np.pi * (0.3 + 3 * source.pace) * _time(samples) + random.uniform(0, 6))
    middle = 600 + 500 * source.pitch
    phase = 2 * np.pi * np.cumsum(middle * (1 + 0.4 * sweep)) / RATE_HZ
    return np.sin(phase) + (0.2 + 0.4 * source.colour) * np.sin(3 * phase)


def clock(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """A resonance struck at a steady rate."""
    time = _time(int(0.03 * RATE_HZ))
    tick = np.exp(-time * 250) * np.sin(2 * np.pi * (1800 + 3000 * source.pitch) * time)
    return _repeated(tick, samples, 1.5 + 4 * source.pace, random, steady=True)


def rotor(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """Dull noise in pulses, as the blades of a helicopter pass."""
    beat = np.sin(2 * np.pi * (12 + 18 * source.pace) * _time(samples)) ** 4
    noise = _filtered(random.standard_normal(samples), "lowpass", 250 + 500 * source.colour)
    return noise * (0.15 + beat)


def frog(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """A croak: a tone in 25 to 55 pulses a second, for a third of a second."""
    time = _time(int(0.35 * RATE_HZ))
    pulses = np.maximum(np.sin(2 * np.pi * (25 + 30 * source.pace) * time), 0) ** 2
    tone = sum(np.sin(2 * np.pi * k * (500 + 900 * source.pitch) * time) / k for k in (1, 2, 3))
    return _repeated(tone * pulses * np.hanning(len(time)), samples, 0.8 + source.pace, random)


def crickets(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """Chirps of a high tone, each of a few fast pulses, at a steady rate."""
    time = _time(int(0.12 * RATE_HZ))
    tone = np.sin(2 * np.pi * (3800 + 1600 * source.pitch) * time)
    chirp = tone * np.sin(np.pi * 32 * time) ** 2
    return _repeated(chirp, samples, 2.5 + 2.5 * source.pace, random, steady=True)


def bird(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """Short sweeps between 2 and 6 kHz, each drawn anew."""
    time = _time(int(0.1 * RATE_HZ))
    found = np.zeros(samples)
    for first in _starts(samples, len(time), 2 + 4 * source.pace, random):
        low, high = random.uniform(2000, 4000, 2) + 2000 * source.pitch
        phase = 2 * np.pi * np.cumsum(np.linspace(low, high, len(time))) / RATE_HZ
        found[first : first + len(time)] += np.sin(phase) * np.hanning(len(time))
    return found


def rain(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """Bright noise with drops."""
    drops = random.standard_normal(samples) * (random.random(samples) < 0.002)
    noise = random.standard_normal(samples) + 25 * source.pace * drops
    return _filtered(noise, "highpass", 600 + 1800 * source.colour)


def wind(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """Dull noise whose level moves slowly."""
    gusts = 1 + 0.8 * np.sin(2 * np.pi * (0.15 + 0.5 * source.pace) * _time(samples)
                             + random.uniform(0, 6))
    return _filtered(random.standard_normal(samples), "lowpass", 200 + 600 * source.colour) * gusts


def thunder(source: Source, samples: int, random: np.random.Generator) -> np.ndarray:
    """A blow of low noise that dies away within a second or two."""
    first = int(random.uniform(0, 0.3) * samples)
    decay = np.exp(-(1 + 2 * source.pace) * _time(samples - first))
    roll = _filtered(random.standard_normal(samples), "lowpass", 80 + 150 * source.colour)
    roll[:first] = 0
    roll[first:] *= decay
    return roll


EVENTS: dict[str, Maker] = {"bark": bark, "siren": siren, "clock": clock, "rotor": rotor}
CALLS: dict[str, Maker] = {"bird": bird, "crickets": crickets, "frog": frog}
WEATHER: dict[str, Maker] = {"rain": rain, "thunder": thunder, "wind": wind}
ALL: dict[str, Maker] = EVENTS | CALLS | WEATHER


def load_event_sim(
    sources: int = 4, takes: int = 2, folds: int = 3, seconds: float = 2.0, seed: int = 0
) -> Dataset:
    """Synthetic sound events and weather; groups ``fold``, and ``recording``, the source.

    Args:
        sources: of each class in each fold; takes: clips of each source.
        folds: how many.
        seconds: of a clip.
        seed: of everything random.
    """
    plan = _plan(EVENTS | WEATHER, folds, sources, takes)
    return _dataset("event_sim", plan, seconds, seed)


def load_wildlife_sim(
    sources: int = 4, takes: int = 2, folds: int = 3, seconds: float = 2.0, seed: int = 0
) -> Dataset:
    """Synthetic calls of animals, and weather, which is background and stands last.

    Args: see :func:`load_event_sim`.
    """
    plan = _plan(CALLS | WEATHER, folds, sources, takes)
    return replace(_dataset("wildlife_sim", plan, seconds, seed),
                   background_classes=tuple(WEATHER))


def _plan(
    makers: dict[str, Maker], folds: int, sources: int, takes: int
) -> list[tuple[str, int, int, int]]:
    """(class, fold, source, take) of every clip."""
    return [(name, fold, number, take) for name in makers for fold in range(folds)
            for number in range(sources) for take in range(takes)]


def _dataset(
    name: str, plan: list[tuple[str, int, int, int]], seconds: float, seed: int
) -> Dataset:
    samples, classes = samples_of(seconds), tuple(dict.fromkeys(each[0] for each in plan))
    x = np.stack([event(*each[:3], take=each[3], samples=samples, seed=seed) for each in plan])
    return Dataset(
        name=name, x=x[..., None], y=np.array([classes.index(each[0]) for each in plan]),
        classes=classes, channels=("sound",), rate_hz=float(RATE_HZ),
        groups={"recording": np.array([f"{label} {fold + 1}-{number}"
                                       for label, fold, number, _ in plan]),
                "fold": np.array([str(fold + 1) for _, fold, _, _ in plan])},
        start=np.array([take * samples for *_, take in plan]), synthetic=True,
        note=f"Synthetic: {len(plan)} clips of {seconds:g} s by simple synthesisers.",
    )


def event(
    name: str, fold: int, number: int, take: int, samples: int, seed: int = 0
) -> np.ndarray:
    """One take of a source over its room, float32 (time,).

    Args:
        name: key of ``ALL``.
        fold, number: which source of its class; take: of the source.
        samples: length.
        seed: of everything random.
    """
    kind = list(ALL).index(name)
    source = Source(*np.random.default_rng([seed, kind, fold, number]).random(3))
    random = np.random.default_rng([seed, kind, fold, number, 1 + take])
    x = ALL[name](source, samples, random)
    loud = np.sqrt(np.mean(x**2)) / 10 ** (random.uniform(*ROOM_SNR_DB) / 20)
    x = x + loud * room(samples, random)
    return (x * random.uniform(*LEVEL) / np.abs(x).max()).astype(np.float32)


def rooms(samples: int, count: int = 4, seed: int = 0) -> dict[str, tuple[np.ndarray, ...]]:
    """Part → recordings of quiet rooms, float32 (time,) each, for a dataset that has none.

    Args:
        samples: of each recording; count: of each part.
        seed: of everything random.
    """
    return {part: tuple(room(samples, np.random.default_rng([seed, 99, number, k])).astype(
        np.float32) for k in range(count)) for number, part in enumerate(PARTS)}


def room(samples: int, random: np.random.Generator) -> np.ndarray:
    """Noise whose power falls with frequency, and a hum: mean power 1, (time,)."""
    dark = lfilter([1.0], [1.0, -random.uniform(0.6, 0.98)], random.standard_normal(samples))
    hum = np.sin(2 * np.pi * random.choice([50, 60, 100, 120]) * _time(samples))
    x = dark / np.sqrt(np.mean(dark**2)) + random.uniform(0, 0.3) * hum
    return x / np.sqrt(np.mean(x**2))


def _time(samples: int) -> np.ndarray:
    return np.arange(samples) / RATE_HZ  # (time,), s


def _filtered(x: np.ndarray, kind: str, hz: float) -> np.ndarray:
    return sosfilt(butter(2, hz, kind, fs=RATE_HZ, output="sos"), x)


def _starts(
    samples: int, length: int, per_s: float, random: np.random.Generator, steady: bool = False
) -> Iterator[int]:
    """First samples of events of that length at a rate; at least one of them fits."""
    at = int(random.uniform(0, 0.5) * min(RATE_HZ / per_s, samples - length))
    while at + length <= samples:
        yield at
        at += max(length, int(RATE_HZ / per_s * (1 if steady else random.uniform(0.6, 1.6))))


def _repeated(
    pulse: np.ndarray, samples: int, per_s: float, random: np.random.Generator,
    steady: bool = False,
) -> np.ndarray:
    """A pulse again and again, each a little louder or softer, (time,)."""
    found = np.zeros(samples)
    pulse = pulse[:samples]
    for first in _starts(samples, len(pulse), per_s, random, steady):
        found[first : first + len(pulse)] += random.uniform(0.7, 1.0) * pulse
    return found
