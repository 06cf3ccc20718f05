"""A rolling-bearing vibration simulator: the embedded default corpus.

A defect is struck each time a rolling element passes it; each blow rings a resonance of the
housing. The classic model (McFadden and Smith 1984; Randall and Antoni 2011): blows at the fault
frequency, with slip of the rolling elements as jitter of the intervals, amplitudes modulated by
the load zone that the defect passes through, over shaft harmonics and noise.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import fftconvolve, lfilter

from lnnlab.data.dataset import Dataset
from lnnlab.data.windows import Corpus, Recording, cut_windows
from lnnlab.store import write_text

RATE_HZ = 12_000.0
CLASSES = ("normal", "inner", "outer", "ball")
BALLS, BALL_MM, PITCH_MM = 9, 7.94, 39.04  # deep-groove bearing 6205, contact angle 0
SIZES = ("small", "medium", "large")
SEVERITY = {"small": 0.5, "medium": 0.8, "large": 1.2}  # blow at no load, in g
SPEED_RPM = {0: 1797.0, 1: 1772.0, 2: 1750.0}  # an induction motor slows down with its load
LOAD_ZONE = 0.35  # ε of the load distribution: below 0.5 half the ring carries nothing
SLIP = 0.01  # standard deviation of an interval between blows, relative
NOISE_G = 0.07  # root mean square; that of CWRU's sound bearing at no load, offset removed


@dataclass(frozen=True)
class Bearing:
    """One physical bearing in its housing."""

    name: str
    label: str
    size: str
    resonances_hz: tuple[float, float]
    damping: tuple[float, float]
    noise_g: float
    unbalance_g: float


def fault_frequencies_hz(speed_rpm: float) -> dict[str, float]:
    """Blows per second of each defect, and the cage's revolutions, for a 6205 bearing.

    A defect on a ball strikes both races once per turn of the ball: twice the spin frequency.
    """
    shaft_hz = speed_rpm / 60.0
    ratio = BALL_MM / PITCH_MM
    return {
        "outer": BALLS / 2 * shaft_hz * (1 - ratio),
        "inner": BALLS / 2 * shaft_hz * (1 + ratio),
        "ball": shaft_hz / ratio * (1 - ratio**2),
        "cage": shaft_hz / 2 * (1 - ratio),
    }


def load_bearing_sim(
    window: int = 1024, overlap: float = 0.0, seed: int = 0, windows_per_recording: int = 36
) -> Dataset:
    """Simulated windows: 4 classes × 3 bearings × 3 loads, groups ``load``, ``fault_size``,
    ``bearing``.

    Args:
        window: samples per window, at 12 kHz.
        overlap: part of a window that the next one repeats.
        seed: of everything random.
        windows_per_recording: length of a recording in windows of 1,024 samples.
    """
    recordings = simulate(seed, windows_per_recording * 1024)
    corpus = Corpus(
        "bearing_sim", ("acceleration_g",), RATE_HZ, CLASSES, synthetic=True,
        note="Synthetic: simulated 6205 bearings at 12 kHz.", background_classes=CLASSES[:1],
    )
    return cut_windows(recordings, window, overlap, corpus)


def simulate(seed: int, samples: int, bearings_per_class: int = 3) -> list[Recording]:
    """Recordings of every class, bearing and load, each of that many samples."""
    recordings = []
    for number, (label, size) in enumerate((k, s) for k in CLASSES for s in SIZES):
        if SIZES.index(size) >= bearings_per_class:
            continue
        bearing = _bearing(np.random.default_rng([seed, number]), label, size)
        for load in SPEED_RPM:
            random = np.random.default_rng([seed, number, load])
            signal = vibration(bearing, load, samples, random)
            groups = {
                "load": str(load), "bearing": bearing.name,
                "fault_size": "" if label == "normal" else size,
            }
            recordings.append(
                Recording(f"{bearing.name}, load {load}", label, signal[:, None], groups)
            )
    return recordings


def vibration(
    bearing: Bearing, load: int, samples: int, random: np.random.Generator
) -> np.ndarray:
    """The acceleration in g of one bearing at one load, (time,)."""
    speed_rpm = SPEED_RPM[load]
    shaft_hz = speed_rpm / 60.0
    t_s = np.arange(samples) / RATE_HZ
    signal = sum(
        bearing.unbalance_g / order * np.sin(2 * np.pi * order * shaft_hz * t_s + phase)
        for order, phase in enumerate(random.uniform(0, 2 * np.pi, 3), start=1)
    )
    signal = signal + bearing.noise_g * _noise(samples, random)
    if bearing.label != "normal":
        strength_g = SEVERITY[bearing.size] * (1 + 0.25 * load) * (speed_rpm / 1797.0) ** 2
        blows = _blows(bearing.label, speed_rpm, samples, random)
        signal = signal + strength_g * fftconvolve(blows, _ringing(bearing))[:samples]
    return signal


def write_sample(path: Path, seed: int = 7, samples: int = 1536) -> None:
    """Write the small sample CSV of ``datasets/``: one bearing per class, three loads."""
    lines = ["acceleration_g,load,label"]
    for each in simulate(seed, samples, bearings_per_class=1):
        end = f",{each.groups['load']},{each.label}"
        lines += [f"{value:.3f}{end}" for value in each.x[:, 0]]
    write_text(path, "\n".join(lines) + "\n")


def _bearing(random: np.random.Generator, label: str, size: str) -> Bearing:
    """A bearing drawn from the spread that housings and mountings have."""
    return Bearing(
        f"{label} {size}", label, size,
        resonances_hz=(random.uniform(2200, 3600), random.uniform(3900, 5200)),
        damping=(random.uniform(0.03, 0.08), random.uniform(0.03, 0.08)),
        noise_g=NOISE_G * random.uniform(0.7, 1.4),
        unbalance_g=random.uniform(0.01, 0.05),
    )


def _blows(
    label: str, speed_rpm: float, samples: int, random: np.random.Generator
) -> np.ndarray:
    """Strengths of the blows, each shared between the two samples that it falls between."""
    rates_hz = fault_frequencies_hz(speed_rpm)
    duration_s = samples / RATE_HZ
    count = int(duration_s * rates_hz[label] * 1.1) + 8
    intervals = (1 + SLIP * random.standard_normal(count)) / rates_hz[label]
    times_s = random.uniform(0, 1 / rates_hz[label]) + np.cumsum(intervals) - intervals[0]
    times_s = times_s[times_s < duration_s - 1 / RATE_HZ]
    turns_hz = {"outer": 0.0, "inner": speed_rpm / 60.0, "ball": rates_hz["cage"]}[label]
    start = 0.0 if label == "outer" else random.uniform(0, 2 * np.pi)
    strength = _load_zone(2 * np.pi * turns_hz * times_s + start)
    strength = strength * np.exp(0.2 * random.standard_normal(len(times_s)))
    place = times_s * RATE_HZ
    whole = place.astype(int)
    blows = np.zeros(samples)
    np.add.at(blows, whole, strength * (1 - (place - whole)))
    np.add.at(blows, whole + 1, strength * (place - whole))
    return blows


def _load_zone(angle: np.ndarray) -> np.ndarray:
    """Stribeck's distribution of the load over the ring, 1 in the middle of the zone."""
    inside = 1 - (1 - np.cos(angle)) / (2 * LOAD_ZONE)
    return np.maximum(inside, 0.0) ** 1.5


def _ringing(bearing: Bearing) -> np.ndarray:
    """The housing's answer to one blow: two damped resonances, the second half as strong."""
    t_s = np.arange(256) / RATE_HZ
    return sum(
        share * np.exp(-2 * np.pi * damping * hz * t_s) * np.sin(2 * np.pi * hz * t_s)
        for share, hz, damping in zip(
            (1.0, 0.5), bearing.resonances_hz, bearing.damping, strict=True
        )
    )


def _noise(samples: int, random: np.random.Generator) -> np.ndarray:
    """White noise with a weak low-pass share, of standard deviation 1."""
    coloured = lfilter([1.0], [1.0, -0.6], random.standard_normal(samples))
    return coloured / np.sqrt(1 / (1 - 0.36))
