"""A dataset of clips: those of every word, or of commands with unknown words and silence."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lnnlab.data.account import Account
from lnnlab.data.dataset import Dataset
from lnnlab.data.sounds.file import Sound, at_one_scale, read_sound
from lnnlab.data.sounds.parts import UNKNOWN_SPEAKERS, voices
from lnnlab.data.sounds.row import Layout, Row
from lnnlab.data.sounds.telling import account_of, copies, warnings
from lnnlab.data.word_folder import (
    CLIP,
    NOISE,
    PARTS,
    RATE_HZ,
    SILENCE,
    UNKNOWN,
    Clip,
    background_parts,
    read_clips,
    samples_of,
    silences,
)
from lnnlab.errors import UserError

SHARE = 0.1  # of clips of a part that are unknown words, and that are silence, where drawn here
SOUND = ("sound",)  # channels of every corpus of clips


@dataclass(frozen=True)
class Material:
    """What a dataset of clips is made of.

    Attributes:
        folder: where it lies.
        clips: with word, speaker and part.
        noises: recordings of the background.
        own: a person's folder as it was read, and how its parts came about; None: published.
        seconds: of a clip.
    """

    folder: Path
    clips: Sequence[Clip | Row]
    noises: Sequence[Path]
    own: tuple[Layout, str] | None = None
    seconds: float = 1.0


def assembled(
    given: Material, commands: Sequence[str], name: str, seed: int
) -> Dataset:
    """The clips of every word, or of some commands with unknown words and silence.

    Args:
        given: what there is.
        commands: the words to tell apart; none: every word.
        name: of the dataset; empty: the folder's.
        seed: of what is drawn.

    Raises:
        UserError: a command has no folder, or nothing is there to draw silence from.
    """
    clips = list(given.clips)
    own = {each.word for each in clips}
    absent = [word for word in commands if word not in own]
    if absent:
        raise UserError(f"{given.folder}: no folder for {', '.join(absent)}; it has "
                        f"{', '.join(sorted(own))}")
    if not commands:
        special = [word for word in (UNKNOWN, SILENCE) if word in own]
        if given.own is None:  # the task of all words has neither
            clips, special = [each for each in clips if each.word not in special], []
        words = sorted({each.word for each in clips} - set(special))
        return _dataset(replace(given, clips=clips), (*words, *special), name)
    if UNKNOWN not in own:
        clips = _with_unknown(clips, commands, seed)
    clips = [each for each in clips if each.word in (*commands, UNKNOWN, SILENCE)]
    counts: list[int] = []  # of seconds of silence to draw
    if SILENCE not in own:
        counts = [round(SHARE * sum(each.part == part for each in clips)) for part in PARTS]
    return _dataset(replace(given, clips=clips), (*commands, UNKNOWN, SILENCE), name, counts, seed)


def _with_unknown(clips: list[Clip | Row], commands: Sequence[str], seed: int) -> list[Clip | Row]:
    """The commands' clips, and so many of other words that they make up ``SHARE`` of a part."""
    random, kept = np.random.default_rng(seed), [each for each in clips if each.word in commands]
    for part in PARTS:
        others = [each for each in clips
                  if each.word not in (*commands, SILENCE) and each.part == part]
        wanted = round(SHARE * sum(each.part == part for each in kept))
        chosen = random.permutation(len(others))[:wanted]
        kept += [replace(others[k], word=UNKNOWN) for k in sorted(chosen)]
    return kept


