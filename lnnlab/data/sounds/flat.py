"""Sound files beside each other: the words stand in their names."""

import re
from collections import Counter
from dataclasses import replace

from lnnlab.data.sounds import names
from lnnlab.data.sounds.row import Layout, Row
from lnnlab.errors import OneClass, UserError

HASHED = re.compile(r"(?P<word>.+)_(?P<speaker>[0-9a-z]+)_nohash_\d+")
LABELLED = re.compile(r"(?P<word>[^.]+)\..+")  # as Edge Impulse names them: yes.4a2b.wav
TRIPLE = re.compile(r"(?P<one>[^-_ .]+)[-_ .](?P<two>[^-_ .]+)[-_ .]\d+")  # as 3_anna_12.wav
PAIR = re.compile(r"(?P<one>[^-_ .]+)[-_ ](?P<two>[^-_ .]*[^-_ .\d][^-_ .]*)")
SURE = 0.5


def by_names(layout: Layout) -> Layout:
    """Words, and speakers where they stand there too, from the names of files.

    ``{word}_{speaker}_nohash_{n}``, ``{word}_{speaker}_{n}``, ``{word}.{anything}``,
    ``{word}_{n}`` and the like.

    Raises:
        UserError: the names tell no words, or tell them two ways.
    """
    rows = layout.rows
    stems = [names.stem(each.path) for each in rows]
    if found := _matched(HASHED, stems):
        return _named(layout, [(each["word"], each["speaker"]) for each in found], "_nohash_")
    for pattern in (TRIPLE, PAIR):
        if found := _matched(pattern, stems):
            pairs = [(each["one"], each["two"]) for each in found]
            if _repeated([each for each, _ in pairs]) and _repeated([each for _, each in pairs]):
                return _named(layout, _ordered(layout, pairs), "their pieces")
    if found := _matched(LABELLED, stems):
        words = [each["word"] for each in found]
        if _repeated(words):
            return _named(layout, [(each, "") for each in words], "what stands before the dot")
    words = [names.word_in(each) for each in stems]
    if all(words) and _repeated(words):
        return _named(layout, [(each, "") for each in words], "their beginning")
    if states := names.states_in(stems):
        return _named(layout, [(each, "") for each in states], "the machine's state in them")
    shown = ", ".join(each.path.name for each in rows[:3])
    raise OneClass(
        f"{layout.folder}: the files lie beside each other and their names tell no words "
        f"({shown}); give each word a folder of its own, or say layout='{{word}}_{{speaker}}_{{n}}'"
    )


def words_in_names(rows: list[Row]) -> list[str]:
    """The word in each file's name, of files in folders; ``""``: none."""
    if states := names.states_in((names.stem(each.path) for each in rows), names.STATES):
        return states
    pieces = [names.stem(each.path).split("_") for each in rows]
    if all(len(each) == 3 and each[1] == row.parts[-2] and each[2].isdecimal()
           for each, row in zip(pieces, rows, strict=True)):  # as AudioMNIST: 02/7_02_49.wav
        return [each[0] for each in pieces]
    return [names.word_in(names.stem(each.path)) for each in rows]


def _ordered(layout: Layout, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """(word, speaker) of pairs in either order."""
    ones, twos = zip(*pairs, strict=True)
    one, two = names.likeness_to_words(ones), names.likeness_to_words(twos)
    people = names.likeness_to_speakers(ones), names.likeness_to_speakers(twos)
    if max(one, two) >= SURE and one != two:
        return pairs if one > two else [(word, who) for who, word in pairs]
    if (people[0] >= 0.8) != (people[1] >= 0.8):
        return pairs if people[1] >= 0.8 else [(word, who) for who, word in pairs]
    first, second = (", ".join(sorted(set(each))[:3]) for each in (ones, twos))
    raise UserError(
        f"{layout.folder}: names read two ways: words {first} by speakers {second}, or the other "
        "way round; say layout='{word}_{speaker}_{n}' or layout='{speaker}_{word}_{n}'"
    )


def _matched(pattern: re.Pattern, stems: list[str]) -> list[re.Match]:
    found = [pattern.fullmatch(each) for each in stems]
    return found if all(found) else []


def _repeated(labels: list[str]) -> bool:
    """Whether two labels or more stand on two files or more each, as classes do."""
    counts = Counter(labels)
    return len(counts) > 1 and sum(each > 1 for each in counts.values()) >= 0.8 * len(counts)


def _named(layout: Layout, told: list[tuple[str, str]], where: str) -> Layout:
    if names.are_settings(who for _, who in told):
        told = [(word, "") for word, _ in told]
    rows: list[Row] = [replace(row, word=word, speaker=who)
                       for row, (word, who) in zip(layout.rows, told, strict=True)]
    speakers = "the file names" if any(who for _, who in told) else ""
    return replace(layout, rows=rows, classes_from=f"the file names ({where})",
                   speakers_from=speakers)
