"""Tables of a machine that nothing is wrong with: what tells classes elsewhere, tells none here."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from lnnlab.data.tables.columns import values_of
from lnnlab.data.tables.folders import Found, Source
from lnnlab.data.tables.listing import listed
from lnnlab.data.tables.names import LABEL_NAMES, MOST_CLASSES, words_of
from lnnlab.data.tables.roles import find_label
from lnnlab.data.tables.sidecar import beside, lists
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.units import bare
from lnnlab.errors import UserError

CLASSES = ("normal", "anomalous")  # of the second there are no windows
SAID = "what was said: all is normal"
MOST_NAMED = 5
FAULTS = {"anomaly", "anomalies", "anomalous", "fault", "faults", "faulty", "outlier", "defect",
          "defective", "failure", "broken"}  # words in names of columns that flag what is wrong
WARNINGS = {"alarm", "alarms", "alert", "alerts", "warning", "warnings"}  # or values of a sensor
TARGET = "y"  # as data sets for learning call it; elsewhere an axis
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
    if of_files:
        _refuse_told(path, names)
    left_out |= dict.fromkeys(of_files, "a list of files")
    names = [each for each in names if each not in of_files]
    if not names:
        raise UserError(f"{path}: no table in it" + "".join(
            f"; {name} is {why}" for name, why in list(left_out.items())[:1]))
    return Found(tuple(Source(path / each, each, CLASSES[0]) for each in names), left_out, SAID)


def _refuse_told(path: Path, names: Sequence[str]) -> None:
    try:
        told = beside(path, names)
    except UserError:  # a list of something else than classes, such as who recorded what
        return
    classes = sorted({label for label, _ in told.files.values()}) if told else []
    if len(classes) > 1:
        raise UserError(f"{path / told.place}: tells classes ({_few(classes)}); {INSTEAD}")


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
    for column in dict.fromkeys([*named, find_label(tables)]):
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
    name = bare(column).lower()
    if not WARNINGS & set(words_of(column)) and (
            name != TARGET or {"x", "z"} <= names):
        return False
    values = values_of(tables, column)
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
