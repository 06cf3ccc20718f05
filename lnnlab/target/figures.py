"""A sourced number: what it is, under which condition, what it rests on."""

from dataclasses import dataclass, fields
from math import isfinite

from lnnlab.errors import UserError

BASES = ("datasheet", "secondary", "memory", "assumed")  # what a figure may rest on
FORM = f"[value, condition, basis, source], basis one of {', '.join(BASES)}"


@dataclass(frozen=True)
class Figure:
    """A number with what it rests on."""

    value: float
    condition: str
    basis: str
    source: str


def figure_of(what: str, given: object) -> Figure:
    """A figure as it stands in a file.

    Raises:
        UserError: it is missing or not in its form; the line says ``what`` is wrong.
    """
    if given is None:
        raise UserError(f"{what} is missing; give {FORM}")
    if not _sourced(given):
        raise UserError(f"{what} is {given!r}; give {FORM}")
    return Figure(*given)


def is_number(given: object) -> bool:
    """Whether it is a finite number."""
    return isinstance(given, int | float) and not isinstance(given, bool) and isfinite(given)


def _sourced(given: object) -> bool:
    if not isinstance(given, list) or len(given) != len(fields(Figure)):
        return False
    value, *words = given
    return (is_number(value) and value >= 0 and words[1] in BASES
            and all(isinstance(each, str) and each.strip() for each in words))
