"""Reading what a job wrote of itself: plain values, or one line where a file is damaged."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from lnnlab.errors import UserError

Made = TypeVar("Made")


def from_json(place: Path, make: Callable[[Any], Made]) -> Made | None:
    """What ``make`` makes of a JSON file's value; None where there is no file.

    Args:
        place: of the file, in a job's folder.
        make: raises a TypeError or ValueError where the value is none of its kind.

    Raises:
        UserError: the file is damaged; no place on the disk is in the line.
    """
    try:
        return make(json.loads(place.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, RecursionError) as error:
        raise UserError(f"{place.name}: this file of the job is damaged; delete the job, then "
                        "upload the recordings anew") from error


def value_of(kind: type[Made]) -> Callable[[Any], Made]:
    """For :func:`from_json`: a value of this type as it is."""
    def checked(value: Any) -> Made:
        if not isinstance(value, kind):
            raise TypeError(f"{type(value).__name__} where {kind.__name__} belongs")
        return value

    return checked
