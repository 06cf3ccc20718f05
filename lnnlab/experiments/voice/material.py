"""What voice activity is learned from and tried on: words over surroundings, and recordings."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np

from lnnlab.data import Dataset, load
from lnnlab.data.labelled import LabelledRecording, load_labelled
from lnnlab.data.mixtures import Mixture, MixturePlan, mixed, mixtures
from lnnlab.data.streams.words import background_of
from lnnlab.data.surroundings import load_surroundings
from lnnlab.data.voices import Voice, voices_of
from lnnlab.errors import UserError

EMBEDDED, RECORDED, TRAINED_ON = "spoken_words", "speech_commands", "speech_commands_v0.01"
PLAN = MixturePlan()  # −5 to 20 dB, four seconds
SNRS_DB = (-5.0, 0.0, 5.0, 10.0, 15.0, 20.0)  # of the test, in turn
TEST_S = 6.0  # of each test speaker's mixture
NOISY_DB = 5.0  # of recordings that noise is added to
SEEDS = {"train": 11, "validation": 12, "test": 13}  # of mixtures


@dataclass(frozen=True)
class Recording:
    """What a detector listens to.

    Attributes:
        who: the speaker.
        x: float32 (time,), full scale at 1.
        active: which samples are speech, (time,) of bool.
        snr_db: of mixtures; None: as it was recorded.
    """

    who: str
    x: np.ndarray
    active: np.ndarray
    snr_db: float | None = None


@dataclass(frozen=True)
class Material:
    """Utterances and surroundings by part, and recordings to test on.

    Attributes:
        name: of the words, as tables call the corpus that is trained on.
        voices: part → utterances; no speaker is in two parts.
        noises: part → surroundings (time,).
        recordings: name → labelled recordings that are tests as they are.
        rate_hz: of all of them.
        synthetic: True for generated words.
    """

    name: str
    voices: dict[str, tuple[Voice, ...]]
    noises: dict[str, tuple[np.ndarray, ...]]
    recordings: dict[str, tuple[Recording, ...]]
    rate_hz: float = 16_000.0
    synthetic: bool = False

    @cached_property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of all samples and truths."""
        digest = hashlib.sha256(repr((self.name, self.rate_hz)).encode())
        for part in sorted(self.voices):
            for each in self.voices[part]:
                digest.update(each.who.encode() + each.x.tobytes() + each.active.tobytes())
            for noise in self.noises[part]:
                digest.update(noise.tobytes())
        for name in sorted(self.recordings):
            for each in self.recordings[name]:
                digest.update(each.who.encode() + each.x.tobytes() + each.active.tobytes())
        return digest.hexdigest()[:16]

    def mixtures(self, part: str, count: int) -> Iterator[Mixture]:
        """So many mixtures of a part, one by one; more of them begin with the same ones."""
        return islice(mixtures(self.voices[part], self.noises[part], PLAN, self.rate_hz,
                               SEEDS[part]), count)

    def example(self, snr_db: float) -> Mixture:
        """A mixture of test words at a ratio, always the same one, to look at and listen to."""
        plan = replace(PLAN, snr_db=(snr_db, snr_db), level_db=(-25.0, -25.0), silent=0.0)
        return next(mixtures(self.voices["test"], self.noises["test"], plan, self.rate_hz, 3))

    @cached_property
    def tests(self) -> dict[str, tuple[Recording, ...]]:
        """Name → recordings: those given, the same in noise, and test speakers in noise."""
        found = dict(self.recordings)
        for name, each in self.recordings.items():
            found[f"{name} in noise"] = tuple(
                self._in_noise(one, number) for number, one in enumerate(each))
        return found | {f"{self.name} in noise": self._speakers_in_noise()}

    def _in_noise(self, given: Recording, number: int) -> Recording:
        random = np.random.default_rng([SEEDS["test"], number])
        noise = background_of(self.noises["test"], len(given.x), random)
        x = given.x + mixed(given.x, given.active, noise, NOISY_DB)
        gain = min(1.0, 0.99 / float(np.abs(x).max()))
        return replace(given, x=(gain * x).astype(np.float32), snr_db=NOISY_DB)

    def _speakers_in_noise(self) -> tuple[Recording, ...]:
        people = dict.fromkeys(each.who for each in self.voices["test"])
        found = []
        for number, who in enumerate(people):
            snr_db = SNRS_DB[number % len(SNRS_DB)]
            own = [each for each in self.voices["test"] if each.who == who]
            plan = replace(PLAN, duration_s=TEST_S, snr_db=(snr_db, snr_db), silent=0.0)
            made = next(mixtures(own, self.noises["test"], plan, self.rate_hz,
                                 1000 * SEEDS["test"] + number))
            found.append(Recording(who, made.noisy, made.active, snr_db))
        return tuple(found)


