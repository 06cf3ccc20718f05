"""Which column of tables holds the classes."""

from collections.abc import Collection, Sequence

from lnnlab.data.tables.columns import is_clock_text, values_of
from lnnlab.data.tables.conditions import is_text, keeps_value
from lnnlab.data.tables.names import GROUP_NAMES, LABEL_NAMES, MOST_CLASSES, words_of
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.units import bare
from lnnlab.errors import OneClass, UserError, unknown

SURE = {"label", "labels", "class", "classes", "klasse", "etikett", "classe"}


def find_label(tables: Sequence[Table], taken: Collection[str] = ()) -> str | None:
    """The column of classes that every table has, by its name or as the only one of text.

    Args:
        tables: all files of a corpus.
        taken: columns whose role the user named.

    Raises:
        UserError: by their names and values several columns may be it.
    """
    named = labels_by_name(tables)
    named = [each for each in named if each not in taken and bare(each) not in taken] or named
    if not named or bare(named[0]).lower() in SURE:
        return named[0] if named else label_of_text(tables)
    able = [each for each in named if _may_be_classes(tables, each)] if len(named) > 1 else named
    first, *others = able or named
    if not able or all(is_text(table, other) and _agree(tables, first, other)
                       for other in others for table in tables):
        return first
    shown = " and ".join(f"'{each}' ({', '.join(sorted(values_of(tables, each))[:3])})"
                         for each in able)
    raise UserError(f"{tables[0].path}: columns {shown} may each be the classes; say which is "
                    "(--label), and, if the other is no signal, name the channels (--channels)")


def labels_by_name(tables: Sequence[Table]) -> list[str]:
    """The columns of every table that are called as those of classes are, the surest first."""
    names = [name for name in tables[0].names if all(name in each.names for each in tables)]
    return [name for known in LABEL_NAMES for name in names if bare(name).lower() == known]


def label_of_text(tables: Sequence[Table]) -> str | None:
    """The only column of text of every table that holds more than one word."""
    names = [name for name in tables[0].names if all(name in each.names for each in tables)]
    texts = [name for name in names if all(is_text(each, name) for each in tables)
             and not GROUP_NAMES & set(words_of(name)) and not is_clock_text(tables, name)]
    several = [name for name in texts if 1 < len(values_of(tables, name)) <= MOST_CLASSES]
    return several[0] if len(several) == 1 else None


def require_label(table: Table, wanted: str | None, taken: Collection[str] = ()) -> str:
    """The label column of a single file.

    Args:
        table: the file.
        wanted: the column that the user named.
        taken: columns that the user named for something else.

    Raises:
        UserError: there is none of that name, or none was found, or several may be it.
    """
    if wanted is not None:
        return table.name_of(wanted, "label")
    found = find_label([table], taken)
    if found is None:
        raise OneClass(f"{table.path}: {unknown('label column', 'label', table.names)}")
    return found


def _may_be_classes(tables: Sequence[Table], name: str) -> bool:
    """Whether a column holds words, or numbers that stay as those of classes do."""
    if not 1 < len(values_of(tables, name)) <= MOST_CLASSES:
        return False
    return any(is_text(each, name) for each in tables) or keeps_value(tables, name)


def _agree(tables: Sequence[Table], one: str, other: str) -> bool:
    """Whether two columns tell the same in other words."""
    pairs = {pair for each in tables
             for pair in zip(each.cells[one].astype(str), each.cells[other].astype(str),
                             strict=True)}
    return len(pairs) == len({each for each, _ in pairs}) == len({each for _, each in pairs})
