"""What a denoiser is trained and tested on: words, and noises of which no part shares any."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from lnnlab.data import load
from lnnlab.data.dataset import Dataset
from lnnlab.data.labelled import LT_COMMANDS, load_labelled
from lnnlab.data.mixtures import Mixture, MixturePlan, mixtures
from lnnlab.data.noises import CORPORA, Noise, load_noises, of_part
from lnnlab.data.voices import Voice, voices_of
from lnnlab.data.word_folder import PARTS, RATE_HZ
from lnnlab.errors import UserError

EMBEDDED, RECORDED = "spoken_words", "speech_commands"
SPOKEN = "speech_commands over ESC"
LEVELS_DB = (-5, 0, 5, 10, 15, 20)  # ratios of speech to noise that are tested
TEST_S, TRAIN_S = 4.0, 3.0  # seconds of a mixture
TRAIN_DB = (-5.0, 25.0)  # nearly clean too: what not to take is learned there
PAUSES_S = (0.05, 0.6)
TEST, FRESH, FOREIGN = "test", "fresh", "foreign"  # parts that figures are measured on
TEST_SEED = 7
SPENT = 40  # test mixtures whose speakers and noises are in no fresh test: 20 had been looked at


@dataclass(frozen=True)
class Material:
    """Words and noises by part.

    Attributes:
        corpus: what tables call it.
        voices: part → utterances, cut to what is speech; train, validation and one or more parts
            to test on.
        noises: part → recordings (time,).
        synthetic: generated; tables say so.
        note: whose words over which noises, for captions.
        called: part to test on → what tables call it; by default as the corpus.
    """

    corpus: str
    voices: dict[str, list[Voice]]
    noises: dict[str, list[np.ndarray]]
    synthetic: bool = False
    note: str = ""
    called: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in PARTS:
            if not self.voices.get(part) or not self.noises.get(part):
                raise UserError(f"{self.corpus}: {len(self.voices.get(part, []))} utterances and "
                                f"{len(self.noises.get(part, []))} noises to {part} on; each part "
                                "needs both")

    @property
    def tested(self) -> tuple[str, ...]:
        """The parts to test on, those first that nothing was ever chosen by."""
        return tuple(part for part in (FRESH, FOREIGN, TEST) if self.voices.get(part))

    def name_of(self, part: str) -> str:
        """What tables call a part to test on."""
        return self.called.get(part, self.corpus)

    @cached_property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of all samples."""
        digest = hashlib.sha256()
        for part in (*PARTS[:2], *self.tested):
            for each in (*(voice.x for voice in self.voices[part]), *self.noises[part]):
                digest.update(np.ascontiguousarray(each, np.float32).tobytes())
        return digest.hexdigest()[:16]

    def training(self, part: str, count: int, seed: int) -> list[Mixture]:
        """Mixtures at any level from -5 to 25 dB; in one of twenty nobody speaks. What is trained
        on is varied in its noise."""
        plan = MixturePlan(TRAIN_S, PAUSES_S, TRAIN_DB, silent=0.05)
        plan = replace(plan, colour_db=8.0, overlaid=0.4) if part == PARTS[0] else plan
        return self._drawn(part, plan, count, seed)

    def tests(self, part: str, level_db: float, count: int, seed: int = TEST_SEED) -> list[Mixture]:
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
    given = Material(SPOKEN, voices, {part: of_part(sounds, part) for part in PARTS})
    return _with_fresh(given, [each for each in sounds if each.part == TEST], sounds)


def _with_fresh(given: Material, tested: Sequence[Noise], sounds: Sequence[Noise]) -> Material:
    """The same with tests of speakers and noises that no choice was ever made by.

    Nobody whose words, and no recording that lay in the first ``SPENT`` test mixtures is in them;
    people who speak another language are, where their recordings are there.
    """
    spent = given.tests(TEST, 0, SPENT)
    people = {each.who[0] for each in spent}
    heard = {tested[each.noise].recording for each in spent}
    left = [each for each in tested if each.recording not in heard]
    voices = given.voices | {FRESH: [each for each in given.voices[TEST]
                                     if each.who not in people]}
    with suppress(UserError):
        voices[FOREIGN] = _labelled_voices()
    noises = {part: of_part(sounds, part) for part in PARTS} | {
        part: [each.x for each in left] for part in (FRESH, FOREIGN) if part in voices}
    counts = {part: len({each.recording for each in sounds if each.part == part})
              for part in PARTS} | dict.fromkeys((FRESH, FOREIGN),
                                                 len({each.recording for each in left}))
    note = "; ".join(f"{part}: {len({each.who for each in own})} speakers over {counts[part]} "
                     "noises" for part, own in voices.items())
    called = {FRESH: f"{SPOKEN}, fresh", FOREIGN: "lt_commands over ESC, fresh"}
    return replace(given, voices=voices, noises=noises, note=note, called=called)


def _labelled_voices() -> list[Voice]:
    """Each labelled word as an utterance, all of it speech."""
    return [Voice(x, np.ones(len(x), bool), each.who)
            for each in load_labelled(LT_COMMANDS) for x in each.words()]


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
