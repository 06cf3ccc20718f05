"""Which column is what: found from names and values, so that no clock becomes a channel."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lnnlab.data.tables.columns import date_beside, extremes, is_clock_text, kind_of
from lnnlab.data.tables.conditions import (
    are_steps,
    counts_again,
    cycle_of,
    holds,
    is_group,
    is_key,
    mark_of_missing,
)
from lnnlab.data.tables.dates import short_form
from lnnlab.data.tables.names import GROUP_NAMES, KEY_NAMES, words_of
from lnnlab.data.tables.own_clocks import clock_of_channels
from lnnlab.data.tables.table import Table
from lnnlab.data.tables.times import EPOCHS
from lnnlab.data.tables.units import time_unit_s
from lnnlab.errors import UserError


@dataclass(frozen=True)
class Wanted:
    """The roles that the user gave; None and ``()``: to be found."""

    label: str | None = None
    channels: Sequence[str] | None = None
    time: str | None = None
    recording: str | None = None
    groups: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """What was named, but for the column of classes."""
        names = (*(self.channels or ()), self.time, self.recording, *self.groups)
        return tuple(str(each) for each in names if each is not None)


@dataclass
class Roles:
    """The roles of the columns of all files of a corpus.

    Attributes:
        label: the column of classes; None where folders or names of files tell them.
        channels: the columns of the signal.
        time: the column of times; None: there is none.
        date: of dates, where ``time`` holds the time of day.
        short: what ``08:30`` is in the column of times; ``""``: it is written otherwise.
        recording: that tells recordings of a file apart.
        groups: columns to split by.
        given: whether the user named the time column.
        chosen: whether the user named the channels.
        notes: what was found and left out, a sentence each.
    """

    label: str | None = None
    channels: tuple[str, ...] = ()
    time: str | None = None
    date: str | None = None
    short: str = ""
    recording: str | None = None
    groups: tuple[str, ...] = ()
    given: bool = False
    chosen: bool = False
    notes: list[str] = field(default_factory=list)

    def by_column(self) -> dict[str, str]:
        """Column → role, as :attr:`lnnlab.data.account.Account.columns` has them."""
        found = dict.fromkeys(self.channels, "channel") | dict.fromkeys(self.groups, "group")
        single = {self.label: "class", self.time: "time", self.date: "time",
                  self.recording: "recording"}
        return found | {name: role for name, role in single.items() if name}


def find_roles(tables: Sequence[Table], wanted: Wanted, label: str | None) -> Roles:
    """The role of every column.

    Args:
        tables: all files of a corpus, with the same columns.
        wanted: what the user gave.
        label: the label column, if the files have one.

    Raises:
        UserError: a column is absent, or none is left for a channel.
    """
    first = tables[0]
    roles = Roles(label=label, given=wanted.time is not None, chosen=wanted.channels is not None)
    if wanted.time is not None:
        roles.time = first.name_of(wanted.time, "time")
    if wanted.recording is not None:
        roles.recording = first.name_of(wanted.recording, "recording")
    roles.groups = tuple(first.name_of(name, "group") for name in wanted.groups)
    chosen = None
    if wanted.channels is not None:
        chosen = [first.name_of(name, "channel") for name in wanted.channels]
    taken = {roles.label, roles.time, roles.recording, *roles.groups, *(chosen or ())}
    free = [name for name in first.names if name not in taken]
    roles.groups += tuple(name for name in free if is_group(tables, name))
    free = [name for name in free if name not in roles.groups]
    _refuse_keys(tables, roles, free)
    kinds = {name: kind_of(tables, name, _keys(roles)) for name in free}
    _choose_time(tables, roles, kinds)
    left = [name for name in free if kinds[name] == "channel"]
    roles.channels = tuple(chosen if chosen is not None else left)
    if roles.time is not None and roles.channels and not roles.given:
        roles.time = clock_of_channels(tables, roles.time, roles.channels, kinds)
    if roles.time is not None:
        roles.short = short_form(tables, roles.time)
    _tell(tables, roles, kinds)
    if not roles.channels:
        if chosen is None and set(kinds.values()) <= {"text"}:
            raise UserError(f"{first.path}: no column of numbers in it, such as "
                            f"'{str(first.cells.iloc[0, 0])[:40]}'; write numbers as 1.5 and "
                            "separate cells by commas, semicolons, tabs, bars or blanks")
        why = "".join(f" {note}" for note in roles.notes[:3])
        raise UserError(f"{first.path}: no column is left for a channel; name the channels to use."
                        + why)
    return roles


def _refuse_keys(tables: Sequence[Table], roles: Roles, free: Sequence[str]) -> None:
    """Refuse rows that take turns at several quantities or devices.

    Where the user named the channels, words that alternate, such as a flag, are left out and told,
    unless their column is named as that of a sensor or device.
    """
    for name in free:
        if is_clock_text(tables, name) or not is_key(tables, name):
            continue
        named = bool((KEY_NAMES | GROUP_NAMES) & set(words_of(name)))
        if roles.chosen and not named:
            roles.notes.append(f"Column '{name}' changes from row to row: if it says what a row "
                               "holds, rows that do not belong together are mixed.")
            continue
        other = "give it another name" if named else "name the channels to use (--channels)"
        raise UserError(f"{tables[0].path}: column '{name}' says of each row what it holds; give "
                        "every quantity a column of its own, such as by pandas' pivot, or, if it "
                        f"names a device, sort the rows by it; if it does neither, {other}")


def _keys(roles: Roles) -> tuple[str, ...]:
    return tuple(each for each in (roles.label, roles.recording, *roles.groups) if each)


def _choose_time(tables: Sequence[Table], roles: Roles, kinds: dict[str, str]) -> None:
    """One clock, that of which most is known; other columns of times are left out."""
    clocks = [name for name, kind in kinds.items() if kind == "time"]
    dates = [name for name, kind in kinds.items() if kind == "date"]
    if roles.time is None and clocks:
        known = [name for name in clocks if time_unit_s(name, tables[0].units.get(name, ""))]
        texts = [name for name in clocks if not tables[0].is_numeric(name)]
        large = [name for name in clocks if name not in texts and any(
            low < float(tables[0].cells[name].iloc[-1]) < high for low, high in EPOCHS.values())]
        steps = {name for name in clocks if are_steps(tables[0], name)}
        order = [*known, *large, *texts, *clocks]
        roles.time = [*(name for name in order if name not in steps), *order][0]
    if roles.time is None and dates:
        roles.time = dates[0]
    if roles.time is not None:
        roles.date = date_beside(tables[0], roles.time, dates)


def _tell(tables: Sequence[Table], roles: Roles, kinds: dict[str, str]) -> None:
    why = {
        "index": "counts the rows: taken as an index and left out",
        "rising": "only rises: taken as a clock or counter and left out; name it the time if it is "
                  "one, or among the channels",
        "condition": "keeps whole numbers over long stretches: taken as a condition, such as a "
                     "load or a user, and left out; name it a group, or among the channels",
        "time": "is another clock: left out", "date": "holds dates: left out",
        "empty": "is empty: left out", "sparse": "is mostly empty: left out",
        "text": "is text: left out; name it a group to split by it",
    }
    for name, kind in kinds.items():
        if kind == "channel" and name not in roles.channels:
            continue
        if kind == "channel" and tables[0].cells[name].dtype.kind == "b":
            roles.notes.append(f"Column '{name}' holds true and false: taken as 1 and 0.")
        elif kind == "channel" and holds(tables, name):
            roles.notes.append(f"Column '{name}' keeps whole numbers over long stretches: taken as "
                               "a channel; if it is a condition, such as a load, name it a group.")
        elif kind == "channel" and (turn := cycle_of(tables, name)):
            roles.notes.append(f"Column '{name}' repeats every {turn} rows: taken as a channel; if "
                               "it says whose a row is, sort the rows by it and name it a group.")
        elif kind == "channel" and counts_again(tables, name):
            roles.notes.append(f"Column '{name}' counts and starts anew: taken as a channel; if it "
                               "is a counter, name the channels to use without it.")
        mark = mark_of_missing(tables, name) if kind == "channel" else ""
        if mark:
            roles.notes.append(f"Column '{name}' holds {mark}, far from all else: taken as it is; "
                               "if it stands for no value, remove these rows.")
        if kind == "constant":
            value = extremes(tables, name).pop()
            roles.notes.append(f"Column '{name}' is constant ({value:g}): left out.")
        elif kind != "channel" and name not in (roles.time, roles.date):
            roles.notes.append(f"Column '{name}' {why[kind]}.")
