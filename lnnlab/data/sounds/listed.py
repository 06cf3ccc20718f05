"""Whether a list, the folders or the names of sound files tell their classes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import soundfile

from lnnlab.data.lists import like_classes, stretches
from lnnlab.data.sounds.names import ENDS, are_machines, likeness_to_words
from lnnlab.data.sounds.row import PARTS_BY_NAME, Layout, Row
from lnnlab.data.sounds.table import COLUMNS, SURE, Listed, name_of
from lnnlab.data.tables.names import says_how
from lnnlab.errors import UserError

GROUPS = ("fold", "source")
EITHER = ("category", "kategorie")  # headings that may say how clips were recorded
COVERED = 0.5  # share of the files that a list must name
CUT_ALREADY = {*COLUMNS["fold"], *COLUMNS["source"], "slice_file_name"}  # times are the source's
LOOKED_AT = 20  # clips whose length is compared with their label's
WHOLE = 0.9  # of a clip: a label that holds for so much holds for all of it
SECOND = 1.05


def by_list(layout: Layout, lists: Sequence[Listed]) -> Layout | None:
    """Words, and speakers, parts and groups where they are there, from a list of files.

    Args:
        layout: the folder's sound files, whose folders and names tell no words.
        lists: see :func:`lnnlab.data.sounds.table.lists_of`.

    Returns:
        None where no list names most of the files and has a column ``label``, ``category`` or
        the like, or of two columns another one.

    Raises:
        UserError: the list contradicts itself, or tells no class but could.
    """
    for each in lists:
        rows = [row for row in layout.rows if each.of(layout, row).get("word")]
        if len(rows) >= COVERED * len(layout.rows):
            if each.problem:
                raise UserError(f"{layout.folder}: {each.problem}")
            return _told(layout, each)
    return None


def with_list(layout: Layout, lists: Sequence[Listed]) -> Layout:
    """A layout whose folders or names tell the words, with what a list adds to them.

    A list of the same words, or of none, may tell speakers, parts and groups; one of other words
    changes nothing.
    """
    if any(row.speaker or row.part for row in layout.rows):
        return layout
    for each in lists:
        own = [each.of(layout, row) for row in layout.rows]
        fitting = sum(
            bool(one) if each.adds else one.get("word", "").casefold() == row.word.casefold()
            for one, row in zip(own, layout.rows, strict=True))
        unclear = each.problem or each.adds and each.several
        if fitting >= COVERED * len(layout.rows) and not unclear:
            rows = [_with(row, one | {"word": row.word})
                    for row, one in zip(layout.rows, own, strict=True)]
            speakers, unused = each.place if any(row.speaker for row in rows) else "", ()
            if (columns := stretches(each.headings)) and not CUT_ALREADY & set(each.headings):
                unused = (f"Columns {', '.join(columns)} of {each.place} are not used.",)
            return replace(layout, rows=rows, speakers_from=speakers,
                           notes=(*layout.notes, *unused),
                           left_out=_without(layout.left_out, each))
    return layout


def instead(found: Layout, layout: Layout, lists: Sequence[Listed]) -> Layout | None:
    """The words from a list of all clips that says something else than folders or names do.

    Args:
        found: words from folders or names.
        layout: the same files before.
        lists: of the folder.

    Returns:
        None where no list has a column of classes, or it says what folders and names say.

    Raises:
        UserError: list and folders tell the same classes of which some clips have another, a list
            speaks of some clips only, or either may tell the classes.
    """
    for each in lists:
        sure = each.word in SURE
        if not sure and not _may_tell(found, each):
            continue
        pairs = [(each.of(found, row).get("word", ""), row) for row in found.rows]
        pairs = [(word, row) for word, row in pairs if word]
        if len(pairs) < COVERED * len(found.rows):
            continue
        own, others = ({" ".join(one.casefold().split()) for one in words} for words in (
            [one["word"] for one in each.told.values()], [row.word for row in found.rows]))
        if each.problem and not (each.several and own <= others):
            raise UserError(f"{found.folder}: {each.problem}")
        if each.problem or _one_to_one(pairs) or not _are_classes([word for word, _ in pairs]):
            continue
        if own <= others:
            if sure:
                _refuse_apart(found, each, pairs)
            continue
        _refuse_some(found, each, len(pairs))
        return _told(layout, each)
    return None


def refuse_unnamed(layout: Layout, lists: Sequence[Listed], error: UserError) -> None:
    """Say of a list without a column of classes what it lacks, where nothing else tells them.

    Raises:
        UserError: there is such a list; of the kind of ``error``.
    """
    for each in lists:
        if each.word or len(each.told) < COVERED * len(layout.rows) or not each.headings:
            continue
        place, count = layout.folder / each.places[0], len(each.told)
        if all(heading.isdecimal() for heading in each.headings):
            raise type(error)(f"{place}: names {count} clips, but has no header; write one such as "
                              "filename,label above its rows") from None
        raise type(error)(f"{place}: names {count} clips, but no column is called label; name one "
                          f"of {', '.join(each.headings)} so") from None
    names = [ENDS.sub("", name_of(layout, row)) + ".txt" for row in layout.rows]
    tracks = [name for name in names if name in layout.left_out]
    if len(tracks) > COVERED * len(names):
        raise type(error)(f"{layout.folder / tracks[0]}: texts beside clips, such as label tracks, "
                          "are not read; cut each stretch into a file of its own, in a folder of "
                          "its class") from None


def _may_tell(found: Layout, each: Listed) -> bool:
    """Whether a list's only column may tell classes, where folders are not called as these are."""
    words = [row.word for row in found.rows]
    known = likeness_to_words(words) >= COVERED or are_machines(words)
    alone = len(each.headings) == 1 and not each.adds and not each.several
    return found.classes_from == "the folders" and not known and alone and not says_how(
        each.word) and like_classes(one["word"] for one in each.told.values())


