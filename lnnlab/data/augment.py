"""Clips as they might have been recorded otherwise: shifted, faster, louder, over another noise.

Everything acts on the waveform and forwards in time, so a stream could sound like it. All that is
random comes from the generator that is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np

from lnnlab.errors import UserError, unknown

MASKED = ("masked_bands", "masked_frames")
LATER = ("wrap", *MASKED)
MASKS = 2  # of each kind in a clip
WHOLE = 0.25  # share of clips that nothing is hidden of


@dataclass(frozen=True)
class Augmentation:
    """Ranges to draw from; a range of (0, 0), or a speed of 0, leaves things as they are.

    Attributes:
        shift_ms: largest shift either way.
        speed: largest change of speed (and pitch), as a share.
        gain_db: range of the level.
        snr_db: range of the level above the background that is mixed in.
        noisy: share of clips that get a background.
        wrap: what leaves a clip at one end comes in at the other, as with sounds that go on;
            otherwise silence comes in.
        masked_bands, masked_frames: most bands and frames that :func:`masked` hides at a time.

    Raises:
        UserError: a value is out of its range, or of another kind.
    """

    shift_ms: float = 100.0
    speed: float = 0.17
    gain_db: tuple[float, float] = (-12.0, 8.0)
    snr_db: tuple[float, float] = (0.0, 27.0)
    noisy: float = 0.8
    wrap: bool = False
    masked_bands: int = 0
    masked_frames: int = 0

    def __post_init__(self) -> None:
        if not _is_number(self.shift_ms) or self.shift_ms < 0:
            raise _wrong("shift_ms", self.shift_ms, "a number of 0 or more")
        for name in ("speed", "noisy"):
            given = getattr(self, name)
            if not _is_number(given) or not 0 <= given <= 1:
                raise _wrong(name, given, "a number from 0 to 1")
        for name in ("gain_db", "snr_db"):
            given = getattr(self, name)
            if not isinstance(given, list | tuple) or len(given) != 2 or not all(
                    map(_is_number, given)) or given[0] > given[1]:
                raise _wrong(name, given, "two numbers, the lower one first")
        for name in MASKED:
            given = getattr(self, name)
            if not isinstance(given, int) or isinstance(given, bool) or given < 0:
                raise _wrong(name, given, "a whole number of 0 or more")
        if not isinstance(self.wrap, bool):
            raise _wrong("wrap", self.wrap, "true or false")

    @classmethod
    def read(cls, given: Mapping) -> "Augmentation":
        """Of a plain dictionary, lists in place of tuples.

        Raises:
            UserError: it is no dictionary, or has an unknown key or a wrong value.
        """
        if not isinstance(given, Mapping):
            raise UserError(f"augmentation = {given!r}: give a dictionary, such as "
                            "{'masked_bands': 6}")
        names = [each.name for each in fields(cls)]
        for name in given:
            if name not in names:
                raise unknown("key of augmentation", name, names)
        return cls(**{name: tuple(each) if isinstance(each, list) else each
                      for name, each in given.items()})

    def as_dict(self) -> dict:
        """Plain values, for descriptions of what was made; without what came later, where it is
        unused."""
        return {name: each for name, each in asdict(self).items() if name not in LATER or each}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value)


def _wrong(name: str, value: object, wanted: str) -> UserError:
    return UserError(f"augmentation {name} = {value!r}: give {wanted}")


def augment(
    x: np.ndarray, noises: Sequence[np.ndarray], how: Augmentation, rate_hz: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Each clip changed in its own way.

    Args:
        x: (clip, time), full scale at 1.
        noises: background recordings (time,), as long as a clip or longer; none: no background.
        how: the ranges.
        rate_hz: samples per second.
        random: where everything random comes from.

    Returns:
        float32 (clip, time), clamped to full scale.
    """
    length, changed = x.shape[1], np.empty_like(x, dtype=np.float32)
    for row, clip in zip(changed, x, strict=True):
        moved = _moved(clip, how, rate_hz, random)
        if len(noises) and random.random() < how.noisy:
            moved = moved + _background(moved, noises, how, random)
        gain = 10 ** (random.uniform(*how.gain_db) / 20)
        row[:] = np.clip(gain * moved[:length], -1, 1)
    return changed


def _moved(
    clip: np.ndarray, how: Augmentation, rate_hz: float, random: np.random.Generator
) -> np.ndarray:
    """The clip faster or slower around its middle, and shifted; silence comes in from outside, or
    the other end."""
    speed = 1 + random.uniform(-how.speed, how.speed)
    shift = random.uniform(-how.shift_ms, how.shift_ms) * rate_hz / 1000
    time = np.arange(len(clip), dtype=np.float64)
    middle = len(clip) / 2
    outside = {"period": len(clip)} if how.wrap else {"left": 0.0, "right": 0.0}
    return np.interp((time - middle) * speed + middle - shift, time, clip, **outside)


def _background(
    clip: np.ndarray, noises: Sequence[np.ndarray], how: Augmentation,
    random: np.random.Generator,
) -> np.ndarray:
    """A stretch of a noise, so many decibels below the clip's mean power."""
    noise = noises[random.integers(len(noises))]
    start = random.integers(len(noise) - len(clip) + 1)
    stretch = noise[start : start + len(clip)].astype(np.float64)
    loud = np.sqrt(np.mean(clip**2))
    level = np.sqrt(np.mean(stretch**2))
    wanted = max(loud, 1e-4) / 10 ** (random.uniform(*how.snr_db) / 20)
    return stretch * wanted / max(level, 1e-9)


def masked(x: np.ndarray, how: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Features with stretches of bands and of frames hidden: they hold what all clips have there on
    average (Park et al. 2019, "SpecAugment", Interspeech, sections 2.2 and 2.3, without warping).

    Choose it where clips are few and long: a network has to tell them by more than one place. It
    acts on features and not on the waveform, as no filter takes a band out of a stretch alone.

    Args:
        x: features (clip, frame, band).
        how: the widths, drawn evenly from 0 on; with both 0 nothing is drawn.
        random: where everything random comes from.
    """
    widths = (how.masked_frames, how.masked_bands)
    if not any(widths):
        return x
    x, mean = x.copy(), x.mean(axis=(0, 1), dtype=np.float64).astype(x.dtype)  # (band,)
    for clip in x:
        if random.random() < WHOLE:
            continue
        for axis, most in enumerate(widths):
            for _ in range(MASKS):
                width = random.integers(min(most, clip.shape[axis]) + 1)
                first = random.integers(clip.shape[axis] - width + 1)
                hidden = (slice(None),) * axis + (slice(first, first + width),)
                clip[hidden] = np.broadcast_to(mean, clip.shape)[hidden]
    return x