def _dataset(
    given: Material, classes: tuple[str, ...], name: str, silent: Sequence[int] = (), seed: int = 0
) -> Dataset:
    given, heard = _surroundings(given, bool(silent))
    clips, length = given.clips, samples_of(given.seconds)
    x, sounds = read_clips([each.path for each in clips], length, beside=heard)
    noises = [each.x for each in at_one_scale(heard, sounds)]
    drawn = dict(zip(PARTS, silences(noises, silent, seed), strict=True)) if silent else {}
    words = [each.word for each in clips] + [SILENCE] * sum(len(each) for each in drawn.values())
    parts = [each.part for each in clips] + [p for p, each in drawn.items() for _ in each]
    names = [f"{each.word}/{each.path.name}" if given.own is None
             else str(each.path.relative_to(given.folder)) for each in clips]
    names += [f"{SILENCE}/{part} {k}" for part, each in drawn.items() for k in range(len(each))]
    speakers = [each.speaker for each in clips] + [""] * (len(words) - len(clips))
    background_classes = tuple(
        _called(each) for each in classes if each in (UNKNOWN, SILENCE))
    return Dataset(
        name=name or given.folder.name, x=np.concatenate([x, *drawn.values()])[..., None],
        y=np.array([classes.index(word) for word in words]),
        classes=tuple(map(_called, classes)), channels=SOUND,
        rate_hz=float(RATE_HZ),
        groups={"recording": np.array(names), "speaker": np.array(speakers),
                **_groups(given, len(words))},
        start=np.zeros(len(words), int), part=np.array(parts),
        background=background_parts(noises),
        background_classes=background_classes, note=_note(given, len(words), sounds),
        account=None if given.own is None else _account(given, x, sounds),
    )


def _surroundings(given: Material, silent: bool) -> tuple[Material, list[Sound]]:
    """The recordings of the background that are long enough, as they sound; own ones that are not
    are told.

    Raises:
        UserError: there are none, and silence is to be drawn from them.
    """
    heard = {each: read_sound(each, RATE_HZ) for each in given.noises}
    short = {path.name: f"{int(100 * len(each.x) / RATE_HZ) / 100:g} s, a background needs 1 s"
             for path, each in heard.items() if len(each.x) < CLIP}
    kept = {path: each for path, each in heard.items() if len(each.x) >= CLIP}
    if silent and not kept:
        why = "".join(f"; {name}: {words}" for name, words in list(short.items())[:3])
        raise UserError(
            f"{given.folder}: no {SILENCE} and no {NOISE}/*.wav of a second or longer{why}")
    if given.own is not None:
        sounding = {path: each for path, each in kept.items() if not each.silent}
        if sounding:  # else silence is all there is, and is what was meant
            short |= {path.name: "silent throughout" for path in kept if path not in sounding}
            kept = sounding
        layout, rule = given.own
        if kept and not sounding:
            names = ", ".join(f"{NOISE}/{path.name}" for path in list(kept)[:3])
            layout = replace(layout, notes=(*layout.notes,
                                            f"The background is silent throughout ({names})."))
        told = {f"{NOISE}/{name}": why for name, why in short.items()}
        layout = replace(layout, noises=list(kept), left_out=told | layout.left_out)
        given = replace(given, own=(layout, rule))
    return replace(given, noises=list(kept)), list(kept.values())


def _called(word: str) -> str:
    """A class as it is shown; a person's own ``C_`` and ``C`` stay two names."""
    return word.strip("_") if word in (UNKNOWN, SILENCE) else word


def _account(given: Material, x: np.ndarray, sounds: Sequence[Sound]) -> Account:
    made = account_of(given.own, given.clips, sounds)
    return replace(made, notes=(*made.notes, *copies(x, given.clips, given.folder)))


def _groups(given: Material, count: int) -> dict[str, np.ndarray]:
    """Further groupings of a person's folder; what was drawn belongs to none."""
    if given.own is None:
        return {}
    known = dict.fromkeys(name for each in given.clips for name in each.groups)
    drawn = [""] * (count - len(given.clips))
    return {name: np.array([each.groups.get(name, "") for each in given.clips] + drawn)
            for name in known}


def _note(given: Material, count: int, sounds: Sequence[Sound]) -> str:
    """The caption's sentences: how many clips, whose, and what was changed."""
    speakers = [each.speaker for each in given.clips]
    people = len(set(speakers) - {""})
    said = "none on two sides" if people else UNKNOWN_SPEAKERS
    if given.own is not None:
        said = voices(speakers, [each.part for each in given.clips])
    whose = said if not people else f"{people} speakers, {said}"
    changes = Counter(change for sound in sounds for change in sound.changes)
    lines = [f"{many} clips {what}." for what, many in changes.items()]
    slow = warnings(sounds) if given.own is not None else []
    long = "a second" if given.seconds == 1 else f"{given.seconds:g} s"
    return " ".join([f"{count:,} clips of {long}, {whose}.", *lines, *slow])
