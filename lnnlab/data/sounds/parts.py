"""Who trains, validates and tests, where a person's folder has no published split."""

import codecs
import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lnnlab.data.sounds.row import Layout, Row
from lnnlab.data.word_folder import HASHED, LISTS, PARTS, part_by_hash
from lnnlab.errors import UserError

SHARE = 0.2  # of speakers, or of files, that validates, and that tests
UNKNOWN_SPEAKERS = "speakers unknown: figures are optimistic"
BY_FILES = "of each class the first files train, a fifth validate, the last fifth test"


def with_parts(layout: Layout) -> tuple[list[Row], str]:
    """Every clip with its part, and the rule in words.

    The folder's lists decide, or its folders of parts, or ``info.labels``; a part that they leave
    empty is drawn from the training part. Where nothing is named to train, as beside ``dev`` and
    ``eval``, what would validate trains. Without any of them whole speakers are assigned, and where
    speakers are unknown files in their order.

    Raises:
        UserError: a list names an absent file.
    """
    rows, listed = layout.rows, _listed(layout)
    if listed:
        rows = [replace(each, part=listed.get(each.path.resolve(), "train")) for each in rows]
        return _filled(rows, "the folder's own lists")
    if any(each.part for each in rows):
        rows = [replace(each, part=each.part or "train") for each in rows]
        rule = "the folder's own parts"
        if not any(each.part == "train" for each in rows):
            rows = [replace(each, part="train" if each.part == "validation" else each.part)
                    for each in rows]
            rule += " without one to train: what would validate trains"
        return _filled(rows, rule)
    if all(HASHED.search(each.path.name) for each in rows):
        hashed = [replace(each, part=part_by_hash(each.path.name)) for each in rows]
        words = {each.word for each in rows}
        if all({each.word for each in hashed if each.part == part} == words for part in PARTS):
            return hashed, "by the hash of each speaker"
    known = [each for each in rows if each.speaker]
    free = [each for each in rows if not each.speaker]
    people = {each.speaker for each in known}
    if len(people) < 2:
        return _in_order(rows, by_files(rows)), BY_FILES
    assigned, rule = _by_speakers(known)
    return _in_order(rows, [*assigned, *by_files(free)]), rule


def voices(speakers: Sequence[str], parts: Sequence[str]) -> str:
    """What a split says about new voices, in words.

    Args:
        speakers: of each clip, ``""`` where it is unknown.
        parts: of each clip.
    """
    people = set(speakers) - {""}
    if not people:
        return UNKNOWN_SPEAKERS
    if len(people) == 1:
        return "one speaker: figures say nothing of other voices"
    sides = {part: {who for who, own in zip(speakers, parts, strict=True) if who and own == part}
             for part in PARTS}
    both = sides["test"] & (sides["train"] | sides["validation"])
    unknown = sum(not who for who in speakers)
    if both:
        return f"{len(both)} speaker(s) on two sides: figures are optimistic"
    if unknown:
        return f"of {unknown} clips the speaker is unknown: figures are optimistic"
    if sides["train"] & sides["validation"]:
        return "no speaker both trained and tested on"
    return "no speaker on two sides"


def whole_speakers(
    told: Mapping[str, set[str]], counts: Mapping[str, int]
) -> dict[str, str]:
    """Speaker → part, so that every word that is validated or tested is trained where it can be.

    Args:
        told: speaker → the words that he says.
        counts: part → how many speakers; the rest trains.
    """
    order = sorted(told, key=lambda who: hashlib.sha1(who.encode()).hexdigest())
    words = set().union(*told.values())
    best: tuple[int, dict[str, str]] = (-1, {})
    for turn in range(len(order)):
        turned, parts, at = order[turn:] + order[:turn], {}, 0
        for part, count in counts.items():
            parts |= dict.fromkeys(turned[at : at + count], part)
            at += count
        parts |= dict.fromkeys(turned[at:], "train")
        said = {part: set().union(*(told[who] for who in order if parts[who] == part))
                for part in ("train", *counts)}
        worth = len(words) * 10 * len(said["train"]) + sum(len(each) for each in said.values())
        best = max(best, (worth, parts), key=lambda each: each[0])
    return best[1]


