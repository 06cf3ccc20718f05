"""A table beside the recordings that says of each file what it is, such as ``labels.csv``."""

import re
from collections.abc import Sequence
from pathlib import Path

from lnnlab.data.lists import read_list
from lnnlab.data.tables.names import GROUP_NAMES, LABEL_NAMES, words_of
from lnnlab.data.tables.reading import TEXT_SUFFIXES
from lnnlab.errors import UserError

HEAD_BYTES = 4096  # of a file show whether it names others
SURE = ("label", "labels", "class", "classes")  # headings that count more than folders do
TOKEN = re.compile(r"[^,;|\t\r\n\"]+")


def beside(folder: Path, names: Sequence[str]) -> tuple[str, dict[str, tuple[str, dict]]] | None:
    """The table that names other files of a folder, and what it says of each.

    Args:
        folder: of the corpus.
        names: its tables, below it.

    Returns:
        The table's name, and file → class and groups; None where there is none.

    Raises:
        UserError: there is such a table, but its column of classes is not known.
    """
    for place in lists(folder, names):
        told = _told(folder / place, [name for name in names if name != place])
        if told is not None:
            return place, told
    return None


def lists(folder: Path, names: Sequence[str]) -> list[str]:
    """The tables of a folder that name others of it, whatever else they say."""
    own = {name.rsplit("/", 1)[-1].casefold() for name in names}
    return [name for name in names
            if Path(name).suffix.lower() in TEXT_SUFFIXES and _names_others(folder / name, own)]


def _names_others(path: Path, own: set[str]) -> bool:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES).replace(b"\0", b"").decode("latin-1")
    return len({last for each in TOKEN.findall(head) if (last := _last(each)) in own}) > 1


def _told(path: Path, names: Sequence[str]) -> dict[str, tuple[str, dict]] | None:
    """File → class and groups; None where folders tell the classes, and the list does not."""
    own = {_last(name): name for name in names}
    cells = read_list(path, lambda cell: _last(cell) in own)
    sorted_already = len({name.rpartition("/")[0] for name in names}) > 1
    if cells is None and sorted_already:
        return None
    if cells is None:
        raise UserError(f"{path}: names files, but is no table of words; write a header such as "
                        "'filename,label' and rows below it")
    shares = {column: cells[column].map(_last).isin(own).mean() for column in cells}
    key = max(shares, key=shares.get)
    rest = [column for column in cells if column != key]
    label = next((column for known in (SURE if sorted_already else LABEL_NAMES) for column in rest
                  if column == known), None)
    if label is None and len(rest) == 1 and not sorted_already:
        label = rest[0]
    if label is None and sorted_already:
        return None
    if label is None:
        raise UserError(f"{path}: says of each file what it is, but no column is named label; name "
                        f"one of {', '.join(rest)} so")
    groups = [column for column in rest if column != label and GROUP_NAMES & set(words_of(column))]
    _refuse_twins(path, names, own)
    return {own[last]: (row[label].strip(), {each: row[each].strip() for each in groups})
            for last, row in zip(cells[key].map(_last), cells.to_dict("records"), strict=True)
            if last in own and row[label].strip()}


def _refuse_twins(path: Path, names: Sequence[str], own: dict[str, str]) -> None:
    if len(own) < len(names):
        twin = next(name for name in names if own[_last(name)] != name)
        raise UserError(f"{path}: names files, but {twin} and {own[_last(twin)]} have one name; "
                        "give every file a name of its own")


def _last(cell: str) -> str:
    return str(cell).strip().replace("\\", "/").rsplit("/", 1)[-1].casefold()
