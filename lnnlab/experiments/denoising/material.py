"""What a denoiser is trained and tested on: words, and noises of which no part shares any."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from lnnlab.data import load
from lnnlab.data.dataset import Dataset
from lnnlab.data.mixtures import Mixture, MixturePlan, mixtures
from lnnlab.data.noises import CORPORA, load_noises, of_part
from lnnlab.data.voices import Voice, voices_of
from lnnlab.data.word_folder import PARTS, RATE_HZ
from lnnlab.errors import UserError

EMBEDDED, RECORDED = "spoken_words", "speech_commands"
LEVELS_DB = (-5, 0, 5, 10, 15, 20)  # ratios of speech to noise that are tested
TEST_S, TRAIN_S = 4.0, 3.0  # seconds of a mixture
PAUSES_S = (0.05, 0.6)


@dataclass(frozen=True)
class Material:
    """Words and noises by part.

    Attributes:
        corpus: what tables call it.
        voices: part → utterances, cut to what is speech.
        noises: part → recordings (time,).
        synthetic: generated; tables say so.
        note: whose words over which noises, for captions.
    """

    corpus: str
    voices: dict[str, list[Voice]]
    noises: dict[str, list[np.ndarray]]
    synthetic: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        for part in PARTS:
            if not self.voices.get(part) or not self.noises.get(part):
                raise UserError(f"{self.corpus}: {len(self.voices.get(part, []))} utterances and "
                                f"{len(self.noises.get(part, []))} noises to {part} on; each part "
                                "needs both")

    @cached_property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of all samples."""
        digest = hashlib.sha256()
        for part in PARTS:
            for each in (*(voice.x for voice in self.voices[part]), *self.noises[part]):
                digest.update(np.ascontiguousarray(each, np.float32).tobytes())
        return digest.hexdigest()[:16]

    def training(self, part: str, count: int, seed: int) -> list[Mixture]:
        """Mixtures at any level from -5 to 20 dB; in one of twenty nobody speaks."""
        plan = MixturePlan(TRAIN_S, PAUSES_S, (LEVELS_DB[0], LEVELS_DB[-1]), silent=0.05)
        return self._drawn(part, plan, count, seed)

    def tests(self, part: str, level_db: float, count: int, seed: int = 7) -> list[Mixture]:
        """Mixtures at one level; the same words over the same noises at each."""
        plan = MixturePlan(TEST_S, PAUSES_S, (level_db, level_db), silent=0.0)
        return self._drawn(part, plan, count, seed)

    def _drawn(self, part: str, plan: MixturePlan, count: int, seed: int) -> list[Mixture]:
        given = mixtures(self.voices[part], self.noises[part], plan, float(RATE_HZ), seed)
        return list(islice(given, count))


def recorded_material(
    train_folder: str = "speech_commands_v0.01", test_folder: str = "speech_commands",
    noises: Sequence[str | Path] = CORPORA,
) -> Material:
    """Words of Speech Commands over noises of ESC: other speakers and other noises in each part.

    Args:
        train_folder: whose lists part the speakers to train and to validate on.
        test_folder: whose speakers, all of them, are tested.
        noises: folders, see :func:`lnnlab.data.noises.load_noises`.

    Raises:
        UserError: a corpus is absent.
    """
    taught = load("speech_commands", task=35, folder=train_folder)
    tested = load("speech_commands", task=35, folder=test_folder)
    sounds = load_noises(noises)
    voices = {part: voices_of(taught, np.flatnonzero(taught.part == part), trimmed=True)
              for part in PARTS[:2]}
    voices["test"] = voices_of(tested, np.arange(len(tested)), trimmed=True)
    shared = {each.who for each in voices["test"]} & {
        each.who for part in PARTS[:2] for each in voices[part]}
    if shared:
        raise UserError(f"{test_folder}: {len(shared)} of its speakers are in {train_folder} too")
    counts = {part: len({each.recording for each in sounds if each.part == part})
              for part in PARTS}
    people = {part: len({each.who for each in voices[part]}) for part in PARTS}
    note = "; ".join(f"{part}: {people[part]} speakers over {counts[part]} noises"
                     for part in PARTS)
    return Material("speech_commands over ESC", voices,
                    {part: of_part(sounds, part) for part in PARTS}, note=note)


def material_of(corpus: str = EMBEDDED, noises: Sequence[str | Path] = ()) -> Material:
    """Words and noises by the name of a corpus, or of folders of one's own.

    Args:
        corpus: ``"spoken_words"`` (generated), ``"speech_commands"`` (the recorded words of
            :func:`recorded_material`), or a folder of words as ``lnnlab train`` takes it.
        noises: folders of recordings of noises; none: ESC with ``"speech_commands"``, else the
            corpus's own backgrounds.

    Raises:
        UserError: a folder is absent, or a part has no words or no noises.
    """
    if corpus == RECORDED:
        return recorded_material(noises=noises or CORPORA)
    given = load(corpus)
    if not noises:
        return made_material(given)
    sounds = load_noises(noises)
    background = {part: tuple(of_part(sounds, part)) for part in PARTS}
    return made_material(replace(given, background=background))


def made_material(dataset: Dataset | None = None) -> Material:
    """Words of a corpus over its backgrounds; by default generated ones.

    Args:
        dataset: with the parts train, validation and test, and backgrounds of each; None: the
            embedded words.
    """
    given = load(EMBEDDED) if dataset is None else dataset
    if given.part is None or not given.background:
        raise UserError(f"{given.name}: no parts, or no backgrounds: give a folder of words with "
                        "_background_noise_/*.wav, or noises of your own")
    if float(given.rate_hz or 0) != RATE_HZ:
        raise UserError(f"{given.name}: {given.rate_hz} samples a second, not {RATE_HZ}")
    voices = {part: voices_of(given, np.flatnonzero(given.part == part), trimmed=True)
              for part in PARTS}
    noises = {part: [each for each in given.background[part] if each.any()] for part in PARTS}
    return Material(given.name, voices, noises, given.synthetic, given.note)