def _one_to_one(pairs: Sequence[tuple[str, Row]]) -> bool:
    both = {(word.casefold(), row.word.casefold()) for word, row in pairs}
    return len(both) == len({one for one, _ in both}) == len({other for _, other in both})


def _are_classes(words: Sequence[str]) -> bool:
    counts = Counter(words)
    return len(counts) > 1 and min(counts.values()) > 1


def _refuse_apart(found: Layout, each: Listed, pairs: Sequence[tuple[str, Row]]) -> None:
    for word, row in pairs:
        if " ".join(word.casefold().split()) != " ".join(row.word.casefold().split()):
            lies = "lies in" if row.word in row.path.parts else "is named"
            raise UserError(f"{found.folder}: {each.place} says {word} of {name_of(found, row)}, "
                            f"which {lies} {row.word}; move the file or correct the list")


def _refuse_some(found: Layout, each: Listed, named: int) -> None:
    """Refuse a list of other classes that leaves open which clips it speaks of."""
    words = ", ".join(sorted({one["word"] for one in each.told.values()} - {""})[:3])
    others = ", ".join(sorted({row.word for row in found.rows})[:3])
    either = (f"or say layout='word/*' if {others} are the classes" if
              found.classes_from == "the folders" else f"or take it out if {others} are")
    if each.several:
        name, files = next(iter(each.several.items()))
        raise UserError(f"{found.folder}: {each.place} tells classes {words}, but its {name} may "
                        f"be {files[0]} or {files[1]}; write the folders into the list, {either}")
    if each.word.isdecimal():
        raise UserError(f"{found.folder}: {each.place} tells {words}, the folders {others}: write "
                        f"filename,label above its rows if it tells the classes, {either}")
    if each.word in EITHER or each.word not in SURE:
        raise UserError(f"{found.folder}: {each.place} tells {each.word} {words}, the folders or "
                        f"names {others}: call the column label if it tells the classes, {either}")
    if named < len(found.rows):
        raise UserError(f"{found.folder}: {each.place} tells classes {words}, but of {named} of "
                        f"{len(found.rows)} clips only; complete it, {either}")


def _told(layout: Layout, each: Listed) -> Layout:
    _refuse_stretches(layout, each)
    rows, left_out = [], _without(layout.left_out, each)
    places = {row.path.parent for row in layout.rows}
    apart = len(places) > 1 and not {one.name.casefold() for one in places} <= set(PARTS_BY_NAME)
    for row in layout.rows:
        own = each.of(layout, row)
        name = name_of(layout, row)
        if own.get("word"):
            folder = name.rpartition("/")[0] if apart and not own.get("fold") else ""
            rows.append(_with(replace(row, groups=row.groups | (
                {"folder": folder} if folder else {})), own))
        else:
            left_out[name] = f"without a label in {each.place}"
    shared = [f"{each.place} names {name} once for {' and '.join(files[:2])}, which have one class "
              "so." for name, files in list(each.several.items())[:1]]
    speakers = each.place if any(row.speaker for row in rows) else ""
    return replace(layout, rows=rows, left_out=left_out, classes_from=each.place,
                   speakers_from=speakers, notes=(*layout.notes, *each.notes, *shared))


def _refuse_stretches(layout: Layout, each: Listed) -> None:
    """Refuse labels of a stretch within a longer clip, of which another stretch would be taken."""
    columns = stretches(each.headings)
    if not columns or CUT_ALREADY & set(each.headings):
        return
    scale = 1e-3 if any("ms" in one or "milli" in one for one in columns) else 1.0
    for name, ends in list(each.spans.items())[:LOOKED_AT]:
        try:
            start, end = (scale * float(one.replace(",", ".")) for one in ends)
            lasts = soundfile.info(str(layout.folder / name)).duration
        except (ValueError, RuntimeError, OSError):  # no numbers; a damaged file is told later
            continue
        if lasts > SECOND and end - start < WHOLE * lasts:
            raise UserError(
                f"{layout.folder}: {each.place} says of {lasts:.3g} s of {name} that its label "
                f"holds for {end - start:.3g} s ({', '.join(columns)}), which are not read; cut "
                "each stretch into a file of its own, or take the two columns out if the label is "
                "that of the whole clip")


def _without(left_out: dict[str, str], each: Listed) -> dict[str, str]:
    return {name: why for name, why in left_out.items() if name not in each.places}


def _with(row: Row, own: dict[str, str]) -> Row:
    groups = {name: own[name] for name in GROUPS if own.get(name)}
    return replace(row, word=own.get("word", ""), speaker=own.get("speaker", ""),
                   part=PARTS_BY_NAME.get(own.get("part", "").casefold(), row.part),
                   groups=row.groups | groups)
