"""Which part of a path is the word, which the speaker: found from the names, not assumed.

Folders of words, of speakers, of both in either order, names that carry both, exports of Edge
Impulse, and folders ``train`` and ``test`` around any of them. What reads two ways is refused with
both readings; ``layout`` then says which.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

from lnnlab.data.own_files import litter, of_kinds, walk
from lnnlab.data.sounds.edge_impulse import LABELS, edge_impulse_rows
from lnnlab.data.sounds.file import SUFFIXES, UNREAD
from lnnlab.data.sounds.flat import by_names
from lnnlab.data.sounds.levels import by_levels
from lnnlab.data.sounds.listed import by_list, instead, refuse_unnamed, with_list
from lnnlab.data.sounds.pattern import by_pattern
from lnnlab.data.sounds.row import PARTS_BY_NAME, Layout, Row
from lnnlab.data.sounds.table import lists_of
from lnnlab.data.word_folder import LISTS, NOISE
from lnnlab.errors import OneClass, UserError

TABLES = (".csv", ".tsv", ".parquet", ".mat")  # what is a table whatever it holds
LIST = re.compile(r"(labels?|meta|metadata|list|index)\b", re.IGNORECASE)


def holds_sound(folder: Path) -> bool:
    """Whether a folder is one of sounds: most files are, or a table lies beside each of them."""
    files, _ = walk(folder)
    sounds = {each.with_suffix("") for each in of_kinds(files, SUFFIXES)}
    alone = [each for each in of_kinds(files, TABLES) if each.with_suffix("") not in sounds
             and not LIST.match(each.stem)]
    return mostly_sound(folder) or bool(sounds) and not alone


def mostly_sound(folder: Path) -> bool:
    """Whether more files of a folder are sound than tables."""
    files, _ = walk(folder)
    return len(of_kinds(files, (*SUFFIXES, *UNREAD))) > len(of_kinds(files, TABLES))


def find_layout(folder: Path, asked: str = "") -> Layout:
    """Read the names of a folder.

    Args:
        folder: with sound files anywhere below it.
        asked: the layout in words where names do not tell, such as ``"speaker/word"``,
            ``"word/speaker"`` or ``"{word}_{speaker}_{n}"``; see
            :func:`lnnlab.data.sounds.pattern.by_pattern`.

    Raises:
        UserError: there is no sound, some that cannot be decoded, or no way or two ways to read
            the names.
    """
    files, left_out = walk(folder)
    sounds = of_kinds(files, SUFFIXES)
    refuse_unread(folder, files)
    if not sounds:
        raise UserError(f"{folder}: no sound files in it; give each word a folder of its own, "
                        f"such as {folder.name}/yes/1.wav")
    noises = [each for each in sounds if NOISE in each.parts[:-1]]
    rows = [Row(folder / each, each.parts) for each in sounds if NOISE not in each.parts[:-1]]
    told = (*LISTS.values(), LABELS)
    left_out |= {str(each): "no sound" for each in files
                 if each not in set(sounds) and each.name not in told}
    left_out |= _empty_folders(folder, files)
    layout = Layout(folder, rows, [folder / each for each in noises], "", left_out=left_out)
    labels = [each for each in files if each.name == LABELS]
    if asked:
        return _checked(by_pattern(layout, asked))
    if labels:
        return _checked(edge_impulse_rows(layout, labels))
    stripped = _without_parts(_without_wrapper(layout))
    lists = lists_of(stripped, files)
    try:
        found = _checked(_apart(_read(stripped)))
    except UserError as error:
        listed = by_list(stripped, lists)
        if listed is None:
            refuse_unnamed(stripped, lists, error)
            raise
        return _checked(listed)
    listed = instead(found, stripped, lists)
    return with_list(found, lists) if listed is None else _checked(listed)


def refuse_unread(folder: Path, files: list[Path]) -> None:
    """Refuse sound that cannot be decoded, before the rest is taken for all there is.

    Raises:
        UserError: there is some.
    """
    unread = of_kinds(files, UNREAD)
    if unread:
        raise UserError(
            f"{folder / unread[0]}: {len(unread)} file(s) of a kind that is not read "
            f"({', '.join(sorted({each.suffix.lower() for each in unread}))}); convert them to wav "
            "or flac, or take them out"
        )


def _empty_folders(folder: Path, files: list[Path]) -> dict[str, str]:
    full = {each.parts[0] for each in files if len(each.parts) > 1}
    return {f"{each.name}/": "an empty folder" for each in sorted(folder.iterdir())
            if each.is_dir() and each.name not in full and not litter(each.name)}


def _without_wrapper(layout: Layout) -> Layout:
    """Folders that everything lies in tell nothing, as long as folders are left."""
    rows = layout.rows
    while min((len(each.parts) for each in rows), default=0) > 2 and (
        len({each.parts[0] for each in rows}) == 1
    ):
        rows = [replace(each, parts=each.parts[1:]) for each in rows]
    return replace(layout, rows=rows)


def _without_parts(layout: Layout) -> Layout:
    """Take a level of folders such as ``train`` and ``test`` for the parts."""
    rows = layout.rows
    for level in range(min((len(each.parts) for each in rows), default=1) - 1):
        found = {each.parts[level] for each in rows}
        parts = {PARTS_BY_NAME.get(each.casefold(), "") for each in found}
        if "" not in parts and len(parts) > 1:
            rows = [replace(each, part=PARTS_BY_NAME[each.parts[level].casefold()],
                            parts=each.parts[:level] + each.parts[level + 1 :]) for each in rows]
            break
    return replace(layout, rows=rows)


def _read(layout: Layout) -> Layout:
    depths = {len(each.parts) - 1 for each in layout.rows}
    if depths == {0}:
        return by_names(layout)
    loose = {str(each.path.relative_to(layout.folder)): "lies in no word's folder"
             for each in layout.rows if len(each.parts) == 1}
    rows = [each for each in layout.rows if len(each.parts) > 1]
    layout = replace(layout, rows=rows, left_out=layout.left_out | loose)
    first = {each.parts[0] for each in rows}
    if depths - {0} == {1} and len(first) == 1:
        try:
            return by_names(layout)
        except UserError:
            raise OneClass(
                f"{layout.folder}: one class only, '{first.pop()}', and names such as "
                f"{rows[0].path.name} tell no words; give each word a folder of its own, or say "
                "layout='*/{word}-*' or the like") from None
    return by_levels(layout)


def _checked(layout: Layout) -> Layout:
    """Refuse words that differ in nothing that is heard, single words, and words of one clip.

    Raises:
        UserError: one of these.
    """
    counts = Counter(each.word for each in layout.rows)
    alike: dict[str, str] = {}
    for word in counts:
        plain = " ".join(unicodedata.normalize("NFC", word).casefold().split())
        other = alike.setdefault(plain, word)
        if other != word:
            raise UserError(f"{layout.folder}: words '{other}' and '{word}' differ only by case or "
                            "blanks; give both one name")
    few = min(counts, key=counts.get)
    if len(counts) == 1:
        raise OneClass(f"{layout.folder}: one class only, '{few}', from {layout.classes_from}; a "
                        "classifier needs two, each in a folder of its own")
    if counts[few] < 2:
        place = layout.folder / few
        raise UserError(
            f"{place if place.is_dir() else layout.folder}: {counts[few]} clip(s)"
            f"{'' if place.is_dir() else f' of word {few!r}'}; a word needs two at least, better "
            "twenty: record more, or remove the folder"
        )
    return layout


def _apart(layout: Layout) -> Layout:
    """Refuse parts as classes."""
    parts = sorted({each.word for each in layout.rows if each.word.casefold() in PARTS_BY_NAME})
    if len(parts) > 1:
        others = sorted({each.word for each in layout.rows} - set(parts))
        raise UserError(
            f"{layout.folder}: folders {', '.join(parts)} look like parts of a split"
            + (f", but {', '.join(others[:3])} does not" if others else "")
            + "; give each word a folder within them, or say what is what by layout='part/word'"
        )
    return layout
