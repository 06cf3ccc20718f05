"""Continuous recordings built from clips: words over a background, and what was said when.

Everything random comes from a seed, so a stream can be named by its settings.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.errors import UserError

FADE = 1600  # samples over which one stretch of background becomes the next


@dataclass(frozen=True)
class Event:
    """Something that was said: its class, and where it lies, in seconds."""

    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class SoundStream:
    """A continuous recording.

    Attributes:
        x: float32 (time,), full scale at 1.
        rate_hz: samples per second.
        events: in the order of time; silence is no event.
    """

    x: np.ndarray
    rate_hz: float
    events: tuple[Event, ...]

    @property
    def hours(self) -> float:
        """Its length."""
        return len(self.x) / self.rate_hz / 3600


@dataclass(frozen=True)
class StreamPlan:
    """How a stream is built.

    Attributes:
        duration_s: its length.
        gap_s: range of the pause between clips.
        snr_db: range of a clip's mean power over the background's.
        background_level: root mean square of the background, full scale at 1.
        seed: of everything random.
    """

    duration_s: float = 600.0
    gap_s: tuple[float, float] = (1.0, 4.0)
    snr_db: tuple[float, float] = (5.0, 20.0)
    background_level: float = 0.005
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.duration_s > 2:
            raise UserError(f"a stream of {self.duration_s:g} s: choose more than 2 s")
        if not 0 <= self.gap_s[0] <= self.gap_s[1]:
            raise UserError(f"gap_s = {self.gap_s}: choose a rising range from 0 s on")


def build_stream(
    dataset: Dataset, rows: np.ndarray, plan: StreamPlan, part: str = "test",
    silent: Sequence[str] = ("silence",),
) -> SoundStream:
    """Clips in random order, each as often as any other, over the background of a part.

    Args:
        dataset: clips of one channel; rows: those to be heard, such as a split's test rows.
        plan: how.
        part: whose background recordings are used.
        silent: classes that are no events and are left out.

    Raises:
        UserError: there is no clip or no background to build from.
    """
    random = np.random.default_rng(plan.seed)
    rows = rows[~np.isin(dataset.y[rows], [dataset.classes.index(each) for each in silent
                                           if each in dataset.classes])]
    noises = dataset.background.get(part, ())
    if not len(rows) or not noises:
        raise UserError(f"{dataset.name}: no clips or no '{part}' background to build a stream of")
    rate_hz, length = float(dataset.rate_hz), dataset.x.shape[1]
    count = int(plan.duration_s * rate_hz)
    x = _background(noises, count, random) * plan.background_level
    events, at, order = [], int(random.uniform(*plan.gap_s) * rate_hz), []
    while at + length <= count:
        order = order or list(random.permutation(rows))
        row = order.pop()
        clip = dataset.x[row, :, 0].astype(np.float64)
        power = max(float(np.mean(clip**2)), 1e-12)
        wanted = plan.background_level**2 * 10 ** (random.uniform(*plan.snr_db) / 10)
        x[at : at + length] += clip * np.sqrt(wanted / power)
        label = dataset.classes[dataset.y[row]]
        events.append(Event(label, at / rate_hz, (at + length) / rate_hz))
        at += length + int(random.uniform(*plan.gap_s) * rate_hz)
    return SoundStream(np.clip(x, -1, 1).astype(np.float32), rate_hz, tuple(events))


def _background(
    noises: Sequence[np.ndarray], count: int, random: np.random.Generator
) -> np.ndarray:
    """Stretches of the recordings, each at level 1, one fading into the next, (count,)."""
    x, at = np.zeros(count), 0
    while at < count:
        noise = noises[random.integers(len(noises))].astype(np.float64)
        noise = noise / max(float(np.sqrt(np.mean(noise**2))), 1e-9)
        fade = min(FADE, len(noise) // 2)
        ramp = np.sin(np.linspace(0, np.pi / 2, fade))  # powers of both add up to 1
        noise[:fade] *= ramp if at else 1.0
        noise[-fade:] *= ramp[::-1]
        some = min(len(noise), count - at)
        x[at : at + some] += noise[:some]
        at += len(noise) - fade
    return x
