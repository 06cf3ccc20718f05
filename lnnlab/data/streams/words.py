"""Continuous recordings: words over a background, and what was said when.

Everything random comes from a seed, so a stream can be named by its settings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lnnlab.data.dataset import Dataset
from lnnlab.errors import UserError

FADE = 1600  # samples over which one stretch of background becomes the next
GAP_S = (1.0, 4.0)  # range of the pause between clips, where nothing else is asked for


@dataclass(frozen=True)
class Event:
    """Something that was said, or that happened: its class, and where it lies, in seconds."""

    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Stream:
    """A continuous recording of any sensor.

    Attributes:
        x: float32, (time,) of a single channel or (time, channel), in the sensor's unit; sound
            has full scale at 1.
        rate_hz: samples per second.
        events: in the order of time, none over another; silence is no event, nor is a sound
            machine.
        states: of a machine, every stretch in the order of time, with the class that it is made
            of; of words, none.
    """

    x: np.ndarray
    rate_hz: float
    events: tuple[Event, ...]
    states: tuple[Event, ...] = ()

    @property
    def samples(self) -> np.ndarray:
        """``x`` as a network is fed it, (time, channel)."""
        return self.x if self.x.ndim == 2 else self.x[:, None]

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return len(self.x) / self.rate_hz

    @property
    def hours(self) -> float:
        """Its length in hours."""
        return self.duration_s / 3600

    @property
    def activity(self) -> float:
        """The share of its time that events take up."""
        return sum(each.end_s - each.start_s for each in self.events) / self.duration_s


@dataclass(frozen=True)
class StreamPlan:
    """How a stream of clips is built.

    Say how busy it is by ``activity`` or by ``gap_s``, not by both.

    Attributes:
        duration_s: its length.
        gap_s: range of the pause between clips; None: as ``activity`` says, or else 1 to 4 s.
        snr_db: range of a clip's mean power over the background's.
        background_level: root mean square of the background, full scale at 1.
        seed: of everything random.
        activity: share of the time that clips take up, above 0 and below 1. The pauses are drawn
            from half to one and a half times their mean, which is what the share asks for.
    """

    duration_s: float = 600.0
    gap_s: tuple[float, float] | None = None
    snr_db: tuple[float, float] = (5.0, 20.0)
    background_level: float = 0.005
    seed: int = 0
    activity: float | None = None

    def __post_init__(self) -> None:
        if not 2 < self.duration_s < np.inf:
            raise UserError(f"a stream of {self.duration_s:g} s: choose more than 2 s, and an end")
        if self.activity is not None and self.gap_s is not None:
            raise UserError(
                f"activity = {self.activity:g} and gap_s = {self.gap_s}: each says how long the "
                "pauses are; give one of them"
            )
        if self.activity is not None and not 0 < self.activity < 1:
            raise UserError(f"activity = {self.activity:g}: choose a share above 0 and below 1")
        if self.gap_s is not None and not 0 <= self.gap_s[0] <= self.gap_s[1]:
            raise UserError(f"gap_s = {self.gap_s}: choose a rising range from 0 s on")

    def pauses_s(self, clip_s: float, random: np.random.Generator) -> Iterator[float]:
        """The pause before each clip of that length; the stream ends where they do.

        Raises:
            UserError: at such a share the stream does not hold one clip.
        """
        if self.activity is None:
            return self._endless_pauses(random)
        clips = round(self.activity * self.duration_s / clip_s)
        clips = min(clips, int(self.duration_s / clip_s))
        if not clips:
            raise UserError(
                f"a stream of {self.duration_s:g} s at activity = {self.activity:g} has no room "
                f"for a clip of {clip_s:g} s: make it longer or busier"
            )
        return iter(shares(clips + 1, self.duration_s - clips * clip_s, random)[:-1])

    def _endless_pauses(self, random: np.random.Generator) -> Iterator[float]:
        while True:
            yield random.uniform(*(GAP_S if self.gap_s is None else self.gap_s))


def shares(count: int, total: float, random: np.random.Generator) -> np.ndarray:
    """So many random parts of a total, none more than three times another."""
    parts = random.uniform(0.5, 1.5, count)
    return parts * (total / parts.sum())


def build_stream(
    dataset: Dataset, rows: np.ndarray, plan: StreamPlan, part: str = "test",
    silent: Sequence[str] = ("silence",),
) -> Stream:
    """Clips in random order, each as often as any other, over the background of a part.

    Args:
        dataset: clips of one channel; rows: those to be heard, such as a split's test rows.
        plan: how.
        part: whose background recordings are used.
        silent: classes that are no events and are left out.

    Raises:
        UserError: there is no clip, no background or no room to build from.
    """
    random = np.random.default_rng(plan.seed)
    rows = rows[~np.isin(dataset.y[rows], [dataset.classes.index(each) for each in silent
                                           if each in dataset.classes])]
    noises = dataset.background.get(part, ())
    if not len(rows) or not noises:
        raise UserError(f"{dataset.name}: no clips or no '{part}' background to build a stream of")
    rate_hz, length = float(dataset.rate_hz), dataset.x.shape[1]
    count = int(plan.duration_s * rate_hz)
    x = background_of(noises, count, random) * plan.background_level
    events, at, order = [], 0, []
    for pause_s in plan.pauses_s(length / rate_hz, random):
        at += int(pause_s * rate_hz)
        if at + length > count:
            break
        order = order or list(random.permutation(rows))
        row = order.pop()
        clip = dataset.x[row, :, 0].astype(np.float64)
        power = max(float(np.mean(clip**2)), 1e-12)
        wanted = plan.background_level**2 * 10 ** (random.uniform(*plan.snr_db) / 10)
        x[at : at + length] += clip * np.sqrt(wanted / power)
        label = dataset.classes[dataset.y[row]]
        events.append(Event(label, at / rate_hz, (at + length) / rate_hz))
        at += length
    return Stream(np.clip(x, -1, 1).astype(np.float32), rate_hz, tuple(events))


def background_of(
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
