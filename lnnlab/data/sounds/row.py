"""The sound files of a person's folder, and what their paths say."""

from dataclasses import dataclass, field
from pathlib import Path

PARTS_BY_NAME = {
    "train": "train", "training": "train", "trainset": "train", "train_set": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "validation_set": "validation", "val_set": "validation",
    "test": "test", "testing": "test", "testset": "test", "test_set": "test", "eval": "test",
    "evaluation": "test",
}  # folder's name in small letters → part


@dataclass(frozen=True)
class Row:
    """A file and what its path says.

    Attributes:
        path: the file.
        parts: folders and the file's name, as far as they are not read yet.
        word, speaker, part: what is known; ``""``: nothing.
        groups: grouping → label, such as ``"folder"`` or what a layout names.
    """

    path: Path
    parts: tuple[str, ...]
    word: str = ""
    speaker: str = ""
    part: str = ""
    groups: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """How a person's sound folder was read.

    Attributes:
        folder: which.
        rows: its clips, each with word, speaker (``""``: unknown) and part (``""``: not said).
        noises: recordings of the background.
        classes_from, speakers_from: where words and speakers stand, in words; ``""``: nowhere.
        left_out: file → why.
        notes: further sentences.
    """

    folder: Path
    rows: list[Row]
    noises: list[Path]
    classes_from: str
    speakers_from: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
