"""Speech over noise at a known ratio, with the clean speech and what is said when given back.

Choose it to train and test what listens or repairs in noise: voice activity (which frames are
speech), noise suppression (noisy and clean in pairs). :func:`lnnlab.data.augment.augment` varies
clips of one class each instead and keeps no truth; :mod:`lnnlab.data.streams.words` builds one
long recording with events.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from lnnlab.data.endpoints import rms
from lnnlab.data.streams.words import background_of
from lnnlab.data.voices import Voice
from lnnlab.errors import UserError

OCTAVES = 8  # that a noise is coloured in
FADE_MS = 5.0  # at both ends of a clip, so that none begins or ends with a click


@dataclass(frozen=True)
class MixturePlan:
    """How mixtures are drawn.

    Attributes:
        duration_s: of each.
        gap_s: range of the pauses before and between utterances.
        snr_db: range of the ratio; see :class:`Mixture`.
        level_db: range of the speech's level, root mean square over what is speech, below full
            scale. Where the mixture would not fit into full scale, all of it is made quieter.
        uneven_db: utterances of one mixture differ by up to so much either way.
        silent: share of the mixtures in which nobody speaks.
        speakers: that one mixture draws its utterances from at most.
        colour_db: octaves of the noise are moved by up to so much either way, smoothly between.
        overlaid: share of the mixtures with two noises, the second one no louder. Choose both
            where a network hears few recordings of noises in training.
    """

    duration_s: float = 4.0
    gap_s: tuple[float, float] = (0.3, 1.5)
    snr_db: tuple[float, float] = (-5.0, 20.0)
    level_db: tuple[float, float] = (-40.0, -15.0)
    uneven_db: float = 3.0
    silent: float = 0.1
    speakers: int = 1
    colour_db: float = 0.0
    overlaid: float = 0.0

    def __post_init__(self) -> None:
        for name in ("gap_s", "snr_db", "level_db"):
            low, high = getattr(self, name)
            if not low <= high:
                raise UserError(f"{name} = {(low, high)}: choose a rising range")
        if not self.duration_s > 0 or self.gap_s[0] < 0 or self.speakers < 1:
            raise UserError(f"duration_s = {self.duration_s:g}, gap_s = {self.gap_s}, speakers = "
                            f"{self.speakers}: choose above 0 s, pauses from 0 s on, 1 or more")
        if not 0 <= self.silent <= 1:
            raise UserError(f"silent = {self.silent:g}: choose a share from 0 to 1")


@dataclass(frozen=True)
class Mixture:
    """Speech over noise; ``noisy`` is ``clean`` and the noise, sample by sample.

    Attributes:
        noisy, clean: float32 (time,), full scale at 1; ``clean`` is 0 where no clip is.
        active: which samples are speech, (time,) of bool.
        snr_db: 20 log10 of the clean speech's root mean square over its active samples (all
            utterances together) over the noise's root mean square over the whole mixture; of a
            mixture without speech the ratio that its noise would have had.
        who: speakers, in the order in which they were drawn.
        rate_hz: samples per second.
        noise: which of the given noises lies under it.
    """

    noisy: np.ndarray
    clean: np.ndarray
    active: np.ndarray
    snr_db: float
    who: tuple[str, ...]
    rate_hz: float
    noise: int = 0


def at_frames(active: np.ndarray, frame: int, hop: int) -> np.ndarray:
    """Which frames are speech, (frame,) of bool: those whose newest hop is for half or more.

    A frame that overlaps the one before hears again what is older; its decision is about what is
    new, as a stream has it.

    Args:
        active: which samples are speech, (time,) of bool.
        frame, hop: samples of a frame, and from one to the next.
    """
    end = np.arange(frame, len(active) + 1, hop)
    begin = np.maximum(end - hop, 0)
    sums = np.concatenate([[0], np.cumsum(active, dtype=np.int64)])
    return 2 * (sums[end] - sums[begin]) >= end - begin


def mixtures(
    voices: Sequence[Voice], noises: Sequence[np.ndarray], plan: MixturePlan, rate_hz: float,
    seed: int = 0,
) -> Iterator[Mixture]:
    """Mixtures without end, each drawn from the seed and its own number.

    So more of them begin with the same ones: take as many as are needed with
    ``itertools.islice``.

    Args:
        voices: utterances; a mixture takes those of its speakers in random order.
        noises: recordings (time,); shorter ones are played on, one fading into the next.
        plan: how.
        rate_hz: of all of them, samples per second.
        seed: of everything random.

    Raises:
        UserError: there is no utterance or no noise, or one is silent throughout.
    """
    silent = [k for k, each in enumerate(noises) if not np.any(each)]
    if silent:
        raise UserError(f"noise {silent[0]} of {len(noises)} is silent throughout: leave it out")
    if not voices or not noises:
        raise UserError(f"{len(voices)} utterances and {len(noises)} noises: a mixture needs both")
    people: dict[str, list[Voice]] = {}
    for each in voices:
        people.setdefault(each.who, []).append(each)
    number = 0
    while True:
        yield _mixture(people, noises, plan, rate_hz, np.random.default_rng([seed, number, 5]))
        number += 1


def mixed(clean: np.ndarray, active: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """The noise as loud as the ratio asks for, (time,); add it to the clean speech.

    Args:
        clean: (time,); active: which samples of it are speech; noise: (time,), as long.
        snr_db: the ratio that :class:`Mixture` defines.
    """
    wanted = rms(clean[active]) / 10 ** (snr_db / 20)
    return noise * (wanted / max(rms(noise), 1e-9))


def _mixture(
    people: dict[str, list[Voice]], noises: Sequence[np.ndarray], plan: MixturePlan,
    rate_hz: float, random: np.random.Generator,
) -> Mixture:
    count = round(plan.duration_s * rate_hz)
    names = list(people)
    who = [names[k] for k in random.permutation(len(names))[: plan.speakers]]
    clean, active = _spoken([each for name in who for each in people[name]], count, plan, rate_hz,
                            random)
    snr_db, level_db = random.uniform(*plan.snr_db), random.uniform(*plan.level_db)
    which = int(random.integers(len(noises)))
    noise = _varied(_stretch(noises[which], count, random), noises, plan, random)
    level = 10 ** (level_db / 20)
    clean = clean * (level / max(rms(clean[active]), 1e-9))
    noise = mixed(clean, active, noise, snr_db)
    if random.random() < plan.silent:
        clean, active, who = np.zeros(count), np.zeros(count, bool), []
    noisy = clean + noise
    gain = min(1.0, 0.99 / max(float(np.abs(noisy).max()), float(np.abs(clean).max()), 1e-9))
    return Mixture((gain * noisy).astype(np.float32), (gain * clean).astype(np.float32), active,
                   snr_db, tuple(who), rate_hz, which)


def _varied(
    noise: np.ndarray, noises: Sequence[np.ndarray], plan: MixturePlan, random: np.random.Generator
) -> np.ndarray:
    """The noise as the plan varies it, (time,)."""
    if plan.overlaid and random.random() < plan.overlaid:
        other = _stretch(noises[random.integers(len(noises))], len(noise), random)
        noise = noise + other * (random.uniform() * rms(noise) / max(rms(other), 1e-9))
    if not plan.colour_db:
        return noise
    length = next_fast_len(len(noise), real=True)
    places = np.log2(np.linspace(0, 1, length // 2 + 1)[1:])  # octaves below half the rate
    moved_db = random.uniform(-plan.colour_db, plan.colour_db, OCTAVES)
    spectrum = rfft(noise, length)
    spectrum[1:] *= 10 ** (np.interp(places, np.arange(1 - OCTAVES, 1), moved_db) / 20)
    return irfft(spectrum, length)[: len(noise)]


def _stretch(noise: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Some of a recording from anywhere in it on; a shorter one goes round."""
    start = int(random.integers(max(len(noise) - count, 0) + 1))
    if len(noise) >= count:
        return noise[start : start + count].astype(np.float64)
    start = int(random.integers(len(noise)))
    return background_of([noise], start + count, random)[start:]


