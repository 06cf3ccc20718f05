"""Lists of sounds that say what each file is, such as ``meta/esc50.csv``, as they are written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from lnnlab.data.lists import Files, absent, files_of, read_keyed, stretches
from lnnlab.data.own_files import of_kinds
from lnnlab.data.sounds.names import ENDS
from lnnlab.data.sounds.row import PARTS_BY_NAME, Layout, Row

SURE = ("word", "keyword", "label", "labels", "category", "class", "classes", "class_name",
        "class_label", "primary_label", "scene_label", "event_label", "klasse", "kategorie",
        "etikett", "classe", "etiqueta")  # headings that count more than folders do
COLUMNS = {  # role → headings, the best first
    "word": (*SURE, "target", "command", "sentence", "transcription", "transcript", "text"),
    "speaker": ("speaker", "speaker_id", "spk", "client_id", "user", "person", "subject"),
    "part": ("part", "split", "subset", "set", "partition"),
    "fold": ("fold",),
    "source": ("src_file", "fsid", "source", "original"),  # of which clips were cut
}
UNUSED = ("invalidated", "other", "reported")
SUFFIXES = (".csv", ".tsv", ".txt")
ENDINGS = re.compile(r"\.(wav|wave|flac|ogg|oga|opus|mp3|m4a|aac|mp4|wma|webm|amr|3gp|aiff?|caf)$",
                     re.IGNORECASE)  # of files as they were recorded, perhaps converted since


@dataclass(frozen=True)
class Listed:
    """What a list, or several that belong together, says of sound files.

    Attributes:
        places: the lists, below the folder.
        headings: of its columns, without that of the files.
        told: file, below the folder → role → label.
        word: the heading of the classes; ``""``: none.
        problem: how it contradicts itself, and what to do; ``""``: it does not.
        several: a name in it that several files have → these files.
        notes: sentences about it.
        spans: file → from when to when its label holds, as written.
    """

    places: tuple[str, ...]
    headings: tuple[str, ...]
    told: dict[str, dict[str, str]]
    word: str
    problem: str = ""
    several: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    spans: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def adds(self) -> bool:
        """Whether it tells whose the clips are or the like, and no words."""
        return not self.word or any(self.word in headings for role, headings in COLUMNS.items()
                                    if role != "word")

    @property
    def place(self) -> str:
        """The lists' names, in words."""
        more = len(self.places) - 3
        return ", ".join(self.places) if more < 1 else (
            f"{self.places[0]} and {len(self.places) - 1} more")

    def of(self, layout: Layout, row: Row) -> dict[str, str]:
        """What is said of a file."""
        return self.told.get(name_of(layout, row), {})


def name_of(layout: Layout, row: Row) -> str:
    """A file's name below the folder."""
    return row.path.relative_to(layout.folder).as_posix()


def lists_of(layout: Layout, files: Iterable[Path]) -> list[Listed]:
    """Every list that names sound files; those of parts are one, and those with equal columns.

    Lists that call their classes alike and speak of different files are one too.

    Args:
        layout: the folder's sound files.
        files: every file of the folder, relative to it.
    """
    own = [name_of(layout, row) for row in layout.rows]
    by_end, found = Files(own, ENDINGS), []
    for place in beside_clips(files, map(Path, own)):
        read = read_keyed(layout.folder / place, by_end)
        if read is not None:
            found.append(_listed(*read, place.as_posix(), by_end))
    parts = {each.places[0]: PARTS_BY_NAME[Path(each.places[0]).stem.casefold()] for each in found
             if each.word and Path(each.places[0]).stem.casefold() in PARTS_BY_NAME}
    if len(set(parts.values())) > 1:  # train.tsv beside validated.tsv
        return [_of_parts([each for each in found if each.word], parts)]
    alike: dict[tuple[str, ...], Listed] = {}
    for each in found:
        known = alike.get(each.headings)
        alike[each.headings] = each if known is None else _joined(known, each)
    apart: list[Listed] = []
    for each in alike.values():
        at = next((k for k, one in enumerate(apart) if each.word in SURE and (
            each.word == one.word and not one.told.keys() & each.told.keys())), None)
        if at is None:
            apart.append(each)
        else:
            apart[at] = _joined(apart[at], each)
    return apart


def beside_clips(files: Iterable[Path], clips: Iterable[Path]) -> list[Path]:
    """The tables that may speak of many clips: not of one, nor of clips that Common Voice rejects.

    Args:
        files: all, relative to the folder.
        clips: those of them that are sound.
    """
    own = {ENDS.sub("", clip.as_posix()) for clip in clips}
    return [each for each in of_kinds(files, SUFFIXES)
            if each.with_suffix("").as_posix() not in own and each.stem.casefold() not in UNUSED]


def _of_parts(found: list[Listed], parts: dict[str, str]) -> Listed:
    joined = {name: dict(own) for each in found for name, own in each.told.items()}
    for each in found:
        for name, own in each.told.items() if each.places[0] in parts else ():
            if own.get("part", "").casefold() not in PARTS_BY_NAME:  # a column says more
                joined[name]["part"] = parts[each.places[0]]
    places = tuple(each.places[0] for each in found)
    problem = next((each.problem for each in found if each.problem), "")
    notes = tuple(dict.fromkeys(note for each in found for note in each.notes))
    return replace(found[0], places=places, told=joined, notes=notes, problem=problem)


def _joined(one: Listed, other: Listed) -> Listed:
    apart = next((name for name in one.told if name in other.told and
                  one.told[name].get("word") != other.told[name].get("word")), None)
    problem = one.problem or other.problem or ("" if apart is None else (
        f"{one.place} says {one.told[apart]['word']} of {apart}, and {other.place} says "
        f"{other.told[apart]['word']}; correct one of them, or take it out"))
    return replace(one, places=one.places + other.places, told=other.told | one.told,
                   problem=problem, several=one.several | other.several,
                   notes=one.notes + other.notes, spans=other.spans | one.spans)


def _listed(table: pd.DataFrame, key: str, place: str, files: Files) -> Listed:
    columns = {role: next((each for each in names if each in table and each != key), None)
               for role, names in COLUMNS.items()}
    rest = [heading for heading in table if heading != key]
    if columns["word"] is None and len(rest) == 1:
        columns["word"] = rest[0]
    cells = [str(each).strip() for each in table[key]]
    names, several = files_of(cells, files, place)
    ends, told, spans, problem = stretches(rest), {}, {}, ""
    for cell, name, line in zip(cells, names, table.to_dict("records"), strict=True):
        each = {role: str(line[heading]).strip() for role, heading in columns.items() if heading}
        for own in several.get(cell, [name] if name else []):
            known = told.setdefault(own, each)
            role = next((one for one in known if known[one] != each[one] and (
                one == "word" or not columns["word"])), "")
            if role and not problem:
                problem = (f"{place} names {cell} twice, as {known[role]} and as "
                           f"{each[role]}; {_todo(ends)}")
            if ends:
                spans[own] = str(line[ends[0]]), str(line[ends[1]])
    words = [str(each).strip() for each in table[columns["word"]]] if columns["word"] else cells
    found = [(several.get(cell) or [name])[0] for cell, name in zip(cells, names, strict=True)]
    notes = absent(place, zip(cells, words, found, strict=True)) if columns["word"] else []
    return Listed((place,), tuple(rest), told, columns["word"] or "", problem, several,
                  tuple(notes), spans)


def _todo(columns: list[str]) -> str:
    if columns:
        return (f"stretches of a clip ({', '.join(columns)}) are not read from a list: cut each "
                "into a file of its own")
    return "leave one of the rows, or write the folders of files into the list"
