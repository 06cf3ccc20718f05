"""Environmental sounds of five seconds: ESC-50 and ESC-10, and folders that are named like them.

Piczak 2015, "ESC: Dataset for Environmental Sound Classification" (ACM Multimedia 23, 1015-1018).
A file is ``<fold>-<recording>-<take>[-<class>]``: clips of one source recording lie in one fold, so
folds are what is held out, and source recordings are what an interval is drawn over.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lnnlab import paths
from lnnlab.data.dataset import Dataset
from lnnlab.data.lists import read_list
from lnnlab.data.own_files import natural, of_kinds, walk
from lnnlab.data.sounds.file import SUFFIXES, Sound
from lnnlab.data.sounds.telling import changes_in_words, warnings
from lnnlab.data.word_folder import RATE_HZ, read_clips, samples_of
from lnnlab.errors import UserError, unknown

SOURCE = "github.com/karolpiczak/ESC-50 ('lnnlab fetch esc50' does it)"
META = "meta/esc50.csv"
SECONDS = 5.0
NAMED = re.compile(r"(?P<fold>\d+)-(?P<source>\d+)-(?P<take>[A-Za-z]+)(?:-\d+)?$")
NUMBERED = re.compile(r"^\d+ - ")  # before the class in ESC-10's folders
CALLS = ("chirping_birds", "crickets", "crow", "frog", "insects")
WEATHER = ("crackling_fire", "rain", "sea_waves", "thunderstorm", "wind")
SUBSETS = ("", "esc10")


@dataclass(frozen=True)
class EscClip:
    """One file: its class, the fold and the source recording that its name tells."""

    path: Path
    label: str
    fold: str
    source: str


def load_esc50(subset: str = "", folder: str = "esc50", seconds: float = SECONDS) -> Dataset:
    """ESC-50: 2,000 clips of 50 classes in 5 folds, or its ten classes that are ESC-10.

    Args:
        subset: ``"esc10"`` for the ten classes alone.
        folder: below the data folder, or a path; with ``meta/esc50.csv`` and ``audio``, or with a
            folder for each class.
        seconds: of a clip; shorter ones are padded, of longer ones the loudest stretch is taken.

    Raises:
        UserError: the corpus is absent, or the list names files that are.
    """
    if subset not in SUBSETS:
        raise unknown("subset of ESC-50", subset, SUBSETS)
    return _dataset(_place(folder), subset or "esc50", seconds, subset)


def load_esc10(folder: str = "esc10", seconds: float = SECONDS) -> Dataset:
    """ESC-10: ten classes, told apart by people at 96 %; folds as far as they are in the folder.

    Args:
        folder, seconds: see :func:`load_esc50`.

    Raises:
        UserError: see :func:`load_esc50`.
    """
    return _dataset(_place(folder), "esc10", seconds)


def load_wildlife(folder: str = "esc50_wildlife", seconds: float = SECONDS) -> Dataset:
    """Ten classes of ESC-50: five of animals that call, five of weather and the like.

    The weather is background: a recorder in the field should keep silent about it, and its classes
    stand last.

    Args:
        folder, seconds: see :func:`load_esc50`.

    Raises:
        UserError: see :func:`load_esc50`, or a class is missing.
    """
    return _dataset(_place(folder), "esc50_wildlife", seconds, "wildlife")


def _place(folder: str) -> Path:
    """A path of the user's, or a folder below the data folder."""
    own = paths.user_file(folder)
    return own if own.is_dir() else paths.corpus(folder, SOURCE)


def esc_clips(place: Path, ten: bool = False) -> list[EscClip]:
    """Every clip of a folder, in the order of classes and names.

    Args:
        place: of the corpus.
        ten: only those that the list marks as ESC-10's.

    Raises:
        UserError: there is no clip, a name tells no fold, or the list names an absent file.
    """
    lists = sorted(place.rglob(META))
    found = _listed(lists[0], ten) if lists else _in_folders(place)
    return sorted(found, key=lambda each: (each.label, natural(each.path.name)))


def _listed(meta: Path, ten: bool) -> list[EscClip]:
    """The clips of the official list."""
    audio = meta.parent.parent / "audio"
    table = read_list(meta, lambda name: name.endswith(".wav"))
    needed = {"filename", "fold", "category", "esc10", "src_file"}
    if table is None or not needed <= set(table.columns):
        raise UserError(f"{meta}: is no list of ESC-50 (columns {', '.join(sorted(needed))}); "
                        "fetch the corpus again")
    if ten:
        table = table[table["esc10"].str.casefold() == "true"]
    absent = [name for name in table["filename"] if not (audio / name).is_file()]
    if absent:
        raise UserError(f"{meta}: names {len(absent)} file(s) that are not in {audio}, such as "
                        f"{absent[0]}; fetch the corpus again")
    return [EscClip(audio / name, label, fold, f"{fold}-{source}") for name, label, fold, source
            in table[["filename", "category", "fold", "src_file"]].itertuples(index=False)]


def _in_folders(place: Path) -> list[EscClip]:
    """The clips of a folder with a folder for each class."""
    files = of_kinds(walk(place)[0], SUFFIXES)
    if not files:
        raise UserError(f"{place}: no sound files in it; get the corpus from {SOURCE}")
    found = []
    for each in files:
        told = NAMED.fullmatch(each.stem)
        if told is None or len(each.parts) < 2:
            raise UserError(
                f"{place / each}: its name tells no fold and recording, as 1-100032-A.ogg in a "
                f"folder of its class does; for sounds of your own give the path {place} as corpus")
        label = NUMBERED.sub("", each.parts[-2])
        fold, source = told["fold"], told["source"]
        found.append(EscClip(place / each, label, fold, f"{fold}-{source}"))
    return found


def _dataset(place: Path, name: str, seconds: float, subset: str = "") -> Dataset:
    clips = esc_clips(place, subset == "esc10")
    classes = tuple(sorted({each.label for each in clips}))
    background: tuple[str, ...] = ()
    if subset == "wildlife":
        lacking = sorted(set(CALLS + WEATHER) - set(classes))
        if lacking:
            raise UserError(f"{place}: no clips of {', '.join(lacking)}; get them from {SOURCE}")
        classes, background = CALLS + WEATHER, WEATHER
        clips = [each for each in clips if each.label in classes]
    length = samples_of(seconds)
    x, sounds = read_clips([each.path for each in clips], length)
    takes: Counter[str] = Counter()
    start = []
    for each in clips:  # takes of one recording lie side by side: none is part of another
        start.append(takes[each.source] * length)
        takes[each.source] += 1
    return Dataset(
        name=name, x=x[..., None], y=np.array([classes.index(each.label) for each in clips]),
        classes=classes, channels=("sound",), rate_hz=float(RATE_HZ),
        groups={"recording": np.array([each.source for each in clips]),
                "fold": np.array([each.fold for each in clips])},
        start=np.array(start), background_classes=background,
        note=_note(clips, sounds, seconds),
    )


def _note(clips: list[EscClip], sounds: list[Sound], seconds: float) -> str:
    """The caption's sentences: how many clips, of what, and what was changed."""
    recordings, folds = ({getattr(each, name) for each in clips} for name in ("source", "fold"))
    names = [each.path.name for each in clips]
    lines = [f"{len(clips):,} clips of {seconds:g} s from {len(recordings):,} source recordings in "
             f"{len(folds)} fold{'s' * (len(folds) != 1)}."]
    return " ".join([*lines, *changes_in_words(sounds, names), *warnings(sounds, names)])