def _spoken(
    voices: Sequence[Voice], count: int, plan: MixturePlan, rate_hz: float,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Utterances with pauses, each at level 1 or so, (count,), and where they are speech."""
    clean, active, order = np.zeros(count), np.zeros(count, bool), []
    at = -round(random.uniform(0, 1) * rate_hz)  # some are under way as it begins
    while at < count:
        order = order or list(random.permutation(len(voices)))
        voice = voices[order.pop()]
        uneven = 10 ** (random.uniform(-plan.uneven_db, plan.uneven_db) / 20)
        first, last = max(0, -at), min(len(voice.x), count - at)
        if last > first:
            clip = _faded(voice.x, rate_hz) * (uneven / max(voice.level, 1e-9))
            clean[at + first : at + last] += clip[first:last]
            active[at + first : at + last] |= voice.active[first:last]
        at += len(voice.x) + round(random.uniform(*plan.gap_s) * rate_hz)
    if not active.any():  # a pause as long as the mixture: then it is all one utterance's
        return _spoken(voices, count, plan, rate_hz, random)
    return clean, active


def _faded(x: np.ndarray, rate_hz: float) -> np.ndarray:
    fade = min(round(FADE_MS * rate_hz / 1000), len(x) // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, fade)) ** 2
    y = x.astype(np.float64)
    y[:fade] *= ramp
    y[len(y) - fade :] *= ramp[::-1]
    return y