def voice_material(words: str | Dataset = EMBEDDED, recordings: Sequence[str] = ()) -> Material:
    """The material of a corpus of words.

    ``"speech_commands"`` trains and validates on the speakers of ``speech_commands_v0.01`` and
    tests on those of ``speech_commands``, of whom none is among them; its surroundings are ESC's
    folds. Any other corpus, or a folder of your own words, is split by its official parts and
    brings its own surroundings.

    Args:
        words: name or folder of a corpus of words.
        recordings: folders of labelled recordings to test on, see
            :func:`lnnlab.data.labelled.load_labelled`.

    Raises:
        UserError: a corpus is absent, brings no surroundings, or a recording is wrong.
    """
    given = {_called(folder): _recordings(load_labelled(folder)) for folder in recordings}
    if words == RECORDED:
        learned, heard = load(RECORDED, task=35, folder=TRAINED_ON), load(RECORDED)
        voices = {part: _voices(learned, learned.part == part) for part in ("train", "validation")}
        voices["test"] = _voices(heard, np.ones(len(heard), bool))
        return Material(words, voices, load_surroundings(), given)
    dataset = words if isinstance(words, Dataset) else load(words)
    surroundings = dataset.background or {}
    if dataset.part is None or not all(surroundings.get(part) for part in SEEDS):
        raise UserError(f"{dataset.name}: voice activity needs words with speakers in parts and "
                        "recordings of surroundings in _background_noise_, a second or longer")
    voices = {part: _voices(dataset, dataset.part == part) for part in SEEDS}
    return Material(dataset.name, voices, dict(dataset.background), given,
                    float(dataset.rate_hz), dataset.synthetic)


def made_recordings(material: Material, seconds: float = 12.0) -> Material:
    """The material with recordings of test speakers in quiet, for where none are at hand."""
    plan = replace(PLAN, duration_s=seconds, snr_db=(20.0, 30.0), silent=0.0, gap_s=(0.4, 1.2))
    people = dict.fromkeys(each.who for each in material.voices["test"])
    found = []
    for number, who in enumerate(people):
        own = [each for each in material.voices["test"] if each.who == who]
        made = next(mixtures(own, material.noises["test"], plan, material.rate_hz, 77 + number))
        found.append(Recording(who, made.noisy, made.active))
    quiet = {f"{material.name} in quiet": tuple(found)}
    return replace(material, recordings=material.recordings | quiet)


def _voices(dataset: Dataset, kept: np.ndarray) -> tuple[Voice, ...]:
    return tuple(voices_of(dataset, np.flatnonzero(kept)))


def _recordings(given: Sequence[LabelledRecording]) -> tuple[Recording, ...]:
    return tuple(Recording(each.who, each.stream.x, each.active) for each in given)


def _called(folder: str) -> str:
    """``lt_commands/raw`` is ``lt_commands``."""
    parts = [each for each in str(folder).strip("/").split("/") if each != "raw"]
    return parts[-1]
