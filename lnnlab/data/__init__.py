"""Data: every corpus as one :class:`Dataset`, and splits that do not leak."""

import inspect
from collections.abc import Callable
from pathlib import Path

from lnnlab import paths
from lnnlab.data.bearing_simulator import load_bearing_sim
from lnnlab.data.ceiling_fan import load_ceiling_fan
from lnnlab.data.cwru import load_cwru
from lnnlab.data.dataset import Dataset
from lnnlab.data.esc import load_esc10, load_esc50, load_wildlife
from lnnlab.data.event_simulator import load_event_sim, load_wildlife_sim
from lnnlab.data.pronostia import load_pronostia
from lnnlab.data.sensor_csv import load_csv
from lnnlab.data.skab import load_skab
from lnnlab.data.sounds.file import SUFFIXES, UNREAD
from lnnlab.data.sounds.layout import holds_sound
from lnnlab.data.speech_commands import (
    load_speech_commands,
    load_speech_commands_35,
    load_word_folder,
)
from lnnlab.data.speech_commands_wide import (
    load_speech_commands_wide,
    load_speech_commands_wide_spoken,
    load_speech_commands_wide_unmade,
)
from lnnlab.data.splits import Split, check_split, make_splits, one_of_each, refitted
from lnnlab.data.spoken_words import load_spoken_words, load_spoken_words_wide
from lnnlab.data.uav_propeller import load_uav_propeller
from lnnlab.errors import UserError, unknown

__all__ = ["CORPORA", "Dataset", "Split", "check_split", "load", "make_splits", "one_of_each",
           "refitted"]

CORPORA: dict[str, Callable[..., Dataset]] = {
    "bearing_sim": load_bearing_sim,
    "cwru": load_cwru,
    "ceiling_fan": load_ceiling_fan,
    "pronostia": load_pronostia,
    "skab": load_skab,
    "uav_propeller": load_uav_propeller,
    "spoken_words": load_spoken_words,
    "spoken_words_wide": load_spoken_words_wide,
    "speech_commands": load_speech_commands,
    "speech_commands_35": load_speech_commands_35,
    "speech_commands_wide": load_speech_commands_wide,
    "speech_commands_wide_spoken": load_speech_commands_wide_spoken,
    "speech_commands_wide_unmade": load_speech_commands_wide_unmade,
    "event_sim": load_event_sim,
    "wildlife_sim": load_wildlife_sim,
    "esc10": load_esc10,
    "esc50": load_esc50,
    "esc50_wildlife": load_wildlife,
}


def load(corpus: str, **options: object) -> Dataset:
    """A corpus by name, or your own table, or folder of tables or words, by path.

    Args:
        corpus: a key of ``CORPORA``, or a path: absolute, or below the current or the
            project's folder.
        options: arguments of the corpus's loader, such as ``window`` and ``overlap``; those of a
            path are :func:`lnnlab.data.sensor_csv.load_csv`'s, or of a folder of sound files
            :func:`lnnlab.data.speech_commands.load_word_folder`'s. None means the loader's default.

    Raises:
        UserError: corpus or option is unknown, or the data are wrong.
    """
    given = {name: value for name, value in options.items() if value is not None}
    return _call(*_loader(corpus), corpus, given)


def options_of(corpus: str) -> tuple[str, ...]:
    """What may be said of a corpus when it is loaded, such as ``"window"``; clips have none.

    Raises:
        UserError: see :func:`load`.
    """
    loader, first = _loader(corpus)
    return tuple(inspect.signature(loader).parameters)[len(first):]


def _loader(corpus: str) -> tuple[Callable[..., Dataset], tuple[Path, ...]]:
    """The loader of a corpus, and its first arguments: the path of a person's own."""
    if corpus in CORPORA:
        return CORPORA[corpus], ()
    path = paths.user_file(corpus)
    if not path.exists():
        if path.suffix or "/" in str(corpus):
            raise UserError(f"{corpus}: no such file or folder")
        raise unknown("corpus", corpus, (*CORPORA, "a path to a CSV file or folder"))
    if path.suffix.lower() in (*SUFFIXES, *UNREAD):
        raise UserError(f"{corpus}: one sound file; give the folder that holds a folder of "
                        "such files for each word")
    spoken = path.is_dir() and holds_sound(path)
    return load_word_folder if spoken else load_csv, (path,)


def _call(
    loader: Callable[..., Dataset], first: tuple[Path, ...], corpus: str, options: dict
) -> Dataset:
    known = list(inspect.signature(loader).parameters)[len(first):]
    for name in options:
        if name not in known:
            raise unknown(f"option of corpus '{corpus}'", name, known)
    return loader(*first, **options)