def by_files(rows: Iterable[Row]) -> list[Row]:
    """Of each word the first files train, the next validate, the last test."""
    words: dict[str, list[Row]] = {}
    for each in rows:
        words.setdefault(each.word, []).append(each)
    done = []
    for own in words.values():
        some = max(1, round(SHARE * len(own)))
        held = some if len(own) > 2 else 0
        some = some if len(own) > 1 else 0  # one alone trains
        bounds = len(own) - some - held, len(own) - some
        done += [replace(each, part="train" if k < bounds[0] else
                         "validation" if k < bounds[1] else "test") for k, each in enumerate(own)]
    return done


def _by_speakers(rows: list[Row]) -> tuple[list[Row], str]:
    told: dict[str, set[str]] = {}
    for each in rows:
        told.setdefault(each.speaker, set()).add(each.word)
    if len(told) == 2:
        parts = whole_speakers(told, {"test": 1})
        trained = by_files(each for each in rows if parts[each.speaker] == "train")
        trained = [replace(each, part="validation" if each.part == "test" else "train")
                   for each in trained]
        tested = [replace(each, part="test") for each in rows if parts[each.speaker] == "test"]
        return trained + tested, "one speaker trains and validates, the other is tested"
    some = max(1, round(SHARE * len(told)))
    parts = whole_speakers(told, {"validation": some, "test": some})
    rule = f"whole speakers: {len(told) - 2 * some} train, {some} validate, {some} are tested"
    return [replace(each, part=parts[each.speaker]) for each in rows], rule


def _filled(rows: list[Row], rule: str) -> tuple[list[Row], str]:
    """Draw parts that are empty from the training part, by whole speakers where there are some."""
    for part in PARTS[1:]:
        trained = [each for each in rows if each.part == "train"]
        if any(each.part == part for each in rows) or not trained:
            continue
        told: dict[str, set[str]] = {}
        for each in trained:
            told.setdefault(each.speaker, set()).add(each.word)
        if len(told) > 2 and "" not in told:
            parts = whole_speakers(told, {part: max(1, round(SHARE * len(told)))})
            moved = {each.path for each in trained if parts[each.speaker] == part}
        else:
            moved = {each.path for each in by_files(trained) if each.part == "test"}
        rows = [replace(each, part=part) if each.path in moved else each for each in rows]
        rule += f", {part} drawn from the training part"
    return rows, rule


def _listed(layout: Layout) -> dict[Path, str]:
    """File → part, from the lists; empty where there are none.

    A line may hold spaces, backslashes and a leading ``./``, and may name a folder; lines that
    begin with ``#`` say something else.
    """
    found: dict[Path, str] = {}
    for part, name in LISTS.items():
        for place in sorted(layout.folder.rglob(name)):
            for line in _text(place.read_bytes()).splitlines():
                text = line.strip().strip('"').replace("\\", "/").removeprefix("./")
                path = _present(place.parent, text)
                if path is None and text and not text.startswith("#"):
                    raise UserError(
                        f"{place}: names '{text}', which is absent; fetch the corpus again or take "
                        "the line out"
                    )
                inside = [] if path is None else [path] if not path.is_dir() else [
                    each.path for each in layout.rows if path in each.path.parents]
                found |= {each.resolve(): part for each in inside}
    return found


def _text(content: bytes) -> str:
    """A list in UTF-8, in what Windows calls Unicode, or in its old code page."""
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _present(folder: Path, text: str) -> Path | None:
    """The file of that name, whose letters with accents may be written either way."""
    forms = (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    return next((folder / each for each in forms if text and (folder / each).exists()), None)


def _in_order(rows: list[Row], assigned: list[Row]) -> list[Row]:
    parts = {each.path: each.part for each in assigned}
    return [replace(each, part=parts[each.path]) for each in rows]
