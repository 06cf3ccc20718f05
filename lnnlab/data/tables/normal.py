"""Tables of a machine that nothing is wrong with: what tells classes elsewhere, tells none here."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lnnlab.data.lists import Files, like_classes, once, read_keyed
from lnnlab.data.tables.columns import values_of
from lnnlab.data.tables.conditions import keeps_value
from lnnlab.data.tables.folders import Found, Source
from lnnlab.data.tables.label_column import label_of_text, labels_by_name
from lnnlab.data.tables.list_columns import VAGUE
from lnnlab.data.tables.list_files import ENDING, lists
from lnnlab.data.tables.listing import listed
from lnnlab.data.tables.names import GROUP_NAMES, LABEL_NAMES, MOST_CLASSES, says_how, words_of
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.units import bare
from lnnlab.errors import UserError

CLASSES = ("normal", "anomalous")  # of the second there are no windows
SAID = "what was said: all is normal"
MOST_NAMED = 5
FAULTS = {"anomaly", "anomalies", "anomalous", "fault", "faults", "faulty", "outlier", "defect",
          "defective", "failure", "broken"}  # words in names of columns that flag what is wrong
VERDICTS = {"normal", "abnormal", "healthy", "unhealthy", "health", "ok", "nok", "ng", "pass",
            "passed", "fail", "failed", "error", "errors", "leak", "crack", "cracked", "damage",
            "damaged", "degraded", "attack", "changepoint", "truth", "gt", "verdict", "outcome",
            "result", "label", "labels", "class"}  # or of flags, where only states stand there
COUNTS = {"count", "counts", "counter", "rate", "total"}  # of errors, say: a measurement
WARNINGS = {"alarm", "alarms", "alert", "alerts", "warning", "warnings"}  # or values of a sensor
TARGET = "y"  # as data sets for learning call it; elsewhere an axis
TARGETS = {"y_true", "y_test", "y_train"}
MOST_STATES = 10
INSTEAD = "leave out that all is normal running, or take out what is not"


def sources_of(path: Path) -> Found:
    """The tables of a folder at any depth, or one table; lists of files among them are left out.

    Raises:
        UserError: there are none, or a list of files tells classes.
    """
    if path.is_file():
        return Found((Source(path, path.name, CLASSES[0]),), {}, SAID)
    names, left_out = listed(path)
    of_files = lists(path, names)
    refuse_told(path, of_files, [each for each in names if each not in of_files], ENDING)
    left_out |= dict.fromkeys(of_files, "a list of files")
    names = [each for each in names if each not in of_files]
    if not names:
        raise UserError(f"{path}: no table in it" + "".join(
            f"; {name} is {why}" for name, why in list(left_out.items())[:1]))
    return Found(tuple(Source(path / each, each, CLASSES[0]) for each in names), left_out, SAID)


def refuse_told(
    folder: Path, lists_of_files: Iterable[str], names: Sequence[str], ending: re.Pattern
) -> None:
    """Refuse lists that tell more than one class of the files of a folder, tables or sounds.

    A column tells them whose heading says so, or one that is alone, may, and is not called as who,
    when or how is.

    Args:
        folder: of the recordings.
        lists_of_files: what may be lists, below it.
        names: of the recordings, below it.
        ending: of their names, that lists may leave out.

    Raises:
        UserError: there is such a list.
    """
    files, told, places = Files(names, ending), {}, {}
    apart = len({name.rpartition("/")[0] for name in names}) > 1
    for place in lists_of_files:
        cells, key = read_keyed(folder / place, files) or (None, "")
        if cells is None or not (
                any(map(ending.search, cells[key])) or once(cells[key], files)):
            continue
        cells = cells[[bool(files.named(cell)) for cell in cells[key]]]
        rest = [column for column in cells if column != key]
        for column in rest:
            alone = len(rest) == 1 and not apart and not says_how(column)
            if column in LABEL_NAMES and not (apart and column in VAGUE) or (
                    alone or _named_so(column)) and like_classes(cells[column]):
                told.setdefault(column, set()).update(map(str.strip, cells[column]))
                places.setdefault(column, []).append(place)
    for column, values in told.items():
        classes = sorted(values - {""})
        if len(classes) > 1:
            raise UserError(f"{folder / ', '.join(places[column])}: tells classes "
                            f"({_few(classes)}); {INSTEAD}")


def _named_so(heading: str) -> bool:
    """Whether a heading says that it tells classes."""
    words = set(words_of(heading))
    return bare(heading).lower() in LABEL_NAMES or bool((FAULTS | VERDICTS) & words) or (
        bool(words & GROUP_NAMES) and bool(words & set(LABEL_NAMES)))


def refuse_classes(tables: Sequence[Table], known: Iterable[str] = ()) -> None:
    """Refuse columns that tell classes: they would be lost, or taken for a sensor.

    Args:
        tables: with the same columns.
        known: columns whose role was said, such as groups.

    Raises:
        UserError: there is one, of more than one class and no more than classes may be.
    """
    named = [each for each in tables[0].names
             if bare(each).lower() in LABEL_NAMES or FAULTS & set(words_of(each))
             or _flags(tables, each)]
    if not labels_by_name(tables):
        named.append(label_of_text(tables))
    for column in dict.fromkeys(named):
        if column is None or column in known:
            continue
        classes = sorted(values_of(tables, column))
        if 1 < len(classes) <= MOST_CLASSES:
            raise UserError(f"{tables[0].path}: column '{column}' tells classes "
                            f"({_few(classes)}); {INSTEAD}, or name the channels to use "
                            "(--channels)")


def _flags(tables: Sequence[Table], column: str) -> bool:
    """Whether a column named like a flag or a target holds states, and no measurements."""
    names = {bare(each).lower() for each in tables[0].names}
    name, words = bare(column).lower(), set(words_of(column))
    target = name in TARGETS or name == TARGET and not {"x", "z"} <= names
    if not target and (words & COUNTS or not WARNINGS & words and not _named_so(column)):
        return False
    values = values_of(tables, column)
    if len(values) > 2 and all(map(str.isdecimal, values)) and not keeps_value(tables, column):
        return False  # such as a position's error in whole micrometres
    return len(values) <= MOST_STATES and all(map(_is_state, values))


def _is_state(text: str) -> bool:
    try:
        return float(text) in range(MOST_STATES)
    except ValueError:
        return True  # a word


def taken_alike(names: Sequence[Path]) -> list[str]:
    """What folders might have told, and did not: a sentence, where there is more than one."""
    places = sorted({each.parent.as_posix() for each in names} - {"."})
    return [f"Folders taken alike, whatever they are called: {_few(places)}."] * (len(places) > 1)


def _few(words: Sequence[str]) -> str:
    more = len(words) - MOST_NAMED
    return ", ".join(words[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
