"""Sounds in folders: which level of them is the word, and whose voices the others are."""

from dataclasses import replace

from lnnlab.data.sounds import names
from lnnlab.data.sounds.flat import words_in_names
from lnnlab.data.sounds.row import Layout, Row
from lnnlab.data.word_folder import HASHED, speaker_of
from lnnlab.errors import UserError

SURE = 0.5  # share of known words from which names are taken for words


def by_levels(layout: Layout) -> Layout:
    """Words and speakers of files that lie one or more folders deep.

    A level of known words is the word; a level named as people, folds or dates is none. Files
    named by words beside folders that are none are ``speaker/word.wav``.

    Raises:
        UserError: the names read two ways, or tell no words.
    """
    rows = layout.rows
    deepest = max(len(each.parts) for each in rows) - 1
    levels = [[each.parts[k] if k < len(each.parts) - 1 else "" for each in rows]
              for k in range(deepest)]
    in_names = words_in_names(rows)
    at = _word_level(layout, levels, in_names)
    words = in_names if at is None else levels[at]
    others = [k for k in range(deepest) if k != at]
    others.sort(key=lambda k: -names.likeness_to_speakers(levels[k]))
    speakers, speakers_from = [""] * len(rows), ""
    by_name = [_speaker_in(each, word) for each, word in zip(rows, words, strict=True)]
    if all(by_name):
        speakers, speakers_from = by_name, "the file names"
    elif others:
        beside = levels[others[0]]
        if names.are_settings(beside) or names.are_machines(words):
            rows = [replace(each, groups={"folder": label})
                    for each, label in zip(rows, beside, strict=True)]
        else:
            speakers, speakers_from = beside, f"the {_ordinal(others[0])} folders"
    rows = [replace(each, word=word, speaker=speaker)
            for each, word, speaker in zip(rows, words, speakers, strict=True)]
    source = "the file names" if at is None else (
        "the folders" if deepest == 1 else f"the {_ordinal(at)} folders")
    return replace(layout, rows=rows, classes_from=source, speakers_from=speakers_from,
                   notes=_hint(levels, at, rows))


def _word_level(layout: Layout, levels: list[list[str]], in_names: list[str]) -> int | None:
    """The level of folders that is the word; None: the file names are."""
    named = len(set(in_names) - {""}) > 1 and "" not in in_names and all(
        names.crossed(in_names, each) or len(set(each)) == 1 for each in levels)
    columns: dict[int | None, list[str]] = dict(enumerate(levels))
    columns = {k: each for k, each in columns.items() if len(set(each)) > 1 and "" not in each}
    if named:
        columns[None] = in_names
    if not columns:
        return 0
    for k, labels in columns.items():  # files that repeat their folder's name: yes/yes_01.wav
        if k is not None and [each.casefold() for each in labels] == [
                each.casefold() for each in in_names]:
            return k
    likeness = {k: names.likeness_to_words(each) for k, each in columns.items()}
    states = {each.casefold() for each in in_names}
    known = any(value >= SURE for k, value in likeness.items() if k is not None)
    if None in columns and states <= names.MACHINES and states & names.STATES and (
            states <= names.STATES or not known):
        return None  # states of several machines, each in a folder
    best = max(likeness, key=likeness.get)
    rest = [value for k, value in likeness.items() if k != best]
    if len(columns) == 1:
        _refuse_others(layout, columns[best])
    if len(columns) == 1 or likeness[best] >= SURE and max(rest) < likeness[best]:
        return best
    people = {k: names.likeness_to_speakers(each) for k, each in columns.items()}
    left = [k for k, value in people.items() if value < 0.8]
    if len(left) == 1:
        return left[0]
    first, second = list(columns)[:2]
    if len(left) == 2 and None not in left and not names.crossed(levels[second], levels[first]):
        return first  # every folder within lies in one folder only: no word is said in two
    raise _two_ways(layout, columns[first], columns[second], second is None)


def _refuse_others(layout: Layout, labels: list[str]) -> None:
    """Refuse folders as words that are people, folds or sessions by their names."""
    distinct = sorted(set(labels))
    people = all(names.SPEAKER.fullmatch(each) for each in distinct)
    if people or all(names.SETTING.fullmatch(each) for each in distinct):
        raise UserError(
            f"{layout.folder}: folders {', '.join(distinct[:3])} are named like "
            f"{'speakers' if people else 'sessions or folds'}, and the files, such as "
            f"{layout.rows[0].path.name}, tell no words; say where the word is, such as "
            "layout='speaker/*-{word}-*', or layout='word/*' if the folders are the classes"
        )


def _two_ways(layout: Layout, one: list[str], other: list[str], in_files: bool) -> UserError:
    first, second = (", ".join(sorted(set(each))[:3]) for each in (one, other))
    inner = "file names" if in_files else "inner folders"
    exact = "word/*" if in_files else "word/speaker"
    return UserError(
        f"{layout.folder}: reads two ways: words {first} from the folders, or words {second} from "
        f"the {inner}; say layout='{exact}' or layout='speaker/word'"
    )


def _hint(levels: list[list[str]], at: int | None, rows: list[Row]) -> tuple[str, ...]:
    """A sentence where files of equal numbers in every folder may be the words."""
    if at != 0 or len(levels) != 1 or names.likeness_to_words(levels[0]) >= SURE:
        return ()
    numbers = [names.stem(each.path) for each in rows]
    if not all(each.isdecimal() for each in numbers) or not names.crossed(numbers, levels[0]):
        return ()
    return ("If the folders are speakers and the numbers are the words, say "
            "layout='speaker/{word}'.",)


def _speaker_in(row: Row, word: str) -> str:
    """Whose voice a file's own name says it is."""
    if HASHED.search(row.path.name):
        return speaker_of(row.path.name)
    found = names.SPEAKER.search(names.stem(row.path))
    if found:
        return found.group(0)
    pieces = names.stem(row.path).split("_")  # as Free Spoken Digits: 3_anna_12
    fits = len(pieces) == 3 and pieces[2].isdecimal() and pieces[0] == word
    return pieces[1] if fits else ""


def _ordinal(level: int) -> str:
    return ("first", "second", "third")[level] if level < 3 else f"{level + 1}th"
