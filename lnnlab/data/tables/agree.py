"""Files of one folder mean the same by their columns, or are refused."""

from collections.abc import Sequence
from dataclasses import replace

from lnnlab.data.tables.folders import Source
from lnnlab.data.tables.reading import read_table
from lnnlab.data.tables.table import Table
from lnnlab.errors import UserError


def read_all(sources: Sequence[Source]) -> list[Table]:
    """All files of a corpus, with one decimal mark.

    A file whose numbers could have points or marks of thousands is read as the others show it.

    Raises:
        UserError: a file is damaged, or files differ in their columns.
    """
    tables = [read_table(each.path) for each in sources]
    marks = {each.decimal for each in tables}
    if len(marks) > 1:
        tables = [each if each.decimal == "," or each.words.endswith("commas")
                  else read_table(each.path, ",") for each in tables]
    return tables


def with_same_columns(tables: list[Table], needed: Sequence[str] | None) -> tuple[
        list[Table], list[str]]:
    """The tables with the columns of the first, in its order.

    Args:
        tables: of one folder.
        needed: columns that suffice, where the user named all; None: every one.

    Returns:
        The tables, and what was done, a sentence each.

    Raises:
        UserError: columns differ in number or name, or in their units.
    """
    notes: list[str] = []
    common = [name for name in tables[0].names if all(name in each.names for each in tables)]
    if needed is not None and set(needed) <= set(common):
        rest = {name for each in tables for name in each.names} - set(common)
        if rest:
            notes.append(f"Columns that not every file has left out: {', '.join(sorted(rest))}.")
            tables = [replace(each, cells=each.cells[common]) for each in tables]
    first, found = tables[0], [tables[0]]
    for table in tables[1:]:
        if table.names != first.names:
            table = _matched(first, table, notes)
        for name in (each for each in first.units if each in table.units):
            if first.units[name] != table.units[name]:
                raise UserError(f"{table.path}: column '{name}' in {table.units[name]}, but "
                                f"{first.path} has it in {first.units[name]}")
        found.append(table)
    return found, list(dict.fromkeys(notes))


def _matched(first: Table, table: Table, notes: list[str]) -> Table:
    if set(table.names) == set(first.names):
        notes.append("Files have their columns in different orders: taken by name.")
        return replace(table, cells=table.cells[first.names])
    plain = {_plain(name): name for name in table.names}
    if len(plain) == len(table.names) == len(first.names) and set(plain) == {
            _plain(name) for name in first.names}:
        notes.append("Names of columns differ between files by case, blanks or numbers: taken as "
                     "the same.")
        old = [plain[_plain(name)] for name in first.names]
        renamed = dict(zip(old, first.names, strict=True))
        return replace(
            table, cells=table.cells[old].set_axis(first.names, axis=1),
            bad={renamed[name]: bad for name, bad in table.bad.items()},
            units={renamed[name]: unit for name, unit in table.units.items()})
    if len(table.names) != len(first.names):
        odd = sorted(set(table.names) ^ set(first.names))
        more = ", ".join(odd[:4]) + (" and more" if len(odd) > 4 else "")
        raise UserError(f"{table.path}: {len(table.names)} columns, but {first.path} has "
                        f"{len(first.names)} (not in both: {more}); name the channels to use that "
                        "every file has")
    own = ", ".join(name for name in table.names if name not in first.names)
    raise UserError(f"{table.path}: columns {own}, which {first.path} lacks; name columns alike "
                    "in every file")


def _plain(name: str) -> str:
    """A name without case, blanks and, beside letters, numbers (``X097_DE_time``)."""
    letters = "".join(each for each in name.lower() if each.isalpha())
    return letters if len(letters) > 3 and any(each.isdigit() for each in name) and "_" in name \
        else "".join(name.lower().split())
